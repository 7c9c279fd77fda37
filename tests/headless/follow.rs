//! Letting go of a run, and following one that somebody else drives.

use std::{
    fs,
    io::Read,
    process::{Child, Stdio},
};

use rbconsole::engine::{Entry, Event};
use rustix::process::{Pid, Signal, kill_process};

use super::{book, err, exits, marks, out, run};
use crate::sandbox::{Sandbox, eventually};

/// A command that goes on until it may end.
fn patient(sandbox: &Sandbox) -> String {
    let text = "
phases:
  - id: work
    title: Work
    steps:
      - { id: long, title: Long, run: 'echo begun >>MARKS; until [ -e MARKS.go ]; do sleep 0.05; done; echo over >>MARKS' }
      - { id: after, title: After, effect: read, run: 'echo after' }
";
    book(sandbox, text)
}

fn start(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    sandbox
        .command(Sandbox::program())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started")
}

fn until_marks(sandbox: &Sandbox, wanted: &str) {
    eventually("the command says so", || {
        let marks = marks(sandbox);
        if marks == wanted { Ok(()) } else { Err(marks) }
    });
}

/// What a child says until its end, and its exit code.
fn end(mut child: Child) -> (i32, String, String) {
    let (mut told, mut complained) = (String::new(), String::new());
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_to_string(&mut told).expect("text");
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut complained).expect("text");
    let status = child.wait().expect("it is our child");
    (status.code().unwrap_or(-1), told, complained)
}

#[test]
fn a_signal_lets_go_of_the_run_and_what_runs_goes_on() {
    for (signal, name) in [
        (Signal::TERM, "SIGTERM"),
        (Signal::INT, "SIGINT"),
        (Signal::HUP, "SIGHUP"),
    ] {
        let sandbox = Sandbox::new();
        let file = patient(&sandbox);
        let child = start(&sandbox, &["run", &file, "--headless"]);
        until_marks(&sandbox, "begun\n");
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        let (code, _, said) = end(child);
        assert_eq!(code, 3, "{said}");
        let id = sandbox.run_dir();
        let id = id.file_name().expect("a name").to_string_lossy();
        for words in [
            name,
            "one command goes on without you",
            &format!("rbconsole resume {id}"),
        ] {
            assert!(said.contains(words), "no {words}: {said}");
        }
        fs::write(sandbox.tmp().join("marks.go"), "").unwrap();
        until_marks(&sandbox, "begun\nover\n");
        let resumed = run(&sandbox, &["resume", "--headless"]);
        exits(&resumed, 0);
        assert_eq!(marks(&sandbox), "begun\nover\n", "it ran once");
        sandbox.nothing_left();
    }
}

/// Evidence and the like end with the console, also when a signal ends it.
#[test]
fn a_signal_ends_what_only_asks() {
    let sandbox = Sandbox::new();
    let text = "
phases:
  - id: work
    title: Work
    steps:
      - id: go_on
        title: Go on?
        gate:
          evidence: { run: 'echo asked >>MARKS; sleep 600' }
          answers: { yes_go: { label: Go }, no_go: { label: No, then: [] } }
          headless: yes_go
";
    let file = book(&sandbox, text);
    let child = start(&sandbox, &["run", &file, "--headless"]);
    until_marks(&sandbox, "asked\n");
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
    let (code, _, said) = end(child);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("the run stays open"), "{said}");
    sandbox.nothing_left();
}

/// What somebody else leaves for the run may be refused; that ends nothing.
#[test]
fn an_approval_that_is_refused_does_not_end_the_run() {
    let sandbox = Sandbox::new();
    let text = "
phases:
  - id: work
    title: Work
    steps:
      - id: go_on
        title: Go on?
        gate:
          evidence: { run: 'echo asked >>MARKS; until [ -e MARKS.go ]; do sleep 0.05; done' }
          answers:
            yes_go: { label: Go, approvals: { from: [dba], count: 1 } }
            no_go: { label: No, then: [] }
          headless: no_go
";
    let file = book(&sandbox, text);
    let child = start(&sandbox, &["run", &file, "--headless"]);
    until_marks(&sandbox, "asked\n");
    let left = [
        "approve", "last", "go_on", "--attest", "carla", "--via", "phone",
    ];
    run(&sandbox, &left);
    eventually("the driver has taken it in", || {
        let inbox = sandbox.run_dir().join("inbox");
        let waiting = fs::read_dir(inbox).map_err(|error| error.to_string())?;
        match waiting.count() {
            0 => Ok(()),
            n => Err(format!("{n} wait")),
        }
    });
    fs::write(sandbox.tmp().join("marks.go"), "").unwrap();
    let (code, told, said) = end(child);
    assert_eq!(code, 0, "{told}{said}");
    assert!(said.contains("carla"), "{said}");
}

#[test]
fn watch_into_a_pipe_prints_the_same_lines_until_the_run_is_closed() {
    let sandbox = Sandbox::new();
    let file = patient(&sandbox);
    let driver = start(&sandbox, &["run", &file, "--headless"]);
    until_marks(&sandbox, "begun\n");
    let watcher = start(&sandbox, &["watch", "last"]);
    let json = start(&sandbox, &["watch", "last", "--format", "jsonl"]);
    fs::write(sandbox.tmp().join("marks.go"), "").unwrap();
    let (code, told, said) = end(driver);
    assert_eq!(code, 0, "{said}");
    let (code, seen, said) = end(watcher);
    assert_eq!(code, 0, "{said}");
    assert_eq!(seen, told);
    let (code, seen, said) = end(json);
    assert_eq!(code, 0, "{said}");
    assert_eq!(seen.lines().count(), sandbox.journal().len());

    // Of a run that is over it prints all, and ends as the run did.
    let again = run(&sandbox, &["watch", "last", "--headless"]);
    exits(&again, 0);
    assert_eq!(out(&again), told);
    assert_eq!(err(&again), "");
}

