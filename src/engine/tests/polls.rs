//! Commands that are repeated until they succeed.

use chrono::TimeDelta;

use super::fixture::*;
use crate::engine::{
    Command, Effect, Next, Refusal, Status, command::Run, event::RunOutcome, next, observed::Ended,
};

fn poll(effect: &str, rest: &str) -> Bench {
    let mut b = Bench::of(&format!(
        "phases: [{{ id: only, title: Only, steps: [{{ id: look, run: look, effect: {effect}, timeout: 1m, \
         poll: {{ every: 10s, timeout: 5m{rest} }}, fallbacks: [{{ title: F, run: f }}] }}, {{ id: after, run: x }}] }}]"
    ));
    b.run("look");
    b
}

fn again(b: &mut Bench) {
    b.after(10);
    assert_eq!(names(&b.ok(Command::Tock)), ["attempt_starting"]);
}

#[test]
fn it_looks_until_it_succeeds() {
    let mut b = poll("read", "");
    assert_eq!(
        names(&b.exits("look", 1, &[])),
        ["attempt_finished", "poll_scheduled"]
    );
    let due = b.now + TimeDelta::seconds(10);
    assert_eq!(b.effects, [Effect::WakeAt(due)]);
    let Next::Poll(_, polling, next_due) = next(&b.state) else {
        panic!("it polls");
    };
    assert_eq!(
        (polling.since, polling.until),
        (noon(), noon() + TimeDelta::minutes(5))
    );
    assert_eq!((polling.last.as_str(), next_due), ("exit 1", due));
    // Too early.
    assert_eq!(b.ok(Command::Tock), []);
    again(&mut b);
    assert!(b.state.polls.contains_key("look"), "while it runs, too");
    assert_eq!(b.launched().number, 2);
    let events = b.exits("look", 0, &[]);
    assert_eq!(
        names(&events),
        ["attempt_finished", "round_finished", "step_reached"]
    );
    assert!(b.state.polls.is_empty());
}

#[test]
fn it_must_hold() {
    let mut b = poll("read", ", hold: 20s");
    b.exits("look", 0, &[]);
    let since = b.now;
    assert_eq!(b.state.polls["look"].holding, Some(since));
    again(&mut b);
    b.exits("look", 0, &[]);
    assert_eq!(b.state.polls["look"].holding, Some(since));
    // A failure begins it anew.
    again(&mut b);
    b.exits("look", 1, &[]);
    assert_eq!(b.state.polls["look"].holding, None);
    for _ in 0..2 {
        again(&mut b);
        assert_eq!(
            names(&b.exits("look", 0, &[])),
            ["attempt_finished", "poll_scheduled"]
        );
    }
    again(&mut b);
    b.exits("look", 0, &[]);
    assert!(b.status("look").is_settled());
}

#[test]
fn nobody_knows_that_it_held_while_nobody_looked() {
    let mut b = poll("read", ", hold: 20s");
    b.exits("look", 0, &[]);
    let mut b = b.reopened();
    b.after(100);
    b.ok(Command::Tock);
    assert_eq!(
        names(&b.exits("look", 0, &[])),
        ["attempt_finished", "poll_scheduled"]
    );
    assert_eq!(b.state.polls["look"].holding, Some(b.now));
}

#[test]
fn its_time_runs_out() {
    for (effect, hold) in [("read", ""), ("write", ""), ("read", ", hold: 4m")] {
        let mut b = poll(effect, hold);
        let mut looks = 1;
        loop {
            // Holding never lasts: each fourth look fails.
            let code = i32::from(hold.is_empty() || looks % 4 == 0);
            let events = names(&b.exits("look", code, &[]));
            if events.contains(&"round_finished".to_owned()) {
                break;
            }
            again(&mut b);
            looks += 1;
        }
        assert_eq!(looks, 30, "five minutes, one every ten seconds");
        let Status::Failed { reason, .. } = b.status("look") else {
            panic!("{:?}", b.status("look"));
        };
        assert!(
            reason.starts_with("the time to wait for it (5m) is over: "),
            "{reason}"
        );
        assert!(b.state.polls.is_empty());
        // Another try begins a new poll.
        b.run("look");
        b.exits("look", 1, &[]);
        assert!(b.state.polls["look"].since > noon());
    }
}

