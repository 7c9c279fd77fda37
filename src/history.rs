//! Past and unfinished runs: an index over their directories, rebuilt at will.

use std::{
    collections::BTreeMap,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::engine::{
    Event, Started,
    event::{RunKind, RunOutcome},
};
use crate::journal;
use crate::run_dir::{RunDir, private_file};

/// How much of a journal's end is looked at.
const TAIL: u64 = 256 << 10;
/// How much of a journal's beginning is looked at.
const HEAD: u64 = 1 << 20;

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
#[derive(Debug, Clone, Serialize)]
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
    /// It cannot be read.
    Damaged {
        /// Why.
        why: String,
    },
}

/// How a run began, for lists.
#[derive(Debug, Clone, Serialize)]
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
            RunStatus::Damaged { .. } => None,
        }
    }
}

/// All runs, unfinished first, then the latest first.
pub fn list(runs: &Path) -> Vec<RunSummary> {
    let mut all: Vec<RunSummary> = std::fs::read_dir(runs)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|item| !item.file_name().to_string_lossy().starts_with('.'))
        .map(|item| summarize(&item.path()))
        .collect();
    all.sort_by(|a, b| (b.is_open(), &b.id).cmp(&(a.is_open(), &a.id)));
    all
}

/// A drill that was brought to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drill {
    /// When it was closed.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub took: std::time::Duration,
}

/// The last finished drill of each runbook, by the runbook's name.
pub fn last_drills(runs: &[RunSummary]) -> BTreeMap<String, Drill> {
    let mut drills: BTreeMap<String, Drill> = BTreeMap::new();
    for run in runs {
        let RunStatus::Closed {
            about,
            outcome,
            closed_at,
        } = &run.status
        else {
            continue;
        };
        if about.kind != RunKind::Drill || !outcome.is_good() {
            continue;
        }
        let drill = Drill {
            at: *closed_at,
            took: (*closed_at - about.started_at).to_std().unwrap_or_default(),
        };
        let known = drills.entry(about.runbook.clone()).or_insert(drill);
        if known.at < drill.at {
            *known = drill;
        }
    }
    drills
}

/// One run by its directory.
pub fn summarize(path: &Path) -> RunSummary {
    let id = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let status = match RunDir::open(path) {
        Ok(dir) => look(&dir).unwrap_or_else(|why| RunStatus::Damaged { why }),
        Err(error) => RunStatus::Damaged {
            why: error.to_string(),
        },
    };
    RunSummary {
        id,
        path: path.to_owned(),
        status,
    }
}

/// Looks at the first and the last lines only: a list must appear at once. What
/// stands between is checked when the run is opened.
fn look(dir: &RunDir) -> Result<RunStatus, String> {
    let say = |error: std::io::Error| format!("its journal cannot be read: {error}");
    let mut file = private_file().read(true).open(dir.journal()).map_err(say)?;
    let mut head = Vec::new();
    file.by_ref()
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(say)?;
    let first = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let beginning = journal::record::Record::open(first, 1, journal::record::Hash::default())
        .map_err(|why| format!("the first line of its journal: {why}"))?;
    let Event::RunStarted(started) = &beginning.entry.event else {
        return Err("its journal has no beginning".to_owned());
    };
    let about = about(started, &beginning.entry.by, beginning.entry.at);
    let length = file.metadata().map_err(say)?.len();
    let mut tail = head;
    if length > HEAD {
        tail.clear();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
            .map_err(say)?;
        file.take(TAIL).read_to_end(&mut tail).map_err(say)?;
    }
    let mut last_at = beginning.entry.at;
    for line in tail.split(|&byte| byte == b'\n').rev() {
        let Some((at, event)) = peek(line) else {
            continue;
        };
        last_at = last_at.max(at);
        if let Event::RunClosed { outcome, .. } = event {
            return Ok(RunStatus::Closed {
                about,
                outcome,
                closed_at: at,
            });
        }
        // Only notes can follow the end of a run.
        if !matches!(event, Event::NoteAdded { .. }) {
            break;
        }
    }
    Ok(RunStatus::Open {
        about,
        driver: journal::lock::holder(dir),
        last_at,
    })
}

fn about(started: &Started, by: &str, at: DateTime<Utc>) -> About {
    About {
        title: started.title.clone(),
        runbook: started.runbook.clone(),
        kind: started.kind,
        environment: started.environment.clone(),
        by: by.to_owned(),
        started_at: at,
    }
}

fn peek(line: &[u8]) -> Option<(DateTime<Utc>, Event)> {
    #[derive(serde::Deserialize)]
    struct Peek {
        at: DateTime<Utc>,
        event: Event,
    }
    let peek: Peek = serde_json::from_slice(line).ok()?;
    Some((peek.at, peek.event))
}

/// Why no run was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There are no runs.
    #[error("there are no runs yet: start one with `rbconsole run RUNBOOK`")]
    Empty,
    /// None fits.
    #[error("no run is called `{0}`: `rbconsole runs` lists them")]
    None(String),
    /// Several fit.
    #[error("several runs begin with `{wanted}`: {}", found.join(", "))]
    Several {
        /// What was asked for.
        wanted: String,
        /// What fits.
        found: Vec<String>,
    },
}

/// A run by its id, a unique beginning of one, or `last`.
///
/// # Errors
/// When none or several fit.
pub fn find(runs: &Path, wanted: &str) -> Result<RunSummary, FindError> {
    let all = list(runs);
    if wanted == "last" {
        return all
            .into_iter()
            .max_by(|a, b| {
                a.about()
                    .map(|x| x.started_at)
                    .cmp(&b.about().map(|x| x.started_at))
            })
            .ok_or(FindError::Empty);
    }
    let mut found: Vec<RunSummary> = all
        .into_iter()
        .filter(|run| run.id.starts_with(wanted))
        .collect();
    if let Some(exact) = found.iter().position(|run| run.id == wanted) {
        return Ok(found.swap_remove(exact));
    }
    match found.len() {
        0 => Err(FindError::None(wanted.to_owned())),
        1 => Ok(found.swap_remove(0)),
        _ => Err(FindError::Several {
            wanted: wanted.to_owned(),
            found: found.into_iter().map(|run| run.id).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(kind: RunKind, hour: u32, outcome: RunOutcome) -> RunSummary {
        let at = |hour: u32| {
            let text = format!("2026-11-20T{hour:02}:00:00Z");
            text.parse::<DateTime<Utc>>().unwrap()
        };
        RunSummary {
            id: format!("{hour}"),
            path: PathBuf::new(),
            status: RunStatus::Closed {
                about: About {
                    title: String::new(),
                    runbook: "rollback".into(),
                    kind,
                    environment: None,
                    by: "ana".into(),
                    started_at: at(hour),
                },
                outcome,
                closed_at: at(hour + 1),
            },
        }
    }

    #[test]
    fn only_a_drill_that_ended_well_was_a_drill() {
        use RunOutcome::{Failed, Resolved};
        let runs = [
            closed(RunKind::Drill, 8, Resolved),
            closed(RunKind::Drill, 9, Failed),
            closed(RunKind::Incident, 10, Resolved),
            closed(RunKind::Rehearsal, 11, Resolved),
        ];
        let drills = last_drills(&runs);
        let at = drills["rollback"].at.to_rfc3339();
        assert_eq!(at, "2026-11-20T09:00:00+00:00");
        assert!(last_drills(&runs[2..]).is_empty());
    }
}
