//! What a person does, and what time does.

use super::fixture::*;
use crate::engine::{
    Command, Effect, Event, Next, Refusal, Status,
    event::{Conclusion, Opened},
    next,
};
use chrono::TimeDelta;

const HAND: &str = r#"
phases:
  - id: only
    title: Only
    steps:
      - id: hand
        title: By hand
        manual:
          instructions: "Tell {{ run.environment }} people"
          checklist: ["One {{ run.kind }}", Two]
          copy: "run {{ run.id }}"
          record:
            ticket: { description: Where, pattern: 'OPS-\d+' }
            count: { type: number, default: 3 }
            place: { options: [here, there], default: here }
      - { id: use, run: "echo {{ ticket }}" }
"#;

fn tick(item: usize, done: bool) -> Command {
    Command::Tick {
        step: "hand".to_owned(),
        item,
        done,
    }
}

fn done(values: &[(&str, &str)]) -> Command {
    Command::ManualDone {
        step: "hand".to_owned(),
        values: texts(values),
    }
}

#[test]
fn a_manual_step_opens_filled_in() {
    let b = Bench::of(HAND);
    assert_eq!(
        b.entries.last().unwrap().event,
        Event::ManualOpened(Box::new(Opened {
            step: "hand".to_owned(),
            instructions: "Tell  people".to_owned(),
            checklist: vec!["One incident".to_owned(), "Two".to_owned()],
            copy: Some("run 2026-01-02-0304-test-aaaa".to_owned()),
        }))
    );
    assert!(matches!(next(&b.state), Next::Manual(step, ..) if step.id == "hand"));
}

#[test]
fn every_entry_is_ticked_with_its_time() {
    let mut b = Bench::of(HAND);
    b.after(5).ok(tick(1, true));
    let Status::Manual(manual) = b.status("hand") else {
        panic!("it is open")
    };
    assert_eq!(manual.checklist[0].1, None);
    assert_eq!(manual.checklist[1].1, Some(noon() + TimeDelta::seconds(5)));
    assert_eq!(
        b.refused(done(&[("ticket", "OPS-1")])),
        Refusal::OpenItems("‘One incident’".to_owned())
    );
    b.ok(tick(0, true));
    b.ok(tick(1, false));
    assert_eq!(
        b.refused(done(&[("ticket", "OPS-1")])),
        Refusal::OpenItems("‘Two’".to_owned())
    );
    assert!(matches!(
        b.refused(tick(2, true)),
        Refusal::DoesNotFit { .. }
    ));
}

#[test]
fn what_is_recorded_is_checked_and_becomes_values() {
    let mut b = Bench::of(HAND);
    b.ok(tick(0, true));
    b.ok(tick(1, true));
    assert_eq!(
        b.refused(done(&[])),
        Refusal::NeedsValue {
            name: "ticket".to_owned(),
            needed_by: "‘By hand’ records it".to_owned()
        }
    );
    for (values, message) in [
        (&[("ticket", "7")][..], r"ticket must match OPS-\d+"),
        (
            &[("ticket", "OPS-7"), ("count", "many")],
            "count: `many` is not a number",
        ),
        (
            &[("ticket", "OPS-7"), ("count", " ")],
            "count: an empty text is not a number",
        ),
        (
            &[("ticket", "OPS-7"), ("place", "nowhere")],
            "place must be one of here, there",
        ),
    ] {
        assert_eq!(
            b.refused(done(values)),
            Refusal::BadValue(message.to_owned())
        );
    }
    let events = b.ok(done(&[("ticket", "OPS-7"), ("place", "there")]));
    assert_eq!(names(&events), ["step_concluded", "step_reached"]);
    assert_eq!(b.state.values["ticket"], string("OPS-7"));
    assert_eq!(b.state.values["count"], number(3));
    assert_eq!(b.state.values["place"], string("there"));
    assert!(matches!(b.refused(done(&[])), Refusal::DoesNotFit { .. }));
}

