use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use proptest::prelude::*;

use super::*;
use crate::output::{LOG_NAME, Log};

#[test]
fn an_attempt_that_has_not_started_is_empty_until_it_does() {
    let dir = tempfile::tempdir().unwrap();
    let mut reader = Reader::open(&dir.path().join("not-yet")).unwrap();
    assert_eq!(reader.len().unwrap(), 0);
    assert_eq!(reader.read(0..10).unwrap(), b"");
    assert_eq!(reader.time_at(0), None);

    std::fs::create_dir(dir.path().join("not-yet")).unwrap();
    let mut log = Log::create(&dir.path().join("not-yet")).unwrap();
    log.append(Stream::Err, b"hello", 42).unwrap();
    assert_eq!(reader.len().unwrap(), 5);
    assert_eq!(reader.read(1..3).unwrap(), b"el");
    assert_eq!(reader.read(3..900).unwrap(), b"lo");
    assert_eq!(
        (reader.time_at(4), reader.stream_at(4)),
        (Some(42), Some(Stream::Err))
    );
    assert_eq!(reader.time_at(5), None);
}

#[test]
fn sees_times_while_the_log_grows() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    for (number, at_ms) in (0..50).map(|number| (number, 100 * i64::try_from(number).unwrap())) {
        log.append(Stream::Out, b"0123456789", at_ms).unwrap();
        assert_eq!(reader.time_at(number * 10), Some(at_ms));
        assert_eq!(reader.time_at(number * 10 + 9), Some(at_ms));
    }
}

#[test]
fn refuses_links_and_pipes() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("target"), "secret").unwrap();
    symlink(dir.path().join("target"), dir.path().join(LOG_NAME)).unwrap();
    assert!(Reader::open(dir.path()).is_err());

    std::fs::remove_file(dir.path().join(LOG_NAME)).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.path().join(LOG_NAME),
        rustix::fs::FileType::Fifo,
        mode,
        0,
    )
    .unwrap();
    let message = Reader::open(dir.path()).unwrap_err().to_string();
    assert!(message.contains("no regular file"), "{message}");
}

#[test]
fn refuses_a_folder_in_which_others_can_write() {
    let dir = tempfile::tempdir().unwrap();
    Log::create(dir.path()).unwrap();
    assert!(Reader::open(dir.path()).is_ok());
    std::fs::set_permissions(dir.path(), Permissions::from_mode(0o720)).unwrap();
    let message = Reader::open(dir.path()).unwrap_err().to_string();
    assert!(message.contains("others can write to it"), "{message}");
}

#[test]
fn one_read_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    File::create(dir.path().join(LOG_NAME))
        .unwrap()
        .set_len(10 << 30)
        .unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.len().unwrap(), 10 << 30);
    assert_eq!(reader.read(0..u64::MAX).unwrap().len(), MAX_READ);
    let (start, end) = (50, 10);
    assert_eq!(reader.read(start..end).unwrap(), b"");
}

#[test]
fn a_log_that_is_cut_off_under_us_is_just_shorter() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    log.append(Stream::Out, &[b'x'; 5000], 1).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    File::options()
        .write(true)
        .open(dir.path().join(LOG_NAME))
        .unwrap()
        .set_len(10)
        .unwrap();
    assert_eq!(reader.read(0..5000).unwrap().len(), 10);
    assert_eq!(reader.read(4000..5000).unwrap(), b"");
    assert_eq!(reader.time_at(4000), None);
}

#[test]
fn an_index_torn_at_any_byte_gives_the_times_that_survive() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    for at_ms in [100, 200, 300, 400] {
        log.append(Stream::Out, b"0123456789", at_ms).unwrap();
    }
    let index = std::fs::read(dir.path().join(INDEX_NAME)).unwrap();
    for cut in 0..=index.len() {
        for zeros in [0, 24, 37, 4096] {
            let mut torn = index[..cut].to_vec();
            torn.resize(cut + zeros, 0);
            std::fs::write(dir.path().join(INDEX_NAME), torn).unwrap();
            let mut reader = Reader::open(dir.path()).unwrap();
            let whole = cut.saturating_sub(16) / 24;
            for offset in 0..40_u64 {
                let expected = whole.min(usize::try_from(offset / 10).unwrap() + 1);
                // A record that lost only its zero padding reads as whole when zeros follow.
                let padded = zeros > 0 && cut >= 16 && (cut - 16) % 24 > 16;
                let expected = if padded {
                    (whole + 1).min(usize::try_from(offset / 10).unwrap() + 1)
                } else {
                    expected
                };
                let time = (expected > 0).then(|| 100 * i64::try_from(expected).unwrap());
                assert_eq!(
                    reader.time_at(offset),
                    time,
                    "cut {cut}, zeros {zeros}, offset {offset}"
                );
            }
        }
    }
}

#[test]
fn a_foreign_index_does_not_hide_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path()).unwrap();
    log.append(Stream::Out, b"text", 1).unwrap();
    std::fs::write(
        dir.path().join(INDEX_NAME),
        b"rbindex\0\x09\0\0\0 a later version of it",
    )
    .unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.time_at(0), None);
    assert_eq!(reader.read(0..4).unwrap(), b"text");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn times_are_monotone_and_right_to_ten_milliseconds(
        pieces in prop::collection::vec((any::<bool>(), 1_usize..20, -5_i64..40), 1..80),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::create(dir.path()).unwrap();
        let mut reader = Reader::open(dir.path()).unwrap();
        let (mut clock, mut latest) = (1_000, 1_000);
        let mut expected = Vec::new();
        for (err, length, step) in pieces {
            clock += step;
            latest = latest.max(clock);
            let stream = if err { Stream::Err } else { Stream::Out };
            log.append(stream, &vec![b'x'; length], clock).unwrap();
            expected.extend(std::iter::repeat_n((stream, latest), length));
        }
        let mut before = i64::MIN;
        for (offset, (stream, latest)) in (0..).zip(expected) {
            prop_assert_eq!(reader.stream_at(offset), Some(stream));
            let time = reader.time_at(offset).unwrap();
            prop_assert!(time >= before && time <= latest && latest - time < 10);
            before = time;
        }
    }
}
