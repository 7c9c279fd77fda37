//! Steps that are more than one command: side by side, again and again, with approvals.

use chrono::TimeDelta;
use rbconsole::engine::{
    Command,
    command::Run,
    event::{RunKind, RunOutcome, Voucher},
    observed::{Ended, Observed},
};

use super::{code, golden};
use crate::story::Story;

#[test]
fn parallel_and_watch() {
    let mut story = Story::of(
        r#"
version: 1
title: Roll back
phases:
  - id: undo
    title: Undo
    steps:
      - id: halt
        title: Stop both
        parallel: { eu: "halt eu", us: "halt us" }
        watch: { pods: "kubectl get pods -w" }
        silence: 5s
"#,
        RunKind::Incident,
    );
    story.begin_step("halt").wait(6);
    let (eu, us) = (story.live("halt", "eu"), story.live("halt", "us"));
    let since = story.now() - TimeDelta::seconds(6);
    story.sees(Observed::Silent { attempt: us, since });
    story.end(eu, code(0), "halted\n", &[]).wait(2);
    story.end(us, code(3), "no quorum\n", &[]).wait(1);
    let pods = story.live("halt", "pods");
    story.end(pods, Ended::Stopped, "pod-1 Terminating\n", &[]);
    story.ask(Command::Retry(Run::step("halt"))).wait(2);
    let us = story.live("halt", "us");
    story.end(us, code(0), "halted\n", &[]).wait(1);
    let pods = story.live("halt", "pods");
    story.end(pods, Ended::Stopped, "", &[]);
    story.close(RunOutcome::Resolved, "");
    let text = golden("parallel_and_watch", &story);
    for needed in [
        "✔ \\[eu\\] Stop both · 6s",
        "✘ \\[us\\] Stop both: exit 3 · 8s",
        "✘ Stop both: ‘us’: exit 3",
        "\\[us\\] Stop both has printed nothing for 6s",
        "### \\[watch pods\\] Stop both",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
    // A companion that ends with what it watched was stopped by nobody.
    assert!(!text.contains("stopped by the operator"), "{text}");
    assert!(text.contains("ended with what it watched"), "{text}");
}

#[test]
fn poll() {
    let mut story = Story::of(
        r#"
version: 1
title: Roll back
phases:
  - id: verify
    title: Verify
    role: verify
    steps:
      - id: ready
        title: Wait until it is ready
        effect: read
        run: "curl -f app"
        poll: { every: 5s, timeout: 2m, hold: 10s }
        outputs: { pods: { line: 1, type: number, default: 0 } }
"#,
        RunKind::Incident,
    );
    story.begin_step("ready");
    for (look, exit) in [1, 1, 1, 0, 0, 0].into_iter().enumerate() {
        story.wait(1);
        let attempt = story.live("ready", "");
        let pods = look.to_string();
        story.end(
            attempt,
            code(exit),
            &format!("{pods}\n"),
            &[("pods", &pods)],
        );
        if look < 5 {
            story.wait(5).at_once(Command::Tock);
        }
    }
    story.close(RunOutcome::Resolved, "");
    let text = golden("poll", &story);
    assert!(
        text.contains("✔ Wait until it is ready · pods = 5 · looked 6 times in 31s, held 12s"),
        "{text}"
    );
    assert_eq!(text.matches("Wait until it is ready").count(), 4, "{text}");
    assert!(text.contains("The last of 6 looks."), "{text}");
    let lines = rbconsole::report::timeline(story.state(), story.entries()).0;
    let looks = lines.iter().filter(|line| line.text.contains("looked"));
    // Not ready; ready and to hold; what it came to.
    assert_eq!(looks.count(), 3, "{lines:#?}");
}

#[test]
fn approvals_override() {
    let mut story = Story::of(
        r"
version: 1
title: Roll back
phases:
  - id: decide
    title: Decide
    steps:
      - id: drop_it
        title: Drop the table?
        gate:
          answers:
            yes_drop: { label: Drop it, approvals: { from: [dba], count: 2 } }
            no_drop: { label: Keep it }
",
        RunKind::Incident,
    );
    let approve = |by_whom: &str, how: Voucher, reason: Option<&str>| Command::Approve {
        gate: "drop_it".into(),
        answer: "yes_drop".into(),
        by_whom: by_whom.into(),
        how,
        agrees: reason.is_none(),
        reason: reason.map(str::to_owned),
    };
    let account = |user: &str| Voucher::Account {
        user: user.into(),
        groups: vec!["dba".into()],
    };
    story.ask(approve("ben", account("ben"), None));
    story.ask(approve(
        "carla",
        Voucher::Attested {
            channel: "the phone".into(),
            stands_for: Some("dba".into()),
        },
        None,
    ));
    story.ask(approve("dora", account("dora"), Some("there is no backup")));
    story.ask(Command::Answer {
        gate: "drop_it".into(),
        answer: "yes_drop".into(),
        reason: Some("the disk is full in two minutes".into()),
        without_approval: true,
    });
    story.close(RunOutcome::Resolved, "");
    let text = golden("approvals_override", &story);
    for needed in [
        "- Approvals asked for: 2 of dba",
        "- ben agrees with ‘Drop it’ at 14:14:05, known by the account ben",
        "- carla agrees with ‘Drop it’ at 14:14:10, attested by ana: said for dba over the phone",
        "- dora **refuses** ‘Drop it’ at 14:14:15, known by the account dora: there is no backup",
        "- **Override:** it was given without the approvals that it needs",
        "- [ ] Review the override: ‘Drop the table?’ was answered ‘Drop it’ without the approvals that it needs (the disk is full in two minutes)",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
}
