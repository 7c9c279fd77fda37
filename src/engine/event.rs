//! What happened: the one vocabulary of journal, screen and report.
//!
//! Events carry what was decided (the rendered script, the verdict, the route),
//! so folding them evaluates nothing. A field may be added, with a default;
//! none may change its meaning: every journal ever written must load.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    effect::Launch,
    observed::{Ended, OutputDigest, Report},
};
use crate::template::Value;

mod bound;
mod facts;
mod gate;
pub mod moment;
mod run;
mod said;
mod step;
mod verdict;

pub use bound::{Bound, Side};
pub use facts::{
    Advice, Approval, Checked, Departure, Facts, Health, Manner, Measured, Probed, Suggested,
    Voucher, Who,
};
pub use gate::{Answered, Reopened};
pub use run::{Resumed, RunKind, RunOutcome, Started};
pub use said::{Imported, Todo};
pub use step::{Opened, Scheduled};
pub use verdict::{Conclusion, Outcome};

/// The number of an attempt in its run, from 1.
pub type AttemptId = u32;

/// An event with its time and its author.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was decided or observed.
    #[serde(deserialize_with = "moment::read")]
    pub at: DateTime<Utc>,
    /// Who did it: an operator's name. Shared: thousands of entries have the same.
    pub by: Arc<str>,
    /// What happened.
    pub event: Event,
}

