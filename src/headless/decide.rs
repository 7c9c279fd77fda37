//! What a headless session does next, by rules alone: what they leave to a person
//! ends it.

use std::collections::BTreeMap;

use super::Orders;
use crate::engine::{
    Command, Next, State, Status, command::Run, event::RunOutcome, gate, next, probe,
    rules::headless_answer,
};
use crate::report::timeline::step_title;
use crate::runbook::{self, Effect, Kind};

/// What a headless session does next.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Wait,
    Ask(Command),
    Stop(String),
    Over(RunOutcome),
}

/// Decides in place of a person, or says why that cannot be.
pub(super) fn decide(state: &State, orders: &Orders) -> Step {
    let title = |id: &str| step_title(state, id);
    match next(state) {
        Next::Closed => state
            .closed
            .as_ref()
            .map_or(Step::Wait, |closed| Step::Over(closed.outcome)),
        Next::Close(outcome) => Step::Ask(Command::Close {
            outcome,
            note: String::new(),
        }),
        Next::Busy(..) | Next::Retry(..) | Next::Poll(..) | Next::Wait(..) => Step::Wait,
        // Auto-advance starts a step once. What stands open again was edited, never
        // begun, or declared without effect: a person starts it.
        Next::Run(step, _) if state.attempts_of(&step.id).next().is_some() => Step::Stop(format!(
            "‘{}’ was tried before and stands open again",
            title(&step.id)
        )),
        Next::Run(step, _) if step.effect == Effect::Destructive && !state.is_rehearsal() => {
            confirm(state, orders, step)
        }
        // Auto-advance has started it unless something about it is doubtful.
        Next::Run(step, run) => {
            if let Status::Ready { doubt: Some(doubt) } = state.status(&step.id) {
                return Step::Stop(format!("‘{}’: {doubt}", title(&step.id)));
            }
            // Nobody is there to agree that a read step runs in a rehearsal.
            let passes =
                state.is_rehearsal() && step.effect == Effect::Read && run.rehearse.is_none();
            Step::Ask(Command::Run(Run {
                values: passes.then(BTreeMap::new),
                ..Run::step(&step.id)
            }))
        }
        Next::Failed(step, reason) => failed(state, orders, step, reason),
        Next::Unknown(step, reason) => unknown(state, step, reason),
        Next::Decide(step, ..) => {
            if gate::awaits_evidence(state, &step.id) {
                return Step::Wait;
            }
            if let Some((answer, reason)) = orders.answers.get(&step.id) {
                return Step::Ask(Command::Answer {
                    gate: step.id.clone(),
                    answer: answer.clone(),
                    reason: reason.clone(),
                    without_approval: false,
                });
            }
            match headless_answer(state, &step.id) {
                Ok(answer) => Step::Ask(Command::Answer {
                    gate: step.id.clone(),
                    answer,
                    reason: None,
                    without_approval: false,
                }),
                Err(why) => Step::Stop(format!(
                    "‘{}’ waits for an answer: {why} (give one with --answer {}=…)",
                    title(&step.id),
                    step.id
                )),
            }
        }
        Next::Manual(step, _, manual) if orders.done.contains_key(&step.id) => {
            let open = manual.checklist.iter().position(|(_, at)| at.is_none());
            Step::Ask(match open {
                Some(item) => Command::Tick {
                    step: step.id.clone(),
                    item,
                    done: true,
                },
                None => Command::ManualDone {
                    step: step.id.clone(),
                    values: orders.done.get(&step.id).cloned().unwrap_or_default(),
                },
            })
        }
        Next::Manual(step, manual, _) if manual.headless_skip => Step::Ask(Command::Skip {
            step: step.id.clone(),
            reason: "nobody was at a screen".to_owned(),
            values: BTreeMap::new(),
        }),
        Next::Manual(step, ..) => Step::Stop(format!(
            "‘{}’ is done by a person (when it is done, say so with --done {})",
            title(&step.id),
            step.id
        )),
    }
}

/// A failure is met with the fallback that was chosen for it beforehand, once.
fn failed(state: &State, orders: &Orders, step: &runbook::Step, reason: &str) -> Step {
    let title = step_title(state, &step.id);
    let fallbacks = match &step.kind {
        Kind::Run(run) => run.fallbacks.as_slice(),
        _ => &[],
    };
    let Some(number) = orders.failures.get(&step.id) else {
        let hint = match fallbacks.len() {
            0 => String::new(),
            1 => format!(" (its fallback: --failure {}=fallback:1)", step.id),
            n => format!(
                " (one of its {n} fallbacks: --failure {}=fallback:N)",
                step.id
            ),
        };
        return Step::Stop(format!("‘{title}’ failed: {reason}{hint}"));
    };
    let Some((index, fallback)) = number
        .checked_sub(1)
        .and_then(|index| Some((index, fallbacks.get(index)?)))
    else {
        return Step::Stop(format!(
            "‘{title}’ failed: {reason}; it has no fallback {number}"
        ));
    };
    let last = state.mains_of(&step.id).last();
    if last.is_some_and(|(_, last)| last.fallback.is_some()) {
        return Step::Stop(format!(
            "‘{title}’ failed, and so did its fallback: {reason}"
        ));
    }
    let mut confirmation = None;
    if fallback.effect == Effect::Destructive {
        match confirmed(state, orders, step) {
            Ok(target) => confirmation = Some(target),
            Err(why) => return Step::Stop(why),
        }
    }
    Step::Ask(Command::Fallback {
        step: step.id.clone(),
        index,
        confirmation,
    })
}

/// Nobody concludes here; but whoever does is to find the probe's advice.
fn unknown(state: &State, step: &runbook::Step, reason: &str) -> Step {
    let advice = match state.status(&step.id) {
        Status::Unknown { attempt, .. } if probe::query(state, *attempt).is_some() => {
            return Step::Wait;
        }
        Status::Unknown {
            probe: Some(probed),
            ..
        } => format!(" (the probe says {})", probed.advice.word()),
        _ => String::new(),
    };
    Step::Stop(format!(
        "nobody knows whether ‘{}’ took effect: {reason}{advice}",
        step_title(state, &step.id)
    ))
}

fn confirm(state: &State, orders: &Orders, step: &runbook::Step) -> Step {
    debug_assert!(matches!(step.kind, Kind::Run(_)));
    match confirmed(state, orders, step) {
        Ok(target) => Step::Ask(Command::Run(Run {
            confirmation: Some(target),
            ..Run::step(&step.id)
        })),
        Err(why) => Step::Stop(why),
    }
}

/// The target of what cannot be undone, if it was allowed beforehand.
fn confirmed(state: &State, orders: &Orders, step: &runbook::Step) -> Result<String, String> {
    let target = match crate::engine::step::target(state, step) {
        // What names nothing else is confirmed by its own name.
        Ok(target) => target.unwrap_or_else(|| step.id.clone()),
        Err(refusal) => return Err(refusal.to_string()),
    };
    if orders.confirmations.contains(&target) {
        return Ok(target);
    }
    Err(format!(
        "‘{}’ cannot be undone: allow it with --confirm {}",
        step_title(state, &step.id),
        quoted(&target)
    ))
}

/// A word as it is typed into a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
