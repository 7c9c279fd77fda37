//! Supervisors that wait for the next attempt.

use std::{path::Path, time::Duration};

use rbconsole::{
    engine::{AttemptId, observed::Ended},
    executor::protocol::StartRecord,
};
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::{Bench, launch, lives};

/// Lets the executor work until so many wait.
async fn until(bench: &Bench, wanted: usize) {
    let looked = tokio::time::timeout(Duration::from_secs(30), async {
        while bench.executor.waiting() != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    looked.await.expect("as many as are meant to wait");
}

async fn runs(bench: &mut Bench, attempt: AttemptId, script: &str) -> u32 {
    let command = launch(attempt, script);
    bench.launch(&command);
    assert_eq!(bench.finished(attempt).await.ended, Ended::Exit { code: 0 });
    supervisor(&bench.dir(&command))
}

fn supervisor(dir: &Path) -> u32 {
    let bytes = std::fs::read(dir.join("lock")).expect("the record of the start");
    let record: StartRecord = serde_json::from_slice(&bytes).expect("a record");
    record.supervisor
}

fn ended(supervisor: u32) {
    crate::bench::until("its end", || !lives(&supervisor.to_string()));
}

#[tokio::test]
async fn the_next_attempt_is_run_by_the_one_that_waits() {
    let mut bench = Bench::new();
    let first = runs(&mut bench, 1, "echo one").await;
    until(&bench, 1).await;
    assert_eq!(runs(&mut bench, 2, "echo two >&2; echo three").await, first);
    for (attempt, wanted) in [(1, vec!["one"]), (2, vec!["three", "two"])] {
        let log = std::fs::read_to_string(bench.dir(&launch(attempt, "")).join("output.log"));
        let log = log.expect("its own log");
        let mut lines: Vec<&str> = log.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, wanted);
    }
}

/// A command that prints nothing costs no files, and is as well known as any other.
#[tokio::test]
async fn what_prints_nothing_leaves_no_log() {
    let mut bench = Bench::new();
    let command = launch(1, "true");
    bench.launch(&command);
    let output = bench.finished(1).await.output;
    assert_eq!((output.bytes, output.lost), (0, 0));
    assert_eq!(output.blake3, blake3::hash(b"").to_hex().as_str());
    let mut names: Vec<String> = std::fs::read_dir(bench.dir(&command))
        .expect("it is there")
        .map(|item| {
            item.expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["claim", "exit.json", "lock", "spec.json"]);
}

#[tokio::test]
async fn side_by_side_each_has_its_own_and_all_of_them_wait() {
    let mut bench = Bench::new();
    let commands = [1, 2, 3].map(|attempt| launch(attempt, "sleep 0.2"));
    for command in &commands {
        bench.launch(command);
    }
    let mut own = Vec::new();
    for command in &commands {
        bench.finished(command.attempt).await;
        own.push(supervisor(&bench.dir(command)));
    }
    until(&bench, 3).await;
    own.sort_unstable();
    own.dedup();
    assert_eq!(own.len(), 3);
    let next = runs(&mut bench, 4, "true").await;
    assert!(own.contains(&next));
}

#[tokio::test]
async fn one_that_died_is_not_missed() {
    let mut bench = Bench::new();
    let first = runs(&mut bench, 1, "true").await;
    until(&bench, 1).await;
    let pid = i32::try_from(first).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process"), Signal::KILL).expect("it is ours");
    // One that is still dying may take the next attempt with it, which is offered again
    // then: wait until it has ended.
    ended(first);
    assert_ne!(runs(&mut bench, 2, "true").await, first);
}

/// What was left behind belongs to the attempt that left it, and to no other.
#[tokio::test]
async fn one_whose_command_left_something_behind_ends() {
    let mut bench = Bench::new();
    let first = runs(&mut bench, 1, "sleep 2 >/dev/null 2>&1 &").await;
    ended(first);
    assert_eq!(bench.executor.waiting(), 0);
    let second = launch(2, "true");
    bench.launch(&second);
    let report = bench.finished(2).await;
    assert_eq!(report.survivors, []);
    assert_ne!(supervisor(&bench.dir(&second)), first);
}

#[tokio::test]
async fn one_that_was_told_to_stop_its_command_ends() {
    use rbconsole::executor::Executor;
    let mut bench = Bench::new();
    let command = launch(1, "sleep 60");
    bench.launch(&command);
    bench.executor.stop(1);
    assert_eq!(bench.finished(1).await.ended, Ended::Stopped);
    ended(supervisor(&bench.dir(&command)));
    assert_eq!(bench.executor.waiting(), 0);
}

#[tokio::test]
async fn it_ends_with_the_executor_and_when_nothing_follows() {
    let mut bench = Bench::new();
    let first = runs(&mut bench, 1, "true").await;
    until(&bench, 1).await;
    // Nothing follows.
    until(&bench, 0).await;
    ended(first);
    let second = runs(&mut bench, 2, "true").await;
    until(&bench, 1).await;
    drop(bench);
    assert!(!lives(&second.to_string()));
}
