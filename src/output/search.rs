//! Finding and counting words in a log of any size, a slice at a time.
//!
//! The raw bytes are searched, as they were printed: a word with a colour change in its middle is
//! not found. Matches may overlap, so "next" from one byte further visits exactly what [`Counter`]
//! counts. A call reads about as many bytes as it is allowed and then says where to go on, so that
//! the caller can look at the keyboard in between.

use std::io;
use std::ops::Range;

use memchr::memmem::{Finder, FinderRev};

use super::Reader;

mod fold;

/// Bytes read at a time.
const CHUNK: u64 = 256 << 10;

/// Words to look for.
#[derive(Debug, Clone)]
pub struct Needle {
    forward: Finder<'static>,
    backward: FinderRev<'static>,
    ignore_case: bool,
}

impl Needle {
    /// Case counts only if `words` has an upper-case letter; otherwise A–Z match a–z.
    /// `None` for no words at all.
    pub fn new(words: &str) -> Option<Self> {
        let bytes = words.as_bytes();
        (!bytes.is_empty()).then(|| Self {
            forward: Finder::new(bytes).into_owned(),
            backward: FinderRev::new(bytes).into_owned(),
            ignore_case: !words.chars().any(char::is_uppercase),
        })
    }

    /// A single byte, as it is.
    pub fn exact(byte: u8) -> Self {
        Self {
            forward: Finder::new(&[byte]).into_owned(),
            backward: FinderRev::new(&[byte]).into_owned(),
            ignore_case: false,
        }
    }

    /// Length in bytes of every match.
    #[expect(clippy::len_without_is_empty, reason = "a needle is never empty")]
    pub fn len(&self) -> usize {
        self.forward.needle().len()
    }

    /// Bytes of a match that can lie beyond the slice in which it begins.
    fn overhang(&self) -> u64 {
        self.len() as u64 - 1
    }

    /// Reads into `bytes`, ready for comparison, all that a match beginning in `from..to` can touch
    /// and that lies before `end`.
    fn read(
        &self,
        reader: &mut Reader,
        (from, to): (u64, u64),
        end: u64,
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        let wanted = to
            .saturating_add(self.overhang())
            .min(end)
            .saturating_sub(from);
        // Bounded by the chunk and the needle, so never beyond what memory can address.
        bytes.resize(usize::try_from(wanted).unwrap_or(usize::MAX), 0);
        let got = reader.read_into(from, bytes)?;
        bytes.truncate(got);
        if self.ignore_case {
            fold::lower(bytes);
        }
        Ok(())
    }
}

/// What can be read from `offset` on without a gap, and whether nothing follows it.
fn stretch_from(reader: &mut Reader, offset: u64) -> io::Result<Option<(Range<u64>, bool)>> {
    let mut later = reader
        .stretches()?
        .into_iter()
        .filter(|stretch| stretch.end > offset);
    let Some(first) = later.next() else {
        return Ok(None);
    };
    Ok(Some((
        first.start.max(offset)..first.end,
        later.next().is_none(),
    )))
}

/// What can be read up to `offset` without a gap.
fn stretch_before(reader: &mut Reader, offset: u64) -> io::Result<Option<Range<u64>>> {
    let mut earlier = reader.stretches()?.into_iter().rev();
    Ok(earlier.find(|stretch| stretch.start < offset))
}

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// A match begins at this offset.
    Found(u64),
    /// Nothing so far: call again from this offset.
    Paused(u64),
    /// Nothing up to the end (or the beginning) of the log as it is now.
    Exhausted,
}

