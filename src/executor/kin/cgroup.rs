//! A control group around a command, where the user may make one: root, or whoever
//! has a version 2 hierarchy delegated.
//!
//! It adds two things to what the adoption of orphans gives: a KILL that no fork
//! can outrun, and the names of what is left when the supervisor itself is gone,
//! also of those that have cleared their environment. Moving a process costs
//! milliseconds in which the kernel waits for all processors, so it is only done for
//! a command that has been running for a while or is about to be stopped. That is
//! free of races: what descends from this process is moved until nothing is left to
//! move, and what a member forks is a member.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Pid, getpid};

use super::{
    Marker,
    processes::{Seen, descendants},
};
use crate::run_dir::{AttemptDir, read_private, write_private};

/// What every group of ours is called, before the run and the attempt.
const PREFIX: &str = "rbconsole-";
/// How often it is looked for what has not been moved. More than a few rounds are
/// needed by a command only that forks faster than it can be moved.
const ROUNDS: usize = 20;
/// The longest path of a group.
const MAX_PATH: u64 = 4096;

/// How long a command runs before it gets a group: what is over sooner need not wait
/// for the kernel to move it.
const LATER: Duration = Duration::from_secs(1);

/// The control group around the command of an attempt, from the time that it pays.
#[derive(Debug)]
pub struct Fence<'a> {
    dir: &'a AttemptDir,
    marker: &'a Marker,
    /// When it is made; it is tried once.
    due: Option<Duration>,
    enclosure: Option<Enclosure>,
}

impl<'a> Fence<'a> {
    /// A fence for a command that began at this time since boot.
    pub fn later(dir: &'a AttemptDir, marker: &'a Marker, began: Duration) -> Self {
        Self {
            dir,
            marker,
            due: Some(began + LATER),
            enclosure: None,
        }
    }

    /// When it is to be made, if it has not been tried.
    pub fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Makes it around all that runs, where that is allowed.
    pub fn raise(&mut self) {
        if self.due.take().is_some() {
            self.enclosure = Enclosure::around(self.dir, self.marker);
        }
    }

    /// Whether it was made, or tried to.
    pub fn is_raised(&self) -> bool {
        self.due.is_none()
    }

    /// Kills everything in it at once.
    pub fn kill(&self) {
        if let Some(enclosure) = &self.enclosure {
            enclosure.kill();
        }
    }

    /// Removes it; what is still in it goes back to where it came from.
    pub fn remove(&mut self) {
        if let Some(enclosure) = self.enclosure.take() {
            enclosure.leave();
        }
    }
}

#[derive(Debug)]
struct Enclosure {
    group: PathBuf,
    /// Where its members came from.
    home: PathBuf,
    record: PathBuf,
}

impl Enclosure {
    /// Makes a group for an attempt and moves all descendants of this process into
    /// it. Nothing where that is not allowed or not there.
    fn around(dir: &AttemptDir, marker: &Marker) -> Option<Self> {
        let home = own()?;
        clear(&home);
        let Marker { run, attempt, mark } = marker;
        let owner = Seen::of(getpid())?;
        let group = home.join(format!("{PREFIX}{run}-{attempt}.{mark}@{}", named(&owner)));
        fs::create_dir(&group).ok()?;
        let enclosure = Self {
            group,
            home,
            record: dir.cgroup(),
        };
        // Without the record a resume would not find it.
        let recorded = write_private(
            &enclosure.record,
            enclosure.group.as_os_str().as_encoded_bytes(),
        );
        if recorded.is_err() || !enclosure.gather() {
            enclosure.leave();
            return None;
        }
        Some(enclosure)
    }

    /// Moves in what is not yet; whether that is allowed.
    fn gather(&self) -> bool {
        for _ in 0..ROUNDS {
            let inside = members(&self.group);
            let mut outside = descendants();
            outside.retain(|seen| !inside.contains(&seen.pid));
            if outside.is_empty() {
                return true;
            }
            for seen in outside {
                // One that has just ended cannot be moved, which is no obstacle. Where
                // none can be, there is no reason to try again.
                if let Err(error) = enter(&self.group, seen.pid)
                    && error.raw_os_error() != Some(rustix::io::Errno::SRCH.raw_os_error())
                {
                    return false;
                }
            }
        }
        true
    }

    fn kill(&self) {
        // Older kernels do not have it; there each is killed by its number.
        let _ = tell(&self.group.join("cgroup.kill"), "1");
    }

    fn leave(self) {
        for _ in 0..ROUNDS {
            for member in members(&self.group) {
                let _ = enter(&self.home, member);
            }
            match fs::remove_dir(&self.group) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
                _ => break,
            }
        }
        let _ = fs::remove_file(&self.record);
    }
}

fn enter(group: &Path, process: Pid) -> io::Result<()> {
    let number = process.as_raw_nonzero().to_string();
    tell(&group.join("cgroup.procs"), &number)
}

/// Writes into a file that the kernel keeps.
fn tell(file: &Path, words: &str) -> io::Result<()> {
    let mut file = fs::File::options().write(true).open(file)?;
    file.write_all(words.as_bytes())
}

fn members(group: &Path) -> Vec<Pid> {
    let list = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    list.lines()
        .filter_map(|pid| Pid::from_raw(pid.parse().ok()?))
        .collect()
}

