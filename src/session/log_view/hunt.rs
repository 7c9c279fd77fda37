//! A search: what is looked for, where the nearest match is, and how many there are.

use std::io;
use std::path::Path;

use super::chase::{Begun, Chase};
use super::count::{Count, Hits};
use crate::output::Reader;
use crate::output::search::{Needle, Search};

/// A search under way or done.
pub(super) struct Hunt {
    needle: Needle,
    pub(super) text: String,
    pub(super) status: HuntStatus,
    /// Where the screen was when it began.
    origin: u64,
    /// Something was found.
    found: bool,
    /// It found nothing upwards and looks downwards now.
    turned: bool,
    /// Somebody looks for a match that is far away.
    chase: Option<Chase>,
    /// All that it finds, while somebody looks.
    count: Option<Count>,
    pub(super) hits: Option<Hits>,
}

/// What a search came to so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HuntStatus {
    /// Looking on from here, downwards or upwards.
    Looking {
        /// From which offset.
        from: u64,
        /// In which direction.
        down: bool,
    },
    /// Found at this offset.
    At(u64),
    /// Nothing more in this direction.
    Nowhere,
    /// It stands nowhere in the whole log.
    NotThere,
}

impl Hunt {
    /// Looks for words, from an offset upwards first. `None` for no words at all.
    pub(super) fn new(words: &str, from: u64) -> Option<Self> {
        Needle::new(words).map(|needle| Self {
            needle,
            text: words.to_owned(),
            status: HuntStatus::Looking { from, down: false },
            origin: from,
            found: false,
            turned: false,
            chase: None,
            count: None,
            hits: None,
        })
    }

    /// Looks for the next match, downwards or upwards, from the one that was found or
    /// from what is on the screen.
    pub(super) fn again(&mut self, down: bool, (top, end): (u64, u64)) {
        let from = match self.status {
            HuntStatus::At(at) if down => at + 1,
            HuntStatus::At(at) => at,
            _ if down => top,
            _ => end,
        };
        self.status = HuntStatus::Looking { from, down };
        self.chase = None;
        if let Some(hits) = &mut self.hits {
            hits.number = None;
        }
    }

    /// Nobody sees it for now: what was found stays.
    pub(super) fn rest(&mut self) {
        self.count = None;
        self.chase = None;
        self.hits = None;
    }

    pub(super) fn is_looking(&self) -> bool {
        matches!(self.status, HuntStatus::Looking { .. })
    }

    /// Takes in how far it is; whether that changed.
    pub(super) fn advance(&mut self, dir: &Path, reader: &mut Reader) -> io::Result<bool> {
        let before = self.status;
        let HuntStatus::Looking { from, down } = before else {
            return Ok(false);
        };
        self.status = match self.nearest(dir, reader, from, down)? {
            Search::Found(at) => {
                self.found = true;
                HuntStatus::At(at)
            }
            Search::Paused(from) => HuntStatus::Looking { from, down },
            Search::Exhausted if self.found => HuntStatus::Nowhere,
            // Only who looked in both directions can say that it is not there.
            Search::Exhausted if !self.turned => {
                self.turned = true;
                HuntStatus::Looking {
                    from: self.origin,
                    down: true,
                }
            }
            Search::Exhausted => HuntStatus::NotThere,
        };
        Ok(self.status != before)
    }

    fn nearest(
        &mut self,
        dir: &Path,
        reader: &mut Reader,
        from: u64,
        down: bool,
    ) -> io::Result<Search> {
        // Who has counted past it knows where it is.
        if let Some(count) = &self.count
            && let Some(known) = count.nearest(reader, &self.needle, from, down)?
        {
            self.chase = None;
            return Ok(known);
        }
        let search = match &self.chase {
            Some(chase) => chase.so_far()?,
            None => match Chase::begin(dir, reader, &self.needle, from, down)? {
                Begun::Over(search) => search,
                Begun::Under(chase) => {
                    let search = chase.so_far()?;
                    self.chase = Some(chase);
                    search
                }
            },
        };
        if !matches!(search, Search::Paused(_)) {
            self.chase = None;
        }
        Ok(search)
    }

    /// Sees to it that all matches are counted, and takes in how far that is; whether the screen
    /// changes, or will because it is not done.
    pub(super) fn count(
        &mut self,
        dir: &Path,
        reader: &mut Reader,
        grown: bool,
        dropped: bool,
    ) -> io::Result<bool> {
        if dropped {
            // What was counted there is not there any more.
            self.count = None;
        }
        let count = match &mut self.count {
            Some(count) => {
                if grown {
                    count.go_on();
                }
                count
            }
            none => none.insert(Count::begin(dir, self.needle.clone())?),
        };
        let mut hits = count.so_far().map(|(count, is_all)| Hits {
            number: self.hits.and_then(|hits| hits.number),
            count,
            is_all,
        });
        if let Some(hits) = &mut hits
            && let HuntStatus::At(at) = self.status
            && (dropped || hits.number.is_none())
        {
            hits.number = count.number(reader, &self.needle, at)?;
        }
        let changed = hits != self.hits;
        self.hits = hits;
        Ok(changed || hits.is_some_and(|hits| !hits.is_all))
    }
}
