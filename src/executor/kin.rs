//! What a command started: everything that a stop must reach.
//!
//! With pipes that is one process group. In a terminal a shell gives each of its
//! jobs a group of its own; all of them belong to the session that the command
//! leads, and the kernel's process list says which.

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// A command and what it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kin {
    /// The group that this process leads.
    Group(Pid),
    /// All groups of the session that this process leads.
    Session(Pid),
}

impl Kin {
    /// Signals all of them.
    pub fn signal(self, signal: Signal) {
        for group in self.groups() {
            // It may be gone already, which is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Whether anything of them is left.
    pub fn is_alive(self) -> bool {
        match self {
            Kin::Group(leader) => test_kill_process_group(leader).is_ok(),
            Kin::Session(leader) => !groups_of(leader).is_empty(),
        }
    }

    fn groups(self) -> Vec<Pid> {
        match self {
            Kin::Group(leader) => vec![leader],
            Kin::Session(leader) => {
                let mut groups = groups_of(leader);
                // Where there is no process list, at least its own group is reached.
                if !groups.contains(&leader) && test_kill_process_group(leader).is_ok() {
                    groups.push(leader);
                }
                groups
            }
        }
    }
}

/// The groups of a session that have a living member.
fn groups_of(session: Pid) -> Vec<Pid> {
    let mut groups: Vec<Pid> = Vec::new();
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return groups;
    };
    for process in processes.flatten() {
        let name = process.file_name();
        let is_process = name
            .to_str()
            .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_process {
            continue;
        }
        // One that has just ended has no file any more.
        let Ok(stat) = std::fs::read(process.path().join("stat")) else {
            continue;
        };
        if let Some((group, of)) = group_and_session(&stat)
            && of == session
            && !groups.contains(&group)
        {
            groups.push(group);
        }
    }
    groups
}

/// Of a living process. Its name stands in parentheses and may hold any byte, so
/// the last one ends it.
fn group_and_session(stat: &[u8]) -> Option<(Pid, Pid)> {
    let end = memchr::memrchr(b')', stat)?;
    let rest = std::str::from_utf8(&stat[end + 1..]).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?;
    let mut pid = |skip: usize| Pid::from_raw(fields.nth(skip)?.parse().ok()?);
    let (group, session) = (pid(1)?, pid(0)?);
    (!matches!(state, "Z" | "X")).then_some((group, session))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_pretend_to_be_another_session() {
        let pid = |n| Pid::from_raw(n).unwrap();
        let found = group_and_session(b"12 (a) S 1 9 9 (b) S 1 77 78 0 -1");
        assert_eq!(found, Some((pid(77), pid(78))));
        assert_eq!(group_and_session(b"12 (gone) Z 1 77 78 0"), None);
        assert_eq!(group_and_session(b"12 (torn) S 1"), None);
        assert_eq!(group_and_session(b""), None);
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a session of its own is wanted, and that is a process"
    )]
    fn a_session_is_found_until_its_last_process_is_gone() {
        // Not the tests' own: its leader may stand outside this process namespace,
        // and then it has no number in here.
        let mut leader = std::process::Command::new("setsid")
            .args(["sleep", "600"])
            .spawn()
            .unwrap();
        let pid = Pid::from_child(&leader);
        let kin = Kin::Session(pid);
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !kin.is_alive() && std::time::Instant::now() < until {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(groups_of(pid).contains(&pid));
        kin.signal(Signal::KILL);
        leader.wait().unwrap();
        assert!(!kin.is_alive());
    }
}
