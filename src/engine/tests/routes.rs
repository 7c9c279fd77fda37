//! Conditions and routes: which phases and steps a run takes.

use super::fixture::*;
use crate::engine::{
    Command, Event, Next, Refusal, Status, command::Run, event::RunOutcome, next,
    state::PhaseStatus,
};

const ROUTES: &str = r#"
inputs: { database: { default: "no" } }
phases:
  - id: assess
    title: Assess
    steps:
      - id: which
        title: Which way?
        gate:
          answers:
            as_written: { label: As written }
            last: { label: Straight to the end, then: [post] }
            mixed: { label: In another order, then: [post, app, assess_more] }
            halt: { label: Stand down, then: [] }
      - { id: rest, run: "true", effect: read }
  - id: assess_more
    title: More
    steps: [{ id: more, run: "true", effect: read }]
  - id: db
    title: Database
    when: database == "yes"
    steps:
      - { id: restore, run: "true" }
      - { id: restored, title: Restored?, gate: { answers: { "fine": { label: Fine } } } }
  - id: app
    title: Application
    steps:
      - { id: deploy, run: "true", when: answers.which != "mixed" }
      - { id: check, run: "true", effect: read }
  - id: post
    title: Afterwards
    steps: [{ id: tell, when: 'answers.restored == "not_taken"', run: "true" }]
"#;

fn route(answer: &str, database: &str) -> Bench {
    let mut b = Bench::with(ROUTES, |started| {
        started
            .inputs
            .insert("database".to_owned(), string(database));
    });
    b.answer("which", answer);
    b
}

/// Does whatever is next until the run can close; the steps it ran.
fn to_the_end(b: &mut Bench) -> Vec<String> {
    let mut ran = Vec::new();
    for _ in 0..20 {
        let (id, is_gate) = match next(&b.state) {
            Next::Run(step, _) => (step.id.clone(), false),
            Next::Decide(step, ..) => (step.id.clone(), true),
            _ => break,
        };
        if is_gate {
            b.answer(&id, "fine");
        } else {
            b.does(&id, 0, &[]);
        }
        ran.push(id);
    }
    ran
}

#[test]
fn routes() {
    for (answer, database, ran, outcome) in [
        (
            "as_written",
            "no",
            &["rest", "more", "deploy", "check", "tell"][..],
            RunOutcome::Resolved,
        ),
        (
            "as_written",
            "yes",
            &["rest", "more", "restore", "restored", "deploy", "check"],
            RunOutcome::Resolved,
        ),
        ("last", "yes", &["rest", "tell"], RunOutcome::Resolved),
        (
            "mixed",
            "yes",
            &["rest", "tell", "check", "more"],
            RunOutcome::Resolved,
        ),
        ("halt", "yes", &["rest"], RunOutcome::StoodDown),
    ] {
        let mut b = route(answer, database);
        assert_eq!(to_the_end(&mut b), ran, "{answer}, {database}");
        assert!(
            matches!(next(&b.state), Next::Close(o) if o == outcome),
            "{answer}, {database}"
        );
        assert_eq!(b.state.stood_down, answer == "halt");
    }
}

#[test]
fn a_run_begins_at_its_first_step() {
    let b = Bench::of(ROUTES);
    let events: Vec<String> = b.entries.iter().map(|entry| name(&entry.event)).collect();
    assert_eq!(events, ["run_started", "phase_entered", "gate_opened"]);
    assert!(matches!(next(&b.state), Next::Decide(step, ..) if step.id == "which"));
    assert_eq!(b.state.current_phase().unwrap().0.id, "assess");
}

#[test]
fn what_is_left_out_is_refused() {
    let mut b = route("last", "yes");
    assert_eq!(
        b.refused(Command::Run(Run::step("deploy"))),
        Refusal::OutOfTurn {
            step: "rest".to_owned()
        }
    );
    to_the_end(&mut b);
    assert_eq!(
        b.refused(Command::Run(Run::step("deploy"))).to_string(),
        "‘deploy’ cannot run: it is not on the route"
    );
    assert_eq!(
        b.refused(answer_command("restored", "fine", None))
            .to_string(),
        "‘Restored?’ cannot run: it is not on the route"
    );
}

