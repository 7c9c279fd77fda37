//! Used runbooks: what one decides stays inside it.

use super::fixture::*;
use crate::engine::{Command, Effect, Next, command::Run, event::RunOutcome, next};
use crate::runbook::{Kind, Runbook, load_with};
use crate::template::Value;
use std::sync::Arc;

const INNER: &str = r#"
version: 1
title: Inner
inputs:
  host: { pattern: '[a-z0-9.]+' }
  tries: { type: number, default: 3 }
env: { HOST: "{{ host }}", ONLY: inner }
phases:
  - id: ask
    title: Ask
    steps:
      - { id: count, run: "echo {{ host }}", effect: read, outputs: { found: { line: 1, type: number } } }
      - id: how
        title: "How on {{ host }}?"
        gate:
          evidence: { run: 'echo "$HOST" {{ tries }}' }
          suggest: [ { when: "found > tries", answer: all, because: "{{ found }} of them" } ]
          answers:
            all: { label: All }
            last: { label: The last, then: [tell] }
            none_of_it: { label: None, then: [] }
      - { id: after, run: "echo after", effect: read }
  - id: undo
    title: Undo
    when: found > 0
    steps: [ { id: undone, run: "undo {{ host }}", effect: destructive, target: "{{ host }}" } ]
  - id: tell
    title: Tell
    steps: [ { id: told, run: "echo told", effect: read, when: 'answers.how != "all"' } ]
"#;

const MIDDLE: &str = r#"
version: 1
title: Middle
inputs: { name: {} }
phases:
  - id: m
    title: M
    steps:
      - { id: before, run: "echo {{ name }}", effect: read }
      - { id: deep, uses: inner, with: { host: "{{ name }}.example" } }
      - { id: behind, run: "echo {{ deep__found }}", effect: read }
  - id: rest
    title: Rest
    steps: [ { id: resting, run: "true", effect: read } ]
"#;

fn book(text: &str) -> Arc<Runbook> {
    let loaded = load_with(
        &format!("version: 1\ntitle: A test\n{text}"),
        &|name| match name {
            "inner" => Ok(INNER.to_owned()),
            "middle" => Ok(MIDDLE.to_owned()),
            _ => Err("no such runbook".to_owned()),
        },
    );
    let findings = loaded.render("test.yaml", text, false);
    Arc::new(loaded.runbook.expect(&findings))
}

const OUTER: &str = r#"
inputs: { service: { default: web } }
phases:
  - id: one
    title: One
    steps:
      - { id: first, run: "true", effect: read }
      - id: whether
        title: Whether?
        gate:
          answers:
            go_on: { label: Yes }
            straight: { label: To the end, then: [three] }
            halt: { label: Stop, then: [] }
      - { id: u, uses: inner, with: { host: "{{ service }}" } }
      - { id: last, run: "echo {{ u__found }} {{ answers.u__how }}", effect: read }
  - id: two
    title: Two
    steps: [ { id: second, run: "true", effect: read } ]
  - id: three
    title: Three
    steps: [ { id: third, run: "true", effect: read } ]
"#;

/// Does whatever is next; a gate gets the answer of its name.
fn walk(runbook: &Arc<Runbook>, found: i64, answers: &[(&str, &str)]) -> (Vec<String>, Bench) {
    let mut b = Bench::over(runbook, |_| ());
    let mut ran = Vec::new();
    for _ in 0..40 {
        let (id, is_gate) = match next(&b.state) {
            Next::Run(step, _) => (step.id.clone(), false),
            Next::Decide(step, ..) => (step.id.clone(), true),
            _ => break,
        };
        if is_gate {
            let answer = answers.iter().find(|(gate, _)| *gate == id);
            let answer = answer.map_or("all", |(_, answer)| answer);
            b.ok(Command::Answer {
                gate: id.clone(),
                answer: answer.to_owned(),
                reason: Some("because".to_owned()),
                without_approval: false,
            });
        } else if id.ends_with("count") {
            b.does(
                &id,
                0,
                &[(
                    &format!("{}found", id.trim_end_matches("count")),
                    &found.to_string(),
                )],
            );
        } else if id.ends_with("undone") {
            b.ok(Command::Run(Run {
                confirmation: Some("web".to_owned()),
                ..Run::step(&id)
            }));
            b.exits(&id, 0, &[]);
        } else {
            b.does(&id, 0, &[]);
        }
        ran.push(id);
    }
    (ran, b)
}

