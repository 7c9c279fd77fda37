//! Past and unfinished runs: an index over their directories, rebuilt at will.

pub mod course;
pub mod drills;
mod earlier;
mod find;
mod index;
mod look;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::engine::event::{RunKind, RunOutcome};

pub use course::Course;
pub use drills::{Drill, last_drills};
pub use earlier::{Earlier, Typical};
pub use find::{FindError, find, find_dir};
pub use index::Index;
pub use look::summarize;

/// A run as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct RunSummary {
    /// Its id.
    pub id: String,
    /// Its directory.
    #[serde(skip)]
    pub path: PathBuf,
    /// What is known of it.
    #[serde(flatten)]
    pub status: RunStatus,
}

/// What is known of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RunStatus {
    /// It goes on, or could.
    Open {
        /// How it began.
        #[serde(flatten)]
        about: About,
        /// Who drives it now.
        driver: Option<String>,
        /// When something last happened.
        last_at: DateTime<Utc>,
    },
    /// It is over.
    Closed {
        /// How it began.
        #[serde(flatten)]
        about: About,
        /// How it ended.
        outcome: RunOutcome,
        /// When.
        closed_at: DateTime<Utc>,
    },
    /// It was moved away and goes on elsewhere.
    Moved {
        /// Its directory there; empty where that could not be noted.
        to: PathBuf,
    },
    /// It cannot be read.
    Damaged {
        /// Why.
        why: String,
    },
}

/// How a run began, for lists.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct About {
    /// What it is called.
    pub title: String,
    /// The runbook's name.
    pub runbook: String,
    /// What kind.
    pub kind: RunKind,
    /// Where.
    pub environment: Option<String>,
    /// Who began it.
    pub by: String,
    /// When.
    pub started_at: DateTime<Utc>,
}

impl RunSummary {
    /// Whether it can be taken up again.
    pub fn is_open(&self) -> bool {
        matches!(self.status, RunStatus::Open { .. })
    }

    /// How it began, if that can be read.
    pub fn about(&self) -> Option<&About> {
        match &self.status {
            RunStatus::Open { about, .. } | RunStatus::Closed { about, .. } => Some(about),
            RunStatus::Moved { .. } | RunStatus::Damaged { .. } => None,
        }
    }
}

/// All runs, unfinished first, then the latest first.
pub fn list(runs: &Path) -> Vec<RunSummary> {
    let mut index = Index::open(runs);
    let all = index.list();
    index.keep();
    all
}
