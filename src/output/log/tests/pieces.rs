//! A log that may not keep everything, against a plain model of it: all bytes ever appended.

use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::output::Position;
use crate::output::search::{Counter, Needle, Search, find_next, find_previous};
use crate::output::window::{self, window};

/// The part of `all` that a log offset range means.
fn part(all: &[u8], range: &Range<u64>) -> Vec<u8> {
    let at = |offset: u64| usize::try_from(offset).unwrap();
    all[at(range.start)..at(range.end)].to_vec()
}

fn total(stretches: &[Range<u64>]) -> u64 {
    stretches.iter().map(|it| it.end - it.start).sum()
}

/// What can be read is what was written there, and it is the beginning and the end.
fn holds(reader: &mut Reader, all: &[u8], limit: u64, longest: u64) {
    let len = all.len() as u64;
    assert_eq!(reader.len().unwrap(), len);
    let stretches = reader.stretches().unwrap();
    for stretch in &stretches {
        assert_eq!(reader.read(stretch.clone()).unwrap(), part(all, stretch));
        // From any place a read goes on to the gap and no further.
        let middle = u64::midpoint(stretch.start, stretch.end);
        assert_eq!(
            reader.read(middle..u64::MAX).unwrap(),
            part(all, &(middle..stretch.end))
        );
    }
    match stretches.as_slice() {
        [] => assert_eq!(len, 0),
        [one] => assert_eq!(*one, 0..len),
        [first, last] => {
            assert_eq!((first.start, last.end), (0, len));
            assert!(first.end < last.start);
            assert!(first.end + longest > limit / 2, "the beginning is kept");
            assert!(
                last.end - last.start + 3 * longest >= 3 * (limit / 8),
                "the end is kept"
            );
            assert_eq!(reader.read(first.end..last.start).unwrap(), b"");
        }
        more => panic!("one gap at most: {more:?}"),
    }
    if longest <= limit / 8 {
        assert!(total(&stretches) <= limit, "{stretches:?} of {limit}");
    }
}

/// The gap's length as the rows tell it, and every other byte once.
fn rows_cover(reader: &mut Reader, stretches: &[Range<u64>], len: u64) {
    let mut view = (window::to_start(), 0, 0);
    loop {
        let shown = window(reader, view.0, 3).unwrap();
        for (number, line) in shown.lines.iter().enumerate() {
            let next = shown
                .lines
                .get(number + 1)
                .map_or(shown.end, |it| it.offset);
            if line.offset < view.1 {
                continue;
            }
            assert_eq!(line.offset, view.1, "no byte is passed over");
            if let Some(dropped) = line.dropped {
                assert_eq!(dropped, next - line.offset);
                assert!(line.text.text().contains("dropped here"), "{line:?}");
                view.2 += dropped;
            }
            view.1 = next;
        }
        if shown.at_end {
            break;
        }
        view.0 = window::scroll_down(reader, view.0, 3, 2).unwrap();
    }
    assert_eq!((view.1, view.2), (len, len - total(stretches)));
    // And up again, row by row, to the first byte.
    let mut position = Position::Follow;
    for _ in 0..=len {
        let up = window::scroll_up(reader, position, 3, 1).unwrap();
        if up == position {
            break;
        }
        position = up;
    }
    assert_eq!(window(reader, position, 3).unwrap().top, 0);
}

/// What a search finds is what stands whole in one of the stretches.
fn search_finds(reader: &mut Reader, all: &[u8], stretches: &[Range<u64>], words: &str) {
    let needle = Needle::new(words).unwrap();
    let expected: Vec<u64> = (stretches.iter())
        .flat_map(|stretch| {
            let bytes = part(all, stretch);
            let found = (0..).zip(bytes.windows(words.len()));
            found
                .filter(|(_, it)| *it == words.as_bytes())
                .map(|(at, _): (u64, _)| stretch.start + at)
                .collect::<Vec<_>>()
        })
        .collect();
    let (mut found, mut from) = (Vec::new(), 0);
    loop {
        match find_next(reader, &needle, from, 7).unwrap() {
            Search::Found(at) => {
                found.push(at);
                from = at + 1;
            }
            Search::Paused(at) => {
                assert!(at > from, "no progress");
                from = at;
            }
            Search::Exhausted => break,
        }
    }
    assert_eq!(found, expected);
    let (mut found, mut before) = (Vec::new(), u64::MAX);
    loop {
        match find_previous(reader, &needle, before, 7).unwrap() {
            Search::Found(at) => {
                found.push(at);
                before = at;
            }
            Search::Paused(at) => {
                assert!(at < before, "no progress");
                before = at;
            }
            Search::Exhausted => break,
        }
    }
    found.reverse();
    assert_eq!(found, expected);
    let mut counter = Counter::new(needle);
    while !counter.advance(reader, 7).unwrap() {}
    assert_eq!(counter.count(), expected.len() as u64);
}

