//! Scripts side by side, and companions: one round, one judgement.

use super::fixture::*;
use crate::engine::{
    Command, Effect, Event, Next, Refusal, Status,
    command::Run,
    effect::Part,
    event::{Outcome, RunOutcome},
    next,
    observed::{Ended, Observed},
};
use crate::template::Scope;

const BOTH: &str = r#"
phases:
  - id: only
    title: Only
    steps:
      - id: both
        title: Both
        parallel: { eu: "move eu", us: "move us" }
        watch: { tail: "tail -f log" }
        outputs: { left: { line: 1, from: eu }, right: { line: 1, from: us, type: number } }
        expect: { that: right < 10 }
        fallbacks: [{ title: One by one, run: "one by one" }]
      - { id: after, run: "use {{ left }} {{ right }}" }
"#;

fn both() -> Bench {
    let mut b = Bench::of(BOTH);
    b.run("both");
    b
}

fn value(scope: &Scope, name: &str) -> String {
    crate::template::evaluate_value(name, scope).map_or_else(|f| f.message, |v| v.to_string())
}

fn with(b: &mut Bench, script: &str, values: &[(&str, &str)]) -> Vec<Event> {
    let report = b.report(Ended::Exit { code: 0 }, values);
    b.ok(finished(b.part("both", script), report))
}

#[test]
fn all_are_launched_together() {
    let b = both();
    assert_eq!(b.launched_scripts(), ["eu", "us", "tail"]);
    let launches: Vec<_> = b.state.attempts.values().map(|a| &a.launch).collect();
    assert!(
        launches
            .iter()
            .all(|launch| launch.round == 1 && launch.number == 1)
    );
    assert_eq!(launches[2].part, Part::Watch);
    assert!(launches[2].capture.picks.is_empty());
    // Each is asked for what it prints.
    let picks: Vec<_> = launches[0].capture.picks.keys().collect();
    assert_eq!(picks, ["left"]);
    assert_eq!(b.state.live_attempt("both"), Some(1));
    assert_eq!(b.state.attempts_of("both").count(), 3);
    assert_eq!(b.state.mains_of("both").count(), 2);
    assert!(matches!(next(&b.state), Next::Busy(_, 1)));
}

#[test]
fn they_succeed_when_all_did_and_companions_end_with_them() {
    let mut b = both();
    assert_eq!(
        names(&with(&mut b, "eu", &[("left", "l")])),
        ["attempt_finished"]
    );
    assert!(matches!(b.status("both"), Status::Active { attempt: 1 }));
    let events = with(&mut b, "us", &[("right", "3")]);
    assert_eq!(
        names(&events),
        [
            "attempt_finished",
            "attempt_stopping",
            "round_finished",
            "step_reached"
        ]
    );
    assert_eq!(b.effects, [Effect::Stop(3)]);
    assert!(b.status("both").is_settled());
    // How the companion ended is recorded and decides nothing.
    b.part_ends("both", "tail", Ended::Stopped);
    assert_eq!(b.outcome(), Outcome::Succeeded);
    b.run("after");
    assert_eq!(b.launched().command(), "use 'l' '3'");
}

#[test]
fn a_companion_that_ends_early_decides_nothing() {
    let mut b = both();
    assert_eq!(
        names(&b.part_exits("both", "tail", 2)),
        ["attempt_finished"]
    );
    with(&mut b, "eu", &[("left", "l")]);
    let events = with(&mut b, "us", &[("right", "3")]);
    assert_eq!(
        names(&events),
        ["attempt_finished", "round_finished", "step_reached"]
    );
}

#[test]
fn the_worst_end_wins() {
    let exit = |code| Ended::Exit { code };
    let failed = |reason: &str| Outcome::Failed {
        reason: reason.to_owned(),
    };
    let unknown = |reason: &str| Outcome::Unknown {
        reason: reason.to_owned(),
    };
    let stopped = "‘us’: the operator stopped it";
    for (eu, us, outcome, decided) in [
        (exit(1), exit(0), failed("‘eu’: exit 1"), 1),
        (exit(0), exit(2), failed("‘us’: exit 2"), 2),
        (exit(1), exit(2), failed("‘eu’: exit 1; ‘us’: exit 2"), 1),
        (
            exit(1),
            Ended::Stopped,
            unknown(&format!("‘eu’: exit 1; {stopped}")),
            2,
        ),
        (exit(0), Ended::Stopped, unknown(stopped), 2),
    ] {
        let mut b = both();
        // Both print what they should: their ends alone are judged here.
        let report = b.report(eu, &[("left", "l")]);
        b.ok(finished(1, report));
        let report = b.report(us, &[("right", "3")]);
        let events = b.ok(finished(2, report));
        let judged = events.iter().find_map(|event| match event {
            Event::RoundFinished {
                attempt, outcome, ..
            } => Some((*attempt, outcome.clone())),
            _ => None,
        });
        assert_eq!(judged, Some((decided, outcome)));
    }
}

