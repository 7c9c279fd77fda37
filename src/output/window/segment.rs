//! Cutting a log into rows, each of a bounded size, by looking at a bounded neighbourhood.
//!
//! A row ends after a line feed. A line that is too long is cut on a grid of [`GRID`] bytes, counted
//! from the log's beginning, so that the cuts of a ten-gigabyte line are known without looking for
//! its beginning. A grid point cuts only if the [`GRID`] bytes before it hold no line feed: shorter
//! lines stay whole, and no row is longer than two grids. A cut steps back to the beginning of the
//! UTF-8 character it would hit, and a line feed is not cut off its line.
//!
//! What was dropped from the log's middle is one row, however long it is; lines end before it and
//! begin behind it.

use std::io;
use std::ops::Range;

use memchr::{memchr, memrchr};

use crate::output::{Reader, Stream, reader::MAX_READ};

/// Lines up to this many bytes are never cut; a row has less than twice as many.
pub(super) const GRID: u64 = 4096;
/// A UTF-8 character's first byte is at most this far before its last.
const CHARACTER: u64 = 3;
/// So many more bytes are read on both sides of those that are asked for: a screen's worth of rows
/// is found with a few reads, also where a log grows fast.
const MORE: u64 = 32 << 10;

/// A log as long as it was when the view was made, so that all answers belong together.
pub(super) struct View<'a> {
    reader: &'a mut Reader,
    len: u64,
    /// What can be read, in order.
    stretches: Vec<Range<u64>>,
    /// What was read last: neighbouring rows ask for nearly the same bytes.
    recent: Recent,
}

/// Neighbours of a byte that share its fate.
pub(super) enum Extent {
    /// They can be read.
    Here(Range<u64>),
    /// They were dropped.
    Gone(Range<u64>),
}

/// What was read last, and where it stands.
#[derive(Default)]
struct Recent {
    base: u64,
    bytes: Vec<u8>,
}

impl Recent {
    fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// What there is of a range.
    fn part(&self, from: u64, to: u64) -> &[u8] {
        let index = |offset: u64| usize::try_from(offset.checked_sub(self.base)?).ok();
        let to = index(to.min(self.end()));
        index(from)
            .zip(to)
            .and_then(|(from, to)| self.bytes.get(from..to))
            .unwrap_or_default()
    }
}

/// Some of the log's bytes and where they stand.
struct Neighbourhood<'a> {
    base: u64,
    bytes: &'a [u8],
}

impl<'a> View<'a> {
    pub(super) fn new(reader: &'a mut Reader) -> io::Result<Self> {
        let stretches = reader.stretches()?;
        let len = stretches.last().map_or(0, |last| last.end);
        Ok(Self {
            reader,
            len,
            stretches,
            recent: Recent::default(),
        })
    }

    /// What belongs together with the byte at `offset`: either it can all be read, or it is all
    /// gone.
    pub(super) fn extent(&self, offset: u64) -> Extent {
        let mut gone = 0;
        for stretch in &self.stretches {
            if offset < stretch.start {
                return Extent::Gone(gone..stretch.start);
            }
            if offset < stretch.end {
                return Extent::Here(stretch.clone());
            }
            gone = stretch.end;
        }
        // Behind the last byte nothing is missing.
        Extent::Here(self.stretches.last().cloned().unwrap_or_default())
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn stream_at(&mut self, offset: u64) -> Option<Stream> {
        self.reader.stream_at(offset)
    }

    /// The bytes of a range, as far as they can be read together.
    pub(super) fn read(&mut self, from: u64, to: u64) -> io::Result<&[u8]> {
        let Extent::Here(here) = self.extent(from) else {
            return Ok(&[]);
        };
        let to = to.min(here.end);
        let held = |recent: &Recent| recent.base <= from && to <= recent.end();
        if from < to && !held(&self.recent) {
            let base = from.saturating_sub(MORE).max(here.start);
            let end = to.saturating_add(MORE).min(here.end);
            let length = usize::try_from(end.saturating_sub(base)).unwrap_or(MAX_READ);
            self.recent.base = base;
            self.recent.bytes.resize(length.min(MAX_READ), 0);
            let got = self.reader.read_into(base, &mut self.recent.bytes)?;
            self.recent.bytes.truncate(got);
        }
        Ok(self.recent.part(from, to))
    }

    fn around(&mut self, here: &Range<u64>, from: u64, to: u64) -> io::Result<Neighbourhood<'_>> {
        let from = from.max(here.start);
        Ok(Neighbourhood {
            base: from,
            bytes: self.read(from, to.min(here.end))?,
        })
    }

