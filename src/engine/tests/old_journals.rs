//! Journals of earlier versions load for ever.

use super::fixture::*;
use crate::engine::{Entry, Next, Status, event::RunOutcome, next};

const BOOK: &str = r#"
version: 1
title: A test
phases:
  - id: only
    title: Only
    steps:
      - { id: look, run: "true", effect: read }
      - { id: act, title: Act, run: "act" }
      - { id: ask, title: Really?, gate: { answers: { go: { label: Go } } } }
"#;

/// The entries of a run in the form that they had before there were rounds, polls,
/// probes, approvals, signals and the cleanup: made by the code that brought these,
/// with nothing in it that they brought, and without numbers and hashes. A whole run
/// directory as a run left it stands in `tests/crash/old_runs`. Never to be changed.
const FIRST: &str = include_str!("old_journals/0.1.0.jsonl");

fn entries() -> Vec<Entry> {
    FIRST
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

#[test]
fn the_first_version_loads() {
    let book = load(BOOK);
    let entries = entries();
    let state = replay(&book, &entries);
    let closed = state.closed.as_ref().expect("it was closed");
    assert_eq!(closed.outcome, RunOutcome::Resolved);
    assert_eq!(closed.unfinished, [""; 0]);
    assert!(matches!(
        state.status("ask"),
        Status::Answered {
            unapproved: false,
            ..
        }
    ));
    assert_eq!(state.attempts.len(), 3);
    assert!(
        state
            .attempts
            .values()
            .all(|attempt| attempt.launch.round == 0)
    );
    assert!(state.run.guard.is_none() && state.run.from.is_none());
    // Before the operator said that it took no effect, nobody knew.
    let denied = entries
        .iter()
        .position(|entry| name(&entry.event) == "effect_denied");
    let unknown = replay(&book, &entries[..denied.expect("it was denied")]);
    assert!(matches!(next(&unknown), Next::Unknown(step, _) if step.id == "act"));
}

#[test]
fn what_is_new_is_written_only_where_there_is_something_to_say() {
    for (line, entry) in FIRST.lines().zip(entries()) {
        let again: serde_json::Value = serde_json::to_value(&entry).unwrap();
        let before: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(again, before);
    }
}
