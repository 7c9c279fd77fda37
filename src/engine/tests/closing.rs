//! The end of a run, notes, and taking it up again.

use chrono::TimeDelta;

use super::fixture::*;
use crate::engine::{
    Command, Effect, Event, Next, Refusal, Status,
    command::{Resume, Run},
    effect::Question,
    event::RunOutcome,
    next,
    observed::{Ended, Observed},
    pending,
    state::AttemptStatus,
};

const BOOK: &str = r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: look, title: Look, run: "true", effect: read, retry: { attempts: 2, delay: 1m } }
      - { id: ask, gate: { evidence: { run: "e" }, answers: { a: { label: A } } } }
      - { id: hand, manual: { checklist: [One] } }
      - { id: pause, wait: { for: 1h } }
"#;

fn close(outcome: RunOutcome) -> Command {
    Command::Close {
        outcome,
        note: "that is all".to_owned(),
    }
}

fn note(text: &str) -> Command {
    Command::Note {
        text: text.to_owned(),
        happened_at: None,
    }
}

#[test]
fn closing_waits_for_what_runs() {
    let mut b = Bench::of(BOOK);
    b.run("look");
    for outcome in [RunOutcome::Resolved, RunOutcome::Aborted] {
        assert_eq!(
            b.refused(close(outcome)),
            Refusal::StillRunning("Look".to_owned())
        );
    }
    b.exits("look", 0, &[]);
    let events = b.ok(close(RunOutcome::Aborted));
    assert_eq!(
        events,
        [Event::RunClosed {
            outcome: RunOutcome::Aborted,
            note: "that is all".to_owned(),
            unfinished: Vec::new(),
            signals: None,
        }]
    );
    assert!(matches!(next(&b.state), Next::Closed));
    assert_eq!(
        b.state.closed.as_ref().unwrap().outcome,
        RunOutcome::Aborted
    );
}

#[test]
fn nothing_but_notes_after_the_close() {
    let mut b = Bench::of(BOOK);
    b.does("look", 0, &[]);
    b.ok(close(RunOutcome::Resolved));
    let tick = Command::Tick {
        step: "hand".to_owned(),
        item: 0,
        done: true,
    };
    let done = Command::ManualDone {
        step: "hand".to_owned(),
        values: texts(&[]),
    };
    let end = Command::EndWait {
        step: "pause".to_owned(),
        reason: "x".to_owned(),
    };
    let fallback = Command::Fallback {
        step: "look".to_owned(),
        index: 0,
        confirmation: None,
    };
    for command in [
        Command::Auto(true),
        Command::Run(Run::step("look")),
        Command::Retry(Run::step("look")),
        fallback,
        Command::Stop(1),
        skip("look", &[]),
        took_effect("look", &[]),
        took_no_effect("look"),
        answer_command("ask", "a", None),
        tick,
        done,
        end,
        close(RunOutcome::Failed),
    ] {
        assert_eq!(b.refused(command), Refusal::Closed);
    }
    let before = b.state.clone();
    let report = b.report(Ended::Exit { code: 0 }, &[]);
    let resume = Command::Resume(Box::default());
    for command in [Command::Tock, finished(1, report), resume] {
        assert_eq!(b.ok(command), []);
    }
    assert!(parts(&before) == parts(&b.state));
    assert!(matches!(b.refused(note(" ")), Refusal::NeedsReason(_)));
    assert_eq!(names(&b.ok(note("we called the vendor"))), ["note_added"]);
    assert_eq!(pending(&b.state), []);
}

#[test]
fn a_note_says_something() {
    let mut b = Bench::of(BOOK);
    for empty in ["", " \n\t"] {
        assert!(matches!(b.refused(note(empty)), Refusal::NeedsReason(_)));
    }
    let happened_at = Some(noon() - TimeDelta::minutes(3));
    let events = b.ok(Command::Note {
        text: "the pager rang".to_owned(),
        happened_at,
    });
    assert_eq!(
        events,
        [Event::NoteAdded {
            text: "the pager rang".into(),
            happened_at,
            todo: None,
            source: None,
        }]
    );
}

