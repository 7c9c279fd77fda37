//! That time passes, said now and then: seldom enough to be heard, often enough to be
//! believed.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Attending, Console, Mode};
use crate::engine::{Next, next};
use crate::report::timeline::step_title;
use crate::runbook::human;

/// What was said last of what is waited for.
#[derive(Debug, Default)]
pub struct Waits {
    what: String,
    /// Of a countdown the time that was left, else the time that had passed.
    said: Duration,
    over_budget: String,
}

impl Attending {
    /// A second has passed.
    pub(super) fn pass_time(&mut self, console: &mut Console) {
        self.tell_budget(console);
        let state = self.source.state();
        let now = self.source.now();
        let until = |due: DateTime<Utc>| (due - now).to_std().unwrap_or_default();
        let (what, words, time, counts_down) = match next(state) {
            Next::Wait(step, due) => {
                let words = format!("'{}': still to wait", step_title(state, &step.id));
                (format!("wait {}", step.id), words, until(due), true)
            }
            Next::Retry(step, due) | Next::Poll(step, _, due) => {
                let words = format!("'{}' is looked at again in", step_title(state, &step.id));
                (format!("again {}", step.id), words, until(due), true)
            }
            Next::Busy(step, attempt) => {
                let began = state.attempts.get(&attempt).map(|it| it.starting_at);
                let since =
                    began.map_or(Duration::ZERO, |at| (now - at).to_std().unwrap_or_default());
                let words = format!("'{}' has been running for", step_title(state, &step.id));
                (format!("busy {attempt:?}"), words, since, false)
            }
            _ => {
                self.waits.what.clear();
                return;
            }
        };
        if what != self.waits.what {
            self.waits.what = what;
            self.waits.said = if counts_down { time } else { Duration::ZERO };
            return;
        }
        let (from, to) = if counts_down {
            (time, self.waits.said)
        } else {
            (self.waits.said, time)
        };
        if crosses(from, to) {
            self.waits.said = time;
            if matches!(self.mode, Mode::Orders) && self.screen.overlays.is_empty() {
                let time = Duration::from_secs(time.as_secs());
                console.say(&format!("{words} {}.", human(time)));
            }
        }
    }

    /// Once a phase: that its budget is over.
    fn tell_budget(&mut self, console: &mut Console) {
        let state = self.source.state();
        let Some((phase, entered)) = state.current_phase() else {
            return;
        };
        let spent = (self.source.now() - entered).to_std().unwrap_or_default();
        let Some(budget) = phase.budget.filter(|budget| spent > *budget) else {
            return;
        };
        if state.closed.is_none() && self.waits.over_budget != phase.id {
            self.waits.over_budget.clone_from(&phase.id);
            console.say(&format!(
                "The phase '{}' has taken longer than its {}.",
                phase.title,
                human(budget)
            ));
        }
    }
}

/// Whether a moment lies between two times at which something is said: after ten and
/// thirty seconds, then each minute, and after ten minutes each fifth.
fn crosses(from: Duration, to: Duration) -> bool {
    let mark = |time: Duration| match time.as_secs() {
        0..10 => 0,
        10..30 => 1,
        30..60 => 2,
        seconds @ 60..600 => 2 + seconds / 60,
        seconds => 10 + seconds / 300,
    };
    mark(from) != mark(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_waits_are_told_seldom() {
        let told = |length: u64| {
            (1..=length)
                .filter(|second| {
                    crosses(
                        Duration::from_secs(second - 1),
                        Duration::from_secs(*second),
                    )
                })
                .collect::<Vec<u64>>()
        };
        assert_eq!(told(120), [10, 30, 60, 120]);
        assert_eq!(told(3600).len(), 22);
    }
}
