//! What is done beside the script: commands of the operator's own, and steps that
//! are done by other means.

use super::fixture::*;
use crate::engine::{
    AttemptId, Command, Effect, Event, Refusal, Status,
    command::OffScript,
    effect::Part,
    event::{Conclusion, Outcome, RunKind, RunOutcome},
    observed::Ended,
    off_script, pending,
    state::AttemptStatus,
};
use crate::runbook;

const BOOK: &str = r#"
inputs: { token: { secret: true, env: SHOP_TOKEN } }
env: { PLACE: shop }
phases:
  - id: assess
    title: Assess
    steps:
      - { id: look, run: "look", effect: read, outputs: { rate: { line: 1 } } }
      - { id: ask, title: Really?, gate: { answers: { go: { label: Go }, leave: { label: Leave, then: [] } } } }
      - { id: act, title: Act, run: "act", outputs: { made: { line: 1 } } }
      - { id: then, title: Then, run: "then {{ made }}" }
  - id: later
    title: Later
    steps:
      - { id: last, title: Last, run: "last" }
"#;

fn off(script: &str) -> Command {
    Command::OffScript(OffScript {
        script: script.to_owned(),
        tty: false,
    })
}

fn declared(attempt: AttemptId, took_effect: bool, reason: &str) -> Command {
    Command::DeclareOffScript {
        attempt,
        took_effect,
        reason: reason.to_owned(),
    }
}

fn done(step: &str, attempt: Option<AttemptId>, values: &[(&str, &str)]) -> Command {
    Command::DeclareDone {
        step: step.to_owned(),
        reason: "done by hand".to_owned(),
        attempt,
        values: texts(values),
    }
}

fn close(outcome: RunOutcome) -> Command {
    Command::Close {
        outcome,
        note: String::new(),
    }
}

/// A run at its open gate, and an off-script command that runs.
fn at_the_gate() -> (Bench, AttemptId) {
    let mut b = Bench::of(BOOK);
    b.does("look", 0, &[("rate", "7")]);
    b.ok(off("kubectl scale deploy/shop --replicas=0\n"));
    let attempt = b.launched().attempt;
    (b, attempt)
}

#[test]
fn an_off_script_command_runs_at_an_open_gate_and_changes_nothing_of_the_route() {
    let (mut b, attempt) = at_the_gate();
    let launch = b.launched().clone();
    assert_eq!(launch.command(), "kubectl scale deploy/shop --replicas=0");
    assert_eq!(
        (launch.part, launch.effect),
        (Part::OffScript, runbook::Effect::Write)
    );
    assert_eq!(launch.directory(), "002-off-script-1");
    assert!(
        matches!(b.state.attempts[&attempt].beside.as_deref(), Some("ask")),
        "where it was begun is kept"
    );
    assert!(matches!(b.status("ask"), Status::Deciding(_)));
    let report = b.report(Ended::Exit { code: 0 }, &[]);
    let events = b.ok(finished(attempt, report));
    assert_eq!(names(&events), ["attempt_finished"]);
    assert!(matches!(b.status("ask"), Status::Deciding(_)));
    assert_eq!(b.outcome(), Outcome::Succeeded);
    b.answer("ask", "go");
    assert!(matches!(b.status("act"), Status::Ready { .. }));
}

