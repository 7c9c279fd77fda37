//! Supervisors that wait for the next attempt: one whose command is over, and has left
//! nothing behind, is told what to run next instead of another being started. Most of
//! what a short step costs would be the start of that process.
//!
//! At any time a supervisor has one attempt, and what it answers for ends with that: a
//! wait begins when the attempt's end is on the disk and its lock is free. One that waits
//! has claimed nothing and made nothing, so it can be let go at any moment; one that is
//! not wanted soon is, since an operator who thinks between two steps does not notice the
//! milliseconds and should not pay the memory. When the console dies, its socket ends
//! and it does too.

use std::{
    io::{self, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::supervisor;
use crate::crash;

/// How long one waits. Steps that follow each other by themselves come sooner.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most that wait: a step that runs more than this side by side starts the others.
const MOST: usize = 8;

/// A supervisor's process and the way to it.
#[derive(Debug)]
pub struct Started {
    /// The process.
    pub child: Child,
    /// Leads to it.
    pub stream: UnixStream,
}

impl Started {
    /// Starts a supervisor for attempts of this folder.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn new(program: &Path, attempts: &Path) -> io::Result<Self> {
        let (stream, theirs) = UnixStream::pair()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the executor is the room that starts processes"
        )]
        let child = std::process::Command::new(program)
            .arg(supervisor::SUBCOMMAND)
            .arg(attempts)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        crash::point("console.supervisor_spawned");
        Ok(Self { child, stream })
    }

    /// Tells it what to run.
    ///
    /// # Errors
    /// When it is not there any more.
    pub fn begin(self, request: &[u8]) -> io::Result<Self> {
        let told = self
            .stream
            .set_nonblocking(false)
            .and_then(|()| (&self.stream).write_all(request));
        if let Err(error) = told {
            // What it was told only half is nothing to begin with.
            let_go(self);
            return Err(error);
        }
        self.stream.set_nonblocking(true)?;
        Ok(self)
    }
}

/// The supervisors that wait for attempts of one folder.
#[derive(Debug, Clone)]
pub struct Waiting {
    attempts: PathBuf,
    seats: Arc<Mutex<Seats>>,
}

#[derive(Debug, Default)]
struct Seats {
    /// Tells one that waits from all others.
    number: u64,
    taken: Vec<(u64, Started)>,
    /// Nobody will want one any more.
    closed: bool,
}

impl Waiting {
    /// Nobody waits yet.
    pub fn new(attempts: PathBuf) -> Self {
        Self {
            attempts,
            seats: Arc::default(),
        }
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        locked(&self.seats).taken.len()
    }

    /// A supervisor that waits, told what to run; none if there is none for this folder
    /// or it has gone.
    pub fn begin(&self, attempts: &Path, request: &[u8]) -> Option<Started> {
        if attempts != self.attempts {
            return None;
        }
        let (_, mut waits) = locked(&self.seats).taken.pop()?;
        if !matches!(waits.child.try_wait(), Ok(None)) {
            return None;
        }
        waits.begin(request).ok()
    }

    /// Lets one wait for what may follow soon. In a runtime.
    pub fn take_in(&self, free: Started) {
        let Some(number) = self.seat(free) else {
            return;
        };
        let seats = Arc::clone(&self.seats);
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            let unwanted = {
                let mut seats = locked(&seats);
                let place = seats.taken.iter().position(|(other, _)| *other == number);
                place.map(|place| seats.taken.remove(place).1)
            };
            if let Some(unwanted) = unwanted {
                let _ = tokio::task::spawn_blocking(move || let_go(unwanted)).await;
            }
        });
    }

    /// Its number, unless nobody wants it any more.
    fn seat(&self, free: Started) -> Option<u64> {
        let mut seats = locked(&self.seats);
        if seats.closed || seats.taken.len() >= MOST {
            drop(seats);
            let_go(free);
            return None;
        }
        seats.number += 1;
        let number = seats.number;
        seats.taken.push((number, free));
        Some(number)
    }

    /// Lets all of them go, also those that come later.
    pub fn close(&self) {
        let taken = {
            let mut seats = locked(&self.seats);
            seats.closed = true;
            std::mem::take(&mut seats.taken)
        };
        for (_, unwanted) in taken {
            let_go(unwanted);
        }
    }
}

/// It was told nothing that it could begin, so nothing is lost with it.
fn let_go(mut started: Started) {
    let _ = started.child.kill();
    let _ = started.child.wait();
}

/// What a thread that panicked has left here is whole: each change is one step.
fn locked(seats: &Mutex<Seats>) -> MutexGuard<'_, Seats> {
    seats.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deaf() -> (Started, PathBuf) {
        let (stream, _) = UnixStream::pair().unwrap();
        let child = std::process::Command::new("sleep")
            .arg("20")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let place = PathBuf::from(format!("/proc/{}", child.id()));
        (Started { child, stream }, place)
    }

    #[test]
    fn one_that_cannot_be_told_what_to_run_leaves_nothing_behind() {
        let folder = Path::new("/nowhere/attempts");
        let waiting = Waiting::new(folder.to_owned());
        let (deaf_one, place) = deaf();
        waiting.seat(deaf_one).unwrap();
        assert!(waiting.begin(folder, b"{}\n").is_none());
        // Not even what an end leaves that nobody has waited for.
        assert!(!place.exists());
        assert_eq!(waiting.count(), 0);

        let (deaf_one, place) = deaf();
        assert!(deaf_one.begin(b"{}\n").is_err());
        assert!(!place.exists());
    }
}
