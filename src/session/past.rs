//! The earlier runs of a runbook, for the report of a drill.

use super::resume::pinned;
use crate::engine::{State, event::RunKind};
use crate::history::{Index, drills::Past};
use crate::report::compare::EarlierRun;
use crate::run_dir::RunDir;

/// How many runs are looked at, the latest first.
const RUNS: usize = 50;

/// The drills and incidents of the same runbook that were over when this one began;
/// nothing for a run that is no drill. What cannot be read is left out.
///
/// Only those before it: the report of a run does not change with later ones.
pub fn earlier(dir: &RunDir, state: &State) -> Vec<EarlierRun> {
    if state.run.kind != RunKind::Drill {
        return Vec::new();
    }
    let mut index = Index::open(dir.runs());
    let all = index.list();
    let mut last_drill = true;
    let mut earlier = Vec::new();
    let mut past: Vec<_> = all
        .iter()
        .filter_map(|run| Some((run, Past::of(run)?)))
        .filter(|(_, past)| {
            past.runbook == state.run.runbook
                && past.kind != RunKind::Rehearsal
                && past.closed_at <= state.started_at
        })
        .collect();
    past.sort_by_key(|(_, past)| std::cmp::Reverse(past.started_at));
    for (run, past) in past.into_iter().take(RUNS) {
        let Some(course) = index.course(run) else {
            continue;
        };
        // What has changed is told since the last drill alone.
        let wanted = past.kind == RunKind::Drill && std::mem::take(&mut last_drill);
        let runbook = wanted
            .then(|| RunDir::open(&run.path).ok())
            .flatten()
            .and_then(|dir| pinned(&dir).ok());
        earlier.push(EarlierRun {
            kind: past.kind,
            good: past.outcome.is_good(),
            started_at: past.started_at,
            took: past.took(),
            course,
            runbook,
        });
    }
    index.keep();
    earlier
}
