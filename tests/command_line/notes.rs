//! Notes from the outside: listed, changed, struck, left to do and imported.

use std::fs;

use super::{Sandbox, code, run};

const BOOK: &str = "version: 1
title: Note things
phases:
  - id: work
    title: Work
    steps:
      - { id: ask, title: Ready?, gate: { answers: { go: { label: Go, then: [] } } } }
";

fn said(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = run(sandbox, arguments);
    assert_eq!(code(&output), Some(0), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(sandbox: &Sandbox, arguments: &[&str], words: &str) {
    let output = run(sandbox, arguments);
    assert_ne!(code(&output), Some(0), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains(words), "{told}");
}

/// An open run that nobody drives.
fn open_run() -> Sandbox {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook("notes", BOOK);
    let output = run(&sandbox, &["run", &file.to_string_lossy(), "--headless"]);
    assert_eq!(code(&output), Some(3), "{output:?}");
    sandbox
}

#[test]
fn a_note_is_changed_and_struck_and_the_record_keeps_it() {
    let sandbox = open_run();
    said(&sandbox, &["note", "last", "the wrong pager rang"]);
    said(&sandbox, &["note", "last", "nonsense"]);
    said(
        &sandbox,
        &["note", "last", "--edit", "1", "--text", "the pager rang"],
    );
    assert!(said(&sandbox, &["note", "last", "--strike", "2"]).contains("nonsense"));
    refused(&sandbox, &["note", "last", "--strike", "2"], "was struck");
    refused(
        &sandbox,
        &["note", "last", "--edit", "7", "--text", "x"],
        "has 2",
    );
    let list = said(&sandbox, &["note", "last"]);
    assert!(
        list.contains("the pager rang") && list.contains("(struck by"),
        "{list}"
    );
    let story = said(&sandbox, &["report", "last"]);
    assert!(story.contains("the pager rang"), "{story}");
    assert!(
        !story.contains("nonsense") && !story.contains("wrong pager"),
        "{story}"
    );
    let full = said(&sandbox, &["report", "last", "--full"]);
    assert!(
        full.contains("nonsense") && full.contains("wrong pager"),
        "{full}"
    );
}

#[test]
fn what_is_left_to_do_has_an_owner_and_a_date() {
    let sandbox = open_run();
    let how = said(
        &sandbox,
        &["note", "last", "todo @ana by 2026-12-01 alert on it"],
    );
    assert!(
        how.contains("for ana") && how.contains("until 2026-12-01"),
        "{how}"
    );
    for arguments in [&["report", "last"][..], &["report", "last", "--issue-body"]] {
        let text = said(&sandbox, arguments);
        assert!(
            text.contains("- [ ] alert on it · **ana** · until 2026-12-01"),
            "{text}"
        );
    }
    let json = said(&sandbox, &["report", "last", "--format", "json"]);
    assert!(
        json.contains("\"owner\": \"ana\"") || json.contains("\"owner\":\"ana\""),
        "{json}"
    );
}

#[test]
fn a_git_log_is_imported_once() {
    let sandbox = open_run();
    let repository = sandbox.tmp().join("repository");
    fs::create_dir(&repository).expect("a folder");
    let git = |arguments: &[&str]| {
        let output = sandbox
            .command("git")
            .current_dir(&repository)
            .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.org"])
            .args(arguments)
            .output();
        let output = output.expect("git can be started");
        assert!(output.status.success(), "{output:?}");
        output.stdout
    };
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "Raise the limit"]);
    git(&["commit", "-q", "--allow-empty", "-m", "Lower the limit"]);
    let log = sandbox.tmp().join("log");
    for (arguments, told) in [
        (&["log", "--date=iso-strict"][..], "2 new from git, 0 known"),
        (
            &["log", "--format=%H%x09%cI%x09%an%x09%s"],
            "0 new from git, 2 known",
        ),
    ] {
        fs::write(&log, git(arguments)).expect("a log");
        let how = said(
            &sandbox,
            &["note", "last", "--import", &log.to_string_lossy()],
        );
        assert!(how.contains(told), "{how}");
    }
    let list = said(&sandbox, &["note", "last"]);
    assert_eq!(list.matches("by Ana: ").count(), 2, "{list}");
    fs::write(&log, "2026-01-02T03:04:05Z,then\nnever,now\n").expect("a log");
    let file = log.to_string_lossy().into_owned();
    refused(
        &sandbox,
        &["note", "last", "--import", &file],
        ":2: `never` is not a time",
    );
    fs::write(&log, "what is this").expect("a log");
    refused(
        &sandbox,
        &["note", "last", "--import", &file],
        "--as git, kubectl, alerts or csv",
    );
}
