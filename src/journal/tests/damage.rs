//! Torn ends are cut, anything else is refused.

use super::{bytes, note, notes, put, recorded, run_with};
use crate::journal::{Journal, JournalError, recovery};

#[test]
fn a_line_torn_at_any_byte_is_cut_and_the_run_goes_on() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(3));
    let whole = bytes(&dir);
    let last = whole[..whole.len() - 1]
        .iter()
        .rposition(|&b| b == b'\n')
        .unwrap()
        + 1;
    for length in last..whole.len() {
        put(&dir, &whole[..length]);
        let (mut journal, recovered) = Journal::open(&dir, "second").unwrap();
        assert_eq!(recovered.entries.len(), 2);
        assert_eq!(recovered.torn_bytes, (length - last) as u64);
        assert_eq!(bytes(&dir), whole[..last], "the torn bytes are gone");
        journal.append(&[note(9, "on")], false).unwrap();
        drop(journal);
        let mut expected = notes(2);
        expected.push(note(9, "on"));
        assert_eq!(recorded(&dir), expected);
    }
}

#[test]
fn an_end_of_zeros_is_cut() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(2));
    let whole = bytes(&dir);
    for torn in [vec![0; 1], vec![0; 4096], b"{\"v\":1,\0\0\0\0".to_vec()] {
        put(&dir, &[&whole[..], &torn].concat());
        let (journal, recovered) = Journal::open(&dir, "second").unwrap();
        assert_eq!(recovered.torn_bytes, torn.len() as u64, "{torn:?}");
        drop(journal);
        assert_eq!(bytes(&dir), whole, "{torn:?}");
    }
}

#[test]
fn reading_and_auditing_cut_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(2));
    let torn = [&bytes(&dir)[..], b"{\"v\":1"].concat();
    put(&dir, &torn);
    let recovered = recovery::read(&dir.journal()).unwrap();
    assert_eq!((recovered.entries.len(), recovered.torn_bytes), (2, 6));
    let found = crate::journal::audit::audit(&dir, None).unwrap().findings;
    let words: Vec<&str> = found.iter().map(|it| it.words.as_str()).collect();
    assert_eq!(
        words,
        ["the journal ends in 6 bytes of an append that never finished"]
    );
    assert_eq!(bytes(&dir), torn);
}

#[test]
fn a_journal_cut_at_any_byte_gives_what_stood_before() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(4));
    let whole = bytes(&dir);
    let all = notes(4);
    for length in 0..whole.len() {
        let recovered = recovery::parse(&whole[..length]);
        let lines = memchr::memchr_iter(b'\n', &whole[..length]).count();
        assert_eq!(recovered.entries, all[..lines], "{length}");
        assert_eq!(recovered.damage, None);
        assert_eq!(recovered.good_bytes + recovered.torn_bytes, length as u64);
    }
}

#[test]
fn damage_in_the_middle_is_refused_by_its_line_and_read_up_to_there() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(5));
    let text = String::from_utf8(bytes(&dir)).unwrap();
    let changed = text.replace("note 2", "note X");
    put(&dir, changed.as_bytes());
    let error = Journal::open(&dir, "second").unwrap_err();
    let JournalError::Damaged { line, what, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*line, 3);
    assert!(what.contains("was changed"), "{what}");
    assert!(error.to_string().contains("damaged at line 3"), "{error}");
    assert_eq!(bytes(&dir), changed.as_bytes(), "nothing was changed");
    assert_eq!(recovery::read(&dir.journal()).unwrap().entries.len(), 2);
    // The refusal holds no lock.
    assert_eq!(crate::journal::lock::holder(&dir), None);
}

#[test]
fn a_version_from_the_future_is_refused_clearly() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(1));
    let mut line = String::from_utf8(bytes(&dir)).unwrap();
    line = line.replace("{\"v\":1,", "{\"v\":2,");
    // A later version may say things that this one cannot read.
    line = line.replace("\"event\":{\"note_added\"", "\"event\":{\"moon_landed\"");
    let body = line.split(",\"hash\"").next().unwrap().to_owned();
    let hash = crate::journal::record::Hash::of(body.as_bytes());
    put(&dir, format!("{body},\"hash\":\"{hash}\"}}\n").as_bytes());
    let error = Journal::open(&dir, "second").unwrap_err().to_string();
    assert!(
        error.contains("line 1: it is of version 2; this rbconsole reads up to 1: update it"),
        "{error}"
    );
    assert!(bytes(&dir).starts_with(b"{\"v\":2"));
}
