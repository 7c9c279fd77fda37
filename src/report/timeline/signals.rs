//! What is told of signals: by their titles, and with their units.

use super::Mark;
use crate::engine::{State, event::Health};
use crate::runbook::Signal;

/// That a signal stands otherwise than before: the mark, the words, whether it is a detail.
pub(super) fn words(
    state: &State,
    name: &str,
    value: Option<f64>,
    health: &Health,
) -> (Mark, String, bool) {
    let title = signal_title(state, name);
    let unit = known(state, name).map_or("", |signal| signal.unit.as_str());
    let value = value.map_or_else(String::new, |value| {
        format!(": {}", format!("{value} {unit}").trim_end())
    });
    match health {
        Health::Healthy => (Mark::Good, format!("{title} is healthy{value}"), true),
        Health::Unhealthy => (Mark::Bad, format!("{title} is not healthy{value}"), false),
        Health::Gap { reason } => (
            Mark::Unknown,
            format!("{title} is not known: {reason}"),
            true,
        ),
    }
}

/// What a signal is called by people.
pub fn signal_title(state: &State, name: &str) -> String {
    known(state, name).map_or_else(|| name.to_owned(), Signal::title)
}

fn known<'a>(state: &'a State, name: &str) -> Option<&'a Signal> {
    state
        .runbook
        .signals
        .iter()
        .find(|known| known.name == name)
}