#[test]
fn skipping_a_manual_step_checks_what_is_given_all_the_same() {
    let mut b = Bench::of(HAND);
    assert_eq!(
        b.refused(skip("hand", &[])),
        Refusal::NeedsValue {
            name: "ticket".to_owned(),
            needed_by: "‘use’".to_owned()
        }
    );
    assert_eq!(
        b.refused(skip("hand", &[("ticket", "rm -rf")])),
        Refusal::BadValue(r"ticket must match OPS-\d+".to_owned())
    );
    b.ok(skip("hand", &[("ticket", "OPS-1")]));
    assert_eq!(b.state.values["count"], number(3));
}

fn waiting(until: &str) -> Bench {
    let mut b = Bench::of(&format!(
        "phases:\n  - id: only\n    title: Only\n    steps:\n      - {{ id: look, run: 'true', effect: read, outputs: {{ rate: {{ line: 1, type: number }} }} }}\n      - {{ id: pause, title: Pause, wait: {{ for: 5m{until} }} }}\n      - {{ id: after, run: 'true' }}\n"
    ));
    b.does("look", 0, &[("rate", "9")]);
    b
}

#[test]
fn a_wait_passes_by_itself() {
    let mut b = waiting("");
    let until = noon() + TimeDelta::minutes(5);
    assert!(matches!(next(&b.state), Next::Wait(step, u) if step.id == "pause" && u == until));
    assert_eq!(b.effects, [Effect::WakeAt(until)]);
    assert_eq!(b.after(299).ok(Command::Tock), []);
    let events = b.after(1).ok(Command::Tock);
    assert_eq!(names(&events), ["step_concluded", "step_reached"]);
    assert!(matches!(
        b.status("pause"),
        Status::Concluded {
            conclusion: Conclusion::Succeeded,
            ..
        }
    ));
}

#[test]
fn a_wait_ends_when_its_condition_holds() {
    let mut b = waiting(", until: rate < 1");
    assert_eq!(b.after(100).ok(Command::Tock), []);
    let events = b.does("look", 0, &[("rate", "0")]);
    assert_eq!(
        names(&events),
        ["attempt_finished", "step_concluded", "step_reached"]
    );
}

#[test]
fn a_wait_that_runs_out_has_failed() {
    let mut b = waiting(", until: rate < 1");
    let events = b.after(301).ok(Command::Tock);
    assert_eq!(
        events,
        [Event::WaitRanOut {
            step: "pause".to_owned(),
            waited_ms: 301_000
        }]
    );
    assert!(
        matches!(next(&b.state), Next::Failed(_, reason) if reason == "the wait is over and its condition is not met")
    );
    assert!(matches!(
        b.status("pause"),
        Status::Failed { attempt: None, .. }
    ));
    assert!(matches!(
        b.refused(Command::Retry(crate::engine::command::Run::step("pause"))),
        Refusal::DoesNotFit { .. }
    ));
    b.ok(skip("pause", &[]));
}

#[test]
fn a_wait_is_ended_early_with_a_reason() {
    let mut b = waiting("");
    let end = |reason: &str| Command::EndWait {
        step: "pause".to_owned(),
        reason: reason.to_owned(),
    };
    assert!(matches!(b.refused(end("")), Refusal::NeedsReason(_)));
    let events = b.ok(end("it is calm"));
    assert!(matches!(
        &events[0],
        Event::StepConcluded { conclusion: Conclusion::Skipped { reason }, .. } if reason == "it is calm"
    ));
    assert!(matches!(
        b.refused(end("again")),
        Refusal::DoesNotFit { .. }
    ));
}

#[test]
fn a_clock_that_goes_back_only_lengthens_a_wait() {
    let mut b = waiting(", until: rate < 1");
    assert_eq!(b.after(-100_000).ok(Command::Tock), []);
}
