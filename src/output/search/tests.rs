use proptest::prelude::*;

use super::*;
use crate::output::{LOG_NAME, Log, Stream};

fn log(bytes: &[u8]) -> (tempfile::TempDir, Reader) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(LOG_NAME), bytes).unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    (dir, reader)
}

fn naive(bytes: &[u8], words: &str) -> Vec<u64> {
    let fold = |text: &[u8]| {
        if words.chars().any(char::is_uppercase) {
            text.to_vec()
        } else {
            text.to_ascii_lowercase()
        }
    };
    let (bytes, words) = (fold(bytes), fold(words.as_bytes()));
    (0..)
        .zip(bytes.windows(words.len()))
        .filter(|(_, window)| *window == words)
        .map(|(at, _)| at)
        .collect()
}

fn all_forward(reader: &mut Reader, needle: &Needle, limit: u64) -> Vec<u64> {
    let (mut found, mut from) = (Vec::new(), 0);
    loop {
        match find_next(reader, needle, from, limit).unwrap() {
            Search::Found(at) => {
                found.push(at);
                from = at + 1;
            }
            Search::Paused(at) => {
                assert!(at > from, "no progress");
                from = at;
            }
            Search::Exhausted => return found,
        }
    }
}

fn all_backward(reader: &mut Reader, needle: &Needle, limit: u64) -> Vec<u64> {
    let (mut found, mut before) = (Vec::new(), u64::MAX);
    loop {
        match find_previous(reader, needle, before, limit).unwrap() {
            Search::Found(at) => {
                found.push(at);
                before = at;
            }
            Search::Paused(at) => {
                assert!(at < before, "no progress");
                before = at;
            }
            Search::Exhausted => {
                found.reverse();
                return found;
            }
        }
    }
}

fn count(reader: &mut Reader, needle: &Needle, budget: u64) -> u64 {
    let mut counter = Counter::new(needle.clone());
    while !counter.advance(reader, budget).unwrap() {}
    counter.count()
}

#[test]
fn case_counts_once_a_capital_is_typed() {
    let (_dir, mut reader) = log("error Error ERROR Ärger ärger".as_bytes());
    assert_eq!(
        all_forward(&mut reader, &Needle::new("error").unwrap(), 99),
        [0, 6, 12]
    );
    assert_eq!(
        all_forward(&mut reader, &Needle::new("Error").unwrap(), 99),
        [6]
    );
    assert_eq!(
        all_forward(&mut reader, &Needle::new("Ärger").unwrap(), 99),
        [18]
    );
    assert!(Needle::new("").is_none());
}

#[test]
fn matches_across_chunk_borders_are_found() {
    let mut bytes = vec![b'.'; 3 * usize::try_from(CHUNK).unwrap()];
    let mut expected = Vec::new();
    for (back, border) in [(1, CHUNK), (4, 2 * CHUNK)] {
        let at = usize::try_from(border).unwrap() - back;
        bytes[at..at + 6].copy_from_slice(b"needle");
        expected.push(at as u64);
    }
    let (_dir, mut reader) = log(&bytes);
    let needle = Needle::new("needle").unwrap();
    assert_eq!(all_forward(&mut reader, &needle, u64::MAX), expected);
    assert_eq!(all_backward(&mut reader, &needle, u64::MAX), expected);
    assert_eq!(count(&mut reader, &needle, u64::MAX), 2);
}

#[test]
fn counting_goes_on_when_the_log_grows() {
    let dir = tempfile::tempdir().unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    let mut counter = Counter::new(Needle::new("ab").unwrap());
    assert!(counter.advance(&mut reader, 1000).unwrap());
    let mut log = Log::create(dir.path()).unwrap();
    for (piece, expected) in [("ab a", 1), ("b", 2), ("abab", 4), ("x", 4)] {
        log.append(Stream::Out, piece.as_bytes(), 0).unwrap();
        assert!(counter.advance(&mut reader, 1000).unwrap());
        assert_eq!(counter.count(), expected, "after {piece:?}");
    }
}

#[test]
fn a_call_stops_where_it_is_told() {
    let (_dir, mut reader) = log(&vec![b'x'; 1 << 20]);
    let needle = Needle::new("y").unwrap();
    assert_eq!(
        find_next(&mut reader, &needle, 0, 1000).unwrap(),
        Search::Paused(1000)
    );
    assert_eq!(
        find_previous(&mut reader, &needle, 5000, 1000).unwrap(),
        Search::Paused(4000)
    );
    assert_eq!(
        find_next(&mut reader, &needle, 1 << 30, 1000).unwrap(),
        Search::Exhausted
    );
    let mut counter = Counter::new(needle);
    assert!(!counter.advance(&mut reader, 300_000).unwrap());
    assert_eq!(counter.scanned(), 300_000);
}

#[test]
fn a_part_is_counted_by_where_matches_begin() {
    let (_dir, mut reader) = log(b"a-a-a");
    for (part, expected) in [(0..4, 2), (1..5, 2), (3..4, 0)] {
        let mut counter = Counter::within(Needle::new("a").unwrap(), part);
        assert!(counter.advance(&mut reader, 100).unwrap());
        assert_eq!(counter.count(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn finds_what_a_naive_search_finds(
        bytes in "[abAB]{0,200}", words in "[ab]{1,4}|[aB]{1,4}", limit in 1_u64..40,
    ) {
        let (_dir, mut reader) = log(bytes.as_bytes());
        let expected = naive(bytes.as_bytes(), &words);
        let needle = Needle::new(&words).unwrap();
        prop_assert_eq!(&all_forward(&mut reader, &needle, limit), &expected);
        prop_assert_eq!(&all_backward(&mut reader, &needle, limit), &expected);
        prop_assert_eq!(count(&mut reader, &needle, limit), expected.len() as u64);
    }
}
