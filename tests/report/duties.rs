//! Who sees to what a run leaves undone, and until when, as the runbook says it.

use std::collections::BTreeMap;

use rbconsole::{
    engine::{
        Command,
        event::{RunKind, RunOutcome, Todo},
    },
    report::{html, issue},
    template::Value,
};

use super::story::{Story, started};

const RUNBOOK: &str = r#"
version: 1
title: Roll back
inputs: { team: { default: payments } }
phases:
  - id: undo
    title: Undo
    steps:
      - id: decide
        title: Roll back?
        owner: "{{ team }}-lead"
        due: 5d
        gate:
          suggest: [ { when: 'team != ""', answer: wait, because: It falls } ]
          answers: { back: { label: Roll back }, wait: { label: Wait } }
      - { id: announce, title: Announce it, run: "true", owner: "@support", due: 36h }
      - id: tell
        title: Tell the others
        owner: "{{ team }}-oncall"
        due: 1d
        manual:
          checklist:
            - Status page
            - { text: "Partners of {{ team }}", owner: sales }
            - { text: Support channel, due: 2h }
      - id: review
        title: Review
        owner: ana
        manual: { checklist: [Write it down, { text: Send it, owner: " ", due: 14d }] }
"#;

/// Text, owner and day of each action item.
fn actions(story: &Story) -> Vec<(String, String, String)> {
    let report = story.report();
    let word = |value: &serde_json::Value| value.as_str().unwrap_or("–").to_owned();
    let items = report["actions"].as_array().unwrap().iter();
    items
        .map(|item| {
            (
                word(&item["text"]),
                word(&item["owner"]),
                word(&item["due"]),
            )
        })
        .collect()
}

fn are(wanted: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    let own = |text: &str| text.to_owned();
    let all = wanted.iter();
    all.map(|(text, owner, due)| (own(text), own(owner), own(due)))
        .collect()
}

/// Overridden, skipped with one entry ticked, and left open.
fn story() -> Story {
    let mut begin = started(RunKind::Incident);
    begin.inputs = BTreeMap::from([("team".to_owned(), Value::String("payments".into()))]);
    let mut story = Story::begin(RUNBOOK, begin, None);
    story.answer("decide", "back", Some("I know this curve"));
    let skip = |step: &str, reason: &str| Command::Skip {
        step: step.into(),
        reason: reason.into(),
        values: BTreeMap::new(),
    };
    story.ask(skip("announce", "it is three at night"));
    story.ask(Command::Tick {
        step: "tell".into(),
        item: 0,
        done: true,
    });
    story.ask(skip("tell", "nobody is awake"));
    story.ask(Command::Todo {
        text: "alert on it".into(),
        happened_at: None,
        todo: Todo {
            owner: Some("bo".into()),
            due: Some("2026-07-01".parse().unwrap()),
        },
    });
    story.close(RunOutcome::Resolved, "");
    story
}

#[test]
fn what_is_left_has_its_owner_and_its_day() {
    let story = story();
    // The run began on the 26th at 14:14.
    let wanted = are(&[
        ("alert on it", "bo", "2026-07-01"),
        (
            "Review the override: ‘Roll back?’ was answered ‘Roll back’ against the suggestion ‘Wait’ (I know this curve)",
            "payments-lead",
            "2026-07-01",
        ),
        (
            "Announce it (skipped: it is three at night)",
            "support",
            "2026-06-28",
        ),
        (
            "Tell the others: Partners of payments (skipped: nobody is awake)",
            "sales",
            "2026-06-27",
        ),
        (
            "Tell the others: Support channel (skipped: nobody is awake)",
            "payments-oncall",
            "2026-06-26",
        ),
        ("Review: Write it down (left open)", "ana", "–"),
        // An owner that comes out empty is none.
        ("Review: Send it (left open)", "–", "2026-07-10"),
    ]);
    assert_eq!(actions(&story), wanted);
    let line = "- [ ] Announce it (skipped: it is three at night) · **support** · until 2026-06-28";
    let report = story.report();
    let issue = issue::write(&report).unwrap();
    assert!(issue.contains(line), "{issue}");
    let text = story.text();
    assert!(text.contains(line), "{text}");
    let page = html::write(&report).unwrap();
    let line =
        "Announce it (skipped: it is three at night) · <strong>support</strong> · until 2026-06-28";
    assert!(page.contains(line), "{page}");
}
