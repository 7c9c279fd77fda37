//! The end of a timeline alone: a screen that comes to a long run shows it before it has
//! told all the rest.

use super::{Line, Teller};
use crate::engine::{Entry, Event, State};

/// The lines of the last entries, as [`super::timeline`] ends with them.
pub fn latest(state: &State, entries: &[Entry], last: usize) -> Vec<Line> {
    let (before, shown) = entries.split_at(entries.len().saturating_sub(last));
    let mut teller = Teller::default();
    for entry in before {
        teller.pass(state, entry);
    }
    let mut lines: Vec<Line> = shown
        .iter()
        .filter_map(|entry| teller.line(state, entry))
        .collect();
    // What happened longer ago stands among lines that are not here.
    if let Some(first) = shown.first().filter(|_| !before.is_empty()) {
        lines.retain(|line| line.at >= first.at);
    }
    lines.sort_by_key(|line| line.at);
    lines
}

impl Teller {
    /// Is shown an entry whose line nobody wants now: most have nothing to do with what
    /// is said of later ones.
    fn pass(&mut self, state: &State, entry: &Entry) {
        match &entry.event {
            Event::NoteAdded { .. } => self.notes += 1,
            Event::AttemptStarting { .. }
            | Event::AttemptFinished { .. }
            | Event::PollScheduled { .. }
            | Event::RoundFinished { .. }
            | Event::StepConcluded { .. } => {
                self.look(state, entry);
            }
            Event::SignalChanged { .. } | Event::Closing { .. } => {
                self.line(state, entry);
            }
            _ => {}
        }
    }
}
