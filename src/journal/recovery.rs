//! Reading a journal, whatever state it is in.

mod halves;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use memchr::memchr;

use super::{
    JournalError,
    record::{Hash, Names, Record},
};
use crate::engine::Entry;
use crate::run_dir::private_file;
use halves::Seam;

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// What a journal holds.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Up to the end or the first damage: one a line.
    pub entries: Vec<Entry>,
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
    let (recovered, ()) = read_with(path, || (), |(), _| ())?;
    Ok(recovered)
}

/// The same, and shows each good entry in its order to what `begin` makes. The end of a
/// long journal is read ahead meanwhile.
///
/// # Errors
/// Only when the file cannot be read at all.
pub fn read_with<T>(
    path: &Path,
    begin: impl FnOnce() -> T,
    show: impl FnMut(&mut T, &Entry),
) -> Result<(Recovered, T), JournalError> {
    let read = || {
        let file = open(path)?;
        let length = file.metadata()?.len();
        match Seam::of(&file, length) {
            Some(seam) => halves::read(&file, &seam, length, begin, show),
            None => whole(&file, length, begin, show),
        }
    };
    read().map_err(|source| unreadable(path, source))
}

fn whole<T>(
    file: &File,
    length: u64,
    begin: impl FnOnce() -> T,
    mut show: impl FnMut(&mut T, &Entry),
) -> io::Result<(Recovered, T)> {
    let (mut shown, mut entries) = (begin(), with_room(length));
    let mut source = BufReader::with_capacity(CHUNK, file);
    let end = lines(Known::default(), &mut source, |record| {
        show(&mut shown, &record.entry);
        entries.push(record.entry);
    })?;
    Ok((Recovered::of(entries, end), shown))
}

/// How much of a journal was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
            lines: whole.entries.len(),
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
    let read = || {
        let mut file = open(path)?;
        file.seek(SeekFrom::Start(known.bytes))?;
        let (mut source, mut entries) = (BufReader::with_capacity(CHUNK, file), Vec::new());
        let end = lines(*known, &mut source, |record| entries.push(record.entry))?;
        let mut behind = Recovered::of(entries, end);
        behind.good_bytes -= known.bytes;
        Ok(behind)
    };
    read().map(Some).map_err(|source| unreadable(path, source))
}

/// All that stands in the file.
///
/// # Errors
/// When it cannot be read.
pub fn bytes(path: &Path) -> Result<Vec<u8>, JournalError> {
    let mut bytes = Vec::new();
    open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|source| unreadable(path, source))?;
    Ok(bytes)
}

fn open(path: &Path) -> io::Result<File> {
    private_file().read(true).open(path)
}

fn unreadable(path: &Path, source: io::Error) -> JournalError {
    JournalError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    }
}

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
    parse_with(bytes, |_| ())
}

/// The same, and shows each good line in its order.
#[expect(
    clippy::missing_panics_doc,
    reason = "reading from memory does not fail"
)]
pub fn parse_with(mut bytes: &[u8], mut show: impl FnMut(&Record)) -> Recovered {
    let mut entries = with_room(bytes.len() as u64);
    let end = lines(Known::default(), &mut bytes, |record| {
        show(&record);
        entries.push(record.entry);
    });
    Recovered::of(entries, end.expect("reading from memory does not fail"))
}

/// Most lines are longer than this: two hashes stand in each.
const LINE: u64 = 256;

/// No entries yet, with room for what a file of some length may hold: they are large, and
/// there may be many. It is no more than a small multiple of the file itself.
fn with_room(length: u64) -> Vec<Entry> {
    Vec::with_capacity(usize::try_from(length / LINE).unwrap_or_default())
}

/// How a reading ended: how much is good, and what stands behind that.
struct End {
    known: Known,
    torn_bytes: u64,
    damage: Option<(usize, String)>,
}

impl Recovered {
    fn of(entries: Vec<Entry>, end: End) -> Self {
        Self {
            entries,
            head: end.known.head,
            good_bytes: end.known.bytes,
            torn_bytes: end.torn_bytes,
            damage: end.damage,
        }
    }
}

/// Reads the lines behind what is known.
fn lines(
    mut known: Known,
    source: &mut impl BufRead,
    mut keep: impl FnMut(Record),
) -> io::Result<End> {
    let (mut begun, mut names) = (Vec::new(), Names::default());
    let (mut torn_bytes, mut damage) = (0, None);
    loop {
        let read = match source.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let length = read.len();
        if length == 0 {
            // An append that never finished has no newline; a crash of the
            // machine may have left zeros in its place.
            torn_bytes = begun.len() as u64;
            break;
        }
        let Some(end) = memchr(b'\n', read) else {
            begun.extend_from_slice(read);
            source.consume(length);
            continue;
        };
        let text = if begun.is_empty() {
            &read[..end]
        } else {
            begun.extend_from_slice(&read[..end]);
            &begun
        };
        let number = known.lines + 1;
        match Record::open_next(text, number as u64, known.head, &mut names) {
            Ok(record) => {
                known = Known {
                    bytes: known.bytes + text.len() as u64 + 1,
                    lines: number,
                    head: record.hash,
                };
                keep(record);
            }
            Err(what) => {
                damage = Some((number, what));
                break;
            }
        }
        begun.clear();
        source.consume(end + 1);
    }
    Ok(End {
        known,
        torn_bytes,
        damage,
    })
}
