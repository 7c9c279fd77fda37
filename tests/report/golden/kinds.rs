//! Rehearsals, drills, and runs that begin at a later step.

use std::collections::BTreeMap;

use rbconsole::engine::{
    event::{Checked, RunKind, RunOutcome},
    rules::From,
};

use super::{WRITES, code, golden};
use crate::story::{Story, started};

#[test]
fn rehearsal() {
    let mut story = Story::of(WRITES, RunKind::Rehearsal);
    for step in ["pause", "back", "after"] {
        story.begin_step(step);
    }
    // The route is at its end: the cleanup is offered before it can be closed.
    for step in ["resume", "tidy", "lock"] {
        story.begin_step(step);
    }
    story.close(RunOutcome::Resolved, "");
    let text = golden("rehearsal", &story);
    assert!(text.contains("## REHEARSAL: Timeline"), "{text}");
    assert!(text.contains("nothing was changed"), "{text}");
    assert!(text.contains("rehearsed, not done"), "{text}");
}

/// A drill on a proven place that ends early.
pub fn drill_story() -> Story {
    let text = WRITES.replace(
        "phases:",
        "environments: { lab: { drill: true, guard: 'hostname' } }\nphases:",
    );
    let mut begin = started(RunKind::Drill);
    begin.environment = Some("lab".into());
    begin.used = BTreeMap::from([("locks".to_owned(), "a".repeat(64))]);
    begin.guard = Some(Checked {
        command: "hostname".into(),
        text: "lab-1\n".into(),
        ended: code(0),
    });
    let mut story = Story::begin(&text, begin, None);
    story.run("pause", 0, "");
    story.close(RunOutcome::Resolved, "Enough for today");
    story.run("resume", 0, "").run("lock", 0, "");
    story
}

#[test]
fn drill() {
    let story = drill_story();
    let text = golden("drill", &story);
    for needed in [
        "# DRILL: Roll back payments",
        "| Place | proven at 14:14:00 by `hostname` (exit 0, printed `lab-1`) |",
        "| Uses the runbook | locks (SHA-256 `aaaa",
        "- [ ] DRILL: Put it back (left open)",
        "- [ ] DRILL: Tell them (left open)",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
}

/// What a later beginning passed over is one line, not one a step.
#[test]
fn begun_later() {
    let from = From {
        step: "after".into(),
        ..From::default()
    };
    let mut story = Story::begin(WRITES, started(RunKind::Incident), Some(&from));
    story.run("after", 0, "").run("lock", 0, "");
    story.close(RunOutcome::Resolved, "");
    let text = golden("begun_later", &story);
    let one = "The run began at ‘Tell them’: 2 steps before it were passed over";
    assert_eq!(text.matches(one).count(), 1, "a deviation: {text}");
    let todo = "- [ ] Make sure that nothing is missing of the 2 steps before ‘Tell them’";
    assert!(text.contains(todo), "{text}");
    assert!(!text.contains("Skipped"), "{text}");
    assert!(!text.contains("skipped"), "{text}");
}
