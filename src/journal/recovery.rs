//! Reading a journal, whatever state it is in.

mod halves;

use std::{
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use memchr::{memchr, memchr_iter};

use super::{
    JournalError,
    record::{Hash, Record},
};
use crate::run_dir::private_file;

/// What a journal holds.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Up to the end or the first damage.
    pub records: Vec<Record>,
    /// The hash of the last good line.
    pub head: Hash,
    /// How many bytes are good.
    pub good_bytes: u64,
    /// How many bytes at the end are an append that never finished.
    pub torn_bytes: u64,
    /// The first damaged line, from 1, and what is wrong with it.
    pub damage: Option<(usize, String)>,
}

/// Reads a journal without changing it.
///
/// # Errors
/// Only when the file cannot be read at all.
pub fn read(path: &Path) -> Result<Recovered, JournalError> {
    let bytes = bytes(path, 0)?;
    Ok(halves::parse(&bytes).unwrap_or_else(|| parse(&bytes)))
}

/// How much of a journal was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// So many bytes.
    pub bytes: u64,
    /// So many lines.
    pub lines: usize,
    /// The hash of the last one.
    pub head: Hash,
}

impl Known {
    /// What is good of a journal that was read from its beginning.
    pub fn of(whole: &Recovered) -> Self {
        Self {
            bytes: whole.good_bytes,
            lines: whole.records.len(),
            head: whole.head,
        }
    }
}

/// Reads on behind what is known; nothing when the file is shorter than that. What it
/// gives begins there.
///
/// # Errors
/// Only when the file cannot be read at all.
pub fn read_on(path: &Path, known: &Known) -> Result<Option<Recovered>, JournalError> {
    let length = std::fs::symlink_metadata(path)
        .map_err(|source| JournalError::Io {
            doing: "look at",
            path: path.to_owned(),
            source,
        })?
        .len();
    if length < known.bytes {
        return Ok(None);
    }
    Ok(Some(parse_on(
        &bytes(path, known.bytes)?,
        known.lines,
        known.head,
    )))
}

/// All that stands in the file from a place on.
///
/// # Errors
/// When it cannot be read.
pub fn bytes(path: &Path, from: u64) -> Result<Vec<u8>, JournalError> {
    let mut bytes = Vec::new();
    private_file()
        .read(true)
        .open(path)
        .and_then(|mut file| {
            file.seek(SeekFrom::Start(from))?;
            file.read_to_end(&mut bytes)
        })
        .map_err(|source| JournalError::Io {
            doing: "read",
            path: path.to_owned(),
            source,
        })?;
    Ok(bytes)
}

/// No good line is shorter: two hashes stand in each.
const SHORTEST: usize = 128;

/// How much of a journal's end its last line may take.
const TAIL: u64 = 1 << 20;

/// The hash of a journal's last whole line, as that line itself has it: what somebody
/// may note elsewhere. Nothing of what stands before it is read.
pub fn head(path: &Path) -> Option<Hash> {
    let mut file = private_file().read(true).open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
        .ok()?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail).ok()?;
    let whole = memchr::memrchr(b'\n', &tail)?;
    let begins = memchr::memrchr(b'\n', &tail[..whole]).map_or(0, |at| at + 1);
    Some(Record::link(&tail[begins..whole]).ok()?.hash)
}

/// Reads a journal's bytes.
pub fn parse(bytes: &[u8]) -> Recovered {
    parse_on(bytes, 0, Hash::default())
}

fn parse_on(bytes: &[u8], lines: usize, head: Hash) -> Recovered {
    parse_into(Vec::with_capacity(most_lines(bytes)), bytes, lines, head)
}

/// How many lines may be good: room for them is made once, since records are large and
/// there may be many. Whatever stands in a file, it is no more than a small multiple of
/// the file itself.
fn most_lines(bytes: &[u8]) -> usize {
    memchr_iter(b'\n', bytes)
        .count()
        .min(bytes.len() / SHORTEST)
}

/// The same, with the records behind each other in what was made ready for them.
fn parse_into(records: Vec<Record>, bytes: &[u8], lines: usize, head: Hash) -> Recovered {
    let mut found = Recovered {
        records,
        head,
        ..Recovered::default()
    };
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some(end) = memchr(b'\n', rest) else {
            // An append that never finished has no newline; a crash of the
            // machine may have left zeros in its place.
            found.torn_bytes = rest.len() as u64;
            break;
        };
        let line = &rest[..end];
        let number = lines + found.records.len() + 1;
        match Record::open(line, number as u64, found.head) {
            Ok(record) => {
                found.head = record.hash;
                found.records.push(record);
                found.good_bytes += end as u64 + 1;
                rest = &rest[end + 1..];
            }
            Err(what) => {
                found.damage = Some((number, what));
                break;
            }
        }
    }
    found
}