#[test]
fn an_answer_decides_about_its_own_runbook_alone() {
    for (outer, inner, found, expected, outcome) in [
        (
            "go_on",
            "all",
            5,
            "first whether u__count u__how u__after u__undone last second third",
            RunOutcome::Resolved,
        ),
        (
            "go_on",
            "last",
            5,
            "first whether u__count u__how u__after u__told last second third",
            RunOutcome::Resolved,
        ),
        (
            "go_on",
            "none_of_it",
            5,
            "first whether u__count u__how u__after last second third",
            RunOutcome::Resolved,
        ),
        // The used phase's own condition still holds it back.
        (
            "go_on",
            "all",
            0,
            "first whether u__count u__how u__after last second third",
            RunOutcome::Resolved,
        ),
        // What is left of the outer gate's phase still runs, the used runbook in it.
        (
            "straight",
            "last",
            5,
            "first whether u__count u__how u__after u__told last third",
            RunOutcome::Resolved,
        ),
        (
            "halt",
            "none_of_it",
            5,
            "first whether u__count u__how u__after last",
            RunOutcome::StoodDown,
        ),
    ] {
        let (ran, b) = walk(
            &book(OUTER),
            found,
            &[("whether", outer), ("u__how", inner)],
        );
        assert_eq!(ran.join(" "), expected, "{outer}, {inner}");
        assert!(
            matches!(next(&b.state), Next::Close(o) if o == outcome),
            "{outer}, {inner}: {:?}",
            next(&b.state)
        );
    }
}

#[test]
fn inputs_reach_through_two_runbooks() {
    let outer = r#"
inputs: { service: { default: web } }
phases:
  - id: one
    title: One
    steps:
      - { id: a, uses: middle, with: { name: "{{ service }}1" } }
      - { id: done, run: "echo {{ a__deep__found }}", effect: read }
"#;
    let (ran, b) = walk(&book(outer), 0, &[("a__deep__how", "last")]);
    assert_eq!(
        ran.join(" "),
        "a__before a__deep__count a__deep__how a__deep__after a__deep__told a__behind a__resting done"
    );
    let scope = b.state.scope();
    let value = |name: &str| scope.get(name).map(ToString::to_string);
    assert_eq!(value("a__name").as_deref(), Some("web1"));
    assert_eq!(value("a__deep__host").as_deref(), Some("web1.example"));
    assert_eq!(value("a__deep__tries").as_deref(), Some("3"));
    assert_eq!(value("a__deep__found").as_deref(), Some("0"));
    assert_eq!(value("answers.a__deep__how").as_deref(), Some("last"));
}

#[test]
fn commands_and_evidence_get_the_variables_of_their_own_runbook() {
    let mut b = Bench::over(&book(OUTER), |_| ());
    let env = |b: &Bench| match &b.effects[0] {
        Effect::Launch(launch) => (launch.argv.last().cloned(), launch.env.clone()),
        Effect::Query(query) => (query.argv.last().cloned(), query.env.clone()),
        other => panic!("{other:?}"),
    };
    let pairs = |script: &str, variables: &[(&str, &str)]| {
        let variables = variables
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        (Some(script.to_owned()), variables.collect::<Vec<_>>())
    };
    b.ok(Command::Run(Run::step("first")));
    assert_eq!(env(&b), pairs("true", &[]));
    b.exits("first", 0, &[]);
    b.answer("whether", "go_on");
    b.ok(Command::Run(Run::step("u__count")));
    let inner = [("HOST", "web"), ("ONLY", "inner")];
    assert_eq!(env(&b), pairs("echo 'web'", &inner));
    b.exits("u__count", 0, &[("u__found", "1")]);
    assert_eq!(env(&b), pairs("echo \"$HOST\" '3'", &inner));
}

#[test]
fn a_value_that_the_used_runbook_would_not_take_is_not_known_in_it() {
    let mut b = Bench::over(&book(OUTER), |started| {
        started
            .inputs
            .insert("service".to_owned(), Value::String("no host".to_owned()));
    });
    b.does("first", 0, &[]);
    b.answer("whether", "go_on");
    let refused = b.refused(Command::Run(Run::step("u__count")));
    assert!(refused.to_string().contains("u__host"), "{refused}");
}

#[test]
fn a_phase_that_is_parted_is_decided_about_once() {
    let text = r"
phases:
  - id: first
    title: First
    steps:
      - { id: look, run: measure, effect: read, outputs: { rate: { line: 1, type: number } } }
  - id: work
    title: Work
    when: rate > 1
    steps:
      - { id: pause, run: pause }
      - { id: u, uses: middle, with: { name: web } }
      - { id: resume, run: resume }
";
    let mut b = Bench::over(&book(text), |_| ());
    b.does("look", 0, &[("rate", "2")]);
    b.does("pause", 0, &[]);
    // Looked at again, it would not be begun; it was, and goes on to its end.
    b.does("look", 0, &[("rate", "0")]);
    let mut done = Vec::new();
    while let Some(step) = b.state.current_step() {
        let id = step.id.clone();
        match step.kind {
            Kind::Gate(_) => b.answer(&id, "all"),
            _ => b.does(&id, 0, &[("u__deep__found", "0")]),
        };
        done.push(id);
    }
    let expected = [
        "u__before",
        "u__deep__count",
        "u__deep__how",
        "u__deep__after",
        "u__behind",
        "u__resting",
        "resume",
    ];
    // Not the last one of the used runbook: its own condition is decided on arrival.
    assert_eq!(done, expected);
}
