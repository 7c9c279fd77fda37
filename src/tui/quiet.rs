//! Commands that have been silent for longer than their author finds normal, and whose pane is not
//! on the screen: the header says so.

use chrono::{DateTime, Utc};

use super::source::Source;
use crate::engine::{
    AttemptId,
    state::{Attempt, AttemptStatus},
};
use crate::report::timeline::step_title;
use crate::runbook::human;

/// The one that has been silent longest, in words; `shown` are those with a pane.
pub fn unseen(source: &Source, shown: &[AttemptId]) -> Option<String> {
    let state = source.state();
    let now = source.now();
    let (attempt, since) = state
        .attempts
        .iter()
        .filter(|(id, _)| !shown.contains(id))
        .filter_map(|(id, attempt)| Some((attempt, silent_since(source, *id, attempt)?)))
        .min_by_key(|(_, since)| *since)?;
    let quiet = (now - since).to_std().unwrap_or_default();
    if u64::try_from(quiet.as_millis()).unwrap_or(u64::MAX) < attempt.launch.silence_ms? {
        return None;
    }
    let quiet = human(std::time::Duration::from_secs(quiet.as_secs()));
    let title = step_title(state, &attempt.launch.step);
    Some(format!("‘{title}’ silent for {quiet}"))
}

/// Since when it has printed nothing, if that was noticed once.
fn silent_since(source: &Source, id: AttemptId, attempt: &Attempt) -> Option<DateTime<Utc>> {
    let noticed = attempt.silent?;
    let AttemptStatus::Running { .. } = attempt.status else {
        return None;
    };
    let printed = source.log(id)?.last_printed();
    let printed = printed.and_then(DateTime::from_timestamp_millis);
    Some(printed.map_or(noticed, |printed| printed.max(noticed)))
}