#[test]
fn it_finds_the_variables_that_are_known_and_secrets_by_name() {
    let later = BOOK.replace("PLACE: shop", r#"PLACE: shop, LATER: "{{ rate }}""#);
    let mut b = Bench::of(&later);
    b.ok(off("curl -H \"$SHOP_TOKEN\" x"));
    let launch = b.launched();
    assert_eq!(launch.env, [("PLACE".to_owned(), "shop".to_owned())]);
    assert_eq!(launch.secrets.len(), 1);
    assert_eq!(launch.secrets[0].input, "token");
    b.ok(off("true"));
    assert!(b.launched().secrets.is_empty());
    assert_eq!(b.launched().number, 2);
}

#[test]
fn what_braces_say_in_it_is_for_the_shell() {
    let mut b = Bench::of(BOOK);
    b.ok(off("echo '{{ rate }}'"));
    assert_eq!(b.launched().command(), "echo '{{ rate }}'");
}

#[test]
fn a_rehearsal_runs_none_and_nothing_is_not_run() {
    let mut b = Bench::with(BOOK, |started| started.kind = RunKind::Rehearsal);
    assert_eq!(b.refused(off("rm x")), Refusal::OnlyRehearsed);
    let mut b = Bench::with(BOOK, |started| started.kind = RunKind::Drill);
    for empty in ["", " \n"] {
        assert_eq!(b.refused(off(empty)), Refusal::NothingToRun);
    }
    assert_eq!(b.refused(off("a\0b")), Refusal::CannotRun);
    assert_eq!(b.refused(off(&"x".repeat(70_000))), Refusal::CannotRun);
    b.ok(off("true"));
}

#[test]
fn it_can_be_stopped_and_then_nobody_knows_until_somebody_says() {
    let (mut b, attempt) = at_the_gate();
    b.ok(Command::Stop(attempt));
    assert_eq!(b.effects, [Effect::Stop(attempt)]);
    // The next console asks again.
    assert_eq!(pending(&b.reopened().state)[0], Effect::Stop(attempt));
    let report = b.report(Ended::Stopped, &[]);
    b.ok(finished(attempt, report));
    assert!(b.state.attempts[&attempt].is_in_doubt().is_some());
    assert!(matches!(
        b.refused(close(RunOutcome::Resolved)),
        Refusal::OutcomeUnknown(what) if what.starts_with("kubectl scale")
    ));
    assert!(matches!(
        b.refused(declared(attempt, true, " ")),
        Refusal::NeedsReason(_)
    ));
    let events = b.ok(declared(attempt, false, "there are still three"));
    assert_eq!(names(&events), ["off_script_declared"]);
    assert!(b.state.attempts[&attempt].is_in_doubt().is_none());
    assert_eq!(
        b.refused(declared(attempt, true, "or did it")),
        Refusal::NotInDoubt
    );
    b.ok(close(RunOutcome::StoodDown));
    assert!(b.state.closed.is_some());
}

#[test]
fn a_lost_supervisor_leaves_it_unknown_and_one_that_never_started_is_void() {
    let (mut b, attempt) = at_the_gate();
    let report = b.report(Ended::Lost, &[]);
    b.ok(finished(attempt, report));
    assert!(matches!(b.outcome(), Outcome::Unknown { .. }));
    b.ok(off("second"));
    let second = b.launched().attempt;
    b.ok(Command::Observed(
        crate::engine::observed::Observed::NeverStarted { attempt: second },
    ));
    assert_eq!(b.state.attempts[&second].status, AttemptStatus::Voided);
    assert_eq!(b.refused(declared(second, true, "x")), Refusal::NotInDoubt);
}

#[test]
fn a_run_is_not_closed_over_one_that_runs() {
    let (mut b, attempt) = at_the_gate();
    assert!(matches!(
        b.refused(close(RunOutcome::Aborted)),
        Refusal::StillRunning(what) if what.starts_with("kubectl scale")
    ));
    let report = b.report(Ended::Exit { code: 3 }, &[]);
    b.ok(finished(attempt, report));
    b.ok(close(RunOutcome::Aborted));
    assert_eq!(b.refused(off("true")), Refusal::Closed);
}

#[test]
fn a_title_is_the_beginning_of_the_command() {
    let mut b = Bench::of(BOOK);
    for (script, title) in [
        ("ls", "ls"),
        ("\n  ls -l\nrm x", "ls -l …"),
        (
            "kubectl --context production-eu-west-1 --namespace payments get pods",
            "kubectl --context production-eu-west-1 --namespa …",
        ),
    ] {
        b.ok(off(script));
        assert_eq!(off_script::title(b.launched()), title);
    }
}

#[test]
fn a_step_is_declared_done_and_those_after_it_go_on() {
    let (mut b, attempt) = at_the_gate();
    assert!(matches!(
        b.refused(done("ask", None, &[])),
        Refusal::DoesNotFit { .. }
    ));
    assert!(matches!(
        b.refused(done("act", None, &[])),
        Refusal::GateFirst { .. }
    ));
    b.answer("ask", "go");
    assert!(matches!(
        b.refused(done("act", Some(attempt), &[("made", "v2")])),
        Refusal::StillRunning(_)
    ));
    let report = b.report(Ended::Exit { code: 0 }, &[]);
    b.ok(finished(attempt, report));
    assert_eq!(
        b.refused(done("act", Some(1), &[("made", "v2")])),
        Refusal::NotOffScript
    );
    assert!(matches!(
        b.refused(done("act", Some(attempt), &[])),
        Refusal::NeedsValue { .. }
    ));
    assert!(matches!(
        b.refused(Command::DeclareDone {
            step: "act".to_owned(),
            reason: " ".to_owned(),
            attempt: None,
            values: texts(&[("made", "v2")]),
        }),
        Refusal::NeedsReason(_)
    ));
    b.ok(done("act", Some(attempt), &[("made", "v2")]));
    assert!(matches!(
        b.status("act"),
        Status::Concluded {
            conclusion: Conclusion::DoneOffScript { attempt: Some(by), .. },
            ..
        } if *by == attempt
    ));
    assert_eq!(
        b.state.scope().get("steps.act.outcome"),
        Some(&string("took_effect"))
    );
    b.run("then");
    assert_eq!(b.launched().command(), "then 'v2'");
}

#[test]
fn a_failed_step_can_be_declared_done_and_one_that_runs_cannot() {
    let mut b = Bench::of(BOOK);
    b.does("look", 0, &[("rate", "7")]);
    b.answer("ask", "go");
    b.run("act");
    assert!(matches!(
        b.refused(done("act", None, &[])),
        Refusal::Busy { .. }
    ));
    b.exits("act", 1, &[]);
    // One that waits behind it in the phase was done too.
    b.ok(done("then", None, &[]));
    b.ok(done("act", None, &[("made", "x")]));
    assert!(matches!(b.status("last"), Status::Ready { .. }));
    assert!(matches!(
        b.refused(done("act", None, &[])),
        Refusal::DoesNotFit { .. }
    ));
    b.run("last");
    b.ends("last", Ended::Lost, &[]);
    assert!(matches!(
        b.refused(done("last", None, &[])),
        Refusal::OutcomeUnknown(_)
    ));
}

#[test]
fn a_step_of_a_later_phase_waits_for_its_turn() {
    let mut b = Bench::of(BOOK);
    assert!(matches!(
        b.refused(done("last", None, &[])),
        Refusal::OutOfTurn { .. }
    ));
    let mut b = Bench::with(BOOK, |started| started.kind = RunKind::Rehearsal);
    assert!(matches!(
        b.refused(done("look", None, &[])),
        Refusal::DoesNotFit { .. }
    ));
}

#[test]
fn it_is_all_known_to_the_next_console() {
    let (mut b, attempt) = at_the_gate();
    let report = b.report(Ended::Lost, &[]);
    b.ok(finished(attempt, report));
    b.ok(declared(attempt, true, "seen"));
    b.answer("ask", "go");
    b.ok(done("act", Some(attempt), &[("made", "x")]));
    let again = b.reopened();
    assert!(parts(&again.state) == parts(&b.state));
    let begun = again.entries.iter().any(|entry| {
        matches!(&entry.event, Event::AttemptStarting { beside: Some(step), .. } if step == "ask")
    });
    assert!(begun);
}
