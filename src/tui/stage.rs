//! What a screen is drawn on: the real terminal, or a buffer in tests.

use std::{io, time::Duration};

use ratatui::layout::Rect;

use super::{frame::Frame, outside::Copied, seen::SETTLE, terminal::Screen};

/// Something to draw on that can do a little more than draw.
pub trait Stage {
    /// How large it is now.
    ///
    /// # Errors
    /// When the terminal fails.
    fn area(&self) -> io::Result<Rect>;
    /// Draws a frame, and says how large it is; `anew` where nobody knows what stands there.
    ///
    /// # Errors
    /// When the terminal fails.
    fn draw(&mut self, anew: bool, render: impl FnOnce(&mut Frame)) -> io::Result<Rect>;
    /// Stops and comes back, as the shell wants it.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    fn suspend(&mut self) -> io::Result<()>;
    /// Puts a text on the clipboard, if there is one.
    fn copy(&mut self, text: &str) -> Copied;
    /// Tells an operator who looks elsewhere.
    fn notify(&mut self, text: &str);
    /// Leaves the mouse to the terminal, or takes it again; whether it is ours then.
    fn toggle_mouse(&mut self) -> bool;
    /// Sets the title of the window, if it has one.
    fn title(&mut self, title: &str);
    /// How long something stands on it before keys can be meant for it.
    fn settle(&self) -> Duration {
        SETTLE
    }
}

impl Stage for Screen {
    fn area(&self) -> io::Result<Rect> {
        Screen::area(self)
    }

    fn draw(&mut self, anew: bool, render: impl FnOnce(&mut Frame)) -> io::Result<Rect> {
        Screen::draw(self, anew, render)
    }

    fn suspend(&mut self) -> io::Result<()> {
        Screen::suspend(self)
    }

    fn copy(&mut self, text: &str) -> Copied {
        Screen::copy(self, text)
    }

    fn notify(&mut self, text: &str) {
        Screen::notify(self, text);
    }

    fn toggle_mouse(&mut self) -> bool {
        Screen::toggle_mouse(self)
    }

    fn title(&mut self, title: &str) {
        Screen::title(self, title);
    }
}
