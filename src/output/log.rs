//! The writing side of an attempt's log, used by its supervisor alone.
//!
//! A log may grow up to a limit. Its first half stays for ever, in `output.log`; what comes after
//! goes into pieces of an eighth each, of which the last four are kept. So the beginning and the end
//! can always be read, what is missing is missing from the middle, and a byte's offset in the log
//! never changes. A file that is full is made read-only: a reader then looks for the next.

mod hash;
mod room;

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use hash::Hash;
use room::Room;
use rustix::fs::OFlags;

use super::index::{Entry, HEADER, record_at};
use super::{INDEX_NAME, Stream};
use crate::run_dir::AttemptDir;

/// A new index record is due after this many milliseconds, so that chatter does not bloat the index
/// and every byte's time is right to a hundredth of a second.
const RESOLUTION_MS: i64 = 10;

/// How many full pieces behind the first are kept, beside the one that is being written.
const FULL_PIECES: usize = 3;

/// What a finished log amounts to; the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Length of the log in bytes, with what was dropped from its middle.
    pub bytes: u64,
    /// BLAKE3 of the first piece's bytes, which mostly are all, in 64 lower-case hexadecimal digits.
    pub blake3: String,
    /// Bytes that were dropped from the middle.
    pub dropped: u64,
    /// The later pieces that are kept.
    pub pieces: Vec<Piece>,
}

impl Digest {
    /// Of a log that nothing was written into, whether its files were made or not.
    pub fn of_nothing() -> Self {
        Self {
            bytes: 0,
            blake3: Hash::default().finish(),
            dropped: 0,
            pieces: Vec::new(),
        }
    }
}

/// A file that holds a part of the log and grows no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where in the log it begins.
    pub offset: u64,
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in 64 lower-case hexadecimal digits.
    pub blake3: String,
}

/// The file that is being written, and where in the log it begins.
#[derive(Debug)]
struct Current {
    file: File,
    offset: u64,
    hash: Hash,
}

/// An attempt's output log, open for appending.
///
/// Nothing is buffered: what [`Log::append`] took can be read at once, by whoever reads the file,
/// and stays when this process is killed. It is not synced.
#[derive(Debug)]
pub struct Log {
    dir: AttemptDir,
    current: Current,
    /// The first piece, once it is full.
    first: Option<Piece>,
    /// Later ones that are full, oldest first.
    full: VecDeque<Piece>,
    dropped: u64,
    room: Room,
    index: File,
    len: u64,
    entries: u64,
    last: Option<Entry>,
    /// A failed append has left bytes after `len`, or a record that does not hold, which could not
    /// be cut off yet.
    ragged: bool,
}

impl Log {
    /// Makes `output.log` and `output.idx` in `dir`, readable by the owner only. The log keeps all.
    ///
    /// Fails if either exists, even as a dangling link: a log is written once.
    pub fn create(dir: &Path) -> io::Result<Self> {
        Self::create_up_to(dir, u64::MAX)
    }

    /// As [`Log::create`], for a log that keeps at most about `limit` bytes on the disk, and fewer
    /// if that becomes scarce.
    pub fn create_up_to(dir: &Path, limit: u64) -> io::Result<Self> {
        let dir = AttemptDir::at(dir.to_owned());
        let (log_path, index_path) = (dir.log(), dir.path().join(INDEX_NAME));
        // A half-made pair would only confuse a later look at the directory, and what this call made
        // nobody misses. The first error is the one to report.
        let remove = |path: &Path| drop(std::fs::remove_file(path));
        let file = create_new(&log_path)?;
        let index = create_new(&index_path).inspect_err(|_| remove(&log_path))?;
        Self::start(dir, file, index, limit).inspect_err(|_| {
            remove(&log_path);
            remove(&index_path);
        })
    }

    fn start(dir: AttemptDir, file: File, index: File, limit: u64) -> io::Result<Self> {
        index.write_all_at(&HEADER, 0)?;
        Ok(Self {
            room: Room::new(room::size(&file), limit),
            dir,
            current: Current {
                file,
                offset: 0,
                hash: Hash::default(),
            },
            first: None,
            full: VecDeque::new(),
            dropped: 0,
            index,
            len: 0,
            entries: 0,
            last: None,
            ragged: false,
        })
    }

    /// Bytes appended so far, with those that were dropped again.
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
        loop {
            match self.try_append(stream, bytes, at_ms) {
                // The newest bytes tell how it ended; the oldest of the end are what is dropped.
                Err(error) if is_full(&error) && self.drop_oldest()? => {}
                done => return done,
            }
        }
    }

    fn try_append(&mut self, stream: Stream, bytes: &[u8], at_ms: i64) -> io::Result<()> {
        self.make_room(bytes.len() as u64)?;
        // The record goes first: a reader that sees the bytes can then also see their time, and a
        // failure of either file leaves `len` and `entries` (and so the next attempt) where they were.
        let due = self.entry_due(stream, at_ms);
        if let Some(entry) = due {
            self.index
                .write_all_at(&entry.encode(), record_at(self.entries))?;
        }
        let at = self.len - self.current.offset;
        if let Err(error) = self.current.file.write_all_at(bytes, at) {
            self.ragged = self.cut_off_remains().is_err();
            return Err(error);
        }
        if due.is_some() {
            self.entries += 1;
            self.last = due;
        }
        self.current.hash.update(bytes);
        self.len += bytes.len() as u64;
        self.room.took(bytes.len() as u64);
        Ok(())
    }

    /// Begins a new piece if the current one would become too long.
    fn make_room(&mut self, count: u64) -> io::Result<()> {
        let length = self.len - self.current.offset;
        let file = &self.current.file;
        let limit = self
            .room
            .of_piece(self.current.offset == 0, length, || room::free(file));
        if length == 0 || length.saturating_add(count) <= limit {
            return Ok(());
        }
        if self.ragged {
            self.cut_off_remains()?;
            self.ragged = false;
        }
        while self.full.len() >= FULL_PIECES {
            self.drop_oldest()?;
        }
        let path = self.dir.log_piece(self.len);
        let file = create_new(&path)?;
        let read_only = std::fs::Permissions::from_mode(0o400);
        if let Err(error) = self.current.file.set_permissions(read_only) {
            // Nobody would look for the new one.
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        let next = Current {
            file,
            offset: self.len,
            hash: Hash::default(),
        };
        let piece = std::mem::replace(&mut self.current, next).finish(self.len);
        if piece.offset == 0 {
            self.first = Some(piece);
        } else {
            self.full.push_back(piece);
        }
        Ok(())
    }

    /// Removes the oldest full piece behind the first; whether there was one.
    fn drop_oldest(&mut self) -> io::Result<bool> {
        let Some(oldest) = self.full.front() else {
            return Ok(false);
        };
        match std::fs::remove_file(self.dir.log_piece(oldest.offset)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.dropped += oldest.bytes;
        self.full.pop_front();
        Ok(true)
    }

    fn cut_off_remains(&self) -> io::Result<()> {
        let bytes = self.current.file.set_len(self.len - self.current.offset);
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
        let current = self.current.finish(self.len);
        let mut pieces = Vec::from(self.full);
        let first = match self.first {
            Some(first) => {
                pieces.push(current);
                first
            }
            None => current,
        };
        Ok(Digest {
            bytes: self.len,
            blake3: first.blake3,
            dropped: self.dropped,
            pieces,
        })
    }
}

impl Current {
    fn finish(self, end: u64) -> Piece {
        Piece {
            offset: self.offset,
            bytes: end - self.offset,
            blake3: self.hash.finish(),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
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
