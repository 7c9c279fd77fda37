//! Running on by itself, and where it stops.

use super::fixture::*;
use crate::engine::{
    Command, Event, Status,
    command::Run,
    observed::{Ended, Observed},
};

fn auto(steps: &[&str]) -> Bench {
    let mut body = "phases:\n  - id: only\n    title: Only\n    steps:\n".to_owned();
    for step in steps {
        body = format!("{body}      - {{ {step} }}\n");
    }
    body.push_str("  - { id: second, title: Second, steps: [{ id: last, run: 'true' }] }\n");
    Bench::with(&body, |started| started.auto = true)
}

const A: &str = "id: a, run: 'true', effect: read";

#[test]
fn it_goes_from_step_to_step_and_phase_to_phase() {
    let mut b = auto(&[A, "id: b, run: 'true'"]);
    assert_eq!(b.launched().step, "a", "the first starts with the run");
    let events = b.exits("a", 0, &[]);
    assert_eq!(
        names(&events),
        ["attempt_finished", "step_reached", "attempt_starting"]
    );
    assert_eq!(b.launched().step, "b");
    b.exits("b", 0, &[]);
    assert_eq!(b.launched().step, "last");
    let events = b.exits("last", 0, &[]);
    assert_eq!(
        names(&events),
        ["attempt_finished", "phase_finished"],
        "it does not close the run"
    );
}

#[test]
fn it_stops_where_a_person_is_needed() {
    for step in [
        "id: b, gate: { answers: { x: { label: X } } }",
        "id: b, manual: { instructions: Do }",
        "id: b, run: 'true', effect: destructive, target: t",
        "id: b, wait: { for: 1m }",
    ] {
        let mut b = auto(&[A, step]);
        let events = b.exits("a", 0, &[]);
        assert_eq!(events.len(), 2, "{step}: {:?}", names(&events));
        assert!(
            !events
                .iter()
                .any(|event| matches!(event, Event::AttemptStarting { .. }))
        );
    }
}

#[test]
fn it_stops_at_a_failure_and_at_the_unknown() {
    let mut b = auto(&[A, "id: b, run: 'true'"]);
    assert_eq!(names(&b.exits("a", 1, &[])), ["attempt_finished"]);
    b.run("a");
    b.exits("a", 0, &[]);
    assert_eq!(
        names(&b.ends("b", Ended::Deadline, &[])),
        ["attempt_finished"]
    );
}

#[test]
fn it_stops_where_a_value_is_missing() {
    let mut b = auto(&[
        "id: a, run: 'true', on_failure: continue, outputs: { v: { text: true } }",
        "id: b, run: 'echo {{ v }}'",
    ]);
    let events = b.exits("a", 1, &[]);
    assert_eq!(names(&events).last().unwrap(), "step_reached");
    assert_eq!(b.status("b"), &Status::Ready { doubt: None });
}

#[test]
fn it_goes_on_after_a_gate_a_manual_step_and_a_wait() {
    let mut b = auto(&[
        "id: g, gate: { answers: { x: { label: X } } }",
        "id: m, manual: { instructions: Do }",
        "id: w, wait: { for: 1m }",
    ]);
    b.answer("g", "x");
    b.ok(Command::ManualDone {
        step: "m".to_owned(),
        values: texts(&[]),
    });
    b.after(60).ok(Command::Tock);
    assert_eq!(b.launched().step, "last");
}

#[test]
fn it_is_turned_on_and_off() {
    let mut b = auto(&[A, "id: b, run: 'true'"]);
    assert_eq!(
        names(&b.ok(Command::Auto(false))),
        ["auto_advance"],
        "what runs goes on"
    );
    assert_eq!(b.ok(Command::Auto(false)), []);
    b.exits("a", 0, &[]);
    assert_eq!(b.status("b"), &Status::Ready { doubt: None });
    let events = b.ok(Command::Auto(true));
    assert_eq!(names(&events), ["auto_advance", "attempt_starting"]);
    assert!(b.reopened().state.auto);
}

#[test]
fn it_starts_a_step_once() {
    // Never started after all.
    let mut b = auto(&["id: b, run: 'true'"]);
    let voided = Command::Observed(Observed::NeverStarted { attempt: 1 });
    assert_eq!(names(&b.ok(voided)), ["attempt_voided"]);
    assert_eq!(b.status("b"), &Status::Ready { doubt: None });
    // The operator's own script must not become the author's.
    b.ok(Command::Run(Run {
        script: Some("mine".to_owned()),
        ..Run::step("b")
    }));
    b.ends("b", Ended::Lost, &[]);
    assert_eq!(names(&b.ok(took_no_effect("b"))), ["effect_denied"]);
    b.run("b");
    b.exits("b", 0, &[]);
    assert_eq!(b.launched().step, "last");
}
