//! Past runs: lists, drills, and what is thrown away only when it is asked for.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts the program and changes files under it"
)]

#[path = "common/program.rs"]
mod program;
#[path = "terminal/sandbox.rs"]
mod sandbox;

use std::{fs, path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use program::{err, exits, out, run};
use rbconsole::{
    engine::{Entry, Event},
    history::Earlier,
    journal::Journal,
    journal::record::Hash,
    run_dir::RunDir,
};
use sandbox::Sandbox;
use serde_json::{Value, json};

const RUNBOOK: &str = "version: 1
title: Roll it back
drill: { every: 30d }
environments: { lab: { drill: true, guard: 'true' } }
phases:
  - id: work
    title: Work
    steps:
      - { id: stop, title: Stop it, effect: write, run: 'true' }
      - { id: undo, title: Undo it, effect: write, run: 'true' }
      - { id: check, title: Check it, effect: read, run: 'true' }
";

fn entry(at: DateTime<Utc>, event: Value) -> Entry {
    Entry {
        at,
        by: "ana".into(),
        event: serde_json::from_value(event).unwrap(),
    }
}

/// A run of the past, as its journal would tell it.
fn past(sandbox: &Sandbox, kind: &str, days_ago: i64, minutes: i64, outcome: &str) -> PathBuf {
    let began = Utc::now() - TimeDelta::days(days_ago);
    let ended = began + TimeDelta::minutes(minutes);
    let id = format!("{}-roll-{kind}", began.format("%Y-%m-%d-%H%M"));
    let dir = RunDir::create(&sandbox.runs(), &id).unwrap();
    fs::write(dir.runbook(), RUNBOOK).unwrap();
    let mut journal = Journal::create(&dir, "ana").unwrap();
    let started = json!({ "run_started": {
        "id": id, "title": "Roll it back", "kind": kind, "runbook": "roll",
        "digest": Hash::of(RUNBOOK.as_bytes()).to_string(), "environment": "lab", "inputs": {},
        "severity": null, "impact": null, "host": "here", "version": "0.1.0", "auto": true,
    }});
    let skipped = json!({ "step_concluded": {
        "step": "stop", "conclusion": { "is": "skipped", "reason": "not needed" },
    }});
    let done = json!({ "step_concluded": {
        "step": "undo", "conclusion": { "is": "succeeded" },
    }});
    let closed = json!({ "run_closed": { "outcome": outcome, "note": "" } });
    let entries = [
        entry(began, started),
        entry(began, skipped),
        entry(ended, done),
        entry(ended, closed),
    ];
    journal.append(&entries, true).unwrap();
    assert!(matches!(entries[3].event, Event::RunClosed { .. }));
    dir.path().to_owned()
}

fn json_of(sandbox: &Sandbox, arguments: &[&str], exit: i32) -> Value {
    let output = run(sandbox, arguments);
    exits(&output, exit);
    serde_json::from_str(&out(&output)).unwrap()
}

fn drill(sandbox: &Sandbox) -> Value {
    let all = json_of(sandbox, &["drills", "--json"], 0);
    let all = all.as_array().unwrap();
    all.iter()
        .find(|row| row["runbook"] == "roll")
        .unwrap()
        .clone()
}

#[test]
fn drills_say_what_is_overdue_and_what_has_rotted() {
    let sandbox = Sandbox::new();
    sandbox.runbook("roll", RUNBOOK);
    let never = drill(&sandbox);
    assert_eq!(never["overdue"], true);
    assert_eq!(never["never_run"], json!(["stop", "undo", "check"]));
    past(&sandbox, "drill", 200, 10, "resolved");
    past(&sandbox, "drill", 100, 30, "resolved");
    past(&sandbox, "drill", 41, 20, "resolved");
    past(&sandbox, "drill", 2, 90, "failed");
    let late = drill(&sandbox);
    assert_eq!(late["overdue"], true, "a failed drill is none");
    assert_eq!(late["trend_s"], json!([600, 1800, 1200]));
    assert_eq!(late["median_s"], 1200);
    assert_eq!(late["last"]["outcome"], "failed");
    assert_eq!(late["never_run"], json!(["stop", "check"]));
    assert_eq!(late["stale"], json!([]), "the failed drill did run it");

    // The built-in runbooks, which nobody has used here, do not count.
    let listed = run(&sandbox, &["drills", "--overdue"]);
    exits(&listed, 1);
    let text = out(&listed);
    assert!(text.starts_with("1 drill is overdue."), "{text}");
    let line = text.lines().find(|line| line.contains(" roll ")).unwrap();
    assert!(line.starts_with("OVERDUE"), "{text}");
    assert!(
        line.contains("30d") && line.contains(" ago, failed"),
        "{text}"
    );
    assert!(
        line.contains("1h30m, median 20m of 3, 4.5 times as long"),
        "{text}"
    );
    assert!(line.ends_with("▃█▅"), "{text}");
    assert!(text.contains("2 of 3 steps never run in a drill or an incident: stop, check"));

    past(&sandbox, "drill", 1, 20, "resolved");
    assert_eq!(drill(&sandbox)["overdue"], false);
    let output = run(&sandbox, &["drills", "--overdue"]);
    exits(&output, 0);
    assert_eq!(out(&output), "No drill is overdue.\n");
}

#[test]
fn an_index_is_never_the_source_of_truth() {
    let sandbox = Sandbox::new();
    let kept = past(&sandbox, "drill", 9, 10, "resolved");
    let damaged = past(&sandbox, "drill", 8, 10, "resolved");
    let gone = past(&sandbox, "incident", 7, 10, "aborted");
    let status = |sandbox: &Sandbox| -> Vec<String> {
        let all = json_of(sandbox, &["runs", "--json"], 0);
        let all = all.as_array().unwrap();
        let word = |row: &Value| row["status"].as_str().unwrap().to_owned();
        all.iter().map(word).collect()
    };
    assert_eq!(status(&sandbox), ["closed", "closed", "closed"]);
    let index = sandbox.runs().with_file_name("history.jsonl");
    let text = fs::read_to_string(&index).unwrap();
    assert_eq!(text.lines().count(), 4, "{text}");

    fs::remove_dir_all(&gone).unwrap();
    fs::write(damaged.join("journal.jsonl"), "{}\n").unwrap();
    assert_eq!(status(&sandbox), ["damaged", "closed"]);
    let text = fs::read_to_string(&index).unwrap();
    assert_eq!(text.lines().count(), 2, "what is gone is forgotten: {text}");

    // A lie about a journal that has changed since is not believed.
    fs::write(&index, text.replace("resolved", "aborted")).unwrap();
    let journal = kept.join("journal.jsonl");
    let lines = fs::read(&journal).unwrap();
    fs::remove_file(&journal).unwrap();
    fs::write(&journal, lines).unwrap();
    let all = json_of(&sandbox, &["runs", "--json"], 0);
    assert_eq!(all[1]["outcome"], "resolved");
    for nonsense in [
        "",
        "{}",
        "\u{0}\u{0}",
        "{\"rbconsole_index\":99}\n{}\n",
        "[[[[[",
    ] {
        fs::write(&index, nonsense).unwrap();
        assert_eq!(status(&sandbox), ["damaged", "closed"]);
    }
    // Something that is no file is neither followed nor waited for.
    fs::remove_file(&index).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &index).unwrap();
    assert_eq!(status(&sandbox), ["damaged", "closed"]);
}

