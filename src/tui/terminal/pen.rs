//! Frames as few bytes: what a terminal is sent for what has changed.
//!
//! Over a slow link a frame is as old as it is long. So a terminal is told no colour
//! twice, the cursor takes the shortest way, and where rows moved up, the terminal moves
//! them if that is shorter than to write them again.

use std::{
    io::{self, Write},
    mem,
};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    terminal::{Clear, ClearType},
};
use ratatui::layout::Position;

use super::{
    grid::{Grid, Texts},
    ink::Ink,
    route, shift,
};
use crate::tui::{frame::Frame, theme::Depth};

/// Fewer bytes are not worth looking for rows that moved.
const FEW: usize = 100;

/// Draws on a terminal.
#[derive(Debug)]
pub struct Pen<W: Write> {
    ink: Ink<W>,
    shown: Grid,
    texts: Texts,
    /// What stood there before the frame.
    before: Grid,
    /// Between frames the two are the same: what a frame has changed is taken over, not
    /// the whole of a large screen.
    are_same: bool,
    cursor: Cursor,
    /// The sixteen colours by their old numbers.
    old: bool,
}

/// What is known of a terminal's cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Unknown,
    Hidden,
    /// It is seen there, or where it was left by what was written since.
    Shown(Option<Position>),
}

impl<W: Write> Pen<W> {
    /// Draws on what `out` leads to, as a terminal of this depth understands it. Whatever
    /// stands there goes with the first frame.
    pub fn new(out: W, depth: Depth) -> Self {
        Self {
            ink: Ink::new(out),
            shown: Grid::default(),
            texts: Texts::default(),
            before: Grid::default(),
            are_same: true,
            cursor: Cursor::Unknown,
            old: depth == Depth::Sixteen,
        }
    }

    /// Nobody knows what stands there: the next frame is written as a whole.
    pub fn forget(&mut self) {
        self.shown = Grid::default();
    }

    /// Brings a frame to the terminal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn show(&mut self, frame: &Frame) -> io::Result<()> {
        let area = frame.area();
        if !self.shown.is_of(area) {
            self.clear()?;
            self.shown = Grid::blank(area);
        }
        self.write(frame)?;
        self.point(frame.cursor())?;
        self.ink.flush()
    }

    /// Nothing stands there any more, whatever somebody else has done to it, or who was cut
    /// off in a sequence.
    fn clear(&mut self) -> io::Result<()> {
        self.texts.clear();
        self.are_same = false;
        self.cursor = Cursor::Unknown;
        self.ink.write_all(b"\x1b[r\x1b[m")?;
        queue!(self.ink, Clear(ClearType::All))
    }

    /// Writes what has changed.
    fn write(&mut self, frame: &Frame) -> io::Result<()> {
        if !mem::replace(&mut self.are_same, false) {
            self.before.become_like(&self.shown);
        }
        let marks = self.shown.take_in(frame.cells(), &mut self.texts);
        if marks.is_empty() {
            self.are_same = true;
            return Ok(());
        }
        let mut bytes = Vec::new();
        route::write(&marks, frame.cells(), &self.shown, self.old, &mut bytes);
        if marks.len() >= FEW / 4
            && bytes.len() >= FEW
            && let Some(shift) = shift::find(&self.before, &self.shown, &marks)
        {
            let mut other = Vec::new();
            shift.write(&mut other);
            self.before.scroll(shift.rows.clone(), shift.by);
            let rest = shift.rest(&self.before, &self.shown, &marks);
            route::write(&rest, frame.cells(), &self.shown, self.old, &mut other);
            if other.len() < bytes.len() {
                bytes = other;
            }
        } else {
            self.before.take_over(&marks, &self.shown);
            self.are_same = true;
        }
        if let Cursor::Shown(at) = &mut self.cursor {
            *at = None;
        }
        self.ink.write_all(&bytes)
    }

    /// Shows the cursor there, or not at all.
    fn point(&mut self, wanted: Option<Position>) -> io::Result<()> {
        let wanted = wanted.map_or(Cursor::Hidden, |at| Cursor::Shown(Some(at)));
        match (mem::replace(&mut self.cursor, wanted), wanted) {
            (before, _) if before == wanted => Ok(()),
            (Cursor::Shown(_), Cursor::Shown(Some(at))) => queue!(self.ink, MoveTo(at.x, at.y)),
            (_, Cursor::Shown(Some(at))) => queue!(self.ink, MoveTo(at.x, at.y), Show),
            _ => queue!(self.ink, Hide),
        }
    }
}

#[cfg(test)]
mod tests;
