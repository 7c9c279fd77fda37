//! Guards, drills and rehearsals, and what a resume proves and shows, from the outside.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts the program and changes files under it"
)]

#[path = "common/program.rs"]
mod program;
#[path = "terminal/sandbox.rs"]
mod sandbox;

use std::fs;

use program::{err, exits, out, run};
use sandbox::Sandbox;

/// One write on an environment; `place` is what follows its name.
fn guarded(sandbox: &Sandbox, place: &str) -> String {
    let marks = sandbox.tmp().join("marks");
    let text = format!(
        "version: 1
title: Guarded
inputs: {{ where_to: {{ default: here }} }}
environments:
  lab: {{ {place} }}
phases:
  - id: work
    title: Work
    steps:
      - {{ id: mark, title: Mark it, effect: write, run: 'echo ran >>{}' }}
      - {{ id: by_hand, title: By hand, manual: {{ instructions: Do it }} }}
      - {{ id: again, title: Mark it again, effect: write, run: 'echo again >>{0}' }}
",
        marks.display()
    );
    let file = sandbox.runbook("guarded", &text);
    file.to_string_lossy().into_owned()
}

fn marks(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.tmp().join("marks")).unwrap_or_default()
}

#[test]
fn a_guard_that_fails_refuses_any_run_and_shows_what_it_printed() {
    let sandbox = Sandbox::new();
    let file = guarded(
        &sandbox,
        "drill: true, guard: 'echo this is {{ where_to }}, {{ run.kind }}; exit 7'",
    );
    for kind in [["--drill"].as_slice(), &[]] {
        let mut arguments = vec!["run", &file, "-e", "lab", "--headless"];
        arguments.extend(kind);
        let output = run(&sandbox, &arguments);
        exits(&output, 4);
        let said = err(&output);
        assert!(said.contains("`lab` is not proven"), "{said}");
        assert!(said.contains("exit 7"), "{said}");
        let kind = if kind.is_empty() { "incident" } else { "drill" };
        assert!(said.contains(&format!("this is here, {kind}")), "{said}");
    }
    assert_eq!(marks(&sandbox), "");
    assert!(sandbox.run_dirs().is_empty(), "nothing began");
}

#[test]
fn a_drill_needs_a_guard() {
    let sandbox = Sandbox::new();
    let file = guarded(&sandbox, "drill: true");
    let output = run(
        &sandbox,
        &["run", &file, "-e", "lab", "--drill", "--headless"],
    );
    exits(&output, 4);
    assert!(err(&output).contains("guard:"), "{}", err(&output));
    let file = guarded(&sandbox, "guard: 'true'");
    let output = run(
        &sandbox,
        &["run", &file, "-e", "lab", "--drill", "--headless"],
    );
    exits(&output, 2);
    assert!(err(&output).contains("drill: true"), "{}", err(&output));
    assert!(sandbox.run_dirs().is_empty(), "nothing began");
}

#[test]
fn the_proof_is_recorded_and_asked_again_by_a_resume() {
    let sandbox = Sandbox::new();
    let proof = sandbox.tmp().join("proof");
    fs::write(&proof, "").unwrap();
    let guard = format!(
        "drill: true, guard: 'test -e {} && echo the lab'",
        proof.display()
    );
    let file = guarded(&sandbox, &guard);
    let output = run(
        &sandbox,
        &["run", &file, "-e", "lab", "--drill", "--headless"],
    );
    exits(&output, 3);
    let journal = sandbox.journal();
    let recorded = &journal[0]["event"]["run_started"]["guard"];
    assert_eq!(recorded["text"], "the lab", "{recorded}");
    assert_eq!(recorded["ended"]["code"], 0, "{recorded}");
    assert!(
        recorded["command"]
            .as_str()
            .is_some_and(|script| script.starts_with("test -e")),
        "{recorded}"
    );
    assert_eq!(marks(&sandbox), "ran\n");

    // The place is another one now: the run is taken up, but nothing is launched.
    fs::remove_file(&proof).unwrap();
    let output = run(&sandbox, &["resume", "--headless"]);
    exits(&output, 4);
    assert!(err(&output).contains("not proven"), "{}", err(&output));
    let journal = sandbox.journal();
    let resumed = &journal
        .iter()
        .rfind(|line| !line["event"]["run_resumed"].is_null());
    let guard = &resumed.expect("it was taken up")["event"]["run_resumed"]["guard"];
    assert_eq!(guard["ended"]["code"], 1, "{guard}");

    fs::write(&proof, "").unwrap();
    exits(&run(&sandbox, &["resume", "--headless"]), 3);
    let journal = sandbox.journal();
    let resumed = &journal
        .iter()
        .rfind(|line| !line["event"]["run_resumed"].is_null());
    let guard = &resumed.expect("it was taken up")["event"]["run_resumed"]["guard"];
    assert_eq!(guard["ended"]["code"], 0, "{guard}");
    assert_eq!(marks(&sandbox), "ran\n");
    exits(&run(&sandbox, &["audit"]), 0);
}

