//! The command itself: its pipes or its terminal, its end.
//!
//! A command never writes into its log itself, although that is the fastest: a gigabyte
//! takes a third of the time that it takes through `tee`, where through our pipe it takes
//! 0.7 to 1.1 times as long (`tests/perf/flood.py`, two cores). Everything that is promised
//! of the log would be lost with it: secrets are masked before they reach the disk, each
//! piece has its time and its stream, a log that grows too long loses its middle and
//! nothing else, a full disk is the console's trouble and not the command's, and silence
//! is noticed. What is won is a second for each gigabyte, and a command of a rollback
//! prints megabytes at most; so there is no step for which the file pays, and one way for
//! all of them.

mod lookup;

use std::{
    ffi::OsString,
    io,
    os::{
        fd::OwnedFd,
        unix::process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::ExitStatus,
};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use super::terminal::{self, Size, Terminal};
use crate::engine::observed::Ended;

/// A pipe this large lets a flood run ahead of the supervisor (Linux's maximum
/// for unprivileged users).
const PIPE_BYTES: usize = 1 << 20;

/// A command that runs, leader of a process group or of a terminal's session.
#[derive(Debug)]
pub struct Process {
    handle: duct::Handle,
    /// It leads a group; in a terminal also a session.
    pid: Pid,
    /// Readable when the command has ended; without it one has to look.
    pub ended: Option<OwnedFd>,
    /// Its standard output, or the terminal in which it runs.
    pub stdout: OwnedFd,
    /// Its standard error, where that is another one.
    pub stderr: Option<OwnedFd>,
    /// The command's end of its terminal. As long as it is held here, the terminal
    /// does not end because the command has closed it and means to open it again.
    line: Option<OwnedFd>,
}

/// What to start.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The program and its arguments.
    pub argv: &'a [String],
    /// Where it runs.
    pub cwd: Option<&'a str>,
    /// Variables added to the environment.
    pub env: &'a [(String, OsString)],
}

impl Process {
    /// Starts a command with a pipe for each of its outputs and nothing to read.
    ///
    /// # Errors
    /// In the operator's words, why it cannot be started.
    pub fn start(start: Start<'_>) -> Result<Self, String> {
        let pipe = || -> io::Result<(OwnedFd, OwnedFd)> {
            let (reader, writer) = io::pipe()?;
            // A smaller pipe is only slower.
            let _ = rustix::pipe::fcntl_setpipe_size(&writer, PIPE_BYTES);
            rustix::io::ioctl_fionbio(&reader, true)?;
            Ok((reader.into(), writer.into()))
        };
        let cannot = |error: io::Error| format!("cannot make a pipe: {error}");
        let (stdout, stdout_end) = pipe().map_err(cannot)?;
        let (stderr, stderr_end) = pipe().map_err(cannot)?;
        let (name, arguments) = start.words()?;
        let begin = |program: OsString, called: Option<String>| {
            let expression = duct::cmd(program, arguments)
                .stdin_null()
                .stdout_file(stdout_end.try_clone().map_err(cannot)?)
                .stderr_file(stderr_end.try_clone().map_err(cannot)?)
                .before_spawn(move |command| {
                    if let Some(name) = &called {
                        command.arg0(name);
                    }
                    command.process_group(0);
                    Ok(())
                });
            start.begin(expression)
        };
        let found = match lookup::lookup(name, start.env) {
            // It sees itself called as its author called it.
            Some(place) => match begin(place.into_os_string(), Some(name.clone())) {
                // Nothing of it has run; another folder may hold one that can.
                Err(NotBegun { looks_on: true, .. }) => None,
                started => Some(started),
            },
            None => None,
        };
        let started = found.unwrap_or_else(|| begin(start.program(name), None));
        let (handle, pid) = started.map_err(|not| not.words)?;
        Ok(Self {
            ended: watch(pid),
            handle,
            pid,
            stdout,
            stderr: Some(stderr),
            line: None,
        })
    }

    /// Starts a command in a terminal of its own.
    ///
    /// # Errors
    /// In the operator's words, why it cannot be started.
    pub fn start_in_terminal(start: Start<'_>, size: Size) -> Result<Self, String> {
        let cannot = |error: io::Error| format!("cannot make a terminal: {error}");
        let Terminal { master, line } = Terminal::open(size).map_err(cannot)?;
        let again = || line.try_clone().map_err(cannot);
        let (input, output) = (again()?, again()?);
        let (mut complaint, complaint_end) = io::pipe().map_err(cannot)?;
        let (name, arguments) = start.words()?;
        let mut words = vec![terminal::SUBCOMMAND.into(), start.program(name)];
        words.extend(arguments.iter().map(OsString::from));
        let ourselves = ourselves().map_err(cannot)?;
        let mut expression = duct::cmd(ourselves, words)
            .stdin_file(input)
            .stdout_file(output)
            .stderr_file(OwnedFd::from(complaint_end));
        let given = |wanted: &str| start.env.iter().any(|(name, _)| name == wanted);
        // Inherited, these would tell of the terminal in which the console was started.
        for name in ["COLUMNS", "LINES"] {
            if !given(name) {
                expression = expression.env_remove(name);
            }
        }
        if !given("TERM") {
            expression = expression.env("TERM", terminal::TERM);
        }
        let (handle, pid) = start.begin(expression).map_err(|not| not.words)?;
        if let Some((kind, words)) = terminal::complaint(&mut complaint) {
            // It ends by itself; nothing of the command has run.
            let _ = handle.wait();
            return Err(in_words(name, kind, &words));
        }
        Ok(Self {
            ended: watch(pid),
            handle,
            pid,
            stdout: master,
            stderr: None,
            line: Some(line),
        })
    }

