//! A supervisor that is started ahead of time: while one command runs, the program
//! that will supervise the next is loaded already and waits to be told what to run.
//!
//! It has claimed nothing and made nothing, so it can be let go at any moment; one
//! that is not wanted soon is, since an operator who thinks between two steps does
//! not notice the milliseconds and should not pay the memory. When the console
//! dies, its socket ends and it does too.

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
use crate::run_dir::{AttemptDir, RunDir};

/// How long one waits. Steps that follow each other by themselves come sooner.
const PATIENCE: Duration = Duration::from_secs(2);

/// A supervisor's process and the way to it.
#[derive(Debug)]
pub struct Started {
    /// The process.
    pub child: Child,
    /// Leads to it.
    pub stream: UnixStream,
}

impl Started {
    /// Starts the supervisor of an attempt.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn of_attempt(program: &Path, dir: &AttemptDir) -> io::Result<Self> {
        Self::start(program, &[dir.path()])
    }

    /// Starts a supervisor for whichever attempt of a run comes next.
    fn of_run(program: &Path, dir: &RunDir) -> io::Result<Self> {
        Self::start(program, &[Path::new(supervisor::WAITING), dir.path()])
    }

    fn start(program: &Path, place: &[&Path]) -> io::Result<Self> {
        let (stream, theirs) = UnixStream::pair()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the executor is the room that starts processes"
        )]
        let child = std::process::Command::new(program)
            .arg(supervisor::SUBCOMMAND)
            .args(place)
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
        (&self.stream).write_all(request)?;
        self.stream.set_nonblocking(true)?;
        Ok(self)
    }
}

/// The supervisor that waits for a run's next attempt, if there is one.
#[derive(Debug)]
pub struct Spare {
    program: PathBuf,
    dir: RunDir,
    seat: Arc<Mutex<Seat>>,
}

#[derive(Debug, Default)]
struct Seat {
    /// Tells one that waits from the next.
    number: u64,
    waits: Option<Started>,
    /// One is on its way.
    coming: bool,
    /// Nobody will want one any more.
    closed: bool,
}

impl Spare {
    /// Nothing is started yet.
    pub fn new(program: PathBuf, dir: RunDir) -> Self {
        Self {
            program,
            dir,
            seat: Arc::default(),
        }
    }

    /// The supervisor that waits, told what to run; none if there is none or it has
    /// gone. One that was told only half had nothing to begin with.
    pub fn begin(&self, request: &[u8]) -> Option<Started> {
        let mut waits = locked(&self.seat).waits.take()?;
        if !matches!(waits.child.try_wait(), Ok(None)) {
            return None;
        }
        waits.begin(request).ok()
    }

    /// Has one ready for what may follow soon, without waiting for it.
    pub fn prepare(&self) {
        {
            let mut seat = locked(&self.seat);
            if seat.coming || seat.waits.is_some() {
                return;
            }
            seat.coming = true;
        }
        let (program, dir) = (self.program.clone(), self.dir.clone());
        let seat = Arc::clone(&self.seat);
        tokio::spawn(async move {
            let started =
                tokio::task::spawn_blocking(move || Started::of_run(&program, &dir)).await;
            // Without one the next attempt starts its own.
            let Some(number) = take_seat(&seat, started.ok().and_then(Result::ok)) else {
                return;
            };
            tokio::time::sleep(PATIENCE).await;
            let unwanted = {
                let mut seat = locked(&seat);
                (seat.number == number).then(|| seat.waits.take()).flatten()
            };
            if let Some(unwanted) = unwanted {
                let _ = tokio::task::spawn_blocking(move || let_go(unwanted)).await;
            }
        });
    }
}

/// Lets one wait; its number, unless there is none or nobody wants it any more.
fn take_seat(seat: &Mutex<Seat>, started: Option<Started>) -> Option<u64> {
    let mut seat = locked(seat);
    seat.coming = false;
    let started = started?;
    if seat.closed {
        drop(seat);
        let_go(started);
        return None;
    }
    seat.number += 1;
    seat.waits = Some(started);
    Some(seat.number)
}

impl Drop for Spare {
    fn drop(&mut self) {
        let waits = {
            let mut seat = locked(&self.seat);
            seat.closed = true;
            seat.waits.take()
        };
        waits.into_iter().for_each(let_go);
    }
}

/// It was told nothing, so nothing is lost with it.
fn let_go(mut started: Started) {
    let _ = started.child.kill();
    let _ = started.child.wait();
}

/// What a thread that panicked has left here is whole: each change is one step.
fn locked(seat: &Mutex<Seat>) -> MutexGuard<'_, Seat> {
    seat.lock().unwrap_or_else(PoisonError::into_inner)
}
