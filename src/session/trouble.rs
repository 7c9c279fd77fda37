//! What is wrong with what is kept of commands that run: told, not recorded, since where it is so
//! little can be.

use std::collections::BTreeMap;

use crate::engine::{AttemptId, State};
use crate::report::timeline::step_title;

/// By attempt, in words.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    all: BTreeMap<AttemptId, String>,
}

impl Troubles {
    /// Something is wrong with an attempt, or not any more.
    pub(super) fn note(&mut self, state: &State, attempt: AttemptId, what: Option<String>) {
        let known = state.attempts.get(&attempt);
        match (what, known) {
            (Some(what), Some(known)) => {
                let title = step_title(state, &known.launch.step);
                self.all.insert(attempt, format!("‘{title}’: {what}"));
            }
            _ => self.over(attempt),
        }
    }

    /// The attempt's end is recorded.
    pub(super) fn over(&mut self, attempt: AttemptId) {
        self.all.remove(&attempt);
    }

    /// The oldest one.
    pub(super) fn words(&self) -> Option<&str> {
        self.all.first_key_value().map(|(_, words)| words.as_str())
    }
}
