//! Asking an answered gate again.

use super::fixture::*;
use crate::engine::{
    Command, Event, Next, Refusal, Status, event::RunOutcome, next, reopening, reopening::Done,
    state::PhaseStatus,
};

const BOOK: &str = r#"
phases:
  - id: assess
    title: Assess
    steps:
      - { id: look, run: "look", effect: read }
      - id: ask
        title: Did migrations run?
        gate:
          answers:
            none: { label: None, then: [app, verify] }
            some: { label: Some, then: [database, app, verify] }
            calm: { label: Nothing is wrong, then: [] }
      - { id: tell, title: Tell, run: "tell", when: 'answers.ask == "some"' }
  - id: database
    title: Database
    steps:
      - { id: wipe, title: Wipe, run: "wipe" }
  - id: app
    title: Application
    steps:
      - { id: drain, title: Drain, run: "drain" }
      - { id: deploy, title: Deploy, run: "deploy" }
      - { id: really, title: Really?, gate: { answers: { yes: { label: Yes }, no: { label: No, then: [] } } } }
      - { id: warm, title: Warm, run: "warm" }
  - id: verify
    title: Verify
    when: 'answers.ask == "some"'
    steps:
      - { id: check, title: Check, run: "check", effect: read }
cleanup:
  - { id: undrain, title: Undrain, run: "undrain", when: 'steps.drain.outcome == "succeeded"' }
"#;

fn reopen(gate: &str) -> Command {
    Command::Reopen {
        gate: gate.to_owned(),
        reason: "there was one after all".to_owned(),
    }
}

fn started() -> Bench {
    let mut b = Bench::of(BOOK);
    b.does("look", 0, &[]);
    b
}

#[test]
fn the_route_is_as_it_stood_before_and_what_ran_stays_done() {
    let mut b = started();
    b.answer("ask", "none");
    b.does("drain", 0, &[]);
    assert!(!b.state.is_on_route("database"));
    let follows = reopening::reopening(&b.state, "ask").unwrap();
    assert_eq!(follows.route, ["database", "app", "verify"]);
    assert_eq!(follows.left, ["app"]);
    assert_eq!(follows.again, ["ask", "tell", "deploy"]);
    assert_eq!(follows.gates, [""; 0]);
    assert_eq!(follows.reachable, ["database"]);
    let drain = Done {
        step: "drain".to_owned(),
        wrote: true,
    };
    assert_eq!(follows.done, [drain]);

    let events = b.ok(reopen("ask"));
    assert_eq!(names(&events), ["gate_reopened", "gate_opened"]);
    assert!(matches!(next(&b.state), Next::Decide(step, ..) if step.id == "ask"));
    assert!(b.state.answers.is_empty());
    assert_eq!(b.state.scope().get("answers.ask"), None);

    b.answer("ask", "some");
    assert!(
        matches!(b.status("tell"), Status::Ready { .. }),
        "decided anew"
    );
    b.does("tell", 0, &[]);
    b.does("wipe", 0, &[]);
    assert!(matches!(b.status("drain"), Status::Concluded { .. }));
    assert!(matches!(next(&b.state), Next::Run(step, _) if step.id == "deploy"));
    b.does("deploy", 0, &[]);
    b.answer("really", "yes");
    b.does("warm", 0, &[]);
    b.does("check", 0, &[]);
    b.does("undrain", 0, &[]);
    assert!(matches!(next(&b.state), Next::Close(RunOutcome::Resolved)));
    let again = b.reopened();
    assert!(parts(&again.state) == parts(&b.state));
}

#[test]
fn a_phase_that_was_done_is_not_gone_through_again() {
    let mut b = started();
    b.answer("ask", "some");
    b.does("tell", 0, &[]);
    b.does("wipe", 0, &[]);
    b.does("drain", 0, &[]);
    let follows = reopening::reopening(&b.state, "ask").unwrap();
    assert_eq!(follows.route, ["app", "verify"]);
    b.ok(reopen("ask"));
    let database = b.state.phases.iter().find(|known| known.id == "database");
    assert!(matches!(
        database.unwrap().status,
        PhaseStatus::Finished { .. }
    ));
    assert_eq!(b.state.current_phase().unwrap().0.id, "assess");
    b.answer("ask", "some");
    assert!(matches!(next(&b.state), Next::Run(step, _) if step.id == "deploy"));
}

