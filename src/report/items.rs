//! What is left to do after a run, and where it left the author's path.

use chrono::{DateTime, NaiveDate, Utc};

use super::timeline::{is_passed_over, part_title, signal_title, step_title};
use crate::engine::{
    AttemptId, Entry, Event, State,
    effect::Part,
    event::{Conclusion, Health, Outcome},
    off_script,
    state::{AttemptStatus, Status},
};

/// Something that is left to do after the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What, with its reason.
    pub text: String,
    /// Who is to do it, if that was said.
    pub owner: Option<String>,
    /// Until which day, if that was said.
    pub due: Option<NaiveDate>,
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        Self {
            text,
            owner: None,
            due: None,
        }
    }
}

impl Item {
    /// In words, with who is to do it and until when.
    pub fn words(&self) -> String {
        let owner = self.owner.as_ref().map(|owner| format!(" · {owner}"));
        let due = self.due.map(|due| format!(" · until {due}"));
        format!(
            "{}{}{}",
            self.text,
            owner.unwrap_or_default(),
            due.unwrap_or_default()
        )
    }
}

/// What is left to do after the run: what people wrote down, then what follows from how
/// it went.
pub fn action_items(state: &State) -> Vec<Item> {
    let said = state
        .notes
        .iter()
        .filter(|note| note.struck.is_none())
        .filter_map(|note| {
            let todo = note.todo.as_ref()?;
            Some(Item {
                text: note.text.clone(),
                owner: todo.owner.clone(),
                due: todo.due,
            })
        });
    said.chain(followed(state).into_iter().map(Item::from))
        .collect()
}

/// What follows from how the run went, each with its reason.
fn followed(state: &State) -> Vec<String> {
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
                conclusion: Conclusion::DoneOffScript { reason, .. },
                ..
            } => items.push(format!(
                "Done off the script: {title} ({reason}); the runbook may need it"
            )),
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
                if let Some(how) = overridden(overrides.as_deref(), *unapproved) {
                    items.push(format!(
                        "Overridden: {title} was answered ‘{label}’ {how} ({reason})"
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
    items.extend(beside(state));
    items.extend(left_alive(state));
    for (signal, known) in &state.signals {
        if state.closed.is_some() && known.health == Health::Unhealthy {
            let title = signal_title(state, signal);
            items.push(format!("Not healthy when it was last measured: {title}"));
        }
    }
    items
}

/// In what an answer was overridden, as one thing.
fn overridden(suggested: Option<&str>, unapproved: bool) -> Option<String> {
    let against = suggested.map(|suggested| format!("against the suggestion `{suggested}`"));
    let without = unapproved.then(|| "without the approvals that it needs".to_owned());
    let all: Vec<String> = against.into_iter().chain(without).collect();
    (!all.is_empty()).then(|| all.join(" and "))
}

/// What commands off the script leave to do.
fn beside(state: &State) -> Vec<String> {
    let mut items = Vec::new();
    let mut ran = Vec::new();
    for (_, attempt) in state.off_script() {
        let title = off_script::title(&attempt.launch);
        if let Some(reason) = attempt.is_in_doubt() {
            items.push(format!("Outcome unknown: off-script ‘{title}’ ({reason})"));
        }
        if attempt.status != AttemptStatus::Voided {
            ran.push(format!("‘{title}’"));
        }
    }
    if !ran.is_empty() {
        items.push(format!(
            "Ran off the script: {}; put it into the runbook, or undo it",
            ran.join(", ")
        ));
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

/// How an off-script command ended, behind what it is.
fn came_to(state: &State, attempt: AttemptId) -> String {
    let known = state.attempts.get(&attempt).map(|known| &known.status);
    match known {
        Some(AttemptStatus::Finished { outcome, .. }) => match outcome {
            Outcome::Succeeded => ": exit 0".to_owned(),
            Outcome::Failed { reason } => format!(": {reason}"),
            Outcome::Unknown { reason } => format!(": outcome unknown, {reason}"),
        },
        Some(AttemptStatus::Voided) => ": it was never started".to_owned(),
        _ => ": it runs".to_owned(),
    }
}

/// Where the operator left the author's path.
pub fn deviations(state: &State, entries: &[Entry]) -> Vec<(DateTime<Utc>, String)> {
    entries
        .iter()
        .filter_map(|entry| {
            let text = match &entry.event {
                Event::RunStarted(_) => began_later(state)?,
                Event::AttemptStarting { launch, beside, .. } if launch.part == Part::OffScript => {
                    let place = beside.as_ref().map_or_else(String::new, |step| {
                        format!(", beside ‘{}’", step_title(state, step))
                    });
                    let came = came_to(state, launch.attempt);
                    format!(
                        "{} ran ‘{}’ off the script{place}{came}",
                        entry.by,
                        off_script::title(launch)
                    )
                }
                Event::OffScriptDeclared {
                    attempt,
                    took_effect,
                    reason,
                } => {
                    let launch = &state.attempts.get(attempt)?.launch;
                    let took = if *took_effect { "effect" } else { "no effect" };
                    let title = off_script::title(launch);
                    format!("off-script ‘{title}’ was declared to have taken {took}: {reason}")
                }
                Event::GateReopened { gate, reason, .. } => {
                    format!("{} was asked again: {reason}", step_title(state, gate))
                }
                Event::StepConcluded {
                    step,
                    conclusion: Conclusion::DoneOffScript { reason, .. },
                    ..
                } => format!(
                    "{} was done off the script: {reason}",
                    step_title(state, step)
                ),
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
                    overrides,
                    unapproved,
                    label,
                    reason,
                    ..
                } => {
                    let how = overridden(overrides.as_deref(), *unapproved)?;
                    format!(
                        "{} was answered ‘{label}’ {how}: {}",
                        step_title(state, gate),
                        reason.as_deref().unwrap_or_default()
                    )
                }
                Event::AttemptStopping { attempt } => {
                    let launch = &state.attempts.get(attempt)?.launch;
                    // A companion ends with what it watched.
                    if launch.part == Part::Watch {
                        return None;
                    }
                    let title = match launch.part {
                        Part::OffScript => format!("off-script ‘{}’", off_script::title(launch)),
                        _ => step_title(state, &launch.step),
                    };
                    format!("{title} was stopped by the operator")
                }
                _ => return None,
            };
            Some((entry.at, text))
        })
        .collect()
}
