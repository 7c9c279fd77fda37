//! Where unfinished runs stand.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::engine::{Next, State, next};
use crate::history::RunSummary;
use crate::report::timeline::step_title;
use crate::runbook::human;
use crate::session::{seat::Seat, watch::glance};

/// How many runs are opened to see where they stand; the others only say when they
/// began.
const MOST: usize = 8;
/// The longest journal that is read for it: the list must appear at once.
const LONGEST: u64 = 4 << 20;

/// How a run stood when it was looked at.
pub struct Standing {
    /// All of it.
    pub state: State,
    /// Whoever sits here takes it over from somebody else.
    pub takes_over: bool,
}

/// How these runs stand, by their id.
pub fn standings(runs: &[RunSummary], seat: &Seat) -> BTreeMap<String, Standing> {
    runs.iter()
        .filter(|run| run.is_open())
        .take(MOST)
        // What cannot be read is told when the run is opened.
        .filter_map(|run| {
            let state = glance(&run.path, LONGEST)?;
            let takes_over = seat.takes_over(&state);
            Some((run.id.clone(), Standing { state, takes_over }))
        })
        .collect()
}

/// Where it stands, in a few words.
pub fn words(state: &State, now: DateTime<Utc>) -> String {
    let title = |id: &str| step_title(state, id);
    match next(state) {
        Next::Busy(step, attempt) => {
            let since = state
                .attempts
                .get(&attempt)
                .map(|attempt| (now - attempt.starting_at).to_std());
            let since = since.and_then(Result::ok).unwrap_or_default();
            format!("‘{}’ runs since {}", title(&step.id), human(since))
        }
        Next::Run(step, _) => format!("‘{}’ comes next", title(&step.id)),
        Next::Retry(step, _) | Next::Poll(step, ..) => {
            format!("‘{}’ is tried again", title(&step.id))
        }
        Next::Failed(step, _) => format!("‘{}’ failed", title(&step.id)),
        Next::Unknown(step, _) => {
            format!("nobody knows whether ‘{}’ took effect", title(&step.id))
        }
        Next::Decide(step, ..) | Next::Manual(step, ..) | Next::Wait(step, _) => {
            format!("waits at ‘{}’", title(&step.id))
        }
        Next::Close(_) => "only has to be closed".to_owned(),
        Next::Closed => "closed".to_owned(),
    }
}