#[test]
fn only_what_is_closed_and_old_is_removed_and_only_when_asked() {
    let sandbox = Sandbox::new();
    let old = past(&sandbox, "incident", 400, 10, "resolved");
    let young = past(&sandbox, "incident", 300, 10, "resolved");
    let damaged = past(&sandbox, "incident", 500, 10, "resolved");
    fs::write(damaged.join("journal.jsonl"), "{}\n").unwrap();
    let prune = ["runs", "--prune", "--older-than", "1y", "--keep-reports"];
    let output = run(&sandbox, &prune);
    exits(&output, 2);
    assert!(err(&output).contains("--yes"), "{}", err(&output));
    assert!(old.exists(), "nobody agreed");
    let elsewhere = sandbox.tmp().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("precious"), "x").unwrap();
    std::os::unix::fs::symlink(&elsewhere, old.join("link")).unwrap();
    let output = run(&sandbox, &[prune.as_slice(), &["--yes"]].concat());
    exits(&output, 0);
    assert!(out(&output).contains("1 run removed"), "{}", out(&output));
    assert!(!old.exists() && young.exists() && damaged.exists());
    assert!(elsewhere.join("precious").exists(), "no link is followed");
    let name = old.file_name().unwrap().to_string_lossy().into_owned();
    let report = sandbox
        .runs()
        .with_file_name("reports")
        .join(format!("{name}.md"));
    let report = fs::read_to_string(report).unwrap();
    assert!(report.contains("Roll it back"), "{report}");
    let output = run(&sandbox, &prune);
    exits(&output, 0);
    assert!(out(&output).contains("No closed run is older than 365d"));
}

