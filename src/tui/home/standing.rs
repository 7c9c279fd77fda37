//! Where an unfinished run stands, in a few words.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::engine::{Next, State, next};
use crate::history::RunSummary;
use crate::report::timeline::step_title;
use crate::runbook::human;
use crate::session::watch::glance;

/// How many runs are opened to see where they stand; the others only say when they
/// began.
const MOST: usize = 8;
/// The longest journal that is read for it: the list must appear at once.
const LONGEST: u64 = 4 << 20;

/// Where these runs stand, by their id.
pub fn standings(runs: &[RunSummary], now: DateTime<Utc>) -> BTreeMap<String, String> {
    runs.iter()
        .filter(|run| run.is_open())
        .take(MOST)
        // What cannot be read is told when the run is opened.
        .filter_map(|run| Some((run.id.clone(), words(&glance(&run.path, LONGEST)?, now))))
        .collect()
}

fn words(state: &State, now: DateTime<Utc>) -> String {
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
