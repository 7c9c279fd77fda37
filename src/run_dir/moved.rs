//! A run that was moved to another disk: where it came from, and where it went.

use std::{io, path::PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AttemptDir, RunDir, private_file, read_private};

/// The most that either file holds.
const LIMIT: u64 = 1 << 20;

/// In the new place: where the run was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedFrom {
    /// The run's directory there.
    pub from: PathBuf,
    /// When.
    pub at: DateTime<Utc>,
    /// Who moved it.
    pub by: String,
    /// Attempts that were running: what belongs to them is still there.
    pub running: Vec<String>,
}

/// In the old place: where the run is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedTo {
    /// The run's directory there.
    pub to: PathBuf,
    /// When.
    pub at: DateTime<Utc>,
    /// Who moved it.
    pub by: String,
}

impl RunDir {
    fn moved_from_file(&self) -> PathBuf {
        self.root.join("moved_from.json")
    }

    fn moved_to_file(&self) -> PathBuf {
        self.root.join("moved_to.json")
    }

    /// Where the journal stands if the run was moved and nothing else could say so.
    pub fn journal_put_aside(&self) -> PathBuf {
        self.root.join("journal.moved.jsonl")
    }

    /// Where the run was before, if it was moved here.
    pub fn moved_from(&self) -> Option<MovedFrom> {
        let bytes = read_private(&self.moved_from_file(), LIMIT).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Where the run is now, if it was moved away; an empty path where that could not be
    /// written down.
    pub fn moved_to(&self) -> Option<MovedTo> {
        let read = read_private(&self.moved_to_file(), LIMIT).ok();
        let said = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let aside = || {
            let is_aside = !self.journal().exists() && self.journal_put_aside().exists();
            is_aside.then(|| MovedTo {
                to: PathBuf::new(),
                at: DateTime::UNIX_EPOCH,
                by: String::new(),
            })
        };
        said.or_else(aside)
    }

    /// Notes where the run was before.
    ///
    /// # Errors
    /// When that cannot be written durably.
    pub fn note_moved_from(&self, moved: &MovedFrom) -> io::Result<()> {
        replace(&self.moved_from_file(), &serde_json::to_vec(moved)?)
    }

    /// Notes where the run is now.
    ///
    /// # Errors
    /// When that cannot be written durably.
    pub fn note_moved_to(&self, moved: &MovedTo) -> io::Result<()> {
        replace(&self.moved_to_file(), &serde_json::to_vec(moved)?)
    }

    /// The attempts that are still in the run's earlier place.
    pub(super) fn elsewhere(&self) -> Vec<(String, AttemptDir)> {
        let Some(moved) = self.moved_from() else {
            return Vec::new();
        };
        // The earlier place is the operator's alone too, or nothing of it counts.
        if super::safe_folder(&moved.from, "A run's directory").is_err() {
            return Vec::new();
        }
        let attempts = moved.from.join("attempts");
        let name_is_one = |name: &String| !name.is_empty() && !name.contains(['/', '\0']);
        moved
            .running
            .into_iter()
            .filter(name_is_one)
            .filter(|name| name != "." && name != "..")
            .map(|name| (name.clone(), AttemptDir::at(attempts.join(name))))
            .collect()
    }
}

/// Writes a whole file, synced, in one step.
fn replace(path: &std::path::Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write;
    let temporary = path.with_extension("tmp");
    let mut file = private_file()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    sync_dir(path)
}

/// Makes what was made or renamed beside this path durable.
fn sync_dir(path: &std::path::Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |dir| std::fs::File::open(dir)?.sync_all())
}
