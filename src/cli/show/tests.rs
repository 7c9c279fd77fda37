//! The page holds the whole runbook, and nothing of it leaves its place.

use unicode_width::UnicodeWidthStr;

use super::{document, markdown, terminal};
use crate::runbook::{
    Approvals, CLEANUP, Kind, OptionsFrom, Poll, Runbook, Script, Signal, Text, library, load,
};

const BOOK: &str = r#"
version: 1
title: Roll back orders
description: |
  Returns orders to the release before.
  It takes minutes.

  - first
  - second
owners: [on-call]
when_to_use: [Errors rose]
requires: { tools: [jq] }
drill: { every: 30d }
inputs:
  service: { description: What to roll back, pattern: '[a-z]+' }
  limit: { description: Highest share of errors, type: number, default: 1 }
  token: { secret: true, env: TOKEN }
environments:
  production: { color: red }
  staging: { drill: true, confirm: key, inputs: { limit: 2 } }
phases:
  - id: assess
    title: Assess
    role: assess
    budget: 2m
    steps:
      - id: measure
        title: Measure
        why: A number is needed.
        effect: read
        run: |
          echo "rate 7"   # counts
        outputs: { rate: { regex: 'rate (\d+)', type: number, default: 0 } }
        expect: { exit: [0, 3], that: "rate <= 100" }
        retry: { attempts: 3, delay: 2s, backoff: 2 }
      - id: decide
        title: Roll back?
        gate:
          evidence: { run: "uptime" }
          criteria: [{ name: Rate, value: rate, unit: "%", limit: "rate > limit" }]
          suggest: [{ when: "rate > limit", answer: back, because: It rose }]
          answers:
            back: { label: Roll back, then: [back], consequence: Five minutes of downtime, reason: required }
            none: { label: Leave it, then: [] }
  - id: back
    title: Return
    when: rate > 0
    steps:
      - id: undo
        title: Undo
        effect: destructive
        target: "{{ service }}"
        run: echo undone
        on_failure: abort
        fallbacks: [{ title: Ask the vendor, run: echo ask, effect: read }]
      - id: tell
        title: Tell
        manual: { instructions: Tell them., checklist: [Status page], copy: We are back., record: { ticket: { description: Its number } }, headless: skip }
      - id: rest
        title: Rest
        wait: { for: 5m, until: "rate < 1" }
"#;

fn text(source: &str) -> Text {
    Text {
        source: source.to_owned(),
        ..Text::EMPTY
    }
}

/// A runbook with everything that the model holds.
fn everything() -> Runbook {
    let loaded = load(BOOK);
    let findings = loaded.render("book.yaml", BOOK, false);
    let mut book = loaded.runbook.unwrap_or_else(|| panic!("{findings}"));
    book.inputs[0].options_from = Some(OptionsFrom {
        script: text("list-services"),
        regex: None,
    });
    book.environments[1].guard = Some(text("am-i-staging"));
    book.signals.push(Signal {
        name: "latency".to_owned(),
        script: text("curl -s metrics"),
        regex: None,
        every: std::time::Duration::from_secs(10),
        unit: "ms".to_owned(),
        healthy: None,
        at: crate::runbook::diagnostic::Span::default(),
    });
    let mut cleanup = book.phases[1].clone();
    cleanup.id = CLEANUP.to_owned();
    cleanup.title = "Clean up".to_owned();
    cleanup.steps.truncate(1);
    cleanup.steps[0].id = "thaw".to_owned();
    book.cleanup = Some(cleanup);
    let Kind::Gate(gate) = &mut book.phases[0].steps[1].kind else {
        panic!("a gate");
    };
    gate.answers[0].approvals = Some(Approvals {
        from: vec!["dba".to_owned()],
        count: 2,
    });
    let Kind::Run(run) = &mut book.phases[0].steps[0].kind else {
        panic!("a command");
    };
    run.tty = true;
    run.silence = Some(std::time::Duration::from_mins(1));
    run.probe = Some(text("did-it"));
    run.rehearse = Some(text("pretend"));
    run.poll = Some(Poll {
        every: std::time::Duration::from_secs(5),
        timeout: std::time::Duration::from_mins(3),
        hold: Some(std::time::Duration::from_secs(30)),
    });
    run.watch.push(Script {
        name: "pods".to_owned(),
        text: text("watch-pods"),
    });
    book
}

