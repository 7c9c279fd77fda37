//! What is left to do after a run, and where it left the author's path.

use chrono::{DateTime, Utc};

use super::timeline::{is_passed_over, part_title, step_title};
use crate::engine::{
    Entry, Event, State,
    effect::Part,
    event::{Conclusion, Health},
    state::{AttemptStatus, Status},
};

/// What is left to do after the run: each with its reason.
pub fn action_items(state: &State) -> Vec<String> {
    let mut items: Vec<String> = began_later(state).into_iter().collect();
    for step in state.runbook.steps() {
        let title = step_title(state, &step.id);
        let cleanup = state.runbook.cleanup.as_ref();
        let cleans_up = cleanup.is_some_and(|cleanup| cleanup.step(&step.id).is_some());
        match state.status(&step.id) {
            Status::Concluded { at, .. } if is_passed_over(state, *at) => {}
            Status::Concluded {
                conclusion: Conclusion::Skipped { reason },
                ..
            } if !cleans_up => items.push(format!("Skipped: {title} ({reason})")),
            Status::Concluded {
                conclusion: Conclusion::Skipped { reason },
                ..
            } => items.push(format!("Cleanup skipped: {title} ({reason})")),
            Status::Concluded {
                conclusion: Conclusion::FailureAccepted,
                ..
            } => items.push(format!("Failed, and the run went on: {title}")),
            Status::Answered {
                overrides,
                unapproved,
                label,
                reason,
                ..
            } => {
                let reason = reason.as_deref().unwrap_or("no reason");
                if let Some(suggested) = overrides {
                    items.push(format!(
                        "Overridden: {title} was answered ‘{label}’ against the suggestion `{suggested}` ({reason})"
                    ));
                }
                if *unapproved {
                    items.push(format!(
                        "Overridden: {title} was answered ‘{label}’ without the approvals that it needs ({reason})"
                    ));
                }
            }
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
            _ if left_open(state, &step.id) => items.push(format!("Left open: {title}")),
            _ => {}
        }
    }
    items.extend(left_alive(state));
    for (signal, known) in &state.signals {
        if state.closed.is_some() && known.health == Health::Unhealthy {
            items.push(format!("Not healthy when it was last measured: {signal}"));
        }
    }
    items
}

/// What commands have left on their machine, as it was when they ended.
pub fn left_alive(state: &State) -> Vec<String> {
    let attempts = state.attempts.values();
    attempts
        .filter_map(|attempt| {
            let AttemptStatus::Finished { report, .. } = &attempt.status else {
                return None;
            };
            let left = report.survivors_in_words()?;
            Some(format!("{}: {left}", part_title(state, &attempt.launch)))
        })
        .collect()
}

/// One line for all that a later beginning passed over.
fn began_later(state: &State) -> Option<String> {
    let from = state.run.from.as_ref()?;
    let passed = state.steps.values().filter(
        |status| matches!(status, Status::Concluded { at, .. } if is_passed_over(state, *at)),
    );
    let title = step_title(state, from);
    Some(match passed.count() {
        0 => format!("The run began at ‘{title}’"),
        1 => format!("The run began at ‘{title}’: one step before it was passed over"),
        n => format!("The run began at ‘{title}’: {n} steps before it were passed over"),
    })
}

fn left_open(state: &State, step: &str) -> bool {
    let closed = state.closed.as_ref();
    closed.is_some_and(|closed| closed.unfinished.iter().any(|id| id == step))
}

/// Where the operator left the author's path.
pub fn deviations(state: &State, entries: &[Entry]) -> Vec<(DateTime<Utc>, String)> {
    entries
        .iter()
        .filter_map(|entry| {
            let text = match &entry.event {
                Event::RunStarted(_) => began_later(state)?,
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
                Event::StepConcluded { .. } if is_passed_over(state, entry.at) => return None,
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
                Event::GateAnswered {
                    gate,
                    unapproved: true,
                    label,
                    reason,
                    ..
                } => format!(
                    "{} was answered ‘{label}’ without the approvals that it needs: {}",
                    step_title(state, gate),
                    reason.as_deref().unwrap_or_default()
                ),
                Event::AttemptStopping { attempt } => {
                    let launch = &state.attempts.get(attempt)?.launch;
                    // A companion ends with what it watched.
                    if launch.part == Part::Watch {
                        return None;
                    }
                    let title = step_title(state, &launch.step);
                    format!("{title} was stopped by the operator")
                }
                _ => return None,
            };
            Some((entry.at, text))
        })
        .collect()
}
