//! Runs that left the straight way: the console died, the operator knew better, a gate
//! led elsewhere, or nothing was rolled back at all.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rbconsole::engine::{
    Command,
    event::{RunKind, RunOutcome},
};

use super::{golden, in_order};
use crate::story::Story;

const LONG: &str = r#"
version: 1
title: Roll back payments
phases:
  - id: assess
    title: Assess
    role: assess
    budget: 5m
    steps:
      - { id: look, title: Look at the error rate, effect: read, run: "curl -s metrics" }
      - id: decide
        title: Roll back?
        gate:
          suggest: [ { when: 'steps.look.outcome == "succeeded"', answer: wait, because: "The error rate falls" } ]
          answers:
            back: { label: Roll back }
            wait: { label: Keep watching, then: [watch] }
            not_ours: { label: It is not ours, then: [] }
  - id: stop
    title: Stop the rollout
    role: stop
    steps: [ { id: halt, title: Halt the rollout, run: "halt" } ]
  - id: undo
    title: Undo
    role: rollback_app
    budget: 1m
    steps: [ { id: back, title: Put the old release back, run: "ln -sfn old current" } ]
  - id: verify
    title: Verify
    role: verify
    steps: [ { id: check, title: Ask for the health, effect: read, run: "curl -f app" } ]
  - id: watch
    title: Watch
    steps: [ { id: again, title: Look again, effect: read, run: "curl -s metrics" } ]
"#;

fn begun() -> Story {
    Story::of(LONG, RunKind::Incident)
}

/// Goes through a console's death.
pub fn crashed_story() -> Story {
    let mut story = begun();
    let began = story.now() - TimeDelta::minutes(9);
    story.ask(Command::Note {
        text: "high error rate detected".into(),
        happened_at: Some(began),
    });
    story.run("look", 0, "error_rate 7\n");
    story.answer("decide", "back", Some("customers cannot pay"));
    story.run("halt", 0, "").begin_step("back").wait(20);
    let back = story.live("back", "");
    story.dies(
        960,
        &["Put the old release back finished while nobody was there"],
    );
    story.ended(back, 930, 0, "switched\n");
    story.run("check", 0, "ok\n");
    story.close(RunOutcome::Resolved, "The old release serves");
    story
}

/// The console dies while the rollback runs; it is found at its end 16 minutes later.
#[test]
fn crashed_and_resumed() {
    let story = crashed_story();
    let text = golden("crashed_and_resumed", &story);
    in_order(
        &text,
        &[
            "- `14:05:00` ✎ ana: high error rate detected *(recorded at 14:14:05)*",
            "- `14:14:26` **Phase: Undo**",
            "- `14:15:21` ✔ Put the old release back · 50s *(recorded at 14:30:51)*",
            "**Taken up again",
            "Within the budget: Assess (18s of 5m), Undo (55s of 1m)",
            "The console vanished at 14:14:51; nobody drove for 16m",
        ],
    );
    // The command had ended long before anybody saw it.
    assert!(
        text.contains("| To mitigate | about 10m21s | 14:15:21 |"),
        "{text}"
    );
    assert!(text.contains("for 15m30s nobody drove"), "{text}");
}

/// The facts spoke for waiting; a step was declared done, another left out.
#[test]
fn overridden() {
    let mut story = begun();
    story.run("look", 0, "error_rate 3\n");
    story.answer("decide", "back", Some("it rises again, I know this curve"));
    story.ask(Command::Skip {
        step: "halt".into(),
        reason: "the rollout is over".into(),
        values: BTreeMap::new(),
    });
    story.run("back", 1, "ln: read-only file system\n");
    story.note("remounted it by hand: mount -o remount,rw /srv");
    story.ask(Command::Retry(rbconsole::engine::command::Run {
        script: Some("ln -sfn /srv/old current".into()),
        ..rbconsole::engine::command::Run::step("back")
    }));
    story.wait(70);
    let back = story.live("back", "");
    story.end(back, super::code(0), "", &[]);
    story.run("check", 0, "ok\n");
    story.close(RunOutcome::Resolved, "");
    let text = golden("overridden", &story);
    in_order(
        &text,
        &[
            "To ‘Roll back?’ ana answered ‘Roll back’, against the suggestion (it rises again, I know this curve).",
            "– Skipped: Halt the rollout (the rollout is over)",
            "▸ Put the old release back, attempt 2 (script changed by the operator)",
            "### What did not go well",
            "- ‘Undo’ took 1m28s, 28s over its budget",
            "- ‘Put the old release back’ failed: exit 1",
            "- [ ] Review the override: ‘Roll back?’",
            "- **Override:** the facts spoke for ‘Keep watching’",
            "## Deviations",
            "Put the old release back ran with a changed script",
        ],
    );
    // Of a phase of which nothing was done it is not claimed that it was reached.
    assert!(!text.contains("| To stop |"), "{text}");
}

/// The answer led past the rollback.
#[test]
fn off_route() {
    let mut story = begun();
    story.run("look", 0, "error_rate 2\n");
    story.answer("decide", "wait", None).wait(300);
    story.run("again", 0, "error_rate 0\n");
    story.close(RunOutcome::StoodDown, "It went away by itself");
    let text = golden("off_route", &story);
    for needed in [
        "closed as stood down: It went away by itself.",
        "| Undo | 1m | – | not on the route |",
        "- What follows: Watch\n",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
    assert!(!text.contains("| To mitigate |"), "{text}");
}

/// Nothing was ours to roll back.
#[test]
fn stood_down() {
    let mut story = begun();
    story.run("look", 0, "error_rate 2\n");
    story.answer("decide", "not_ours", Some("the payment provider is down"));
    story.close(RunOutcome::StoodDown, "Handed to the provider");
    story.note("impact: one in ten payments failed for 20 minutes");
    story.note("cause: the provider renewed a certificate");
    story.note("went well: the decision took a minute");
    story.note("badly: nobody knew the provider's status page");
    story.note("luck: it was a quiet hour");
    story.note("lesson: look at the status page first");
    let text = golden("stood_down", &story);
    in_order(
        &text,
        &[
            "## Impact\n\n- one in ten payments failed for 20 minutes",
            "## Root cause\n\n- the provider renewed a certificate",
            "## Timeline",
            "## Lessons learned\n\n- look at the status page first",
            "- the decision took a minute",
            "- nobody knew the provider's status page",
            "### Where luck helped\n\n- it was a quiet hour",
            "- [ ] Review the override: ‘Roll back?’",
        ],
    );
    assert!(
        !text.contains("ana: impact"),
        "said once, where it belongs: {text}"
    );
}
