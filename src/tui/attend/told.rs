//! The timeline of the run that is attended. Of a long run its end is told first: the whole
//! takes as long as the journal did, and nobody who comes to a run has gone up in it.

use crate::engine::{Entry, State};
use crate::report::timeline::{Line, Teller, latest, timeline};

/// More than a screen shows of it.
const LAST: usize = 1_000;

/// What was told so far.
pub(super) struct Told {
    /// In the order in which it happened.
    pub lines: Vec<Line>,
    /// Who tells what comes next; nobody while the end alone is told.
    teller: Option<Teller>,
}

impl Told {
    /// The whole, or the end of a long one.
    pub fn at_first(state: &State, entries: &[Entry]) -> Self {
        if entries.len() <= 2 * LAST {
            return Self::whole(state, entries);
        }
        Self {
            lines: latest(state, entries, LAST),
            teller: None,
        }
    }

    /// The whole.
    pub fn whole(state: &State, entries: &[Entry]) -> Self {
        let (lines, teller) = timeline(state, entries);
        Self {
            lines,
            teller: Some(teller),
        }
    }

    /// Tells what was left out.
    pub fn complete(&mut self, state: &State, entries: &[Entry]) {
        if self.teller.is_none() {
            *self = Self::whole(state, entries);
        }
    }

    /// Tells what came to all these entries last.
    pub fn go_on(&mut self, state: &State, entries: &[Entry], new: &[Entry]) {
        let Some(teller) = &mut self.teller else {
            return self.complete(state, entries);
        };
        for line in new.iter().filter_map(|entry| teller.line(state, entry)) {
            let at = self.lines.partition_point(|known| known.at <= line.at);
            self.lines.insert(at, line);
        }
    }
}
