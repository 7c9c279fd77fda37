//! Folding events into the state: the only place that changes it.

mod attempts;

use super::{
    event::{Conclusion, Entry, Event},
    gate, reopening,
    state::{
        Closed, Closing, ManualState, PhaseState, PhaseStatus, Polling, SignalState, State, Status,
        notes,
    },
};
use attempts::{is_active, settle};

/// Folds one event. Total: an event that does not fit changes nothing, so that
/// no journal, however it came about, can make the console panic.
#[expect(
    clippy::too_many_lines,
    reason = "one arm an event: in one place it can be seen that each is folded"
)]
pub fn apply(state: &mut State, entry: &Entry) {
    let at = entry.at;
    state.scope.take();
    match &entry.event {
        Event::RunStarted(_) | Event::ClockStepped { .. } => {}
        Event::NoteAdded { .. } | Event::NoteAmended { .. } => notes::apply(state, entry),
        Event::RunResumed(_)
        | Event::HandedOver { .. }
        | Event::HandOverAsked { .. }
        | Event::TakenOver { .. } => state.driving.apply(entry),
        Event::AutoAdvance { on } => state.auto = *on,
        Event::PhaseEntered {
            phase,
            doubt,
            around,
        } => {
            state.around.extend(around.clone());
            state.upcoming.retain(|id| id != phase);
            // The cleanup may begin before a phase has come to its end.
            for known in &mut state.phases {
                if let PhaseStatus::Current { since } = known.status {
                    known.status = PhaseStatus::Left { since, at };
                }
            }
            state.phases.push(PhaseState {
                id: phase.clone(),
                doubt: doubt.clone(),
                status: PhaseStatus::Current { since: at },
            });
        }
        Event::PhaseNotTaken {
            phase,
            because,
            around,
        } => {
            state.around.extend(around.clone());
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
        | Event::SilenceNoticed { .. }
        | Event::AttemptVoided { .. }
        | Event::AttemptFinished { .. }
        | Event::OffScriptDeclared { .. } => attempts::apply(state, entry),
        Event::RoundFinished {
            step,
            round,
            attempt,
            outcome,
        } => {
            if is_active(state, step, *round) {
                settle(state, entry, step, *attempt, outcome);
            }
        }
        Event::PollScheduled(poll) => {
            if matches!(state.status(&poll.step), Status::Active { .. }) {
                state.polls.insert(
                    poll.step.clone(),
                    Polling {
                        since: poll.since,
                        until: poll.until,
                        holding: poll.holding,
                        last: poll.last.clone(),
                        due: poll.due,
                    },
                );
                let status = Status::PollDue {
                    attempt: poll.attempt,
                    due: poll.due,
                };
                state.steps.insert(poll.step.clone(), status);
            }
        }
        Event::ProbeAnswered { attempt, probed } => {
            let Some(known) = state.attempts.get(attempt) else {
                return;
            };
            if let Some(Status::Unknown {
                attempt: asked,
                probe,
                ..
            }) = state.steps.get_mut(&known.launch.step)
                && asked == attempt
            {
                *probe = Some(probed.clone());
            }
        }
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
        Event::EffectDenied { step, reason } => {
            // As after any failure, the author's fallbacks are offered.
            let attempt = match state.status(step) {
                Status::Unknown { attempt, .. } => Some(*attempt),
                _ => None,
            };
            let status = Status::Failed {
                attempt,
                reason: format!("it took no effect: {reason}"),
            };
            state.steps.insert(step.clone(), status);
        }
        Event::StepConcluded {
            step,
            conclusion,
            values,
        } => {
            state.values.extend(values.clone());
            state.polls.remove(step);
            if let Some(Status::Manual(manual)) = state.steps.get(step)
                && matches!(conclusion, Conclusion::Skipped { .. })
            {
                state.skipped_open.insert(step.clone(), manual.open());
            }
            let status = Status::Concluded {
                at,
                conclusion: conclusion.clone(),
            };
            state.steps.insert(step.clone(), status);
        }
        Event::GateOpened { .. }
        | Event::GateMeasured { .. }
        | Event::EvidenceCollected { .. }
        | Event::ApprovalGiven { .. }
        | Event::GateAnswered(_) => gate::apply(state, entry),
        Event::GateReopened(reopened) => reopening::apply(state, at, reopened),
        Event::ManualOpened(manual) => {
            let items = manual.checklist.iter();
            let status = Status::Manual(ManualState {
                since: at,
                instructions: manual.instructions.clone(),
                checklist: items.map(|item| (item.clone(), None)).collect(),
                copy: manual.copy.clone(),
            });
            state.steps.insert(manual.step.clone(), status);
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
        Event::SignalChanged {
            signal,
            value,
            health,
        } => {
            let known = SignalState {
                since: at,
                value: *value,
                health: health.clone(),
            };
            state.signals.insert(signal.clone(), known);
        }
        Event::Closing {
            outcome,
            note,
            unfinished,
        } => {
            // What was still to come is not on the route any more.
            state.upcoming.clear();
            state.closing = Some(Closing {
                since: at,
                outcome: *outcome,
                note: note.clone(),
                unfinished: unfinished.clone(),
            });
        }
        Event::RunClosed {
            outcome,
            note,
            unfinished,
            ..
        } => {
            state.closed = Some(Closed {
                at,
                outcome: *outcome,
                note: note.clone(),
                unfinished: unfinished.clone(),
            });
        }
    }
}
