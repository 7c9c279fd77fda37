//! Signals from the outside: measured while the run goes on, kept for the report, and never in the way.

#[path = "common/program.rs"]
mod program;
#[path = "terminal/sandbox.rs"]
mod sandbox;

use std::{fs, os::unix::fs::MetadataExt};

use program::{exits, run};
use sandbox::Sandbox;
use serde_json::Value;

/// One step that goes on until there are so many samples of `rate`, and a manual
/// step, so that the run can be taken up again.
fn measured(sandbox: &Sandbox, probe: &str, samples: u32) -> String {
    let pattern = "\\\"signal\\\":\\\"rate\\\"";
    let text = format!(
        "version: 1
title: Measured
signals:
  rate: {{ run: {probe:?}, regex: 'rate ([0-9.]+)', every: 1s, unit: '%', healthy: 'rate <= 5' }}
phases:
  - id: work
    title: Work
    steps:
      - id: watch
        title: Watch
        effect: read
        timeout: 25s
        run: |
          file=$(echo {runs}/*/signals.jsonl)
          until [ \"$(grep -c {pattern} $file 2>/dev/null)\" -ge {samples} ]; do sleep 0.1; file=$(echo {runs}/*/signals.jsonl); done
",
        runs = sandbox.path().join("state/runs").display(),
    );
    let file = sandbox.runbook("measured", &text);
    file.to_string_lossy().into_owned()
}

fn samples(sandbox: &Sandbox) -> Vec<Value> {
    fs::read_to_string(sandbox.run_dir().join("signals.jsonl"))
        .unwrap_or_default()
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

fn changes(sandbox: &Sandbox) -> Vec<String> {
    sandbox
        .journal()
        .iter()
        .map(|line| line["event"]["signal_changed"].clone())
        .filter(|event| !event.is_null())
        .map(|event| {
            event["health"]["is"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

#[test]
fn samples_are_kept_and_only_changes_are_told() {
    let sandbox = Sandbox::new();
    let count = sandbox.tmp().join("count");
    // Healthy, unhealthy, unhealthy, …
    let probe = format!(
        "echo x >>{0}; if [ $(wc -l <{0}) -le 1 ]; then echo rate 1.5; else echo rate 9; fi",
        count.display()
    );
    let file = measured(&sandbox, &probe, 4);
    exits(&run(&sandbox, &["run", &file, "--headless"]), 0);
    let samples = samples(&sandbox);
    assert!(samples.len() >= 4, "{samples:?}");
    assert_eq!(samples[0]["value"], 1.5);
    assert_eq!(samples[1]["value"], 9.0);
    assert_eq!(samples[0]["signal"], "rate");
    assert_eq!(changes(&sandbox), ["healthy", "unhealthy"]);
    let path = sandbox.run_dir().join("signals.jsonl");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    // The event that closes the run knows the file as it is.
    let journal = sandbox.journal();
    let closed = &journal[journal.len() - 1]["event"]["run_closed"]["signals"];
    let bytes = fs::read(&path).unwrap();
    assert_eq!(closed["bytes"], bytes.len());
    assert_eq!(closed["blake3"], blake3::hash(&bytes).to_hex().to_string());
    // Never more often than asked for.
    let at = |sample: &Value| {
        sample["at"]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    };
    for pair in samples.windows(2) {
        let apart = (at(&pair[1]) - at(&pair[0])).num_milliseconds();
        assert!(apart >= 900, "{apart} ms apart");
    }
    sandbox.nothing_left();
}

#[test]
fn a_signal_that_cannot_be_measured_is_a_gap_and_holds_nobody_up() {
    let sandbox = Sandbox::new();
    let file = measured(&sandbox, "echo broken >&2; exit 3", 2);
    exits(&run(&sandbox, &["run", &file, "--headless"]), 0);
    let samples = samples(&sandbox);
    assert!(
        samples.iter().all(|sample| sample["value"].is_null()),
        "{samples:?}"
    );
    assert_eq!(samples[0]["gap"], "exit 3: broken");
    assert_eq!(changes(&sandbox), ["gap"]);

    // One that never answers ends with the run.
    let sandbox = Sandbox::new();
    let file = measured(&sandbox, "sleep 600", 0);
    exits(&run(&sandbox, &["run", &file, "--headless"]), 0);
    sandbox.nothing_left();
}

#[test]
fn a_rehearsal_measures_nothing() {
    let sandbox = Sandbox::new();
    let touched = sandbox.tmp().join("touched");
    let probe = format!("touch {}; echo rate 1", touched.display());
    let file = measured(&sandbox, &probe, 0);
    let output = run(&sandbox, &["run", &file, "--rehearse", "--headless"]);
    assert!(
        output
            .status
            .code()
            .is_some_and(|code| code == 0 || code == 3)
    );
    assert!(!touched.exists(), "a rehearsal touches nothing");
}
