//! What is told of runs: lists, notes, reports, events, help.

use super::*;

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
