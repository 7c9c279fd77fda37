//! A gate that was asked again: which answer counts, and until when it took to decide.

use rbconsole::engine::{
    Command,
    event::{RunKind, RunOutcome},
};

use super::{golden, in_order};
use crate::story::Story;

const RUNBOOK: &str = r#"
version: 1
title: Roll back payments
phases:
  - id: assess
    title: Assess
    role: assess
    budget: 1m
    steps:
      - { id: look, title: Look, effect: read, run: "curl -s metrics" }
      - id: decide
        title: Roll back?
        gate:
          answers:
            back: { label: Roll back, then: [undo, verify] }
            forward: { label: Roll forward, then: [mend, verify] }
  - id: undo
    title: Undo
    role: rollback_app
    steps:
      - { id: back, title: Put the old release back, run: "ln -sfn old current" }
  - id: mend
    title: Mend
    role: rollback_app
    steps:
      - { id: push, title: Push the hotfix, run: "push" }
  - id: verify
    title: Verify
    role: verify
    steps: [ { id: check, title: Ask for the health, effect: read, run: "curl -f app" } ]
"#;

/// The answer was taken back three minutes later: the decision that counts is the second.
#[test]
fn reopened() {
    let mut story = Story::of(RUNBOOK, RunKind::Incident);
    story.run("look", 0, "error_rate 7\n");
    story.answer("decide", "forward", Some("the hotfix is ready"));
    story.run("push", 0, "pushed\n").wait(120);
    story.ask(Command::Reopen {
        gate: "decide".into(),
        reason: "the hotfix does not help".into(),
    });
    story.wait(60);
    story.answer("decide", "back", Some("customers cannot pay"));
    story.run("back", 0, "").run("check", 0, "ok\n");
    story.close(RunOutcome::Resolved, "The old release serves");
    let text = golden("reopened", &story);
    in_order(
        &text,
        &[
            "To ‘Roll back?’ ana answered ‘Roll forward’ (the hotfix is ready); that was taken back later.",
            "To ‘Roll back?’ ana answered ‘Roll back’ (customers cannot pay).",
            "Roll back? is asked again, says ana: the hotfix does not help · what stays done: Push the hotfix",
            "- **Taken back** by ana at 14:16:26 UTC: the hotfix does not help",
            "- Answer: **Roll back**",
            "Roll back? was asked again: the hotfix does not help",
        ],
    );
    let report = story.report();
    let marks = report["times"]["marks"].as_array().unwrap().iter();
    let marks: Vec<(&str, &str)> = marks
        .map(|mark| {
            let until = &mark["until"]["clock"];
            (mark["name"].as_str().unwrap(), until.as_str().unwrap())
        })
        .collect();
    // Until the second answer, the second rollback, and the check behind that.
    let wanted = [
        ("decide", "14:17:31"),
        ("mitigate", "14:17:39"),
        ("verify", "14:17:47"),
    ];
    assert_eq!(marks, wanted, "{text}");
}
