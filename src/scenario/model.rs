//! What a file of scenarios says.

use std::{collections::BTreeMap, time::Duration};

use crate::engine::event::{RunKind, RunOutcome};
use crate::runbook::diagnostic::Span;
use crate::template::Value;

/// One story of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// For people.
    pub name: String,
    /// Where its name stands.
    pub at: Span,
    /// What kind of run.
    pub kind: RunKind,
    /// Where the run takes place.
    pub environment: Option<String>,
    /// Every input of the runbook.
    pub inputs: BTreeMap<String, Value>,
    /// What commands print and how they end.
    pub commands: Said<Vec<Reply>>,
    /// What gates are answered.
    pub answers: Said<Given>,
    /// What the operator does about failures, one act after another.
    pub failures: Said<Vec<Act>>,
    /// Steps that the operator leaves out.
    pub skips: Said<LeftOut>,
    /// What is recorded in manual steps.
    pub manual: Said<BTreeMap<String, String>>,
    /// What stands for the outputs of steps that a rehearsal only walks through.
    pub rehearse: Said<BTreeMap<String, String>>,
    /// What must be true at the end.
    pub expect: Expect,
}

/// What was said, by the name of a step or of a part of one.
pub type Said<T> = BTreeMap<String, Stated<T>>;

/// Something that was said, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated<T> {
    /// Where.
    pub at: Span,
    /// By the scenario itself and not by the file's defaults: then it must be used.
    pub own: bool,
    /// What.
    pub value: T,
}

/// How a command goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What it prints to standard output.
    pub stdout: String,
    /// What it writes to the file that `$RBCONSOLE_OUTPUT` names.
    pub variables: BTreeMap<String, String>,
    /// How it ends.
    pub ends: Ends,
    /// How long it runs.
    pub takes: Option<Duration>,
    /// For how many attempts; `None`: for all.
    pub times: Option<u32>,
}

/// How a command ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ends {
    /// By itself.
    Exit(i32),
    /// By a signal from elsewhere.
    Signal(i32),
    /// At its deadline.
    Deadline,
    /// Its supervisor vanished.
    Lost,
    /// It could not be started.
    NotStarted(String),
}

/// An answer as a person gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The answer's id.
    pub answer: String,
    /// Why.
    pub reason: Option<String>,
    /// Who agrees, each perhaps for a group.
    pub approved_by: Vec<(String, Option<String>)>,
    /// Also without the approvals that it needs.
    pub without_approval: bool,
}

/// What the operator does about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Tries again.
    Retry,
    /// Runs one of the author's fallbacks, from 0.
    Fallback(usize),
    /// Leaves the step out.
    Skip(LeftOut),
    /// Says that it took effect.
    TookEffect(LeftOut),
    /// Says that it took no effect.
    TookNoEffect(String),
    /// Closes the run.
    Close(RunOutcome),
}

/// Why a step is left out, and what stands for its outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Why.
    pub reason: String,
    /// In place of its outputs.
    pub values: BTreeMap<String, String>,
}

/// What must be true. What is not given is not compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expect {
    /// How the run ends.
    pub outcome: Option<(Span, Outcome)>,
    /// The step that a person is needed for when the story ends with the run open.
    pub waits_for: Option<(Span, String)>,
    /// The phases that are entered, in their order.
    pub route: Option<(Span, Vec<String>)>,
    /// Phases and steps that are not taken.
    pub not_taken: Vec<(Span, String)>,
    /// Steps whose commands run.
    pub ran: Vec<(Span, String)>,
    /// The steps that fail at least once, all of them.
    pub failed: Option<(Span, Vec<String>)>,
    /// The steps that the operator leaves out, all of them.
    pub skipped: Option<(Span, Vec<String>)>,
    /// What the operator asks for in vain.
    pub refused: Vec<Refused>,
    /// Values at the end.
    pub outputs: Vec<(Span, String, Value)>,
    /// The answers that the facts speak for; `None`: for none.
    pub suggested: Vec<(Span, String, Option<String>)>,
    /// Parts of the scripts that run.
    pub scripts: Vec<(Span, String, String)>,
    /// Parts of the report's lines.
    pub report: Vec<(Span, String)>,
}

/// How a run ends, as a scenario says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is closed.
    Closed(RunOutcome),
    /// It is left open.
    Open,
}

impl Outcome {
    /// The words of the file.
    pub const WORDS: &'static [(&'static str, Outcome)] = &[
        ("resolved", Outcome::Closed(RunOutcome::Resolved)),
        ("stood_down", Outcome::Closed(RunOutcome::StoodDown)),
        ("failed", Outcome::Closed(RunOutcome::Failed)),
        ("aborted", Outcome::Closed(RunOutcome::Aborted)),
        ("open", Outcome::Open),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, outcome)| *outcome == self)
            .map_or("open", |(word, _)| word)
    }
}

/// Something that must be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands.
    pub at: Span,
    /// What the operator asks for.
    pub ask: Ask,
    /// The step whose turn it is then.
    pub when: String,
    /// A part of the refusal.
    pub says: Option<String>,
}

/// What the operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// To run a step.
    Run {
        /// Which.
        step: String,
        /// What is typed to confirm it.
        confirm: Option<String>,
    },
    /// To leave a step out.
    Skip {
        /// Which.
        step: String,
        /// Why.
        reason: String,
    },
    /// To answer a gate.
    Answer {
        /// Which.
        gate: String,
        /// How.
        given: Given,
    },
    /// To finish a manual step.
    Done {
        /// Which.
        step: String,
    },
    /// To close the run.
    Close(RunOutcome),
}
