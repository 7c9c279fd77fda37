//! Gates: what is measured, suggested, answered, and answered without a person.

use super::fixture::*;
use crate::engine::{
    Command, Effect, Event, Refusal, Status,
    effect::Question,
    event::{Answered, Bound, Facts, Measured, Side, Suggested},
    observed::{Ended, Observed},
    pending,
    rules::headless_answer,
};
use crate::template::Value;

const GATE: &str = r#"
inputs: { limit: { type: number, default: 5 } }
phases:
  - id: assess
    title: Assess
    steps:
      - { id: look, run: "true", effect: read, on_failure: continue, outputs: { rate: { line: 1, type: number } } }
      - id: ask
        title: "Roll {{ run.kind }} back?"
        gate:
          evidence: { run: "logs {{ limit }}" }
          criteria:
            - { name: Error rate, value: rate, unit: "%", limit: rate > limit }
            - { name: Kind, value: run.kind, limit: run.kind == "drill" }
          suggest:
            - { when: rate > limit, answer: roll_back, because: "{{ rate }} is over {{ limit }}" }
            - { when: rate <= limit, answer: leave, because: It is calm }
          answers:
            roll_back: { label: "Roll back at {{ limit }}" }
            leave: { label: Leave it, then: [] }
            destroy: { label: Destroy, then: [gone], reason: required }
  - { id: app, title: App, steps: [{ id: act, run: "true" }] }
  - { id: gone, title: Gone, steps: [{ id: wipe, run: "true", effect: destructive, target: all }] }
"#;

fn asked(rate: &str) -> Bench {
    let mut b = Bench::of(GATE);
    b.does("look", 0, &[("rate", rate)]);
    b
}

fn facts(b: &Bench) -> Facts {
    match b.status("ask") {
        Status::Deciding(deciding) => deciding.facts.clone(),
        other => panic!("the gate is not open: {other:?}"),
    }
}

#[test]
fn an_open_gate_measures_and_suggests() {
    let b = asked("7");
    let line = |name: &str, value: Value, unit: &str, limit: &str, bound, exceeded| Measured {
        name: name.to_owned(),
        value: Some(value),
        unit: unit.to_owned(),
        limit: limit.to_owned(),
        bound: Some(bound),
        exceeded: Some(exceeded),
    };
    assert_eq!(
        facts(&b),
        Facts {
            criteria: vec![
                line(
                    "Error rate",
                    number(7),
                    "%",
                    "rate > limit",
                    Bound {
                        side: Side::Above,
                        value: number(5)
                    },
                    true
                ),
                line(
                    "Kind",
                    string("incident"),
                    "",
                    r#"run.kind == "drill""#,
                    Bound {
                        side: Side::Is,
                        value: string("drill")
                    },
                    false
                ),
            ],
            suggestion: Some(Suggested {
                answer: "roll_back".to_owned(),
                because: "7 is over 5".to_owned()
            }),
        }
    );
    let Status::Deciding(deciding) = b.status("ask") else {
        unreachable!()
    };
    assert_eq!(deciding.question, "Roll incident back?");
}

#[test]
fn what_cannot_be_measured_is_said_and_suggests_nothing() {
    let mut b = Bench::of(GATE);
    b.does("look", 1, &[]);
    let facts = facts(&b);
    assert_eq!(facts.criteria[0].value, None);
    assert_eq!(facts.criteria[0].exceeded, None);
    assert_eq!(facts.suggestion, None);
    // Without a suggestion there is nothing to go against.
    b.answer("ask", "leave");
}

#[test]
fn a_read_that_runs_again_turns_the_table_over() {
    let mut b = asked("7");
    let events = b.does("look", 0, &[("rate", "1")]);
    assert_eq!(names(&events), ["attempt_finished", "gate_measured"]);
    assert_eq!(facts(&b).suggestion.unwrap().answer, "leave");
    let events = b.does("look", 0, &[("rate", "1")]);
    assert_eq!(names(&events), ["attempt_finished"], "nothing has changed");
}

#[test]
fn evidence_is_asked_for_once_and_kept() {
    let mut b = asked("7");
    let [Effect::Query(query)] = &b.effects[..] else {
        panic!("{:?}", b.effects)
    };
    assert_eq!(
        query.of,
        Question::Evidence {
            gate: "ask".to_owned()
        }
    );
    assert_eq!(query.argv.last().unwrap(), "logs '5'");
    let query = query.clone();
    assert_eq!(
        pending(&b.state),
        [Effect::Query(query)],
        "until it is there"
    );
    let evidence = |gate: &str, text: &str| {
        Command::Observed(Observed::Answered {
            of: Question::Evidence {
                gate: gate.to_owned(),
            },
            text: text.to_owned(),
            ended: Ended::Exit { code: 1 },
        })
    };
    assert_eq!(b.ok(evidence("look", "x")), []);
    let long = "é".repeat(50_000);
    b.ok(evidence("ask", &long));
    assert_eq!(pending(&b.state), []);
    let Status::Deciding(deciding) = b.status("ask") else {
        unreachable!()
    };
    let (text, ended) = deciding.evidence.as_ref().unwrap();
    assert_eq!(text.len(), 64 << 10, "cut between two characters");
    assert_eq!(*ended, Ended::Exit { code: 1 });
    assert_eq!(b.ok(evidence("ask", "later")), [], "it is there");
    b.answer("ask", "roll_back");
    assert_eq!(b.ok(evidence("ask", "late")), []);
}

