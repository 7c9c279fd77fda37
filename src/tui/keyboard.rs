//! Keys, the mouse and resizes, as a stream, read by the task that draws.
//!
//! The library's reading waits for the rest of a sequence and, of a terminal that is gone,
//! reads nothing, again and again and for ever: it needs a thread. Beside busy commands the
//! way through another thread costs as much as the frame.

use std::{
    io,
    mem::take,
    os::fd::OwnedFd,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use crossterm::{event::Event, terminal::size};
use futures_util::Stream;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, open},
    io::{Errno, fcntl_dupfd_cloexec, read},
    process::{Pid, getpgrp, getppid},
    stdio::stdin,
    termios::{isatty, tcgetpgrp},
};
use tokio::{
    io::{
        Interest,
        unix::{AsyncFd, AsyncFdReadyGuard},
    },
    signal::unix::{Signal, SignalKind, signal},
};

use self::typed::Typed;
use crate::session::beat::Beat;

pub mod typed;

/// More than anybody types before a frame is drawn; a longer paste comes in pieces.
const AT_ONCE: usize = 1024;

/// What was typed for one screen and not taken: the next one's.
static LEFT: Mutex<Typed> = Mutex::new(Typed::new());

/// What is typed.
pub struct Keyboard {
    terminal: AsyncFd<OwnedFd>,
    typed: Typed,
    resized: Signal,
    /// Ends when nobody can type here any more.
    gone: Pin<Box<dyn Future<Output = ()>>>,
}

impl Keyboard {
    /// Listens; in a runtime.
    ///
    /// # Errors
    /// When there is no terminal, or the system cannot wait for it.
    pub fn listen() -> io::Result<Self> {
        #[expect(
            deprecated,
            reason = "what replaces it is unsafe: an owned descriptor stays the same one"
        )]
        let terminal = AsyncFd::with_interest(terminal()?, Interest::READABLE)?;
        Ok(Self {
            terminal,
            typed: take(&mut *LEFT.lock().unwrap_or_else(PoisonError::into_inner)),
            resized: signal(SignalKind::window_change())?,
            gone: Box::pin(gone()),
        })
    }

    /// What was typed since is taken in; false when no key can come any more.
    fn take_in(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut bytes = [0; AT_ONCE];
        loop {
            let mut ready = std::task::ready!(self.terminal.poll_read_ready(cx))?;
            let Some(length) = read_what_is_there(&mut ready, &mut bytes) else {
                continue;
            };
            let state = || state_of(self.terminal.get_ref());
            return Poll::Ready(match length {
                // A line that ends before it began is none, should the terminal read lines.
                Ok(0) if state()?.intersects(PollFlags::HUP | PollFlags::ERR) => Ok(false),
                Ok(0) => continue,
                // Gone; or in the background, with nobody there to bring it to the front.
                Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => Ok(false),
                Err(error) => Err(error),
                Ok(length) => {
                    // A sequence may be cut where the room ends.
                    let is_cut = length == AT_ONCE && state()?.contains(PollFlags::IN);
                    self.typed.push(&bytes[..length], is_cut);
                    Ok(true)
                }
            });
        }
    }
}

/// Reads; none when there was nothing. A descriptor that is shared with whoever started this
/// has to stay one that waits: it is asked before.
fn read_what_is_there(
    ready: &mut AsyncFdReadyGuard<'_, OwnedFd>,
    bytes: &mut [u8],
) -> Option<io::Result<usize>> {
    let there = ready.try_io(|terminal| {
        if state_of(terminal.get_ref())?.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(read(terminal.get_ref(), bytes)?)
    });
    match there {
        Err(_) => None,
        Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => None,
        Ok(length) => Some(length),
    }
}

/// Whether something is there to be read, or the terminal has ended.
fn state_of(terminal: &OwnedFd) -> io::Result<PollFlags> {
    let mut there = [PollFd::new(terminal, PollFlags::IN)];
    poll(&mut there, Some(&Timespec::default()))?;
    Ok(there[0].revents())
}

/// Ends when nobody can type here any more, and nothing says so: whoever started this is
/// gone, and somebody else has the terminal. No shell could bring this console to the front
/// again.
async fn gone() {
    let terminal = terminal();
    let parent = getppid();
    let mut beat = Beat::begin();
    loop {
        beat.next().await;
        if terminal.as_ref().is_ok_and(|it| is_left(it, parent)) {
            return;
        }
    }
}

fn is_left(terminal: &OwnedFd, parent: Option<Pid>) -> bool {
    getppid() != parent && tcgetpgrp(terminal).is_ok_and(|front| front != getpgrp())
}

/// Where keys come from: the library takes the same. It is opened anew, so that a read never
/// waits, whoever else reads there.
fn terminal() -> io::Result<OwnedFd> {
    let anew = |path| {
        let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        open(path, flags, Mode::empty())
    };
    if isatty(stdin()) {
        // That of another user, as behind `su`, can only be shared.
        return Ok(anew("/dev/stdin").or_else(|_| fcntl_dupfd_cloexec(stdin(), 3))?);
    }
    Ok(anew("/dev/tty")?)
}

impl Stream for Keyboard {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            // What was typed before counts.
            if let Some(event) = self.typed.pop() {
                return Poll::Ready(Some(Ok(event)));
            }
            if self.resized.poll_recv(cx).is_ready() {
                let resized = size().map(|(width, height)| Event::Resize(width, height));
                return Poll::Ready(Some(resized));
            }
            match self.take_in(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => return Poll::Ready(None),
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                Poll::Pending => return self.gone.as_mut().poll(cx).map(|()| None),
            }
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        *LEFT.lock().unwrap_or_else(PoisonError::into_inner) = take(&mut self.typed);
    }
}
