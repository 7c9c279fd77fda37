//! What follows a failure by itself.

use chrono::TimeDelta;

use super::fixture::*;
use crate::engine::{
    Command, Effect, Event, Next, Status,
    command::Run,
    event::{Conclusion, RunOutcome},
    next,
    observed::{Ended, Observed},
};

fn one(fields: &str) -> Bench {
    Bench::of(&format!(
        "phases:\n  - id: only\n    title: Only\n    steps:\n      - {{ id: look, run: 'true', effect: read }}\n      - {{ id: act, run: 'true', {fields} }}\n      - {{ id: after, run: 'true', effect: read }}\n"
    ))
}

fn at_act(fields: &str) -> Bench {
    let mut b = one(fields);
    b.does("look", 0, &[]);
    b
}

#[test]
fn retries_come_later_and_later() {
    let mut b = at_act("retry: { attempts: 4, delay: 10s, backoff: 2 }");
    b.run("act");
    for wait in [10, 20, 40] {
        let events = b.exits("act", 1, &[]);
        let due = b.now + TimeDelta::seconds(wait);
        assert_eq!(names(&events), ["attempt_finished", "retry_scheduled"]);
        assert_eq!(b.effects, [Effect::WakeAt(due)]);
        assert!(matches!(b.status("act"), Status::RetryDue { due: d, .. } if *d == due));
        assert!(matches!(next(&b.state), Next::Retry(step, d) if step.id == "act" && d == due));
        assert_eq!(b.after(wait - 1).ok(Command::Tock), []);
        let events = b.after(1).ok(Command::Tock);
        assert_eq!(names(&events), ["attempt_starting"]);
        assert_eq!(b.launched().step, "act");
        assert_eq!(b.ok(Command::Tock), [], "it starts once");
    }
    let events = b.exits("act", 1, &[]);
    assert_eq!(names(&events), ["attempt_finished"]);
    assert!(matches!(next(&b.state), Next::Failed(step, "exit 1") if step.id == "act"));
    assert_eq!(b.ok(Command::Tock), []);
}

#[test]
fn a_retry_repeats_the_edited_script() {
    let mut b = at_act("retry: { attempts: 2, delay: 1s }");
    b.ok(Command::Run(Run {
        script: Some("edited".to_owned()),
        ..Run::step("act")
    }));
    b.exits("act", 1, &[]);
    b.after(1).ok(Command::Tock);
    assert_eq!(b.launched().command(), "edited");
    assert!(b.state.attempts[&3].edited);
}

#[test]
fn the_operator_need_not_wait() {
    let mut b = at_act("retry: { attempts: 3, delay: 1h }");
    b.does("act", 1, &[]);
    b.ok(Command::Retry(Run::step("act")));
    assert_eq!(b.launched().number, 2);
    b.exits("act", 0, &[]);
    assert!(matches!(b.status("act"), Status::Concluded { .. }));
    assert_eq!(b.after(7200).ok(Command::Tock), []);
}

#[test]
fn a_skipped_retry_does_not_come() {
    let mut b = at_act("retry: { attempts: 3, delay: 1m }");
    b.does("act", 1, &[]);
    b.ok(skip("act", &[]));
    assert_eq!(b.after(60).ok(Command::Tock), []);
}

#[test]
fn some_things_are_never_repeated_by_themselves() {
    let retry = "retry: { attempts: 5, delay: 1s }";
    // What the operator stopped.
    let mut b = at_act(&format!("effect: read, {retry}"));
    b.run("act");
    assert_eq!(
        names(&b.ends("act", Ended::Stopped, &[])),
        ["attempt_finished"]
    );
    // What cannot be undone.
    let mut b = at_act(&format!("effect: destructive, target: t, {retry}"));
    b.ok(Command::Run(confirmed("act", "t")));
    assert_eq!(names(&b.exits("act", 1, &[])), ["attempt_finished"]);
    // A fallback.
    let mut b = at_act(&format!("{retry}, fallbacks: [{{ title: F, run: 'f' }}]"));
    b.does("act", 1, &[]);
    b.ok(Command::Fallback {
        step: "act".to_owned(),
        index: 0,
        confirmation: None,
    });
    assert_eq!(names(&b.exits("act", 1, &[])), ["attempt_finished"]);
}

