//! The machine's process list: who descends from whom, and whose environment bears
//! the marker of an attempt.
//!
//! Where there is no such list (another system, a sandbox without it), nothing is
//! found.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use rustix::process::{
    Pid, PidfdFlags, Signal, getpid, kill_process, pidfd_open, pidfd_send_signal,
};

/// Clock ticks a second as the kernel tells them to programs.
const TICKS: u64 = 100;

/// A process as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub pid: Pid,
    /// What it is called: any text without control characters.
    pub name: String,
    /// Its group.
    pub group: Option<Pid>,
    /// When it was started, in ticks since boot: with the number it names one
    /// process of this boot.
    pub start: u64,
    parent: i32,
    dead: bool,
}

impl Seen {
    /// A process by its number, if it is there and not only waits to be reaped.
    pub fn of(pid: Pid) -> Option<Self> {
        Self::any(pid).filter(|seen| !seen.dead)
    }

    fn any(pid: Pid) -> Option<Self> {
        let stat = fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
        parse(pid, &stat)
    }

    /// Whether this same process is still alive.
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).is_some_and(|now| now.start == self.start)
    }

    /// How long after boot it was started.
    pub fn since_boot(&self) -> std::time::Duration {
        std::time::Duration::from_millis(self.start * (1000 / TICKS))
    }

    /// Signals this process and no other that might have been given its number:
    /// held by a descriptor, it is looked at again before.
    ///
    /// # Errors
    /// When it may not be signalled. That it is gone is no error.
    pub fn strike(&self, signal: Signal) -> io::Result<()> {
        let held = pidfd_open(self.pid, PidfdFlags::empty());
        if !self.is_alive() {
            return Ok(());
        }
        let struck = match &held {
            Ok(held) => pidfd_send_signal(held, signal),
            // A kernel without descriptors of processes.
            Err(rustix::io::Errno::NOSYS) => kill_process(self.pid, signal),
            Err(error) => Err(*error),
        };
        match struck {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Its name stands in parentheses and may hold any byte, so the last one ends it.
fn parse(pid: Pid, stat: &[u8]) -> Option<Seen> {
    let begin = memchr::memchr(b'(', stat)?;
    let end = memchr::memrchr(b')', stat).filter(|end| *end > begin)?;
    let rest = std::str::from_utf8(&stat[end + 1..]).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Seen {
        pid,
        name: plain(&String::from_utf8_lossy(&stat[begin + 1..end])),
        group: fields
            .get(2)?
            .parse()
            .ok()
            .filter(|group| *group > 0)
            .and_then(Pid::from_raw),
        start: fields.get(19)?.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        dead: matches!(*fields.first()?, "Z" | "X"),
    })
}

/// A process may call itself anything.
fn plain(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(64)
        .collect();
    let name = name.trim();
    if name.is_empty() { "?" } else { name }.to_owned()
}

/// All that descends from this process and is alive. With the adoption of orphans
/// ([`super::adopt_orphans`]) that is everything that its command started.
pub fn descendants() -> Vec<Seen> {
    let ourselves = getpid();
    let lists = Path::new("/proc/self/task")
        .join(ourselves.as_raw_nonzero().to_string())
        .join("children");
    // A kernel may be built without these lists.
    let parents = (!lists.exists()).then(children_of_all);
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    let mut waiting = vec![ourselves];
    while let Some(parent) = waiting.pop() {
        let children = match &parents {
            Some(of_all) => of_all
                .get(&parent.as_raw_nonzero().get())
                .cloned()
                .unwrap_or_default(),
            None => children(parent),
        };
        for child in children {
            if !known.insert(child.as_raw_nonzero()) {
                continue;
            }
            // Also a dead one may have children that it has not left yet.
            waiting.push(child);
            found.extend(Seen::of(child));
        }
    }
    found
}

/// The children of a process: each of its threads has its own.
fn children(parent: Pid) -> Vec<Pid> {
    let threads = fs::read_dir(format!("/proc/{}/task", parent.as_raw_nonzero()));
    threads
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|list| {
            list.split_ascii_whitespace()
                .filter_map(|pid| Pid::from_raw(pid.parse().ok()?))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn children_of_all() -> BTreeMap<i32, Vec<Pid>> {
    let mut children: BTreeMap<i32, Vec<Pid>> = BTreeMap::new();
    for seen in all().filter_map(Seen::any) {
        children.entry(seen.parent).or_default().push(seen.pid);
    }
    children
}

fn all() -> impl Iterator<Item = Pid> {
    let list = fs::read_dir("/proc").into_iter().flatten().flatten();
    list.filter_map(|item| {
        let name = item.file_name();
        let name = name.to_str()?;
        // Only digits: a sign would make another number of it.
        let digits = name.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Pid::from_raw(name.parse().ok()?)).flatten()
    })
}

/// Whose environment holds all of these variables: of those whose environment may be
/// read. This process and those above it are not among them.
pub fn marked(variables: &[(&str, &str)]) -> Vec<Seen> {
    let above = ancestors();
    all()
        .filter(|pid| !above.contains(pid))
        .filter(|pid| {
            fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero()))
                .is_ok_and(|environment| bears(&environment, variables))
        })
        .filter_map(Seen::of)
        .collect()
}

