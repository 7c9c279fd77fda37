//! The part of a command's output that stands on the screen: filled here, on the
//! screen's own clock, so that panes only draw.

mod aside;
mod chase;
mod count;
mod hunt;
mod lines;
mod range;
mod reading;
mod wrapped;

use std::io;

pub use count::Hits;
use hunt::Hunt;
pub use hunt::HuntStatus;
pub use lines::Going;
use lines::Lines;
pub use range::{Copied, MOST, Range};

use crate::engine::{AttemptId, State};
use crate::output::{Line, Position, Reader, Window, window};
use crate::run_dir::{AttemptDir, RunDir};

/// A view of an attempt of a run.
pub(super) fn of(dir: &RunDir, state: &State, attempt: AttemptId) -> Option<LogView> {
    let launch = &state.attempts.get(&attempt)?.launch;
    Some(LogView::new(dir.attempt(&launch.directory())))
}

/// A view of one attempt's log.
pub struct LogView {
    dir: AttemptDir,
    reader: Option<Reader>,
    position: Position,
    rows: u16,
    window: Option<Window>,
    drawn_length: u64,
    /// Where what was dropped from the middle ended when the window was read.
    gap_end: u64,
    printed_at: Option<i64>,
    search: Option<Hunt>,
    /// Long lines are wrapped, at this width.
    wraps: bool,
    width: usize,
    /// Of the first line, so many rows are above.
    inner: usize,
    lines: Option<Lines>,
    going: Option<Going>,
    said_line: u64,
    /// The line that was gone to, and its offset.
    line: Option<(u64, u64)>,
    range: Option<Range>,
}

impl LogView {
    /// A view that follows the end.
    pub fn new(dir: AttemptDir) -> Self {
        Self {
            dir,
            reader: None,
            position: Position::Follow,
            rows: 0,
            window: None,
            drawn_length: 0,
            gap_end: 0,
            printed_at: None,
            search: None,
            wraps: false,
            width: 0,
            inner: 0,
            lines: None,
            going: None,
            said_line: 0,
            line: None,
            range: None,
        }
    }

    /// The attempt's directory.
    pub fn dir(&self) -> &AttemptDir {
        &self.dir
    }

    /// What to draw.
    pub fn window(&self) -> Option<&Window> {
        self.window.as_ref()
    }

    /// Whether the end is followed.
    pub fn follows(&self) -> bool {
        self.position == Position::Follow
    }

    /// The words searched for and what came of it.
    pub fn search(&self) -> Option<(&str, HuntStatus)> {
        self.search
            .as_ref()
            .map(|hunt| (hunt.text.as_str(), hunt.status))
    }

    /// How many matches there are and which of them is shown.
    pub fn hits(&self) -> Option<Hits> {
        self.search.as_ref()?.hits
    }

    /// Whether it holds what belongs on the screen, what has been printed since it was
    /// read aside.
    pub fn shows(&self, rows: u16, width: usize) -> bool {
        self.window.is_some() && self.has_size(rows, width) && !self.is_looking()
    }

    fn has_size(&self, rows: u16, width: usize) -> bool {
        self.rows == rows && (self.width == width || !self.wraps)
    }

