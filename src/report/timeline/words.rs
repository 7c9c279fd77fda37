//! The words of each event.

use super::{
    Mark, answer_label, beside, driving, is_passed_over, of_attempt, part_title, step_title,
    with_values, without_marks,
};
use crate::engine::{
    AttemptId, Entry, Event, State,
    effect::Part,
    event::{Answered, Conclusion, Outcome, Voucher},
    observed::{Ended, OutputDigest},
    state::AttemptStatus,
    step::fill_or_source,
    untaken,
};
use crate::output::size;
use crate::runbook::human;

#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "one arm an event, in their order, so that it can be seen what each becomes"
)]
pub(super) fn words(state: &State, entry: &Entry) -> Option<(Mark, String, bool)> {
    let step = |id: &str| step_title(state, id);
    let phase = |id: &str| {
        state
            .runbook
            .phase(id)
            .map_or_else(|| id.to_owned(), |phase| phase.title.clone())
    };
    Some(match &entry.event {
        Event::RunStarted(started) => {
            let place = started
                .environment
                .as_ref()
                .map_or_else(String::new, |name| format!(" on {name}"));
            let from = started.from.as_ref().map_or_else(String::new, |from| {
                format!(", at the later step ‘{}’", step(from))
            });
            let text = format!(
                "{} ‘{}’ started{place} by {}{from}",
                match started.kind {
                    crate::engine::event::RunKind::Incident => "Run",
                    crate::engine::event::RunKind::Drill => "DRILL",
                    crate::engine::event::RunKind::Rehearsal => "REHEARSAL",
                },
                started.title,
                entry.by
            );
            let text = if started.auto {
                format!("{text}, without a screen")
            } else {
                text
            };
            (Mark::Milestone, text, false)
        }
        Event::RunResumed(_)
        | Event::HandedOver { .. }
        | Event::HandOverAsked { .. }
        | Event::TakenOver { .. } => return driving::words(state, entry),
        Event::AutoAdvance { on: true } => (Mark::Note, "Auto-advance on".to_owned(), true),
        Event::AutoAdvance { on: false } => (Mark::Note, "Auto-advance off".to_owned(), true),
        Event::PhaseEntered {
            phase: id, doubt, ..
        } => {
            let doubt = doubt.as_ref().map_or_else(String::new, |doubt| {
                format!(" (its condition could not be evaluated: {doubt})")
            });
            (
                Mark::Milestone,
                format!("Phase: {}{doubt}", phase(id)),
                false,
            )
        }
        Event::PhaseNotTaken {
            phase: id, because, ..
        } => {
            let because = without_marks(&untaken::why_not_then(state, because));
            let text = format!("Phase not taken: {} ({because})", phase(id));
            (Mark::Skipped, text, false)
        }
        Event::PhaseFinished { .. } => return None,
        Event::StepReached { step: id, doubt } => {
            let doubt = doubt.as_ref()?;
            let text = format!(
                "{}: its condition could not be evaluated: {doubt}",
                step(id)
            );
            (Mark::Unknown, text, false)
        }
        Event::StepNotTaken { step: id, because } => {
            let because = without_marks(&untaken::why_not_then(state, because));
            let text = format!("Not taken: {} ({because})", step(id));
            (Mark::Skipped, text, true)
        }
        Event::AttemptStarting {
            launch,
            beside: place,
            ..
        } if launch.part == Part::OffScript => beside::begins(state, launch, place.as_deref()),
        Event::AttemptStarting {
            launch,
            edited_from,
            fallback,
            ..
        } => {
            let mut text = part_title(state, launch);
            if launch.number > 1 {
                text = format!("{text}, attempt {}", launch.number);
            }
            if let Some(fallback) = fallback {
                text = format!("{text}: fallback ‘{fallback}’");
            }
            if edited_from.is_some() {
                text.push_str(" (script changed by the operator)");
            }
            let as_written = edited_from.is_none() && fallback.is_none();
            (Mark::Begin, text, as_written)
        }
        Event::AttemptStarted { .. } => return None,
        Event::AttemptVoided { attempt } => {
            let text = format!("{} was never started", of_attempt(state, *attempt));
            (Mark::Skipped, text, false)
        }
        // A companion ends with what it watched.
        Event::AttemptStopping { attempt } if is_companion(state, *attempt) => return None,
        Event::AttemptStopping { attempt } => {
            let text = format!("Stop asked for: {}", of_attempt(state, *attempt));
            (Mark::Note, text, false)
        }
        Event::AttemptFinished {
            attempt,
            report,
            outputs,
            outcome,
        } => {
            let title = of_attempt(state, *attempt);
            let took = human(std::time::Duration::from_millis(report.milliseconds));
            let mut took = format!("{took}{}", missing(&report.output));
            // Of an end that is no exit the judgement has said it.
            let is_told = !is_companion(state, *attempt) && *outcome != Outcome::Succeeded;
            let exited = matches!(report.ended, Ended::Exit { .. });
            if let Some(left) = report.survivors_in_words().filter(|_| exited || !is_told) {
                took = format!("{took} · {left}");
            }
            if is_companion(state, *attempt) {
                let text = match outcome {
                    Outcome::Succeeded => format!("{title} ended · {took}"),
                    Outcome::Failed { reason } | Outcome::Unknown { reason } => {
                        format!("{title}: {reason} · {took}")
                    }
                };
                return Some((Mark::Note, text, true));
            }
            match outcome {
                Outcome::Succeeded => {
                    let text = with_values(title, outputs);
                    (Mark::Good, format!("{text} · {took}"), false)
                }
                Outcome::Failed { reason } => {
                    (Mark::Bad, format!("{title}: {reason} · {took}"), false)
                }
                Outcome::Unknown { reason } => {
                    let text = format!("{title}: outcome unknown, {reason}");
                    (Mark::Unknown, text, false)
                }
            }
        }
        Event::RetryScheduled { step: id, due } => {
            let wait = (*due - entry.at).to_std().unwrap_or_default();
            let text = format!("{} is tried again in {}", step(id), human(wait));
            (Mark::Note, text, true)
        }
        // Of a round that succeeded each command has told so, and one that ran alone
        // has told its own end.
        Event::RoundFinished {
            attempt, outcome, ..
        } if tells_nothing_new(state, *attempt, outcome) => return None,
        Event::RoundFinished {
            step: id, outcome, ..
        } => match outcome {
            Outcome::Unknown { reason } => {
                let text = format!("{}: outcome unknown, {reason}", step(id));
                (Mark::Unknown, text, false)
            }
            Outcome::Failed { reason } => (Mark::Bad, format!("{}: {reason}", step(id)), false),
            Outcome::Succeeded => return None,
        },
        Event::PollScheduled(poll) => {
            let wait = (poll.due - entry.at).to_std().unwrap_or_default();
            let (title, last) = (step(&poll.step), &poll.last);
            let text = format!("{title}: {last}; looked at again in {}", human(wait));
            (Mark::Note, text, true)
        }
        Event::SilenceNoticed { attempt, since } => {
            let silent = (entry.at - *since).to_std().unwrap_or_default();
            let text = format!(
                "{} has printed nothing for {}",
                of_attempt(state, *attempt),
                human(silent)
            );
            (Mark::Note, text, false)
        }
        Event::ClockStepped { by_ms } => {
            let seconds = (by_ms.unsigned_abs() + 500) / 1000;
            let by = human(std::time::Duration::from_secs(seconds));
            let to = if *by_ms < 0 { "back" } else { "forward" };
            let text = format!(
                "The machine's clock was set {to} by {by}; this run's times go on as before"
            );
            (Mark::Note, text, false)
        }
        Event::ProbeAnswered { attempt, probed } => {
            let text = format!(
                "{}: the probe says {}",
                of_attempt(state, *attempt),
                probed.advice.word()
            );
            (Mark::Note, text, false)
        }
        Event::ApprovalGiven { gate, approval } => {
            let does = if approval.agrees {
                "agrees with"
            } else {
                "refuses"
            };
            let mut text = format!(
                "{}: {} {does} ‘{}’, {}",
                step(gate),
                approval.by_whom,
                answer_label(state, gate, &approval.answer),
                voucher(&approval.how, &entry.by)
            );
            if let Some(reason) = &approval.reason {
                text = format!("{text} ({reason})");
            }
            (Mark::Decision, text, false)
        }
        Event::EffectDenied { step: id, reason } => {
            let text = format!("{} took no effect, says {}: {reason}", step(id), entry.by);
            (Mark::Decision, text, false)
        }
        Event::StepConcluded {
            step: id,
            conclusion,
            values,
        } => match conclusion {
            Conclusion::DoneOffScript { .. } => return beside::words(state, entry),
            Conclusion::Succeeded => (Mark::Good, with_values(step(id), values), false),
            Conclusion::FailureAccepted => {
                let text = format!("{}: its failure is accepted, the run goes on", step(id));
                (Mark::Bad, text, false)
            }
            Conclusion::Rehearsed => {
                let text = format!("{}: rehearsed, not done", step(id));
                (Mark::Good, with_values(text, values), false)
            }
            // The line of the beginning has said so for all of them.
            Conclusion::Skipped { .. } if is_passed_over(state, entry.at) => return None,
            Conclusion::Skipped { reason } => {
                let text = format!("Skipped: {} ({reason})", step(id));
                (Mark::Skipped, with_values(text, values), false)
            }
            Conclusion::TookEffect { reason } => {
                let text = format!("{} took effect, says {}: {reason}", step(id), entry.by);
                (Mark::Decision, with_values(text, values), false)
            }
        },
        Event::GateOpened { question, .. } => (Mark::Begin, question.clone(), true),
        Event::GateMeasured { .. } | Event::ManualOpened(_) => return None,
        Event::EvidenceCollected { gate, ended, .. } => {
            if *ended == (Ended::Exit { code: 0 }) {
                return None;
            }
            let text = format!("The evidence of ‘{}’ could not be had", step(gate));
            (Mark::Bad, text, false)
        }
        Event::GateAnswered(answered) => {
            let Answered {
                gate,
                label,
                reason,
                overrides,
                unapproved,
                ..
            } = &**answered;
            let mut text = format!("{} → {}", step(gate), without_marks(label));
            if let Some(reason) = reason {
                text = format!("{text} ({reason})");
            }
            if let Some(suggested) = overrides {
                let suggested = answer_label(state, gate, suggested);
                text = format!("{text} · against the suggestion ‘{suggested}’");
            }
            if *unapproved {
                text.push_str(" · without the approvals that it needs");
            }
            (Mark::Decision, text, false)
        }
        Event::ItemTicked {
            step: id,
            item,
            done,
        } => {
            let item = match state.status(id) {
                crate::engine::Status::Manual(manual) => {
                    manual.checklist.get(*item).map(|(text, _)| text.clone())
                }
                _ => checklist_item(state, id, *item),
            };
            let item = item.unwrap_or_default();
            if *done {
                (Mark::Good, format!("{}: {item}", step(id)), true)
            } else {
                (
                    Mark::Note,
                    format!("{}: open again: {item}", step(id)),
                    true,
                )
            }
        }
        Event::WaitStarted { step: id, until } => {
            let length = (*until - entry.at).to_std().unwrap_or_default();
            let text = format!("{}: waiting {}", step(id), human(length));
            (Mark::Begin, text, true)
        }
        Event::WaitRanOut { step: id, .. } => {
            let text = format!(
                "{}: the wait is over and its condition is not met",
                step(id)
            );
            (Mark::Bad, text, false)
        }
        Event::OffScriptDeclared { .. } | Event::GateReopened(_) => {
            return beside::words(state, entry);
        }
        // The teller counts them.
        Event::NoteAdded { .. } => return None,
        Event::NoteAmended { note, text, .. } => {
            return beside::amended(state, entry, *note, text.is_none());
        }
        Event::SignalChanged {
            signal,
            value,
            health,
        } => super::signals::words(state, signal, *value, health),
        Event::Closing { outcome, note, .. } => {
            let text = format!("Closing as {}{}", outcome.word(), said(note));
            (Mark::Milestone, text, false)
        }
        Event::RunClosed { outcome, note, .. } => {
            let text = format!("Run closed as {}{}", outcome.word(), said(note));
            (Mark::Milestone, text, false)
        }
    })
}

