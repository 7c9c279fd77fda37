//! Whether a team can still roll back: the drills of a runbook, judged together.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Course, RunStatus, RunSummary, course::CameTo};
use crate::engine::event::{RunKind, RunOutcome};

/// A step that was not run for this long is not known to work.
pub const STALE: Duration = Duration::from_hours(24 * 90);

/// A drill that was brought to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drill {
    /// When it was closed.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub took: Duration,
}

/// The last finished drill of each runbook, by the runbook's name.
pub fn last_drills(runs: &[RunSummary]) -> BTreeMap<String, Drill> {
    let mut drills: BTreeMap<String, Drill> = BTreeMap::new();
    for run in runs {
        let Some(past) = Past::of(run).filter(Past::is_good_drill) else {
            continue;
        };
        let drill = Drill {
            at: past.closed_at,
            took: past.took(),
        };
        let known = drills.entry(past.runbook.to_owned()).or_insert(drill);
        if known.at < drill.at {
            *known = drill;
        }
    }
    drills
}

/// A run that is over.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// Its id.
    pub id: &'a str,
    /// The runbook's name.
    pub runbook: &'a str,
    /// What kind.
    pub kind: RunKind,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: DateTime<Utc>,
    /// How it ended.
    pub outcome: RunOutcome,
}

impl<'a> Past<'a> {
    /// A run, if it is over.
    pub fn of(run: &'a RunSummary) -> Option<Self> {
        let RunStatus::Closed {
            about,
            outcome,
            closed_at,
        } = &run.status
        else {
            return None;
        };
        Some(Self {
            id: &run.id,
            runbook: &about.runbook,
            kind: about.kind,
            started_at: about.started_at,
            closed_at: *closed_at,
            outcome: *outcome,
        })
    }

    /// How long it took.
    pub fn took(&self) -> Duration {
        (self.closed_at - self.started_at)
            .to_std()
            .unwrap_or_default()
    }

    /// Whether it shows that the runbook works.
    pub fn is_good_drill(&self) -> bool {
        self.kind == RunKind::Drill && self.outcome.is_good()
    }
}

/// How a runbook stands with its drills.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Its name.
    pub runbook: String,
    /// How often it wants to be drilled, in seconds.
    pub every_s: Option<u64>,
    /// Whether it is overdue: longer ago than that, or never.
    pub overdue: bool,
    /// The last drill, however it ended.
    pub last: Option<Last>,
    /// How long ago the last one that ended well was closed, in seconds.
    pub good_ago_s: Option<u64>,
    /// The median of those that ended well, in seconds.
    pub median_s: Option<u64>,
    /// How many those are.
    pub samples: usize,
    /// How long the latest of them took, oldest first, in seconds.
    pub trend_s: Vec<u64>,
    /// Steps that no drill and no incident has run.
    pub never_run: Vec<String>,
    /// Steps that none has run for 90 days.
    pub stale: Vec<String>,
}

/// The last drill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Last {
    /// The run's id.
    pub run: String,
    /// When it was closed.
    pub at: DateTime<Utc>,
    /// How it ended.
    pub outcome: RunOutcome,
    /// How long it took, in seconds.
    pub took_s: u64,
}

/// The most drills that a trend shows.
const TREND: usize = 12;

/// Judges the drills of a runbook. `steps` are those of its file today, `past` all
/// its runs that are over, and how they went.
pub fn standing(
    runbook: &str,
    every: Option<Duration>,
    steps: &[&str],
    past: &[(Past<'_>, Option<Course>)],
    now: DateTime<Utc>,
) -> Standing {
    let mut drills: Vec<&Past<'_>> = past
        .iter()
        .map(|(past, _)| past)
        .filter(|past| past.kind == RunKind::Drill)
        .collect();
    drills.sort_by_key(|past| past.closed_at);
    let good: Vec<&&Past<'_>> = drills.iter().filter(|past| past.is_good_drill()).collect();
    let ago = |at: DateTime<Utc>| (now - at).to_std().unwrap_or_default();
    let good_ago = good.last().map(|past| ago(past.closed_at));
    let took: Vec<u64> = good.iter().map(|past| past.took().as_secs()).collect();
    let mut never_run = Vec::new();
    let mut stale = Vec::new();
    for step in steps {
        let last = past
            .iter()
            .filter_map(|(_, course)| course.as_ref()?.step(step))
            .filter(|step| step.came_to.is_real() || step.came_to == CameTo::Declared)
            .map(|step| step.at)
            .max();
        match last {
            None => never_run.push((*step).to_owned()),
            Some(at) if ago(at) > STALE => stale.push((*step).to_owned()),
            Some(_) => {}
        }
    }
    Standing {
        runbook: runbook.to_owned(),
        every_s: every.map(|every| every.as_secs()),
        overdue: every.is_some_and(|every| good_ago.is_none_or(|ago| ago > every)),
        last: drills.last().map(|past| Last {
            run: past.id.to_owned(),
            at: past.closed_at,
            outcome: past.outcome,
            took_s: past.took().as_secs(),
        }),
        good_ago_s: good_ago.map(|ago| ago.as_secs()),
        median_s: median(&took),
        samples: took.len(),
        trend_s: took[took.len().saturating_sub(TREND)..].to_vec(),
        never_run,
        stale,
    }
}

/// The middle one, or between the two in the middle; none of none.
pub fn median(values: &[u64]) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n.is_multiple_of(2) => Some(sorted[middle - 1].midpoint(sorted[middle])),
        _ => Some(sorted[middle]),
    }
}

#[cfg(test)]
mod tests;
