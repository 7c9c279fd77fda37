//! The supervisor: one small process per attempt, in its own session.
//!
//! It has no runtime and one thread: a loop over the command's output, its end,
//! the consoles that are connected, and the next deadline. The rename of the exit
//! record is the commit point of the attempt; a supervisor that dies before it
//! leaves the outcome unknown, and nobody will claim otherwise.

mod connections;
mod delivery;
mod pump;
mod silence;

use std::{
    ffi::OsString,
    io::{self, Write},
    os::unix::{fs::DirBuilderExt as _, net::UnixStream},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::Signal,
};

use super::{
    clock,
    kin::{self, Kin, Marker, Survivors, cgroup::Fence},
    process::{Process, Start},
    protocol::{self, Reply, Request, StartRecord},
    terminal::{self, Keyboard, Size},
    value_file::{self, ValueFile},
};
use crate::crash;
use crate::engine::{
    Launch,
    observed::{Captured, Ended, OutputDigest, Report},
};
use crate::run_dir::{AttemptDir, RunDir, private_file, write_private};
use connections::Connections;
use pump::Pump;
use silence::Silence;

/// How long output is still read after the command has ended while something
/// that it left behind holds its pipes.
const LINGER: Duration = Duration::from_millis(500);

/// How often it is looked whether what a stop must reach is gone.
const LOOK: Duration = Duration::from_millis(10);
/// How long after a normal end it is waited for what is about to end with it, as a
/// `tee` behind the script's output, before it is named as left behind.
const SETTLE: Duration = Duration::from_millis(100);
/// How long after the KILL something may take to go before it is named as what could
/// not be stopped: another user's process, or one that waits for a device.
const GIVE_UP: Duration = Duration::from_secs(2);
/// How often orphans that have ended are reaped while nothing else happens.
const REAP: Duration = Duration::from_secs(30);

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

/// What keeps files from being written, as an operator would say it.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        _ => error.to_string(),
    }
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

/// Why the command is being ended, and since when it is killed.
struct Ending {
    cause: Ended,
    kill_at: Duration,
    killed: bool,
}

struct Attempt<'a> {
    launch: &'a Launch,
    fence: Fence<'a>,
    kin: Kin,
    process: Process,
    pump: Pump,
    variables: Option<ValueFile>,
    silence: Silence,
    keyboard: Keyboard,
    connections: &'a mut Connections,
    alarm: clock::Alarm,
    began: Duration,
}