    /// Reads what belongs on the screen if it changed; whether to draw again.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn refresh(&mut self, rows: u16, width: usize) -> io::Result<bool> {
        let hunted = self.hunt()? | self.go()?;
        if self.reader.is_none() {
            self.reader = Some(Reader::open(self.dir.path())?);
        }
        let Some(reader) = &mut self.reader else {
            return Ok(false);
        };
        let length = reader.len()?;
        let grown = length != self.drawn_length;
        if grown {
            self.printed_at = length.checked_sub(1).and_then(|last| reader.time_at(last));
        }
        let gap_end = match reader.stretches()?.as_slice() {
            [_, .., last] => last.start,
            _ => 0,
        };
        let dropped = gap_end != self.gap_end;
        if dropped {
            // Lines that were counted are not there any more.
            self.lines = None;
        }
        let counted = match &mut self.search {
            Some(hunt) => hunt.count(self.dir.path(), reader, grown, dropped)?,
            None => false,
        };
        let below = matches!(self.position, Position::Top(_))
            && (self.window.as_ref())
                .is_some_and(|window| !(window.at_end || dropped && window.top < gap_end));
        if self.window.is_some() && self.has_size(rows, width) && !hunted && (!grown || below) {
            // Only the size in the corner changes.
            if let Some(window) = &mut self.window {
                window.total_bytes = length;
            }
            self.drawn_length = length;
            return Ok(grown || counted);
        }
        (self.rows, self.width) = (rows, width);
        self.drawn_length = length;
        self.gap_end = gap_end;
        let (top, size) = (self.wrapped_top(), self.wrapped_size());
        let Some(reader) = &mut self.reader else {
            return Ok(false);
        };
        self.window = Some(if self.wraps {
            let (window, top) = wrapped::window(reader, top, size)?;
            self.inner = top.inner;
            window
        } else {
            window::window(reader, self.position, rows)?
        });
        Ok(true)
    }

    /// Gives back what it holds while nobody sees it; the place and the search stay.
    pub fn rest(&mut self) {
        self.reader = None;
        self.window = None;
        self.lines = None;
        if let Some(hunt) = &mut self.search {
            hunt.rest();
        }
    }

    /// Whether nothing of it is held.
    pub fn rests(&self) -> bool {
        self.reader.is_none()
    }

    /// When the last byte was printed, for a log that nobody looks at otherwise.
    pub fn last_printed(&self) -> Option<i64> {
        let mut reader = Reader::open(self.dir.path()).ok()?;
        let last = reader.len().ok()?.checked_sub(1)?;
        reader.time_at(last)
    }

    /// When the last byte was printed, in Unix milliseconds, where that is known.
    pub fn printed_at(&self) -> Option<i64> {
        self.printed_at
    }

    /// Moves by rows; negative is up.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn scroll(&mut self, by: i64) -> io::Result<()> {
        let (top, size) = (self.wrapped_top(), self.wrapped_size());
        let Some(reader) = &mut self.reader else {
            return Ok(());
        };
        if self.wraps {
            let top = wrapped::scroll(reader, top, by, size)?;
            (self.position, self.inner) = (top.position, top.inner);
            self.window = None;
            return Ok(());
        }
        let count = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
        self.position = if by < 0 {
            window::scroll_up(reader, self.position, self.rows, count)?
        } else {
            window::scroll_down(reader, self.position, self.rows, count)?
        };
        self.window = None;
        Ok(())
    }

    /// Shows the first byte.
    pub fn to_start(&mut self) {
        self.position = window::to_start();
        self.inner = 0;
        self.window = None;
    }

    /// Follows the end.
    pub fn follow(&mut self) {
        self.position = Position::Follow;
        self.inner = 0;
        self.line = None;
        self.window = None;
    }

    /// Stays where it is while the log grows, or follows it again.
    pub fn toggle_follow(&mut self) {
        self.position = match (self.position, &self.window) {
            (Position::Follow, Some(window)) => Position::Top(window.top),
            _ => Position::Follow,
        };
        self.window = None;
    }

    /// Looks for words, from what is on the screen upwards first: what one looks
    /// for is usually just above the end.
    pub fn find(&mut self, words: &str) {
        let from = self.window.as_ref().map_or(0, |window| window.end);
        self.search = Hunt::new(words, from);
    }

    /// The next match, downwards or upwards.
    pub fn find_again(&mut self, down: bool) {
        let shown = self.window.as_ref();
        let shown = shown.map_or((0, 0), |window| (window.top, window.end));
        if let Some(hunt) = &mut self.search {
            hunt.again(down, shown);
        }
    }

    /// Forgets the search.
    pub fn clear_search(&mut self) {
        self.search = None;
        self.line = None;
        self.going = None;
        self.window = None;
    }

    /// Takes in how far a search is; whether the screen changes.
    fn hunt(&mut self) -> io::Result<bool> {
        let (Some(hunt), Some(reader)) = (&mut self.search, &mut self.reader) else {
            return Ok(false);
        };
        if !hunt.is_looking() || !hunt.advance(self.dir.path(), reader)? {
            return Ok(false);
        }
        if let HuntStatus::At(at) = hunt.status {
            // A match that is on the screen stays where it is.
            let visible = self
                .window
                .as_ref()
                .is_some_and(|window| (window.top..window.end).contains(&at));
            if !visible {
                self.inner = 0;
                self.position = window::to_offset(reader, at)?;
            }
            if !visible && !self.wraps {
                let above = i64::from(self.rows / 3);
                self.position = Position::Top(window::step(reader, at, -above)?);
            } else if self.position == Position::Follow
                && let Some(window) = &self.window
            {
                self.position = Position::Top(window.top);
            }
        }
        Ok(true)
    }

    /// Whether a search still looks, or lines are counted up to one that is wanted.
    pub fn is_looking(&self) -> bool {
        self.search.as_ref().is_some_and(Hunt::is_looking)
            || self.lines.as_ref().is_some_and(Lines::is_going)
    }

    /// The line that one means by looking: the end of what is marked, or that of a match
    /// on the screen, or the one that was gone to, or the last one while the end is
    /// followed, or the first; and when it was printed, in Unix milliseconds.
    pub fn pointed(&mut self) -> Option<(String, Option<i64>)> {
        let line = self.meant()?;
        let (text, offset) = (line.text.text(), line.offset);
        Some((text, self.time_at(offset)))
    }

    fn meant(&self) -> Option<&Line> {
        let window = self.window.as_ref()?;
        let matched = match self.search.as_ref().map(|hunt| hunt.status) {
            Some(HuntStatus::At(at)) => Some(at),
            _ => None,
        };
        let gone_to = self.line.map(|(_, at)| at);
        let cursor = self.range.map(|range| range.cursor);
        let wanted = [cursor, matched, gone_to];
        let shown = window.top..window.end;
        let wanted = wanted.into_iter().flatten().find(|at| shown.contains(at));
        match wanted {
            Some(at) => window.lines.iter().rev().find(|line| line.offset <= at),
            None if self.follows() => window.lines.last(),
            None => window.lines.first(),
        }
    }

    /// When the bytes at an offset were printed, in Unix milliseconds.
    pub fn time_at(&mut self, offset: u64) -> Option<i64> {
        self.reader.as_mut()?.time_at(offset)
    }
}
