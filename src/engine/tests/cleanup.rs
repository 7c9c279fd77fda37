//! What must be offered before a run closes.

use super::fixture::*;
use crate::engine::{
    Command, Event, Next, Refusal, Status,
    command::Run,
    event::{Conclusion, RunOutcome},
    next,
    state::PhaseStatus,
};

const BOOK: &str = r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: pause, title: Pause, run: "pause" }
      - { id: act, title: Act, run: "act", on_failure: abort }
cleanup:
  - { id: resume, title: Resume, run: "resume", when: 'steps.pause.outcome == "succeeded"' }
  - { id: tell, title: Tell, run: "tell", effect: read, when: 'steps.act.outcome == "succeeded"' }
"#;

fn close(outcome: RunOutcome) -> Command {
    Command::Close {
        outcome,
        note: "enough".to_owned(),
    }
}

#[test]
fn it_comes_at_the_end_of_the_route() {
    let mut b = Bench::of(BOOK);
    b.does("pause", 0, &[]);
    let events = b.does("act", 0, &[]);
    assert_eq!(
        names(&events),
        [
            "attempt_finished",
            "phase_finished",
            "phase_entered",
            "step_reached"
        ]
    );
    assert!(matches!(next(&b.state), Next::Run(step, _) if step.id == "resume"));
    assert_eq!(
        b.refused(close(RunOutcome::Resolved)),
        Refusal::CleanupFirst {
            step: "Resume".to_owned()
        }
    );
    b.does("resume", 0, &[]);
    b.does("tell", 0, &[]);
    assert!(matches!(next(&b.state), Next::Close(RunOutcome::Resolved)));
    assert_eq!(names(&b.ok(close(RunOutcome::Resolved))), ["run_closed"]);
}

#[test]
fn giving_up_leads_through_it() {
    let mut b = Bench::with(BOOK, |started| started.auto = true);
    b.exits("pause", 0, &[]);
    b.exits("act", 0, &[]);
    b = Bench::of(BOOK);
    b.does("pause", 0, &[]);
    let events = b.ok(close(RunOutcome::Aborted));
    assert_eq!(names(&events), ["closing", "phase_entered", "step_reached"]);
    assert!(matches!(b.state.phases[0].status, PhaseStatus::Left { .. }));
    assert!(matches!(
        b.refused(close(RunOutcome::Aborted)),
        Refusal::CleanupFirst { .. }
    ));
    // What the run has not come to is not done any more.
    assert_eq!(
        b.refused(Command::Run(Run::step("act"))).to_string(),
        "‘Act’ cannot run: the run is being closed: only its cleanup is left"
    );
    let mut b = b.reopened();
    let events = b.does("resume", 0, &[]);
    assert_eq!(
        names(&events),
        [
            "attempt_finished",
            "step_not_taken",
            "phase_finished",
            "run_closed"
        ]
    );
    let closed = b.state.closed.as_ref().unwrap();
    assert_eq!(
        (closed.outcome, closed.note.as_str()),
        (RunOutcome::Aborted, "enough")
    );
}

#[test]
fn nothing_of_it_starts_by_itself_when_the_run_is_given_up() {
    let mut b = Bench::of(BOOK);
    b.does("pause", 0, &[]);
    b.ok(Command::Auto(false));
    b.ok(close(RunOutcome::Aborted));
    b.ok(Command::Auto(true));
    assert!(matches!(b.status("resume"), Status::Ready { .. }));
    // It may be left out, with a reason.
    assert_eq!(
        names(&b.ok(skip("resume", &[]))).last().unwrap(),
        "run_closed"
    );
}

#[test]
fn where_nothing_of_it_holds_the_run_closes_at_once() {
    let mut b = Bench::of(BOOK);
    let events = b.ok(close(RunOutcome::StoodDown));
    assert_eq!(names(&events), ["closing", "run_closed"]);
    assert!(b.state.phases.iter().all(|phase| phase.id != "cleanup"));
}

#[test]
fn what_cannot_be_decided_is_offered() {
    let mut b = Bench::of(
        r#"
phases:
  - { id: only, title: Only, steps: [{ id: act, run: "act", outputs: { made: { line: 1 } } }] }
cleanup:
  - { id: undo, run: "undo", when: made != "" }
"#,
    );
    b.ok(close(RunOutcome::Aborted));
    assert!(matches!(b.status("undo"), Status::Ready { doubt: Some(_) }));
}

#[test]
fn a_rule_to_abort_leads_through_it_too() {
    let mut b = Bench::of(BOOK);
    b.does("pause", 0, &[]);
    let events = b.does("act", 1, &[]);
    assert_eq!(
        names(&events),
        [
            "attempt_finished",
            "closing",
            "phase_entered",
            "step_reached"
        ]
    );
    assert!(
        matches!(b.status("act"), Status::Failed { .. }),
        "and is left so"
    );
    b.does("resume", 0, &[]);
    assert_eq!(b.state.closed.as_ref().unwrap().outcome, RunOutcome::Failed);
}

#[test]
fn a_run_that_is_called_resolved_names_what_is_left_open() {
    let mut b = Bench::of(
        r#"
phases:
  - { id: one, title: One, steps: [{ id: act, run: "act" }, { id: more, run: "more" }] }
  - { id: two, title: Two, steps: [{ id: check, run: "check", effect: read }] }
"#,
    );
    b.does("act", 0, &[]);
    let events = b.ok(close(RunOutcome::Resolved));
    assert!(matches!(
        &events[..],
        [Event::RunClosed { unfinished, .. }] if unfinished[..] == ["more", "check"]
    ));
    assert_eq!(
        b.state.closed.as_ref().unwrap().unfinished,
        ["more", "check"]
    );
}

#[test]
fn a_skipped_step_of_it_stays_marked() {
    let mut b = Bench::of(BOOK);
    b.does("pause", 0, &[]);
    b.does("act", 0, &[]);
    b.ok(skip("resume", &[]));
    assert!(matches!(
        b.status("resume"),
        Status::Concluded {
            conclusion: Conclusion::Skipped { .. },
            ..
        }
    ));
}
