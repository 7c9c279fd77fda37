//! Times that matter, measured by phases.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::engine::{
    State,
    event::{Conclusion, Outcome},
    state::{Attempt, AttemptStatus, PhaseStatus, Status},
};
use crate::report::timeline::step_title;
use crate::runbook::Phase;

/// A phase's time against its budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseTime {
    /// Its title.
    pub title: String,
    /// What became of it.
    pub status: PhaseResult,
    /// What it should have taken.
    pub budget: Option<Duration>,
    /// When it began.
    pub began: Option<DateTime<Utc>>,
    /// When it ended, or was left.
    pub ended: Option<DateTime<Utc>>,
}

/// What became of a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhaseResult {
    /// It took this long.
    Took(Duration),
    /// It was open this long when the run ended, or still is.
    Open(Duration),
    /// Its condition was false.
    NotTaken(String),
    /// The route left it out.
    OffRoute,
}

/// When a command ended, by the run's own clock: also one that ended while nobody
/// looked.
pub fn ended_at(attempt: &Attempt) -> Option<DateTime<Utc>> {
    let AttemptStatus::Finished { report, .. } = &attempt.status else {
        return None;
    };
    // The clock that a command's supervisor reads may have been set meanwhile.
    let took = i64::try_from(report.milliseconds).ok()?;
    attempt
        .starting_at
        .checked_add_signed(TimeDelta::try_milliseconds(took)?)
}

/// When a phase came to its end: where its last command ended unseen, not when that was
/// found out.
fn reached(state: &State, phase: &Phase, finished: DateTime<Utc>) -> DateTime<Utc> {
    let ends = phase
        .steps
        .iter()
        .filter_map(|step| settled_at(state, &step.id));
    ends.max().unwrap_or(finished).min(finished)
}

/// When a step was settled, or the command ended that settled it.
pub fn settled_at(state: &State, step: &str) -> Option<DateTime<Utc>> {
    match state.status(step) {
        Status::Concluded {
            at,
            conclusion: Conclusion::Succeeded,
        } => {
            let ends = state.mains_of(step);
            let last = ends.filter_map(|(_, attempt)| ended_at(attempt)).max();
            Some(last.unwrap_or(*at).min(*at))
        }
        Status::Answered { at, .. } | Status::Concluded { at, .. } => Some(*at),
        _ => None,
    }
}

/// Every phase in the order of the file, the cleanup last if it was come to.
pub fn phases(state: &State, now: DateTime<Utc>) -> Vec<PhaseTime> {
    let end = state.closed.as_ref().map_or(now, |closed| closed.at);
    let between = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).to_std().unwrap_or_default();
    state
        .runbook
        .all_phases()
        .filter(|phase| {
            !state.is_cleanup(phase) || state.phases.iter().any(|known| known.id == phase.id)
        })
        .map(|phase| {
            let known = state.phases.iter().find(|known| known.id == phase.id);
            let status = match known.map(|known| &known.status) {
                Some(PhaseStatus::Finished { since, at }) => {
                    PhaseResult::Took(between(*since, reached(state, phase, *at)))
                }
                Some(PhaseStatus::Left { since, at }) => PhaseResult::Open(between(*since, *at)),
                Some(PhaseStatus::Current { since }) => PhaseResult::Open(between(*since, end)),
                Some(PhaseStatus::NotTaken { because }) => PhaseResult::NotTaken(because.clone()),
                None => PhaseResult::OffRoute,
            };
            let (began, ended) = match known.map(|known| &known.status) {
                Some(PhaseStatus::Finished { since, at }) => {
                    (Some(*since), Some(reached(state, phase, *at)))
                }
                Some(PhaseStatus::Left { since, at }) => (Some(*since), Some(*at)),
                Some(PhaseStatus::Current { since }) => (Some(*since), None),
                Some(PhaseStatus::NotTaken { .. }) | None => (None, None),
            };
            PhaseTime {
                title: phase.title.clone(),
                status,
                budget: phase.budget,
                began,
                ended,
            }
        })
        .collect()
}

/// Each check of the verifying phases: title, how it ended, when.
pub fn verification(state: &State) -> Vec<(String, String, Option<DateTime<Utc>>)> {
    state
        .runbook
        .phases
        .iter()
        .filter(|phase| phase.role == Some(crate::runbook::Role::Verify))
        .flat_map(|phase| &phase.steps)
        .map(|step| {
            let last = state.mains_of(&step.id).last().map(|(_, attempt)| attempt);
            let (word, at) = match (state.status(&step.id), last.map(|attempt| &attempt.status)) {
                (Status::NotTaken { .. }, _) => ("not taken".to_owned(), None),
                (Status::Concluded { at, conclusion }, _) => {
                    let word = match conclusion {
                        Conclusion::Succeeded => "passed",
                        Conclusion::FailureAccepted => "failed, accepted",
                        Conclusion::Skipped { .. } => "skipped",
                        Conclusion::TookEffect { .. } | Conclusion::DoneOffScript { .. } => {
                            "declared done"
                        }
                        Conclusion::Rehearsed => "rehearsed",
                    };
                    (word.to_owned(), Some(*at))
                }
                (Status::Answered { at, label, .. }, _) => (label.clone(), Some(*at)),
                (_, Some(AttemptStatus::Finished { report, outcome })) => {
                    let word = match outcome {
                        Outcome::Succeeded => "passed",
                        Outcome::Failed { .. } => "FAILED",
                        Outcome::Unknown { .. } => "unknown",
                    };
                    (word.to_owned(), Some(report.at))
                }
                _ => ("not run".to_owned(), None),
            };
            (step_title(state, &step.id), word, at)
        })
        .collect()
}

/// What became of a step of the cleanup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cleaned {
    /// The run came to its end without any of it.
    NotOffered,
    /// Its condition was false.
    NotNeeded(String),
    /// It is not settled.
    Open,
    /// It was done.
    Done,
    /// It was walked through.
    Rehearsed,
    /// It was left out, for this reason.
    Skipped(String),
    /// It failed, and its rule is to go on.
    Failed,
}

/// A step of the cleanup: title, what became of it, when.
pub type CleanedStep = (String, Cleaned, Option<DateTime<Utc>>);

/// Each step of the cleanup; none, if the runbook has none.
pub fn cleanup(state: &State) -> Option<Vec<CleanedStep>> {
    let cleanup = state.runbook.cleanup.as_ref()?;
    let steps = cleanup.steps.iter().map(|step| {
        let (cleaned, at) = match state.status(&step.id) {
            Status::NotTaken { because } => (Cleaned::NotNeeded(because.clone()), None),
            Status::Concluded { at, conclusion } => {
                let cleaned = match conclusion {
                    Conclusion::Succeeded
                    | Conclusion::TookEffect { .. }
                    | Conclusion::DoneOffScript { .. } => Cleaned::Done,
                    Conclusion::Rehearsed => Cleaned::Rehearsed,
                    Conclusion::FailureAccepted => Cleaned::Failed,
                    Conclusion::Skipped { reason } => Cleaned::Skipped(reason.clone()),
                };
                (cleaned, Some(*at))
            }
            Status::Answered { at, .. } => (Cleaned::Done, Some(*at)),
            Status::Pending if state.closed.is_some() => (Cleaned::NotOffered, None),
            _ => (Cleaned::Open, None),
        };
        (step_title(state, &step.id), cleaned, at)
    });
    Some(steps.collect())
}