#[test]
fn a_resume_is_recorded_and_lets_time_catch_up() {
    let mut b = Bench::of(BOOK);
    b.does("look", 0, &[]);
    b.answer("ask", "a");
    b.ok(skip("hand", &[]));
    b.after(7200);
    let events = b.ok(Command::Resume(Box::new(Resume {
        host: "other".to_owned(),
        found: vec!["‘look’ was never started".to_owned()],
        ..Resume::default()
    })));
    assert_eq!(
        names(&events),
        ["run_resumed", "step_concluded", "phase_finished"],
        "the wait is over"
    );
}

#[test]
fn a_reopened_run_owes_what_was_not_done() {
    let mut b = Bench::of(BOOK);
    assert_eq!(pending(&b.reopened().state), []);
    // A command that runs: its supervisor is asked, nothing is launched.
    b.run("look");
    assert_eq!(pending(&b.reopened().state), []);
    b.started("look");
    b.ok(Command::Stop(1));
    assert_eq!(pending(&b.reopened().state), [Effect::Stop(1)]);
    b.exits("look", 1, &[]);
    let due = b.now + TimeDelta::minutes(1);
    assert_eq!(pending(&b.reopened().state), [Effect::WakeAt(due)]);
    b.run("look");
    b.exits("look", 0, &[]);
    let owed = pending(&b.reopened().state);
    assert!(
        matches!(&owed[..], [Effect::Query(query)] if query.of == (Question::Evidence { gate: "ask".to_owned() }))
    );
    b.answer("ask", "a");
    assert_eq!(pending(&b.reopened().state), []);
    b.ok(skip("hand", &[]));
    let until = b.now + TimeDelta::hours(1);
    assert_eq!(pending(&b.reopened().state), [Effect::WakeAt(until)]);
    b.ok(close(RunOutcome::Failed));
    assert_eq!(pending(&b.reopened().state), []);
}

#[test]
fn the_four_verdicts_of_a_resume() {
    let mut b = Bench::of(BOOK);
    b.run("look");
    // Never started: offered again.
    let mut reopened = b.reopened();
    reopened.ok(Command::Observed(Observed::NeverStarted { attempt: 1 }));
    assert_eq!(reopened.state.attempts[&1].status, AttemptStatus::Voided);
    assert_eq!(reopened.status("look"), &Status::Ready { doubt: None });
    reopened.run("look");
    assert_eq!(reopened.launched().directory(), "002-look-2");
    // Running: attached to.
    let mut reopened = b.reopened();
    reopened.started("look");
    assert!(matches!(next(&reopened.state), Next::Busy(_, 1)));
    // It cannot be void then.
    let voided = Command::Observed(Observed::NeverStarted { attempt: 1 });
    assert_eq!(reopened.ok(voided), []);
    // Finished while nobody looked: no word of its start is needed.
    let mut reopened = b.reopened();
    reopened.exits("look", 0, &[]);
    assert!(matches!(reopened.status("look"), Status::Concluded { .. }));
    // Lost: a read has failed and is tried again.
    let mut reopened = b.reopened();
    reopened.ends("look", Ended::Lost, &[]);
    assert!(matches!(
        reopened.status("look"),
        Status::RetryDue { attempt: 1, .. }
    ));
}

#[test]
fn the_highest_attempt_number_is_no_reason_to_panic() {
    let mut b = Bench::of(BOOK);
    b.run("look");
    let Event::AttemptStarting { launch, .. } = &mut b.entries.last_mut().unwrap().event else {
        panic!("it was launched")
    };
    launch.attempt = u32::MAX;
    let mut reopened = b.reopened();
    reopened.exits("look", 0, &[]);
    reopened.run("look");
    assert_eq!(reopened.launched().number, 2);
}
