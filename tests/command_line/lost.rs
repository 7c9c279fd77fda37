//! Attempts that were lost, and what must hang or show nothing.

use super::*;

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
