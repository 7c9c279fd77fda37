//! Appending, reopening, one driver at a time, and disks that say no.

use std::{fs::OpenOptions, sync::mpsc};

use proptest::prelude::*;

use super::{bytes, new_run, note, notes, recorded, run_with};
use crate::journal::{Journal, JournalError, driver::Driver, lock, record::Hash, writer::Writer};

#[test]
fn what_is_appended_is_read_again() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = new_run(scratch.path());
    let entries = notes(5);
    let mut journal = Journal::create(&dir, "first").unwrap();
    let mut records = journal.append(&entries[..2], true).unwrap();
    records.extend(journal.append(&entries[2..3], false).unwrap());
    assert!(journal.append(&[], true).unwrap().is_empty());
    drop(journal);

    let (mut journal, recovered) = Journal::open(&dir, "second").unwrap();
    assert_eq!(recovered.entries, entries[..3]);
    assert_eq!(recovered.head, records[2].hash);
    assert_eq!(recovered.torn_bytes, 0);
    records.extend(journal.append(&entries[3..], true).unwrap());
    let numbers: Vec<u64> = records.iter().map(|record| record.seq).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(recorded(&dir), entries);
    assert!(Journal::create(&dir, "third").is_err());
}

#[test]
fn a_journal_is_not_made_over_another() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(1));
    let error = Journal::create(&dir, "second").unwrap_err();
    assert!(
        error.to_string().contains("cannot create the journal"),
        "{error}"
    );
    assert_eq!(recorded(&dir), notes(1));
}

#[test]
fn there_is_one_driver_at_a_time() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = new_run(scratch.path());
    assert_eq!(lock::holder(&dir), None);
    let journal = Journal::create(&dir, "ann on web-1, process 12").unwrap();
    let ann = Driver::from("ann on web-1, process 12");
    assert_eq!(lock::holder(&dir), Some(ann.clone()));
    let refused = Journal::open(&dir, "bob").unwrap_err();
    let JournalError::Driven(name) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(**name, ann);
    assert!(refused.to_string().contains("rbconsole watch"), "{refused}");
    // Being refused takes nothing away from the driver.
    let ann = Driver::from("ann on web-1, process 12");
    assert_eq!(lock::holder(&dir), Some(ann.clone()));
    drop(journal);
    assert_eq!(lock::holder(&dir), None);
    let (_journal, _) = Journal::open(&dir, "bob").unwrap();
    assert_eq!(lock::holder(&dir), Some(Driver::from("bob")));
}

#[test]
fn a_failed_append_loses_nothing_and_the_next_one_works() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(2));
    let before = bytes(&dir);
    let (mut journal, recovered) = Journal::open(&dir, "second").unwrap();
    let full = OpenOptions::new().append(true).open("/dev/full").unwrap();
    let real = std::mem::replace(&mut journal.file, full);
    let error = journal.append(&notes(1), true).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    journal.file = real;
    assert_eq!(bytes(&dir), before);
    assert_eq!(journal.head, recovered.head);

    let records = journal.append(&[note(9, "space again")], true).unwrap();
    assert_eq!(records[0].seq, 3);
    let mut expected = notes(2);
    expected.push(note(9, "space again"));
    assert_eq!(recorded(&dir), expected);
}

#[test]
fn half_an_append_is_taken_back() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(2));
    let before = bytes(&dir);
    let (mut journal, _) = Journal::open(&dir, "second").unwrap();
    // What a full disk takes of an append before it refuses the rest.
    std::io::Write::write_all(&mut journal.file, b"{\"v\":1,\"seq\":3,\"pr").unwrap();
    let read_only = std::fs::File::open(dir.journal()).unwrap();
    let real = std::mem::replace(&mut journal.file, read_only);
    assert!(journal.append(&notes(1), true).is_err());
    journal.file = real;
    // Here even the cut failed; the next append must not follow half a line.
    journal.append(&[note(9, "after")], true).unwrap();
    assert!(bytes(&dir).starts_with(&before));
    let mut expected = notes(2);
    expected.push(note(9, "after"));
    assert_eq!(recorded(&dir), expected);
}

#[test]
fn the_writer_keeps_the_order_and_ends_after_the_last_append() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = new_run(scratch.path());
    let (sender, done) = mpsc::channel();
    let journal = Journal::create(&dir, "first").unwrap();
    let writer = Writer::start(journal, move |result| {
        let count = result.map_or(usize::MAX, |records| records.len());
        let _ = sender.send(count);
    })
    .unwrap();
    let entries = notes(60);
    for batch in entries.chunks(7) {
        writer.append(batch.to_vec(), batch.len() % 2 == 0).unwrap();
    }
    drop(writer);
    let counts: Vec<usize> = done.iter().collect();
    assert_eq!(counts, [7, 7, 7, 7, 7, 7, 7, 7, 4]);
    assert_eq!(recorded(&dir), entries);
    assert_eq!(lock::holder(&dir), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_batches_come_back_as_they_were(
        batches in prop::collection::vec(
            (prop::collection::vec((any::<u16>(), ".{0,40}"), 0..6), any::<bool>()),
            0..8,
        ),
    ) {
        let scratch = tempfile::tempdir().unwrap();
        let dir = new_run(scratch.path());
        let mut all = Vec::new();
        let mut head = Hash::default();
        drop(Journal::create(&dir, "first").unwrap());
        for (batch, durable) in batches {
            let batch: Vec<_> = batch
                .iter()
                .map(|(number, text)| note(i64::from(*number), text))
                .collect();
            let (mut journal, recovered) = Journal::open(&dir, "again").unwrap();
            prop_assert_eq!(recovered.head, head);
            let records = journal.append(&batch, durable).unwrap();
            head = records.last().map_or(head, |record| record.hash);
            all.extend(batch);
        }
        prop_assert_eq!(recorded(&dir), all);
    }
}
