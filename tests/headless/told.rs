//! What is told: parts by their names, what is left behind, a clock that is set.

use std::fs;

use super::{
    book, headless, marks,
    program::{exits, out, run},
    sandbox::Sandbox,
};

#[test]
fn parts_are_told_by_name_and_polls_by_what_changes() {
    let sandbox = Sandbox::new();
    let file = book(
        &sandbox,
        "
phases:
  - id: work
    title: Work
    steps:
      - id: halt
        title: Stop both
        parallel: { eu: 'echo eu', us: 'exit 3' }
        watch: { pods: 'sleep 60' }
        on_failure: continue
      - id: ready
        title: Until it is ready
        effect: read
        run: 'echo x >>MARKS; [ $(wc -l <MARKS) -ge 5 ]'
        poll: { every: 1s, timeout: 30s }
",
    );
    let output = headless(&sandbox, &file, &[]);
    exits(&output, 1);
    let said = out(&output);
    for words in [
        "▸ [eu] Stop both",
        "▸ [us] Stop both",
        "▸ [watch pods] Stop both",
        "✔ [eu] Stop both",
        "✘ [us] Stop both: exit 3",
        "✘ Stop both: ‘us’: exit 3",
        "✎ Until it is ready: exit 1; looked at again every 1s",
        "✔ Until it is ready · looked 5 times in ",
    ] {
        assert_eq!(said.matches(words).count(), 1, "{words}: {said}");
    }
    assert_eq!(said.matches("Until it is ready").count(), 3, "{said}");
}

/// What a command leaves behind is named: as it happens, and among what is left to do.
#[test]
fn what_is_left_behind_is_named() {
    let sandbox = Sandbox::new();
    let text = "
phases:
  - id: work
    title: Work
    steps:
      - id: begin
        title: Begin
        effect: write
        run: '(env -i setsid sh -c \"echo \\$\\$ >>MARKS; exec sleep 600\" </dev/null >/dev/null 2>&1 &); until [ -s MARKS ]; do sleep 0.01; done'
";
    let file = book(&sandbox, text);
    let output = headless(&sandbox, &file, &[]);
    let pid = marks(&sandbox).trim().to_owned();
    let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    exits(&output, 0);
    let named = format!("left behind: sleep (pid {})", pid.as_raw_nonzero());
    assert!(out(&output).contains(&named), "{}", out(&output));
    let report = out(&run(&sandbox, &["report"]));
    let (_, items) = report.split_once("## Action items").unwrap();
    assert!(items.contains(&format!("Begin: {named}")), "{report}");
}

/// While a command runs the machine's clock is set back by an hour and then forward by two:
/// both are noted, and no time of the run is confused by it.
#[test]
fn a_clock_that_is_set_is_noted_and_confuses_nothing() {
    let name = "a_clock_that_is_set_is_noted_and_confuses_nothing";
    let library = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib64/faketime/libfaketime.so.1",
    ];
    let Some(library) = library
        .into_iter()
        .find(|path| fs::exists(path).unwrap_or(false))
    else {
        println!("SKIPPED {name}: there is no libfaketime");
        return;
    };
    let sandbox = Sandbox::new();
    let text = "
phases:
  - id: work
    title: Work
    steps:
      - id: back
        title: Back
        effect: write
        run: 'sleep 0.3; echo -1h >MARKS.new; mv MARKS.new MARKS; sleep 1.5'
      - { id: pause, title: Pause, wait: { for: 2s } }
      - id: forward
        title: Forward
        effect: write
        run: 'echo +1h >MARKS.new; mv MARKS.new MARKS; sleep 1.5'
";
    let file = book(&sandbox, text);
    fs::write(sandbox.tmp().join("marks"), "+0\n").unwrap();
    let began = std::time::Instant::now();
    let output = sandbox
        .command(Sandbox::program())
        .args(["run", &file, "--headless", "--format", "jsonl"])
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", sandbox.tmp().join("marks"))
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .output()
        .unwrap();
    exits(&output, 0);
    let took = began.elapsed();
    let entries: Vec<serde_json::Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let steps: Vec<i64> = entries
        .iter()
        .filter_map(|entry| entry["event"]["clock_stepped"]["by_ms"].as_i64())
        .collect();
    assert_eq!(steps.len(), 2, "{}", out(&output));
    assert!((steps[0] + 3_600_000).abs() < 1000, "{steps:?}");
    assert!((steps[1] - 7_200_000).abs() < 1000, "{steps:?}");
    let at = |entry: &serde_json::Value| -> chrono::DateTime<chrono::Utc> {
        entry["at"].as_str().unwrap().parse().unwrap()
    };
    assert!(entries.is_sorted_by_key(at), "{}", out(&output));
    let lasted = (at(&entries[entries.len() - 1]) - at(&entries[0]))
        .to_std()
        .unwrap();
    assert!(lasted <= took, "{lasted:?} {took:?}");
    let milliseconds: Vec<u64> = entries
        .iter()
        .filter_map(|entry| entry["event"]["attempt_finished"]["report"]["milliseconds"].as_u64())
        .collect();
    assert!(
        milliseconds
            .iter()
            .all(|took| (1500..20_000).contains(took)),
        "{milliseconds:?}"
    );
    let report = out(&run(&sandbox, &["report"]));
    assert!(
        report.contains("The machine's clock was set back by 1h00m;"),
        "{report}"
    );
    assert!(
        report.contains("The machine's clock was set forward by 2h00m;"),
        "{report}"
    );
}
