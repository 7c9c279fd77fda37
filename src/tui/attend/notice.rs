//! What an operator who looks elsewhere is told.

use std::time::Duration;

use crate::engine::{Entry, Event, Next, State, next};
use crate::report::timeline::step_title;
use crate::runbook::human;

/// A command that ran so long is one that one goes away from.
const LONG: Duration = Duration::from_secs(10);

/// What of the new entries is worth turning back for; the last of it, which is what
/// waits now.
pub(super) fn notice(entries: &[Entry], state: &State) -> Option<String> {
    entries.iter().rev().find_map(|entry| told(entry, state))
}

fn told(entry: &Entry, state: &State) -> Option<String> {
    let title = |step: &str| step_title(state, step);
    match &entry.event {
        Event::GateOpened { gate, .. } => Some(format!("gate: {}", title(gate))),
        Event::ManualOpened(manual) => Some(format!("by hand: {}", title(&manual.step))),
        Event::HandOverAsked { .. } => Some(format!("{} asks to take over", entry.by)),
        Event::SilenceNoticed { attempt, .. } => {
            let step = &state.attempts.get(attempt)?.launch.step;
            Some(format!("silent: {}", title(step)))
        }
        Event::AttemptFinished {
            attempt, report, ..
        } => {
            let step = &state.attempts.get(attempt)?.launch.step;
            match next(state) {
                Next::Failed(failed, _) if failed.id == *step => {
                    Some(format!("failed: {}", title(step)))
                }
                Next::Unknown(unknown, _) if unknown.id == *step => {
                    Some(format!("outcome unknown: {}", title(step)))
                }
                _ => {
                    let took = Duration::from_millis(report.milliseconds);
                    (took >= LONG).then(|| format!("ended after {}: {}", human(took), title(step)))
                }
            }
        }
        Event::RunClosed { outcome, .. } => Some(format!("closed: {}", outcome.word())),
        _ => None,
    }
}
