//! How a run can end: resolved, failed, aborted.

use std::collections::BTreeMap;

use rbconsole::engine::{
    Command,
    effect::Question,
    event::{RunKind, RunOutcome},
    observed::{Ended, Observed},
};

use super::{WRITES, code, golden};
use crate::story::Story;

const RESOLVED: &str = r#"
version: 1
title: Roll back
signals:
  error_rate: { run: "curl -s metrics", regex: '(\d+)', every: 10s, unit: "%", healthy: "error_rate <= 1" }
phases:
  - id: assess
    title: Assess
    budget: 1m
    steps:
      - { id: look, title: Look, effect: read, run: "echo 7", outputs: { rate: { line: 1, type: number } } }
      - id: go_on
        title: Roll back?
        gate:
          evidence: { run: "tail log" }
          criteria: [ { name: Rate, value: rate, unit: "%", limit: "rate > 1" } ]
          suggest: [ { when: "rate > 1", answer: back, because: "The error rate is {{ rate }} %" } ]
          answers: { back: { label: Roll back }, wait: { label: Wait, then: [] } }
  - { id: schema, title: Schema, when: "rate > 100", steps: [ { id: migrate, title: Migrate, run: "true" } ] }
  - { id: undo, title: Undo, steps: [ { id: back, title: Put it back, run: "ln -s old current" } ] }
  - { id: verify, title: Verify, role: verify, steps: [ { id: check, title: Check it, effect: read, run: "curl -f app" } ] }
"#;

/// A rollback as it should go: measured, suggested, done, verified.
pub fn resolved_story() -> Story {
    let mut story = Story::of(RESOLVED, RunKind::Incident);
    story.measure("error_rate", Some(0.5));
    story
        .begin_step("look")
        .wait(3)
        .measure("error_rate", Some(7.0));
    let look = story.live("look", "");
    story.end(look, code(0), "7\n", &[("rate", "7")]);
    story.sees(Observed::Answered {
        of: Question::Evidence {
            gate: "go_on".into(),
        },
        text: "timeout\n".into(),
        ended: code(0),
    });
    story.answer("go_on", "back", None);
    story.measure("error_rate", None).run("back", 0, "");
    story.measure("error_rate", Some(0.25));
    story.run("check", 0, "ok\n").wait(60);
    story.close(RunOutcome::Resolved, "The old release serves");
    story
}

#[test]
fn resolved() {
    let story = resolved_story();
    let text = golden("resolved", &story);
    for needed in [
        "- Reason: as suggested: The error rate is 7 %",
        "- What follows: (Schema: not taken) → Undo → Verify",
        "| Error rate | at most 1 % | 0.5 % | 7 % | 0.25 % | **5s** |",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
    // What was looked up stands with the decision, what was checked in the story too.
    assert!(!text.contains("✔ Look"), "{text}");
    assert!(text.contains("✔ Check it"), "{text}");
    let of = |title: &str| text.find(title).unwrap_or_else(|| panic!("no {title}"));
    let order = [
        "Summary",
        "Impact",
        "Timeline",
        "Lessons learned",
        "Action items",
        "Decisions",
    ];
    let places = order.map(|title| of(&format!("## {title}\n")));
    assert!(places.is_sorted(), "{places:?}");
    assert!(of("ln -s old current") > of("## Appendix"));
}

/// An unknown outcome, what the probe says, what is concluded; then it fails for good.
#[test]
fn failed() {
    let mut story = Story::of(WRITES, RunKind::Incident);
    story
        .run("pause", 0, "paused\n")
        .begin_step("back")
        .wait(20);
    let back = story.live("back", "");
    story.end(back, Ended::Deadline, "waiting for the lock\n", &[]);
    story.wait(1).sees(Observed::Answered {
        of: Question::Probe { attempt: back },
        text: "new\n".into(),
        ended: code(1),
    });
    story.ask(Command::TookNoEffect {
        step: "back".into(),
        reason: "the link points at the new release".into(),
    });
    story.run("back", 2, "ln: no such file\n");
    story.close(RunOutcome::Failed, "Handed to the storage team");
    story.run("resume", 0, "").run("lock", 0, "");
    let text = golden("failed", &story);
    for needed in [
        "- The probe says: it took no effect (exit 1)",
        "- The operator concluded: it took no effect (the link points at the new release), says ana",
        "- [ ] Put it back (left failed: ",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
}

#[test]
fn aborted_with_cleanup() {
    let mut story = Story::of(WRITES, RunKind::Incident);
    story.run("pause", 0, "paused\n");
    story.close(RunOutcome::Aborted, "It was not ours");
    story.run("resume", 0, "resumed\n");
    story.ask(Command::Skip {
        step: "lock".into(),
        reason: "the other team holds it".into(),
        values: BTreeMap::new(),
    });
    let text = golden("aborted_with_cleanup", &story);
    for needed in [
        "| Resume the rollout | done |",
        "| Remove the old link | not offered: ‘Put it back’ did not succeed |",
        "| Give the lock back | **skipped**: the other team holds it |",
        "- [ ] Give the lock back (cleanup, skipped: the other team holds it)",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
}
