//! Whole reports as they are read: one of each kind of run and of ending.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use pulldown_cmark::{Event as Piece, Options, Parser, Tag, TagEnd};
use rbconsole::engine::{
    Command,
    command::Run,
    effect::Question,
    event::{Checked, RunKind, RunOutcome, Voucher},
    observed::{Ended, Observed},
    rules::From,
};

use super::story::{Story, started};

/// Compares a report with the one that was looked at, and what any of them must be.
fn golden(name: &str, story: &Story) -> String {
    let text = sound(story);
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        snapshot_path => "golden",
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
    text
}

/// The report, after an independent parser has found nothing in it that is not ours.
fn sound(story: &Story) -> String {
    let text = story.text();
    let mark = match story.state().run.kind {
        RunKind::Incident => "",
        RunKind::Drill => "DRILL: ",
        RunKind::Rehearsal => "REHEARSAL: ",
    };
    let (mut in_heading, mut cells, mut columns) = (false, 0, 0);
    for piece in Parser::new_ext(&text, Options::all()) {
        match piece {
            Piece::Start(Tag::Heading { .. }) => in_heading = true,
            Piece::Text(words) if in_heading => {
                assert!(words.starts_with(mark), "{words} is not marked {mark}");
                in_heading = false;
            }
            Piece::Html(html) | Piece::InlineHtml(html) => panic!("HTML: {html}"),
            Piece::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                panic!("a link: {dest_url}")
            }
            Piece::Start(Tag::Table(alignments)) => columns = alignments.len(),
            Piece::Start(Tag::TableRow) => cells = 0,
            Piece::Start(Tag::TableCell) => cells += 1,
            Piece::End(TagEnd::TableRow) => assert_eq!(cells, columns, "{text}"),
            _ => {}
        }
    }
    assert!(!text.contains('\u{1b}'), "a terminal's sequence");
    text
}

fn code(code: i32) -> Ended {
    Ended::Exit { code }
}

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

#[test]
fn resolved() {
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
    let text = golden("resolved", &story);
    for needed in [
        "- Reason: as suggested: The error rate is 7 %",
        "- What follows: (Schema: not taken) → Undo → Verify",
        "| error\\_rate | `error_rate <= 1` | 0.5 % | 7 % | 0.25 % | **5s** |",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
    let of = |title: &str| text.find(title).unwrap_or_else(|| panic!("no {title}"));
    assert!(of("## Open action items") < of("## Timeline"));
    assert!(of("## Lessons learned") < of("## Appendix"));
    assert!(of("ln -s old current") > of("## Appendix"));
}

const WRITES: &str = r#"
version: 1
title: Roll back
phases:
  - id: undo
    title: Undo
    steps:
      - { id: pause, title: Pause the rollout, run: "kubectl rollout pause" }
      - id: back
        title: Put it back
        run: "ln -s old current"
        probe: "readlink current"
      - { id: after, title: Tell them, run: "true" }
cleanup:
  - { id: resume, title: Resume the rollout, run: "kubectl rollout resume", when: 'steps.pause.outcome == "succeeded"' }
  - { id: tidy, title: Remove the old link, run: "rm old", when: 'steps.back.outcome == "succeeded"' }
  - { id: lock, title: Give the lock back, run: "rm lock" }
"#;

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
        "- [ ] Left failed: Put it back",
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
        "| Remove the old link | not offered: `steps.back.outcome == \"succeeded\"` is false |",
        "| Give the lock back | **skipped**: the other team holds it |",
        "- [ ] Cleanup skipped: Give the lock back (the other team holds it)",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
}

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

