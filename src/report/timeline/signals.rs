//! What is told of signals: by their titles, and with their units.

use super::Mark;
use crate::engine::{State, event::Health};
use crate::report::signals;

/// That a signal stands otherwise than before: the mark, the words, whether it is a detail.
pub(super) fn words(
    state: &State,
    name: &str,
    value: Option<f64>,
    health: &Health,
) -> (Mark, String, bool) {
    let title = signals::title(name);
    let known = state
        .runbook
        .signals
        .iter()
        .find(|known| known.name == name);
    let unit = known.map_or("", |signal| signal.unit.as_str());
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
