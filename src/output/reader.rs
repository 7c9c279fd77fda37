//! The reading side: a log that may be missing, growing, finished, or cut off under us.
//!
//! Everything goes through positioned reads. The file is never mapped, because a mapping of a file
//! that is cut off kills the process that looks at it.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::index::{Entry, Index};
use super::{INDEX_NAME, LOG_NAME, Stream};

/// The most that one [`Reader::read`] returns, in bytes.
pub const MAX_READ: usize = 1 << 20;

/// One attempt's log and index, opened for reading.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    log: Option<File>,
    index: Option<Index>,
}

impl Reader {
    /// Opens the log in the attempt's directory `dir`.
    ///
    /// A log that does not exist yet is an empty one, and is found as soon as it does. Fails on
    /// anything at its place that is not a regular file, a symbolic link included.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let mut reader = Self {
            dir: dir.to_owned(),
            log: None,
            index: None,
        };
        reader.len()?;
        Ok(reader)
    }

    /// Bytes in the log by now.
    #[expect(
        clippy::len_without_is_empty,
        reason = "it asks the file each time and can fail"
    )]
    pub fn len(&mut self) -> io::Result<u64> {
        if self.log.is_none() {
            self.log = open_regular(&self.dir.join(LOG_NAME))?;
        }
        self.log
            .as_ref()
            .map_or(Ok(0), |log| Ok(log.metadata()?.len()))
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
        if offset >= self.len().ok()? {
            return None;
        }
        if self.index.is_none() {
            self.index = Index::open(open_regular(&self.dir.join(INDEX_NAME)).ok()??).ok()?;
        }
        self.index.as_mut()?.find(offset).ok()?
    }

    /// The bytes in `range` that exist, at most [`MAX_READ`] of them from its beginning.
    pub fn read(&mut self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let wanted = range.end.min(self.len()?).saturating_sub(range.start);
        let mut bytes = vec![0; usize::try_from(wanted).unwrap_or(MAX_READ).min(MAX_READ)];
        let got = self.read_into(range.start, &mut bytes)?;
        bytes.truncate(got);
        Ok(bytes)
    }

    /// Fills `buffer` from `offset` on and returns how much there was: less only at the log's end.
    pub fn read_into(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.log.is_none() {
            self.len()?;
        }
        let Some(log) = &self.log else { return Ok(0) };
        let mut filled = 0;
        while filled < buffer.len() {
            match log.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// `None` if there is no such file. A pipe in its place must not make the console wait for a writer,
/// hence the non-blocking open.
fn open_regular(path: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if file.metadata()?.is_file() {
        Ok(Some(file))
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} is not a regular file", path.display()),
        ))
    }
}

#[cfg(test)]
mod tests;
