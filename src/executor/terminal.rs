//! A real terminal for a command that wants one.
//!
//! To have a controlling terminal a process must lead a session of its own, and
//! must become the command only after that. So the command is started through a
//! hidden subcommand of this program ([`main`]), which takes the terminal, then
//! turns into the command. Why it could not, it says on its standard error, which
//! is a pipe until then: an end without a word means that the command runs.

use std::{
    collections::VecDeque,
    ffi::OsString,
    io::{self, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::process::CommandExt,
    },
};

use rustix::{
    fs::{Mode, OFlags},
    process::Signal,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{InputModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize},
};
use serde::{Deserialize, Serialize};

use crate::crash;

/// The hidden subcommand's name.
pub const SUBCOMMAND: &str = "__tty";

/// What the emulator of the screen understands.
pub const TERM: &str = "xterm-256color";

/// The most typed bytes that wait for a command that reads none of them.
const MAX_WAITING: usize = 1 << 20;

/// The size of a terminal, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

impl Default for Size {
    fn default() -> Self {
        Self { cols: 80, rows: 24 }
    }
}

/// The two ends of a new terminal.
pub struct Terminal {
    /// Ours: what is printed is read here, what is typed is written here.
    pub master: OwnedFd,
    /// The command's.
    pub line: OwnedFd,
}

impl Terminal {
    /// Makes a terminal of a size.
    ///
    /// # Errors
    /// When the machine has none left.
    pub fn open(size: Size) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let line = rustix::fs::open(name, flags, Mode::empty())?;
        let mut modes = tcgetattr(&line)?;
        // So that erasing takes a whole character away, not its last byte.
        #[cfg(target_os = "linux")]
        modes.input_modes.insert(InputModes::IUTF8);
        tcsetattr(&line, OptionalActions::Now, &modes)?;
        resize(&line, size)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        Ok(Self { master, line })
    }
}

/// Gives a terminal another size; its foreground processes are told by the kernel.
///
/// # Errors
/// When it is no terminal any more.
pub fn resize(terminal: impl AsFd, size: Size) -> io::Result<()> {
    let size = Winsize {
        ws_row: size.rows.max(1),
        ws_col: size.cols.max(1),
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    Ok(tcsetwinsize(terminal, size)?)
}

/// What was typed and not yet taken by the terminal. Held in memory only.
#[derive(Debug, Default)]
pub struct Keyboard {
    waiting: VecDeque<u8>,
}

impl Keyboard {
    /// Takes typed bytes. What exceeds a mebibyte that nobody reads is dropped, as
    /// a terminal does it after four kilobytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = MAX_WAITING - self.waiting.len();
        self.waiting.extend(&bytes[..bytes.len().min(room)]);
    }

    /// Whether something waits.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Hands over what the terminal takes without waiting.
    pub fn hand_over(&mut self, master: impl AsFd) {
        while self.is_waiting() {
            match rustix::io::write(&master, self.waiting.as_slices().0) {
                Ok(0) | Err(rustix::io::Errno::AGAIN) => return,
                Ok(count) => drop(self.waiting.drain(..count)),
                Err(rustix::io::Errno::INTR) => {}
                // Nobody will read it any more.
                Err(_) => self.waiting.clear(),
            }
        }
    }
}

/// Why a command did not start in its terminal, if it did not: read from the pipe
/// that was its standard error. Ends when the command has begun.
pub fn complaint(pipe: &mut impl Read) -> Option<(io::ErrorKind, String)> {
    let mut said = String::new();
    // A pipe that cannot be read says nothing against the command.
    let _ = pipe.take(4096).read_to_string(&mut said);
    let (code, words) = said.split_once(' ')?;
    let kind = code.parse().map_or(io::ErrorKind::Other, |code: i32| {
        io::Error::from_raw_os_error(code).kind()
    });
    Some((kind, words.to_owned()))
}

/// Takes the terminal that is standard input, then turns into the command.
/// Returns only when that fails, after saying why.
pub fn main(command: &[OsString]) {
    let Ok(mut pipe) =
        rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3).map(std::fs::File::from)
    else {
        return;
    };
    let error = take_and_become(command);
    let code = error.raw_os_error().unwrap_or(0);
    let _ = write!(pipe, "{code} {error}");
}

fn take_and_become(command: &[OsString]) -> io::Error {
    let Some((program, arguments)) = command.split_first() else {
        return io::Error::other("there is no program to run");
    };
    let taken = rustix::process::setsid()
        .and_then(|_| rustix::process::ioctl_tiocsctty(rustix::stdio::stdin()))
        .and_then(|()| rustix::stdio::dup2_stderr(rustix::stdio::stdin()));
    if let Err(error) = taken {
        return error.into();
    }
    crash::point("supervisor.terminal_taken");
    heed_keys();
    #[expect(
        clippy::disallowed_methods,
        reason = "the executor is the room that starts processes; this one becomes one"
    )]
    std::process::Command::new(program).args(arguments).exec()
}

/// A shell without job control lets what it puts into the background ignore the keys'
/// signals, and a command inherits that from the console; but this terminal is the
/// command's own. A handler replaces the inherited "ignore" and ends at the exec.
fn heed_keys() {
    use tokio::{
        runtime::Builder,
        signal::unix::{SignalKind, signal},
    };
    // Without one the keys mean what the console was started with.
    let Ok(runtime) = Builder::new_current_thread().enable_io().build() else {
        return;
    };
    let _entered = runtime.enter();
    for key in [Signal::INT, Signal::QUIT, Signal::TSTP] {
        let _ = signal(SignalKind::from_raw(key.as_raw()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_kept_and_changed() {
        let terminal = Terminal::open(Size { cols: 91, rows: 7 }).unwrap();
        let size = || rustix::termios::tcgetwinsize(&terminal.line).unwrap();
        assert_eq!((size().ws_col, size().ws_row), (91, 7));
        resize(&terminal.master, Size { cols: 0, rows: 3 }).unwrap();
        assert_eq!((size().ws_col, size().ws_row), (1, 3));
    }

    #[test]
    fn typing_to_a_command_that_reads_nothing_is_bounded_and_never_blocks() {
        let terminal = Terminal::open(Size::default()).unwrap();
        let mut keyboard = Keyboard::default();
        let paste = vec![b'x'; 64 << 10];
        for _ in 0..40 {
            keyboard.push(&paste);
        }
        assert_eq!(keyboard.waiting.len(), MAX_WAITING);
        keyboard.hand_over(&terminal.master);
        keyboard.push(b"more");
        assert!(keyboard.waiting.len() <= MAX_WAITING);
    }

    #[test]
    fn a_complaint_keeps_its_kind() {
        let missing = io::Error::from_raw_os_error(2);
        let said = format!("2 {missing}");
        let (kind, words) = complaint(&mut said.as_bytes()).unwrap();
        assert_eq!(kind, io::ErrorKind::NotFound);
        assert_eq!(words, missing.to_string());
        assert_eq!(complaint(&mut &b""[..]), None);
    }
}