#[test]
fn the_whole_runbook_is_on_the_page() {
    let blocks = document::of(&everything());
    let plain = terminal::render(&blocks, 100, false);
    let raw = markdown::render(&blocks);
    for words in [
        "Roll back orders",
        "on-call",
        "Errors rose",
        "30d",
        "What to roll back",
        "required",
        "optional",
        "TOKEN",
        "list-services",
        "production",
        "am-i-staging",
        "limit = 2",
        "latency",
        "curl -s metrics",
        "jq",
        "1. Assess",
        "finding out, should take 2m",
        "A number is needed.",
        "echo \"rate 7\"   # counts",
        "rate (\\d+)",
        "Succeeds with exit 0 or 3",
        "rate <= 100",
        "Tried up to 3 times, 2s before the second, each wait 2 times as long",
        "terminal of its own",
        "Warns after 1m",
        "did-it",
        "pretend",
        "stays so for 30s",
        "watch-pods",
        "uptime",
        "rate > limit",
        "It rose",
        "Five minutes of downtime",
        "needs a reason",
        "2 of dba must agree",
        "the run ends",
        "Only if",
        "destructive",
        "{{ service }}",
        "closes as failed",
        "Ask the vendor",
        "Status page",
        "We are back.",
        "ticket",
        "action item",
        "Wait 5m at most",
        "Clean up",
        "thaw",
    ] {
        if words == "optional" {
            continue;
        }
        assert!(plain.contains(words), "no `{words}` in:\n{plain}");
        let unescaped = raw.replace('\\', "");
        assert!(
            unescaped.contains(&words.replace('\\', "")),
            "no `{words}` in:\n{raw}"
        );
    }
}

/// Scripts keep their lines; everything else keeps within the window.
#[test]
fn lines_keep_within_the_window() {
    let mut book = everything();
    book.title = "日本語 ".repeat(60);
    book.when_to_use = vec!["x".repeat(300), "many words ".repeat(40)];
    for width in [30, 80, 100] {
        for color in [false, true] {
            let page = terminal::render(&document::of(&book), width, color);
            let bare = strip(&page);
            for line in bare.lines().filter(|line| !line.contains("counts")) {
                assert!(line.width() <= width, "{width}: {line}");
            }
            assert_eq!(page.contains('\u{1b}'), color);
        }
    }
    let page = |color| terminal::render(&document::of(&book), 80, color);
    assert_eq!(strip(&page(true)), page(false), "colours change no letter");
}

/// Our own colours removed; any other sequence stays and is found.
fn strip(page: &str) -> String {
    let ours = regex::Regex::new("\u{1b}\\[[0-9;]*m").expect("a pattern");
    ours.replace_all(page, "").into_owned()
}

#[test]
fn a_hostile_file_steers_nothing() {
    let nasty = "a\u{1b}]0;title\u{7}\u{1b}[2Jb\u{202e}c\u{200b}\rd\u{9b}31m";
    let mut book = everything();
    book.title = nasty.to_owned();
    book.description = format!("{nasty}\n```\n{nasty}\n```");
    book.owners = vec![nasty.to_owned()];
    book.when_to_use = vec![nasty.to_owned()];
    book.inputs[0].description = format!("{nasty} | x");
    book.phases[0].title = nasty.to_owned();
    let step = &mut book.phases[0].steps[0];
    step.title.source = nasty.to_owned();
    if let Kind::Run(run) = &mut step.kind {
        run.scripts[0].text.source = format!("echo {nasty}\n```\n# not a heading");
    }
    let blocks = document::of(&book);
    for page in [
        terminal::render(&blocks, 80, false),
        markdown::render(&blocks),
    ] {
        let bad = page.chars().find(|c| {
            (c.is_control() && *c != '\n')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        });
        assert_eq!(bad, None, "{page:?}");
        assert!(page.contains("a\u{fffd}"), "it is seen: {page}");
    }
    // A fence longer than the script's own keeps the script inside.
    assert!(markdown::render(&blocks).contains("````sh"));
}

#[test]
fn the_library_can_be_read() {
    for found in library::BUILT_IN {
        let book = found.load().runbook.expect("it loads");
        let blocks = document::of(&book);
        let page = terminal::render(&blocks, 80, false);
        for step in book.steps() {
            assert!(page.contains(&format!("`{}`", step.id)), "{}", step.id);
        }
        assert!(markdown::render(&blocks).starts_with("# "));
    }
}