#[test]
fn later_answers_are_taken_back_with_it() {
    let mut b = started();
    b.answer("ask", "none");
    b.does("drain", 0, &[]);
    b.does("deploy", 0, &[]);
    b.answer("really", "no");
    b.does("warm", 0, &[]);
    let follows = reopening::reopening(&b.state, "ask").unwrap();
    assert_eq!(follows.gates, ["really"]);
    b.ok(reopen("ask"));
    b.answer("ask", "none");
    assert!(matches!(next(&b.state), Next::Decide(step, ..) if step.id == "really"));
}

#[test]
fn a_gate_that_ended_the_run_can_be_asked_again() {
    let mut b = started();
    b.answer("ask", "calm");
    assert!(matches!(next(&b.state), Next::Close(RunOutcome::StoodDown)));
    let follows = reopening::reopening(&b.state, "ask").unwrap();
    assert_eq!(follows.reachable, ["database", "app", "verify"]);
    b.ok(reopen("ask"));
    assert!(!b.state.stood_down);
    b.answer("ask", "none");
    assert!(matches!(next(&b.state), Next::Run(step, _) if step.id == "drain"));
}

#[test]
fn the_cleanup_is_offered_again() {
    let mut b = started();
    b.answer("ask", "none");
    b.does("drain", 0, &[]);
    b.does("deploy", 0, &[]);
    b.answer("really", "yes");
    b.does("warm", 0, &[]);
    b.does("undrain", 0, &[]);
    b.ok(reopen("really"));
    b.answer("really", "yes");
    assert!(matches!(next(&b.state), Next::Run(step, _) if step.id == "undrain"));
}

#[test]
fn it_is_refused_where_it_would_hurt() {
    let mut b = started();
    assert!(matches!(b.refused(reopen("nope")), Refusal::NoSuchStep(_)));
    assert!(matches!(
        b.refused(reopen("look")),
        Refusal::DoesNotFit { .. }
    ));
    assert!(matches!(
        b.refused(reopen("ask")),
        Refusal::DoesNotFit { .. }
    ));
    assert!(matches!(
        b.refused(reopen("really")),
        Refusal::DoesNotFit { .. }
    ));
    b.answer("ask", "none");
    assert!(matches!(
        b.refused(Command::Reopen {
            gate: "ask".to_owned(),
            reason: String::new(),
        }),
        Refusal::NeedsReason(_)
    ));
    b.run("drain");
    assert!(matches!(b.refused(reopen("ask")), Refusal::Busy { .. }));
    // What runs before the gate does not hang on its answer.
    b.exits("drain", 0, &[]);
    b.run("look");
    assert!(reopening::reopening(&b.state, "ask").is_ok());
    b.exits("look", 0, &[]);
    b.run("deploy");
    b.ends("deploy", crate::engine::observed::Ended::Lost, &[]);
    assert!(matches!(
        b.refused(reopen("ask")),
        Refusal::OutcomeUnknown(_)
    ));
    b.ok(took_effect("deploy", &[]));
    b.ok(Command::Close {
        outcome: RunOutcome::Aborted,
        note: String::new(),
    });
    assert!(matches!(
        b.refused(reopen("ask")),
        Refusal::DoesNotFit { .. }
    ));
    b.ok(skip("undrain", &[]));
    assert_eq!(b.refused(reopen("ask")), Refusal::Closed);
}

#[test]
fn a_failure_stays_one() {
    let mut b = started();
    b.answer("ask", "none");
    b.does("drain", 1, &[]);
    let events = b.ok(reopen("ask"));
    let Event::GateReopened(reopened) = &events[0] else {
        panic!("{events:?}");
    };
    assert!(!reopened.again.contains(&"drain".to_owned()));
    b.answer("ask", "some");
    b.does("tell", 0, &[]);
    b.does("wipe", 0, &[]);
    assert!(matches!(next(&b.state), Next::Failed(step, _) if step.id == "drain"));
}

/// What a checklist left open counts for the round in which it was skipped.
#[test]
fn what_the_cleanup_left_open_is_forgotten_with_it() {
    let mut b = Bench::of(
        r"
phases:
  - id: work
    title: Work
    steps:
      - { id: ask, title: Go on?, gate: { answers: { yes: { label: Yes } } } }
cleanup:
  - { id: tidy, title: Tidy, manual: { checklist: [Ask ana, Tell ben] } }
",
    );
    b.answer("ask", "yes");
    b.ok(skip("tidy", &[]));
    assert_eq!(b.state.skipped_open["tidy"].len(), 2);
    b.ok(reopen("ask"));
    assert!(b.state.skipped_open.is_empty());
}
