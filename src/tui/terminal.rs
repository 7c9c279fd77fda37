//! The terminal, and giving it back as it was on every way out.

use std::{
    io::{self, Stdout, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor::Show,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute,
    terminal::{
        EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{Terminal, backend::CrosstermBackend};

use super::theme::Depth;
use ink::Ink;

pub mod ink;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// What frames are written to.
pub type Backend = CrosstermBackend<Ink<Stdout>>;

/// A terminal that is ours until this value is dropped.
pub struct Screen {
    /// What to draw on.
    pub terminal: Terminal<Backend>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it is none.
    pub fn take(mouse: bool) -> io::Result<Self> {
        restore_on_panic();
        enter(mouse)?;
        let terminal = blank().inspect_err(|_| give_back())?;
        Ok(Self { terminal, mouse })
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
        Ok(())
    }

    /// The terminal's title.
    pub fn title(&mut self, title: &str) {
        let safe: String = title.chars().filter(|c| !c.is_control()).take(80).collect();
        // A terminal that has no title has no need of one.
        let _ = execute!(io::stdout(), SetTitle(safe));
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// A terminal on which nothing stands.
fn blank() -> io::Result<Terminal<Backend>> {
    let ink = Ink::new(io::stdout(), Depth::of_terminal());
    Terminal::new(CrosstermBackend::new(ink))
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    let entered = execute!(out, EnterAlternateScreen, EnableBracketedPaste).and_then(|()| {
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
    let _ = execute!(out, DisableBracketedPaste);
    let _ = execute!(out, LeaveAlternateScreen, Show);
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
