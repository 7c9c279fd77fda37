//! What a screen is drawn on: the real terminal, or a buffer in tests.

use std::{fmt::Display, io, time::Duration};

use ratatui::{Frame, Terminal, backend::Backend, layout::Rect};

use super::{outside::Copied, seen::SETTLE, terminal::Screen};

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
    type Backend = super::terminal::Backend;

    fn terminal(&mut self) -> &mut Terminal<Self::Backend> {
        &mut self.terminal
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

/// Draws a frame, and says how large it is; `anew` where nobody knows what stands there.
///
/// # Errors
/// When the terminal fails.
pub fn draw<S: Stage>(
    stage: &mut S,
    anew: bool,
    render: impl FnOnce(&mut Frame<'_>),
) -> io::Result<Rect> {
    let terminal = stage.terminal();
    if anew {
        let area = Rect::from(terminal.size().map_err(drawing)?);
        // One of another size is cleared anyway, and twice would flicker.
        if area == terminal.get_frame().area() {
            terminal.resize(area).map_err(drawing)?;
        }
    }
    let drawn = terminal.draw(render).map_err(drawing)?;
    Ok(drawn.area)
}

/// A drawing error, whatever the backend's kind.
pub fn drawing(error: impl Display) -> io::Error {
    io::Error::other(format!("cannot draw: {error}"))
}
