//! Moving a run to another disk, because its own is full, read-only or failing.
//!
//! What is durable is copied, synced, and audited in the new place before anything goes on there; the
//! old place is marked so that nobody drives the run twice. Commands that still run are left alone:
//! their supervisors write where they always did, and the run knows where that is until they are
//! over and what they left is brought home.

mod copy;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::executor::{attach, supervisor};
use crate::journal::{JournalError, audit::audit, lock::Lock};
use crate::run_dir::{AttemptDir, MovedFrom, MovedTo, RunDir, RunDirError};

/// How often it is looked whether a supervisor has ended.
const LOOKS: u32 = 20;
/// From one look to the next.
const BETWEEN: Duration = Duration::from_millis(50);

/// Why a run is not moved. It stays as it was where it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The run's directory cannot be used.
    #[error(transparent)]
    Dir(#[from] RunDirError),
    /// Someone drives the run, or its journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Something else stands in the new place.
    #[error("{} exists already and is not this run, moved: choose another directory", .0.display())]
    Taken(PathBuf),
    /// It was moved before.
    #[error("{}", gone(.0))]
    Gone(MovedTo),
    /// The operating system said no.
    #[error("the run cannot be moved: {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The copy is not what was copied.
    #[error("the run was not moved: its copy does not hold: {}", .0.join("; "))]
    Unlike(Vec<String>),
}

/// A run in its new place.
#[derive(Debug)]
pub struct Moved {
    /// Its directory there.
    pub path: PathBuf,
    /// What could not be read in the old place, and so is missing here.
    pub missing: Vec<String>,
    /// The old place could not be told, and why.
    pub unmarked: Option<String>,
}

/// In words, where a run is now.
pub fn gone(moved: &MovedTo) -> String {
    if moved.to.as_os_str().is_empty() {
        return "this run was moved to another disk, which could not be noted here".to_owned();
    }
    let state = moved.to.parent().and_then(Path::parent);
    format!(
        "this run was moved to {} by {}: take it up there with `RBCONSOLE_STATE_DIR={} rbconsole \
         resume {}`",
        moved.to.display(),
        moved.by,
        state.unwrap_or(&moved.to).display(),
        moved.to.file_name().unwrap_or_default().to_string_lossy(),
    )
}

/// Moves the run at `old` into the state directory `state`. A run that stands there already, moved
/// from here, is just found.
///
/// # Errors
/// When someone drives it, or it cannot be copied whole. Nothing has changed then.
pub fn relocate(
    old: &Path,
    state: &Path,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Moved, MoveError> {
    let old = fs::canonicalize(old).map_err(at("find", old))?;
    let dir = RunDir::open(&old)?;
    let runs = state.join("runs");
    make(&runs, true)?;
    let runs = fs::canonicalize(&runs).map_err(at("find", &runs))?;
    let new = runs.join(dir.id());
    if let Some(found) = moved_before(&dir, &new)? {
        return Ok(found);
    }
    let lock = Lock::hold(&dir)?;
    let running = running(&dir);
    let staging = runs.join(format!(".{}.moving", dir.id()));
    // What an earlier try left.
    match fs::remove_dir_all(&staging) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(at("remove", &staging)(error));
        }
        _ => {}
    }
    make(&staging, false)?;
    let moved = MovedFrom {
        from: old.clone(),
        at: now,
        by: by.to_owned(),
        running: running.iter().cloned().collect(),
    };
    let copied = copy::tree(&old, &staging, &running).and_then(|missing| {
        let copy = RunDir::open(&staging)?;
        copy.note_moved_from(&moved)
            .map_err(at("write into", &staging))?;
        compare(&dir, &RunDir::open(&staging)?, &missing)?;
        fs::rename(&staging, &new).map_err(at("rename", &staging))?;
        copy::sync(&runs)?;
        Ok(missing)
    });
    let missing = copied.inspect_err(|_| drop(fs::remove_dir_all(&staging)))?;
    let unmarked = mark(&dir, &new, by, now);
    drop(lock);
    Ok(Moved {
        path: new,
        missing: missing.into_iter().map(|it| it.words).collect(),
        unmarked,
    })
}

