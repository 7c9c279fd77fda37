//! The writing side of an attempt's log, used by its supervisor alone.

mod hash;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use hash::Hash;
use rustix::fs::OFlags;

use super::index::{Entry, HEADER, record_at};
use super::{INDEX_NAME, LOG_NAME, Stream};

/// A new index record is due after this many milliseconds, so that chatter does not bloat the index
/// and every byte's time is right to a hundredth of a second.
const RESOLUTION_MS: i64 = 10;

/// What a finished log amounts to; the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Length of the log in bytes.
    pub bytes: u64,
    /// BLAKE3 of the log's bytes, 64 lower-case hexadecimal digits.
    pub blake3: String,
}

/// An attempt's output log, open for appending.
///
/// Nothing is buffered: what [`Log::append`] took can be read at once, by whoever reads the file,
/// and stays when this process is killed. It is not synced.
#[derive(Debug)]
pub struct Log {
    bytes: File,
    index: File,
    len: u64,
    entries: u64,
    last: Option<Entry>,
    hash: Hash,
    /// A failed append has left bytes after `len`, or a record that does not hold, which could not
    /// be cut off yet.
    ragged: bool,
}

impl Log {
    /// Makes `output.log` and `output.idx` in `dir`, readable by the owner only.
    ///
    /// Fails if either exists, even as a dangling link: a log is written once.
    pub fn create(dir: &Path) -> io::Result<Self> {
        let (log_path, index_path) = (dir.join(LOG_NAME), dir.join(INDEX_NAME));
        // A half-made pair would only confuse a later look at the directory, and what this call made
        // nobody misses. The first error is the one to report.
        let remove = |path: &Path| drop(std::fs::remove_file(path));
        let bytes = create_new(&log_path)?;
        let index = create_new(&index_path).inspect_err(|_| remove(&log_path))?;
        Self::start(bytes, index).inspect_err(|_| {
            remove(&log_path);
            remove(&index_path);
        })
    }

    fn start(bytes: File, index: File) -> io::Result<Self> {
        index.write_all_at(&HEADER, 0)?;
        Ok(Self {
            bytes,
            index,
            len: 0,
            entries: 0,
            last: None,
            hash: Hash::default(),
            ragged: false,
        })
    }

    /// Bytes appended so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing was appended yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends `bytes`, which arrived from `stream` at `at_ms` (Unix milliseconds, UTC).
    ///
    /// All or nothing: after an error (a full disk, say) none of `bytes` counts, and the caller may
    /// offer the same bytes again, fewer of them, or others. Times never run backwards: an earlier
    /// time than the last is recorded as the last, so feed a clock that is not stepped.
    pub fn append(&mut self, stream: Stream, bytes: &[u8], at_ms: i64) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        // The record goes first: a reader that sees the bytes can then also see their time, and a
        // failure of either file leaves `len` and `entries` (and so the next attempt) where they were.
        let due = self.entry_due(stream, at_ms);
        if let Some(entry) = due {
            self.index
                .write_all_at(&entry.encode(), record_at(self.entries))?;
        }
        if let Err(error) = self.bytes.write_all_at(bytes, self.len) {
            self.ragged = self.cut_off_remains().is_err();
            return Err(error);
        }
        if due.is_some() {
            self.entries += 1;
            self.last = due;
        }
        self.hash.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn cut_off_remains(&self) -> io::Result<()> {
        let bytes = self.bytes.set_len(self.len);
        bytes.and(self.index.set_len(record_at(self.entries)))
    }

    fn entry_due(&self, stream: Stream, at_ms: i64) -> Option<Entry> {
        let due = self.last.is_none_or(|last| {
            let since = at_ms.saturating_sub(last.at_ms);
            self.ragged || last.stream != stream || since >= RESOLUTION_MS
        });
        let at_ms = self.last.map_or(at_ms, |last| at_ms.max(last.at_ms));
        due.then_some(Entry {
            offset: self.len,
            at_ms,
            stream,
        })
    }

    /// Closes the log and says what it amounts to.
    ///
    /// Writes nothing, so a full disk does not stop it; fails only if the remains of a failed append
    /// cannot be cut off.
    pub fn finish(self) -> io::Result<Digest> {
        if self.ragged {
            self.cut_off_remains()?;
        }
        Ok(Digest {
            bytes: self.len,
            blake3: self.hash.finish(),
        })
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
}

#[cfg(test)]
mod tests;
