//! Counting all that a search finds, on a thread of its own: keys are answered meanwhile, and the
//! log may be of any size and may still grow.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::aside;
use crate::output::Reader;
use crate::output::search::{Counter, Needle, Search, find_next, find_previous};

/// Bytes counted at a time: they stay in the processor's cache, and finding the number of one
/// match among them takes no time that anybody notices.
const CHUNK: u64 = 256 << 10;

/// What a search has come to in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hits {
    /// The number of the match that is shown, from 1, as soon as it is known.
    pub number: Option<u64>,
    /// All matches so far.
    pub count: u64,
    /// Whether these are all that the log holds now.
    pub is_all: bool,
}

/// Where a match is that is asked for by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It ends before this offset.
    After(u64),
    /// Only so many are counted yet.
    NotYet(u64),
    /// There are only so many.
    Nowhere(u64),
}

/// A count under way, or done until the log grows. Ends when it is dropped.
pub(super) struct Count {
    shared: Arc<Shared>,
    wake: SyncSender<()>,
}

#[derive(Default)]
struct Shared {
    tally: Mutex<Tally>,
    over: AtomicBool,
}

impl Shared {
    /// A thread that panicked while it held this has left whole numbers behind.
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Tally {
    count: u64,
    /// Matches that begin before this are counted.
    through: u64,
    is_all: bool,
    failed: bool,
    /// Beginnings of chunks with matches and how many came before each. No match is more than two
    /// chunks behind its mark.
    marks: Vec<(u64, u64)>,
}

impl Count {
    /// Begins to count in the log of the attempt whose directory is `dir`. A short log is
    /// counted at once: the first frame that shows a match has its number.
    pub(super) fn begin(dir: &Path, needle: Needle) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut reader = Reader::open(dir)?;
        let mut counter = Counter::new(needle);
        let done = step(&mut reader, &mut counter, &shared)?;
        let (wake, woken) = sync_channel(1);
        let theirs = Arc::clone(&shared);
        thread::Builder::new()
            .name("count".to_owned())
            .spawn(move || {
                aside::give_way();
                if count(&mut reader, &mut counter, done, &theirs, &woken).is_err() {
                    theirs.tally().failed = true;
                }
            })?;
        Ok(Self { shared, wake })
    }

    /// The log has grown.
    pub(super) fn go_on(&self) {
        self.shared.tally().is_all = false;
        // One that is not taken yet says the same; nobody takes it after a failure.
        let _ = self.wake.try_send(());
    }

    /// How many there are, and whether these are all; `None` when the log could not be read.
    pub(super) fn so_far(&self) -> Option<(u64, bool)> {
        let tally = self.shared.tally();
        (!tally.failed).then_some((tally.count, tally.is_all))
    }

    /// The number of the match at `at`, once it is counted.
    pub(super) fn number(
        &self,
        reader: &mut Reader,
        needle: &Needle,
        at: u64,
    ) -> io::Result<Option<u64>> {
        let (start, before) = {
            let tally = self.shared.tally();
            let after = tally.marks.partition_point(|(start, _)| *start <= at);
            match after.checked_sub(1).map(|last| tally.marks[last]) {
                Some(mark) if tally.through > at => mark,
                _ => return Ok(None),
            }
        };
        let mut counter = Counter::within(needle.clone(), start..at);
        while !counter.advance(reader, CHUNK)? {}
        Ok(Some(before + counter.count() + 1))
    }
}

impl Count {
    /// The nearest match that begins at `from` or later, or (upwards) before it, if what is
    /// counted says so.
    pub(super) fn nearest(
        &self,
        reader: &mut Reader,
        needle: &Needle,
        from: u64,
        down: bool,
    ) -> io::Result<Option<Search>> {
        // The matches of a mark lie between it and the next one, near it.
        let (marks, through, is_all) = {
            let tally = self.shared.tally();
            if tally.failed || (!down && !tally.is_all && tally.through < from) {
                return Ok(None);
            }
            let beyond = tally.marks.partition_point(|(start, _)| *start < from);
            let around = if down {
                [beyond.checked_sub(1), Some(beyond)]
            } else {
                [beyond.checked_sub(1), beyond.checked_sub(2)]
            };
            let marks = around.map(|at| Some(tally.marks.get(at?)?.0));
            (marks, tally.through, tally.is_all)
        };
        for start in marks.into_iter().flatten() {
            let end = start + 3 * CHUNK;
            let found = if !down {
                let before = from.min(end);
                find_previous(reader, needle, before, before - start)?
            } else if end > from {
                let after = from.max(start);
                find_next(reader, needle, after, end - after)?
            } else {
                continue;
            };
            if let Search::Found(_) = found {
                return Ok(Some(found));
            }
        }
        let nothing = if down {
            is_all
        } else {
            is_all || through >= from
        };
        Ok(nothing.then_some(Search::Exhausted))
    }
}

impl Count {
    /// Where a line feed is, from 1, if line feeds are what is counted.
    pub(super) fn after_line_feed(&self, reader: &mut Reader, number: u64) -> io::Result<Place> {
        let (mut at, before) = {
            let tally = self.shared.tally();
            if tally.count < number {
                let all = tally.is_all || tally.failed;
                let place = if all { Place::Nowhere } else { Place::NotYet };
                return Ok(place(tally.count));
            }
            let after = tally.marks.partition_point(|(_, before)| *before < number);
            after
                .checked_sub(1)
                .map_or((0, 0), |last| tally.marks[last])
        };
        let mut left = usize::try_from(number - before).unwrap_or(usize::MAX);
        loop {
            let bytes = reader.read(at..at + CHUNK)?;
            if bytes.is_empty() {
                // It was dropped since it was counted.
                return Ok(Place::Nowhere(number));
            }
            let mut feeds = memchr::memchr_iter(b'\n', &bytes);
            if let Some(found) = feeds.nth(left - 1) {
                return Ok(Place::After(at + found as u64 + 1));
            }
            left -= memchr::memchr_iter(b'\n', &bytes).count();
            at += bytes.len() as u64;
        }
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        // A thread that waits learns of it by the sender that goes with this.
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

/// Counts on until nobody wants to know any more.
fn count(
    reader: &mut Reader,
    counter: &mut Counter,
    mut done: bool,
    shared: &Shared,
    woken: &Receiver<()>,
) -> io::Result<()> {
    loop {
        while !done {
            if shared.over.load(Ordering::Relaxed) {
                return Ok(());
            }
            done = step(reader, counter, shared)?;
        }
        if woken.recv().is_err() {
            return Ok(());
        }
        done = false;
    }
}

/// Counts a chunk; whether that was the last one there is now.
fn step(reader: &mut Reader, counter: &mut Counter, shared: &Shared) -> io::Result<bool> {
    let (start, before) = (counter.scanned(), counter.count());
    let done = counter.advance(reader, CHUNK)?;
    let mut tally = shared.tally();
    // A log that grows by a few bytes at a time needs no mark for each of them.
    let is_far = (tally.marks.last()).is_none_or(|(last, _)| start - last >= CHUNK);
    if is_far && counter.count() > before {
        tally.marks.push((start, before));
    }
    tally.count = counter.count();
    tally.through = counter.scanned();
    tally.is_all = done;
    Ok(done)
}

#[cfg(test)]
mod tests;
