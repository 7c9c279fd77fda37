//! What the operator has trusted: one private file in the state directory.
//!
//! It is written whole under a lock and put in place by a rename. What cannot be
//! read or does not hold together is an error, and then nothing of it counts.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{digest_of, place};
use crate::run_dir::{private_file, read_private};

/// Of the file's format.
const VERSION: u32 = 1;
/// More than anybody's runbooks together.
const LIMIT: u64 = 256 << 20;
/// How often a lock that is held is tried again, and after how long.
const TRIES: u32 = 100;
const BETWEEN: Duration = Duration::from_millis(20);

/// A file that was trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its path, without links.
    pub path: String,
    /// SHA-256 of its text, in hexadecimal.
    pub digest: String,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// The text, to show what has changed since.
    pub text: String,
}

/// The file's content.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    files: Vec<Record>,
}

/// Only the version, which says whether the rest can be understood.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Why nothing of what was trusted counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It cannot be read.
    #[error("what was trusted cannot be read from {path}: {why}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// It is not what was written.
    #[error(
        "{path} is damaged ({why}), so nothing of it counts: move it away, and every runbook is asked for again"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A newer program wrote it.
    #[error(
        "{path} was written by another version of rbconsole (format {version}): use that one, or move the file away"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// Others could have written it.
    #[error("{path} is not safe to keep what is trusted: it {why}")]
    Unsafe {
        /// The directory.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It cannot be written.
    #[error("what is trusted cannot be written to {path}: {why}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

/// Where it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    state: PathBuf,
}

impl Store {
    /// In this state directory.
    pub fn in_state(state: &Path) -> Self {
        Self {
            state: state.to_owned(),
        }
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.state.join("trust.json")
    }

    /// Everything that was trusted.
    ///
    /// # Errors
    /// When it cannot be read or does not hold together: then nothing counts.
    pub fn read(&self) -> Result<Vec<Record>, StoreError> {
        let path = self.path();
        let bytes = match read_private(&path, LIMIT) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                let why = error.to_string();
                return Err(StoreError::Unreadable { path, why });
            }
        };
        self.is_safe()?;
        let damaged = |why: String| StoreError::Damaged {
            path: self.path(),
            why,
        };
        let Versioned { version } =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if version != VERSION {
            return Err(StoreError::Foreign { path, version });
        }
        let content: Content =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        for (number, record) in content.files.iter().enumerate() {
            if digest_of(&record.text) != record.digest {
                return Err(damaged(format!(
                    "the text of entry {} is not the one of its digest",
                    number + 1
                )));
            }
            if content.files[..number]
                .iter()
                .any(|other| other.path == record.path)
            {
                return Err(damaged(format!("entry {} is there twice", number + 1)));
            }
        }
        Ok(content.files)
    }

    /// Keeps that these files are trusted, each in place of what was known of it.
    ///
    /// # Errors
    /// When it cannot be written, or what is there is damaged.
    pub fn keep(&self, records: &[Record]) -> Result<(), StoreError> {
        self.change(|files| {
            files.retain(|known| records.iter().all(|record| record.path != known.path));
            files.extend_from_slice(records);
        })
    }

    /// Forgets a file; whether it was known.
    ///
    /// # Errors
    /// When it cannot be written, or what is there is damaged.
    pub fn forget(&self, path: &str) -> Result<bool, StoreError> {
        let mut known = false;
        self.change(|files| {
            let before = files.len();
            files.retain(|record| record.path != path);
            known = files.len() != before;
        })?;
        Ok(known)
    }

    fn is_safe(&self) -> Result<(), StoreError> {
        match place::weakness(&self.state) {
            Some(why) => Err(StoreError::Unsafe {
                path: self.state.clone(),
                why,
            }),
            None => Ok(()),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Record>)) -> Result<(), StoreError> {
        let unwritable = |error: io::Error| StoreError::Unwritable {
            path: self.path(),
            why: error.to_string(),
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.state)
            .map_err(unwritable)?;
        self.is_safe()?;
        let lock = private_file()
            .write(true)
            .create(true)
            .open(self.state.join("trust.lock"))
            .map_err(unwritable)?;
        patiently(&lock).map_err(unwritable)?;
        let mut files = self.read()?;
        change(&mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let version = VERSION;
        let bytes = serde_json::to_vec(&Content { version, files })
            .map_err(io::Error::from)
            .map_err(unwritable)?;
        if bytes.len() as u64 > LIMIT {
            return Err(unwritable(io::Error::other(
                "too much is trusted: forget some of it with rbconsole trust --forget",
            )));
        }
        self.replace(&bytes).map_err(unwritable)
    }

    /// Only one writes at a time, so a file of this name is what somebody left who
    /// died over it.
    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.state.join("trust.json.new");
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private_file()
            .write(true)
            .create_new(true)
            .open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, self.path())?;
        fs::File::open(&self.state)?.sync_all()
    }
}

fn patiently(lock: &fs::File) -> io::Result<()> {
    for _ in 0..TRIES {
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(BETWEEN),
            Err(fs::TryLockError::Error(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
    Err(io::Error::other("another console holds trust.lock"))
}

#[cfg(test)]
mod tests;