#[test]
fn a_phase_whose_condition_is_false_is_passed_over_with_the_reason() {
    let mut b = route("as_written", "no");
    b.does("rest", 0, &[]);
    let events = b.does("more", 0, &[]);
    assert_eq!(
        names(&events),
        [
            "attempt_finished",
            "phase_finished",
            "phase_not_taken",
            "phase_entered",
            "step_reached"
        ]
    );
    assert_eq!(
        events[2],
        Event::PhaseNotTaken {
            phase: "db".to_owned(),
            because: r#"database == "yes""#.to_owned(),
            around: std::collections::BTreeMap::new(),
        }
    );
    let phase = b.state.phases.iter().find(|phase| phase.id == "db");
    assert!(matches!(
        phase.unwrap().status,
        PhaseStatus::NotTaken { .. }
    ));
    assert!(!b.state.is_on_route("db"));
}

#[test]
fn a_gate_that_was_left_out_answers_not_taken() {
    let scope_of = |b: &Bench| b.state.scope().get("answers.restored").cloned();
    let mut b = Bench::of(ROUTES);
    assert_eq!(scope_of(&b), None, "it may still come");
    b.answer("which", "last");
    assert_eq!(scope_of(&b), Some(string("not_taken")));
    assert_eq!(
        b.state.scope().get("steps.deploy.outcome"),
        Some(&string("not_taken"))
    );
    b.does("rest", 0, &[]);
    assert!(matches!(b.status("tell"), Status::Ready { doubt: None }));
}

#[test]
fn a_gate_whose_own_condition_is_false_answers_not_taken() {
    let b = Bench::of(
        r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: ask, when: run.kind == "drill", gate: { answers: { a: { label: A } } } }
      - { id: act, when: 'answers.ask == "not_taken"', run: "true" }
"#,
    );
    assert!(
        matches!(b.status("ask"), Status::NotTaken { because } if because == r#"run.kind == "drill""#)
    );
    assert!(matches!(b.status("act"), Status::Ready { doubt: None }));
}

#[test]
fn a_step_whose_condition_cannot_be_evaluated_waits_with_the_doubt() {
    let mut b = Bench::of(
        r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: look, run: "true", on_failure: continue, outputs: { rate: { line: 1, type: number } } }
      - { id: act, when: rate > 1, run: "true" }
"#,
    );
    b.ok(Command::Auto(true));
    let events = b.exits("look", 1, &[]);
    assert_eq!(
        names(&events),
        ["attempt_finished", "step_concluded", "step_reached"],
        "and does not run by itself"
    );
    assert!(
        matches!(b.status("act"), Status::Ready { doubt: Some(doubt) } if doubt.contains("rate"))
    );
    b.run("act");
}

#[test]
fn a_phase_whose_condition_cannot_be_evaluated_does_not_run_by_itself() {
    let mut b = Bench::of(
        r#"
phases:
  - id: first
    title: First
    steps: [{ id: look, run: "true", on_failure: continue, outputs: { rate: { line: 1, type: number } } }]
  - id: second
    title: Second
    when: rate > 1
    steps: [{ id: act, run: "true" }, { id: more, run: "true" }]
  - id: third
    title: Third
    steps: [{ id: check, run: "true" }]
"#,
    );
    b.ok(Command::Auto(true));
    let events = b.exits("look", 1, &[]);
    assert!(events.iter().any(
        |event| matches!(event, Event::PhaseEntered { doubt: Some(doubt), .. } if doubt.contains("rate"))
    ));
    for step in ["act", "more"] {
        assert!(matches!(b.status(step), Status::Ready { doubt: Some(_) }));
        b.does(step, 0, &[]);
    }
    assert!(matches!(b.status("check"), Status::Active { .. }));
}

#[test]
fn no_phase_twice() {
    let mut b = Bench::of(
        r#"
phases:
  - { id: one, title: One, steps: [{ id: first, gate: { answers: { on: { label: On, then: [two, three] } } } }] }
  - { id: two, title: Two, steps: [{ id: second, gate: { answers: { back: { label: Back, then: [three, one] } } } }] }
  - { id: three, title: Three, steps: [{ id: third, run: "true" }] }
"#
        .replace("on:", "go_on:")
        .as_str(),
    );
    b.answer("first", "go_on");
    b.answer("second", "back");
    assert_eq!(b.state.upcoming, [] as [&str; 0]);
    assert_eq!(b.state.current_phase().unwrap().0.id, "three");
    b.does("third", 0, &[]);
    assert!(matches!(next(&b.state), Next::Close(RunOutcome::Resolved)));
}