/// Looks for the first match that begins at `from` or later, through about `limit` bytes.
pub fn find_next(
    reader: &mut Reader,
    needle: &Needle,
    from: u64,
    limit: u64,
) -> io::Result<Search> {
    let pause = from.saturating_add(limit.max(1));
    let (mut from, mut bytes) = (from, Vec::new());
    while let Some((here, is_last)) = stretch_from(reader, from)? {
        if here.start > from && here.start >= pause {
            return Ok(Search::Paused(here.start));
        }
        from = here.start;
        let to = from.saturating_add(CHUNK).min(pause);
        needle.read(reader, (from, to), here.end, &mut bytes)?;
        if let Some(at) = needle.forward.find(&bytes) {
            return Ok(Search::Found(from + at as u64));
        }
        let is_through =
            bytes.len() < needle.len() || to.saturating_add(needle.overhang()) >= here.end;
        if is_through && is_last {
            return Ok(Search::Exhausted);
        }
        from = if is_through { here.end } else { to };
        if from >= pause {
            return Ok(Search::Paused(from));
        }
    }
    Ok(Search::Exhausted)
}

/// Looks for the last match that begins before `before`, through about `limit` bytes.
pub fn find_previous(
    reader: &mut Reader,
    needle: &Needle,
    before: u64,
    limit: u64,
) -> io::Result<Search> {
    let before = before.min(reader.len()?);
    let pause = before.saturating_sub(limit.max(1));
    let (mut to, mut bytes) = (before, Vec::new());
    while let Some(here) = stretch_before(reader, to)? {
        to = to.min(here.end);
        if to <= pause && pause > 0 {
            return Ok(Search::Paused(to));
        }
        let from = to.saturating_sub(CHUNK).max(pause).max(here.start);
        needle.read(reader, (from, to), here.end, &mut bytes)?;
        // Looking forwards is several times faster, so it says whether there is anything at all.
        let any = needle.forward.find(&bytes);
        if let Some(at) = any.and_then(|_| needle.backward.rfind(&bytes)) {
            return Ok(Search::Found(from + at as u64));
        }
        if from == pause && from > 0 {
            return Ok(Search::Paused(from));
        }
        to = from;
    }
    Ok(Search::Exhausted)
}

/// Counts matches a slice at a time, also in a log that still grows.
#[derive(Debug, Clone)]
pub struct Counter {
    needle: Needle,
    next: u64,
    end: u64,
    count: u64,
    bytes: Vec<u8>,
}

impl Counter {
    /// Counts in the whole log.
    pub fn new(needle: Needle) -> Self {
        Self::within(needle, 0..u64::MAX)
    }

    /// Counts matches that begin in a part of it.
    pub fn within(needle: Needle, part: Range<u64>) -> Self {
        Self {
            needle,
            next: part.start,
            end: part.end,
            count: 0,
            bytes: Vec::new(),
        }
    }

    /// Matches counted so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Bytes of the log that are dealt with, for showing progress.
    pub fn scanned(&self) -> u64 {
        self.next
    }

    /// Goes on through about `budget` bytes; `true` once all there is for now has been counted.
    pub fn advance(&mut self, reader: &mut Reader, budget: u64) -> io::Result<bool> {
        let pause = self.next.saturating_add(budget.max(1));
        while let Some((here, is_last)) = stretch_from(reader, self.next)? {
            // A match can only begin where the log already holds all of it.
            let whole = here.end.saturating_sub(self.needle.overhang());
            if here.start >= whole && !is_last {
                self.next = here.end;
                continue;
            }
            let end = whole.min(self.end);
            if here.start >= end {
                return Ok(true);
            }
            if self.next >= pause {
                return Ok(false);
            }
            self.next = here.start;
            let to = self
                .next
                .saturating_add(CHUNK)
                .min(pause.max(self.next + 1))
                .min(end);
            let range = (self.next, to);
            self.needle.read(reader, range, here.end, &mut self.bytes)?;
            self.count += overlapping(&self.needle.forward, &self.bytes);
            self.next = to;
        }
        Ok(true)
    }
}

fn overlapping(finder: &Finder, bytes: &[u8]) -> u64 {
    if let [byte] = finder.needle() {
        return memchr::memchr_iter(*byte, bytes).count() as u64;
    }
    let (mut count, mut from) = (0, 0);
    while let Some(at) = finder.find(&bytes[from..]) {
        count += 1;
        from += at + 1;
    }
    count
}

#[cfg(test)]
mod tests;