/// The run in its new place, if an earlier call brought it there.
fn moved_before(dir: &RunDir, new: &Path) -> Result<Option<Moved>, MoveError> {
    let known = dir.moved_to();
    if !new.exists() {
        return known.map_or(Ok(None), |moved| Err(MoveError::Gone(moved)));
    }
    if new == dir.path() {
        return Ok(Some(found(new, None)));
    }
    let there = RunDir::open(new)?.moved_from();
    let Some(there) = there.filter(|there| there.from == dir.path()) else {
        return Err(MoveError::Taken(new.to_owned()));
    };
    // The disk may take now what it did not take then.
    let unmarked = match known {
        Some(_) => None,
        None => mark(dir, new, &there.by, there.at),
    };
    Ok(Some(found(new, unmarked)))
}

fn found(path: &Path, unmarked: Option<String>) -> Moved {
    Moved {
        path: path.to_owned(),
        missing: Vec::new(),
        unmarked,
    }
}

/// Whether an attempt's supervisor lives, or may yet begin: one that has claimed nothing is kept
/// from it here, and where that cannot be done it belongs to this place.
fn runs(attempt: &AttemptDir) -> bool {
    supervisor::claim(attempt, "void").is_err() || attach::is_alive(attempt).unwrap_or(true)
}

/// The attempts whose supervisors live.
fn running(dir: &RunDir) -> BTreeSet<String> {
    fs::read_dir(dir.attempts())
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|item| item.file_name().to_string_lossy().into_owned())
        .filter(|name| runs(&dir.attempt(name)))
        .collect()
}

/// The copy is as long and as whole as the original, but for what could not be read there.
fn compare(old: &RunDir, new: &RunDir, missing: &[copy::Missing]) -> Result<(), MoveError> {
    let (before, after) = (audit(old, None)?, audit(new, None)?);
    let mut wrong: Vec<String> = after
        .findings
        .iter()
        .filter(|finding| !before.findings.contains(finding))
        .map(|finding| finding.words.clone())
        .filter(|words| !missing.iter().any(|it| words.contains(&it.attempt)))
        .collect();
    if (before.lines, before.head) != (after.lines, after.head) {
        wrong.push("its journal is not the same".to_owned());
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(MoveError::Unlike(wrong))
    }
}

/// Tells the old place where the run went; why not, if it cannot be told.
fn mark(dir: &RunDir, new: &Path, by: &str, at: DateTime<Utc>) -> Option<String> {
    let moved = MovedTo {
        to: new.to_owned(),
        at,
        by: by.to_owned(),
    };
    let error = dir.note_moved_to(&moved).err()?;
    // A rename takes no room: on a full disk the journal is put out of reach instead.
    match fs::rename(dir.journal(), dir.journal_put_aside()) {
        Ok(()) => None,
        Err(_) => Some(format!(
            "{} cannot be told that the run was moved ({error}): do not take it up there",
            dir.path().display()
        )),
    }
}

/// Brings home what attempts that are over left in the run's earlier place; what that came to, in
/// words.
pub(super) fn bring_home(dir: &RunDir) -> Vec<String> {
    let Some(mut moved) = dir.moved_from() else {
        return Vec::new();
    };
    let mut said = Vec::new();
    let mut running = Vec::new();
    for name in std::mem::take(&mut moved.running) {
        let there = dir.attempt(&name);
        if attach::is_alive(&there).unwrap_or(true) {
            running.push(name);
            continue;
        }
        let home = dir.attempts().join(&name);
        let brought =
            make(&home, true).and_then(|()| copy::tree(there.path(), &home, &BTreeSet::new()));
        match brought {
            Ok(missing) => said.extend(missing.into_iter().map(|it| it.words)),
            Err(error) => {
                said.push(format!("what {name} left stays where it is: {error}"));
                running.push(name);
            }
        }
    }
    moved.running = running;
    if let Err(error) = dir.note_moved_from(&moved) {
        said.push(format!("where attempts stand could not be noted: {error}"));
    }
    said
}

/// As [`bring_home`], when all attempts are over: their supervisors are about to end.
pub(super) fn bring_all_home(dir: &RunDir) {
    for _ in 0..LOOKS {
        let away = dir.moved_from().is_some_and(|it| !it.running.is_empty());
        if !away {
            return;
        }
        // What stays away is brought home by a later resume, and can be read until then.
        bring_home(dir);
        std::thread::sleep(BETWEEN);
    }
}

fn make(path: &Path, parents: bool) -> Result<(), MoveError> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(parents)
        .mode(0o700)
        .create(path)
        .map_err(at("make", path))
}

fn at(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> MoveError {
    let path = path.to_owned();
    move |source| MoveError::Io {
        doing,
        path: path.clone(),
        source,
    }
}