#[test]
fn a_failure_beside_an_unknown_end_is_not_declared_away() {
    let took_effect = Command::TookEffect {
        step: "both".to_owned(),
        reason: "I looked".to_owned(),
        values: texts(&[("left", "l"), ("right", "3")]),
    };
    let mut b = both();
    b.part_exits("both", "eu", 1);
    b.part_ends("both", "us", Ended::Stopped);
    let refusal = b.refused(took_effect.clone()).to_string();
    assert!(
        refusal.contains("‘eu’ of it did not succeed (exit 1)"),
        "{refusal}"
    );
    assert!(matches!(
        b.status("both"),
        Status::Unknown { attempt: 2, .. }
    ));
    // Where nothing failed one word settles it.
    let mut b = both();
    with(&mut b, "eu", &[("left", "l")]);
    b.part_ends("both", "us", Ended::Stopped);
    b.ok(took_effect);
    assert!(b.status("both").is_settled());
}

#[test]
fn a_run_that_is_closed_by_a_failure_waits_for_its_companions_alone() {
    let mut b = Bench::of(
        "phases: [{ id: only, title: Only, steps: [{ id: act, run: a, watch: { tail: t }, on_failure: abort }] }]",
    );
    b.run("act");
    b.part_exits("act", "", 1);
    assert!(b.state.closing.is_some() && b.state.closed.is_none());
    assert!(
        matches!(next(&b.state), Next::Busy(_, 2)),
        "{:?}",
        next(&b.state)
    );
    b.part_ends("act", "tail", Ended::Stopped);
    let closed = b.state.closed.as_ref().map(|closed| closed.outcome);
    assert_eq!(closed, Some(RunOutcome::Failed));
}

#[test]
fn what_they_should_have_reached_is_judged_once() {
    let mut b = both();
    with(&mut b, "eu", &[("left", "l")]);
    with(&mut b, "us", &[("right", "10")]);
    assert!(matches!(
        b.status("both"),
        Status::Failed { reason, .. } if reason == "expected right < 10"
    ));
    // Each did what it should: all run again.
    b.ok(Command::Retry(Run::step("both")));
    assert_eq!(b.launched_scripts(), ["eu", "us", "tail"]);
}

#[test]
fn a_retry_runs_what_has_not_succeeded() {
    let mut b = both();
    with(&mut b, "eu", &[("left", "l")]);
    b.part_exits("both", "us", 1);
    b.ok(Command::Retry(Run::step("both")));
    assert_eq!(b.launched_scripts(), ["us", "tail"]);
    assert_eq!(b.launched().round, 4);
    assert_eq!(b.launched().number, 2);
    let events = with(&mut b, "us", &[("right", "3")]);
    assert_eq!(names(&events)[2], "round_finished");
    assert!(b.status("both").is_settled());
    assert_eq!(value(b.state.scope(), "left"), "l");
    // A finished write that is retried does all of it again.
    b.ok(Command::Retry(Run::step("both")));
    assert_eq!(b.launched_scripts(), ["eu", "us", "tail"]);
}

#[test]
fn one_that_never_started_offers_the_step_again() {
    let mut b = both();
    let never = |attempt| Command::Observed(Observed::NeverStarted { attempt });
    assert_eq!(names(&b.ok(never(2))), ["attempt_voided"]);
    let events = with(&mut b, "eu", &[("left", "l")]);
    assert_eq!(
        names(&events),
        ["attempt_finished", "attempt_stopping", "round_finished"]
    );
    assert!(matches!(
        b.status("both"),
        Status::Failed { reason, .. } if reason == "‘us’: it was never started"
    ));
    b.run("both");
    assert_eq!(b.launched_scripts(), ["us", "tail"]);
    // When none did, it stands as before.
    let mut b = both();
    b.ok(never(1));
    b.ok(never(2));
    assert_eq!(b.status("both"), &Status::Ready { doubt: None });
    b.run("both");
    assert_eq!(b.launched_scripts(), ["eu", "us", "tail"]);
}

#[test]
fn one_of_them_can_be_stopped() {
    let mut b = both();
    b.ok(Command::Observed(Observed::Started { attempt: 1, pid: 7 }));
    b.ok(Command::Stop(1));
    assert_eq!(b.effects, [Effect::Stop(1)]);
    assert!(matches!(
        b.refused(Command::Run(Run::step("both"))),
        Refusal::Busy { .. }
    ));
    b.part_ends("both", "eu", Ended::Stopped);
    with(&mut b, "us", &[("right", "3")]);
    assert!(matches!(
        b.status("both"),
        Status::Unknown { attempt: 1, .. }
    ));
    // It stands for the step as a whole.
    b.ok(took_effect("both", &[("left", "x")]));
    assert!(b.status("both").is_settled());
}

