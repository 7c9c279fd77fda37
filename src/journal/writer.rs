//! Appending on a thread of its own: the disk may take its time, the screen not.

use std::{
    io,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use super::{Journal, record::Record};
use crate::engine::Entry;

/// Entries to append, and whether anything waits for them to be on the disk.
struct Batch {
    entries: Vec<Entry>,
    durable: bool,
}

/// A journal behind a queue. Dropping it ends the thread after the last append.
#[derive(Debug)]
pub struct Writer {
    queue: Option<Sender<Batch>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread; `done` is called there after each batch, in order.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn start(
        journal: Journal,
        done: impl Fn(io::Result<Vec<Record>>) + Send + 'static,
    ) -> io::Result<Self> {
        let (queue, batches) = channel();
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .stack_size(256 << 10)
            .spawn(move || work(journal, &batches, done))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Queues a batch.
    ///
    /// # Errors
    /// When the thread is gone.
    pub fn append(&self, entries: Vec<Entry>, durable: bool) -> io::Result<()> {
        self.queue
            .as_ref()
            .and_then(|queue| queue.send(Batch { entries, durable }).ok())
            .ok_or_else(|| io::Error::other("the journal's writer is gone"))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there; the lock is free either way.
            let _ = thread.join();
        }
    }
}

fn work(mut journal: Journal, batches: &Receiver<Batch>, done: impl Fn(io::Result<Vec<Record>>)) {
    for batch in batches {
        done(journal.append(&batch.entries, batch.durable));
    }
}
