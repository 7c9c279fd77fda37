//! The end of a long journal is read ahead by a thread of its own: an operator who takes
//! up a long run waits for it.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    mem,
    os::unix::fs::FileExt,
    panic::resume_unwind,
    sync::mpsc::{Sender, channel},
    thread,
};

use memchr::memchr;

use super::{CHUNK, End, Known, Recovered, lines, with_room};
use crate::engine::Entry;
use crate::journal::record::Record;

/// A shorter journal is read before a thread has begun.
const LONG: u64 = 512 << 10;

/// So many entries are handed over at once.
const PIECE: usize = 256;

/// Where the part begins that is read ahead. What that says it follows is believed until
/// all before it has been read.
pub struct Seam(Known);

impl Seam {
    /// The seam of a long journal; nothing where no line can be read there.
    pub fn of(file: &File, length: u64) -> Option<Self> {
        if length < LONG {
            return None;
        }
        // Whoever reads the first part also folds both.
        let from = length / 4;
        let mut window = vec![0; CHUNK];
        let read = file.read_at(&mut window, from).ok()?;
        let window = &window[..read];
        let begins = memchr(b'\n', window)? + 1;
        let line = &window[begins..];
        let (next, prev) = Record::follows(&line[..memchr(b'\n', line)?])?;
        Some(Self(Known {
            bytes: from + begins as u64,
            lines: usize::try_from(next).ok()?.checked_sub(1)?,
            head: prev,
        }))
    }

    /// Whether all before it, and nothing else, was found and is what it follows.
    fn fits(&self, first: &End) -> bool {
        first.damage.is_none() && first.torn_bytes == 0 && first.known == self.0
    }
}

/// Reads a whole journal in two parts at once: the second is handed over piece by piece while
/// its rest is read. Where it does not fit the first, it is read again behind that, so that
/// what is wrong is found where it stands.
pub fn read<T>(
    mut file: &File,
    seam: &Seam,
    length: u64,
    begin: impl FnOnce() -> T,
    mut show: impl FnMut(&mut T, &Entry),
) -> io::Result<(Recovered, T)> {
    thread::scope(|scope| {
        let (hand_over, pieces) = channel();
        let behind = thread::Builder::new()
            .name("recovery".to_owned())
            .spawn_scoped(scope, move || ahead(file, seam, &hand_over))
            .ok();
        let (mut shown, mut entries) = (begin(), with_room(length));
        let mut keep = |entry: Entry| {
            show(&mut shown, &entry);
            entries.push(entry);
        };
        let mut source = BufReader::with_capacity(CHUNK, file.take(seam.0.bytes));
        let first = lines(Known::default(), &mut source, |record| keep(record.entry))?;
        let end = match behind {
            // All of it is known.
            _ if first.damage.is_some() => first,
            Some(behind) if seam.fits(&first) => {
                pieces.iter().flatten().for_each(keep);
                behind.join().unwrap_or_else(|panic| resume_unwind(panic))?
            }
            _ => {
                file.seek(SeekFrom::Start(first.known.bytes))?;
                let mut source = BufReader::with_capacity(CHUNK, file);
                lines(first.known, &mut source, |record| keep(record.entry))?
            }
        };
        Ok((Recovered::of(entries, end), shown))
    })
}

/// Hands over what stands behind the seam.
fn ahead(file: &File, seam: &Seam, hand_over: &Sender<Vec<Entry>>) -> io::Result<End> {
    let at = seam.0.bytes;
    let mut source = BufReader::with_capacity(CHUNK, Behind { file, at });
    let mut piece = Vec::with_capacity(PIECE);
    let end = lines(seam.0, &mut source, |record| {
        piece.push(record.entry);
        if piece.len() == PIECE {
            // Where the first part does not fit, nobody takes it.
            let _ = hand_over.send(mem::replace(&mut piece, Vec::with_capacity(PIECE)));
        }
    });
    let _ = hand_over.send(piece);
    end
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::engine::Event;
    use crate::journal::record::Hash;

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
        let middle = seam.0.lines;
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
