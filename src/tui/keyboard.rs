//! Keys, the mouse and resizes, as a stream: a thread of its own waits for them.
//!
//! The library's own stream asks its thread anew before each wait and spins for a lock
//! meanwhile; beside busy commands that costs milliseconds a key.

use std::{
    io,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    thread,
};

use crossterm::event::{self, Event};
use futures_util::Stream;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// More than anybody types before a frame is drawn; a longer paste waits its turn.
const AHEAD: usize = 256;

/// Where keys come from after one screen and before the next: the thread cannot be
/// told to end while it waits for a key, and two would take keys from each other.
static LEFT: Mutex<Option<Receiver<io::Result<Event>>>> = Mutex::new(None);

/// What is typed.
pub struct Keyboard {
    told: Option<Receiver<io::Result<Event>>>,
}

impl Keyboard {
    /// Listens.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn listen() -> io::Result<Self> {
        let left = LEFT.lock().unwrap_or_else(PoisonError::into_inner).take();
        let told = match left {
            Some(told) => told,
            None => begin()?,
        };
        Ok(Self { told: Some(told) })
    }
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
        match &mut self.told {
            Some(told) => told.poll_recv(cx),
            None => Poll::Ready(None),
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        *LEFT.lock().unwrap_or_else(PoisonError::into_inner) = self.told.take();
    }
}
