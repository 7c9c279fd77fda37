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
    cursor::{Hide, Show},
    queue,
    terminal::{Clear, ClearType as Clears},
};
use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use rustix::{stdio::stdout, termios::tcgetwinsize};

use super::{
    grid::{Grid, Letter, Mark, Spot},
    ink::Ink,
    route, shift,
};
use crate::tui::theme::Depth;

/// Fewer bytes are not worth looking for rows that moved.
const FEW: usize = 100;

/// Draws on a terminal.
#[derive(Debug)]
pub struct Pen<W: Write> {
    ink: Ink<W>,
    shown: Grid,
    /// What stood there before the frame.
    before: Grid,
    /// Between frames the two are the same: what a frame has changed is taken over, not
    /// the whole of a large screen.
    are_same: bool,
    /// Whether the cursor is seen; nobody knows at first.
    cursor: Option<bool>,
    /// The sixteen colours by their old numbers.
    old: bool,
}

impl<W: Write> Pen<W> {
    /// Draws on what `out` leads to, as a terminal of this depth understands it. Nothing
    /// stands there yet.
    pub fn new(out: W, depth: Depth) -> Self {
        Self {
            ink: Ink::new(out),
            shown: Grid::default(),
            before: Grid::default(),
            are_same: true,
            cursor: None,
            old: depth == Depth::Sixteen,
        }
    }
}

impl<W: Write> Backend for Pen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        if !mem::replace(&mut self.are_same, false) {
            self.before.become_like(&self.shown);
        }
        let (mut marks, mut symbols) = (Vec::new(), Vec::new());
        for (x, y, cell) in content {
            let spot = Spot::of(cell);
            // What has changed may be nothing that is seen.
            if self.shown.has(x, y, spot) {
                continue;
            }
            self.shown.set(x, y, spot);
            let symbol = if let Letter::One(_) = spot.letter {
                0
            } else {
                symbols.push(cell.symbol());
                u32::try_from(symbols.len()).unwrap_or(0)
            };
            marks.push(Mark { x, y, symbol });
        }
        if marks.is_empty() {
            self.are_same = true;
            return Ok(());
        }
        let mut frame = Vec::new();
        route::write(&marks, &symbols, &self.shown, self.old, &mut frame);
        if marks.len() >= FEW / 4
            && frame.len() >= FEW
            && self.before.is_as_large_as(&self.shown)
            && let Some(shift) = shift::find(&self.before, &self.shown, &marks)
        {
            let mut other = Vec::new();
            shift.write(&mut other);
            self.before.scroll(shift.rows.clone(), shift.by);
            let rest = shift.rest(&self.before, &self.shown, &marks);
            route::write(&rest, &symbols, &self.shown, self.old, &mut other);
            if other.len() < frame.len() {
                frame = other;
            }
        } else if self.before.is_as_large_as(&self.shown) {
            self.before.take_over(&marks, &self.shown);
            self.are_same = true;
        }
        self.ink.write_all(&frame)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor.replace(false) == Some(false) {
            return Ok(());
        }
        queue!(self.ink, Hide)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor.replace(true) == Some(true) {
            return Ok(());
        }
        queue!(self.ink, Show)
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        let (x, y) = crossterm::cursor::position()?;
        Ok(Position { x, y })
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        queue!(self.ink, crossterm::cursor::MoveTo(x, y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        // What is left of it, nobody knows: nothing may be moved.
        self.shown.forget();
        self.are_same = false;
        let region = match region {
            ClearType::All => {
                self.shown.clear();
                // Whatever somebody else has done to it, or who was cut off in a sequence.
                self.cursor = None;
                self.ink.write_all(b"\x1b[r\x1b[m")?;
                Clears::All
            }
            ClearType::AfterCursor => Clears::FromCursorDown,
            ClearType::BeforeCursor => Clears::FromCursorUp,
            ClearType::CurrentLine => Clears::CurrentLine,
            ClearType::UntilNewLine => Clears::UntilNewLine,
        };
        queue!(self.ink, Clear(region))
    }

    fn size(&self) -> io::Result<Size> {
        // Asked for with every frame: the library opens the terminal anew each time.
        let size = match tcgetwinsize(stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => crossterm::terminal::size()?,
        };
        Ok(size.into())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        let size = crossterm::terminal::window_size()?;
        Ok(WindowSize {
            columns_rows: Size::new(size.columns, size.rows),
            pixels: Size::new(size.width, size.height),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.ink.flush()
    }
}

#[cfg(test)]
mod tests;
