//! What a command started: everything that a stop must reach, and what is named
//! when it is left behind.
//!
//! A supervisor adopts the orphans of its command ([`adopt_orphans`]): what forks
//! twice, takes a session of its own or clears its environment still descends from
//! the supervisor, so that as long as that lives nothing of a command escapes it.
//! Beyond that the environment marker tells: of what another process started in the
//! command's name, and of all that is left when the supervisor is gone.

pub mod cgroup;
pub mod processes;

use std::{
    io,
    os::unix::{fs::MetadataExt, process::ExitStatusExt},
    path::Path,
    process::ExitStatus,
};

use chrono::TimeDelta;
use rustix::process::{
    Pid, Signal, WaitOptions, getpgrp, kill_process_group, test_kill_process_group, wait,
};

use super::{clock, process};
use crate::engine::observed::{Ended, Survivor};
use crate::run_dir::AttemptDir;
use processes::{Seen, descendants, marked};

/// The most survivors that a record names; more are counted.
const NAMED: usize = 64;

/// The environment variables by which the processes of an attempt are known. Runs of
/// the same name may lie in two state directories, so that the names alone, which are
/// for scripts, do not tell whose a process is: the directory's own number does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    run: String,
    attempt: String,
    mark: String,
}

impl Marker {
    /// The marker of an attempt, by its directory.
    ///
    /// # Errors
    /// When the directory cannot be looked at.
    pub fn of(dir: &AttemptDir) -> io::Result<Self> {
        let meta = std::fs::metadata(dir.path())?;
        let name = |path: Option<&Path>| {
            let name = path.and_then(Path::file_name).unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let run = dir.path().parent().and_then(Path::parent);
        Ok(Self {
            run: name(run),
            attempt: name(Some(dir.path())),
            mark: format!("{}-{}", meta.dev(), meta.ino()),
        })
    }

    /// The variables, by name.
    pub fn variables(&self) -> [(&'static str, &str); 3] {
        [
            ("RBCONSOLE_RUN", &self.run),
            ("RBCONSOLE_ATTEMPT", &self.attempt),
            ("RBCONSOLE_MARK", &self.mark),
        ]
    }

    /// Who bears it among all processes.
    pub fn bearers(&self) -> Vec<Seen> {
        marked(&self.variables())
    }
}

/// From here on orphans among the descendants of this process become its children,
/// which it has to reap: [`Kin`] does.
pub fn adopt_orphans() {
    // Where the kernel cannot do that, the command's group and the marker are left.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// A command and what it started. There is one to a process: all children of this
/// process are taken to be the command's.
#[derive(Debug)]
pub struct Kin {
    leader: Pid,
    marker: Marker,
    end: Option<Ended>,
    /// What a stop found outside: started in the command's name by somebody else.
    outside: Vec<Seen>,
    childless: bool,
}

impl Kin {
    /// The kin of a command that leads a group of its own.
    pub fn of(leader: Pid, marker: Marker) -> Self {
        Self {
            leader,
            marker,
            end: None,
            outside: Vec::new(),
            childless: false,
        }
    }

    /// How the command ended, if it did. A command that cannot be waited for any more
    /// is gone, and its end was not seen.
    pub fn command_ended(&mut self) -> Option<Ended> {
        self.reap();
        let lost = self.childless && self.end.is_none();
        self.end.clone().or(lost.then_some(Ended::Lost))
    }

    fn reap(&mut self) {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.leader => {
                    let status = ExitStatus::from_raw(status.as_raw());
                    self.end = Some(process::ended(status));
                }
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                still => {
                    self.childless = still.is_err();
                    return;
                }
            }
        }
    }

    /// Whether anything of them is left.
    pub fn is_alive(&mut self) -> bool {
        self.reap();
        self.outside.retain(Seen::is_alive);
        !self.childless || !self.outside.is_empty() || test_kill_process_group(self.leader).is_ok()
    }

    /// Signals all of them.
    pub fn signal(&mut self, signals: &[Signal]) {
        let within = descendants();
        let ours = getpgrp();
        // A whole group at once also reaches what is forked at this moment.
        let mut groups = vec![self.leader];
        for group in within.iter().filter_map(|seen| seen.group) {
            if group != ours && !groups.contains(&group) {
                groups.push(group);
            }
        }
        for seen in self.marker.bearers() {
            let known = within
                .iter()
                .chain(&self.outside)
                .any(|it| it.pid == seen.pid);
            if !known {
                self.outside.push(seen);
            }
        }
        for &signal in signals {
            for &group in &groups {
                // It may be gone already, which is what is wanted.
                let _ = kill_process_group(group, signal);
            }
            let alone = within
                .iter()
                .filter(|seen| seen.group.is_none_or(|group| !groups.contains(&group)));
            for seen in alone.chain(&self.outside) {
                // What may not be signalled is named at the end.
                let _ = seen.strike(signal);
            }
        }
    }

    /// What is left of them, by name. Costs nothing where nothing is left.
    pub fn survivors(&mut self) -> Survivors {
        if !self.is_alive() {
            return Survivors::default();
        }
        let mut left = descendants();
        for seen in &self.outside {
            if !left.iter().any(|it| it.pid == seen.pid) {
                left.push(seen.clone());
            }
        }
        Survivors::name(left)
    }
}

/// What is left of the command of a supervisor that is gone: by its control group, if
/// it had one, and by the marker.
pub fn left_by_the_lost(dir: &AttemptDir) -> Survivors {
    let mut left = cgroup::abandoned(dir);
    let bearers = Marker::of(dir).map(|marker| marker.bearers());
    for seen in bearers.unwrap_or_default() {
        if !left.iter().any(|it| it.pid == seen.pid) {
            left.push(seen);
        }
    }
    Survivors::name(left)
}

/// Processes that outlived their command, as a report names them.
#[derive(Debug, Default)]
pub struct Survivors {
    /// By name.
    pub named: Vec<Survivor>,
    /// How many there are beyond those.
    pub more: u64,
}

impl Survivors {
    /// Names them, the oldest first.
    pub fn name(mut seen: Vec<Seen>) -> Self {
        seen.sort_by_key(|seen| (seen.start, seen.pid.as_raw_nonzero()));
        let booted = clock::now() - TimeDelta::from_std(clock::boottime()).unwrap_or_default();
        let named = seen.iter().take(NAMED).map(|seen| Survivor {
            pid: u32::try_from(seen.pid.as_raw_nonzero().get()).unwrap_or_default(),
            name: seen.name.clone(),
            since: booted + TimeDelta::from_std(seen.since_boot()).unwrap_or_default(),
        });
        Self {
            named: named.collect(),
            more: seen.len().saturating_sub(NAMED) as u64,
        }
    }
}
