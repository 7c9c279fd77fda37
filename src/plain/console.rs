//! The terminal of plain mode: whole lines in, whole lines out, and the signals.

use std::{
    io::{self, IsTerminal, Stdin, Write},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr},
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{Signal, SignalKind, signal},
};

use super::words;

/// The longest line that is taken in.
const LONGEST: usize = 1 << 20;
/// How long after the end of the input it is waited for the word that the terminal is gone.
const GRACE: Duration = Duration::from_millis(100);

/// Something that the operator or the system said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A line, without its end.
    Line(String),
    /// The input is over.
    End,
    /// Ctrl-C.
    Interrupt,
    /// Asked to end.
    Terminate,
    /// The terminal is gone.
    HangUp,
    /// The program was suspended and goes on.
    Continue,
}

/// What came of a question that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This was typed.
    Line(String),
    /// Nobody wants to answer any more.
    Gone,
}

/// The terminal.
pub struct Console {
    /// None where the input is a file, which is always ready.
    input: Option<AsyncFd<Stdin>>,
    typed: Vec<u8>,
    over: bool,
    /// The modes to go back to while nothing is echoed.
    modes: Option<Termios>,
    /// The prompt that stands at the end of the last line.
    prompt: Option<String>,
    /// Nobody reads any more.
    dead: bool,
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    proceed: Signal,
}

impl Console {
    /// Listens from now on; in a runtime.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn take() -> io::Result<Self> {
        #[expect(
            deprecated,
            reason = "standard input is open for as long as the program runs, which is all that \
                      the other way asks to be promised, with `unsafe`"
        )]
        let input = AsyncFd::with_interest(io::stdin(), Interest::READABLE);
        Ok(Self {
            // A file cannot be waited for, and need not be.
            input: input.ok(),
            typed: Vec::new(),
            over: false,
            modes: None,
            prompt: None,
            dead: false,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            proceed: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// Says something in our own words, broken between words where the terminal ends.
    pub fn say(&mut self, text: &str) {
        let width = width();
        let lines: Vec<String> = text
            .lines()
            .flat_map(|line| words::wrap(&words::speak(line), width))
            .collect();
        self.write(&lines);
    }

    /// Says an empty line.
    pub fn gap(&mut self) {
        self.write(&[String::new()]);
    }

    /// Shows lines that a command or a person wrote; the terminal breaks them.
    pub fn show<'t>(&mut self, lines: impl IntoIterator<Item = &'t str>) {
        let lines: Vec<String> = lines.into_iter().map(words::raw).collect();
        self.write(&lines);
    }

    fn write(&mut self, lines: &[String]) {
        let mut text = String::new();
        if self.prompt.take().is_some() {
            text.push('\n');
        }
        for line in lines {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        self.put(&text);
    }

    /// Asks for a line. What is said before it comes stands above the question, which is
    /// then asked again by whoever asks.
    pub fn prompt(&mut self, words: &str) {
        let words = words::speak(words);
        if self.prompt.as_ref() == Some(&words) {
            return;
        }
        let begin = if self.prompt.is_some() { "\n" } else { "" };
        self.put(&format!("{begin}{words} "));
        self.prompt = Some(words);
    }

    /// Whether a question stands there and nothing was said since.
    pub fn is_asking(&self) -> bool {
        self.prompt.is_some()
    }

    fn put(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        // Whoever reads is gone: that is heard as such.
        self.dead |= written.is_err();
    }

    /// Shows what is typed, or not.
    pub fn echo(&mut self, on: bool) {
        if on {
            if let Some(modes) = self.modes.take() {
                // A terminal that is gone has no modes.
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
            }
        } else if self.modes.is_none()
            && let Ok(modes) = tcgetattr(io::stdin())
        {
            self.modes = Some(modes.clone());
            self.hide();
        }
    }

    fn hide(&self) {
        if let Some(modes) = &self.modes {
            let mut hidden = modes.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &hidden);
        }
    }

    /// Gives the terminal to another program, such as an editor; what it does to the modes
    /// is its own matter.
    pub fn lend(&mut self) {
        self.write(&[]);
    }

    /// Waits for the next thing that is said. Safe to cancel.
    pub async fn next(&mut self) -> Heard {
        if self.dead {
            return Heard::HangUp;
        }
        let heard = tokio::select! {
            biased;
            _ = self.hang_up.recv() => Heard::HangUp,
            _ = self.terminate.recv() => Heard::Terminate,
            _ = self.interrupt.recv() => Heard::Interrupt,
            _ = self.proceed.recv() => Heard::Continue,
            heard = line(self.input.as_ref(), &mut self.typed, &mut self.over) => heard,
        };
        match heard {
            Heard::End => {
                let gone = tokio::time::timeout(GRACE, self.hang_up.recv()).await;
                if gone.is_ok() || self.dead {
                    return Heard::HangUp;
                }
            }
            // The operator ended the line with the question in it; with the echo off
            // nothing did.
            Heard::Line(_) => {
                if self.prompt.take().is_some() && self.modes.is_some() {
                    self.put("\n");
                }
                // What is not a terminal echoes nothing.
                if !io::stdin().is_terminal() {
                    self.put("\n");
                }
            }
            Heard::Interrupt => {
                if self.prompt.take().is_some() {
                    self.put("\n");
                }
            }
            Heard::Continue => {
                // The shell may have given the terminal other modes.
                self.hide();
                self.prompt = None;
            }
            Heard::Terminate | Heard::HangUp => {}
        }
        heard
    }

    /// Asks, and waits for the answer.
    pub async fn ask(&mut self, words: &str) -> Answer {
        loop {
            self.prompt(words);
            match self.next().await {
                Heard::Line(line) => return Answer::Line(line),
                Heard::Continue => {}
                _ => return Answer::Gone,
            }
        }
    }

    /// Asks for something that is not shown.
    pub async fn ask_secret(&mut self, words: &str) -> Answer {
        self.echo(false);
        let answer = self.ask(words).await;
        self.echo(true);
        answer
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        if self.prompt.is_some() {
            self.put("\n");
        }
        self.echo(true);
    }
}

