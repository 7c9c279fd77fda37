//! Keys, the mouse and resizes, as a stream: a thread of its own waits for them.
//!
//! The library's own stream asks its thread anew before each wait and spins for a lock
//! meanwhile; beside busy commands that costs milliseconds a key. Of a terminal that is gone
//! it reads nothing, again and again and for ever: whether it is, is looked at with the beat.

use std::{
    fs::File,
    io,
    os::fd::OwnedFd,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    thread,
};

use crossterm::event::{self, Event};
use futures_util::Stream;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, getpgrp, getppid},
    stdio::stdin,
    termios::{isatty, tcgetpgrp},
};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::session::beat::Beat;

/// More than anybody types before a frame is drawn; a longer paste waits its turn.
const AHEAD: usize = 256;

/// Where keys come from after one screen and before the next: the thread cannot be
/// told to end while it waits for a key, and two would take keys from each other.
static LEFT: Mutex<Option<Receiver<io::Result<Event>>>> = Mutex::new(None);

/// What is typed.
pub struct Keyboard {
    told: Option<Receiver<io::Result<Event>>>,
    /// Ends when the terminal is gone.
    gone: Pin<Box<dyn Future<Output = ()>>>,
    is_gone: bool,
}

impl Keyboard {
    /// Listens; in a runtime.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn listen() -> io::Result<Self> {
        let left = LEFT.lock().unwrap_or_else(PoisonError::into_inner).take();
        let told = match left {
            Some(told) => told,
            None => begin()?,
        };
        Ok(Self {
            told: Some(told),
            gone: Box::pin(gone()),
            is_gone: false,
        })
    }
}

/// Ends when no key can come any more.
async fn gone() {
    let terminal = terminal();
    let parent = getppid();
    let mut beat = Beat::begin();
    loop {
        beat.next().await;
        if terminal.as_ref().is_ok_and(|it| is_gone(it, parent)) {
            return;
        }
    }
}

/// Where keys come from: the library takes the same.
fn terminal() -> io::Result<OwnedFd> {
    if isatty(stdin()) {
        return Ok(rustix::io::fcntl_dupfd_cloexec(stdin(), 3)?);
    }
    Ok(File::open("/dev/tty")?.into())
}

fn is_gone(terminal: &OwnedFd, parent: Option<Pid>) -> bool {
    let mut there = [PollFd::new(terminal, PollFlags::empty())];
    let at_once = Timespec::default();
    let looked = poll(&mut there, Some(&at_once));
    let hung_up = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    if looked.is_ok() && there[0].revents().intersects(hung_up) {
        return true;
    }
    // Whoever started this is gone, and somebody else has the terminal: no shell could
    // bring this console to the front again, and it reads errors, not keys.
    getppid() != parent && tcgetpgrp(terminal).is_ok_and(|front| front != getpgrp())
}

fn begin() -> io::Result<Receiver<io::Result<Event>>> {
    let (tell, told) = channel(AHEAD);
    thread::Builder::new()
        .name("keys".to_owned())
        .spawn(move || read(&tell))?;
    Ok(told)
}

fn read(tell: &Sender<io::Result<Event>>) {
    loop {
        let event = event::read();
        let is_over = event.is_err();
        if tell.blocking_send(event).is_err() || is_over {
            return;
        }
    }
}

impl Stream for Keyboard {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // What was typed before counts.
        let told = match &mut self.told {
            Some(told) => told.poll_recv(cx),
            None => Poll::Ready(None),
        };
        if told.is_pending() {
            self.is_gone = self.is_gone || self.gone.as_mut().poll(cx).is_ready();
            if self.is_gone {
                return Poll::Ready(None);
            }
        }
        told
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        *LEFT.lock().unwrap_or_else(PoisonError::into_inner) = self.told.take();
    }
}