/// The digest vouches for every file of the log, and accounts for every byte.
fn digest_vouches(dir: &Path, digest: &Digest, stretches: &[Range<u64>], len: u64) {
    assert_eq!(digest.bytes, len);
    assert_eq!(digest.dropped, len - total(stretches));
    let dir = AttemptDir::at(dir.to_owned());
    let of = |offset| {
        let bytes = std::fs::read(dir.log_piece(offset)).unwrap();
        let hash = blake3::hash(&bytes).to_hex().to_string();
        (bytes.len() as u64, hash)
    };
    assert_eq!(of(0).1, digest.blake3);
    for piece in &digest.pieces {
        assert_eq!(of(piece.offset), (piece.bytes, piece.blake3.clone()));
    }
    let files = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(files, digest.pieces.len() + 2, "nothing else is left");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn beginning_and_end_are_kept_and_offsets_stay(
        limit in 40_u64..1500,
        writes in prop::collection::vec("[ab\n]{1,40}", 1..120),
        look in prop::collection::vec(any::<bool>(), 120),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::create_up_to(dir.path(), limit).unwrap();
        let mut early = Reader::open(dir.path()).unwrap();
        let longest = writes.iter().map(String::len).max().unwrap() as u64;
        let mut all = Vec::new();
        for (number, bytes) in writes.iter().enumerate() {
            let at_ms = 20 * i64::try_from(number).unwrap();
            log.append(Stream::Out, bytes.as_bytes(), at_ms).unwrap();
            all.extend_from_slice(bytes.as_bytes());
            // A reader that looks now and then, and one that comes at this moment.
            if look[number] {
                holds(&mut early, &all, limit, longest);
                prop_assert_eq!(early.time_at(all.len() as u64 - 1), Some(at_ms));
            }
            if number % 16 == 0 {
                holds(&mut Reader::open(dir.path()).unwrap(), &all, limit, longest);
            }
        }
        holds(&mut early, &all, limit, longest);
        let len = all.len() as u64;
        let stretches = early.stretches().unwrap();
        rows_cover(&mut early, &stretches, len);
        search_finds(&mut early, &all, &stretches, "Aba");
        search_finds(&mut early, &all, &stretches, "ab");
        digest_vouches(dir.path(), &log.finish().unwrap(), &stretches, len);
    }
}

#[test]
fn a_disk_that_fills_costs_the_middle_and_not_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create_up_to(dir.path(), 160).unwrap();
    for number in 0..15 {
        let line = format!("line {number:04}\n");
        log.append(Stream::Out, line.as_bytes(), 0).unwrap();
    }
    assert_eq!((log.full.len(), log.dropped), (3, 0));
    let real = std::mem::replace(&mut log.current.file, full());
    let error = log.append(Stream::Out, b"more\n", 0).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!((log.full.len(), log.dropped), (0, 60), "room was made");
    log.current.file = real;
    log.append(Stream::Out, b"the end\n", 0).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    let stretches = reader.stretches().unwrap();
    assert_eq!(stretches, [0..80, 140..158]);
    assert_eq!(reader.read(150..200).unwrap(), b"the end\n");
}

#[test]
fn a_piece_that_cannot_be_made_is_told_and_made_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create_up_to(dir.path(), 160).unwrap();
    log.append(Stream::Out, &[b'a'; 80], 0).unwrap();
    let in_the_way = dir.path().join("output.80.log");
    symlink("/nowhere", &in_the_way).unwrap();
    let error = log.append(Stream::Out, b"bbb", 0).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    std::fs::remove_file(&in_the_way).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.len().unwrap(), 80);
    log.append(Stream::Out, b"ccc", 0).unwrap();
    assert_eq!(reader.read(78..90).unwrap(), b"aaccc");
    assert_eq!(reader.stream_at(80), Some(Stream::Out));
}

#[test]
fn names_that_are_no_pieces_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(LOG_NAME), b"four").unwrap();
    for name in [
        "output.4.log.tmp",
        "output.04.log",
        "output.+4.log",
        "output.x.log",
        "output.0.log",
    ] {
        std::fs::write(dir.path().join(name), b"no").unwrap();
    }
    let mut reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.len().unwrap(), 4);
    // A link in the place of a piece is refused as one in the place of the log is.
    symlink(dir.path().join(LOG_NAME), dir.path().join("output.4.log")).unwrap();
    assert!(Reader::open(dir.path()).is_err());
}
