//! What is left to do after a run, and where it left the author's path.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    signals,
    timeline::{answer_label, is_passed_over, part_title, step_title},
};
use crate::engine::{
    AttemptId, Entry, Event, State,
    effect::Part,
    event::{Conclusion, Health, Outcome},
    off_script,
    state::{AttemptStatus, Status},
    step::fill_or_source,
};
use crate::runbook::{Duty, Kind, Step};

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
                text: note.text.to_string(),
                owner: todo.owner.clone(),
                due: todo.due,
            })
        });
    said.chain(followed(state)).collect()
}

/// What follows from how the run went, each with its reason.
fn followed(state: &State) -> Vec<Item> {
    let mut items: Vec<Item> = passed_over(state).map(nobodys).into_iter().collect();
    for step in state.runbook.steps() {
        items.extend(of_step(state, step));
    }
    items.extend(beside(state).into_iter().map(nobodys));
    let left = left_alive(state).into_iter();
    items.extend(left.map(|left| nobodys(format!("See to what still ran: {left}"))));
    for (signal, known) in &state.signals {
        if state.closed.is_some() && known.health == Health::Unhealthy {
            let title = signals::title(signal);
            items.push(nobodys(format!(
                "Look into ‘{title}’: it was not healthy when it was last measured"
            )));
        }
    }
    items
}

fn nobodys(text: String) -> Item {
    Item {
        text,
        owner: None,
        due: None,
    }
}

/// What a step leaves to do.
fn of_step(state: &State, step: &Step) -> Vec<Item> {
    let title = step_title(state, &step.id);
    let cleanup = state.runbook.cleanup.as_ref();
    let cleans_up = cleanup.is_some_and(|cleanup| cleanup.step(&step.id).is_some());
    let text = match state.status(&step.id) {
        Status::Concluded { at, .. } if is_passed_over(state, *at) => return Vec::new(),
        Status::Concluded {
            conclusion: Conclusion::Skipped { reason },
            ..
        } => match state.skipped_open.get(&step.id) {
            Some(open) if !open.is_empty() => {
                return entries(state, step, open, &format!("skipped: {reason}"));
            }
            _ if cleans_up => format!("{title} (cleanup, skipped: {reason})"),
            _ => format!("{title} (skipped: {reason})"),
        },
        Status::Concluded {
            conclusion: Conclusion::DoneOffScript { reason, .. },
            ..
        } => format!("Put into the runbook how ‘{title}’ was done off the script ({reason})"),
        Status::Concluded {
            conclusion: Conclusion::FailureAccepted,
            ..
        } => format!("Find out why ‘{title}’ failed: the run went on without it"),
        Status::Answered {
            overrides,
            unapproved,
            label,
            reason,
            ..
        } => {
            let Some(how) = overridden(state, &step.id, overrides.as_deref(), *unapproved) else {
                return Vec::new();
            };
            let reason = reason.as_deref().unwrap_or("no reason");
            format!("Review the override: ‘{title}’ was answered ‘{label}’ {how} ({reason})")
        }
        Status::Unknown { reason, .. } => {
            format!("Find out whether ‘{title}’ took effect ({reason})")
        }
        Status::Failed { reason, .. } if state.closed.is_some() => {
            format!("{title} (left failed: {reason})")
        }
        Status::Manual(manual) if state.closed.is_some() => {
            if !manual.checklist.is_empty() {
                return entries(state, step, &manual.open(), "left open");
            }
            format!("{title} (not done)")
        }
        _ if left_open(state, &step.id) => format!("{title} (left open)"),
        _ => return Vec::new(),
    };
    vec![theirs(state, text, &step.duty, None)]
}

/// The entries of a step's checklist that are open.
fn entries(state: &State, step: &Step, open: &[(usize, String)], why: &str) -> Vec<Item> {
    let title = step_title(state, &step.id);
    let known = match &step.kind {
        Kind::Manual(manual) => manual.checklist.as_slice(),
        _ => &[],
    };
    let of = |(place, entry): &(usize, String)| {
        let own = known.get(*place).map(|entry| &entry.duty);
        theirs(state, format!("{title}: {entry} ({why})"), &step.duty, own)
    };
    open.iter().map(of).collect()
}

/// With who sees to it by the runbook: an entry's own, or its step's.
fn theirs(state: &State, text: String, of_step: &Duty, own: Option<&Duty>) -> Item {
    let owner = own.and_then(|own| own.owner.as_ref());
    let owner = owner.or(of_step.owner.as_ref()).map(|owner| {
        let name = fill_or_source(owner, state.scope_for(&owner.source));
        name.trim().trim_start_matches('@').to_owned()
    });
    let due = own.and_then(|own| own.due).or(of_step.due);
    let due = due.and_then(|due| {
        let due = TimeDelta::from_std(due).ok()?;
        Some(state.started_at.checked_add_signed(due)?.date_naive())
    });
    Item {
        text,
        owner: owner.filter(|owner| !owner.is_empty()),
        due,
    }
}

/// In what an answer was overridden, as one thing.
fn overridden(
    state: &State,
    gate: &str,
    suggested: Option<&str>,
    unapproved: bool,
) -> Option<String> {
    let against = suggested.map(|suggested| {
        let label = answer_label(state, gate, suggested);
        format!("against the suggestion ‘{label}’")
    });
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
            items.push(format!(
                "Find out whether off-script ‘{title}’ took effect ({reason})"
            ));
        }
        if attempt.status != AttemptStatus::Voided {
            ran.push(format!("‘{title}’"));
        }
    }
    if !ran.is_empty() {
        items.push(format!(
            "Put into the runbook, or undo, what ran off the script: {}",
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

/// How many steps a later beginning passed over, and where that was.
fn began_at(state: &State) -> Option<(String, usize)> {
    let from = state.run.from.as_ref()?;
    let passed = state.steps.values().filter(
        |status| matches!(status, Status::Concluded { at, .. } if is_passed_over(state, *at)),
    );
    Some((step_title(state, from), passed.count()))
}

/// One line for all that a later beginning passed over.
fn began_later(state: &State) -> Option<String> {
    let (title, passed) = began_at(state)?;
    Some(match passed {
        0 => format!("The run began at ‘{title}’"),
        1 => format!("The run began at ‘{title}’: one step before it was passed over"),
        n => format!("The run began at ‘{title}’: {n} steps before it were passed over"),
    })
}

/// What a later beginning leaves to do.
fn passed_over(state: &State) -> Option<String> {
    let (title, passed) = began_at(state)?;
    let steps = match passed {
        0 => return None,
        1 => "the step".to_owned(),
        n => format!("the {n} steps"),
    };
    Some(format!(
        "Make sure that nothing is missing of {steps} before ‘{title}’, where the run began"
    ))
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
                Event::GateReopened(reopened) => {
                    let (title, reason) = (step_title(state, &reopened.gate), &reopened.reason);
                    format!("{title} was asked again: {reason}")
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
                Event::GateAnswered(answered) => {
                    let (gate, overrides) = (&answered.gate, answered.overrides.as_deref());
                    let how = overridden(state, gate, overrides, answered.unapproved)?;
                    let (title, label) = (step_title(state, gate), &answered.label);
                    let reason = answered.reason.as_deref().unwrap_or_default();
                    format!("{title} was answered ‘{label}’ {how}: {reason}")
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
