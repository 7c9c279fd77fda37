//! The program from the outside: exit codes, what it prints where, and the files that it leaves.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts the program and keeps its own time"
)]

#[path = "terminal/sandbox.rs"]
mod sandbox;
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

#[test]
fn the_demo_without_a_screen() {
    let sandbox = Sandbox::new();
    let began = now();
    let output = run(&sandbox, &["demo", "--headless"]);
    assert!(began.elapsed() < Duration::from_mins(1));
    exits(&output, 0);
    let said = out(&output);
    let report = sandbox.run_dir().join("report.md");
    assert_eq!(
        said.lines().last(),
        Some(&*report.to_string_lossy()),
        "{said}"
    );
    let text = fs::read_to_string(report).expect("the report is written");
    assert!(text.contains("Yes, it only added"), "{text}");
    sandbox.nothing_left();
    assert_eq!(fs::read_dir(sandbox.tmp()).expect("a folder").count(), 0);
}

/// Decided beforehand, all of it; then what is missing is asked for by the exit code, and `resume` takes it up.
#[test]
fn headless_stops_where_a_person_is_needed() {
    let sandbox = Sandbox::new();
    let runbook = sandbox
        .runbook("wipe", GATED)
        .to_string_lossy()
        .into_owned();
    let file = sandbox.path().join("effects");
    let input = format!("file={}", file.display());
    let arguments = ["run", &runbook, "-i", &input, "--headless"];

    let output = run(&sandbox, &arguments);
    exits(&output, 3);
    assert!(err(&output).contains("--answer go_on="), "{}", err(&output));
    assert!(out(&output).contains("✔ Look"), "{}", out(&output));
    assert!(!file.exists());

    // An answer without the reason that it needs is none.
    let output = run(
        &sandbox,
        &["resume", "--headless", "--answer", "go_on=wipe"],
    );
    exits(&output, 3);
    assert!(err(&output).contains("reason"), "{}", err(&output));
    assert!(!file.exists());

    let output = run(
        &sandbox,
        &[
            "resume",
            "last",
            "--headless",
            "--answer",
            "go_on=wipe:it is stale",
        ],
    );
    exits(&output, 3);
    assert!(
        err(&output).contains("--confirm cache-1"),
        "{}",
        err(&output)
    );
    assert_eq!(fs::read_to_string(&file).expect("a file"), "noted\n");

    let output = run(&sandbox, &["resume", "--headless", "--confirm", "cache-2"]);
    exits(&output, 3);
    let output = run(&sandbox, &["resume", "--headless", "--confirm", "cache-1"]);
    exits(&output, 0);
    assert_eq!(fs::read_to_string(&file).expect("a file"), "noted\nwiped\n");

    let report = out(&run(&sandbox, &["report"]));
    assert!(report.contains("it is stale"), "{report}");
    let output = run(&sandbox, &["resume"]);
    exits(&output, 2);
    assert!(err(&output).contains("is closed"), "{}", err(&output));
}

#[test]
fn headless_in_one_go() {
    let sandbox = Sandbox::new();
    let runbook = sandbox
        .runbook("wipe", GATED)
        .to_string_lossy()
        .into_owned();
    let file = sandbox.path().join("effects");
    let input = format!("file={}", file.display());
    let output = run(
        &sandbox,
        &[
            "run",
            &runbook,
            "-i",
            &input,
            "--headless",
            "--answer",
            "go_on=wipe:stale",
            "--confirm",
            "cache-1",
        ],
    );
    exits(&output, 0);
    assert_eq!(fs::read_to_string(&file).expect("a file"), "noted\nwiped\n");
    let other = run(
        &sandbox,
        &[
            "run",
            &runbook,
            "-i",
            &input,
            "--headless",
            "--answer",
            "go_on=leave",
        ],
    );
    exits(&other, 0);
    assert_eq!(fs::read_to_string(&file).expect("a file"), "noted\nwiped\n");
}

#[test]
fn a_failure_pauses_or_aborts() {
    let sandbox = Sandbox::new();
    let paused = sandbox.runbook("paused", &one_step("exit 7", ""));
    let output = run(&sandbox, &["run", &paused.to_string_lossy(), "--headless"]);
    exits(&output, 3);
    assert!(err(&output).contains("exit 7"), "{}", err(&output));
    let aborted = sandbox.runbook("aborted", &one_step("exit 7", "on_failure: abort,"));
    let output = run(&sandbox, &["run", &aborted.to_string_lossy(), "--headless"]);
    exits(&output, 1);
    assert!(out(&output).contains("exit 7"), "{}", out(&output));
}