/// How it is known whose word an approval is.
pub fn voucher(how: &Voucher, recorded_by: &str) -> String {
    match how {
        Voucher::Account { user, .. } => format!("known by the account {user}"),
        Voucher::Attested {
            channel,
            stands_for,
        } => {
            let role = stands_for
                .as_ref()
                .map_or_else(String::new, |role| format!(" for {role}"));
            format!("attested by {recorded_by}: said{role} over {channel}")
        }
    }
}

fn is_companion(state: &State, attempt: AttemptId) -> bool {
    let known = state.attempts.get(&attempt);
    known.is_some_and(|known| known.launch.part == Part::Watch)
}

/// Whether the end of a round says what the end of its only command has said.
fn tells_nothing_new(state: &State, attempt: AttemptId, of_round: &Outcome) -> bool {
    let Some(known) = state.attempts.get(&attempt) else {
        return *of_round == Outcome::Succeeded;
    };
    let as_its_own =
        matches!(&known.status, AttemptStatus::Finished { outcome, .. } if outcome == of_round);
    *of_round == Outcome::Succeeded || known.launch.script.is_empty() && as_its_own
}

fn checklist_item(state: &State, step: &str, item: usize) -> Option<String> {
    let (_, step) = state.runbook.step(step)?;
    let crate::runbook::Kind::Manual(manual) = &step.kind else {
        return None;
    };
    manual
        .checklist
        .get(item)
        .map(|item| fill_or_source(&item.text, state.scope_for(&item.text.source)))
}

/// What was said at the end.
fn said(note: &str) -> String {
    if note.is_empty() {
        String::new()
    } else {
        format!(": {note}")
    }
}

/// What of an attempt's output cannot be read any more, where there is something.
fn missing(output: &OutputDigest) -> String {
    let mut text = String::new();
    if output.dropped > 0 {
        let dropped = size(output.dropped);
        text = format!(" · {dropped} dropped from the middle of its output");
    }
    if output.lost > 0 {
        let lost = size(output.lost);
        text = format!("{text} · {lost} of its output could not be written");
    }
    text
}
