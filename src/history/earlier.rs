//! How long the steps of a runbook took before.

use std::{collections::BTreeMap, path::Path, time::Duration};

use super::{
    Index,
    course::CameTo,
    drills::{Past, median},
};
use crate::engine::event::RunKind;

/// How many runs are looked at, the latest first: how a team works changes.
const RUNS: usize = 50;

/// How long each step took in earlier runs, where it succeeded at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Earlier {
    steps: BTreeMap<String, Typical>,
}

/// How long a step usually takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typical {
    /// The median.
    pub median: Duration,
    /// Of how many runs.
    pub samples: usize,
    /// All of them were drills.
    pub drills: bool,
}

impl Earlier {
    /// What is known of a step.
    pub fn step(&self, id: &str) -> Option<&Typical> {
        self.steps.get(id)
    }

    /// Looks at the runs of a runbook that are over. A rehearsal did nothing and says
    /// nothing.
    pub fn find(runs: &Path, runbook: &str) -> Self {
        let mut index = Index::open(runs);
        let mut took: BTreeMap<String, (Vec<u64>, bool)> = BTreeMap::new();
        let all = index.list();
        let past = all.iter().filter_map(|run| Some((run, Past::of(run)?)));
        let past = past
            .filter(|(_, past)| past.runbook == runbook && past.kind != RunKind::Rehearsal)
            .take(RUNS);
        for (run, past) in past {
            let steps = index.course(run).map(|course| course.steps);
            for step in steps.unwrap_or_default() {
                if step.came_to != CameTo::Done || step.failures > 0 || step.machine_ms == 0 {
                    continue;
                }
                let (times, drills) = took.entry(step.id).or_insert((Vec::new(), true));
                times.push(step.machine_ms);
                *drills &= past.kind == RunKind::Drill;
            }
        }
        index.keep();
        let typical = |(id, (times, drills)): (String, (Vec<u64>, bool))| {
            let typical = Typical {
                median: Duration::from_millis(median(&times)?),
                samples: times.len(),
                drills,
            };
            Some((id, typical))
        };
        Self {
            steps: took.into_iter().filter_map(typical).collect(),
        }
    }
}

impl Typical {
    /// Whether this long is out of the ordinary.
    pub fn is_exceeded_by(&self, time: Duration) -> bool {
        time > self.median * 2 && time > self.median + Duration::from_secs(10)
    }
}