// A run of a night has thousands, and each is moved several times on its way from the
// journal: what is large and seldom there is boxed.
const _: () = assert!(size_of::<Event>() <= 80 && size_of::<Entry>() <= 112);

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The run began.
    RunStarted(Box<Started>),
    /// A console took the run up again.
    RunResumed(Box<Resumed>),
    /// The driver let go of the run for somebody else; nothing begins until somebody
    /// takes it.
    HandedOver {
        /// To whom; to anybody, if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// What they said.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// Somebody asks the driver to hand over.
    HandOverAsked {
        /// The machine of the console that asks.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        host: String,
    },
    /// Somebody took the run over; a `RunResumed` of theirs follows.
    TakenOver {
        /// Who drove before.
        from: String,
        /// How they let go, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        how: Option<Departure>,
        /// Who took it.
        #[serde(default)]
        who: Box<Who>,
        /// They were shown how it stands, and said that they have read it.
        #[serde(default)]
        read: bool,
    },
    /// The console runs on by itself, or no longer does.
    AutoAdvance {
        /// Which.
        on: bool,
    },
    /// A phase began.
    PhaseEntered {
        /// Its id.
        phase: String,
        /// Its condition could not be evaluated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        doubt: Option<String>,
        /// Conditions around it that were decided about with it, by whose they are.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        around: BTreeMap<String, bool>,
    },
    /// A phase's condition was false.
    PhaseNotTaken {
        /// Its id.
        phase: String,
        /// The condition.
        because: String,
        /// Conditions around it that were decided about with it, by whose they are.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        around: BTreeMap<String, bool>,
    },
    /// Nothing is left to do in a phase.
    PhaseFinished {
        /// Its id.
        phase: String,
    },
    /// It is a command's turn.
    StepReached {
        /// Its id.
        step: String,
        /// Its condition could not be evaluated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        doubt: Option<String>,
    },
    /// A step's condition was false.
    StepNotTaken {
        /// Its id.
        step: String,
        /// The condition.
        because: String,
    },
    /// A command is about to be launched.
    AttemptStarting {
        /// Everything that is needed to run it; shared with the state.
        launch: Arc<Launch>,
        /// The operator changed the script: the author's, rendered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edited_from: Option<Box<str>>,
        /// It is one of the author's fallbacks: its title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fallback: Option<String>,
        /// It is off the script: the step whose turn it was then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beside: Option<String>,
    },
    /// The operator says what an off-script command of unknown outcome came to.
    OffScriptDeclared {
        /// Which.
        attempt: AttemptId,
        /// Whether it took effect.
        took_effect: bool,
        /// How that is known.
        reason: String,
    },
    /// A command runs.
    AttemptStarted {
        /// Which.
        attempt: AttemptId,
        /// Its process.
        pid: u32,
    },
    /// A resume found that a command was never started.
    AttemptVoided {
        /// Which.
        attempt: AttemptId,
    },
    /// A command has printed nothing for as long as its author finds normal.
    SilenceNoticed {
        /// Which.
        attempt: AttemptId,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The machine's clock was set. The run's times go on as before.
    ClockStepped {
        /// By how many milliseconds; negative: back.
        by_ms: i64,
    },
    /// A command was asked to stop: by the operator, or since what it watched is over.
    AttemptStopping {
        /// Which.
        attempt: AttemptId,
    },
    /// A command ended.
    AttemptFinished {
        /// Which.
        attempt: AttemptId,
        /// Its exit record; shared with the state.
        report: Arc<Report>,
        /// Its outputs, typed.
        outputs: BTreeMap<String, Value>,
        /// The judgement.
        outcome: Outcome,
    },
    /// The last of the commands that were launched together ended: the judgement
    /// of their step. What was launched alone is judged by its own end.
    RoundFinished {
        /// Which step.
        step: String,
        /// The round.
        round: AttemptId,
        /// The attempt that decided it.
        attempt: AttemptId,
        /// The judgement.
        outcome: Outcome,
    },
    /// A poll looks again.
    PollScheduled(Box<Scheduled>),
    /// The author's probe of a command of unknown outcome came in.
    ProbeAnswered {
        /// Whose outcome.
        attempt: AttemptId,
        /// What it says.
        probed: Probed,
    },
    /// A failed command will be tried again by itself.
    RetryScheduled {
        /// Which step.
        step: String,
        /// When.
        #[serde(deserialize_with = "moment::read")]
        due: DateTime<Utc>,
    },
    /// The operator says that a command of unknown outcome took no effect.
    EffectDenied {
        /// Which step.
        step: String,
        /// How that is known.
        reason: String,
    },
    /// A step is settled.
    StepConcluded {
        /// Which.
        step: String,
        /// How.
        conclusion: Conclusion,
        /// Values that the operator gave in place of its outputs.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        values: BTreeMap<String, Value>,
    },
    /// A gate waits for its answer.
    GateOpened {
        /// Its id.
        gate: String,
        /// The question.
        question: String,
        /// What is known.
        facts: Box<Facts>,
    },
    /// The facts of an open gate changed.
    GateMeasured {
        /// Its id.
        gate: String,
        /// What is known now.
        facts: Box<Facts>,
    },
    /// A gate's evidence came in.
    EvidenceCollected {
        /// Its id.
        gate: String,
        /// What it printed, at most 64 KiB.
        text: String,
        /// How it ended.
        ended: Ended,
    },
    /// Somebody agreed with an answer, or refused to.
    ApprovalGiven {
        /// The gate's id.
        gate: String,
        /// Who and what.
        approval: Box<Approval>,
    },
    /// The operator decided.
    GateAnswered(Box<Answered>),
    /// An answered gate is asked again, with the route as it stood before it.
    GateReopened(Box<Reopened>),
    /// It is a person's turn.
    ManualOpened(Box<Opened>),
    /// An entry of a checklist was done, or was not after all.
    ItemTicked {
        /// The step.
        step: String,
        /// Which entry, from 0.
        item: usize,
        /// Whether it is done.
        done: bool,
    },
    /// Time begins to pass.
    WaitStarted {
        /// The step.
        step: String,
        /// When it is over at the latest.
        until: DateTime<Utc>,
    },
    /// A wait was over and its condition still false.
    WaitRanOut {
        /// The step.
        step: String,
        /// How long, in milliseconds.
        waited_ms: u64,
    },
    /// The operator said something.
    NoteAdded {
        /// What; shared with the note that stands in the state.
        text: Arc<str>,
        /// When it happened, if that was earlier than the note.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        happened_at: Option<DateTime<Utc>>,
        /// Somebody has to do it after the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        todo: Option<Box<Todo>>,
        /// Where it was taken from, if nobody typed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Box<Imported>>,
    },
    /// A note says something else now, or nothing any more.
    NoteAmended {
        /// Which note of the run, from 1.
        note: u32,
        /// What it says now; it is struck, if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// When it happened, if that is said anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        happened_at: Option<DateTime<Utc>>,
        /// Somebody has to do it after the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        todo: Option<Box<Todo>>,
    },
    /// A signal is no longer as it was.
    SignalChanged {
        /// Which.
        signal: String,
        /// What was measured, if anything was.
        value: Option<f64>,
        /// How it stands now.
        health: Health,
    },
    /// The run is being closed: the cleanup comes first, and what still runs ends.
    Closing {
        /// How it will have ended.
        outcome: RunOutcome,
        /// What the operator says about it.
        note: String,
        /// The steps on the route that were left open, by id.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unfinished: Vec<String>,
    },
    /// The run is over.
    RunClosed {
        /// How.
        outcome: RunOutcome,
        /// What the operator says about it.
        note: String,
        /// The steps on the route that were left open, by id.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unfinished: Vec<String>,
        /// The file of the signals' samples; the session fills it in, since the
        /// rules know no files.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signals: Option<Box<OutputDigest>>,
    },
}
