//! The supervisor that is started ahead of time.

use std::{path::Path, time::Duration};

use rbconsole::{
    engine::{AttemptId, observed::Ended},
    executor::protocol::StartRecord,
};
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::{Bench, launch};

/// The numbers of the processes that wait for a run's next attempt.
fn waiting(scratch: &str) -> Vec<u32> {
    let command = |number: u32| std::fs::read(format!("/proc/{number}/cmdline"));
    std::fs::read_dir("/proc")
        .expect("there is /proc")
        .flatten()
        .filter_map(|item| item.file_name().to_string_lossy().parse().ok())
        .filter(|&number| {
            let words = command(number).unwrap_or_default();
            let words = String::from_utf8_lossy(&words);
            words.contains("--waiting") && words.contains(scratch)
        })
        .collect()
}

/// Lets the executor work until as many wait as are meant to.
async fn until(scratch: &str, wanted: usize) -> Vec<u32> {
    let looked = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let found = waiting(scratch);
            if found.len() == wanted {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    looked.await.expect("as many as are meant to wait")
}

async fn runs_well(bench: &mut Bench, attempt: AttemptId) -> u32 {
    let command = launch(attempt, "true");
    bench.launch(&command);
    assert_eq!(bench.finished(attempt).await.ended, Ended::Exit { code: 0 });
    supervisor(&bench.dir(&command))
}

fn supervisor(dir: &Path) -> u32 {
    let bytes = std::fs::read(dir.join("started.json")).expect("the record of the start");
    let record: StartRecord = serde_json::from_slice(&bytes).expect("a record");
    record.supervisor
}

#[tokio::test]
async fn the_next_attempt_is_run_by_the_one_that_waits() {
    let mut bench = Bench::new();
    let scratch = bench.scratch();
    let first = runs_well(&mut bench, 1).await;
    let spare = until(&scratch, 1).await[0];
    assert_ne!(first, spare);
    assert_eq!(runs_well(&mut bench, 2).await, spare);
}

#[tokio::test]
async fn one_that_died_is_not_missed() {
    let mut bench = Bench::new();
    let scratch = bench.scratch();
    runs_well(&mut bench, 1).await;
    let spare = until(&scratch, 1).await[0];
    let pid = i32::try_from(spare).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process"), Signal::KILL).expect("it is ours");
    // One that is still dying may take the next attempt with it, which is offered again
    // then: wait until it has ended.
    crate::bench::until("its end", || !crate::bench::lives(&spare.to_string()));
    until(&scratch, 0).await;
    assert_ne!(runs_well(&mut bench, 2).await, spare);
}

#[tokio::test]
async fn it_ends_with_the_executor_and_when_nothing_follows() {
    let mut bench = Bench::new();
    let scratch = bench.scratch();
    runs_well(&mut bench, 1).await;
    until(&scratch, 1).await;
    // Nothing follows.
    until(&scratch, 0).await;
    runs_well(&mut bench, 2).await;
    until(&scratch, 1).await;
    drop(bench);
    assert_eq!(waiting(&scratch), Vec::<u32>::new());
}
