//! What people write into a run, think better of, and take from elsewhere.

use chrono::{NaiveDate, TimeDelta};

use super::fixture::*;
use crate::engine::{
    Command, Event, Refusal,
    command::Import,
    event::{Imported, RunOutcome, Todo},
};

const BOOK: &str = r#"
phases:
  - id: one
    title: One
    steps:
      - { id: act, run: "act" }
"#;

fn note(text: &str) -> Command {
    Command::Note {
        text: text.to_owned(),
        happened_at: None,
    }
}

fn amend(note: u32, text: Option<&str>) -> Command {
    Command::Amend {
        note,
        text: text.map(str::to_owned),
        happened_at: None,
        todo: None,
    }
}

fn imported(id: &str, text: &str) -> Command {
    Command::Import(vec![Import {
        text: text.to_owned(),
        happened_at: noon() - TimeDelta::minutes(9),
        source: Imported {
            from: "git".to_owned(),
            id: id.to_owned(),
        },
    }])
}

#[test]
fn a_note_is_changed_and_what_it_said_is_kept() {
    let mut b = Bench::of(BOOK);
    b.ok(note("the wrong pager rang"));
    b.after(60).ok(amend(1, Some("the pager rang")));
    let known = b.state.note(1).unwrap();
    assert_eq!(&*known.text, "the pager rang");
    assert_eq!(known.earlier.len(), 1);
    assert_eq!(&*known.earlier[0].text, "the wrong pager rang");
    assert_eq!(known.earlier[0].at, noon() + TimeDelta::seconds(60));
    // Nothing is recorded where nothing changes.
    assert_eq!(b.ok(amend(1, Some("the pager rang"))), []);
    let earlier = Some(noon() - TimeDelta::minutes(5));
    b.ok(Command::Amend {
        note: 1,
        text: Some("the pager rang".to_owned()),
        happened_at: earlier,
        todo: None,
    });
    assert_eq!(b.state.note(1).unwrap().happened_at, earlier);
}

#[test]
fn a_struck_note_stays_struck() {
    let mut b = Bench::of(BOOK);
    assert_eq!(
        b.refused(amend(1, None)),
        Refusal::NoSuchNote { note: 1, count: 0 }
    );
    b.ok(note("one"));
    b.ok(note("two"));
    for odd in [0, 3, u32::MAX] {
        assert_eq!(
            b.refused(amend(odd, None)),
            Refusal::NoSuchNote {
                note: odd,
                count: 2
            }
        );
    }
    assert!(matches!(
        b.refused(amend(2, Some(" "))),
        Refusal::NeedsReason(_)
    ));
    let events = b.ok(amend(2, None));
    assert!(matches!(
        events[..],
        [Event::NoteAmended {
            note: 2,
            text: None,
            ..
        }]
    ));
    let struck = b.state.note(2).unwrap();
    assert_eq!(&*struck.text, "two", "the journal keeps what it said");
    assert_eq!(struck.struck.as_ref().map(|(_, by)| &**by), Some(OPERATOR));
    assert_eq!(b.refused(amend(2, Some("x"))), Refusal::NoteStruck(2));
    assert_eq!(b.refused(amend(2, None)), Refusal::NoteStruck(2));
    assert!(b.state.note(1).unwrap().struck.is_none());
}

#[test]
fn what_stands_when_the_run_closes_stands() {
    let mut b = Bench::of(BOOK);
    b.ok(note("one"));
    b.ok(skip("act", &[]));
    b.ok(Command::Close {
        outcome: RunOutcome::Resolved,
        note: String::new(),
    });
    assert_eq!(b.refused(amend(1, Some("x"))), Refusal::Closed);
    assert_eq!(b.refused(amend(1, None)), Refusal::Closed);
    b.ok(note("two"));
    b.ok(imported("c0ffee", "three"));
    assert_eq!(b.state.notes.len(), 3);
}

#[test]
fn the_same_thing_is_imported_once_even_if_it_was_changed_or_struck() {
    let mut b = Bench::of(BOOK);
    b.ok(imported("c0ffee", "Raise the limit"));
    assert_eq!(b.ok(imported("c0ffee", "Raise the limit")), []);
    b.ok(amend(1, None));
    assert_eq!(b.ok(imported("c0ffee", "Raise the limit")), []);
    b.ok(imported("decaf", "Lower it"));
    assert_eq!(b.state.notes.len(), 2);
    assert_eq!(
        b.state.note(2).unwrap().moment(),
        noon() - TimeDelta::minutes(9)
    );
}

#[test]
fn what_is_to_be_done_keeps_who_and_until_when() {
    let todo = Todo {
        owner: Some("ana".to_owned()),
        due: NaiveDate::from_ymd_opt(2026, 1, 9),
    };
    let mut b = Bench::of(BOOK);
    b.ok(Command::Todo {
        text: "alert on it".to_owned(),
        happened_at: None,
        todo: todo.clone(),
    });
    assert_eq!(b.reopened().state.note(1).unwrap().todo, Some(todo.into()));
    // Said anew as a plain note, nobody has to do it any more.
    b.ok(amend(1, Some("alert on it")));
    assert_eq!(b.state.note(1).unwrap().todo, None);
}
