//! The program from the outside: exit codes, what it prints where, and the files that it leaves.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts the program and keeps its own time"
)]

#[path = "command_line/begun.rs"]
mod begun;
#[path = "command_line/conventions.rs"]
mod conventions;
#[path = "command_line/lost.rs"]
mod lost;
#[path = "command_line/notes.rs"]
mod notes;
#[path = "terminal/sandbox.rs"]
mod sandbox;
#[path = "command_line/told.rs"]
mod told;
#[path = "command_line/uses.rs"]
mod uses;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Output, Stdio},
    time::Duration,
};

use sandbox::{Sandbox, eventually, now};
use serde_json::Value;

const GATED: &str = "version: 1
title: Wipe the cache
inputs:
  file: { description: Where to write }
phases:
  - id: work
    title: Work
    steps:
      - { id: look, title: Look, effect: read, run: echo looked }
      - id: go_on
        title: Go on?
        gate:
          answers:
            wipe: { label: Wipe it, reason: required }
            leave: { label: Leave it, then: [] }
  - id: change
    title: Change
    steps:
      - { id: note_it, title: Note it, effect: write, run: 'echo noted >>{{ file }}' }
      - { id: wipe, title: Wipe, effect: destructive, target: cache-1, run: 'echo wiped >>{{ file }}' }
";

/// Runs the program to its end.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    sandbox
        .command(Sandbox::program())
        .args(arguments)
        .output()
        .expect("the program can be started")
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The exit code, with everything that was said if it is another one.
fn exits(output: &Output, wanted: i32) {
    assert_eq!(
        code(output),
        Some(wanted),
        "out:\n{}\nerr:\n{}",
        out(output),
        err(output)
    );
}

/// A runbook of one step.
fn one_step(script: &str, more: &str) -> String {
    format!(
        "version: 1\ntitle: One step\nphases:\n  - id: work\n    title: Work\n    steps:\n      \
         - {{ id: step, title: The step, effect: write, {more} run: {script:?} }}\n"
    )
}

/// What `new` writes passes `check`, and what is there already is left alone.
#[test]
fn a_new_runbook_passes_check() {
    let sandbox = Sandbox::new();
    let made = run(&sandbox, &["new", "orders-api"]);
    exits(&made, 0);
    let folder = sandbox.path().join("runbooks");
    for name in [
        "orders-api.yaml",
        "orders-api.test.yaml",
        "runbook.schema.json",
    ] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    for words in [
        "rbconsole check runbooks/orders-api.yaml",
        "rbconsole test",
        "--rehearse",
    ] {
        assert!(out(&made).contains(words), "no {words} in {}", out(&made));
    }
    exits(&run(&sandbox, &["check", "runbooks/orders-api.yaml"]), 0);
    exits(&run(&sandbox, &["test", "runbooks/orders-api.yaml"]), 0);
    exits(&run(&sandbox, &["show", "orders-api"]), 0);
    let schema = fs::read_to_string(folder.join("runbook.schema.json")).expect("it is there");
    assert_eq!(schema, out(&run(&sandbox, &["schema"])));
    let schema = fs::read_to_string(folder.join("scenarios.schema.json")).expect("it is there");
    assert_eq!(schema, out(&run(&sandbox, &["schema", "--scenarios"])));
    let scenarios = fs::read_to_string(folder.join("orders-api.test.yaml")).expect("it is there");
    assert!(scenarios.starts_with("# yaml-language-server: $schema=scenarios.schema.json\n"));

    let before = fs::read(folder.join("orders-api.yaml")).expect("it is there");
    let again = run(&sandbox, &["new", "orders-api"]);
    exits(&again, 2);
    assert!(err(&again).contains("is there already"), "{}", err(&again));
    assert_eq!(
        fs::read(folder.join("orders-api.yaml")).expect("it is there"),
        before
    );

    let copy = run(
        &sandbox,
        &[
            "new",
            "shop",
            "--from",
            "symlink-release",
            "-o",
            "shop.yaml",
        ],
    );
    exits(&copy, 0);
    exits(&run(&sandbox, &["check", "shop.yaml"]), 0);
    for wrong in ["../shop", "a/b", "shop.yaml", ""] {
        exits(&run(&sandbox, &["new", wrong]), 2);
    }
    exits(
        &run(&sandbox, &["new", "other", "--from", "no-such-runbook"]),
        2,
    );
}