#[test]
fn an_invalid_runbook_says_where() {
    let sandbox = Sandbox::new();
    let text = one_step("true", "effekt: read,");
    let runbook = sandbox
        .runbook("wrong", &text)
        .to_string_lossy()
        .into_owned();
    let place = format!("{runbook}:7:");
    for arguments in [
        ["run", &runbook, "--headless"].as_slice(),
        &["show", &runbook],
    ] {
        let output = run(&sandbox, arguments);
        exits(&output, 2);
        assert!(
            err(&output).contains(&place),
            "no {place} in {}",
            err(&output)
        );
        assert!(err(&output).contains("effekt"), "{}", err(&output));
    }
    let output = run(&sandbox, &["check", &runbook]);
    exits(&output, 1);
    assert!(err(&output).contains(&place), "{}", err(&output));
    assert!(!sandbox.path().join("state/runs").exists(), "nothing began");
}

#[test]
fn what_is_missing_here_is_refused() {
    let sandbox = Sandbox::new();
    let text = format!(
        "requires: {{ tools: [no-such-tool-here] }}\n{}",
        one_step("true", "")
    );
    let runbook = sandbox.runbook("needs", &text);
    let output = run(&sandbox, &["run", &runbook.to_string_lossy(), "--headless"]);
    exits(&output, 4);
    assert!(
        err(&output).contains("no-such-tool-here"),
        "{}",
        err(&output)
    );
    let gated = sandbox.runbook("wipe", GATED);
    let output = run(&sandbox, &["run", &gated.to_string_lossy(), "--headless"]);
    exits(&output, 2);
    assert!(err(&output).contains("-i file="), "{}", err(&output));
    exits(&run(&sandbox, &["run", "no-such-runbook", "--headless"]), 2);
    exits(&run(&sandbox, &["run", "--no-such-option"]), 2);
    exits(&run(&sandbox, &["resume", "--headless"]), 2);
}

/// A headless run whose step goes on until it is let go; killed with the test if that fails half-way.
struct Driven {
    child: Child,
    sandbox: Sandbox,
}

impl Driven {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let script = format!(
            "until [ -e {}/go ]; do sleep 0.05; done",
            sandbox.path().display()
        );
        let runbook = sandbox.runbook("slow", &one_step(&script, ""));
        let mut child = sandbox
            .command(Sandbox::program())
            .args(["run", &runbook.to_string_lossy(), "--headless"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        // The run is there, and its step has begun.
        let begun = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("Phase")));
        assert!(begun.is_some());
        std::thread::spawn(move || lines.count());
        Self { child, sandbox }
    }

    fn end(mut self) -> Sandbox {
        rbconsole::run_dir::write_private(&self.sandbox.path().join("go"), b"").expect("a file");
        let status = self.child.wait().expect("it is our child");
        assert_eq!(status.code(), Some(0));
        self.sandbox
    }
}

#[test]
fn a_second_driver_is_refused_and_a_note_is_handed_over() {
    let driven = Driven::new();
    let output = run(&driven.sandbox, &["resume", "--headless"]);
    exits(&output, 4);
    assert!(err(&output).contains("ana@"), "{}", err(&output));

    let output = run(
        &driven.sandbox,
        &["note", "last", "ben joins", "--at", "-20m"],
    );
    exits(&output, 0);
    assert!(
        out(&output).contains("handed to the console"),
        "{}",
        out(&output)
    );
    assert!(out(&output).contains("UTC"), "{}", out(&output));
    let at = eventually("the note is in the journal", || {
        let journal = driven.sandbox.journal();
        let note = journal
            .iter()
            .find_map(|line| line["event"].get("note_added").cloned());
        note.ok_or_else(|| format!("{journal:?}"))
    });
    assert_eq!(at["text"], "ben joins");
    assert!(at["happened_at"].is_string());
    let waiting = || {
        fs::read_dir(driven.sandbox.run_dir().join("inbox"))
            .expect("a folder")
            .count()
    };
    eventually("the inbox is empty", || {
        if waiting() == 0 {
            Ok(())
        } else {
            Err(waiting().to_string())
        }
    });

    let runs = out(&run(&driven.sandbox, &["runs"]));
    assert!(runs.contains("open, driven by ana@"), "{runs}");
    let sandbox = driven.end();
    sandbox.nothing_left();

    // Nobody drives now: the note goes into the journal itself.
    let output = run(&sandbox, &["note", "last", "all quiet"]);
    exits(&output, 0);
    assert!(out(&output).starts_with("noted"), "{}", out(&output));
    let report = out(&run(&sandbox, &["report", "last"]));
    assert!(
        report.contains("ben joins") && report.contains("all quiet"),
        "{report}"
    );
    exits(&run(&sandbox, &["audit"]), 0);
    exits(
        &run(&sandbox, &["note", "last", "x", "--at", "yesterday"]),
        2,
    );
    exits(&run(&sandbox, &["note", "last", "   "]), 2);
    exits(&run(&sandbox, &["note", "no-such-run", "x"]), 2);
}

