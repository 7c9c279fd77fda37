//! A long journal is read by two threads at once: an operator who takes up a long run
//! waits for it.

use std::thread;

use memchr::memchr;

use super::{Recovered, most_lines, parse_into, parse_on};
use crate::journal::record::{Hash, Record};

/// A shorter journal is read before a thread has begun.
const LONG: usize = 512 << 10;

/// Reads both halves of a whole journal; nothing when it is short or does not hold:
/// whoever reads it from the beginning then finds out where.
pub fn parse(bytes: &[u8]) -> Option<Recovered> {
    if bytes.len() < LONG {
        return None;
    }
    let middle = bytes.len() / 2;
    let middle = middle + memchr(b'\n', &bytes[middle..])? + 1;
    let (first, second) = bytes.split_at(middle);
    // What the second half says it follows is believed until the first has been read.
    let (next, prev) = Record::follows(&second[..memchr(b'\n', second)?])?;
    let before = usize::try_from(next).ok()?.checked_sub(1)?;
    let (mut first, second) = thread::scope(|scope| {
        let ahead = thread::Builder::new()
            .name("recovery".to_owned())
            .spawn_scoped(scope, || parse_on(second, before, prev))
            .ok()?;
        // With room for what comes from the other half.
        let room = Vec::with_capacity(most_lines(bytes));
        let first = parse_into(room, first, 0, Hash::default());
        Some((first, ahead.join().ok()?))
    })?;
    let whole = first.good_bytes == middle as u64 && second.damage.is_none();
    if !whole || first.records.len() != before || first.head != prev {
        return None;
    }
    first.records.extend(second.records);
    Some(Recovered {
        records: first.records,
        head: second.head,
        good_bytes: first.good_bytes + second.good_bytes,
        torn_bytes: second.torn_bytes,
        damage: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Entry, Event};

    /// The bytes of a journal, and where its lines end.
    fn journal(lines: u64) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends, mut head) = (Vec::new(), Vec::new(), Hash::default());
        for seq in 1..=lines {
            let entry = Entry {
                at: chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(1_700_000_000),
                by: "ann".to_owned(),
                event: Event::NoteAdded {
                    text: format!("note {seq}"),
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

    fn same(bytes: &[u8]) {
        let halves = parse(bytes).expect("it holds");
        let whole = parse_on(bytes, 0, Hash::default());
        assert_eq!(halves.records, whole.records);
        assert_eq!(
            (halves.head, halves.good_bytes, halves.torn_bytes),
            (whole.head, whole.good_bytes, whole.torn_bytes)
        );
        assert_eq!((halves.damage, whole.damage), (None, None));
    }

    #[test]
    fn two_halves_are_the_whole() {
        let (bytes, ends) = journal(3000);
        same(&bytes);
        // An append that never finished.
        same(&bytes[..bytes.len() - 9]);
        assert!(parse(&bytes[..ends[10]]).is_none(), "it is short");
    }

    #[test]
    fn what_does_not_hold_is_left_to_whoever_says_where() {
        let (bytes, ends) = journal(3000);
        for at in [100, ends[1499] - 100, ends[1500], bytes.len() - 100] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(parse(&changed).is_none(), "{at}");
        }
        // Each half holds, and a line is missing between them.
        let middle = bytes.len() / 2 + memchr(b'\n', &bytes[bytes.len() / 2..]).unwrap() + 1;
        let number = ends.iter().position(|end| *end == middle).unwrap();
        for gap in [
            ends[number - 1]..ends[number],
            ends[number]..ends[number + 1],
        ] {
            let mut gone = bytes.clone();
            gone.drain(gap);
            assert!(parse(&gone).is_none());
        }
    }
}