impl Attempt<'_> {
    /// Until the command, and on a stop all that it started, is gone.
    fn run(mut self) -> io::Result<Report> {
        let deadline = self
            .began
            .saturating_add(Duration::from_millis(self.launch.timeout_ms));
        let mut ending: Option<Ending> = None;
        let mut over: Option<(Ended, Duration)> = None;
        loop {
            let now = clock::boottime();
            if over.is_none()
                && let Some(ended) = self.kin.command_ended()
            {
                over = Some((ended, now));
            }
            if ending.is_none() && over.is_none() && now >= deadline {
                ending = Some(self.begin_ending(Ended::Deadline, now));
            }
            if let Some(ending) = &mut ending
                && now >= ending.kill_at
            {
                // Again and again: something may have been forked in between.
                self.kill();
                ending.killed = true;
            }
            if over.is_none() && self.fence.due().is_some_and(|due| now >= due) {
                self.fence.raise();
            }
            if let Some((_, since)) = &over {
                self.process.let_go_of_terminal();
                // A stop means all of it; a normal end leaves what the
                // command put into the background alone.
                let kin_done = match &ending {
                    Some(ending) => now >= ending.kill_at + GIVE_UP || !self.kin.is_alive(),
                    None => now >= *since + SETTLE || !self.kin.is_alive(),
                };
                let drained = self.pump.is_done() || now >= *since + LINGER;
                if kin_done && drained {
                    crash::point("supervisor.command_ended");
                    // What already stands in the pipes is the command's; what a
                    // background job goes on writing is not waited for.
                    for _ in 0..16 {
                        if self.pump.is_done() {
                            break;
                        }
                        self.pump.read(&self.process)?;
                    }
                    break;
                }
            }
            if over.is_none()
                && let Some(since) = self.silence.news(now)
            {
                self.connections.tell(Reply::Silent { since });
            }
            self.wait(
                now,
                deadline,
                ending.as_ref(),
                over.as_ref().map(|(_, at)| *at),
            )?;
            let heard = self.pump.read(&self.process)?;
            if let Some(news) = self.pump.news() {
                self.connections.tell(news);
            }
            if heard && self.silence.heard(clock::boottime(), clock::now()) {
                self.connections.silence_is_over();
            }
            // A stop that comes after the end is too late.
            if over.is_none()
                && let Some(ended) = self.kin.command_ended()
            {
                over = Some((ended, clock::boottime()));
            }
            if self.listen() && ending.is_none() && over.is_none() {
                ending = Some(self.begin_ending(Ended::Stopped, clock::boottime()));
            }
        }
        let ended = match (ending, over) {
            (Some(ending), _) => ending.cause,
            (None, Some((ended, _))) => ended,
            (None, None) => Ended::Lost,
        };
        let elapsed = clock::boottime().saturating_sub(self.began);
        let Survivors { named, more } = self.kin.survivors();
        self.fence.remove();
        let (output, captured) = self.pump.finish(&self.launch.capture, self.variables);
        Ok(Report {
            ended,
            at: clock::now(),
            milliseconds: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            output,
            captured,
            survivors: named,
            more_survivors: more,
        })
    }

    /// Does what consoles ask for; whether one asks to stop.
    fn listen(&mut self) -> bool {
        let asked = self.connections.asked();
        if self.process.has_terminal() {
            if let Some(size) = asked.size {
                // A terminal that is gone has no size.
                let _ = terminal::resize(&self.process.stdout, size);
            }
            self.keyboard.push(&asked.typed);
            self.keyboard.hand_over(&self.process.stdout);
        }
        asked.stop
    }

    fn begin_ending(&mut self, cause: Ended, now: Duration) -> Ending {
        self.fence.raise();
        // What is stopped would not see the TERM.
        self.kin.signal(&[Signal::TERM, Signal::CONT]);
        crash::point("supervisor.ending_begun");
        Ending {
            cause,
            kill_at: now + Duration::from_millis(self.launch.kill_grace_ms),
            killed: false,
        }
    }

    fn kill(&mut self) {
        self.fence.kill();
        self.kin.signal(&[Signal::KILL]);
    }

    /// Sleeps until something happens or the next deadline is due.
    fn wait(
        &self,
        now: Duration,
        deadline: Duration,
        ending: Option<&Ending>,
        over: Option<Duration>,
    ) -> io::Result<()> {
        let mut until = match (ending, over) {
            // What the command started ends unseen: look.
            (Some(ending), Some(_)) if !ending.killed => ending.kill_at.min(now + LOOK),
            (Some(_), Some(_)) => now + LOOK,
            (None, Some(since)) if now < since + SETTLE => now + LOOK,
            (None, Some(since)) => since + LINGER,
            (Some(ending), None) if !ending.killed => ending.kill_at,
            (Some(_), None) => now + Duration::from_secs(1),
            (None, None) => deadline,
        };
        let reap = now + REAP;
        if over.is_none() && self.process.ended.is_none() {
            until = until.min(now + Duration::from_millis(50));
        }
        let silence = self.silence.due().filter(|_| over.is_none());
        let fence = self.fence.due().filter(|_| over.is_none());
        for due in [silence, fence, self.connections.due()]
            .into_iter()
            .flatten()
        {
            until = until.min(due);
        }
        let left = until.min(reap).saturating_sub(now);
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(8);
        if over.is_none()
            && let Some(ended) = &self.process.ended
        {
            fds.push(PollFd::new(ended, PollFlags::IN));
        }
        self.pump.poll_fds(&self.process, &mut fds);
        if self.keyboard.is_waiting() && self.process.has_terminal() {
            fds.push(PollFd::new(&self.process.stdout, PollFlags::OUT));
        }
        self.connections.poll_fds(&mut fds);
        if let Some(alarm) = self.alarm.at(until, now) {
            fds.push(PollFd::new(alarm, PollFlags::IN));
        }
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(3600),
            tv_nsec: left.subsec_nanos().into(),
        };
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