#[test]
fn lists_for_people_and_programs() {
    let sandbox = Sandbox::new();
    exits(&run(&sandbox, &["runs"]), 0);
    let none: Value =
        serde_json::from_str(&out(&run(&sandbox, &["runs", "--json"]))).expect("JSON");
    assert_eq!(none, Value::Array(Vec::new()));
    let runbook = sandbox.runbook("fine", &one_step("true", ""));
    exits(
        &run(
            &sandbox,
            &["run", "fine", "--headless", "--title", "A good one"],
        ),
        0,
    );
    let failing = sandbox.runbook("failing", &one_step("false", ""));
    exits(
        &run(&sandbox, &["run", &failing.to_string_lossy(), "--headless"]),
        3,
    );

    let runs: Value =
        serde_json::from_str(&out(&run(&sandbox, &["runs", "--json"]))).expect("JSON");
    let words: Vec<(&Value, &Value)> = runs
        .as_array()
        .expect("a list")
        .iter()
        .map(|run| (&run["status"], &run["title"]))
        .collect();
    assert_eq!(
        words[0],
        (&"open".into(), &"One step".into()),
        "unfinished first"
    );
    assert_eq!(words[1], (&"closed".into(), &"A good one".into()));
    assert_eq!(runs[1]["outcome"], "resolved");

    let list: Value =
        serde_json::from_str(&out(&run(&sandbox, &["list", "--json"]))).expect("JSON");
    let names: Vec<&str> = list
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|entry| entry["name"].as_str())
        .collect();
    for name in ["fine", "failing", "symlink-release", "kubernetes-rollout"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let text = out(&run(&sandbox, &["list"]));
    assert!(text.contains("Roll back a symlink release"), "{text}");

    let shown = run(&sandbox, &["show", "symlink-release"]);
    exits(&shown, 0);
    for words in [
        "Roll back a symlink release",
        "Take the deployment lock",
        "Roll back?",
    ] {
        assert!(out(&shown).contains(words), "no {words} in {}", out(&shown));
    }
    assert!(!out(&shown).contains('\u{1b}'), "no colours into a pipe");
    let shown = run(&sandbox, &["show", "symlink-release", "--format", "md"]);
    exits(&shown, 0);
    assert!(out(&shown).starts_with("# Roll back a symlink release\n"));
    let folder = runbook
        .parent()
        .expect("a folder")
        .to_string_lossy()
        .into_owned();
    exits(&run(&sandbox, &["check", &folder]), 0);
    exits(&run(&sandbox, &["check"]), 0);
    sandbox.runbook("broken", "version: 1\n");
    exits(&run(&sandbox, &["check", &folder]), 1);
}

#[test]
fn a_report_into_a_file() {
    let sandbox = Sandbox::new();
    sandbox.runbook("fine", &one_step("echo hello", ""));
    exits(&run(&sandbox, &["run", "fine", "--headless"]), 0);
    let printed = out(&run(&sandbox, &["report"]));
    assert!(printed.starts_with("# One step"), "{printed}");
    assert!(printed.contains("hello"), "{printed}");
    exits(&run(&sandbox, &["report", "-o", "report.md"]), 0);
    let path = sandbox.path().join("report.md");
    assert_eq!(fs::read_to_string(path).expect("a file"), printed);
}