/// What measures the wrong place tells lies, and may do harm there.
#[test]
fn nothing_is_measured_before_the_place_is_proven_again() {
    let sandbox = Sandbox::new();
    let proof = sandbox.tmp().join("proof");
    let looks = sandbox.tmp().join("looks");
    fs::write(&proof, "").unwrap();
    let text = format!(
        "version: 1
title: Measured
environments:
  lab: {{ drill: true, guard: 'sleep 0.4; test -e {}' }}
signals:
  rate: {{ run: 'echo look >>{1}; echo 1', every: 1s }}
phases:
  - id: work
    title: Work
    steps:
      - {{ id: wait_for_it, title: Wait, effect: read, run: 'until [ -e {1} ]; do sleep 0.05; done' }}
      - {{ id: by_hand, title: By hand, manual: {{ instructions: Do it }} }}
",
        proof.display(),
        looks.display()
    );
    let file = sandbox.runbook("measured", &text);
    let file = file.to_string_lossy();
    let drill = ["run", &*file, "-e", "lab", "--drill", "--headless"];
    exits(&run(&sandbox, &drill), 3);
    let measured = || fs::read_to_string(&looks).unwrap_or_default();
    assert!(!measured().is_empty(), "the first console measured");
    fs::remove_file(&proof).unwrap();
    fs::remove_file(&looks).unwrap();
    exits(&run(&sandbox, &["resume", "--headless"]), 4);
    assert_eq!(measured(), "");
    sandbox.nothing_left();
}

#[test]
fn a_rehearsal_asks_no_guard_and_does_nothing() {
    let sandbox = Sandbox::new();
    let file = guarded(&sandbox, "guard: 'exit 1'");
    let output = run(
        &sandbox,
        &["run", &file, "-e", "lab", "--rehearse", "--headless"],
    );
    // The manual step is a person's, also in a rehearsal.
    exits(&output, 3);
    assert!(out(&output).contains("REHEARSAL"), "{}", out(&output));
    assert_eq!(marks(&sandbox), "");
    let both = run(
        &sandbox,
        &["run", &file, "--rehearse", "--drill", "--headless"],
    );
    exits(&both, 2);
}

#[test]
fn a_resume_shows_how_the_file_changed_and_goes_on_with_the_pinned_one() {
    let sandbox = Sandbox::new();
    let file = guarded(&sandbox, "drill: false");
    exits(
        &run(&sandbox, &["run", &file, "-e", "lab", "--headless"]),
        3,
    );
    let same = run(&sandbox, &["resume", "--headless"]);
    exits(&same, 3);
    assert!(!err(&same).contains("has changed"), "{}", err(&same));

    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("title: By hand", "title: By machine")).unwrap();
    let changed = run(&sandbox, &["resume", "--headless"]);
    exits(&changed, 3);
    let said = err(&changed);
    assert!(
        said.contains("has changed since the run began (1 lines added, 1 removed)"),
        "{said}"
    );
    assert!(
        said.contains("goes on with the runbook that it began with"),
        "{said}"
    );
    assert!(
        said.contains("+      - { id: by_hand, title: By machine"),
        "{said}"
    );
    assert!(said.contains("‘By hand’ is done by a person"), "{said}");
    let journal = sandbox.journal();
    let resumed = journal
        .iter()
        .rfind(|line| !line["event"]["run_resumed"].is_null());
    let found = resumed.expect("it was taken up")["event"]["run_resumed"]["found"].to_string();
    assert!(found.contains("has changed"), "{found}");
}

#[test]
fn a_run_begins_at_a_later_step_with_what_is_needed_for_it() {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook(
        "later",
        "version: 1
title: Later
phases:
  - id: work
    title: Work
    steps:
      - { id: look, title: Look, effect: read, run: echo 7, outputs: { rate: { text: true, type: number } } }
      - id: go_on
        title: Go on?
        gate: { answers: { go: { label: Go, reason: required }, halt: { label: Halt, then: [] } } }
  - id: more
    title: More
    steps:
      - { id: use_it, title: Use it, effect: read, run: 'echo used {{ rate }}' }
",
    );
    let file = file.to_string_lossy().into_owned();
    let from = ["run", &file, "--headless", "--from", "use_it"];
    let with = |more: &[&str]| run(&sandbox, &[&from, more].concat());
    let output = with(&[]);
    exits(&output, 2);
    assert!(err(&output).contains("go_on"), "{}", err(&output));
    let output = with(&["--answer", "go_on=go:known"]);
    exits(&output, 2);
    assert!(err(&output).contains("rate"), "{}", err(&output));
    exits(
        &with(&["--answer", "go_on=halt:no", "--value", "rate=9"]),
        2,
    );
    assert!(sandbox.run_dirs().is_empty(), "nothing began");
    exits(
        &with(&["--answer", "go_on=go:known", "--value", "rate=9"]),
        0,
    );
    let log = sandbox.run_dir().join("attempts/001-use_it-1/output.log");
    assert_eq!(fs::read_to_string(log).unwrap(), "used 9\n");
    assert_eq!(
        sandbox.journal()[0]["event"]["run_started"]["from"],
        "use_it"
    );
}
