//! Times that matter, measured by phases.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::engine::{
    Entry, Event, State,
    event::{Conclusion, Outcome},
    state::{AttemptStatus, PhaseStatus, Status},
};
use crate::report::timeline::step_title;

/// A phase's time against its budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseTime {
    /// Its title.
    pub title: String,
    /// What became of it.
    pub status: PhaseResult,
    /// What it should have taken.
    pub budget: Option<Duration>,
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

/// Every phase in the order of the file.
pub fn phases(state: &State, now: DateTime<Utc>) -> Vec<PhaseTime> {
    let end = state.closed.as_ref().map_or(now, |closed| closed.at);
    let between = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).to_std().unwrap_or_default();
    state
        .runbook
        .phases
        .iter()
        .map(|phase| {
            let known = state.phases.iter().find(|known| known.id == phase.id);
            let status = match known.map(|known| &known.status) {
                Some(PhaseStatus::Finished { since, at }) => {
                    PhaseResult::Took(between(*since, *at))
                }
                Some(PhaseStatus::Left { since, at }) => PhaseResult::Open(between(*since, *at)),
                Some(PhaseStatus::Current { since }) => PhaseResult::Open(between(*since, end)),
                Some(PhaseStatus::NotTaken { because }) => PhaseResult::NotTaken(because.clone()),
                None => PhaseResult::OffRoute,
            };
            PhaseTime {
                title: phase.title.clone(),
                status,
                budget: phase.budget,
            }
        })
        .collect()
}

/// What is left to do after the run: each with its reason.
pub fn action_items(state: &State) -> Vec<String> {
    let mut items = Vec::new();
    for step in state.runbook.steps() {
        let title = step_title(state, &step.id);
        match state.status(&step.id) {
            Status::Concluded {
                conclusion: Conclusion::Skipped { reason },
                ..
            } => items.push(format!("Skipped: {title} ({reason})")),
            Status::Concluded {
                conclusion: Conclusion::FailureAccepted,
                ..
            } => items.push(format!("Failed, and the run went on: {title}")),
            Status::Answered {
                overrides: Some(suggested),
                label,
                reason,
                ..
            } => items.push(format!(
                "Overridden: {title} was answered ‘{label}’ against the suggestion `{suggested}` ({})",
                reason.as_deref().unwrap_or("no reason")
            )),
            Status::Unknown { reason, .. } => {
                items.push(format!("Outcome unknown: {title} ({reason})"));
            }
            Status::Failed { reason, .. } if state.closed.is_some() => {
                items.push(format!("Left failed: {title} ({reason})"));
            }
            Status::Manual(manual) if state.closed.is_some() => {
                for (item, _) in manual.checklist.iter().filter(|(_, done)| done.is_none()) {
                    items.push(format!("Open: {title}: {item}"));
                }
                if manual.checklist.is_empty() {
                    items.push(format!("Not done: {title}"));
                }
            }
            _ => {}
        }
    }
    items
}

/// Where the operator left the author's path.
pub fn deviations(state: &State, entries: &[Entry]) -> Vec<(DateTime<Utc>, String)> {
    entries
        .iter()
        .filter_map(|entry| {
            let text = match &entry.event {
                Event::AttemptStarting {
                    launch,
                    edited_from: Some(_),
                    ..
                } => format!(
                    "{} ran with a changed script",
                    step_title(state, &launch.step)
                ),
                Event::AttemptStarting {
                    launch,
                    fallback: Some(fallback),
                    ..
                } => format!("{}: fallback ‘{fallback}’", step_title(state, &launch.step)),
                Event::StepConcluded {
                    step,
                    conclusion: Conclusion::Skipped { reason },
                    ..
                } => format!("{} was skipped: {reason}", step_title(state, step)),
                Event::StepConcluded {
                    step,
                    conclusion: Conclusion::TookEffect { reason },
                    ..
                } => format!("{} was declared done: {reason}", step_title(state, step)),
                Event::EffectDenied { step, reason } => {
                    format!(
                        "{} was declared not done: {reason}",
                        step_title(state, step)
                    )
                }
                Event::GateAnswered {
                    gate,
                    overrides: Some(suggested),
                    label,
                    reason,
                    ..
                } => format!(
                    "{} was answered ‘{label}’ against the suggestion `{suggested}`: {}",
                    step_title(state, gate),
                    reason.as_deref().unwrap_or_default()
                ),
                Event::AttemptStopping { attempt } => {
                    let step = &state.attempts.get(attempt)?.launch.step;
                    format!("{} was stopped by the operator", step_title(state, step))
                }
                _ => return None,
            };
            Some((entry.at, text))
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
                        Conclusion::TookEffect { .. } => "declared done",
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
