//! What a decision asks the session to do, as data.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::event::AttemptId;
use crate::runbook;

/// Something to do once its event is durable. Idempotent by attempt id.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start a command.
    Launch(Launch),
    /// Ask a command's supervisor to stop it.
    Stop(AttemptId),
    /// Ask a read-only question.
    Query(Query),
    /// Look again at this time.
    WakeAt(DateTime<Utc>),
}

/// Everything that is needed to run one attempt of a command. Values are filled
/// in; secrets are named, never held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    /// Which attempt of the run.
    pub attempt: AttemptId,
    /// Of which step.
    pub step: String,
    /// Which of the step's scripts; empty for `run:`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub script: String,
    /// What it is to its step.
    #[serde(default, skip_serializing_if = "Part::is_main")]
    pub part: Part,
    /// The first of the attempts that were launched together; 0: it is alone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub round: AttemptId,
    /// Which attempt of the step, from 1.
    pub number: u32,
    /// The program and its arguments; the script is the last one.
    pub argv: Vec<String>,
    /// Variables added to the environment.
    pub env: Vec<(String, String)>,
    /// Secrets added to the environment.
    pub secrets: Vec<SecretRef>,
    /// Where it runs; where the console was started, if absent.
    pub cwd: Option<String>,
    /// In a real terminal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tty: bool,
    /// Silence that is worth a warning, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence_ms: Option<u64>,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
    /// From TERM to KILL, in milliseconds.
    pub kill_grace_ms: u64,
    /// What it may do.
    pub effect: runbook::Effect,
    /// What to take from standard output.
    pub capture: Capture,
}

impl Launch {
    /// The script as it runs: what the operator is shown.
    pub fn command(&self) -> &str {
        self.argv.last().map_or("", String::as_str)
    }

    /// The attempt by which its round is known: the first of it, or this one alone.
    pub fn first(&self) -> AttemptId {
        if self.round == 0 {
            self.attempt
        } else {
            self.round
        }
    }

    /// The name of the attempt's directory.
    pub fn directory(&self) -> String {
        let Launch {
            attempt,
            step,
            number,
            script,
            ..
        } = self;
        if script.is_empty() {
            format!("{attempt:03}-{step}-{number}")
        } else {
            format!("{attempt:03}-{step}-{number}-{script}")
        }
    }
}

/// What an attempt is to its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The step's work.
    #[default]
    Main,
    /// A companion that ends with the step and decides nothing.
    Watch,
    /// A command of the operator's own, of no step.
    OffScript,
}

impl Part {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_main(&self) -> bool {
        *self == Part::Main
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &AttemptId) -> bool {
    *number == 0
}

/// A secret by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRef {
    /// The variable under which the command finds it.
    pub variable: String,
    /// The input that holds it.
    pub input: String,
}

/// What to take from standard output.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Capture {
    /// Values by name.
    pub picks: BTreeMap<String, runbook::Pick>,
    /// A pattern that must be found.
    pub expect_stdout: Option<String>,
}

/// A read-only question whose command dies with the console and is asked again.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What is asked.
    pub of: Question,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables added to the environment.
    pub env: Vec<(String, String)>,
    /// Secrets added to the environment.
    pub secrets: Vec<SecretRef>,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
}

/// What a read-only command is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// What a gate is decided by.
    Evidence {
        /// The gate's id.
        gate: String,
    },
    /// Whether a command of unknown outcome took effect.
    Probe {
        /// Which attempt is in question.
        attempt: AttemptId,
    },
}
