//! Folding what becomes of attempts, and what their ends make of steps.

use std::sync::Arc;

use crate::engine::{
    effect::{Launch, Part},
    event::{AttemptId, Conclusion, Entry, Event, Outcome},
    state::{Attempt, AttemptStatus, Declared, State, Status},
};
use crate::runbook;

/// Folds what becomes of an attempt.
pub(super) fn apply(state: &mut State, entry: &Entry) {
    match &entry.event {
        Event::AttemptStarting {
            launch,
            edited_from,
            fallback,
            beside,
        } => {
            begin(state, launch);
            state.attempts.insert(
                launch.attempt,
                Arc::new(Attempt {
                    launch: Arc::clone(launch),
                    starting_at: entry.at,
                    edited: edited_from.is_some(),
                    fallback: fallback.clone(),
                    beside: beside.clone(),
                    declared: None,
                    silent: None,
                    status: AttemptStatus::Starting { stopping: None },
                }),
            );
        }
        Event::AttemptStarted { attempt, pid } => {
            if let Some(known) = known_of(state, *attempt) {
                known.status = AttemptStatus::Running {
                    pid: *pid,
                    since: entry.at,
                    stopping: known.status.stopping(),
                };
            }
        }
        Event::AttemptStopping { attempt } => {
            if let Some(known) = known_of(state, *attempt)
                && let AttemptStatus::Starting { stopping }
                | AttemptStatus::Running { stopping, .. } = &mut known.status
            {
                *stopping = Some(entry.at);
            }
        }
        Event::SilenceNoticed { attempt, since } => {
            if let Some(known) = known_of(state, *attempt) {
                known.silent = Some(*since);
            }
        }
        Event::OffScriptDeclared {
            attempt,
            took_effect,
            reason,
        } => {
            if let Some(known) = known_of(state, *attempt) {
                known.declared = Some(Declared {
                    at: entry.at,
                    took_effect: *took_effect,
                    reason: reason.clone(),
                });
            }
        }
        Event::AttemptVoided { attempt } => {
            let Some(known) = known_of(state, *attempt) else {
                return;
            };
            known.status = AttemptStatus::Voided;
            let (step, first) = (known.launch.step.clone(), known.launch.first());
            let runs = state
                .mains_of_round(&step, first)
                .any(|(_, part)| part.status != AttemptStatus::Voided);
            // Where others of its round did start, the round judges it.
            if is_active(state, &step, first) && !runs {
                let status = before(state, &step);
                state.steps.insert(step, status);
            }
        }
        Event::AttemptFinished {
            attempt,
            report,
            outputs,
            outcome,
        } => {
            let Some(known) = known_of(state, *attempt) else {
                return;
            };
            known.status = AttemptStatus::Finished {
                report: Arc::clone(report),
                outcome: outcome.clone(),
            };
            let (step, alone) = (known.launch.step.clone(), known.launch.round == 0);
            if *outcome == Outcome::Succeeded {
                state.values.extend(outputs.clone());
            }
            // A round is judged by its own event, once all of it ended.
            if alone && is_active(state, &step, *attempt) {
                settle(state, entry, &step, *attempt, outcome);
            }
        }
        _ => {}
    }
}

/// An attempt that is to change: states that were cloned share it until then.
fn known_of(state: &mut State, attempt: AttemptId) -> Option<&mut Attempt> {
    state.attempts.get_mut(&attempt).map(Arc::make_mut)
}

/// What a launch makes of its step.
fn begin(state: &mut State, launch: &Launch) {
    // A read step that runs again keeps its conclusion; a write that is
    // done again is open again, or its end would go unnoticed.
    let keeps = launch.effect == runbook::Effect::Read && state.status(&launch.step).is_settled();
    if !keeps && launch.part == Part::Main {
        // Another look of the same poll goes on with what it knows.
        let goes_on = launch.round != 0
            && (matches!(state.status(&launch.step), Status::PollDue { .. })
                || is_active(state, &launch.step, launch.round));
        if !goes_on {
            state.polls.remove(&launch.step);
        }
        let status = Status::Active {
            attempt: launch.first(),
        };
        state.steps.insert(launch.step.clone(), status);
    }
}

pub(super) fn is_active(state: &State, step: &str, first: AttemptId) -> bool {
    matches!(state.status(step), Status::Active { attempt } if *attempt == first)
}

/// What an outcome makes of a step.
pub(super) fn settle(
    state: &mut State,
    entry: &Entry,
    step: &str,
    attempt: AttemptId,
    outcome: &Outcome,
) {
    let status = match outcome {
        Outcome::Succeeded => Status::Concluded {
            at: entry.at,
            conclusion: Conclusion::Succeeded,
        },
        Outcome::Failed { reason } => Status::Failed {
            attempt: Some(attempt),
            reason: reason.clone(),
        },
        Outcome::Unknown { reason } => Status::Unknown {
            attempt,
            reason: reason.clone(),
            probe: None,
        },
    };
    state.polls.remove(step);
    state.steps.insert(step.to_owned(), status);
}

/// Where a step stood before an attempt that was never started: failed, if the
/// last one that ran did, so that its fallbacks are still offered.
fn before(state: &State, step: &str) -> Status {
    let last = state
        .mains_of(step)
        .filter_map(|(id, attempt)| match &attempt.status {
            AttemptStatus::Finished { outcome, .. } => Some((id, outcome)),
            _ => None,
        })
        .last();
    match last {
        Some((attempt, Outcome::Failed { reason })) => Status::Failed {
            attempt: Some(attempt),
            reason: reason.clone(),
        },
        _ => Status::Ready { doubt: None },
    }
}
