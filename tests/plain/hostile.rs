//! What others wrote never reaches the terminal as anything but text.

use super::{sandbox::Sandbox, typist::Typist};

const HOSTILE: &str = r#"version: 1
title: "Ring \u0007 the bell \u001b]0;owned\u0007"
description: "\u202egnirts"
phases:
  - id: work
    title: "Wipe \u001b[2J the screen"
    steps:
      - id: one
        title: "Step \u001b[31mred\u001b[0m \u009b2J"
        why: "Because\u001b[5n"
        effect: read
        run: |
          printf '\033[2J\033]0;owned\007\033[6n\033[41mred\033[0m\n'
          printf 'a\rLIVE> 1\n'
          printf '\302\2332J\377\376 \342\200\256abc\n'
      - id: two
        title: "Gate \u001bc"
        gate:
          evidence: { run: "printf '\\033[2Jevidence\\n'" }
          answers:
            go: { label: "Go \u001b[1m", consequence: "\u001b]52;c;aGk=\u0007" }
"#;

#[test]
fn hostile_text_is_only_text() {
    let sandbox = Sandbox::new();
    let path = sandbox.runbook("hostile", HOSTILE);
    let mut ana = Typist::start(&sandbox, &["run", &path.to_string_lossy()]);
    ana.hears("Enter begins the run");
    ana.types("");
    ana.hears("LIVE: step 1.1 Step");
    ana.types("");
    ana.hears("  red");
    // A carriage return ends where the line does; what it hides is the command's own.
    ana.hears("  LIVE> 1");
    ana.hears("evidence");
    ana.hears("  1. Go");
    ana.hears("LIVE>");
    // An arrow is no text.
    ana.terminal.press("\u{1b}[A");
    ana.terminal.press("Enter");
    ana.hears("There were keys in that line that are not text");
    ana.types("n a note\u{1b}[2J");
    ana.hears("There were keys in that line that are not text");
    ana.types("1");
    ana.hears("Enter: close the run");
    ana.types("q");
    ana.hears("Detached");
    ana.terminal.ends();
    ana.only_prints();
    sandbox.nothing_left();
}
