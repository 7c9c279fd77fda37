//! The reading side: a log that may be missing, growing, finished, or cut off under us.
//!
//! Everything goes through positioned reads. The file is never mapped, because a mapping of a file
//! that is cut off kills the process that looks at it. What was dropped from the middle is a gap:
//! its offsets are there, its bytes are not.

mod pieces;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::index::{Entry, Index};
use super::{INDEX_NAME, Stream};
use crate::run_dir::AttemptDir;
use pieces::{Pieces, open_regular};

/// The most that one [`Reader::read`] returns, in bytes.
pub const MAX_READ: usize = 1 << 20;

/// One attempt's log and index, opened for reading.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    pieces: Pieces,
    index: Option<Index>,
}

impl Reader {
    /// Opens the log in the attempt's directory `dir`.
    ///
    /// A log that does not exist yet is an empty one, and is found as soon as it does. Fails on
    /// anything at its place that is not a regular file, a symbolic link included, and where others
    /// can write.
    pub fn open(dir: &Path) -> io::Result<Self> {
        match AttemptDir::at(dir.to_owned()).is_ours() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut reader = Self {
            dir: dir.to_owned(),
            pieces: Pieces::default(),
            index: None,
        };
        reader.len()?;
        Ok(reader)
    }

    /// Bytes in the log by now, with those that were dropped from its middle.
    #[expect(
        clippy::len_without_is_empty,
        reason = "it asks the file each time and can fail"
    )]
    pub fn len(&mut self) -> io::Result<u64> {
        self.pieces.look(&self.dir)?;
        Ok(self.pieces.end())
    }

    /// What can be read without a gap in it, first to last.
    pub fn stretches(&mut self) -> io::Result<Vec<Range<u64>>> {
        self.pieces.look(&self.dir)?;
        Ok(self.pieces.stretches())
    }

    /// When the byte at `offset` arrived, in Unix milliseconds, to 10 ms.
    ///
    /// `None` for a byte that is not there, and when the index does not say: it is a help to the
    /// reader, and a missing, torn or foreign one must never stand between the operator and the log.
    pub fn time_at(&mut self, offset: u64) -> Option<i64> {
        self.entry(offset).map(|entry| entry.at_ms)
    }

    /// From which stream the byte at `offset` came; `None` as for [`Reader::time_at`].
    pub fn stream_at(&mut self, offset: u64) -> Option<Stream> {
        self.entry(offset).map(|entry| entry.stream)
    }

    fn entry(&mut self, offset: u64) -> Option<Entry> {
        if let Some(entry) = self.index.as_ref().and_then(|index| index.again(offset)) {
            return Some(entry);
        }
        let known = self.len().ok()?;
        if offset >= known {
            return None;
        }
        if self.index.is_none() {
            self.index = Index::open(open_regular(&self.dir.join(INDEX_NAME)).ok()??).ok()?;
        }
        self.index.as_mut()?.find(offset, known).ok()?
    }

    /// The bytes in `range` that exist, at most [`MAX_READ`] of them from its beginning and none
    /// behind a gap.
    pub fn read(&mut self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let wanted = range.end.min(self.len()?).saturating_sub(range.start);
        let mut bytes = vec![0; usize::try_from(wanted).unwrap_or(MAX_READ).min(MAX_READ)];
        let got = self.read_into(range.start, &mut bytes)?;
        bytes.truncate(got);
        Ok(bytes)
    }

    /// Fills `buffer` from `offset` on and returns how much there was: less only at a gap and at the
    /// log's end.
    pub fn read_into(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pieces.is_empty() {
            self.pieces.look(&self.dir)?;
        }
        self.pieces.read(offset, buffer)
    }
}

#[cfg(test)]
mod tests;
