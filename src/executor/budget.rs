//! How much output a run may leave on the disk, handed out to its attempts.
//!
//! Supervisors do not talk to each other, so none of them may take what another could want: each is
//! told at its launch what it may keep, and that is at most half of what is left for the run. A
//! command that prints little gives back what it did not take when it ends.
//!
//! So the run's share is a goal and no wall. However little is left, each attempt may keep
//! [`LEAST`], since its beginning and its end are what explains it: a thousand attempts behind an
//! exhausted share take up to a gigabyte more. What protects the disk itself is the log, which
//! drops its own middle when the disk is scarce, whatever it was promised.

use std::{fs, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::attach;
use crate::run_dir::{AttemptDir, RunDir, read_private, write_private};

/// What an attempt may always keep, however little is left: beginning and end of what a person
/// reads.
const LEAST: u64 = 1 << 20;
/// What one attempt keeps if nobody said otherwise.
const ATTEMPT: u64 = 10_000_000_000;
/// The file in a run's directory that says how much it may take.
const FILE: &str = "output_limit.json";

/// How much output is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of one attempt, in bytes.
    pub attempt: u64,
    /// Of a whole run; none: half of what the disk has when the run's first command starts.
    pub run: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempt: ATTEMPT,
            run: None,
        }
    }
}

/// What a run's directory says.
#[derive(Debug, Serialize, Deserialize)]
struct Recorded {
    run: u64,
}

/// One run's share of the disk.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    account: Option<Account>,
}

#[derive(Debug)]
struct Account {
    run: u64,
    /// By attempts that are over.
    taken: u64,
    /// Attempts that may still write, and how much of it.
    open: Vec<(AttemptDir, u64)>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            account: None,
        }
    }

    /// What this attempt may keep of its output.
    pub(super) fn hand_out(&mut self, dir: &RunDir, attempt: &AttemptDir) -> u64 {
        let limits = self.limits;
        let account = self
            .account
            .get_or_insert_with(|| Account::open(dir, limits, attempt));
        account.settle();
        let promised: u64 = account.open.iter().map(|(_, share)| share).sum();
        let left = account.run.saturating_sub(account.taken + promised);
        let share = limits.attempt.min(left / 2).max(LEAST.min(limits.attempt));
        account.open.push((attempt.clone(), share));
        share
    }
}

impl Account {
    /// Counts what earlier consoles have started.
    fn open(dir: &RunDir, limits: Limits, without: &AttemptDir) -> Self {
        let run = run_limit(dir, limits);
        let earlier = fs::read_dir(dir.attempts())
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .map(|item| dir.attempt(&item.file_name().to_string_lossy()))
            .filter(|attempt| attempt != without);
        Self {
            run,
            taken: 0,
            // What one of them was told is known to its supervisor alone: at most this.
            open: earlier
                .map(|attempt| (attempt, limits.attempt.min(run / 2)))
                .collect(),
        }
    }

    fn settle(&mut self) {
        let mut taken = 0;
        self.open.retain(|(attempt, _)| {
            let over = is_over(attempt);
            if over {
                taken += on_disk(attempt);
            }
            !over
        });
        self.taken += taken;
    }
}

/// Whether nobody writes its log any more. One that is not claimed yet may be about to begin.
fn is_over(attempt: &AttemptDir) -> bool {
    attempt.exit().exists()
        || attempt.claim().exists() && attach::is_alive(attempt).is_ok_and(|alive| !alive)
}

/// What the run may take, as it was when its first command started.
fn run_limit(dir: &RunDir, limits: Limits) -> u64 {
    let file: PathBuf = dir.path().join(FILE);
    let recorded = read_private(&file, 1 << 10)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Recorded>(&bytes).ok());
    if let Some(recorded) = recorded {
        return recorded.run;
    }
    let run = limits.run.unwrap_or_else(|| free(dir) / 2);
    // Where it cannot be written a later console decides anew.
    let _ = serde_json::to_vec(&Recorded { run }).map(|bytes| write_private(&file, &bytes));
    run
}

