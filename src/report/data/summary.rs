//! The run at a glance.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Length, Moment, how};
use crate::engine::{
    Event,
    event::{Checked, RunKind},
    observed::Ended,
};
use crate::report::{
    Source,
    timeline::{short, step_title, who_drove},
};
use crate::template::Value;

/// How much of a script or of what a guard printed is told.
const IN_A_ROW: usize = 120;

/// The run at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// `incident`, `drill` or `rehearsal`.
    pub kind: &'static str,
    /// `DRILL: ` or `REHEARSAL: `, or nothing: each heading may be copied alone.
    pub stamp: &'static str,
    /// When it began.
    pub started: Moment,
    /// When it was closed.
    pub ended: Option<Moment>,
    /// How long it took, or has taken.
    pub took: Length,
    /// Until when that is counted, in seconds since 1970.
    pub until: i64,
    /// The runbook has signals.
    pub has_signals: bool,
    /// How it ended: `resolved`, `stood down`, `failed` or `aborted`; none: it is open.
    pub outcome: Option<&'static str>,
    /// What the operator said when they closed it.
    pub note: Option<String>,
    /// As given.
    pub severity: Option<String>,
    /// As given.
    pub impact: Option<String>,
    /// Where it ran.
    pub environment: Option<String>,
    /// Who began it.
    pub operator: String,
    /// On which machine.
    pub host: String,
    /// Everyone who drove it, from when to when, if that was more than one.
    pub drove: Vec<String>,
    /// The version of the console.
    pub version: String,
    /// The runbook, and what it uses.
    pub runbooks: Vec<Pinned>,
    /// The title of the later step that it began at.
    pub began_at: Option<String>,
    /// Each proof of the place.
    pub proofs: Vec<Proof>,
    /// Each input.
    pub inputs: Vec<Input>,
}

/// A runbook as it was when the run began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pinned {
    /// Its name.
    pub name: String,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The proof that the run was where it was taken to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proof {
    /// Whether it held.
    pub proven: bool,
    /// When.
    pub at: Moment,
    /// What was asked.
    pub command: String,
    /// How that ended.
    pub how: String,
    /// What it printed.
    pub printed: Option<String>,
}

/// What was given at the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its value; none for a secret.
    pub value: Option<String>,
    /// Whether it is one.
    pub secret: bool,
}

pub(super) fn run(source: &Source<'_>) -> Run {
    let state = source.state;
    let run = &state.run;
    let closed = state.closed.as_ref();
    let mut runbooks = vec![Pinned {
        name: run.runbook.clone(),
        sha256: run.digest.clone(),
    }];
    runbooks.extend(run.used.iter().map(|(name, digest)| Pinned {
        name: name.clone(),
        sha256: digest.clone(),
    }));
    let input = |(name, value): (&String, &Value)| Input {
        name: name.clone(),
        secret: matches!(value, Value::Secret { .. }),
        value: match value {
            Value::Secret { .. } => None,
            other => Some(other.to_string()),
        },
    };
    Run {
        id: run.id.clone(),
        title: run.title.clone(),
        kind: run.kind.word(),
        stamp: match run.kind {
            RunKind::Incident => "",
            RunKind::Drill => "DRILL: ",
            RunKind::Rehearsal => "REHEARSAL: ",
        },
        started: state.started_at.into(),
        ended: closed.map(|closed| closed.at.into()),
        took: Length::between(
            state.started_at,
            closed.map_or(source.now, |closed| closed.at),
        ),
        until: closed.map_or(source.now, |closed| closed.at).timestamp(),
        has_signals: !state.runbook.signals.is_empty(),
        outcome: closed.map(|closed| closed.outcome.word()),
        note: closed
            .map(|closed| closed.note.clone())
            .filter(|note| !note.is_empty()),
        severity: run.severity.clone(),
        impact: run.impact.clone(),
        environment: run.environment.clone(),
        operator: state.started_by.clone(),
        host: run.host.clone(),
        drove: who_drove(state),
        version: run.version.clone(),
        runbooks,
        began_at: run.from.as_ref().map(|from| step_title(state, from)),
        proofs: proofs(source),
        inputs: run.inputs.iter().map(input).collect(),
    }
}

fn proofs(source: &Source<'_>) -> Vec<Proof> {
    let of = |entry: &crate::engine::Entry| {
        let guard: &Checked = match &entry.event {
            Event::RunStarted(started) => started.guard.as_ref()?,
            Event::RunResumed(resumed) => resumed.guard.as_ref()?,
            _ => return None,
        };
        let printed = guard.text.trim();
        Some(Proof {
            proven: guard.ended == (Ended::Exit { code: 0 }),
            at: entry.at.into(),
            command: short(guard.command.trim(), IN_A_ROW),
            how: how(&guard.ended),
            printed: (!printed.is_empty()).then(|| short(printed, IN_A_ROW)),
        })
    };
    source.entries.iter().filter_map(of).collect()
}