#[test]
fn reads_that_were_cut_short_are_repeated() {
    for ended in [
        Ended::Deadline,
        Ended::Lost,
        Ended::Signal { signal: 9 },
        Ended::NotStarted {
            reason: "no bash".to_owned(),
        },
    ] {
        let mut b = at_act("effect: read, retry: { attempts: 2, delay: 1s }");
        b.run("act");
        let events = b.ends("act", ended, &[]);
        assert_eq!(names(&events), ["attempt_finished", "retry_scheduled"]);
    }
}

#[test]
fn two_retries_that_are_due_both_start() {
    let mut b = Bench::of(
        r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: act, run: "a", retry: { attempts: 3, delay: 5s } }
      - { id: more, run: "m", retry: { attempts: 3, delay: 5s } }
"#,
    );
    b.does("act", 0, &[]);
    b.does("more", 1, &[]);
    b.ok(Command::Retry(Run::step("act")));
    b.exits("act", 1, &[]);
    let events = b.after(5).ok(Command::Tock);
    assert_eq!(names(&events), ["attempt_starting", "attempt_starting"]);
}

#[test]
fn on_failure_continue_goes_on_and_remembers() {
    let mut b = at_act("on_failure: continue, retry: { attempts: 2, delay: 1s }");
    b.does("act", 1, &[]);
    assert!(
        matches!(b.status("act"), Status::RetryDue { .. }),
        "retries come first"
    );
    b.after(1).ok(Command::Tock);
    let events = b.exits("act", 1, &[]);
    assert_eq!(
        names(&events),
        ["attempt_finished", "step_concluded", "step_reached"]
    );
    assert!(matches!(
        b.status("act"),
        Status::Concluded {
            conclusion: Conclusion::FailureAccepted,
            ..
        }
    ));
    b.does("after", 0, &[]);
    assert!(matches!(next(&b.state), Next::Close(RunOutcome::Failed)));
}

#[test]
fn on_failure_continue_does_not_pass_over_the_unknown() {
    let mut b = at_act("on_failure: continue");
    b.run("act");
    assert_eq!(
        names(&b.ends("act", Ended::Deadline, &[])),
        ["attempt_finished"]
    );
    assert!(matches!(next(&b.state), Next::Unknown(..)));
}

#[test]
fn on_failure_abort_closes_the_run() {
    let mut b = at_act("title: Act, on_failure: abort");
    let events = b.does("act", 1, &[]);
    assert_eq!(names(&events), ["attempt_finished", "run_closed"]);
    assert!(matches!(
        &events[1],
        Event::RunClosed { outcome: RunOutcome::Failed, note, .. } if note == "‘Act’ failed and its rule is to abort"
    ));
    assert!(matches!(next(&b.state), Next::Closed));
}

#[test]
fn on_failure_abort_waits_for_what_runs() {
    let mut b = at_act("on_failure: abort");
    b.run("act");
    b.run("look");
    assert_eq!(names(&b.exits("act", 1, &[])), ["attempt_finished"]);
    assert!(matches!(next(&b.state), Next::Failed(..)));
    assert_eq!(names(&b.exits("look", 0, &[])), ["attempt_finished"]);
}

#[test]
fn a_retry_that_never_started_leaves_the_failure() {
    let mut b = at_act("retry: { attempts: 2, delay: 1s }");
    b.does("act", 4, &[]);
    b.after(1).ok(Command::Tock);
    b.ok(Command::Observed(Observed::NeverStarted { attempt: 3 }));
    assert!(
        matches!(b.status("act"), Status::Failed { attempt: Some(2), reason } if reason == "exit 4")
    );
}
