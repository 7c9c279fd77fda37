//! Tests of the runner itself: what is right passes, what is wrong is found.

mod expectations;
mod files;
mod language;
mod people;
mod results;
mod schema;

use std::sync::Arc;

use super::{File, Suite, Verdict, tell};

/// A small runbook with a command of each temper, a gate and a manual step.
pub const BOOK: &str = r#"
version: 1
title: A test
inputs:
  service: { default: shop }
  limit: { type: number, default: 1 }
environments:
  lab: { drill: true, inputs: { service: lab } }
phases:
  - id: assess
    title: Assess
    steps:
      - id: measure
        title: Measure
        effect: read
        run: "rate {{ service }}"
        outputs: { rate: { regex: 'rate=([\d.]+)', type: number } }
      - id: go
        title: Roll back?
        gate:
          evidence: { run: "logs" }
          suggest: [ { when: "rate > limit", answer: back, because: Too many fail } ]
          answers:
            back: { label: Roll back, then: [act, verify] }
            destroy: { label: Destroy, then: [destroy, verify], reason: required }
            leave: { label: Leave it, then: [] }
  - id: act
    title: Act
    steps:
      - id: undo
        title: Undo
        timeout: 1m
        run: "undo {{ service }}"
        fallbacks: [ { title: Scale to zero, run: "scale 0", effect: write } ]
  - id: destroy
    title: Destroy
    steps:
      - { id: drop, title: Drop, run: "drop", effect: destructive, target: "db-{{ service }}" }
  - id: verify
    title: Verify
    steps:
      - id: check
        title: Check
        effect: read
        retry: { attempts: 3, delay: 10s }
        run: "check"
        expect: { that: "left <= limit" }
        outputs: { left: { regex: 'left=([\d.]+)', type: number } }
      - id: pause
        title: Pause
        wait: { for: 5m }
      - id: tell
        title: Tell
        manual: { checklist: [One, Two], record: { ticket: { pattern: '[A-Z]+-\d+' } } }
"#;

/// What most scenarios share.
pub const SHARED: &str = r#"version: 1
defaults:
  commands:
    measure: { stdout: "rate=7.5" }
    go: { stdout: the log }
    undo: {}
    drop: { takes: 20s }
    check: { stdout: "left=0" }
  manual: { tell: { values: { ticket: OPS-1 } } }
scenarios:
"#;

/// A suite of these scenarios, or everything that is wrong with them.
pub fn read(text: &str) -> Result<Suite, String> {
    read_for(BOOK, text)
}

/// The same for another runbook.
pub fn read_for(book: &str, text: &str) -> Result<Suite, String> {
    let loaded = crate::runbook::load(book);
    let findings = loaded.render("book.yaml", book, false);
    let book = Arc::new(loaded.runbook.expect(&findings));
    let told = |findings: Vec<crate::runbook::Diagnostic>| -> String {
        let parts = findings
            .iter()
            .map(|f| f.render("t.test.yaml", text, false));
        parts.collect::<Vec<_>>().join("\n\n")
    };
    let parsed = File::parse(text).map_err(|error| told(vec![*error]))?;
    Suite::read("t", "t.test.yaml", text, parsed, book).map_err(told)
}

/// A scenario's body, indented as YAML wants it, in a file with [`SHARED`].
pub fn file(body: &str) -> String {
    let mut text = format!("{SHARED}  - name: One\n");
    for line in body.lines() {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Plays one scenario.
#[track_caller]
pub fn play(body: &str) -> (String, Vec<Verdict>) {
    let text = file(body);
    let suite = match read(&text) {
        Ok(suite) => suite,
        Err(findings) => panic!("{findings}"),
    };
    let verdicts = suite.run("");
    (tell::failures(&suite, &verdicts, false), verdicts)
}

/// A scenario that must pass.
#[track_caller]
pub fn passes(body: &str) {
    let (told, _) = play(body);
    assert!(told.is_empty(), "{told}");
}

/// A scenario that must fail, and what must be said about it.
#[track_caller]
pub fn fails(body: &str, says: &[&str]) -> String {
    let (told, verdicts) = play(body);
    assert!(!verdicts[0].failures.is_empty(), "it passed:\n{body}");
    for part in says {
        assert!(told.contains(part), "expected {part:?} in:\n{told}");
    }
    told
}

/// A file that cannot be read, and what must be said about it.
#[track_caller]
pub fn wrong(text: &str, says: &[&str]) -> String {
    let Err(told) = read(text) else {
        panic!("it was read:\n{text}");
    };
    for part in says {
        assert!(told.contains(part), "expected {part:?} in:\n{told}");
    }
    told
}
