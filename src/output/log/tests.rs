use std::os::unix::fs::{MetadataExt, symlink};

use super::*;
use crate::output::index::RECORD;
use crate::output::{LOG_NAME, Reader};

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

fn index_records(dir: &Path) -> usize {
    (std::fs::read(dir.join(INDEX_NAME)).unwrap().len() - HEADER.len()) / RECORD
}

#[test]
fn both_streams_in_order_with_the_digest_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    log.append(Stream::Out, b"one\n", 5).unwrap();
    log.append(Stream::Err, b"two\n", 5).unwrap();
    log.append(Stream::Out, b"", 900).unwrap();
    log.append(Stream::Out, b"three", 6).unwrap();
    let digest = log.finish().unwrap();

    let bytes = std::fs::read(dir.path().join(LOG_NAME)).unwrap();
    assert_eq!(bytes, b"one\ntwo\nthree");
    assert_eq!(digest.bytes, 13);
    assert_eq!(digest.blake3, blake3::hash(&bytes).to_hex().as_str());
    assert_eq!(index_records(dir.path()), 3);
}

#[test]
fn only_the_owner_may_read() {
    let dir = tempfile::tempdir().unwrap();
    Log::create(dir.path()).unwrap();
    for name in [LOG_NAME, INDEX_NAME] {
        assert_eq!(
            std::fs::metadata(dir.path().join(name)).unwrap().mode() & 0o777,
            0o600,
            "{name}"
        );
    }
}

#[test]
fn never_writes_over_or_through_what_is_there() {
    for name in [LOG_NAME, INDEX_NAME] {
        let dir = tempfile::tempdir().unwrap();
        symlink(dir.path().join("elsewhere"), dir.path().join(name)).unwrap();
        let error = Log::create(dir.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{name}");
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            1,
            "{name}: left something behind"
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let mut first = Log::create(dir.path()).unwrap();
    first.append(Stream::Out, b"kept", 0).unwrap();
    assert!(Log::create(dir.path()).is_err());
    assert_eq!(std::fs::read(dir.path().join(LOG_NAME)).unwrap(), b"kept");
}

#[test]
fn chatter_gets_one_record_in_ten_milliseconds() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    for at_ms in 0..1000 {
        log.append(Stream::Out, b"x", at_ms).unwrap();
    }
    assert_eq!(index_records(dir.path()), 100);
}

#[test]
fn a_clock_that_is_set_back_does_not_make_times_run_backwards() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    log.append(Stream::Out, b"a", 1000).unwrap();
    log.append(Stream::Err, b"b", 400).unwrap();
    log.append(Stream::Err, b"c", i64::MIN).unwrap();
    log.append(Stream::Err, b"d", 1010).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    let times: Vec<_> = (0..4).map(|offset| reader.time_at(offset)).collect();
    assert_eq!(times, [Some(1000), Some(1000), Some(1000), Some(1010)]);
}

#[test]
fn a_full_disk_is_told_and_the_place_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    log.append(Stream::Out, b"before ", 0).unwrap();

    let log_file = std::mem::replace(&mut log.current.file, full());
    let error = log.append(Stream::Err, b"again ", 50).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    log.current.file = log_file;
    let index_file = std::mem::replace(&mut log.index, full());
    assert!(log.append(Stream::Err, b"again ", 60).is_err());
    log.index = index_file;
    assert_eq!(log.len(), 7);

    log.append(Stream::Err, b"again ", 70).unwrap();
    log.append(Stream::Out, b"after", 80).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.time_at(7), Some(70));
    assert_eq!(reader.stream_at(7), Some(Stream::Err));
    let digest = log.finish().unwrap();
    assert_eq!(
        digest.blake3,
        blake3::hash(b"before again after").to_hex().as_str()
    );
    assert_eq!(
        std::fs::read(dir.path().join(LOG_NAME)).unwrap(),
        b"before again after"
    );
}

#[test]
fn the_record_of_a_failed_append_does_not_hold() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    log.append(Stream::Out, b"before ", 0).unwrap();
    let log_file = std::mem::replace(&mut log.current.file, full());
    log.append(Stream::Err, b"lost", 3).unwrap_err();
    log.current.file = log_file;
    log.append(Stream::Out, b"after", 5).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.stream_at(7), Some(Stream::Out));
    assert_eq!(reader.time_at(7), Some(5));
}

#[test]
fn the_remains_of_a_failed_append_are_cut_off_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    log.append(Stream::Out, b"whole", 0).unwrap();
    log.current.file.write_all_at(b"half a piece", 5).unwrap();
    log.index.write_all_at(&[1; RECORD], record_at(1)).unwrap();
    log.ragged = true;
    assert_eq!(log.finish().unwrap().bytes, 5);
    assert_eq!(index_records(dir.path()), 1);
    assert_eq!(std::fs::read(dir.path().join(LOG_NAME)).unwrap(), b"whole");
}

mod pieces;
