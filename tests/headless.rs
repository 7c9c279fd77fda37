//! Runs without a screen, rule by rule: what goes on by itself, what stops with which exit code, and what is told.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts the program and reads its files"
)]

#[path = "headless/follow.rs"]
mod follow;
#[path = "common/program.rs"]
mod program;
#[path = "terminal/sandbox.rs"]
mod sandbox;
#[path = "headless/told.rs"]
mod told;

use std::{fs, process::Output};

use program::{err, exits, out, run};
use sandbox::Sandbox;

/// A runbook of these phases, or what else stands at its top level.
fn book(sandbox: &Sandbox, text: &str) -> String {
    let marks = sandbox.tmp().join("marks");
    let text = text.replace("MARKS", &marks.to_string_lossy());
    let file = sandbox.runbook("book", &format!("version: 1\ntitle: Book\n{text}"));
    file.to_string_lossy().into_owned()
}

/// A gate whose answer `wipe` leads to something destructive; `rest` is more of the gate.
fn gated(sandbox: &Sandbox, rest: &str) -> String {
    let text = "
phases:
  - id: work
    title: Work
    steps:
      - { id: look, title: Look, effect: read, run: 'echo 7', outputs: { rate: { line: 1, type: number } } }
      - id: go_on
        title: Go on?
        gate:
          answers:
            leave: { label: Leave it, then: [] }
            wipe: { label: Wipe it, then: [wipe] }
            ask: { label: Ask first, reason: required, then: [] }
            both: { label: Both, approvals: { from: [dba], count: 1 }, then: [] }
          REST
  - id: wipe
    title: Wipe
    steps:
      - { id: drop, title: Drop it, effect: destructive, target: the cache, run: 'echo dropped >>MARKS' }
";
    book(sandbox, &text.replace("REST", rest))
}

fn marks(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.tmp().join("marks")).unwrap_or_default()
}

fn headless(sandbox: &Sandbox, file: &str, more: &[&str]) -> Output {
    run(sandbox, &[&["run", file, "--headless"], more].concat())
}

/// Ends with this exit code and says this on standard error.
fn stops(output: &Output, code: i32, words: &str) {
    exits(output, code);
    assert!(err(output).contains(words), "no {words}: {}", err(output));
}

#[test]
fn a_gate_stops_unless_its_author_or_the_operator_answered_it() {
    let sandbox = Sandbox::new();
    let file = gated(&sandbox, "");
    stops(&headless(&sandbox, &file, &[]), 3, "--answer go_on=");
    exits(&headless(&sandbox, &file, &["--answer", "go_on=leave"]), 0);
    let file = gated(&sandbox, "headless: leave");
    exits(&headless(&sandbox, &file, &[]), 0);
    let suggests = |answer: &str, when: &str| {
        format!(
            "headless: suggested\n          suggest: [ {{ when: '{when}', answer: {answer}, because: It is so }} ]"
        )
    };
    let file = gated(&sandbox, &suggests("leave", "rate == 7"));
    let output = headless(&sandbox, &file, &[]);
    exits(&output, 0);
    let report = out(&run(&sandbox, &["report"]));
    assert!(
        report.contains("- Reason: as suggested: It is so"),
        "{report}"
    );
    let file = gated(&sandbox, &suggests("leave", "rate == 8"));
    stops(
        &headless(&sandbox, &file, &[]),
        3,
        "the facts speak for no answer",
    );
    let file = gated(&sandbox, &suggests("wipe", "rate == 7"));
    stops(
        &headless(&sandbox, &file, &[]),
        3,
        "leads to something destructive",
    );
    assert_eq!(marks(&sandbox), "");
}

#[test]
fn what_an_answer_needs_is_not_made_up() {
    let sandbox = Sandbox::new();
    let file = gated(&sandbox, "");
    let answer = |answer: &str| headless(&sandbox, &file, &["--answer", answer]);
    stops(&answer("go_on=ask"), 3, "needs a reason");
    exits(&answer("go_on=ask:because"), 0);
    stops(&answer("go_on=both:because"), 3, "dba");
    // A slip of the pen is told before anything begins.
    let before = sandbox.run_dirs().len();
    stops(&answer("go_in=leave"), 2, "there is no gate `go_in`");
    stops(&answer("go_on=leaf"), 2, "leave, wipe, ask, both");
    assert_eq!(sandbox.run_dirs().len(), before);
}

