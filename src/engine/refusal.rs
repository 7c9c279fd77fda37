//! Why a request was refused, in the operator's words.

use crate::runbook::Confirm;
use crate::template::Fault;

/// The approvals that an answer lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvals {
    /// The answer in words.
    pub answer: String,
    /// People or groups; anybody but the driver, if empty.
    pub from: Vec<String>,
    /// How many of them must agree.
    pub needed: u32,
    /// Who does so far.
    pub agreed: Vec<String>,
    /// Who does not.
    pub denied: Vec<String>,
}

/// A refusal. Nothing happened; the message says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run is over.
    #[error("The run is closed: nothing more can be done in it")]
    Closed,
    /// The run was handed over.
    #[error("The run was handed over: whoever takes it over goes on with it")]
    HandedOver,
    /// No such step.
    #[error("There is no step `{0}` in this runbook")]
    NoSuchStep(String),
    /// The request does not fit the step.
    #[error("{step} cannot {what}: {why}")]
    DoesNotFit {
        /// The step's title.
        step: String,
        /// What was asked.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// A gate stands before.
    #[error("Answer ‘{question}’ first")]
    GateFirst {
        /// The gate's title.
        question: String,
    },
    /// Another step's turn comes first.
    #[error("‘{step}’ comes first")]
    OutOfTurn {
        /// The step whose turn it is.
        step: String,
    },
    /// The command is running.
    #[error("‘{step}’ is running: wait for it, or stop it with x")]
    Busy {
        /// The step.
        step: String,
    },
    /// A destructive step was not confirmed.
    #[error("{}", unconfirmed(target, *confirm))]
    Unconfirmed {
        /// What it acts on; to be typed, where typing confirms.
        target: String,
        /// How it is confirmed.
        confirm: Confirm,
    },
    /// A reason is missing.
    #[error("Say why: {0}")]
    NeedsReason(String),
    /// The gate has no such answer.
    #[error("‘{gate}’ has no answer `{answer}`; it has: {known}")]
    NoSuchAnswer {
        /// The gate's title.
        gate: String,
        /// What was given.
        answer: String,
        /// What there is.
        known: String,
    },
    /// Later steps need a value.
    #[error("`{name}` is needed later ({needed_by}): give its value")]
    NeedsValue {
        /// The output's name.
        name: String,
        /// Who needs it.
        needed_by: String,
    },
    /// A value does not fit.
    #[error("{0}")]
    BadValue(String),
    /// A template could not be filled in.
    #[error("{what} cannot be filled in: {fault}")]
    Template {
        /// Which text.
        what: String,
        /// Why.
        fault: Fault,
    },
    /// A manual step has open entries.
    #[error("{0} of the checklist is open: tick it, or skip the step with a reason")]
    OpenItems(String),
    /// Something still runs.
    #[error("‘{0}’ is still running: stop it with x or wait for it before you close the run")]
    StillRunning(String),
    /// A step of the cleanup is open.
    #[error("The cleanup comes before the end: run ‘{step}’, or skip it with a reason")]
    CleanupFirst {
        /// The step's title.
        step: String,
    },
    /// The attempt is over or has not begun.
    #[error("That command is not running: it is over, or it has not begun yet")]
    NotRunning,
    /// Others must agree with the answer.
    #[error("{}", approvals(.0))]
    NeedsApproval(Box<Approvals>),
    /// Who approves is not asked for.
    #[error("{who} cannot approve this: {why}")]
    NotAnApprover {
        /// Who.
        who: String,
        /// Why not.
        why: String,
    },
    /// Nothing is done to the world in a rehearsal.
    #[error("This is a rehearsal: nothing but what was written for it runs here")]
    OnlyRehearsed,
    /// A text that is recorded holds a secret's value.
    #[error("This holds the value of a secret, and it would be recorded: write \"${0}\" instead")]
    GivesAway(String),
    /// An off-script command without a word.
    #[error("There is nothing to run: type the command first")]
    NothingToRun,
    /// An off-script command that no shell takes.
    #[error("This is too long for a command, or holds a NUL: put it into a file and run that")]
    CannotRun,
    /// An off-script command that is known to have come to an end.
    #[error("What that command came to is known: there is nothing to declare")]
    NotInDoubt,
    /// A command that did not run off the script.
    #[error("That is no off-script command of this run")]
    NotOffScript,
    /// No such note.
    #[error("{}", no_such_note(*note, *count))]
    NoSuchNote {
        /// Its number.
        note: u32,
        /// How many there are.
        count: usize,
    },
    /// The note was struck.
    #[error("Note {0} was struck: write a new one")]
    NoteStruck(u32),
    /// A write's outcome is open.
    #[error("Nobody knows whether ‘{0}’ took effect: find out and say so first")]
    OutcomeUnknown(String),
}

fn no_such_note(note: u32, count: usize) -> String {
    match count {
        0 => "There is no note in this run yet".to_owned(),
        1 => format!("There is no note {note}: the run has one"),
        _ => format!("There is no note {note}: the run has {count}"),
    }
}

fn unconfirmed(target: &str, confirm: Confirm) -> String {
    match confirm {
        Confirm::Type => {
            format!("This cannot be undone: type the target's name, {target}, to confirm")
        }
        Confirm::Key => format!("This cannot be undone ({target}): press y to confirm"),
    }
}

fn approvals(lack: &Approvals) -> String {
    let Approvals {
        answer,
        from,
        needed,
        agreed,
        denied,
    } = lack;
    if !denied.is_empty() {
        return format!("‘{answer}’ was refused by {}", denied.join(" and "));
    }
    let from = if from.is_empty() {
        "anybody but you".to_owned()
    } else {
        from.join(" or ")
    };
    let people = if *needed == 1 { "person" } else { "people" };
    let so_far = if agreed.is_empty() {
        String::new()
    } else {
        format!("; so far: {}", agreed.join(", "))
    };
    format!("‘{answer}’ needs {needed} {people} to agree (from {from}){so_far}")
}