/// What the disk has left for us; where that cannot be told, as if it had no end.
fn free(dir: &RunDir) -> u64 {
    rustix::fs::statvfs(dir.path())
        .map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// How long the files of an attempt's log are together.
fn on_disk(attempt: &AttemptDir) -> u64 {
    fs::read_dir(attempt.path())
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|item| {
            let name = item.file_name();
            name.to_str().and_then(AttemptDir::piece_of).is_some()
        })
        .filter_map(|item| item.metadata().ok())
        .map(|meta| meta.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> (tempfile::TempDir, RunDir) {
        let scratch = tempfile::tempdir().unwrap();
        let dir = RunDir::create(scratch.path(), "run").unwrap();
        (scratch, dir)
    }

    /// An attempt that has printed so much, over or still running.
    fn attempt(dir: &RunDir, name: &str, bytes: usize, over: bool) -> AttemptDir {
        let attempt = dir.attempt(name);
        attempt.create().unwrap();
        let half = bytes / 2;
        write_private(&attempt.log(), &vec![0; half]).unwrap();
        write_private(&attempt.log_piece(1 << 30), &vec![0; bytes - half]).unwrap();
        if over {
            write_private(&attempt.exit(), b"{}").unwrap();
        }
        attempt
    }

    const MIB: u64 = 1 << 20;

    #[test]
    fn what_is_handed_out_at_the_same_time_never_exceeds_the_run_s_share() {
        let (_scratch, dir) = run();
        let mut budget = Budget::new(Limits {
            attempt: 40 * MIB,
            run: Some(100 * MIB),
        });
        let shares: Vec<u64> = ["a", "b", "c"]
            .map(|name| {
                let attempt = attempt(&dir, name, 0, false);
                budget.hand_out(&dir, &attempt)
            })
            .into();
        assert_eq!(shares, [40 * MIB, 30 * MIB, 15 * MIB]);
        for number in 0..50 {
            let attempt = attempt(&dir, &format!("late{number}"), 0, false);
            assert!(budget.hand_out(&dir, &attempt) >= MIB);
        }
    }

    #[test]
    fn an_attempt_that_is_over_gives_back_what_it_did_not_take() {
        let (_scratch, dir) = run();
        let limits = Limits {
            attempt: 80 * MIB,
            run: Some(100 * MIB),
        };
        let mut budget = Budget::new(limits);
        let first = attempt(&dir, "a", 2 << 20, false);
        assert_eq!(budget.hand_out(&dir, &first), 50 * MIB);
        let second = attempt(&dir, "b", 0, false);
        assert_eq!(budget.hand_out(&dir, &second), 25 * MIB);
        write_private(&first.exit(), b"{}").unwrap();
        // One whose supervisor vanished keeps what it has written.
        write_private(&second.claim(), b"spawn").unwrap();
        let third = attempt(&dir, "c", 0, false);
        assert_eq!(budget.hand_out(&dir, &third), (100 - 2) * MIB / 2);

        // A later console counts what it finds; the run's share was decided long ago.
        let mut later = Budget::new(Limits {
            run: Some(7),
            ..limits
        });
        let fourth = attempt(&dir, "d", 0, false);
        assert_eq!(later.hand_out(&dir, &fourth), (100 - 2 - 50) * MIB / 2);
    }

    #[test]
    fn half_of_what_is_free_belongs_to_the_run() {
        let (_scratch, dir) = run();
        let mut budget = Budget::new(Limits::default());
        let only = attempt(&dir, "a", 0, false);
        let share = budget.hand_out(&dir, &only);
        let expected = ATTEMPT.min(free(&dir) / 4);
        assert!(share.abs_diff(expected) < expected / 4 + MIB, "{share}");
        let recorded = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(recorded.starts_with("{\"run\":"), "{recorded}");
    }
}