#[test]
fn watching_a_run_that_nobody_drives_says_so_and_can_be_ended() {
    let sandbox = Sandbox::new();
    let file = book(
        &sandbox,
        "phases: [ { id: a, title: A, steps: [ { id: act, title: Act, run: 'exit 4' } ] } ]\n",
    );
    exits(&run(&sandbox, &["run", &file, "--headless"]), 3);
    let watcher = start(&sandbox, &["watch"]);
    eventually("it listens to SIGTERM", || {
        let status = fs::read_to_string(format!("/proc/{}/status", watcher.id()))
            .map_err(|error| error.to_string())?;
        let caught = status
            .lines()
            .find_map(|line| line.strip_prefix("SigCgt:\t"))
            .and_then(|mask| u64::from_str_radix(mask, 16).ok());
        match caught {
            Some(mask) if mask & (1 << 14) != 0 => Ok(()),
            _ => Err("not yet".to_owned()),
        }
    });
    kill_process(Pid::from_child(&watcher), Signal::TERM).expect("it runs");
    let (code, told, said) = end(watcher);
    assert_eq!(code, 0, "{said}");
    assert!(told.contains("✘ Act: exit 4"), "{told}");
    assert!(said.contains("nobody drives this run"), "{said}");
}

/// The documented shape: an object a line with `at`, `by` and `event`, as in the journal.
#[test]
fn each_line_of_json_is_an_entry_of_the_journal() {
    let sandbox = Sandbox::new();
    let file = patient(&sandbox);
    fs::write(sandbox.tmp().join("marks.go"), "").unwrap();
    let output = run(&sandbox, &["run", &file, "--headless", "--format", "jsonl"]);
    exits(&output, 0);
    let entries: Vec<Entry> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(matches!(entries[0].event, Event::RunStarted(_)));
    let journal = sandbox.journal();
    assert_eq!(entries.len(), journal.len());
    for (entry, line) in entries.iter().zip(&journal) {
        let written = serde_json::to_value(entry).expect("it is data");
        for field in ["at", "by", "event"] {
            assert_eq!(written[field], line[field]);
        }
    }
}

/// Whoever only reads costs the driver nothing, however many they are.
#[test]
fn twenty_watch_and_the_driver_does_not_notice() {
    let sandbox = Sandbox::new();
    let file = patient(&sandbox);
    let driver = start(&sandbox, &["run", &file, "--headless"]);
    until_marks(&sandbox, "begun\n");
    let watchers: Vec<Child> = (0..20).map(|_| start(&sandbox, &["watch"])).collect();
    let lock = || fs::read_to_string(sandbox.run_dir().join("lock")).expect("a lock");
    let before = lock();
    fs::write(sandbox.tmp().join("marks.go"), "").unwrap();
    let (code, told, _) = end(driver);
    assert_eq!(code, 0);
    for watcher in watchers {
        let (code, seen, _) = end(watcher);
        assert_eq!(code, 0);
        assert_eq!(seen, told);
    }
    // Nobody but the driver wrote there, and it has said how it left.
    assert!(before.contains("without a screen"), "{before}");
    assert!(lock().contains("\"how\":\"left\""), "{}", lock());
    sandbox.nothing_left();
}

/// Who takes up, without a screen, what somebody else drove finds the brief in the log.
#[test]
fn another_operator_without_a_screen_takes_over() {
    let sandbox = Sandbox::new();
    let file = patient(&sandbox);
    let child = start(&sandbox, &["run", &file, "--headless"]);
    until_marks(&sandbox, "begun\n");
    let refused = run(&sandbox, &["resume", "--headless"]);
    exits(&refused, 4);
    let kill = format!("kill {}", child.id());
    for words in ["ana@", "without a screen", "drives this run", &kill] {
        assert!(
            err(&refused).contains(words),
            "no {words}: {}",
            err(&refused)
        );
    }
    kill_process(Pid::from_child(&child), Signal::KILL).expect("it runs");
    end(child);
    let resumed = sandbox
        .command(Sandbox::program())
        .env("RBCONSOLE_OPERATOR", "ben")
        .args(["resume", "--headless", "--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    fs::write(sandbox.tmp().join("marks.go"), "").unwrap();
    let (code, told, said) = end(resumed);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("- **Runs:** ‘Long’"), "{said}");
    let first: serde_json::Value =
        serde_json::from_str(told.lines().next().unwrap_or_default()).expect("JSON");
    let taken = &first["event"]["taken_over"];
    assert_eq!(first["by"], "ben");
    assert_eq!(taken["from"], "ana");
    assert_eq!(taken["read"], false, "nobody said that they read it");
    assert_eq!(taken["how"]["how"], "vanished");
    assert_eq!(marks(&sandbox), "begun\nover\n");
    sandbox.nothing_left();
    let brief = out(&run(&sandbox, &["report", "--brief"]));
    assert!(brief.lines().count() <= 24, "{brief}");
    for words in ["# LIVE: Book", "closed as resolved", "ana on", "ben on"] {
        assert!(brief.contains(words), "no {words}: {brief}");
    }
}