#[test]
fn tampering_is_found() {
    let sandbox = Sandbox::new();
    sandbox.runbook("fine", &one_step("echo hello", ""));
    exits(&run(&sandbox, &["run", "fine", "--headless"]), 0);
    let good = run(&sandbox, &["audit"]);
    exits(&good, 0);
    let head = out(&good)
        .split_once("head ")
        .and_then(|(_, rest)| rest.split_whitespace().next().map(str::to_owned))
        .expect("the audit says the head");
    exits(&run(&sandbox, &["audit", "--head", &head]), 0);
    let other = "0".repeat(head.len());
    exits(&run(&sandbox, &["audit", "--head", &other]), 1);

    // The log says something else than the journal remembers.
    let folder = sandbox.run_dir();
    let log = folder.join("attempts/001-step-1/output.log");
    let before = fs::read(&log).expect("there is a log");
    rbconsole::run_dir::write_private(&log, b"jello\n").expect("a file");
    let output = run(&sandbox, &["audit"]);
    exits(&output, 1);
    assert!(err(&output).contains('✘'), "{}", err(&output));
    rbconsole::run_dir::write_private(&log, &before).expect("a file");
    exits(&run(&sandbox, &["audit"]), 0);

    // One word of the journal, well inside it.
    let journal = folder.join("journal.jsonl");
    let text = fs::read_to_string(&journal).expect("there is a journal");
    let changed = text.replacen("\"ana\"", "\"eve\"", 2);
    rbconsole::run_dir::write_private(&journal, changed.as_bytes()).expect("a file");
    exits(&run(&sandbox, &["audit"]), 1);
}

#[test]
fn events_as_lines_of_json() {
    let sandbox = Sandbox::new();
    sandbox.runbook("fine", &one_step("echo hello", ""));
    let output = run(
        &sandbox,
        &["run", "fine", "--headless", "--format", "jsonl"],
    );
    exits(&output, 0);
    let lines: Vec<Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(lines.len() > 5, "{lines:?}");
    for line in &lines {
        assert!(
            line["at"].is_string() && line["by"] == "ana" && !line["event"].is_null(),
            "{line}"
        );
    }
    assert!(!lines[0]["event"]["run_started"].is_null());
    assert_eq!(
        lines[lines.len() - 1]["event"]["run_closed"]["outcome"],
        "resolved"
    );
}

/// A reader that goes away ends nothing and says nothing.
#[test]
fn a_closed_pipe_is_silent() {
    let sandbox = Sandbox::new();
    sandbox.runbook("fine", &one_step("echo hello", ""));
    for arguments in [
        ["run", "fine", "--headless"].as_slice(),
        &["list"],
        &["show", "symlink-release"],
        &["report"],
        &["--help"],
        &["completions", "bash"],
        &["schema"],
        &["man"],
    ] {
        let mut child = sandbox
            .command(Sandbox::program())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        // Nobody reads from the first byte on.
        drop(child.stdout.take());
        let mut said = String::new();
        let mut stderr = child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut said).expect("text");
        let status = child.wait().expect("it is our child");
        assert_eq!(status.code(), Some(0), "{arguments:?}: {said}");
        let told = said.lines().all(|line| {
            ["run ", "report ", "journal head "]
                .iter()
                .any(|known| line.starts_with(known))
        });
        assert!(told, "{arguments:?}: {said}");
    }
    assert_eq!(sandbox.run_dirs().len(), 1, "the run went on to its end");
    exits(&run(&sandbox, &["audit"]), 0);
}

#[test]
fn help_says_what_exit_codes_mean() {
    let sandbox = Sandbox::new();
    let help = run(&sandbox, &["--help"]);
    exits(&help, 0);
    for words in [
        "Exit codes",
        "a person is needed",
        "refused",
        "70",
        "RBCONSOLE_STATE_DIR",
    ] {
        assert!(out(&help).contains(words), "no {words} in {}", out(&help));
    }
    for subcommand in [
        "demo", "run", "resume", "watch", "runs", "note", "report", "audit", "list", "show",
        "check",
    ] {
        let help = run(&sandbox, &[subcommand, "--help"]);
        exits(&help, 0);
        assert!(out(&help).contains("Usage:"), "{}", out(&help));
    }
    assert!(!out(&help).contains("__supervise"), "hidden is hidden");
    // Without a terminal there is no screen, and no hanging.
    let output = run(&sandbox, &["demo"]);
    exits(&output, 2);
    assert!(err(&output).contains("--headless"), "{}", err(&output));
}

