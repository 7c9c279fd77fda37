//! Runs that begin at a later step.

use std::collections::BTreeMap;

use super::fixture::*;
use crate::engine::{
    Decision, Entry, From, FromError, State, Status, event::Conclusion, needs, start_from,
};

const BOOK: &str = r#"
phases:
  - id: assess
    title: Assess
    steps:
      - { id: look, run: "look", outputs: { rate: { line: 1, type: number }, host: { line: 2, default: web }, spare: { line: 3 } } }
      - { id: never, run: "never", when: run.kind == "drill" }
      - { id: ask, title: Which way?, gate: { evidence: { run: logs }, answers: { app: { label: App, then: [app] }, data: { label: Data, then: [data], approvals: { count: 1 } } } } }
  - { id: app, title: App, steps: [{ id: settle, wait: { for: 5m } }, { id: deploy, run: "deploy {{ host }} {{ rate }}" }] }
  - { id: data, title: Data, steps: [{ id: restore, run: "restore" }] }
"#;

fn begin(
    step: &str,
    answers: &[(&str, &str, Option<&str>)],
    values: &[(&str, &str)],
) -> Result<(State, Decision), FromError> {
    let book = book(BOOK);
    let mut how = started(&book);
    how.auto = true;
    let answers: BTreeMap<_, _> = answers
        .iter()
        .map(|(gate, answer, reason)| {
            let given = ((*answer).to_owned(), reason.map(str::to_owned));
            ((*gate).to_owned(), given)
        })
        .collect();
    let from = From {
        step: step.to_owned(),
        answers,
        values: texts(values),
    };
    let decision = start_from(&book, how, &from, OPERATOR, noon())?;
    let entries: Vec<Entry> = decision
        .events
        .iter()
        .map(|event| entry(noon(), event.clone()))
        .collect();
    Ok((replay(&book, &entries), decision))
}

#[test]
fn what_comes_before_is_passed_over() {
    let (state, decision) = begin("deploy", &[("ask", "app", None)], &[("rate", "7")]).unwrap();
    assert_eq!(
        names(&decision.events),
        [
            "run_started",
            "phase_entered",
            "step_concluded",
            "step_not_taken",
            "gate_opened",
            "gate_answered",
            "phase_finished",
            "phase_entered",
            "step_concluded",
            "step_reached",
            "attempt_starting"
        ]
    );
    assert_eq!(state.run.from.as_deref(), Some("deploy"));
    assert!(matches!(
        state.status("settle"),
        Status::Concluded { conclusion: Conclusion::Skipped { reason }, .. } if reason == "the run began at ‘deploy’"
    ));
    // The gate's evidence is not asked for any more.
    let [crate::engine::Effect::Launch(launch)] = decision.effects.as_slice() else {
        panic!("{:?}", decision.effects);
    };
    assert_eq!(launch.command(), "deploy 'web' '7'");
    assert_eq!(
        needs::missing(&state, state.runbook.step("look").unwrap().1),
        []
    );
}

#[test]
fn what_is_missing_is_named() {
    let app = ("ask", "app", None);
    let wrong = |step: &str, answers: &[(&str, &str, Option<&str>)], values: &[(&str, &str)]| {
        begin(step, answers, values).unwrap_err().to_string()
    };
    assert_eq!(
        wrong("nowhere", &[], &[]),
        "there is no step `nowhere` in this runbook to begin at"
    );
    assert_eq!(
        wrong("deploy", &[], &[]),
        "‘Which way?’ stands before it: give an answer for `ask` (app, data)"
    );
    assert_eq!(
        wrong("deploy", &[app], &[]),
        "what comes before would have made `rate` (needed by ‘deploy’): give the values"
    );
    assert_eq!(
        wrong("deploy", &[app], &[("rate", "x")]),
        "rate: `x` is not a number"
    );
    assert_eq!(
        wrong("deploy", &[app], &[("rate", "1"), ("ratio", "1")]),
        "no step before it makes `ratio`: only what such a step would have made can be given"
    );
    assert!(wrong("restore", &[app], &[]).starts_with("the run never comes to `restore`"));
    // Its own condition is false: what follows it is not begun in its place.
    assert!(wrong("never", &[], &[("rate", "1")]).starts_with("the run never comes to `never`"));
    assert_eq!(
        wrong("restore", &[("ask", "none", None)], &[]),
        "‘Which way?’ has no answer `none`; it has: app, data"
    );
    assert!(wrong("restore", &[("ask", "data", None)], &[]).contains("needs 1 person to agree"));
}

#[test]
fn an_answer_without_its_approvals_is_marked() {
    let (state, _) = begin("restore", &[("ask", "data", Some("agreed yesterday"))], &[]).unwrap();
    assert!(matches!(
        state.status("ask"),
        Status::Answered {
            unapproved: true,
            ..
        }
    ));
    assert!(matches!(state.status("restore"), Status::Active { .. }));
}

#[test]
fn beginning_at_the_first_step_passes_over_nothing() {
    let (state, decision) = begin("look", &[], &[]).unwrap();
    assert!(matches!(state.status("look"), Status::Active { .. }));
    assert_eq!(decision.events.len(), 4);
}
