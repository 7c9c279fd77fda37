//! Runs of the engine take walked routes: its rules and ours cannot drift apart.

use std::sync::Arc;

use chrono::{TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::engine::{Command, Next, apply, decide, event::RunKind, event::RunOutcome, next};
use crate::engine::{Entry, Started, start};
use crate::runbook::library::BUILT_IN;
use crate::runbook::{load, load_with};
use crate::template::{Type, Value};

const EVERYTHING: &str = include_str!("../../engine/tests/walk/routes.yaml");

/// Used twice, one time inside a used one: its gate leads on, back out, or to its end.
const INNER: &str = "
version: 1
title: Inner
inputs: { host: {} }
phases:
  - id: ask
    title: Ask
    steps:
      - id: how
        gate:
          answers:
            all: { label: All }
            last: { label: The last, then: [tell] }
            none_of_it: { label: None, then: [] }
      - { id: after, run: echo after, effect: read }
  - id: undo
    title: Undo
    when: answers.how == 'all' or host == 'x'
    steps: [ { id: undone, run: 'undo {{ host }}' } ]
  - id: tell
    title: Tell
    steps: [ { id: told, run: echo told, effect: read, when: 'answers.how != \"all\"' } ]
";

const MIDDLE: &str = "
version: 1
title: Middle
inputs: { name: {} }
phases:
  - id: m
    title: M
    steps:
      - { id: deep, uses: inner, with: { host: '{{ name }}' } }
      - id: enough
        gate: { answers: { more: { label: More }, no_more: { label: No more, then: [] } } }
  - id: rest
    title: Rest
    steps: [ { id: resting, run: 'true', effect: read } ]
";

const OUTER: &str = "
version: 1
title: Outer
inputs: { service: { default: web } }
phases:
  - id: one
    title: One
    steps:
      - id: whether
        gate:
          answers:
            go_on: { label: Go on }
            skip_two: { label: Skip two, then: [three] }
            stop_here: { label: Stop here, then: [] }
      - { id: first, uses: inner, with: { host: '{{ service }}' } }
      - { id: between, run: echo, effect: read, when: answers.first__how == 'last' }
  - id: two
    title: Two
    steps:
      - { id: second, uses: middle, with: { name: x } }
      - id: finally
        when: answers.whether == 'go_on'
        gate: { answers: { yes_: { label: Yes }, leave: { label: Leave, then: [] } } }
  - id: three
    title: Three
    steps: [ { id: last, run: echo last, effect: read } ]
";

fn books() -> Vec<Arc<Runbook>> {
    let driven = ["kubernetes-rollout", "symlink-release"];
    let shipped = BUILT_IN.iter().filter(|one| driven.contains(&one.name));
    let shipped = shipped.map(|runbook| runbook.text);
    let uses = load_with(OUTER, &|name| match name {
        "inner" => Ok(INNER.to_owned()),
        "middle" => Ok(MIDDLE.to_owned()),
        _ => Err("no such runbook".to_owned()),
    });
    let findings = uses.render("outer", OUTER, false);
    shipped
        .chain([EVERYTHING])
        .map(|text| load(text).runbook.unwrap())
        .chain([uses.runbook.expect(&findings)])
        .map(Arc::new)
        .collect()
}

fn value(text: &str, kind: Type) -> Value {
    Value::parse(text, kind).unwrap_or_else(|_| Value::parse("1", kind).unwrap())
}

fn started(runbook: &Runbook, given: bool) -> Started {
    let inputs = runbook.inputs.iter().map(|input| {
        let fallback = || match input.kind {
            Type::Secret => Value::Secret {
                variable: "SECRET".to_owned(),
            },
            Type::Boolean => Value::Boolean(given),
            kind => value(if given { "x" } else { "" }, kind),
        };
        let default = input.default.clone().filter(|_| !given);
        (input.name.clone(), default.unwrap_or_else(fallback))
    });
    serde_json::from_value(serde_json::json!({
        "id": "2026-01-02-0304-test-aaaa",
        "title": "T",
        "kind": RunKind::Incident,
        "runbook": "test",
        "digest": "",
        "inputs": inputs.collect::<std::collections::BTreeMap<_, _>>(),
        "host": "host",
        "boot_id": "",
        "version": "0",
        "auto": false,
    }))
    .unwrap()
}

/// Plays a run: each number chooses an answer, a skip or a success.
fn play(runbook: &Arc<Runbook>, given: bool, choices: &[u8]) -> State {
    let mut now = Utc.with_ymd_and_hms(2026, 1, 2, 12, 0, 0).unwrap();
    let decision = start(runbook, started(runbook, given), "ada", now);
    let mut events = decision.events.into_iter().map(|event| Entry {
        at: now,
        by: "ada".into(),
        event,
    });
    let first = events.next().unwrap();
    let mut state = State::begin(Arc::clone(runbook), &first).unwrap();
    events.for_each(|entry| apply(&mut state, &entry));
    for choice in choices {
        now += TimeDelta::seconds(1);
        let command = match next(&state) {
            Next::Decide(step, gate, _) => Command::Answer {
                gate: step.id.clone(),
                answer: gate.answers[usize::from(*choice) % gate.answers.len()]
                    .name
                    .clone(),
                reason: Some("so".to_owned()),
                without_approval: false,
            },
            Next::Wait(step, _) => Command::EndWait {
                step: step.id.clone(),
                reason: "so".to_owned(),
            },
            Next::Close(_) => Command::Close {
                outcome: RunOutcome::Resolved,
                note: String::new(),
            },
            Next::Run(step, _) | Next::Manual(step, ..) | Next::Failed(step, _) => Command::Skip {
                step: step.id.clone(),
                reason: "so".to_owned(),
                values: step
                    .makes()
                    .into_iter()
                    .map(|(name, kind)| {
                        let text = [choice % 3 + 1, 0][usize::from(*choice > 128)].to_string();
                        (name.to_owned(), value(&text, kind).to_string())
                    })
                    .collect(),
            },
            _ => break,
        };
        let Ok(decision) = decide(&state, command, "ada", now) else {
            break;
        };
        for event in decision.events {
            let entry = Entry {
                at: now,
                by: "ada".into(),
                event,
            };
            apply(&mut state, &entry);
        }
    }
    state
}

#[test]
fn what_a_used_runbook_decides_stays_inside_it() {
    let routes = walk(&books()[3], Limits::default());
    assert_eq!(routes.cut, None);
    let ends: Vec<&Route> = routes
        .routes
        .iter()
        .filter(|route| route.stands_down)
        .collect();
    assert!(!ends.is_empty());
    for route in &routes.routes {
        let answers = route.answers();
        let stops = answers.get("whether") == Some(&"stop_here")
            || answers.get("finally") == Some(&"leave");
        assert_eq!(route.stands_down, stops, "{answers:?}");
        let last = route.steps().any(|step| step == "last");
        assert_eq!(last, !stops, "{answers:?}");
    }
}

#[test]
fn every_route_of_a_shipped_runbook_has_a_number() {
    for one in BUILT_IN {
        let runbook = one.load().runbook.expect(one.name);
        let routes = walk(&runbook, Limits::default());
        assert_eq!(routes.cut, None);
        let numbers: Vec<usize> = routes.routes.iter().map(|route| route.number).collect();
        assert_eq!(numbers, (1..=routes.routes.len()).collect::<Vec<_>>());
        assert!(routes.routes.len() < 200, "{}", routes.routes.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn a_run_takes_a_walked_route(
        book in 0usize..4,
        given: bool,
        choices in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let runbook = &books()[book];
        let routes = walk(runbook, Limits { routes: 5000, ..Limits::default() });
        prop_assert_eq!(routes.cut, None);
        let state = play(runbook, given, &choices);
        let taken: Vec<&Route> = routes.of(&state).collect();
        prop_assert!(!taken.is_empty(), "{:?} {:?}", state.phases, state.answers);
        if state.closed.is_some() {
            prop_assert_eq!(taken.len(), 1);
        }
    }
}