#[test]
fn a_destructive_step_needs_its_target_by_name() {
    let sandbox = Sandbox::new();
    let file = gated(&sandbox, "");
    let wipe = ["--answer", "go_on=wipe"];
    stops(
        &headless(&sandbox, &file, &wipe),
        3,
        "--confirm 'the cache'",
    );
    stops(
        &run(&sandbox, &["resume", "--headless", "--confirm", "drop"]),
        3,
        "--confirm 'the cache'",
    );
    assert_eq!(marks(&sandbox), "");
    let resumed = run(
        &sandbox,
        &["resume", "--headless", "--confirm", "the cache"],
    );
    exits(&resumed, 0);
    assert_eq!(marks(&sandbox), "dropped\n");
    // What was told before is not told again; that there was something is.
    let told = out(&resumed);
    assert!(!told.contains("started") && !told.contains("→"), "{told}");
    assert!(told.contains("Taken up again"), "{told}");
    assert!(told.contains("Run closed as resolved"), "{told}");
    let id = sandbox.run_dir();
    let id = id.file_name().expect("a name").to_string_lossy();
    let said = err(&resumed);
    assert!(said.contains(&format!("resumed {id}: ")), "{said}");
    assert!(said.contains(" events before this, the last at "), "{said}");
}

#[test]
fn a_manual_step_stops_unless_it_may_be_skipped() {
    let sandbox = Sandbox::new();
    let manual = |rest: &str| {
        format!(
            "
phases:
  - id: work
    title: Work
    steps: [ {{ id: call, title: Call them, manual: {{ instructions: Call{rest} }} }} ]
"
        )
    };
    let file = book(&sandbox, &manual(""));
    stops(
        &headless(&sandbox, &file, &[]),
        3,
        "‘Call them’ is done by a person",
    );
    let file = book(&sandbox, &manual(", headless: skip"));
    exits(&headless(&sandbox, &file, &[]), 0);
    let report = out(&run(&sandbox, &["report"]));
    assert!(
        report.contains("- [ ] Call them (skipped: nobody was at a screen)"),
        "{report}"
    );
}

/// Nobody concludes; but the author's probe was asked, and whoever comes finds what it says.
#[test]
fn a_failure_is_met_with_the_fallback_that_was_chosen() {
    let sandbox = Sandbox::new();
    let file = book(
        &sandbox,
        "
phases:
  - id: work
    title: Work
    steps:
      - id: act
        title: Act
        run: 'exit 3'
        fallbacks:
          - { title: Gently, run: 'exit 4' }
          - { title: Hard, run: 'echo hard >>MARKS', effect: destructive }
        effect: write
        target: the disk
",
    );
    stops(
        &headless(&sandbox, &file, &[]),
        3,
        "--failure act=fallback:N",
    );
    let gently = ["--failure", "act=fallback:1"];
    stops(
        &headless(&sandbox, &file, &gently),
        3,
        "so did its fallback",
    );
    let hard = ["--failure", "act=fallback:2"];
    stops(&headless(&sandbox, &file, &hard), 3, "--confirm 'the disk'");
    assert_eq!(marks(&sandbox), "");
    let allowed = [&hard[..], &["--confirm", "the disk"]].concat();
    exits(&headless(&sandbox, &file, &allowed), 0);
    assert_eq!(marks(&sandbox), "hard\n");
    let odd = ["--failure", "act=fallback:3"];
    stops(&headless(&sandbox, &file, &odd), 2, "has 2 fallbacks");
    stops(
        &headless(&sandbox, &file, &["--failure", "act=retry"]),
        2,
        "act=fallback:1",
    );
}

#[test]
fn a_manual_step_that_is_done_is_said_to_be() {
    let sandbox = Sandbox::new();
    let file = book(
        &sandbox,
        "
phases:
  - id: work
    title: Work
    steps:
      - { id: tell, title: Tell people, manual: { checklist: [Chat, Mail], record: { ticket: { pattern: '[A-Z]+-[0-9]+' } } } }
      - { id: act, title: Act, run: 'echo {{ ticket }} >>MARKS' }
",
    );
    stops(&headless(&sandbox, &file, &[]), 3, "--done tell");
    stops(
        &headless(&sandbox, &file, &["--done", "tell:ticket=x"]),
        3,
        "ticket",
    );
    exits(
        &headless(&sandbox, &file, &["--done", "tell:ticket=OPS-7"]),
        0,
    );
    assert_eq!(marks(&sandbox), "OPS-7\n");
    stops(
        &headless(&sandbox, &file, &["--done", "act"]),
        2,
        "its manual steps: tell",
    );
    stops(
        &headless(&sandbox, &file, &["--done", "tell:odd=1"]),
        2,
        "records no `odd`",
    );
}