#[test]
fn evidence_that_lacks_a_value_says_so() {
    for env in ["", "env: { RATE: '{{ rate }}' }\n"] {
        let script = if env.is_empty() { "e {{ rate }}" } else { "e" };
        let b = Bench::of(&format!(
            "{env}phases:\n  - id: only\n    title: Only\n    steps:\n      - {{ id: ask, gate: {{ evidence: {{ run: '{script}' }}, answers: {{ a: {{ label: A }} }} }} }}\n      - {{ id: look, run: 'true', outputs: {{ rate: {{ text: true }} }} }}\n"
        ));
        let [Effect::Query(query)] = &b.effects[..] else {
            panic!("{env}: {:?}", b.effects)
        };
        assert!(query.argv.last().unwrap().contains("a value is missing"));
    }
}

#[test]
fn an_answer_records_what_was_decided() {
    let mut b = asked("7");
    let events = b.answer("ask", "roll_back");
    assert_eq!(
        events[0],
        Event::GateAnswered(Box::new(Answered {
            gate: "ask".to_owned(),
            answer: "roll_back".to_owned(),
            label: "Roll back at 5".to_owned(),
            reason: None,
            overrides: None,
            route: vec!["app".to_owned(), "gone".to_owned()],
            ends: false,
            approvals: Vec::new(),
            unapproved: false,
        }))
    );
    assert_eq!(b.state.answers["ask"], "roll_back");
    assert!(matches!(b.status("ask"), Status::Answered { by, .. } if by == OPERATOR));
    assert!(matches!(
        b.refused(answer_command("ask", "leave", Some("second thoughts"))),
        Refusal::DoesNotFit { .. }
    ));
}

#[test]
fn going_against_the_facts_needs_a_reason_and_stays_marked() {
    let mut b = asked("7");
    for reason in [None, Some(""), Some("  ")] {
        assert_eq!(
            b.refused(answer_command("ask", "leave", reason))
                .to_string(),
            "Say why: the facts speak for `roll_back`; choosing against them is recorded with your reason"
        );
    }
    let events = b.ok(answer_command("ask", "leave", Some("it is the cache")));
    assert!(matches!(
        &events[0],
        Event::GateAnswered(it)
            if it.overrides.as_deref() == Some("roll_back")
                && it.reason.as_deref() == Some("it is the cache")
                && it.ends
                && it.route.is_empty()
    ));
    assert!(matches!(
        b.status("ask"),
        Status::Answered {
            overrides: Some(_),
            ..
        }
    ));
}

#[test]
fn some_answers_always_need_a_reason() {
    let mut b = Bench::of(GATE);
    b.does("look", 1, &[]);
    assert_eq!(
        b.refused(answer_command("ask", "destroy", Some(" ")))
            .to_string(),
        "Say why: this answer needs a reason"
    );
    let events = b.ok(answer_command("ask", "destroy", Some("the disk is gone")));
    assert!(matches!(
        &events[0],
        Event::GateAnswered(it) if it.overrides.is_none()
    ));
}

#[test]
fn an_answer_that_there_is_not() {
    let refusal = asked("7").refused(answer_command("ask", "rollback", None));
    assert_eq!(
        refusal.to_string(),
        "‘Roll incident back?’ has no answer `rollback`; it has: roll_back, leave, destroy"
    );
}

#[test]
fn a_gate_is_answered_in_its_turn() {
    let mut b = Bench::of(GATE);
    assert_eq!(
        b.refused(answer_command("ask", "leave", None)),
        Refusal::OutOfTurn {
            step: "look".to_owned()
        }
    );
}

fn headless(rule: &str, rate: &str) -> Result<String, String> {
    let text = GATE
        .replace(
            "          evidence:",
            &format!("          headless: {rule}\n          evidence:"),
        )
        .replace(
            "{ when: rate <= limit, answer: leave",
            "{ when: rate > 1, answer: destroy, because: X }\n            - { when: rate <= limit, answer: leave",
        );
    let mut b = Bench::of(&text);
    b.does("look", i32::from(rate.is_empty()), &[("rate", rate)]);
    headless_answer(&b.state, "ask")
}

#[test]
fn without_a_person() {
    let ok = |answer: &str| Ok(answer.to_owned());
    let err = |why: &str| Err(why.to_owned());
    assert_eq!(
        headless("stop", "7"),
        err("the runbook wants a person to answer it")
    );
    assert_eq!(headless("destroy", "7"), ok("destroy"), "the author's word");
    assert_eq!(headless("suggested", "7"), ok("roll_back"));
    assert_eq!(headless("suggested", "1"), ok("leave"));
    assert_eq!(
        headless("suggested", "3"),
        err("the suggested answer `destroy` leads to something destructive")
    );
    assert_eq!(
        headless("suggested", ""),
        err("the facts speak for no answer")
    );
    let b = Bench::of(GATE);
    assert_eq!(
        headless_answer(&b.state, "nowhere"),
        err("there is no gate `nowhere`")
    );
    for not_open in ["ask", "look"] {
        assert_eq!(
            headless_answer(&b.state, not_open),
            Err(format!("`{not_open}` is not an open gate"))
        );
    }
}
