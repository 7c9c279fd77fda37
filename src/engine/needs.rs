//! Who needs which value, and where an answer leads.

use std::collections::BTreeMap;

use super::{
    refusal::Refusal,
    state::{State, Status},
};
use crate::runbook::{Effect, Expression, Gate, Kind, Step, Text};
use crate::template::{self, Type, Value};

/// The default of an output or a recorded value.
pub fn default_of(step: &Step, name: &str) -> Option<Value> {
    match &step.kind {
        Kind::Run(run) => run
            .outputs
            .iter()
            .find(|output| output.name == name)
            .and_then(|output| output.default.clone()),
        Kind::Manual(manual) => manual
            .record
            .iter()
            .find(|input| input.name == name)
            .and_then(|input| input.default.clone()),
        _ => None,
    }
}

/// The title of a step still to come that uses a name, if there is one.
pub fn who_needs(state: &State, made_by: &Step, name: &str) -> Option<String> {
    let names = state.runbook.known_as(name);
    let wanted = |used: &str| names.contains(&used);
    // Variables of every command are needed by the first one.
    let everywhere = variables(state).any(|text| {
        template::names_in_text(&text.source)
            .iter()
            .any(|used| wanted(&used.path))
    });
    let uses_all = |step: &Step| everywhere && step.has_command();
    state
        .runbook
        .all_phases()
        .filter(|phase| state.is_on_route(&phase.id))
        .find_map(|phase| {
            let uses = |expression: &Option<Expression>| {
                expression
                    .as_ref()
                    .is_some_and(|e| names_of_expression(&e.source).any(|used| wanted(&used)))
            };
            if uses(&phase.when) && !state.phases.iter().any(|seen| seen.id == phase.id) {
                return Some(format!("phase ‘{}’", phase.title));
            }
            phase
                .steps
                .iter()
                .filter(|step| step.id != made_by.id && !state.status(&step.id).is_settled())
                .find(|step| uses_all(step) || names_of(step).iter().any(|used| wanted(used)))
                .map(|step| format!("‘{}’", step.id))
        })
}

/// The variables of every command in this place.
fn variables(state: &State) -> impl Iterator<Item = &Text> {
    let place = state
        .run
        .environment
        .as_deref()
        .and_then(|name| state.runbook.environment(name));
    state
        .runbook
        .env
        .iter()
        .chain(place.map(|place| place.env.as_slice()).unwrap_or_default())
        .map(|(_, text)| text)
}

/// The outputs of a step that a person must give when the step is left out:
/// name and who needs it.
pub fn missing<'a>(state: &'a State, step: &'a Step) -> Vec<(&'a str, String)> {
    step.makes()
        .into_iter()
        .filter(|(name, _)| default_of(step, name).is_none() && !state.values.contains_key(*name))
        .filter_map(|(name, _)| who_needs(state, step, name).map(|who| (name, who)))
        .collect()
}

/// What the operator gives in place of a step's outputs, and defaults for the
/// rest; later steps need them.
///
/// # Errors
/// When a value does not fit, or one that a later step needs is missing.
pub fn substitutes(
    state: &State,
    step: &Step,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, Refusal> {
    let mut values = BTreeMap::new();
    for (name, kind) in step.makes() {
        if let Some(text) = given.get(name) {
            values.insert(name.to_owned(), typed(step, name, kind, text)?);
        } else if let Some(default) = default_of(step, name) {
            values.insert(name.to_owned(), default);
        } else if let Some(needed_by) = who_needs(state, step, name)
            && !state.values.contains_key(name)
        {
            return Err(Refusal::NeedsValue {
                name: name.to_owned(),
                needed_by,
            });
        }
    }
    Ok(values)
}

/// A text that is given in place of an output.
///
/// # Errors
/// When it does not fit.
pub fn typed(step: &Step, name: &str, kind: Type, text: &str) -> Result<Value, Refusal> {
    let value = match step.records(name) {
        Some(input) => input.read(text),
        None => Value::parse(text, kind).map_err(|reason| format!("{name}: {reason}")),
    };
    value.map_err(Refusal::BadValue)
}

fn names_of_expression(source: &str) -> impl Iterator<Item = String> {
    template::names_in_expression(source)
        .into_iter()
        .map(|name| name.path)
}

/// Every name that a step's templates and expressions use.
fn names_of(step: &Step) -> Vec<String> {
    let in_texts = step
        .templates()
        .into_iter()
        .flat_map(|text| template::names_in_text(&text.source));
    step.when
        .iter()
        .chain(step.expressions())
        .chain(step.expectation())
        .flat_map(|expression| names_of_expression(&expression.source))
        .chain(in_texts.map(|name| name.path))
        .collect()
}

/// Whether an answer's route gains a destructive step: one that stands in a
/// phase which not every answer leads to. An answer that leaves the route as it
/// stands gains nothing.
pub fn leads_to_destruction(state: &State, gate: &Gate, answer: &str) -> bool {
    let destructive = |phases: &[String]| {
        phases
            .iter()
            .filter_map(|id| state.runbook.phase(id))
            .flat_map(|phase| &phase.steps)
            .any(|step| {
                step.effect == Effect::Destructive && *state.status(&step.id) == Status::Pending
            })
    };
    gate.answer(answer)
        .and_then(|answer| answer.then.as_ref())
        .is_some_and(|then| {
            let gained: Vec<String> = then
                .iter()
                .filter(|phase| !state.upcoming.contains(phase) || !in_all(gate, phase))
                .cloned()
                .collect();
            destructive(&gained)
        })
}

fn in_all(gate: &Gate, phase: &str) -> bool {
    gate.answers.iter().all(|answer| {
        answer
            .then
            .as_ref()
            .is_none_or(|then| then.iter().any(|id| id == phase))
    })
}
