//! What a screen draws on: the cells of one frame.
//!
//! The library's terminal keeps two of these and compares them cell by cell. Ours is told
//! what a real terminal shows already ([`super::terminal`]), so that one is enough.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    widgets::Widget,
};

/// The cells of a frame, and where the cursor is seen in it.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    cells: Buffer,
    cursor: Option<Position>,
}

impl Frame {
    /// A blank one of this size.
    pub fn new(width: u16, height: u16) -> Self {
        Self {
            cells: Buffer::empty(Rect::new(0, 0, width, height)),
            cursor: None,
        }
    }

    /// Becomes a blank one of this size. Its room is used again: that of a large screen is
    /// half a megabyte.
    pub fn begin(&mut self, width: u16, height: u16) {
        self.cells.resize(Rect::new(0, 0, width, height));
        self.cells.reset();
        self.cursor = None;
    }

    /// All of it.
    pub fn area(&self) -> Rect {
        self.cells.area
    }

    /// What stands in it.
    pub fn cells(&self) -> &Buffer {
        &self.cells
    }

    /// What stands in it, to write there.
    pub fn buffer_mut(&mut self) -> &mut Buffer {
        &mut self.cells
    }

    /// Draws a widget in a part of it.
    pub fn render_widget(&mut self, widget: impl Widget, area: Rect) {
        widget.render(area, &mut self.cells);
    }

    /// Shows the cursor there; it is hidden otherwise.
    pub fn set_cursor_position(&mut self, at: impl Into<Position>) {
        self.cursor = Some(at.into());
    }

    /// Where the cursor is seen.
    pub fn cursor(&self) -> Option<Position> {
        self.cursor
    }
}