#[test]
fn what_a_step_usually_takes_is_measured_from_runs_that_went_well() {
    let sandbox = Sandbox::new();
    let file = sandbox.runbook(
        "roll",
        &RUNBOOK.replace(
            "run: 'true' }\n      - { id: check",
            "run: 'sleep 0.2; test -z \"$BREAK\"' }\n      - { id: check",
        ),
    );
    let file = file.to_string_lossy();
    for broken in ["", "", "yes"] {
        let output = sandbox
            .command(Sandbox::program())
            .args(["run", &file, "--drill", "-e", "lab", "--headless"])
            .env("BREAK", broken)
            .output()
            .unwrap();
        exits(&output, if broken.is_empty() { 0 } else { 3 });
    }
    let earlier = Earlier::find(&sandbox.runs(), "roll");
    let typical = earlier.step("undo").unwrap();
    assert_eq!((typical.samples, typical.drills), (2, true));
    assert!(typical.median.as_millis() >= 200, "{typical:?}");
    assert!(typical.is_exceeded_by(typical.median * 3 + Duration::from_secs(11)));
    assert!(
        !typical.is_exceeded_by(typical.median * 3),
        "seconds are no news"
    );
    assert_eq!(earlier.step("nothing"), None);
}

#[test]
fn a_drill_is_compared_with_the_drills_before_it() {
    let sandbox = Sandbox::new();
    let drill = |text: &str, wanted: i32| {
        let file = sandbox.runbook("roll", text);
        let file = file.to_string_lossy();
        let output = run(
            &sandbox,
            &["run", &file, "--drill", "-e", "lab", "--headless"],
        );
        exits(&output, wanted);
        let report = run(&sandbox, &["report", "last"]);
        exits(&report, 0);
        out(&report)
    };
    let first = drill(RUNBOOK, 0);
    assert!(
        !first.contains("Compared"),
        "there is nothing to compare with: {first}"
    );
    let again = drill(RUNBOOK, 0);
    assert!(
        again.contains("## DRILL: Compared with earlier drills"),
        "{again}"
    );
    assert!(
        again.contains("Before it: 1 drill (1 ended well, p50 "),
        "{again}"
    );
    let changed = RUNBOOK
        .replace(
            "undo, title: Undo it, effect: write, run: 'true'",
            "undo, title: Undo it, effect: write, run: 'false'",
        )
        .replace(
            "check, title",
            "new, title: New, effect: read, run: 'true' }\n      - { id: check, title",
        );
    let third = drill(&changed, 3);
    let row = |title: &str| {
        let row = third.lines().find(|line| {
            line.starts_with(&format!("| {title} |")) && line.matches('|').count() == 6
        });
        row.unwrap_or_else(|| panic!("{title}: {third}")).to_owned()
    };
    assert!(
        row("Undo it").contains("**newly failing, its command changed since 2"),
        "{third}"
    );
    assert!(row("Stop it").contains(" of 2 | – |  |"), "{third}");
    let output = run(&sandbox, &["resume", "last", "--headless"]);
    exits(&output, 3);
    // What is over is not told differently by what came later.
    let (_, id) = again.split_once(" · run `").unwrap();
    let id = id.split('`').next().unwrap().to_owned();
    let report = run(&sandbox, &["report", &id]);
    assert_eq!(out(&report), again);
}

/// A poll takes as long as people wait for it, and a look that says ‘not yet’ is no failure.
#[test]
fn a_poll_is_measured_until_its_end_and_compared() {
    let sandbox = Sandbox::new();
    let looks = sandbox.tmp().join("looks");
    let text = format!(
        "version: 1
title: Wait
environments: {{ lab: {{ drill: true, guard: 'true' }} }}
phases:
  - id: verify
    title: Verify
    role: verify
    steps:
      - id: healthy
        title: Wait until it is healthy
        effect: read
        run: 'echo x >>{0}; test $(wc -l <{0}) -ge 3'
        poll: {{ every: 300ms, timeout: 20s }}
",
        looks.display()
    );
    let file = sandbox.runbook("wait", &text);
    let file = file.to_string_lossy();
    for _ in 0..2 {
        let _ = fs::remove_file(&looks);
        let drill = ["run", &*file, "--drill", "-e", "lab", "--headless"];
        exits(&run(&sandbox, &drill), 0);
    }
    let earlier = Earlier::find(&sandbox.runs(), "wait");
    let typical = earlier.step("healthy").unwrap();
    assert_eq!(typical.samples, 2);
    assert!(typical.median.as_millis() >= 600, "{typical:?}");
    let report = json_of(&sandbox, &["report", "last", "--format", "json"], 0);
    let step = &report["comparison"]["steps"][0];
    assert!(step["took"]["ms"].as_u64().unwrap() >= 600, "{step}");
    assert_eq!(step["drills"]["samples"], 1, "{step}");
    assert!(step["drills"]["median"]["ms"].as_u64().unwrap() >= 600);
    assert_eq!(step["newly_failing"], false, "{step}");
    let summary = report["summary"].to_string();
    assert!(
        summary.contains("The drill before it ended well, with a median of "),
        "{summary}"
    );
}
