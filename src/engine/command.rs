//! What an operator, a clock or an executor asks of the rules.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    event::{AttemptId, Checked, Departure, Imported, RunOutcome, Todo, Voucher, Who},
    observed::Observed,
};

/// A request. Texts are as the operator typed them.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A console takes the run up again, or over.
    Resume(Box<Resume>),
    /// Let go of the run for somebody else.
    HandOver {
        /// To whom; to anybody, if absent.
        to: Option<String>,
        /// What they should know beside the brief.
        note: String,
    },
    /// Ask the driver to hand over.
    AskHandOver {
        /// The machine of the console that asks.
        host: String,
    },
    /// Run on by oneself, or stop doing so.
    Auto(bool),
    /// Run a step: its turn, or a read step again.
    Run(Run),
    /// Try a failed step again.
    Retry(Run),
    /// Run one of the author's fallbacks of a failed step.
    Fallback {
        /// Which step.
        step: String,
        /// Which fallback, from 0.
        index: usize,
        /// The target's name, typed.
        confirmation: Option<String>,
    },
    /// Ask a running command to stop.
    Stop(AttemptId),
    /// Leave a step out.
    Skip {
        /// Which step.
        step: String,
        /// Why.
        reason: String,
        /// In place of its outputs, as typed.
        values: BTreeMap<String, String>,
    },
    /// A command of unknown outcome took effect.
    TookEffect {
        /// Which step.
        step: String,
        /// How that is known.
        reason: String,
        /// In place of its outputs, as typed.
        values: BTreeMap<String, String>,
    },
    /// A command of unknown outcome took no effect: it may run again.
    TookNoEffect {
        /// Which step.
        step: String,
        /// How that is known.
        reason: String,
    },
    /// Answer a gate.
    Answer {
        /// Which gate.
        gate: String,
        /// The answer's id.
        answer: String,
        /// Why.
        reason: Option<String>,
        /// Also without the approvals that it needs; this needs a reason.
        without_approval: bool,
    },
    /// Agree with an answer of an open gate, or refuse to.
    Approve {
        /// Which gate.
        gate: String,
        /// The answer's id.
        answer: String,
        /// Whose word it is.
        by_whom: String,
        /// How that is known.
        how: Voucher,
        /// Whether they agree.
        agrees: bool,
        /// Why.
        reason: Option<String>,
    },
    /// Tick or untick an entry of a checklist.
    Tick {
        /// Which step.
        step: String,
        /// Which entry, from 0.
        item: usize,
        /// Whether it is done.
        done: bool,
    },
    /// A manual step is done.
    ManualDone {
        /// Which step.
        step: String,
        /// What is recorded, as typed.
        values: BTreeMap<String, String>,
    },
    /// End a wait early.
    EndWait {
        /// Which step.
        step: String,
        /// Why.
        reason: String,
    },
    /// Run a command of the operator's own.
    OffScript(OffScript),
    /// Say what an off-script command of unknown outcome came to.
    DeclareOffScript {
        /// Which.
        attempt: AttemptId,
        /// Whether it took effect.
        took_effect: bool,
        /// How that is known.
        reason: String,
    },
    /// A step is done by other means than its own script.
    DeclareDone {
        /// Which step.
        step: String,
        /// How that is known.
        reason: String,
        /// The off-script command that did it, if one did.
        attempt: Option<AttemptId>,
        /// In place of its outputs, as typed.
        values: BTreeMap<String, String>,
    },
    /// Ask an answered gate again.
    Reopen {
        /// Which gate.
        gate: String,
        /// Why.
        reason: String,
    },
    /// Write something down.
    Note {
        /// What.
        text: String,
        /// When it happened, if earlier.
        happened_at: Option<DateTime<Utc>>,
    },
    /// Write down what somebody has to do after the run.
    Todo {
        /// What.
        text: String,
        /// When it was found, if earlier.
        happened_at: Option<DateTime<Utc>>,
        /// Who and until when.
        todo: Todo,
    },
    /// Write down what is known from elsewhere; what is known already, once.
    Import(Vec<Import>),
    /// Change what a note says, or strike it.
    Amend {
        /// Which note of the run, from 1.
        note: u32,
        /// What it says now; it is struck, if absent.
        text: Option<String>,
        /// When it happened, if that is said anew.
        happened_at: Option<DateTime<Utc>>,
        /// Somebody has to do it after the run.
        todo: Option<Todo>,
    },
    /// Close the run.
    Close {
        /// How it ended.
        outcome: RunOutcome,
        /// What to say about it.
        note: String,
    },
    /// Time has passed.
    Tock,
    /// An executor reports.
    Observed(Observed),
}

/// How a console takes a run up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resume {
    /// The machine of the console.
    pub host: String,
    /// Which boot of that machine.
    pub boot_id: String,
    /// What it found, in words.
    pub found: Vec<String>,
    /// The proof that this is the place it is taken for.
    pub guard: Option<Checked>,
    /// The console has no screen.
    pub headless: bool,
    /// How the console before it let go, if that is known.
    pub before: Option<Departure>,
    /// It is taken over from somebody else.
    pub taking: Option<Taking>,
}

/// How a run is taken over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taking {
    /// Who takes it.
    pub who: Who,
    /// They were shown how it stands, and said that they have read it.
    pub read: bool,
}

/// A command of the operator's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OffScript {
    /// For bash, as typed; nothing is filled in.
    pub script: String,
    /// In a real terminal.
    pub tty: bool,
}

/// Something that is known from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Import {
    /// What.
    pub text: String,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
    /// Where it was taken from.
    pub source: Imported,
}

/// How to run a step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// Which step.
    pub step: String,
    /// The target's name, typed.
    pub confirmation: Option<String>,
    /// The script, changed by the operator.
    pub script: Option<String>,
    /// In a rehearsal: pass the step without running it, with these in place of
    /// its outputs, as typed.
    pub values: Option<BTreeMap<String, String>>,
}

impl Run {
    /// Run this step as it stands.
    pub fn step(step: impl Into<String>) -> Self {
        Self {
            step: step.into(),
            ..Self::default()
        }
    }
}
