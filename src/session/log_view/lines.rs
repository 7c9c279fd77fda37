//! Going to a line by its number: line feeds are counted beside the screen from the moment at which
//! somebody is about to say one.

use std::io;
use std::path::Path;

use super::count::{Count, Place};
use crate::output::Reader;
use crate::output::search::Needle;

/// Line feeds that are counted, and the line that is wanted.
pub(super) struct Lines {
    count: Count,
    wanted: Option<u64>,
}

/// Where the way to a line has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// Lines are counted up to it.
    Counting {
        /// The line.
        to: u64,
        /// So many so far.
        counted: u64,
    },
    /// There are fewer: the last one is shown.
    Beyond {
        /// So many.
        lines: u64,
    },
}

impl Lines {
    /// Begins to count.
    pub(super) fn begin(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            count: Count::begin(dir, Needle::exact(b'\n'))?,
            wanted: None,
        })
    }

    /// A line is wanted, from 1.
    pub(super) fn go_to(&mut self, line: u64) {
        self.count.go_on();
        self.wanted = Some(line.max(1));
    }

    /// Whether it is not known yet where the line is.
    pub(super) fn is_going(&self) -> bool {
        self.wanted.is_some()
    }

    /// How far the way is, and the offset of the line once that is known.
    pub(super) fn advance(
        &mut self,
        reader: &mut Reader,
    ) -> io::Result<(Option<Going>, Option<u64>)> {
        let Some(line) = self.wanted else {
            return Ok((None, None));
        };
        let place = match line {
            1 => Place::After(0),
            _ => self.count.after_line_feed(reader, line - 1)?,
        };
        Ok(match place {
            Place::After(offset) if offset < reader.len()? || offset == 0 => {
                self.wanted = None;
                (None, Some(offset))
            }
            Place::NotYet(counted) => (Some(Going::Counting { to: line, counted }), None),
            Place::After(_) | Place::Nowhere(_) => {
                self.wanted = None;
                let feeds = match place {
                    Place::Nowhere(feeds) => feeds,
                    _ => line - 1,
                };
                // What stands behind the last line feed is a line too.
                let length = reader.len()?;
                let open = length > 0 && reader.read(length - 1..length)? != b"\n";
                let lines = feeds + u64::from(open);
                (Some(Going::Beyond { lines }), None)
            }
        })
    }
}