/// The next line that is typed. Safe to cancel: what was read of it is kept.
async fn line(input: Option<&AsyncFd<Stdin>>, typed: &mut Vec<u8>, over: &mut bool) -> Heard {
    loop {
        if let Some(end) = memchr::memchr(b'\n', typed) {
            let mut line: Vec<u8> = typed.drain(..=end).collect();
            line.pop();
            return Heard::Line(words_of(&line));
        }
        if *over {
            if typed.is_empty() {
                return Heard::End;
            }
            return Heard::Line(words_of(&std::mem::take(typed)));
        }
        if typed.len() > LONGEST {
            typed.clear();
        }
        match read(input).await {
            Ok(bytes) if bytes.is_empty() => *over = true,
            Ok(bytes) => typed.extend(bytes),
            Err(_) => *over = true,
        }
    }
}

fn words_of(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8_lossy(line).into_owned()
}

/// What can be read now; nothing at the end.
async fn read(input: Option<&AsyncFd<Stdin>>) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; 8192];
    loop {
        if let Some(input) = input {
            let mut ready = input.readable().await?;
            // The descriptor is shared with whoever started this program and stays as it
            // is: it blocks, so it is looked at before it is read.
            let mut polled = [PollFd::new(input.get_ref(), PollFlags::IN)];
            if poll(&mut polled, Some(&Timespec::default()))? == 0 {
                ready.clear_ready();
                continue;
            }
        }
        match rustix::io::read(io::stdin(), &mut buffer[..]) {
            Ok(count) => {
                buffer.truncate(count);
                return Ok(buffer);
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The columns of the terminal.
fn width() -> usize {
    let told = tcgetwinsize(io::stdout())
        .ok()
        .map(|size| usize::from(size.ws_col));
    let told = told.filter(|columns| *columns > 0);
    let named = || std::env::var("COLUMNS").ok()?.parse().ok();
    told.or_else(named).unwrap_or(80).clamp(20, 500)
}
