//! The terminal, and giving it back as it was on every way out.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor::Show,
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
        EnableFocusChange, EnableMouseCapture,
    },
    queue,
    style::Print,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::layout::Rect;
use rustix::{
    stdio::{stdin, stdout},
    termios::{QueueSelector, tcflush, tcgetwinsize},
};

use super::{
    frame::Frame,
    outside::{Copied, Outside},
    theme::Depth,
};
use crate::settings::{Notify, Settings};
use line::Line;
use pen::Pen;

mod grid;
mod hue;
mod ink;
mod line;
pub mod pen;
mod route;
mod shift;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// The end of the frame where the terminal has no other screen: the region and the
/// attributes are those of before, and the last row, which only said what keys do, is left
/// to whoever writes next. Where there is another screen, it goes with that one; a new line
/// instead would leave a row of it among what can be scrolled back to.
const LAST_ROW: &str = "\x1b[r\x1b[m\x1b[999H\x1b[K";

/// A terminal that is ours until this value is dropped.
pub struct Screen {
    frame: Frame,
    pen: Pen<Line>,
    mouse: bool,
    /// The title of the window.
    title: String,
    outside: Outside,
    notify: Notify,
    clipboard: bool,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it is none.
    pub fn take(settings: &Settings) -> io::Result<Self> {
        restore_on_panic();
        let mouse = settings.mouse;
        enter(mouse)?;
        Ok(Self {
            frame: Frame::default(),
            pen: pen(),
            mouse,
            title: String::new(),
            outside: outside(),
            notify: settings.notify,
            clipboard: settings.clipboard,
        })
    }

    /// How large it is now.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn area(&self) -> io::Result<Rect> {
        // Asked for with every frame: the library opens the terminal anew each time.
        let (width, height) = match tcgetwinsize(stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => crossterm::terminal::size().map_err(|error| drawing(&error))?,
        };
        Ok(Rect::new(0, 0, width, height))
    }

    /// Draws a frame, and says how large it is; `anew` where nobody knows what stands there.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn draw(&mut self, anew: bool, render: impl FnOnce(&mut Frame)) -> io::Result<Rect> {
        let area = self.area()?;
        if anew {
            self.pen.forget();
        }
        self.frame.begin(area.width, area.height);
        render(&mut self.frame);
        self.pen
            .show(&self.frame)
            .map_err(|error| drawing(&error))?;
        Ok(area)
    }

    /// Gives the terminal back, stops this process as the shell's job control
    /// wants it, and takes the terminal again when it goes on.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        // The default action of SIGTSTP is blocked by our handler; SIGSTOP is not.
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
        enter(self.mouse)?;
        self.pen = pen();
        write(&self.outside.title(&self.title));
        Ok(())
    }

    /// The terminal's title.
    pub fn title(&mut self, title: &str) {
        title.clone_into(&mut self.title);
        write(&self.outside.title(title));
    }

    /// Puts a text on the clipboard, if there is one.
    pub fn copy(&mut self, text: &str) -> Copied {
        if !self.clipboard {
            return Copied::Off;
        }
        match self.outside.copy(text) {
            Ok(sequence) => {
                write(&sequence);
                Copied::Sent
            }
            Err(why) => why,
        }
    }

    /// Tells an operator who looks elsewhere.
    pub fn notify(&mut self, text: &str) {
        write(&self.outside.notify(text, self.notify));
    }

    /// Leaves the mouse to the terminal, or takes it again; whether it is ours then.
    pub fn toggle_mouse(&mut self) -> bool {
        self.mouse = !self.mouse;
        // A terminal without a mouse ignores it.
        let _ = if self.mouse {
            say(|out| queue!(out, EnableMouseCapture))
        } else {
            say(|out| queue!(out, DisableMouseCapture))
        };
        self.mouse
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Draws everything anew.
fn pen() -> Pen<Line> {
    Pen::new(Line::out(), Depth::of_terminal())
}

fn drawing(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot draw: {error}"))
}

/// What is known of the terminal.
fn outside() -> Outside {
    Outside::of(|name| std::env::var(name).ok())
}

/// Writes what no frame holds, in one go.
fn say(what: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
    let mut bytes = Vec::new();
    what(&mut bytes)?;
    Line::out().write_all(&bytes)
}

/// The same. A terminal that is gone is noticed elsewhere.
fn write(sequence: &str) {
    let _ = say(|out| out.write_all(sequence.as_bytes()));
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let entered = say(|out| {
        queue!(
            out,
            Print(outside().keep_title()),
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange
        )?;
        if mouse {
            queue!(out, EnableMouseCapture)?;
        }
        Ok(())
    });
    if entered.is_err() {
        give_back();
    }
    entered
}

/// Gives the terminal back, once.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // This fails on a terminal that is gone; its modes still matter.
    let _ = say(|out| {
        queue!(
            out,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            Print(LAST_ROW),
            LeaveAlternateScreen,
            Show,
            Print(outside().old_title())
        )
    });
    // What was typed and pointed at for this screen is not meant for the shell.
    let _ = tcflush(stdin(), QueueSelector::IFlush);
    let _ = disable_raw_mode();
}

fn restore_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
    });
}
