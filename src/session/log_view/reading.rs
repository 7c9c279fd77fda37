//! What an operator does in the output: goes to a line, wraps long ones, marks some and copies them.

use std::io;

use super::{Copied, Going, LogView, Range, lines::Lines, wrapped};
use crate::output::{Position, window};

impl LogView {
    /// Whether long lines are wrapped.
    pub fn wraps(&self) -> bool {
        self.wraps
    }

    /// Wraps long lines, or cuts them off at the pane's edge again.
    pub fn toggle_wrap(&mut self) {
        self.wraps = !self.wraps;
        self.inner = 0;
        self.window = None;
    }

    /// How many rows of the first line are above the screen.
    pub fn rows_above(&self) -> usize {
        self.inner
    }

    pub(super) fn wrapped_top(&self) -> wrapped::Top {
        wrapped::Top {
            position: self.position,
            inner: self.inner,
        }
    }

    pub(super) fn wrapped_size(&self) -> wrapped::Size {
        wrapped::Size {
            rows: self.rows,
            width: self.width,
        }
    }

    /// Begins to count lines: somebody is about to say the number of one.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn number_lines(&mut self) -> io::Result<()> {
        if self.lines.is_none() {
            self.lines = Some(Lines::begin(self.dir.path())?);
        }
        Ok(())
    }

    /// Goes to a line by its number, from 1.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn go_to_line(&mut self, line: u64) -> io::Result<()> {
        self.number_lines()?;
        self.line = None;
        self.said_line = line;
        if let Some(lines) = &mut self.lines {
            lines.go_to(line);
        }
        Ok(())
    }

    /// How the way to a line stands, where it is not there yet or there is no such line.
    pub fn going(&self) -> Option<Going> {
        self.going
    }

    /// The number of the line that was gone to, and its offset.
    pub fn line(&self) -> Option<(u64, u64)> {
        self.line
    }

    /// Takes in how far the way to a line is; whether the screen changes.
    pub(super) fn go(&mut self) -> io::Result<bool> {
        let (Some(lines), Some(reader)) = (&mut self.lines, &mut self.reader) else {
            return Ok(false);
        };
        if !lines.is_going() {
            return Ok(false);
        }
        let before = self.going;
        let (going, there) = lines.advance(reader)?;
        self.going = going;
        if let Some(offset) = there {
            self.line = Some((self.said_line, offset));
            self.position = Position::Top(offset);
            self.inner = 0;
            if !self.wraps {
                let above = i64::from(self.rows / 3);
                self.position = Position::Top(window::step(reader, offset, -above)?);
            }
        } else if matches!(going, Some(Going::Beyond { .. })) {
            self.position = Position::Follow;
            self.inner = 0;
        }
        Ok(before != self.going || there.is_some())
    }

    /// The lines that are marked.
    pub fn range(&self) -> Option<Range> {
        self.range
    }

    /// Begins to mark lines at the one that is meant, or stops; whether there is one.
    pub fn toggle_range(&mut self) -> bool {
        if self.range.take().is_some() {
            return true;
        }
        let Some(at) = self.meant().map(|line| line.offset) else {
            return false;
        };
        if let (Position::Follow, Some(window)) = (self.position, &self.window) {
            // What is marked stays where it is.
            self.position = Position::Top(window.top);
        }
        self.range = Some(Range {
            anchor: at,
            cursor: at,
        });
        true
    }

    /// Marks no lines any more; whether some were.
    pub fn end_range(&mut self) -> bool {
        self.range.take().is_some()
    }

    /// Moves the end of what is marked by lines, and the screen with it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn move_range(&mut self, by: i64) -> io::Result<()> {
        let (Some(range), Some(reader)) = (&mut self.range, &mut self.reader) else {
            return Ok(());
        };
        range.cursor = window::step(reader, range.cursor, by)?;
        let cursor = range.cursor;
        self.show_line(cursor)
    }

    /// Marks up to the first line or the last one.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn stretch_range(&mut self, to_start: bool) -> io::Result<()> {
        let (Some(range), Some(reader)) = (&mut self.range, &mut self.reader) else {
            return Ok(());
        };
        let length = reader.len()?;
        range.cursor = if to_start {
            0
        } else {
            // The row that the end belongs to is the last one.
            window::step(reader, length, 0)?
        };
        let cursor = range.cursor;
        self.show_line(cursor)
    }

    /// Brings a line to the screen that is not on it.
    fn show_line(&mut self, offset: u64) -> io::Result<()> {
        let (top, size) = (self.wrapped_top(), self.wrapped_size());
        let Some(reader) = &mut self.reader else {
            return Ok(());
        };
        let (top, end) = if let Some(window) = &self.window {
            (window.top, window.end)
        } else {
            // Several keys may come before the next frame: then it was not read yet.
            let window = if self.wraps {
                wrapped::window(reader, top, size)?.0
            } else {
                window::window(reader, self.position, self.rows)?
            };
            (window.top, window.end)
        };
        if offset < top || (self.wraps && offset >= end) {
            self.position = Position::Top(offset);
            self.inner = 0;
        } else if offset >= end {
            let above = i64::from(self.rows.saturating_sub(1));
            self.position = Position::Top(window::step(reader, offset, -above)?);
        } else {
            return Ok(());
        }
        self.window = None;
        Ok(())
    }

    /// The marked text, as far as a clipboard takes it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn copy_range(&mut self) -> io::Result<Option<Copied>> {
        let (Some(range), Some(reader)) = (self.range, &mut self.reader) else {
            return Ok(None);
        };
        range.copy(reader).map(Some)
    }
}

#[cfg(test)]
mod tests;
