//! The command itself: its pipes, its process group, its end.

use std::{
    io,
    os::{
        fd::OwnedFd,
        unix::process::{CommandExt, ExitStatusExt},
    },
    process::ExitStatus,
};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::engine::observed::Ended;

/// A pipe this large lets a flood run ahead of the supervisor (Linux's maximum
/// for unprivileged users).
const PIPE_BYTES: usize = 1 << 20;

/// A command that runs, leader of a process group of its own.
#[derive(Debug)]
pub struct Process {
    handle: duct::Handle,
    pid: Pid,
    /// Readable when the command has ended; without it one has to look.
    pub ended: Option<OwnedFd>,
    /// Its standard output.
    pub stdout: OwnedFd,
    /// Its standard error.
    pub stderr: OwnedFd,
}

impl Process {
    /// Starts a command.
    ///
    /// # Errors
    /// In the operator's words, why it cannot be started.
    pub fn start(
        argv: &[String],
        cwd: Option<&str>,
        env: &[(String, String)],
    ) -> Result<Self, String> {
        let cannot = |what: &str, error: &io::Error| format!("{what}: {error}");
        let pipe = || -> io::Result<(OwnedFd, OwnedFd)> {
            let (reader, writer) = io::pipe()?;
            // A smaller pipe is only slower.
            let _ = rustix::pipe::fcntl_setpipe_size(&writer, PIPE_BYTES);
            rustix::io::ioctl_fionbio(&reader, true)?;
            Ok((reader.into(), writer.into()))
        };
        let (stdout, stdout_end) = pipe().map_err(|e| cannot("cannot make a pipe", &e))?;
        let (stderr, stderr_end) = pipe().map_err(|e| cannot("cannot make a pipe", &e))?;
        let (program, arguments) = argv
            .split_first()
            .ok_or_else(|| "there is no program to run".to_owned())?;
        let mut expression = duct::cmd(program, arguments)
            .stdin_null()
            .stdout_file(stdout_end)
            .stderr_file(stderr_end)
            .unchecked()
            .before_spawn(|command| {
                command.process_group(0);
                Ok(())
            });
        for (name, value) in env {
            expression = expression.env(name, value);
        }
        if let Some(folder) = cwd {
            if !std::path::Path::new(folder).is_dir() {
                return Err(format!("its folder {folder} does not exist"));
            }
            expression = expression.dir(folder);
        }
        let handle = expression.start().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("the program `{program}` is not installed"),
            io::ErrorKind::ArgumentListTooLong => {
                "its script is too long for the kernel: move it to a file".to_owned()
            }
            _ => cannot(&format!("`{program}` cannot be started"), &error),
        })?;
        let pid = handle
            .pids()
            .first()
            .and_then(|&pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw)
            .ok_or_else(|| "the command has no process".to_owned())?;
        // From here on it runs: nothing may say that it does not.
        let ended = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok();
        Ok(Self {
            handle,
            pid,
            ended,
            stdout,
            stderr,
        })
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        u32::try_from(self.pid.as_raw_nonzero().get()).unwrap_or(0)
    }

    /// How it ended, if it did. A command that cannot be waited for any more is
    /// gone, and its end was not seen.
    pub fn try_wait(&self) -> Option<Ended> {
        match self.handle.try_wait() {
            Ok(None) => None,
            Ok(Some(output)) => Some(ended(output.status)),
            Err(_) => Some(Ended::Lost),
        }
    }

    /// Signals the whole group: the command and what it started.
    pub fn signal(&self, signal: Signal) {
        // The group may be gone already, which is what is wanted.
        let _ = kill_process_group(self.pid, signal);
    }

    /// Whether anything of the group is left.
    pub fn group_is_alive(&self) -> bool {
        test_kill_process_group(self.pid).is_ok()
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
