//! Walking through a step in a rehearsal: what runs, what is passed, and with
//! which values.

use std::collections::BTreeMap;

use super::{RunScreen, View, choices::Does, keys::Intent};
use crate::engine::{Command, Next, State, command::Run, needs, next};
use crate::runbook::{self, Effect, Kind, Step};
use crate::tui::overlay::{Ask, Then};

/// Whether something runs in a rehearsal: what the author wrote for it, or a step
/// that only reads.
pub fn runs(step: &Step, run: &runbook::Run) -> bool {
    run.rehearse.is_some() || step.effect == Effect::Read
}

/// What Enter does.
pub fn enter(state: &State, step: &Step) -> Does {
    match &step.kind {
        Kind::Run(run) if runs(step, run) => Does::Command(Command::Run(Run::step(&step.id))),
        _ => pass(state, step),
    }
}

/// Passes a step: asked for its values if later steps need one that is not known.
pub fn pass(state: &State, step: &Step) -> Does {
    if needs::missing(state, step).is_empty() {
        passed(step, BTreeMap::new())
    } else {
        Does::Ask(values(state, step))
    }
}

/// Passes a step with values: all that later steps need are asked for, also those
/// that have a default.
pub fn pass_with_values(state: &State, step: &Step) -> Does {
    if wanted(state, step).is_empty() {
        passed(step, BTreeMap::new())
    } else {
        Does::Ask(values(state, step))
    }
}

/// The question for the values of a step that is passed.
pub fn values(state: &State, step: &Step) -> Ask {
    Ask::Values {
        step: step.id.clone(),
        then: Then::Pass,
        missing: wanted(state, step),
        given: BTreeMap::new(),
    }
}

fn wanted(state: &State, step: &Step) -> Vec<String> {
    step.makes()
        .into_iter()
        .filter(|(name, _)| needs::who_needs(state, step, name).is_some())
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn passed(step: &Step, values: BTreeMap<String, String>) -> Does {
    Does::Command(Command::Run(Run {
        values: Some(values),
        ..Run::step(&step.id)
    }))
}

impl RunScreen {
    /// Passes a step of a rehearsal with values.
    pub(super) fn pass(&mut self, view: &View<'_>) -> Option<Intent> {
        let state = view.state;
        match next(state) {
            _ if !state.is_rehearsal() => {
                self.complain("Only a rehearsal passes what it has not run");
                None
            }
            Next::Run(step, _) | Next::Failed(step, _) if self.shows_current(state) => {
                self.perform(pass_with_values(state, step), view)
            }
            _ => {
                self.complain("There is no command to pass here");
                None
            }
        }
    }
}