    /// Whether the row that begins at `start` goes on with a line that began before it.
    pub(super) fn continues(&mut self, start: u64) -> io::Result<bool> {
        let Extent::Here(here) = self.extent(start) else {
            return Ok(false);
        };
        let before = start > here.start;
        Ok(before
            && self
                .read(start - 1, start)?
                .first()
                .is_some_and(|byte| *byte != b'\n'))
    }

    /// Where the row begins that holds the byte at `offset`, or the last byte if that is beyond it.
    pub(super) fn start_of(&mut self, offset: u64) -> io::Result<u64> {
        let Some(last) = self.len.checked_sub(1) else {
            return Ok(0);
        };
        let offset = offset.min(last);
        let here = match self.extent(offset) {
            Extent::Here(here) => here,
            Extent::Gone(gone) => return Ok(gone.start),
        };
        // A cut can lie before its grid point. Of three points in a row, the first to the left of a
        // line feed may be ruled out by it, but then the line feed itself is found.
        let highest = (offset + CHARACTER) / GRID * GRID;
        let near = self.around(
            &here,
            highest.saturating_sub(3 * GRID),
            offset + CHARACTER + 1,
        )?;
        let line = near.line_feed_before(offset).map_or(near.base, |at| at + 1);
        let cut = (0..3)
            .filter_map(|back| near.cut_at(highest.checked_sub(back * GRID)?))
            .find(|cut| *cut <= offset);
        Ok(cut.map_or(line, |cut| cut.max(line)))
    }

    /// Where the row ends that begins at `start`; `start` itself only at the end of the log.
    pub(super) fn end_of(&mut self, start: u64) -> io::Result<u64> {
        let here = match self.extent(start) {
            Extent::Here(here) => here,
            Extent::Gone(gone) => return Ok(gone.end),
        };
        let grid = start / GRID * GRID;
        let near = self.around(
            &here,
            grid.saturating_sub(GRID),
            start + 2 * GRID + CHARACTER + 1,
        )?;
        let line = near
            .line_feed_from(start)
            .map_or(near.end().max(start), |at| at + 1);
        let cut = (0..4)
            .filter_map(|ahead| near.cut_at(grid + ahead * GRID))
            .find(|cut| *cut > start);
        Ok(cut.map_or(line, |cut| cut.min(line)))
    }
}

impl Neighbourhood<'_> {
    fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// `None` for what lies outside.
    fn index(&self, offset: u64) -> Option<usize> {
        let index = usize::try_from(offset.checked_sub(self.base)?).ok()?;
        (index <= self.bytes.len()).then_some(index)
    }

    fn line_feed_before(&self, offset: u64) -> Option<u64> {
        memrchr(b'\n', &self.bytes[..self.index(offset)?]).map(|at| self.base + at as u64)
    }

    fn line_feed_from(&self, offset: u64) -> Option<u64> {
        memchr(b'\n', &self.bytes[self.index(offset)?..]).map(|at| offset + at as u64)
    }

    /// Where the line is cut at this grid point, if it is. Needs the grid before it and its byte.
    fn cut_at(&self, point: u64) -> Option<u64> {
        let from = self.index(point.checked_sub(GRID)?)?;
        let at = self.index(point)?;
        let byte = *self.bytes.get(at)?;
        if byte == b'\n' || memchr(b'\n', &self.bytes[from..at]).is_some() {
            return None;
        }
        Some(point - split_before(&self.bytes[from..at], byte))
    }
}

/// How many bytes at the end of `before` belong to the UTF-8 character that goes on with `byte`.
fn split_before(before: &[u8], byte: u8) -> u64 {
    let is_continuation = |byte: u8| byte & 0xC0 == 0x80;
    if !is_continuation(byte) {
        return 0;
    }
    for (back, byte) in (1..=CHARACTER).zip(before.iter().rev()) {
        if !is_continuation(*byte) {
            let length = u64::from(byte.leading_ones());
            return if (2..=4).contains(&length) && length > back {
                back
            } else {
                0
            };
        }
    }
    0
}
