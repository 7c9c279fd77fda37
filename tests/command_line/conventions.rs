//! Standard conventions: colours where they are asked for, and a trace that is none of the screen's.

use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};

use super::*;

const SECRET: &str = "version: 1
title: Secret
inputs: { token: { secret: true, env: RB_TEST_TOKEN } }
phases:
  - id: work
    title: Work
    steps:
      - { id: use_it, title: Use it, effect: read, run: 'echo {{ token }}; echo printed' }
";

const WRONG: &str = "version: 1
title: Wrong
inputs: { n: { type: number }, dir: { default: '' }, token: { secret: true, env: RB_TEST_TOKEN } }
phases:
  - id: work
    title: Work
    steps:
      - { id: use_it, title: Use it, effect: read, cwd: '/x/{{ dir }}', run: 'echo {{ n }}' }
";

fn traced(sandbox: &Sandbox, arguments: &[&str], filter: &str) -> Output {
    sandbox
        .command(Sandbox::program())
        .env("RB_TEST_TOKEN", "hunter2-is-secret")
        .env("RBCONSOLE_LOG", filter)
        .args(arguments)
        .output()
        .expect("the program can be started")
}

fn trace(sandbox: &Sandbox) -> Option<String> {
    fs::read_to_string(sandbox.state().join("trace.log")).ok()
}

#[test]
fn a_trace_says_what_was_done_and_no_value() {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook("secret", SECRET);
    let file = file.to_string_lossy();
    let plain = traced(&sandbox, &["run", "--headless", &file], "");
    exits(&plain, 0);
    assert_eq!(trace(&sandbox), None, "nobody asked for one");

    let output = traced(&sandbox, &["run", "--headless", &file, "-vv"], "");
    exits(&output, 0);
    let told = trace(&sandbox).expect("a trace");
    for words in [
        "run\n",
        " attempt_finished",
        "launch attempt 1 of step use_it",
        "attempt 1 started as process",
        "attempt 1 ended after",
        "ends: Ok(Good)",
    ] {
        assert!(told.contains(words), "no {words:?} in\n{told}");
    }
    for words in ["hunter2", "printed", "echo"] {
        assert!(!told.contains(words), "{words} in\n{told}");
    }
    assert!(!err(&output).contains("DEBUG"), "{}", err(&output));
    let file_of_it = sandbox.state().join("trace.log");
    let mode = fs::metadata(&file_of_it).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    fs::remove_file(&file_of_it).unwrap();
    let filter = "rbconsole::cli=info";
    exits(&traced(&sandbox, &["run", "--headless", &file], filter), 0);
    let told = trace(&sandbox).expect("a trace");
    assert!(told.contains("ends: Ok(Good)") && !told.contains("attempt_finished"));
}

/// What went wrong is said on standard error, where the operator is; the trace has how it ended.
#[test]
fn a_trace_holds_no_value_of_what_went_wrong() {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook("wrong", WRONG);
    let file = file.to_string_lossy();
    let tries: [(&[&str], &str, &str); 5] = [
        (
            &["-i", "token:SENSITIVE1"],
            "SENSITIVE1",
            "ends: Err(Usage)",
        ),
        (&["-i", "n=SENSITIVE2"], "SENSITIVE2", "ends: Err(Usage)"),
        (&["-e", "SENSITIVE3"], "SENSITIVE3", "ends: Err(Usage)"),
        (
            &["--answer", "SENSITIVE4"],
            "SENSITIVE4",
            "ends: Err(Usage)",
        ),
        (
            &["-i", "n=1", "-i", "dir=SENSITIVE5"],
            "SENSITIVE5",
            "ended after 0 ms: not started",
        ),
    ];
    for (arguments, value, told) in tries {
        let begin = ["run", "-vv", "--headless", &file];
        let output = traced(&sandbox, &[&begin, arguments].concat(), "");
        let said = out(&output) + &err(&output);
        assert!(said.contains(value), "it is not said at all: {said}");
        let trace = trace(&sandbox).expect("a trace");
        assert!(!trace.contains("SENSITIVE"), "{arguments:?}:\n{trace}");
        assert!(trace.contains(told), "no {told:?} in\n{trace}");
    }
}

#[test]
fn a_trace_that_cannot_be_written_hinders_nothing() {
    let sandbox = Sandbox::new();
    let file = sandbox.state().join("trace.log");
    let refused = |words: &str| {
        let output = run(&sandbox, &["runs", "-v"]);
        exits(&output, 0);
        let said = err(&output);
        assert!(said.contains("nothing is traced"), "{said}");
        assert!(said.contains(words), "no {words} in {said}");
    };
    let aim = sandbox.tmp().join("aim");
    symlink(&aim, &file).unwrap();
    refused("it is a symbolic link");
    assert!(!aim.exists(), "a link is not followed");
    fs::remove_file(&file).unwrap();

    let kind = rustix::fs::FileType::Fifo;
    let rights = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &file, kind, rights, 0).unwrap();
    // Somebody reads it, so that nobody hangs who opens it.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let reader = fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(&file)
        .unwrap();
    refused("it is no regular file");
    drop(reader);
    fs::remove_file(&file).unwrap();

    fs::write(&file, "theirs").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o666)).unwrap();
    refused("others can write to it");
    assert_eq!(fs::read(&file).unwrap(), b"theirs");
}

/// The trace may be the first thing that is ever kept: what it makes is good for all the rest.
#[test]
fn a_trace_makes_a_state_directory_that_is_the_operators_alone() {
    let sandbox = Sandbox::new();
    let file = sandbox.foreign_runbook("one", &one_step("true", ""));
    fs::remove_dir(sandbox.state()).unwrap();
    let output = sandbox
        .command("sh")
        .args(["-c", "umask 002; exec \"$0\" \"$@\"", Sandbox::program()])
        .args(["trust", "--list", "-v"])
        .output()
        .expect("a shell can be started");
    exits(&output, 0);
    assert!(trace(&sandbox).is_some(), "{}", err(&output));
    let mode = fs::metadata(sandbox.state()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let file = file.to_string_lossy();
    exits(&run(&sandbox, &["trust", "--yes", &file]), 0);
}

#[test]
fn colours_come_and_go_as_they_are_asked_for() {
    let sandbox = Sandbox::new();
    let colored = |arguments: &[&str], variable: Option<(&str, &str)>| {
        let mut command = sandbox.command(Sandbox::program());
        if let Some((name, value)) = variable {
            command.env(name, value);
        }
        let output = command.args(arguments).output().expect("it starts");
        exits(&output, 0);
        out(&output).contains('\u{1b}')
    };
    let show = ["show", "symlink-release"];
    let with = |choice| [&show[..], &["--color", choice]].concat();
    assert!(!colored(&show, None), "not into a pipe");
    assert!(colored(&with("always"), None));
    assert!(colored(&with("always"), Some(("NO_COLOR", "1"))));
    assert!(colored(&show, Some(("CLICOLOR_FORCE", "1"))));
    assert!(!colored(&with("never"), Some(("CLICOLOR_FORCE", "1"))));
}