#[test]
fn a_read_is_cut_short_and_a_write_is_not() {
    for (effect, last) in [("read", 40_000), ("write", 60_000)] {
        let mut b = poll(effect, "");
        assert_eq!(b.launched().timeout_ms, 60_000);
        b.after(250);
        b.exits("look", 1, &[]);
        again(&mut b);
        assert_eq!(b.launched().timeout_ms, last);
    }
}

#[test]
fn what_is_unknown_is_not_repeated() {
    let mut b = poll("write", "");
    assert_eq!(
        names(&b.ends("look", Ended::Deadline, &[])),
        ["attempt_finished", "round_finished"]
    );
    assert!(matches!(b.status("look"), Status::Unknown { .. }));
    b.ok(took_no_effect("look"));
    assert_eq!(b.ok(Command::Tock), []);
    // Of a read step it is a failure like any other.
    let mut b = poll("read", "");
    b.ends("look", Ended::Deadline, &[]);
    assert!(matches!(b.status("look"), Status::PollDue { .. }));
}

#[test]
fn the_operator_can_stop_it_look_now_skip_it_or_fall_back() {
    let mut b = poll("read", "");
    b.ok(Command::Stop(1));
    b.ends("look", Ended::Stopped, &[]);
    assert!(matches!(b.status("look"), Status::Failed { .. }));

    let mut b = poll("read", "");
    b.exits("look", 1, &[]);
    b.after(2);
    b.run("look");
    b.exits("look", 1, &[]);
    assert_eq!(b.state.polls["look"].since, noon(), "the same poll goes on");
    b.ok(Command::Fallback {
        step: "look".to_owned(),
        index: 0,
        confirmation: None,
    });
    assert!(b.state.polls.is_empty());
    b.exits("look", 1, &[]);
    assert!(
        matches!(b.status("look"), Status::Failed { .. }),
        "a fallback is tried once"
    );
    b.ok(skip("look", &[]));
    assert!(b.status("look").is_settled());

    let mut b = poll("read", "");
    b.exits("look", 1, &[]);
    assert!(matches!(b.status("look"), Status::PollDue { .. }));
    b.ok(skip("look", &[]));
    assert!(b.status("look").is_settled() && b.state.polls.is_empty());
    b.after(10);
    assert_eq!(b.ok(Command::Tock), [], "it looks no more");
}

#[test]
fn a_changed_script_stays_changed() {
    let mut b = Bench::of(
        "phases: [{ id: only, title: Only, steps: [{ id: look, run: look, effect: read, poll: { every: 10s, timeout: 5m } }] }]",
    );
    b.ok(Command::Run(Run {
        script: Some("mine".to_owned()),
        ..Run::step("look")
    }));
    b.exits("look", 1, &[]);
    again(&mut b);
    assert_eq!(b.launched().command(), "mine");
}

#[test]
fn it_goes_on_with_the_next_console() {
    let mut b = poll("read", "");
    b.exits("look", 1, &[]);
    let due = b.now + TimeDelta::seconds(10);
    let mut b = b.reopened();
    assert_eq!(crate::engine::pending(&b.state), [Effect::WakeAt(due)]);
    again(&mut b);
    // It may be closed between two looks, not during one.
    let close = Command::Close {
        outcome: RunOutcome::Failed,
        note: String::new(),
    };
    assert!(matches!(b.refused(close.clone()), Refusal::StillRunning(_)));
    b.exits("look", 1, &[]);
    b.ok(close);
}

#[test]
fn a_read_step_that_is_done_is_looked_at_once_more_not_polled() {
    let mut b = poll("read", "");
    b.exits("look", 0, &[]);
    b.run("look");
    assert_eq!(names(&b.exits("look", 1, &[])), ["attempt_finished"]);
    assert!(b.status("look").is_settled());
}