#[test]
fn a_stop_that_comes_before_the_start_is_not_lost() {
    let mut b = both();
    b.ok(Command::Stop(2));
    assert_eq!(b.effects, [Effect::Stop(2)]);
    b.ok(Command::Observed(Observed::Started { attempt: 2, pid: 8 }));
    assert_eq!(b.effects, [Effect::Stop(2)]);
    assert_eq!(
        crate::engine::pending(&b.reopened().state),
        [Effect::Stop(2)]
    );
}

#[test]
fn the_step_is_as_slow_as_the_slowest_and_exits_as_badly_as_the_worst() {
    let mut b = both();
    let mut report = b.report(Ended::Exit { code: 0 }, &[("left", "l")]);
    report.milliseconds = 90_000;
    b.ok(finished(1, report));
    let report = b.report(Ended::Exit { code: 3 }, &[]);
    b.ok(finished(2, report));
    let scope = b.state.scope();
    assert_eq!(value(scope, "steps.both.seconds"), "90");
    assert_eq!(value(scope, "steps.both.exit"), "3");
    let took = crate::engine::step::elapsed(&b.state, "both", b.now);
    assert_eq!(took, Some(std::time::Duration::from_secs(90)));
}

#[test]
fn a_changed_script_and_a_fallback() {
    let mut b = both();
    with(&mut b, "eu", &[("left", "l")]);
    b.part_exits("both", "us", 1);
    let changed = Run {
        script: Some("other".to_owned()),
        ..Run::step("both")
    };
    assert_eq!(
        b.refused(Command::Run(changed)).to_string(),
        "‘Both’ cannot be changed: it has several scripts"
    );
    b.ok(Command::Fallback {
        step: "both".to_owned(),
        index: 0,
        confirmation: None,
    });
    assert_eq!(b.launched_scripts(), [""]);
    assert_eq!(b.launched().round, 0);
    // It may leave out what is printed, but not what must be true: it is known from before or missing.
    b.exits("both", 0, &[("right", "4")]);
    assert!(b.status("both").is_settled());
}

#[test]
fn closing_gives_companions_their_stop_and_waits_for_them() {
    let mut b = Bench::of(
        r#"
phases:
  - id: only
    title: Only
    steps: [{ id: act, run: "act", watch: { tail: "tail -f" } }]
"#,
    );
    b.run("act");
    let close = Command::Close {
        outcome: RunOutcome::Resolved,
        note: "done".to_owned(),
    };
    assert!(matches!(b.refused(close.clone()), Refusal::StillRunning(_)));
    b.part_exits("act", "", 0);
    assert!(matches!(next(&b.state), Next::Close(_)));
    assert_eq!(names(&b.ok(close.clone())), ["closing"]);
    assert!(matches!(next(&b.state), Next::Busy(_, 2)));
    assert!(matches!(b.refused(close), Refusal::StillRunning(_)));
    assert_eq!(
        names(&b.part_ends("act", "tail", Ended::Stopped)),
        ["attempt_finished", "run_closed"]
    );
    assert_eq!(
        b.state.closed.as_ref().map(|c| c.note.as_str()),
        Some("done")
    );
}

#[test]
fn auto_advance_starts_all_of_them_and_a_torn_judgement_is_made_up_for() {
    let mut b = Bench::with(BOTH, |started| started.auto = true);
    assert_eq!(b.launched_scripts(), ["eu", "us", "tail"]);
    with(&mut b, "eu", &[("left", "l")]);
    with(&mut b, "us", &[("right", "3")]);
    // The append was cut after the last end.
    let end = b
        .entries
        .iter()
        .position(|e| name(&e.event) == "round_finished")
        .unwrap();
    b.entries.truncate(end - 1);
    let mut b = b.reopened();
    assert!(matches!(b.status("both"), Status::Active { .. }));
    let events = b.ok(Command::Tock);
    assert_eq!(names(&events)[..2], ["attempt_stopping", "round_finished"]);
}

#[test]
fn stopping_a_read_step_leaves_the_rest_to_the_operator() {
    for rule in ["abort", "continue"] {
        let mut b = Bench::of(&format!(
            "phases: [{{ id: only, title: Only, steps: [{{ id: look, run: x, effect: read, on_failure: {rule}, retry: {{ attempts: 3 }} }}] }}]"
        ));
        b.run("look");
        b.started("look");
        b.ok(Command::Stop(1));
        assert_eq!(
            names(&b.ends("look", Ended::Stopped, &[])),
            ["attempt_finished"]
        );
        assert!(matches!(b.status("look"), Status::Failed { .. }));
    }
}

#[test]
fn silence_is_noticed_once_a_report() {
    let mut b = both();
    let silent = |since| Command::Observed(Observed::Silent { attempt: 1, since });
    assert_eq!(names(&b.ok(silent(noon()))), ["silence_noticed"]);
    assert_eq!(b.ok(silent(noon())), []);
    b.after(60);
    assert_eq!(names(&b.ok(silent(b.now))), ["silence_noticed"]);
    assert_eq!(b.state.attempts[&1].silent, Some(b.now));
    with(&mut b, "eu", &[("left", "l")]);
    assert_eq!(b.ok(silent(noon())), [], "it is over");
}