    /// The command is gone: its terminal ends when whatever it left behind lets go.
    pub fn let_go_of_terminal(&mut self) {
        self.line = None;
    }

    /// Whether it runs in a terminal.
    pub fn has_terminal(&self) -> bool {
        self.stderr.is_none()
    }

    /// What it prints into: its standard output and its standard error.
    pub fn outputs(&self) -> [Option<&OwnedFd>; 2] {
        [Some(&self.stdout), self.stderr.as_ref()]
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        u32::try_from(self.pid.as_raw_nonzero().get()).unwrap_or(0)
    }

    /// The same, as the kernel is asked for it.
    pub fn leader(&self) -> Pid {
        self.pid
    }

    /// How it ended, if it did. A command that cannot be waited for any more is
    /// gone, and its end was not seen. Not for a supervisor: there its
    /// [`kin`](super::kin) reaps the command with all the rest.
    pub fn try_wait(&self) -> Option<Ended> {
        match self.handle.try_wait() {
            Ok(None) => None,
            Ok(Some(output)) => Some(ended(output.status)),
            Err(_) => Some(Ended::Lost),
        }
    }

    /// Kills the command and what is in its group.
    pub fn kill_group(&self) {
        // It may be gone already, which is what is wanted.
        let _ = kill_process_group(self.pid, Signal::KILL);
    }

    /// Whether anything is left in the command's group.
    pub fn group_is_alive(&self) -> bool {
        test_kill_process_group(self.pid).is_ok()
    }
}

impl Start<'_> {
    fn words(&self) -> Result<(&String, &[String]), String> {
        self.argv
            .split_first()
            .ok_or_else(|| "there is no program to run".to_owned())
    }

    /// What is handed to the system for a program of this name. A path that is relative to
    /// where this process stands is so also for a command in another folder, which has to
    /// know itself by its path there.
    fn program(&self, name: &str) -> OsString {
        let elsewhere = self.cwd.is_some() && name.contains('/');
        let path = elsewhere.then(|| std::path::absolute(name).ok()).flatten();
        path.map_or_else(|| name.into(), PathBuf::into_os_string)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "it holds the command's end of its terminal, which must not stay open here"
    )]
    fn begin(&self, expression: duct::Expression) -> Result<(duct::Handle, Pid), NotBegun> {
        let (program, _) = self.words()?;
        let mut expression = expression.unchecked();
        for (name, value) in self.env {
            expression = expression.env(name, value);
        }
        if let Some(folder) = self.cwd {
            if !Path::new(folder).is_dir() {
                return Err(format!("its folder {folder} does not exist").into());
            }
            expression = expression.dir(folder);
        }
        let handle = expression.start().map_err(|error| NotBegun {
            looks_on: lookup::looks_on(&error),
            words: in_words(program, error.kind(), &error.to_string()),
        })?;
        let pid = handle
            .pids()
            .first()
            .and_then(|&pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw)
            .ok_or_else(|| "the command has no process".to_owned())?;
        Ok((handle, pid))
    }
}

/// Why a command was not started.
#[derive(Debug)]
struct NotBegun {
    /// In the operator's words.
    words: String,
    /// The system would look for it in the next folder.
    looks_on: bool,
}

impl From<String> for NotBegun {
    fn from(words: String) -> Self {
        Self {
            words,
            looks_on: false,
        }
    }
}

/// From here on the command runs: nothing may say that it does not.
fn watch(pid: Pid) -> Option<OwnedFd> {
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

/// This program, also when its file was replaced since it started.
fn ourselves() -> io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe()
}

fn in_words(program: &str, kind: io::ErrorKind, error: &str) -> String {
    match kind {
        io::ErrorKind::NotFound => format!("the program `{program}` is not installed"),
        io::ErrorKind::ArgumentListTooLong => {
            "its script is too long for the kernel: move it to a file".to_owned()
        }
        _ => format!("`{program}` cannot be started: {error}"),
    }
}

/// How a command that nobody here stopped ended.
pub fn ended(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Exit { code },
        (None, Some(signal)) => Ended::Signal { signal },
        (None, None) => Ended::Lost,
    }
}

/// Leaves no core dump of this process, which may hold secrets, and lets no other
/// process of the user look into it. A command that it starts is not concerned: this
/// ends with the exec, and its limit for core dumps is the one that the console was
/// started with. That limit is not what keeps ours from being written: the kernel
/// does not heed it where dumps go to a program, and without unsafe code it could not
/// be given back between the fork and the exec.
pub fn leave_no_dump() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A kernel that cannot do this has nothing better.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
