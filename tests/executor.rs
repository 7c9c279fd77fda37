//! Real commands under real supervisors: their terminals, their silences, the values that they write down,
//! the supervisor that waits for the next of them.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of real processes starts them and measures time"
)]

#[path = "executor/bench.rs"]
mod bench;
#[path = "executor/found.rs"]
mod found;
#[path = "executor/kin.rs"]
mod kin;
#[path = "executor/programs.rs"]
mod programs;
#[path = "executor/shell.rs"]
mod shell;
#[path = "executor/waiting.rs"]
mod waiting;

use bench::{Bench, launch};
use rbconsole::{
    engine::{effect::Capture, observed::Ended},
    executor::{Executor, Verdict},
    runbook::Pick,
};

fn variables(names: &[&str]) -> Capture {
    Capture {
        picks: names
            .iter()
            .map(|name| ((*name).to_owned(), Pick::Variable((*name).to_owned())))
            .collect(),
        expect_stdout: None,
    }
}

/// What the command wrote into its file is found, masked, and gone from the disk.
#[tokio::test]
async fn values_are_taken_from_the_file() {
    let mut bench = Bench::new();
    bench.secrets = [("token".to_owned(), "hunter2-hunter2".to_owned())].into();
    let script = r#"
        cd /
        echo "host=a" >> "$RBCONSOLE_OUTPUT"
        echo "host=b c" >> "$RBCONSOLE_OUTPUT"
        printf 'list<<E\none\ntwo\nE\n' >> "$RBCONSOLE_OUTPUT"
        echo "leak=hunter2-hunter2" >> "$RBCONSOLE_OUTPUT"
        echo "other=1" >> "$RBCONSOLE_OUTPUT"
        echo printed=1
    "#;
    let mut command = launch(1, script);
    command.capture = variables(&["host", "list", "leak", "printed"]);
    bench.launch(&command);
    let report = bench.finished(1).await;
    assert_eq!(report.ended, Ended::Exit { code: 0 });
    let value = |name: &str| report.captured.values[name].as_deref();
    assert_eq!(value("host"), Some("b c"));
    assert_eq!(value("list"), Some("one\ntwo"));
    assert_eq!(value("leak"), Some("***"));
    assert_eq!(value("printed"), None);
    assert_eq!(report.captured.values.len(), 4);
    assert!(!bench.dir(&command).join("variables").exists());
}

/// Whatever the command puts in the file's place, it ends as it would have.
#[tokio::test]
async fn a_hostile_file_is_no_value_and_no_obstacle() {
    let hostile = [
        r#"rm "$RBCONSOLE_OUTPUT"; mkfifo "$RBCONSOLE_OUTPUT""#,
        r#"rm "$RBCONSOLE_OUTPUT"; mkdir -p "$RBCONSOLE_OUTPUT/x""#,
        r#"echo a=1 > "$HOME/other"; ln -sf "$HOME/other" "$RBCONSOLE_OUTPUT""#,
        r#"ln -sf /dev/zero "$RBCONSOLE_OUTPUT""#,
        r#"rm "$RBCONSOLE_OUTPUT""#,
        r#"echo a=1 > "$RBCONSOLE_OUTPUT"; truncate -s 1T "$RBCONSOLE_OUTPUT""#,
        r#"chmod 000 "$RBCONSOLE_OUTPUT""#,
    ];
    let mut bench = Bench::new();
    for (attempt, script) in (1..).zip(hostile) {
        let mut command = launch(attempt, script);
        command.capture = variables(&["a"]);
        command.env = vec![("HOME".to_owned(), bench.scratch())];
        bench.launch(&command);
        let report = bench.finished(attempt).await;
        assert_eq!(report.ended, Ended::Exit { code: 0 }, "{script}");
        assert_eq!(report.captured.values["a"], None, "{script}");
    }
}

/// Each silence is told once, also to a console that comes later.
#[tokio::test]
async fn silence_is_told() {
    let mut bench = Bench::new();
    let mut command = launch(1, "echo begin; read -r < go; echo more; read -r < end");
    command.silence_ms = Some(300);
    // Two, since whoever wrote into the first may not have let go of it yet.
    let (go, end) = (bench.pipe("go"), bench.pipe("end"));
    command.cwd = Some(bench.scratch());
    bench.launch(&command);
    let since = bench.silent(1).await;
    // A second console learns it too.
    let (mut second, verdict) = bench.another(&command);
    assert_eq!(verdict, Verdict::Running);
    assert_eq!(second.silent(1).await, since);
    bench::write(&go, "on\n");
    let later = bench.silent(1).await;
    assert!(later > since);
    assert_eq!(second.silent(1).await, later);
    bench::write(&end, "on\n");
    assert_eq!(bench.finished(1).await.ended, Ended::Exit { code: 0 });
    assert_eq!(bench.silences(1), 2);
}

/// Several commands of one step run side by side, each with its own supervisor, and one can be stopped alone.
#[tokio::test]
async fn attempts_of_one_step_run_side_by_side() {
    let mut bench = Bench::new();
    let mut commands = Vec::new();
    for (attempt, script) in (1..).zip(["one", "two", "three"]) {
        let mut command = launch(attempt, &format!("echo {script}; sleep 600"));
        command.script = script.to_owned();
        command.round = 1;
        bench.launch(&command);
        commands.push(command);
    }
    for attempt in 1..=3 {
        bench.started(attempt).await;
    }
    bench.executor.stop(2);
    assert_eq!(bench.finished(2).await.ended, Ended::Stopped);
    assert!(!bench.is_finished(1) && !bench.is_finished(3));
    bench.executor.stop(1);
    bench.executor.stop(3);
    for attempt in [1, 3] {
        assert_eq!(bench.finished(attempt).await.ended, Ended::Stopped);
    }
    for command in &commands {
        assert_eq!(bench.log(command), format!("{}\n", command.script));
    }
}

/// A stop that is asked for before the command runs still stops it.
#[tokio::test]
async fn a_stop_before_the_start_holds() {
    let mut bench = Bench::new();
    bench.launch(&launch(1, "sleep 600"));
    bench.executor.stop(1);
    assert_eq!(bench.finished(1).await.ended, Ended::Stopped);
}
