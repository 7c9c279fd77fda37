//! What stands in the lock: who drives, who drove, and how they let go.

use std::fs;

use chrono::TimeDelta;

use super::{new_run, notes, run_with, time};
use crate::engine::event::{Departure, Manner};
use crate::journal::{
    Journal, JournalError,
    driver::Driver,
    lock::{self, Look},
};

fn ana() -> Driver {
    Driver {
        by: "ana".to_owned(),
        host: "bastion".to_owned(),
        pid: Some(12),
        tty: Some("pts/3".to_owned()),
        origin: Some("10.0.0.7".to_owned()),
        headless: false,
        since: Some(time(0)),
        left: None,
    }
}

#[test]
fn who_drives_stands_there_for_people_and_for_programs() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = new_run(scratch.path());
    let journal = Journal::create(&dir, ana()).unwrap();
    assert_eq!(lock::holder(&dir), Some(ana()));
    let text = fs::read_to_string(dir.lock()).unwrap();
    let words = "ana@bastion (process 12 on pts/3 from 10.0.0.7 since 22:13 UTC)";
    assert_eq!(text.lines().next(), Some(words));
    let refused = Journal::open(&dir, "ben").unwrap_err();
    assert!(refused.to_string().contains(words), "{refused}");
    // It vanishes: nothing more is said.
    drop(journal);
    let Look::Free(Some(before)) = lock::look(&dir) else {
        panic!("nobody holds it, and somebody did")
    };
    assert_eq!(before.driver, ana());
}

#[test]
fn a_farewell_and_a_sign_of_life_reach_the_next() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = new_run(scratch.path());
    let journal = Journal::create(&dir, ana()).unwrap();
    let sign = time(40) + TimeDelta::milliseconds(5);
    lock::give_sign(&dir, sign).unwrap();
    let Look::Held(held) = lock::look(&dir) else {
        panic!("it is held")
    };
    assert_eq!(held.seen, Some(sign));
    let left = Departure {
        at: time(50),
        how: Manner::Left,
    };
    lock::say_farewell(&dir, left).unwrap();
    drop(journal);
    let (journal, _) = Journal::open(&dir, "ben").unwrap();
    let before = journal.before().expect("somebody drove it");
    assert_eq!(before.driver.left, Some(left));
    assert_eq!(lock::holder(&dir), Some(Driver::from("ben")));
}

#[test]
fn who_only_adds_something_is_no_driver() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = new_run(scratch.path());
    drop(Journal::create(&dir, ana()).unwrap());
    let (journal, _) = Journal::open_in_passing(&dir).unwrap();
    let refused = Journal::open(&dir, "ben").unwrap_err();
    assert!(matches!(refused, JournalError::Driven(_)), "{refused:?}");
    drop(journal);
    let (journal, _) = Journal::open(&dir, "ben").unwrap();
    assert_eq!(journal.before().expect("somebody").driver, ana());
}

#[test]
fn whatever_stands_there_is_read() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(1));
    for (text, by) in [
        ("", None),
        ("\n", None),
        ("\u{1b}[2J\u{7}", Some("[2J")),
        // What an earlier version wrote.
        ("ana@bastion (process 3)", Some("ana@bastion (process 3)")),
        ("ana\n{\"by\":\"b\u{1b}en\"}", Some("ana")),
        ("ana\n{\"by\":\"ben\",\"later\":[1]}\n", Some("ben")),
        ("ana\n{\"pid\":-1}", Some("ana")),
    ] {
        fs::write(dir.lock(), text).unwrap();
        let Look::Free(before) = lock::look(&dir) else {
            panic!("nobody holds it")
        };
        let found = before.map(|before| before.driver.by);
        assert_eq!(found.as_deref(), by, "{text:?}");
    }
    fs::write(dir.lock(), vec![0xff; 1 << 20]).unwrap();
    drop(Journal::open(&dir, ana()).unwrap());
    // Nothing of the longer text before is left.
    assert!(fs::metadata(dir.lock()).unwrap().len() < 1000);
}
