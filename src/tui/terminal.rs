//! The terminal, and giving it back as it was on every way out.

use std::{
    fs::File,
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor::Show,
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
        EnableFocusChange, EnableMouseCapture,
    },
    execute,
    style::Print,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::Terminal;

use super::{
    outside::{Copied, Outside},
    theme::Depth,
};
use crate::settings::{Notify, Settings};
use pen::Pen;

mod grid;
mod hue;
mod ink;
pub mod pen;
mod route;
mod shift;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// What frames are written to.
pub type Backend = Pen<File>;

/// A terminal that is ours until this value is dropped.
pub struct Screen {
    /// What to draw on.
    pub terminal: Terminal<Backend>,
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
        let terminal = blank().inspect_err(|_| give_back())?;
        Ok(Self {
            terminal,
            mouse,
            title: String::new(),
            outside: outside(),
            notify: settings.notify,
            clipboard: settings.clipboard,
        })
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
        // Another terminal over the blank screen draws everything anew. Clearing the
        // old one would ask for the cursor's position and fail where no answer comes.
        self.terminal = blank()?;
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
        let mut out = io::stdout();
        // A terminal without a mouse ignores it.
        let _ = if self.mouse {
            execute!(out, EnableMouseCapture)
        } else {
            execute!(out, DisableMouseCapture)
        };
        self.mouse
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// A terminal on which nothing stands.
fn blank() -> io::Result<Terminal<Backend>> {
    // Not by way of the standard output's own buffer, which would cut it into lines.
    let out = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    Terminal::new(Pen::new(File::from(out), Depth::of_terminal()))
}

/// What is known of the terminal.
fn outside() -> Outside {
    Outside::of(|name| std::env::var(name).ok())
}

/// Writes what no frame holds. A terminal that is gone is noticed elsewhere.
fn write(sequence: &str) {
    let mut out = io::stdout();
    let _ = out
        .write_all(sequence.as_bytes())
        .and_then(|()| out.flush());
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    let entered = execute!(
        out,
        Print(outside().keep_title()),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange
    )
    .and_then(|()| {
        if mouse {
            execute!(out, EnableMouseCapture)
        } else {
            Ok(())
        }
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
    let mut out = io::stdout();
    // Each of these may fail on a terminal that is gone; the others still matter.
    let _ = execute!(out, DisableMouseCapture);
    let _ = execute!(out, DisableFocusChange);
    let _ = execute!(out, DisableBracketedPaste);
    let _ = execute!(out, LeaveAlternateScreen, Show);
    let _ = execute!(out, Print(outside().old_title()));
    let _ = disable_raw_mode();
    let _ = out.flush();
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