#[test]
fn drill() {
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
    let text = golden("drill", &story);
    for needed in [
        "# DRILL: Roll back payments",
        "| Place | proven at 14:14:00 by `hostname` (exit 0, printed `lab-1`) |",
        "| Uses the runbook | locks (SHA-256 `aaaa",
        "- [ ] Left open: Put it back",
        "- [ ] Left open: Tell them",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
}

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
        "\\[watch pods\\] Stop both ended",
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
        "- ben agrees with `yes_drop` at 14:14:05, known by the account ben",
        "- carla agrees with `yes_drop` at 14:14:10, attested by ana: said for dba over the phone",
        "- dora **refuses** `yes_drop` at 14:14:15, known by the account dora: there is no backup",
        "- **Override:** it was given without the approvals that it needs",
        "- [ ] Overridden: Drop the table? was answered ‘Drop it’ without the approvals that it needs (the disk is full in two minutes)",
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
    // An action item and a deviation.
    assert_eq!(text.matches(one).count(), 2, "{text}");
    assert!(!text.contains("Skipped"), "{text}");
    assert!(!text.contains("skipped"), "{text}");
}

const HOSTILE: &str = "# Heading | cell\n- list\n```\n<script>PWNED</script> ![i](x) [l](javascript:x) ~~~ \\ **b** &amp; @all \u{1b}[31m";

/// Whatever a guard, a probe, an approver, a signal or an operator says stays text.
#[test]
fn hostile_words_stay_words_in_every_section() {
    let text = WRITES
        .replace("run: \"true\" }", "run: \"true\" }\n      - id: drop_it\n        title: Drop?\n        gate: { answers: { yes_drop: { label: Drop, approvals: { count: 1 } } } }")
        .replace("phases:", "signals: { rate: { run: \"true\", regex: '(x)', every: 10s, unit: \"| <b>\" } }\nphases:");
    let mut begin = started(RunKind::Drill);
    begin.title = HOSTILE.into();
    begin.used = BTreeMap::from([(HOSTILE.to_owned(), HOSTILE.to_owned())]);
    begin.guard = Some(Checked {
        command: HOSTILE.into(),
        text: HOSTILE.into(),
        ended: Ended::NotStarted {
            reason: HOSTILE.into(),
        },
    });
    let mut story = Story::begin(&text, begin, None);
    story.measure("rate", Some(1.0)).run("pause", 0, HOSTILE);
    story.measure("rate", None).begin_step("back").wait(2);
    let back = story.live("back", "");
    story.end(back, Ended::Deadline, HOSTILE, &[]);
    story.sees(Observed::Answered {
        of: Question::Probe { attempt: back },
        text: HOSTILE.into(),
        ended: Ended::Signal { signal: 9 },
    });
    story.ask(Command::TookEffect {
        step: "back".into(),
        reason: HOSTILE.into(),
        values: BTreeMap::new(),
    });
    story.begin_step("after").wait(2);
    let after = story.live("after", "");
    story.end(
        after,
        Ended::NotStarted {
            reason: HOSTILE.into(),
        },
        "",
        &[],
    );
    story.ask(Command::Skip {
        step: "after".into(),
        reason: HOSTILE.into(),
        values: BTreeMap::new(),
    });
    for agrees in [true, false] {
        story.ask(Command::Approve {
            gate: "drop_it".into(),
            answer: "yes_drop".into(),
            by_whom: HOSTILE.into(),
            how: Voucher::Attested {
                channel: HOSTILE.into(),
                stands_for: Some(HOSTILE.into()),
            },
            agrees,
            reason: Some(HOSTILE.into()),
        });
    }
    story.ask(Command::Answer {
        gate: "drop_it".into(),
        answer: "yes_drop".into(),
        reason: Some(HOSTILE.into()),
        without_approval: true,
    });
    for step in ["resume", "lock"] {
        story.ask(Command::Skip {
            step: step.into(),
            reason: HOSTILE.into(),
            values: BTreeMap::new(),
        });
    }
    story.close(RunOutcome::Resolved, HOSTILE);
    let text = sound(&story);
    for section in ["Unknown outcomes", "Signals", "Cleanup", "Decisions"] {
        assert!(text.contains(&format!("## DRILL: {section}")), "{text}");
    }
    assert!(text.contains("**not proven**"), "{text}");
}
