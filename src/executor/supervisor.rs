//! The supervisor: a small process, in its own session, that runs one attempt at a time.
//! Where nothing is left of one it may run the next of the same console
//! ([`waiting`](super::waiting)).
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
    fs::File,
    io::{self, Write},
    os::unix::{fs::DirBuilderExt as _, net::UnixStream},
    path::Path,
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
use crate::run_dir::{AttemptDir, private_file};
use attempt::{Attempt, Over};
use connections::{Connection, Connections};
use pump::Pump;
use silence::Silence;

/// The hidden subcommand's name.
pub const SUBCOMMAND: &str = "__supervise";

/// Runs attempts of this folder, one after the other; standard input is the console's end
/// of a socket.
///
/// # Errors
/// What kept an attempt from running; its directory then has no exit record.
pub fn main(attempts: &Path) -> io::Result<()> {
    crash::point("supervisor.begun");
    // The launching console did not make this process a group leader.
    let _ = rustix::process::setsid();
    // Not for the command: it could speak to the console, which would not notice
    // either that this process is gone.
    let stdin = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    let mut console = Connection::of_launcher(UnixStream::from(stdin));
    // Without a next request the console needs no supervisor any more.
    while let Some(request) = console.next_request()? {
        // What else it says is about an attempt that is over.
        if !matches!(request, Request::Begin { .. }) {
            continue;
        }
        crash::point("supervisor.begin_read");
        let Some(launcher) = supervise(attempts, request, console)? else {
            return Ok(());
        };
        console = launcher;
        if console.tell(&Reply::Waiting).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Runs one attempt; the console that launched it, if nothing keeps this process from
/// running another.
fn supervise(
    attempts: &Path,
    request: Request,
    mut console: Connection,
) -> io::Result<Option<Connection>> {
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
    let dir = AttemptDir::at(attempts.join(launch.directory()));
    let lock = private_file()
        .write(true)
        .create(true)
        .truncate(false)
        .open(dir.lock())?;
    lock.try_lock().map_err(io::Error::from)?;
    crash::point("supervisor.locked");
    if !claim(&dir, "spawn")? {
        console.tell(&Reply::Claimed)?;
        return Ok(None);
    }
    let mut connections = Connections::begin(&dir, launch.attempt, console)?;
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
    let Over { report, clean } = match start(&launch, &env, size) {
        Ok(process) => {
            crash::point("supervisor.forked");
            record_start(&lock, process.pid());
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
            let report = not_started(reason);
            Over {
                report,
                clean: false,
            }
        }
    };
    crash::point("supervisor.log_finished");
    let launcher = delivery::deliver(&dir, &launch, report, connections)?;
    Ok(launcher.filter(|_| clean))
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

/// Writes down who runs what into the lock, which is held as long as that is so: for
/// people who look into the directory. Nothing is decided by it.
fn record_start(mut lock: &File, pid: u32) {
    let record = StartRecord {
        version: protocol::VERSION,
        supervisor: std::process::id(),
        pid,
        boot_id: clock::boot_id(),
        at: clock::now(),
    };
    let _ = serde_json::to_vec(&record).map(|bytes| lock.write_all(&bytes));
}
