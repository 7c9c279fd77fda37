//! What a screen is drawn on: the real terminal, or a buffer in tests.

use std::{fmt::Display, io};

use ratatui::{Terminal, backend::Backend};

use super::terminal::Screen;

/// Something to draw on that can do a little more than draw.
pub trait Stage {
    /// What ratatui draws on.
    type Backend: Backend;

    /// To draw on.
    fn terminal(&mut self) -> &mut Terminal<Self::Backend>;
    /// Stops and comes back, as the shell wants it.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    fn suspend(&mut self) -> io::Result<()>;
    /// Puts a text on the clipboard, if there is one.
    fn copy(&mut self, text: &str);
    /// Sets the title of the window, if it has one.
    fn title(&mut self, title: &str);
}

impl Stage for Screen {
    type Backend = super::terminal::Backend;

    fn terminal(&mut self) -> &mut Terminal<Self::Backend> {
        &mut self.terminal
    }

    fn suspend(&mut self) -> io::Result<()> {
        Screen::suspend(self)
    }

    fn copy(&mut self, text: &str) {
        // A terminal without a clipboard ignores it.
        let _ = crossterm::execute!(
            io::stdout(),
            crossterm::clipboard::CopyToClipboard::to_clipboard_from(text)
        );
    }

    fn title(&mut self, title: &str) {
        Screen::title(self, title);
    }
}

/// A drawing error, whatever the backend's kind.
pub fn drawing(error: impl Display) -> io::Error {
    io::Error::other(format!("cannot draw: {error}"))
}
