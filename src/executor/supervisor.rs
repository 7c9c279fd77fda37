//! The supervisor: one small process per attempt, in its own session.
//!
//! It has no runtime and one thread: a loop over the command's output, its end,
//! the consoles that are connected, and the next deadline. The rename of the exit
//! record is the commit point of the attempt; a supervisor that dies before it
//! leaves the outcome unknown, and nobody will claim otherwise.

mod attempt;
mod connections;
mod delivery;
mod pump;
mod silence;

use std::{
    ffi::OsString,
    io::{self, Write},
    os::unix::{fs::DirBuilderExt as _, net::UnixStream},
};

use super::{
    clock,
    kin::{self, Kin, Marker, cgroup::Fence},
    process::{Process, Start},
    protocol::{self, Reply, Request, StartRecord},
    terminal::{Keyboard, Size},
    value_file::{self, ValueFile},
};
use crate::crash;
use crate::engine::{
    Launch,
    observed::{Captured, Ended, OutputDigest, Report},
};
use crate::run_dir::{AttemptDir, RunDir, private_file, write_private};
use attempt::Attempt;
use connections::Connections;
use pump::Pump;
use silence::Silence;

/// The hidden subcommand's name.
pub const SUBCOMMAND: &str = "__supervise";

/// Stands before a run's directory where the attempt is not known yet.
pub const WAITING: &str = "--waiting";

/// Where a supervisor belongs.
#[derive(Debug)]
pub enum Place {
    /// To this attempt.
    Attempt(AttemptDir),
    /// To whichever attempt of a run it is told, if any.
    Run(RunDir),
}

impl Place {
    /// What stands behind the subcommand.
    pub fn of(arguments: &[OsString]) -> Option<Self> {
        match arguments {
            [waiting, run] if waiting == WAITING => RunDir::open(run.as_ref()).ok().map(Self::Run),
            [attempt] => Some(Self::Attempt(AttemptDir::at(attempt.into()))),
            _ => None,
        }
    }
}

/// Runs one attempt; standard input is the console's end of a socket.
///
/// # Errors
/// What kept it from running; the attempt's directory then has no exit record.
pub fn main(place: Place) -> io::Result<()> {
    crash::point("supervisor.begun");
    // The launching console did not make this process a group leader.
    let _ = rustix::process::setsid();
    // Not for the command: it could speak to the console, which would not notice
    // either that this process is gone.
    let stdin = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    let mut console = UnixStream::from(stdin);
    let Some((request, rest)) = connections::read_request(&mut console)? else {
        // The console needs no supervisor any more.
        return Ok(());
    };
    crash::point("supervisor.begin_read");
    let Request::Begin {
        version,
        launch,
        secrets,
        size,
        keep,
        booted,
        run: _,
    } = request
    else {
        return Err(io::Error::other("the console did not say what to run"));
    };
    if version != protocol::VERSION {
        return Err(io::Error::other(format!("protocol version {version}")));
    }
    let dir = match place {
        Place::Attempt(dir) => dir,
        Place::Run(run) => run.attempt(&launch.directory()),
    };
    let lock = private_file()
        .write(true)
        .create(true)
        .truncate(false)
        .open(dir.lock())?;
    lock.try_lock().map_err(io::Error::from)?;
    crash::point("supervisor.locked");
    if !claim(&dir, "spawn")? {
        return connections::reply(&mut console, &Reply::Claimed);
    }
    let mut connections = Connections::begin(&dir, launch.attempt, console, rest)?;
    crash::point("supervisor.listening");
    if let Some(booted) = booted {
        clock::go_by(booted);
    }
    let began = clock::boottime();
    let masked: Vec<String> = secrets.values().cloned().collect();
    // Whatever can fail comes before the fork: a command that runs is supervised.
    let pump = Pump::new(&dir, &launch, &masked, keep)?;
    // A command runs also where no file can be made for its values.
    let variables = ValueFile::prepare(&dir, &launch.capture).ok();
    let marker = Marker::of(&dir)?;
    let env = environment(&launch, &secrets, &marker, variables.as_ref());
    kin::adopt_orphans();
    crash::point("supervisor.ready");
    let report = match start(&launch, &env, size) {
        Ok(process) => {
            crash::point("supervisor.forked");
            record_start(&dir, process.pid());
            crash::point("supervisor.started_recorded");
            connections.tell(Reply::Started { pid: process.pid() });
            crash::point("supervisor.started_told");
            Attempt {
                silence: Silence::new(launch.silence_ms, clock::boottime(), clock::now()),
                launch: &launch,
                fence: Fence::later(&dir, &marker, began),
                kin: Kin::of(process.leader(), marker.clone()),
                process,
                pump,
                variables,
                keyboard: Keyboard::default(),
                connections: &mut connections,
                alarm: clock::Alarm::new(),
                began,
            }
            .run()?
        }
        Err(reason) => {
            drop(variables.map(ValueFile::take));
            not_started(reason)
        }
    };
    crash::point("supervisor.log_finished");
    delivery::deliver(&dir, &launch, report, connections)
}

/// Claims an attempt for one party; whoever comes second stops.
///
/// # Errors
/// When the claim can be neither made nor found.
pub fn claim(dir: &AttemptDir, party: &str) -> io::Result<bool> {
    match private_file()
        .write(true)
        .create_new(true)
        .open(dir.claim())
    {
        Ok(mut file) => {
            crash::point("console.claim_made");
            crash::point("supervisor.claim_made");
            file.write_all(party.as_bytes())?;
            crash::point("console.claim_filled");
            crash::point("supervisor.claim_filled");
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::DirBuilder::new().mode(0o700).create(dir.path())?;
            claim(dir, party)
        }
        Err(error) => Err(error),
    }
}

fn start(launch: &Launch, env: &[(String, OsString)], size: Size) -> Result<Process, String> {
    let start = Start {
        argv: &launch.argv,
        cwd: launch.cwd.as_deref(),
        env,
    };
    if launch.tty {
        Process::start_in_terminal(start, size)
    } else {
        Process::start(start)
    }
}

fn environment(
    launch: &Launch,
    secrets: &super::Secrets,
    marker: &Marker,
    variables: Option<&ValueFile>,
) -> Vec<(String, OsString)> {
    let mut env: Vec<(String, OsString)> =
        super::query::variables(&launch.env, &launch.secrets, secrets)
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
    if let Some(variables) = variables {
        env.push((value_file::VARIABLE.to_owned(), variables.path().into()));
    }
    // The marker by which what survives of a command can be found.
    for (name, value) in marker.variables() {
        env.push((name.to_owned(), value.into()));
    }
    env
}

fn not_started(reason: String) -> Report {
    Report {
        ended: Ended::NotStarted { reason },
        at: clock::now(),
        milliseconds: 0,
        output: OutputDigest::default(),
        captured: Captured::default(),
        survivors: Vec::new(),
        more_survivors: 0,
    }
}

/// Writes down who runs what: for people who look into the directory. Nothing is
/// decided by it.
fn record_start(dir: &AttemptDir, pid: u32) {
    let record = StartRecord {
        version: protocol::VERSION,
        supervisor: std::process::id(),
        pid,
        boot_id: clock::boot_id(),
        at: clock::now(),
    };
    let _ = serde_json::to_vec(&record).map(|bytes| write_private(&dir.started(), &bytes));
}
