use std::time::{Duration, Instant};

use super::*;
use crate::output::{Log, Stream};

fn needle() -> Needle {
    Needle::new("Needle").unwrap()
}

fn all(count: &Count, expected: u64) {
    let end = Instant::now() + Duration::from_secs(20);
    while count.so_far() != Some((expected, true)) {
        assert!(Instant::now() < end, "{:?}", count.so_far());
        thread::sleep(Duration::from_millis(1));
    }
}

/// A thousand matches, one of them across each border between two chunks.
fn thousand(log: &mut Log) -> Vec<u64> {
    let chunk = usize::try_from(CHUNK).unwrap();
    let mut bytes = vec![b'.'; 5 * chunk];
    let borders = (1..5).map(|border| border * chunk - 3);
    let mut at: Vec<usize> = (0..996).map(|n| 1 + n * 1_300).chain(borders).collect();
    at.sort_unstable();
    for at in &at {
        bytes[*at..at + 6].copy_from_slice(b"Needle");
    }
    log.append(Stream::Out, &bytes, 0).unwrap();
    at.into_iter().map(|at| at as u64).collect()
}

#[test]
fn every_match_is_counted_and_has_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    let places = thousand(&mut log);
    let count = Count::begin(dir.path(), needle()).unwrap();
    all(&count, 1000);
    let mut reader = Reader::open(dir.path()).unwrap();
    for (number, at) in (1..).zip(places) {
        let told = count.number(&mut reader, &needle(), at).unwrap();
        assert_eq!(told, Some(number));
    }
    assert!(count.shared.tally().marks.len() <= 5);
}

#[test]
fn what_a_log_gains_is_counted_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    let count = Count::begin(dir.path(), needle()).unwrap();
    all(&count, 0);
    for (piece, expected) in [("a Needle, a Nee", 1), ("dle", 2), ("s", 2)] {
        log.append(Stream::Out, piece.as_bytes(), 0).unwrap();
        count.go_on();
        all(&count, expected);
    }
    let mut reader = Reader::open(dir.path()).unwrap();
    let told = count.number(&mut reader, &needle(), 12).unwrap();
    assert_eq!(told, Some(2));
    assert_eq!(
        count.number(&mut reader, &needle(), 17).unwrap(),
        None,
        "what is not counted has no number"
    );
}

#[test]
fn a_count_that_nobody_wants_ends() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    thousand(&mut log);
    let count = Count::begin(dir.path(), needle()).unwrap();
    let shared = Arc::downgrade(&count.shared);
    drop(count);
    let end = Instant::now() + Duration::from_secs(20);
    while shared.upgrade().is_some() {
        assert!(Instant::now() < end, "the thread goes on");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn who_has_counted_past_a_match_knows_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    let places = thousand(&mut log);
    let chunk = usize::try_from(CHUNK).unwrap();
    // Grown in pieces, and a match far behind all others.
    for size in [700, chunk - 1, 20 * chunk] {
        log.append(Stream::Out, &vec![b'.'; size], 0).unwrap();
    }
    let far = (5 * chunk + 700 + chunk - 1 + 20 * chunk) as u64;
    log.append(Stream::Out, b"Needle!", 0).unwrap();
    let count = Count::begin(dir.path(), needle()).unwrap();
    all(&count, 1001);
    let mut reader = Reader::open(dir.path()).unwrap();
    let places: Vec<u64> = places.into_iter().chain([far]).collect();
    let around = places
        .iter()
        .flat_map(|at| [at.saturating_sub(1), *at, at + 1]);
    for from in around.step_by(7).chain([far - 1000, far + 7]) {
        let after = places.iter().find(|at| **at >= from);
        let before = places.iter().rev().find(|at| **at < from);
        for (down, expected) in [(true, after), (false, before)] {
            let expected = expected.map_or(Search::Exhausted, |at| Search::Found(*at));
            let told = count.nearest(&mut reader, &needle(), from, down).unwrap();
            assert_eq!(told, Some(expected), "{from} {down}");
        }
    }
}
