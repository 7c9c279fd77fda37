//! Folding events into the state: the only place that changes it.

use std::sync::Arc;

use super::{
    event::{Conclusion, Entry, Event, Outcome},
    gate,
    state::{Attempt, AttemptStatus, Closed, ManualState, PhaseState, PhaseStatus, State, Status},
};
use crate::runbook;

/// Folds one event. Total: an event that does not fit changes nothing, so that
/// no journal, however it came about, can make the console panic.
#[expect(
    clippy::too_many_lines,
    reason = "one arm an event: in one place it can be seen that each is folded"
)]
pub fn apply(state: &mut State, entry: &Entry) {
    let at = entry.at;
    match &entry.event {
        Event::RunStarted(_) | Event::RunResumed { .. } | Event::NoteAdded { .. } => {}
        Event::AutoAdvance { on } => state.auto = *on,
        Event::PhaseEntered { phase, doubt } => {
            state.upcoming.retain(|id| id != phase);
            state.phases.push(PhaseState {
                id: phase.clone(),
                doubt: doubt.clone(),
                status: PhaseStatus::Current { since: at },
            });
        }
        Event::PhaseNotTaken { phase, because } => {
            state.upcoming.retain(|id| id != phase);
            state.phases.push(PhaseState {
                id: phase.clone(),
                doubt: None,
                status: PhaseStatus::NotTaken {
                    because: because.clone(),
                },
            });
        }
        Event::PhaseFinished { phase } => {
            for known in state.phases.iter_mut().filter(|known| known.id == *phase) {
                if let PhaseStatus::Current { since } = known.status {
                    known.status = PhaseStatus::Finished { since, at };
                }
            }
        }
        Event::StepReached { step, doubt } => {
            let status = Status::Ready {
                doubt: doubt.clone(),
            };
            state.steps.insert(step.clone(), status);
        }
        Event::StepNotTaken { step, because } => {
            let status = Status::NotTaken {
                because: because.clone(),
            };
            state.steps.insert(step.clone(), status);
        }
        Event::AttemptStarting { .. }
        | Event::AttemptStarted { .. }
        | Event::AttemptStopping { .. }
        | Event::AttemptVoided { .. }
        | Event::AttemptFinished { .. } => apply_attempt(state, entry),
        Event::RetryScheduled { step, due } => {
            if let Status::Failed {
                attempt: Some(attempt),
                ..
            } = *state.status(step)
            {
                let status = Status::RetryDue { attempt, due: *due };
                state.steps.insert(step.clone(), status);
            }
        }
        Event::EffectDenied { step, .. } => {
            state
                .steps
                .insert(step.clone(), Status::Ready { doubt: None });
        }
        Event::StepConcluded {
            step,
            conclusion,
            values,
        } => {
            state.values.extend(values.clone());
            let status = Status::Concluded {
                at,
                conclusion: conclusion.clone(),
            };
            state.steps.insert(step.clone(), status);
        }
        Event::GateOpened { .. }
        | Event::GateMeasured { .. }
        | Event::EvidenceCollected { .. }
        | Event::GateAnswered { .. } => gate::apply(state, entry),
        Event::ManualOpened {
            step,
            instructions,
            checklist,
            copy,
        } => {
            let status = Status::Manual(ManualState {
                since: at,
                instructions: instructions.clone(),
                checklist: checklist.iter().map(|item| (item.clone(), None)).collect(),
                copy: copy.clone(),
            });
            state.steps.insert(step.clone(), status);
        }
        Event::ItemTicked { step, item, done } => {
            if let Some(Status::Manual(manual)) = state.steps.get_mut(step)
                && let Some((_, ticked)) = manual.checklist.get_mut(*item)
            {
                *ticked = done.then_some(at);
            }
        }
        Event::WaitStarted { step, until } => {
            let status = Status::Waiting {
                since: at,
                until: *until,
            };
            state.steps.insert(step.clone(), status);
        }
        Event::WaitRanOut { step, .. } => {
            let status = Status::Failed {
                attempt: None,
                reason: "the wait is over and its condition is not met".to_owned(),
            };
            state.steps.insert(step.clone(), status);
        }
        Event::RunClosed { outcome, note } => {
            state.closed = Some(Closed {
                at,
                outcome: *outcome,
                note: note.clone(),
            });
        }
    }
}

fn apply_attempt(state: &mut State, entry: &Entry) {
    match &entry.event {
        Event::AttemptStarting {
            launch,
            edited_from,
            fallback,
        } => {
            // A read step that runs again keeps its conclusion; a write that is
            // done again is open again, or its end would go unnoticed.
            let keeps =
                launch.effect == runbook::Effect::Read && state.status(&launch.step).is_settled();
            if !keeps {
                let status = Status::Active {
                    attempt: launch.attempt,
                };
                state.steps.insert(launch.step.clone(), status);
            }
            state.attempts.insert(
                launch.attempt,
                Attempt {
                    launch: Arc::new((**launch).clone()),
                    starting_at: entry.at,
                    edited: edited_from.is_some(),
                    fallback: fallback.clone(),
                    status: AttemptStatus::Starting,
                },
            );
        }
        Event::AttemptStarted { attempt, pid } => {
            if let Some(known) = state.attempts.get_mut(attempt) {
                known.status = AttemptStatus::Running {
                    pid: *pid,
                    since: entry.at,
                    stopping: None,
                };
            }
        }
        Event::AttemptStopping { attempt } => {
            if let Some(known) = state.attempts.get_mut(attempt)
                && let AttemptStatus::Running { stopping, .. } = &mut known.status
            {
                *stopping = Some(entry.at);
            }
        }
        Event::AttemptVoided { attempt } => {
            let Some(known) = state.attempts.get_mut(attempt) else {
                return;
            };
            known.status = AttemptStatus::Voided;
            let step = known.launch.step.clone();
            if matches!(state.status(&step), Status::Active { attempt: active } if active == attempt)
            {
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
            let Some(known) = state.attempts.get_mut(attempt) else {
                return;
            };
            known.status = AttemptStatus::Finished {
                report: Arc::new((**report).clone()),
                outcome: outcome.clone(),
            };
            let step = known.launch.step.clone();
            if *outcome == Outcome::Succeeded {
                state.values.extend(outputs.clone());
            }
            let active = matches!(state.status(&step), Status::Active { attempt: active } if active == attempt);
            if !active {
                return;
            }
            let status = match outcome {
                Outcome::Succeeded => Status::Concluded {
                    at: entry.at,
                    conclusion: Conclusion::Succeeded,
                },
                Outcome::Failed { reason } => Status::Failed {
                    attempt: Some(*attempt),
                    reason: reason.clone(),
                },
                Outcome::Unknown { reason } => Status::Unknown {
                    attempt: *attempt,
                    reason: reason.clone(),
                },
            };
            state.steps.insert(step, status);
        }
        _ => {}
    }
}

/// Where a step stood before an attempt that was never started: failed, if the
/// last one that ran did, so that its fallbacks are still offered.
fn before(state: &State, step: &str) -> Status {
    let last = state
        .attempts_of(step)
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
