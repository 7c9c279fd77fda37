//! The end of a long journal is read ahead by a thread of its own: an operator who takes
//! up a long run waits for it.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    thread,
};

use memchr::memchr;

use super::{CHUNK, Recovered, lines};
use crate::engine::Entry;
use crate::journal::record::{Hash, Record};

/// A shorter journal is read before a thread has begun.
const LONG: u64 = 512 << 10;

/// Where the part begins that is read ahead. What that says it follows is believed until
/// all before it has been read.
pub struct Seam {
    /// So many bytes stand before it.
    at: u64,
    /// So many lines.
    before: usize,
    /// The hash of the last one of them.
    prev: Hash,
}

impl Seam {
    /// The seam of a long journal; nothing where no line can be read there.
    pub fn of(file: &File, length: u64) -> Option<Self> {
        if length < LONG {
            return None;
        }
        // Whoever reads the first part also folds both.
        let from = length * 3 / 10;
        let mut window = vec![0; CHUNK];
        let read = file.read_at(&mut window, from).ok()?;
        let window = &window[..read];
        let begins = memchr(b'\n', window)? + 1;
        let line = &window[begins..];
        let (next, prev) = Record::follows(&line[..memchr(b'\n', line)?])?;
        Some(Self {
            at: from + begins as u64,
            before: usize::try_from(next).ok()?.checked_sub(1)?,
            prev,
        })
    }

    /// Whether all before it, and nothing else, was found and is what it follows.
    fn fits(&self, first: &Recovered) -> bool {
        first.damage.is_none()
            && (first.good_bytes, first.torn_bytes) == (self.at, 0)
            && (first.entries.len(), first.head) == (self.before, self.prev)
    }
}

/// Reads a whole journal in two parts at once. Where they do not fit, the second is read
/// again behind the first, so that it is found where it went wrong.
pub fn read<T>(
    mut file: &File,
    seam: &Seam,
    length: u64,
    begin: impl FnOnce() -> T,
    mut show: impl FnMut(&mut T, &Entry),
) -> io::Result<(Recovered, T)> {
    thread::scope(|scope| {
        let behind = thread::Builder::new()
            .name("recovery".to_owned())
            .spawn_scoped(scope, || ahead(file, seam, length))
            .ok();
        let mut shown = begin();
        let mut see = |entry: &Entry| show(&mut shown, entry);
        let mut source = BufReader::with_capacity(CHUNK, file.take(seam.at));
        let room = Recovered::with_room(length);
        let first = lines(room, 0, &mut source, |record| see(&record.entry))?;
        let second = behind.and_then(|behind| behind.join().ok()?.ok());
        let second = second.filter(|it| it.damage.is_none() && seam.fits(&first));
        let found = match second {
            Some(second) => {
                second.entries.iter().for_each(&mut see);
                joined(first, second)
            }
            // All of it is known.
            None if first.damage.is_some() => first,
            None => {
                file.seek(SeekFrom::Start(first.good_bytes))?;
                let mut source = BufReader::with_capacity(CHUNK, file);
                lines(first, 0, &mut source, |record| see(&record.entry))?
            }
        };
        Ok((found, shown))
    })
}

/// What stands behind the seam.
fn ahead(file: &File, seam: &Seam, length: u64) -> io::Result<Recovered> {
    let begun = Recovered {
        head: seam.prev,
        ..Recovered::with_room(length - seam.at)
    };
    let mut source = BufReader::with_capacity(CHUNK, Behind { file, at: seam.at });
    lines(begun, seam.before, &mut source, |_| ())
}

/// A file from a place on, whoever else reads it meanwhile.
struct Behind<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Behind<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

fn joined(mut first: Recovered, second: Recovered) -> Recovered {
    first.entries.extend(second.entries);
    Recovered {
        entries: first.entries,
        head: second.head,
        good_bytes: first.good_bytes + second.good_bytes,
        torn_bytes: second.torn_bytes,
        damage: None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::engine::Event;

    /// The bytes of a journal, and where its lines end.
    fn journal(lines: u64) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends, mut head) = (Vec::new(), Vec::new(), Hash::default());
        for seq in 1..=lines {
            let entry = Entry {
                at: chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(1_700_000_000),
                by: "ann".into(),
                event: Event::NoteAdded {
                    text: format!("note {seq}").into(),
                    happened_at: None,
                    todo: None,
                    source: None,
                },
            };
            let (record, line) = Record::seal(seq, head, entry).unwrap();
            head = record.hash;
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    /// Reads it in two parts, which must come to what it is from its beginning.
    fn same(bytes: &[u8]) -> Recovered {
        let file = file(bytes);
        let length = bytes.len() as u64;
        let seam = Seam::of(&file, length).expect("it is long");
        let (found, shown) = read(&file, &seam, length, Vec::new, |all, it| {
            all.push(it.clone());
        })
        .unwrap();
        let whole = super::super::parse(bytes);
        assert_eq!(found.entries, whole.entries);
        assert_eq!(
            (
                found.head,
                found.good_bytes,
                found.torn_bytes,
                &found.damage
            ),
            (
                whole.head,
                whole.good_bytes,
                whole.torn_bytes,
                &whole.damage
            )
        );
        assert_eq!(shown, whole.entries, "each once, in its order");
        found
    }

    #[test]
    fn two_parts_are_the_whole() {
        let (bytes, ends) = journal(3000);
        assert_eq!(same(&bytes).damage, None);
        // An append that never finished.
        assert_eq!(
            same(&bytes[..bytes.len() - 9]).torn_bytes,
            (ends[2999] - ends[2998] - 9) as u64
        );
        let short = &bytes[..ends[10]];
        assert!(Seam::of(&file(short), short.len() as u64).is_none());
    }

    #[test]
    fn what_does_not_hold_is_found_where_it_stands() {
        let (bytes, ends) = journal(3000);
        let length = bytes.len() as u64;
        let seam = Seam::of(&file(&bytes), length).unwrap();
        let middle = seam.before;
        for line in [0, middle - 1, middle, middle + 1, 2999] {
            let mut changed = bytes.clone();
            changed[ends[line] - 100] ^= 1;
            let (number, _) = same(&changed).damage.expect("it was changed");
            assert_eq!(number, line + 1);
        }
        // Each part holds, and a line is missing between them, or stands there twice.
        for gap in [
            ends[middle - 2]..ends[middle - 1],
            ends[middle - 1]..ends[middle],
        ] {
            let mut gone = bytes.clone();
            let line: Vec<u8> = gone.drain(gap.clone()).collect();
            assert!(same(&gone).damage.is_some());
            let mut twice = bytes.clone();
            twice.splice(gap.start..gap.start, line);
            assert!(same(&twice).damage.is_some());
        }
    }

    #[test]
    fn what_was_written_since_the_seam_was_found_is_read_too() {
        let (bytes, ends) = journal(3000);
        let file = file(&bytes);
        let length = ends[2990] as u64;
        let seam = Seam::of(&file, length).unwrap();
        let (found, ()) = read(&file, &seam, length, || (), |(), _| ()).unwrap();
        assert_eq!(found.entries.len(), 3000);
    }
}