fn bears(environment: &[u8], variables: &[(&str, &str)]) -> bool {
    variables.iter().all(|(name, value)| {
        environment.split(|byte| *byte == 0).any(|variable| {
            variable
                .strip_prefix(name.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"="))
                .is_some_and(|rest| rest == value.as_bytes())
        })
    })
}

/// This process and all above it.
fn ancestors() -> Vec<Pid> {
    let mut above = vec![getpid()];
    while let Some(parent) = above
        .last()
        .and_then(|pid| Seen::any(*pid))
        .and_then(|seen| Pid::from_raw(seen.parent))
        .filter(|parent| !above.contains(parent))
    {
        above.push(parent);
    }
    above
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pid(number: i32) -> Pid {
        Pid::from_raw(number).unwrap()
    }

    #[test]
    fn a_name_cannot_pretend_to_be_other_fields() {
        let rest = "1 77 78 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4242 0 0";
        let of = |name: &str, state: &str| {
            let stat = format!("12 ({name}) {state} {rest}");
            parse(pid(12), stat.as_bytes())
        };
        let seen = of("a) S 1 9 9 (b\x1b[2J", "S").unwrap();
        assert_eq!(
            (seen.group, seen.start, seen.parent),
            (Some(pid(77)), 4242, 1)
        );
        assert_eq!(seen.name, "a) S 1 9 9 (b [2J");
        assert!(!seen.dead);
        assert!(of("gone", "Z").unwrap().dead);
        assert_eq!(of("", "S").unwrap().name, "?");
        for torn in ["", "12", "12 (torn", "12 (torn) S 1", ")("] {
            assert_eq!(parse(pid(12), torn.as_bytes()), None, "{torn}");
        }
    }

    #[test]
    fn all_of_the_marker_is_wanted_and_whole() {
        let environment = b"A=b\0RUN=r1\0ATTEMPT=001-a-1\0";
        let bears = |environment: &[u8], run, attempt| {
            bears(environment, &[("RUN", run), ("ATTEMPT", attempt)])
        };
        assert!(bears(environment, "r1", "001-a-1"));
        for (run, attempt) in [("r", "001-a-1"), ("r1", "001-a-10"), ("r1", "")] {
            assert!(!bears(environment, run, attempt), "{run} {attempt}");
        }
        assert!(!bears(b"XRUN=r1\0ATTEMPT=001-a-1", "r1", "001-a-1"));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a process is wanted")]
    fn a_child_is_found_and_only_it_is_struck() {
        let mut child = std::process::Command::new("sleep")
            .arg("600")
            .spawn()
            .unwrap();
        let number = Pid::from_child(&child);
        let seen = descendants()
            .into_iter()
            .find(|seen| seen.pid == number)
            .unwrap();
        let by_all = children_of_all();
        assert!(by_all[&getpid().as_raw_nonzero().get()].contains(&number));
        let other = Seen {
            start: seen.start + 1,
            ..seen.clone()
        };
        other.strike(Signal::KILL).unwrap();
        assert!(seen.is_alive());
        assert!(!other.is_alive());
        seen.strike(Signal::KILL).unwrap();
        child.wait().unwrap();
        assert!(!seen.is_alive());
        seen.strike(Signal::KILL).unwrap();
        assert!(ancestors().contains(&getpid()));
    }
}
