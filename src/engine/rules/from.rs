//! Beginning a run at a later step: what comes before is passed over, with the
//! answers and values that somebody gives.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Decision, Draft};
use crate::engine::{
    advance,
    event::{Conclusion, Entry, Event, Started},
    needs,
    refusal::Refusal,
    state::State,
};
use crate::runbook::{Kind, Runbook, Step};
use crate::template::Value;

/// Where a run begins, and what must be known for that.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct From {
    /// The step that it begins at.
    pub step: String,
    /// Answers by gate, with their reasons. One that needs approvals is recorded
    /// as given without them, and so needs a reason.
    pub answers: BTreeMap<String, (String, Option<String>)>,
    /// In place of the outputs of what comes before, as typed.
    pub values: BTreeMap<String, String>,
}

/// Why a run cannot begin there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FromError {
    /// No such step.
    #[error("there is no step `{0}` in this runbook to begin at")]
    NoSuchStep(String),
    /// The route never comes there.
    #[error(
        "the run never comes to `{0}`: with these answers and conditions its phase or the step itself is not on the route"
    )]
    NotOnTheRoute(String),
    /// A gate stands before.
    #[error("‘{question}’ stands before it: give an answer for `{gate}` ({known})")]
    NeedsAnswer {
        /// The gate's id.
        gate: String,
        /// Its title.
        question: String,
        /// Its answers.
        known: String,
    },
    /// Values are missing.
    #[error("{}", missing(.0))]
    NeedsValues(Vec<(String, String)>),
    /// No step before makes such a value.
    #[error("no step before it makes {0}: only what such a step would have made can be given")]
    MakesNo(String),
    /// An answer or a value does not fit.
    #[error(transparent)]
    Refused(Box<Refusal>),
}

fn missing(needed: &[(String, String)]) -> String {
    let needed: Vec<String> = needed
        .iter()
        .map(|(name, by)| format!("`{name}` (needed by {by})"))
        .collect();
    format!(
        "what comes before would have made {}: give the values",
        needed.join(", ")
    )
}

impl std::convert::From<Refusal> for FromError {
    fn from(refusal: Refusal) -> Self {
        FromError::Refused(Box::new(refusal))
    }
}

/// The first events of a run that begins at a later step.
///
/// # Errors
/// When the step is never reached, or an answer or a value is missing or does not
/// fit. Nothing has happened then.
pub fn start_from(
    runbook: &Arc<Runbook>,
    mut started: Started,
    from: &From,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Decision, FromError> {
    let Some((_, target)) = runbook.step(&from.step) else {
        return Err(FromError::NoSuchStep(from.step.clone()));
    };
    started.from = Some(from.step.clone());
    let entry = Entry {
        at: now,
        by: by.into(),
        event: Event::RunStarted(Box::new(started)),
    };
    let Ok(state) = State::begin(Arc::clone(runbook), &entry) else {
        return Ok(Decision::default());
    };
    let mut draft = Draft::new(&state, by, now);
    draft.events.push(entry.event);
    let title = draft.title(target);
    let reason = format!("the run began at ‘{title}’");
    let mut passed: Vec<Step> = Vec::new();
    loop {
        let Some(current) = draft.state.current_step().cloned() else {
            let finished = draft
                .state
                .current_phase()
                .map(|(phase, _)| Event::PhaseFinished {
                    phase: phase.id.clone(),
                });
            let event = finished
                .or_else(|| advance::enter(&draft.state))
                .ok_or_else(|| FromError::NotOnTheRoute(from.step.clone()))?;
            draft.push(event);
            continue;
        };
        if current.id == from.step {
            // What stands behind it was not asked for, and would begin.
            if let Event::StepNotTaken { .. } = advance::reach(&draft.state, &current, now) {
                return Err(FromError::NotOnTheRoute(from.step.clone()));
            }
            break;
        }
        match advance::reach(&draft.state, &current, now) {
            event @ Event::StepNotTaken { .. } => draft.push(event),
            event @ Event::GateOpened { .. } => {
                draft.push(event);
                draft.answered(&current, from)?;
            }
            _ => {
                let event = Event::StepConcluded {
                    step: current.id.clone(),
                    conclusion: Conclusion::Skipped {
                        reason: reason.clone(),
                    },
                    values: given(&current, from)?,
                };
                draft.push(event);
                passed.push(current);
            }
        }
    }
    let makes = |name: &str| {
        passed
            .iter()
            .any(|step| step.makes().iter().any(|(made, _)| *made == name))
    };
    if let Some(odd) = from.values.keys().find(|name| !makes(name)) {
        return Err(FromError::MakesNo(format!("`{odd}`")));
    }
    let missing: Vec<(String, String)> = passed
        .iter()
        .flat_map(|step| needs::missing(&draft.state, step))
        .map(|(name, by)| (name.to_owned(), by))
        .collect();
    if !missing.is_empty() {
        return Err(FromError::NeedsValues(missing));
    }
    Ok(draft.decision())
}

/// What was given in place of a step's outputs, and its defaults.
fn given(step: &Step, from: &From) -> Result<BTreeMap<String, Value>, FromError> {
    let mut values = BTreeMap::new();
    for (name, kind) in step.makes() {
        if let Some(text) = from.values.get(name) {
            values.insert(name.to_owned(), needs::typed(step, name, kind, text)?);
        } else if let Some(default) = needs::default_of(step, name) {
            values.insert(name.to_owned(), default);
        }
    }
    Ok(values)
}

impl Draft<'_> {
    /// Answers a gate before the step that the run begins at.
    fn answered(&mut self, step: &Step, from: &From) -> Result<(), FromError> {
        let Some((answer, reason)) = from.answers.get(&step.id) else {
            let known: Vec<&str> = match &step.kind {
                Kind::Gate(gate) => gate.answers.iter().map(|a| a.name.as_str()).collect(),
                _ => Vec::new(),
            };
            return Err(FromError::NeedsAnswer {
                gate: step.id.clone(),
                question: self.title(step),
                known: known.join(", "),
            });
        };
        // There was nobody yet who could have agreed.
        let without_approval = reason.is_some();
        Ok(self.answer(step.id.clone(), answer, reason.clone(), without_approval)?)
    }
}
