//! Where phases, steps and attempts stand: enums that carry their data.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::engine::{
    effect::{Launch, Part},
    event::{Approval, AttemptId, Conclusion, Facts, Health, Outcome, Probed},
    observed::{Ended, Report},
};

/// A phase that was reached.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseState {
    /// Its id.
    pub id: String,
    /// Its condition could not be evaluated.
    pub doubt: Option<String>,
    /// What became of it.
    pub status: PhaseStatus,
}

/// What became of a phase.
#[derive(Debug, Clone, PartialEq)]
pub enum PhaseStatus {
    /// It is the current one.
    Current {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It is over.
    Finished {
        /// From.
        since: DateTime<Utc>,
        /// To.
        at: DateTime<Utc>,
    },
    /// It was left before its end, because the run is being closed.
    Left {
        /// From.
        since: DateTime<Utc>,
        /// To.
        at: DateTime<Utc>,
    },
    /// Its condition was false.
    NotTaken {
        /// The condition.
        because: String,
    },
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// Not reached.
    Pending,
    /// Its condition was false.
    NotTaken {
        /// The condition.
        because: String,
    },
    /// It is this command's turn.
    Ready {
        /// Its condition could not be evaluated.
        doubt: Option<String>,
    },
    /// Its command is being launched or runs.
    Active {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// It failed and will be tried again by itself.
    RetryDue {
        /// The failed attempt.
        attempt: AttemptId,
        /// When.
        due: DateTime<Utc>,
    },
    /// It has not come to its end and will be looked at again by itself; since
    /// when, and how long it has been as it should, stands in [`super::State::polls`].
    PollDue {
        /// The last attempt.
        attempt: AttemptId,
        /// When it is looked at again.
        due: DateTime<Utc>,
    },
    /// It failed; the operator decides.
    Failed {
        /// The failed attempt; none for a wait that ran out.
        attempt: Option<AttemptId>,
        /// In the operator's words.
        reason: String,
    },
    /// Nobody knows whether it took effect; the operator decides.
    Unknown {
        /// The attempt.
        attempt: AttemptId,
        /// In the operator's words.
        reason: String,
        /// What the author's probe says; `None` until it did.
        probe: Option<Probed>,
    },
    /// A gate waits for its answer.
    Deciding(Deciding),
    /// A person does something.
    Manual(ManualState),
    /// Time passes.
    Waiting {
        /// Since when.
        since: DateTime<Utc>,
        /// Until when at the latest.
        until: DateTime<Utc>,
    },
    /// It is settled.
    Concluded {
        /// When.
        at: DateTime<Utc>,
        /// How.
        conclusion: Conclusion,
    },
    /// The gate is answered.
    Answered {
        /// When.
        at: DateTime<Utc>,
        /// By whom.
        by: String,
        /// The answer's id.
        answer: String,
        /// In words.
        label: String,
        /// Why.
        reason: Option<String>,
        /// It went against this suggestion.
        overrides: Option<String>,
        /// It was given without the approvals that it needs.
        unapproved: bool,
        /// The answer ended the route.
        ends: bool,
        /// The phases that were still to come before it.
        before: Vec<String>,
    },
}

impl Status {
    /// Whether the run can go on past it.
    pub fn is_settled(&self) -> bool {
        matches!(
            self,
            Status::NotTaken { .. } | Status::Concluded { .. } | Status::Answered { .. }
        )
    }
}

/// An open gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Deciding {
    /// Since when.
    pub since: DateTime<Utc>,
    /// The question, values filled in.
    pub question: String,
    /// What is known.
    pub facts: Facts,
    /// What the evidence command printed and how it ended; `None` until it did.
    pub evidence: Option<(String, Ended)>,
    /// Who agreed or refused to, in the order in which they said so.
    pub approvals: Vec<Approval>,
}

/// A command that is repeated until it succeeds, between two attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polling {
    /// When the first attempt began.
    pub since: DateTime<Utc>,
    /// When its time is over.
    pub until: DateTime<Utc>,
    /// Since when it has been succeeding.
    pub holding: Option<DateTime<Utc>>,
    /// Why the last attempt did not settle it.
    pub last: String,
    /// When it looks again, or was to look.
    pub due: DateTime<Utc>,
}

/// What a signal was last found to be.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalState {
    /// Since when.
    pub since: DateTime<Utc>,
    /// What was measured when that began.
    pub value: Option<f64>,
    /// How it stands.
    pub health: Health,
}

/// An open manual step.
#[derive(Debug, Clone, PartialEq)]
pub struct ManualState {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Markdown, values filled in.
    pub instructions: String,
    /// Each entry and when it was ticked.
    pub checklist: Vec<(String, Option<DateTime<Utc>>)>,
    /// To paste elsewhere.
    pub copy: Option<String>,
}

impl ManualState {
    /// The entries that are not ticked, with their places in the list.
    pub fn open(&self) -> Vec<(usize, String)> {
        let all = self.checklist.iter().enumerate();
        all.filter(|(_, (_, ticked))| ticked.is_none())
            .map(|(place, (text, _))| (place, text.clone()))
            .collect()
    }
}

/// One attempt of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// How it was launched.
    pub launch: Arc<Launch>,
    /// When that was decided.
    pub starting_at: DateTime<Utc>,
    /// The operator changed the script.
    pub edited: bool,
    /// The title of the fallback that it is.
    pub fallback: Option<String>,
    /// The step whose turn it was when it was begun off the script.
    pub beside: Option<String>,
    /// What the operator says about it, when its outcome was unknown and it belongs
    /// to no step.
    pub declared: Option<Declared>,
    /// Since when it printed nothing, when that was last noticed.
    pub silent: Option<DateTime<Utc>>,
    /// Where it stands.
    pub status: AttemptStatus,
}

impl Attempt {
    /// Whether it is a command of the operator's own, of no step.
    pub fn is_off_script(&self) -> bool {
        self.launch.part == Part::OffScript
    }

    /// Why nobody knows what an off-script command came to, while nobody has said it.
    pub fn is_in_doubt(&self) -> Option<&str> {
        match &self.status {
            AttemptStatus::Finished {
                outcome: Outcome::Unknown { reason },
                ..
            } if self.is_off_script() && self.declared.is_none() => Some(reason),
            _ => None,
        }
    }
}

/// The operator's word about an off-script command of unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it took effect.
    pub took_effect: bool,
    /// How that is known.
    pub reason: String,
}

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptStatus {
    /// Being launched.
    Starting {
        /// When it was asked to stop.
        stopping: Option<DateTime<Utc>>,
    },
    /// Its command runs.
    Running {
        /// Its process.
        pid: u32,
        /// Since when.
        since: DateTime<Utc>,
        /// When it was asked to stop.
        stopping: Option<DateTime<Utc>>,
    },
    /// It ended.
    Finished {
        /// Its exit record.
        report: Arc<Report>,
        /// The judgement.
        outcome: Outcome,
    },
    /// It was never started.
    Voided,
}

impl AttemptStatus {
    /// When it was asked to stop, if it may still be running.
    pub fn stopping(&self) -> Option<DateTime<Utc>> {
        match self {
            AttemptStatus::Starting { stopping } | AttemptStatus::Running { stopping, .. } => {
                *stopping
            }
            _ => None,
        }
    }

    /// Whether a command may be running.
    pub fn is_live(&self) -> bool {
        matches!(
            self,
            AttemptStatus::Starting { .. } | AttemptStatus::Running { .. }
        )
    }
}
