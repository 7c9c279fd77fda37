//! What a journal promises: nothing is lost, nothing is invented, and nobody changes it unnoticed.

mod appending;
mod auditing;
mod damage;
mod driving;

use std::{fs, path::Path};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Journal, recovery};
use crate::engine::{Entry, Event};
use crate::run_dir::RunDir;

/// A fixed time, some seconds on.
fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_700_000_000 + seconds)
}

fn note(number: i64, text: &str) -> Entry {
    Entry {
        at: time(number),
        by: "ann".into(),
        event: Event::NoteAdded {
            text: text.into(),
            happened_at: None,
            todo: None,
            source: None,
        },
    }
}

fn notes(count: i64) -> Vec<Entry> {
    (0..count)
        .map(|number| note(number, &format!("note {number} – ümlaut \u{1b} \"quoted\"")))
        .collect()
}

fn new_run(scratch: &Path) -> RunDir {
    RunDir::create(scratch, "run").unwrap()
}

/// A run whose journal holds these entries and is closed again.
fn run_with(scratch: &Path, entries: &[Entry]) -> RunDir {
    let dir = new_run(scratch);
    let mut journal = Journal::create(&dir, "first").unwrap();
    journal.append(entries, true).unwrap();
    dir
}

fn bytes(dir: &RunDir) -> Vec<u8> {
    fs::read(dir.journal()).unwrap()
}

fn put(dir: &RunDir, bytes: &[u8]) {
    crate::run_dir::write_private(&dir.journal(), bytes).unwrap();
}

fn recorded(dir: &RunDir) -> Vec<Entry> {
    let recovered = recovery::read(&dir.journal()).unwrap();
    assert_eq!(recovered.damage, None);
    recovered.entries
}
