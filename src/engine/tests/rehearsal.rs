//! A run that does nothing to the world.

use super::fixture::*;
use crate::engine::{
    Command, Effect, Next, Refusal, Status,
    command::Run,
    event::{Conclusion, RunKind},
    gate, next,
    observed::Ended,
};

const BOOK: &str = r#"
phases:
  - id: only
    title: Only
    steps:
      - { id: look, title: Look, run: "look", effect: read, outputs: { rate: { line: 1 } }, watch: { tail: "tail" } }
      - { id: ask, gate: { evidence: { run: logs }, answers: { go: { label: Go } } } }
      - { id: act, title: Act, run: "act {{ rate }}", outputs: { made: { line: 1 }, spare: { line: 2 } }, fallbacks: [{ title: F, run: f }], probe: "x" }
      - { id: wipe, run: "wipe {{ made }}", effect: destructive, target: db, rehearse: "echo would wipe {{ made }}" }
      - { id: settle, wait: { for: 5m, until: made == "never" } }
      - { id: drop, title: Drop, run: "drop", effect: destructive, target: db }
"#;

fn bench(auto: bool) -> Bench {
    Bench::with(BOOK, |started| {
        started.kind = RunKind::Rehearsal;
        started.auto = auto;
    })
}

fn pass(step: &str, values: &[(&str, &str)]) -> Command {
    Command::Run(Run {
        values: Some(texts(values)),
        ..Run::step(step)
    })
}

fn rehearsed(b: &Bench, step: &str) -> bool {
    matches!(
        b.status(step),
        Status::Concluded {
            conclusion: Conclusion::Rehearsed,
            ..
        }
    )
}

#[test]
fn only_what_may_run_there_runs() {
    let mut b = bench(false);
    assert_eq!(b.state.run.kind.word(), "rehearsal");
    // To run a read step as it is the operator agrees; its companion does not run.
    b.does("look", 0, &[("rate", "7")]);
    assert_eq!(b.state.attempts.len(), 1);
    assert_eq!(b.effects, [], "no evidence");
    assert!(!gate::awaits_evidence(&b.state, "ask"));
    b.answer("ask", "go");
    let needed = b.refused(Command::Run(Run::step("act")));
    assert!(matches!(needed, Refusal::NeedsValue { name, .. } if name == "made"));
    let events = b.ok(pass("act", &[("made", "m")]));
    assert_eq!(names(&events), ["step_concluded", "step_reached"]);
    assert!(rehearsed(&b, "act"));
    // Nothing is destroyed: no name is typed.
    b.run("wipe");
    assert_eq!(b.launched().command(), "echo would wipe 'm'");
    assert_eq!(b.launched().effect, crate::runbook::Effect::Read);
    let events = b.ends("wipe", Ended::Exit { code: 0 }, &[]);
    assert_eq!(
        names(&events),
        ["attempt_finished", "step_concluded", "step_reached"]
    );
    assert!(rehearsed(&b, "settle"), "nothing has to settle");
    b.run("drop");
    assert!(rehearsed(&b, "drop"));
    assert_eq!(b.state.attempts.len(), 2);
    assert!(matches!(next(&b.state), Next::Close(_)));
}

#[test]
fn a_read_step_can_be_passed_with_its_values() {
    let mut b = bench(false);
    assert!(matches!(
        b.refused(pass("look", &[])),
        Refusal::NeedsValue { .. }
    ));
    b.ok(pass("look", &[("rate", "3")]));
    assert!(rehearsed(&b, "look"));
    assert_eq!(b.effects, []);
    // Also after it was tried.
    let mut b = bench(false);
    b.does("look", 1, &[]);
    assert_eq!(
        b.refused(Command::Fallback {
            step: "look".to_owned(),
            index: 0,
            confirmation: None
        })
        .to_string(),
        "‘Look’ cannot fall back: a rehearsal runs nothing but what was written for it"
    );
    b.ok(pass("look", &[("rate", "3")]));
    assert!(rehearsed(&b, "look"));
}

#[test]
fn nothing_else_can_be_made_to_run() {
    let mut b = bench(false);
    let changed = Run {
        script: Some("rm".to_owned()),
        ..Run::step("look")
    };
    assert!(matches!(
        b.refused(Command::Run(changed)),
        Refusal::DoesNotFit { .. }
    ));
    let mut b = Bench::of(BOOK);
    assert_eq!(
        b.refused(pass("look", &[("rate", "3")])).to_string(),
        "‘Look’ cannot be passed: only a rehearsal passes what it has not run"
    );
}

#[test]
fn auto_advance_never_runs_a_read_step() {
    let mut b = bench(true);
    assert_eq!(b.effects, []);
    assert!(matches!(b.status("look"), Status::Ready { .. }));
    b.ok(pass("look", &[("rate", "3")]));
    b.answer("ask", "go");
    assert!(
        matches!(b.status("act"), Status::Ready { .. }),
        "a value is needed"
    );
    b.ok(pass("act", &[("made", "m")]));
    assert!(
        !b.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Launch(_)))
    );
    // What can be passed without a question is passed.
    let body = r"
phases: [{ id: only, title: Only, steps: [{ id: act, run: act }, { id: soft, run: soft, rehearse: echo }] }]
";
    let b = Bench::with(body, |started| {
        started.kind = RunKind::Rehearsal;
        started.auto = true;
    });
    assert!(rehearsed(&b, "act"));
    assert_eq!(b.launched().command(), "echo");
}

#[test]
fn later_conditions_see_a_step_that_went_well() {
    let body = r#"
phases: [{ id: only, title: Only, steps: [{ id: act, run: act }, { id: more, run: more, when: 'steps.act.outcome == "succeeded"' }] }]
"#;
    let mut b = Bench::with(body, |started| started.kind = RunKind::Rehearsal);
    b.run("act");
    assert!(matches!(b.status("more"), Status::Ready { doubt: None }));
}
