//! When nobody knows, and when a value is missing.

use super::fixture::*;
use crate::engine::{
    Command, Event, Next, Refusal, Status,
    command::Run,
    event::{Conclusion, RunOutcome},
    needs, next,
    observed::Ended,
};

const BOOK: &str = r#"
phases:
  - id: first
    title: First
    steps:
      - { id: act, title: Act, run: "true", retry: { attempts: 9, delay: 1s }, outputs: { made: { line: 1, type: number }, spare: { line: 2 }, has: { line: 3, default: x } } }
      - { id: ask, gate: { answers: { stay: { label: Stay }, leave: { label: Leave, then: [last] } } } }
  - id: second
    title: Second
    when: made > 1
    steps: [{ id: use, title: Use, run: "echo {{ made }} {{ has }}" }]
  - id: last
    title: Last
    steps: [{ id: bye, run: "true" }]
"#;

fn unknown() -> Bench {
    let mut b = Bench::of(BOOK);
    b.run("act");
    b.ends("act", Ended::Lost, &[]);
    b
}

#[test]
fn a_write_of_unknown_outcome_waits_for_the_operator() {
    let mut b = unknown();
    assert!(matches!(next(&b.state), Next::Unknown(step, _) if step.id == "act"));
    b.ok(Command::Auto(true));
    assert_eq!(b.after(3600).ok(Command::Tock), []);
    let run = Run::step("act");
    let open = Refusal::OutcomeUnknown("Act".to_owned());
    assert_eq!(b.refused(Command::Run(run.clone())), open);
    assert_eq!(b.refused(Command::Retry(run)), open);
    let close = |outcome| Command::Close {
        outcome,
        note: String::new(),
    };
    assert_eq!(b.refused(close(RunOutcome::Resolved)), open);
    assert_eq!(b.refused(close(RunOutcome::StoodDown)), open);
    b.ok(close(RunOutcome::Aborted));
}

#[test]
fn it_took_no_effect_and_may_run_again() {
    let mut b = unknown();
    let Command::TookNoEffect { step, .. } = took_no_effect("act") else {
        unreachable!()
    };
    let blank = Command::TookNoEffect {
        step,
        reason: " \n".to_owned(),
    };
    assert_eq!(
        b.refused(blank).to_string(),
        "Say why: how do you know that it took no effect?"
    );
    let events = b.ok(took_no_effect("act"));
    assert_eq!(names(&events), ["effect_denied"]);
    // As after any failure, its fallbacks are offered; nothing runs by itself.
    let failed = Status::Failed {
        attempt: Some(1),
        reason: "it took no effect: nothing changed".to_owned(),
    };
    assert_eq!(b.status("act"), &failed);
    b.run("act");
    assert_eq!(b.launched().number, 2);
}

#[test]
fn it_took_effect_and_its_values_are_asked_for() {
    let mut b = unknown();
    let mut blank = took_effect("act", &[("made", "2")]);
    if let Command::TookEffect { reason, .. } = &mut blank {
        reason.clear();
    }
    assert_eq!(
        b.refused(blank).to_string(),
        "Say why: how do you know that it took effect?"
    );
    assert_eq!(
        b.refused(took_effect("act", &[])),
        Refusal::NeedsValue {
            name: "made".to_owned(),
            needed_by: "phase ‘Second’".to_owned()
        }
    );
    let refusal = b.refused(took_effect("act", &[("made", "two")]));
    assert_eq!(refusal.to_string(), "made: `two` is not a number");
    let events = b.ok(took_effect("act", &[("made", "2"), ("unheard", "of")]));
    assert!(matches!(
        &events[0],
        Event::StepConcluded { conclusion: Conclusion::TookEffect { reason }, values, .. }
            if reason == "seen in the cluster" && values.len() == 2
    ));
    assert_eq!(b.state.values["made"], number(2));
    assert_eq!(b.state.values["has"], string("x"), "its default");
    assert_eq!(
        b.state.scope().get("steps.act.outcome"),
        Some(&string("took_effect"))
    );
}