#[test]
fn a_secret_is_masked_also_where_a_step_did_not_ask_for_it() {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook(
        "secret",
        "version: 1
title: Secret
inputs: { token: { secret: true, env: RB_TEST_TOKEN } }
phases:
  - id: work
    title: Work
    steps:
      - { id: leak, title: Leak, effect: read, run: 'env | grep RB_TEST_TOKEN' }
      - { id: use_it, title: Use it, effect: read, run: 'echo {{ token }}' }
",
    );
    let output = sandbox
        .command(Sandbox::program())
        .env("RB_TEST_TOKEN", "hunter2-is-secret")
        .args(["run", "--headless"])
        .arg(&file)
        .output()
        .expect("the program can be started");
    exits(&output, 0);
    let mut found = Vec::new();
    let mut folders = vec![sandbox.run_dir()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if String::from_utf8_lossy(&fs::read(&path).unwrap()).contains("hunter2") {
                found.push(path);
            }
        }
    }
    assert!(found.is_empty(), "the secret stands in {found:?}");
    assert!(!out(&output).contains("hunter2") && !err(&output).contains("hunter2"));
}

#[test]
fn an_ignored_child_signal_hangs_nobody() {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook("ignored", &one_step("sleep 0.2; exit 7", ""));
    let output = sandbox
        .command("env")
        .arg("--ignore-signal=CHLD")
        .arg(Sandbox::program())
        .args(["run", "--headless"])
        .arg(&file)
        .output()
        .expect("the program can be started");
    exits(&output, 3);
    assert!(out(&output).contains("exit 7"), "{}", out(&output));
    sandbox.nothing_left();
}

/// Kills console and supervisor in the middle of a write and makes its directory
/// vanish; then resumes headless.
fn resumed_without_the_attempt(forget_that_it_ran: bool) -> Output {
    let sandbox = Sandbox::new();
    let marks = sandbox.tmp().join("marks");
    let script = format!("echo ran >>{}; sleep 30", marks.display());
    let file = sandbox.runbook("never", &one_step(&script, ""));
    let mut child = sandbox
        .command(Sandbox::program())
        .args(["run", "--headless"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program can be started");
    eventually("the journal says that it runs", || {
        if !marks.exists() {
            return Err("it has not begun".to_owned());
        }
        let journal = sandbox.journal();
        let runs = journal
            .iter()
            .any(|line| !line["event"]["attempt_started"].is_null());
        if runs {
            Ok(())
        } else {
            Err(format!("{journal:?}"))
        }
    });
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("everything is gone", || {
        let left = sandbox.processes();
        for process in &left {
            let number = process.split(':').next().unwrap_or_default();
            let killed = std::process::Command::new("kill")
                .args(["-9", number])
                .status();
            assert!(killed.is_ok());
        }
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("{left:?}"))
        }
    });
    let attempts = sandbox.run_dir().join("attempts");
    fs::remove_dir_all(&attempts).unwrap();
    fs::create_dir(&attempts).unwrap();
    if forget_that_it_ran {
        let path = sandbox.run_dir().join("journal.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        let kept: Vec<&str> = text
            .lines()
            .filter(|line| !line.contains("attempt_started"))
            .collect();
        fs::write(&path, format!("{}\n", kept.join("\n"))).unwrap();
    }
    let resumed = run(&sandbox, &["resume", "--headless"]);
    assert_eq!(fs::read_to_string(&marks).unwrap(), "ran\n", "it ran once");
    resumed
}

#[test]
fn an_attempt_that_ran_and_left_nothing_is_unknown() {
    let resumed = resumed_without_the_attempt(false);
    exits(&resumed, 3);
    assert!(err(&resumed).contains("nobody knows"), "{}", err(&resumed));
}

#[test]
fn an_attempt_that_was_never_started_waits_for_a_person() {
    let resumed = resumed_without_the_attempt(true);
    exits(&resumed, 3);
    assert!(
        err(&resumed).contains("stands open again"),
        "{}",
        err(&resumed)
    );
}

#[test]
fn evidence_that_left_something_behind_is_not_waited_for() {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook(
        "evidence",
        "version: 1
title: Evidence
phases:
  - id: work
    title: Work
    steps:
      - id: decide
        title: Go on?
        gate:
          evidence: { run: 'sleep 9 & echo seen' }
          answers: { ok: { label: Yes } }
          headless: ok
",
    );
    let began = now();
    exits(
        &run(&sandbox, &["run", "--headless", file.to_str().unwrap()]),
        0,
    );
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "it waited for the sleep"
    );
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
