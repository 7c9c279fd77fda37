//! How a run begins and how it ends.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Checked, Departure};
use crate::template::Value;

/// What kind of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// For real.
    Incident,
    /// On an environment for drills.
    Drill,
    /// Walked through; nothing is done to the world.
    Rehearsal,
}

impl RunKind {
    /// `incident`, `drill` or `rehearsal`, as templates see it.
    pub fn word(self) -> &'static str {
        match self {
            RunKind::Incident => "incident",
            RunKind::Drill => "drill",
            RunKind::Rehearsal => "rehearsal",
        }
    }

    /// The same as whoever looks at a run must not overlook it.
    pub fn badge(self) -> &'static str {
        match self {
            RunKind::Incident => "LIVE",
            RunKind::Drill => "DRILL",
            RunKind::Rehearsal => "REHEARSAL",
        }
    }
}

/// How a run begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The run's id, also the name of its directory.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What kind.
    pub kind: RunKind,
    /// The runbook's name.
    pub runbook: String,
    /// SHA-256 of the runbook's text, in hexadecimal.
    pub digest: String,
    /// SHA-256 of the text of each runbook that it uses, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub used: BTreeMap<String, String>,
    /// Where it runs.
    pub environment: Option<String>,
    /// All inputs; secrets by name.
    pub inputs: BTreeMap<String, Value>,
    /// As given.
    pub severity: Option<String>,
    /// As given.
    pub impact: Option<String>,
    /// The machine of the console.
    pub host: String,
    /// Which boot of that machine; empty where it is not known.
    #[serde(default)]
    pub boot_id: String,
    /// The console's version.
    pub version: String,
    /// Whether it runs on by itself while steps succeed.
    pub auto: bool,
    /// The file that the runbook came from; none: it is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The step that it began at, if that was not the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The proof that this is the place it is taken for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Checked>,
}

/// How a console took a run up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// The machine of the console.
    pub host: String,
    /// Which boot of that machine; empty where it is not known.
    #[serde(default)]
    pub boot_id: String,
    /// What it found, in words.
    pub found: Vec<String>,
    /// The proof that this is the place it is taken for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Checked>,
    /// The console has no screen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub headless: bool,
    /// How the console before it let go, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Departure>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// The trouble is over.
    Resolved,
    /// There was nothing to do.
    StoodDown,
    /// It did not help.
    Failed,
    /// It was given up.
    Aborted,
}

impl RunOutcome {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            RunOutcome::Resolved => "resolved",
            RunOutcome::StoodDown => "stood down",
            RunOutcome::Failed => "failed",
            RunOutcome::Aborted => "aborted",
        }
    }

    /// Whether the exit code is 0.
    pub fn is_good(self) -> bool {
        matches!(self, RunOutcome::Resolved | RunOutcome::StoodDown)
    }
}