#[test]
fn skipping_asks_for_what_is_needed_later() {
    let mut b = Bench::of(BOOK);
    let (_, step) = b.state.runbook.step("act").unwrap();
    assert_eq!(
        needs::missing(&b.state, step),
        [("made", "phase ‘Second’".to_owned())],
        "nobody needs the spare one"
    );
    assert!(matches!(
        b.refused(skip("act", &[])),
        Refusal::NeedsValue { .. }
    ));
    let mut silent = skip("act", &[("made", "5")]);
    if let Command::Skip { reason, .. } = &mut silent {
        reason.clear();
    }
    assert_eq!(
        b.refused(silent).to_string(),
        "Say why: why is the step left out?"
    );
    b.ok(skip("act", &[("made", "5")]));
    b.answer("ask", "stay");
    b.run("use");
    assert_eq!(b.launched().command(), "echo '5' 'x'");
}

#[test]
fn what_the_route_leaves_out_needs_nothing() {
    let mut b =
        Bench::of(&BOOK.replace("run: \"true\", retry", "effect: read, run: \"true\", retry"));
    b.does("act", 0, &[("made", "1"), ("spare", "")]);
    // Known already: a skip of nothing else is needed.
    let (_, step) = b.state.runbook.step("act").unwrap();
    assert_eq!(needs::missing(&b.state, step), []);
    b.answer("ask", "leave");
    assert_eq!(needs::who_needs(&b.state, step_of(&b, "act"), "made"), None);
}

fn step_of<'a>(b: &'a Bench, id: &str) -> &'a crate::runbook::Step {
    b.state.runbook.step(id).unwrap().1
}

#[test]
fn a_step_that_uses_a_value_in_any_of_its_texts_needs_it() {
    for step in [
        r#"{ id: use, run: "echo {{ v }}" }"#,
        r#"{ id: use, run: "true", when: v == "1" }"#,
        r#"{ id: use, run: "true", title: "With {{ v }}" }"#,
        r#"{ id: use, run: "true", target: "{{ v }}" }"#,
        r#"{ id: use, run: "true", cwd: "/{{ v }}" }"#,
        r#"{ id: use, run: "true", env: { V: "{{ v }}" } }"#,
        r#"{ id: use, run: "true", expect: { that: v == "1" } }"#,
        r#"{ id: use, run: "true", fallbacks: [{ title: F, run: "f {{ v }}" }] }"#,
        r#"{ id: use, manual: { instructions: "Paste {{ v }}" } }"#,
        r#"{ id: use, manual: { checklist: ["Paste {{ v }}"] } }"#,
        r#"{ id: use, manual: { instructions: x, copy: "{{ v }}" } }"#,
        r#"{ id: use, wait: { for: 1m, until: v == "1" } }"#,
        r#"{ id: use, gate: { evidence: { run: "e {{ v }}" }, answers: { a: { label: A } } } }"#,
        r#"{ id: use, gate: { answers: { a: { label: "A {{ v }}" } } } }"#,
        r#"{ id: use, gate: { criteria: [{ name: N, value: v, limit: v == "1" }], answers: { a: { label: A } } } }"#,
        r#"{ id: use, gate: { suggest: [{ when: v == "1", answer: a }], answers: { a: { label: A } } } }"#,
    ] {
        let step = step.replace("v == \"1\"", "'v == \"1\"'");
        let mut b = Bench::of(&format!(
            "phases:\n  - id: only\n    title: Only\n    steps:\n      - {{ id: make, run: 'true', outputs: {{ v: {{ text: true }} }} }}\n      - {step}\n"
        ));
        assert_eq!(
            b.refused(skip("make", &[])),
            Refusal::NeedsValue {
                name: "v".to_owned(),
                needed_by: "‘use’".to_owned()
            },
            "{step}"
        );
        b.ok(skip("make", &[("v", "1")]));
    }
}

#[test]
fn a_skip_replaces_an_unknown_outcome_too() {
    let mut b = unknown();
    b.ok(skip("act", &[("made", "1")]));
    assert!(matches!(
        b.status("act"),
        Status::Concluded {
            conclusion: Conclusion::Skipped { .. },
            ..
        }
    ));
}

#[test]
fn a_failed_step_that_is_skipped_keeps_values_of_an_earlier_success() {
    let mut b = Bench::of(
        r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: make, run: "true", outputs: { v: { text: true } } }
      - { id: use, run: "echo {{ v }}" }
"#,
    );
    b.does("make", 0, &[("v", "old")]);
    b.ok(Command::Retry(Run::step("make")));
    b.exits("make", 1, &[]);
    b.ok(skip("make", &[]));
    assert_eq!(b.state.values["v"], string("old"));
}
