//! Runs that begin and end without a screen.

use super::*;

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

/// Whoever runs the scenarios instead of their runbook is told which command plays them.
#[test]
fn scenarios_are_no_runbook() {
    let sandbox = Sandbox::new();
    let text = "scenarios:\n  - { name: one, expect: { outcome: resolved } }\n";
    let file = sandbox.runbook("mine.test", text);
    let output = run(
        &sandbox,
        &["run", file.to_str().expect("a path"), "--headless"],
    );
    exits(&output, 2);
    assert!(err(&output).contains("rbconsole test"), "{}", err(&output));
}