#[test]
fn an_unknown_outcome_waits_for_a_person_who_finds_the_probes_advice() {
    let sandbox = Sandbox::new();
    let file = book(
        &sandbox,
        "
phases:
  - id: work
    title: Work
    steps:
      - { id: slow, title: Slow, run: 'sleep 60', timeout: 1s, kill_grace: 1s, probe: 'echo it is there; exit 0' }
",
    );
    let output = headless(&sandbox, &file, &[]);
    stops(&output, 3, "nobody knows whether ‘Slow’ took effect");
    stops(&output, 3, "the probe says it took effect");
    let report = out(&run(&sandbox, &["report"]));
    assert!(
        report.contains("- The probe says: it took effect (exit 0)"),
        "{report}"
    );
    assert!(report.contains("it is there"), "{report}");
    assert!(report.contains("it is still not known"), "{report}");
}

#[test]
fn the_cleanup_comes_before_the_end_and_asks_for_what_is_destructive() {
    let sandbox = Sandbox::new();
    let text = |cleanup: &str| {
        format!(
            "
phases:
  - id: work
    title: Work
    steps:
      - {{ id: pause, title: Pause, run: 'echo paused >>MARKS' }}
      - {{ id: act, title: Act, run: 'exit 4', on_failure: abort }}
cleanup:
  - {{ id: resume, title: Resume it, run: 'echo resumed >>MARKS', when: 'steps.pause.outcome == \"succeeded\"' }}
  - {{ id: never, title: Never, run: 'echo never >>MARKS', when: 'steps.act.outcome == \"succeeded\"' }}
{cleanup}"
        )
    };
    let file = book(&sandbox, &text(""));
    let output = headless(&sandbox, &file, &[]);
    exits(&output, 1);
    assert_eq!(marks(&sandbox), "paused\nresumed\n");
    let said = out(&output);
    let of = |words: &str| {
        said.find(words)
            .unwrap_or_else(|| panic!("no {words}: {said}"))
    };
    assert!(of("✘ Act: exit 4") < of("Closing as failed"));
    assert!(of("Closing as failed") < of("✔ Resume it"));
    assert!(of("✔ Resume it") < of("Run closed as failed"));

    let wipe = "  - { id: wipe, title: Wipe it, effect: destructive, target: it, run: 'echo wiped >>MARKS' }\n";
    let file = book(&sandbox, &text(wipe));
    stops(&headless(&sandbox, &file, &[]), 3, "--confirm it");
    let open = run(&sandbox, &["resume", "--headless", "--confirm", "it"]);
    exits(&open, 1);
    assert!(
        marks(&sandbox).ends_with("resumed\nwiped\n"),
        "{}",
        marks(&sandbox)
    );
}

#[test]
fn a_failure_pauses_or_is_accepted() {
    let sandbox = Sandbox::new();
    let text = |rest: &str| {
        format!(
            "phases: [ {{ id: a, title: A, steps: [ {{ id: act, title: Act, run: 'exit 4'{rest} }} ] }} ]\n"
        )
    };
    let file = book(&sandbox, &text(""));
    stops(&headless(&sandbox, &file, &[]), 3, "‘Act’ failed: exit 4");
    let file = book(&sandbox, &text(", on_failure: continue"));
    exits(&headless(&sandbox, &file, &[]), 1);
}

#[test]
fn a_rehearsal_passes_what_would_change_something_and_reads_nothing_unasked() {
    let sandbox = Sandbox::new();
    let text = |outputs: &str| {
        format!(
            "
phases:
  - id: work
    title: Work
    steps:
      - {{ id: look, title: Look, effect: read, run: 'echo looked >>MARKS; echo 7', outputs: {{ rate: {{ line: 1{outputs} }} }} }}
      - {{ id: act, title: Act, run: 'echo acted {{{{ rate }}}} >>MARKS', rehearse: 'echo would act on {{{{ rate }}}}' }}
      - {{ id: write, title: Write, run: 'echo written >>MARKS' }}
"
        )
    };
    let file = book(&sandbox, &text(""));
    stops(&headless(&sandbox, &file, &["--rehearse"]), 3, "rate");
    let file = book(&sandbox, &text(", default: '9'"));
    let output = headless(&sandbox, &file, &["--rehearse"]);
    exits(&output, 0);
    assert_eq!(
        marks(&sandbox),
        "",
        "nothing ran but what was written for it"
    );
    for words in [
        "REHEARSAL ‘Book’",
        "✔ Look: rehearsed, not done · rate = 9",
        "✔ Act",
        "✔ Write: rehearsed",
    ] {
        assert!(out(&output).contains(words), "no {words}: {}", out(&output));
    }
    let report = out(&run(&sandbox, &["report"]));
    assert!(report.contains("would act on 9"), "{report}");

    // It is no drill, and lists say what it was.
    let runs = out(&run(&sandbox, &["runs"]));
    assert!(runs.contains("rehearsal"), "{runs}");
    let runs: serde_json::Value =
        serde_json::from_str(&out(&run(&sandbox, &["runs", "--json"]))).expect("JSON");
    assert_eq!(runs[0]["kind"], "rehearsal");
}