/// How a group names the supervisor that made it: a number alone may be given again.
fn named(owner: &Seen) -> String {
    format!("{}-{}", owner.pid.as_raw_nonzero(), owner.start)
}

/// Removes the empty groups that killed supervisors have left beside this process, of
/// whichever run: nobody may ever look into theirs again.
pub fn clear_abandoned() {
    if let Some(home) = own() {
        clear(&home);
    }
}

fn clear(home: &Path) {
    for item in fs::read_dir(home).into_iter().flatten().flatten() {
        if is_abandoned(&item.file_name().to_string_lossy()) {
            // Only an empty one can be removed. So nothing is lost either where its
            // supervisor lives after all and is only not seen from here, as from
            // another container.
            let _ = fs::remove_dir(item.path());
        }
    }
}

/// Whether this is the name of a group of ours whose supervisor is gone.
fn is_abandoned(name: &str) -> bool {
    let owner = || {
        let (_, owner) = name.strip_prefix(PREFIX)?.rsplit_once('@')?;
        let (pid, _) = owner.split_once('-')?;
        Some((
            owner,
            Pid::from_raw(pid.parse().ok().filter(|pid| *pid > 0)?)?,
        ))
    };
    owner().is_some_and(|(owner, pid)| Seen::of(pid).is_none_or(|seen| named(&seen) != owner))
}

/// What is left in the group of an attempt whose supervisor is gone. An empty group
/// is removed.
pub fn abandoned(dir: &AttemptDir) -> Vec<Seen> {
    let Ok(bytes) = read_private(&dir.cgroup(), MAX_PATH) else {
        return Vec::new();
    };
    let group = PathBuf::from(String::from_utf8_lossy(&bytes).into_owned());
    // The file could say anything; only a group of ours is looked at.
    let ours = group
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
        && group
            .components()
            .all(|part| !matches!(part, std::path::Component::ParentDir))
        && mounts().iter().any(|(_, mount)| group.starts_with(mount));
    if !ours {
        return Vec::new();
    }
    let left: Vec<Seen> = members(&group).into_iter().filter_map(Seen::of).collect();
    if left.is_empty() && fs::remove_dir(&group).is_ok() {
        let _ = fs::remove_file(dir.cgroup());
    }
    left
}

/// The group in which this process is.
fn own() -> Option<PathBuf> {
    let all = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = all.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts()
        .iter()
        .find_map(|(root, mount)| Some(mount.join(inside(path, root)?)))
        .filter(|group| group.is_dir())
}

/// A path of the hierarchy as it is seen below a mount of one of its groups.
fn inside<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(root.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
}

/// Where the version 2 hierarchy is mounted, each with the group that is its root.
fn mounts() -> Vec<(String, PathBuf)> {
    let all = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    all.lines()
        .filter_map(|line| {
            let (of_mount, of_system) = line.split_once(" - ")?;
            if of_system.split(' ').next() != Some("cgroup2") {
                return None;
            }
            let mut fields = of_mount.split(' ').skip(3);
            Some((fields.next()?.to_owned(), PathBuf::from(fields.next()?)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_below_its_mount() {
        assert_eq!(inside("/", "/"), Some(""));
        assert_eq!(inside("/user.slice/a", "/"), Some("user.slice/a"));
        assert_eq!(inside("/box/a", "/box"), Some("a"));
        assert_eq!(inside("/box", "/box"), Some(""));
        assert_eq!(inside("/boxes/a", "/box"), None);
        assert_eq!(inside("/other", "/box"), None);
    }

    #[test]
    fn only_what_names_a_dead_supervisor_is_abandoned() {
        let us = Seen::of(getpid()).unwrap();
        let (pid, start) = (us.pid.as_raw_nonzero(), us.start);
        let reused = format!("{pid}-{}", start + 1);
        for (owner, wanted) in [
            (named(&us), false),
            (reused, true),
            // Above the highest number that there is.
            ("2000000000-7".to_owned(), true),
            ("0-7".to_owned(), false),
            ("-1-7".to_owned(), false),
            ("x-7".to_owned(), false),
        ] {
            let name = format!("rbconsole-run@1-001-a-1.39-12@{owner}");
            assert_eq!(is_abandoned(&name), wanted, "{name}");
        }
        assert!(!is_abandoned("rbconsole-run-001-a-1.39-2000000000"));
        assert!(!is_abandoned("other-run-001-a-1.39-12@2000000000-7"));
    }

    #[test]
    fn a_record_that_names_another_group_is_not_believed() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = AttemptDir::at(scratch.path().to_owned());
        assert_eq!(abandoned(&dir), []);
        let folder = scratch.path().join("rbconsole-x");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("cgroup.procs"), "1\n").unwrap();
        let mut lies = vec![folder.display().to_string(), "/".to_owned(), String::new()];
        for (_, mount) in mounts() {
            lies.push(mount.display().to_string());
            lies.push(format!("{}/../rbconsole-x", mount.display()));
        }
        for lie in lies {
            write_private(&dir.cgroup(), lie.as_bytes()).unwrap();
            assert_eq!(abandoned(&dir), [], "{lie}");
        }
        assert!(folder.is_dir());
    }
}
