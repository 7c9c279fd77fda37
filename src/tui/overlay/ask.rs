//! Everything that the operator can be asked, and what an answer means.

mod answer;
mod beside;
mod settle;
mod words;

use std::collections::BTreeMap;

use crate::engine::{AttemptId, State, command::Run, event::RunOutcome, needs, step};
use crate::runbook::{Confirm, Kind};
use crate::session::said;

/// A question with a text for an answer.
#[derive(Debug, Clone)]
pub enum Ask {
    /// What happened?
    Note,
    /// What does this note say from now on?
    Amend {
        /// Which note, from 1.
        note: u32,
    },
    /// Which command, off the script?
    OffScript,
    /// How is it known what an off-script command came to?
    DeclareOffScript {
        /// Which.
        attempt: AttemptId,
        /// Whether it took effect.
        took_effect: bool,
    },
    /// How is it known that a step is done?
    Done {
        /// The step.
        step: String,
        /// The off-script command that did it.
        attempt: Option<AttemptId>,
    },
    /// Why is a gate asked again?
    Reopen {
        /// The gate.
        gate: String,
    },
    /// What to look for in the output?
    Search,
    /// Which line of the output to go to?
    Line,
    /// Why this answer?
    AnswerReason {
        /// The gate.
        gate: String,
        /// The answer.
        answer: String,
        /// The facts speak for this one instead.
        against: Option<String>,
        /// Although others have to agree and do not yet.
        without_approval: bool,
    },
    /// Who agreed elsewhere?
    AttestWho {
        /// The gate.
        gate: String,
        /// The answer.
        answer: String,
    },
    /// Where did they say it?
    AttestChannel {
        /// The gate.
        gate: String,
        /// The answer.
        answer: String,
        /// Who agreed.
        who: String,
        /// For whom of those who are asked, if their name does not say it.
        stands_for: Option<String>,
    },
    /// Why leave it out?
    SkipReason {
        /// The step.
        step: String,
    },
    /// How is it known that it took effect?
    TookEffect {
        /// The step.
        step: String,
    },
    /// How is it known that it took no effect?
    TookNoEffect {
        /// The step.
        step: String,
    },
    /// Why end the wait?
    EndWait {
        /// The step.
        step: String,
    },
    /// How should the command read?
    Edit {
        /// The step.
        step: String,
    },
    /// Really? Type the target's name.
    ConfirmRun {
        /// What to run.
        run: Run,
        /// What to type.
        target: String,
    },
    /// Really? Type the target's name.
    ConfirmFallback {
        /// The step.
        step: String,
        /// Which fallback.
        index: usize,
    },
    /// Anything to say about how it ended?
    CloseNote {
        /// How it ended.
        outcome: RunOutcome,
    },
    /// A value that later steps need, or that a manual step records.
    Values {
        /// The step that would have made them.
        step: String,
        /// What they are for.
        then: Then,
        /// The names still to ask for.
        missing: Vec<String>,
        /// What was given.
        given: BTreeMap<String, String>,
    },
}

/// What values are given for.
#[derive(Debug, Clone)]
pub enum Then {
    /// A manual step is done.
    ManualDone,
    /// A step is left out.
    Skip {
        /// Why.
        reason: String,
    },
    /// A step took effect.
    TookEffect {
        /// How that is known.
        reason: String,
    },
    /// A step is done by other means.
    Done {
        /// How that is known.
        reason: String,
        /// The off-script command that did it.
        attempt: Option<AttemptId>,
    },
    /// A step of a rehearsal is passed.
    Pass,
}

impl Ask {
    /// What stands there to begin with.
    pub fn beginning(&self, state: &State) -> Vec<String> {
        let id = match self {
            Ask::Edit { step } => step,
            Ask::Amend { note } => {
                let note = state.note(*note).map(said::typed).unwrap_or_default();
                return note.lines().map(str::to_owned).collect();
            }
            Ask::Values { step, missing, .. } => {
                let step = state.runbook.step(step).map(|(_, step)| step);
                return step
                    .zip(missing.first())
                    .and_then(|(step, name)| needs::default_of(step, name))
                    .map(|default| default.to_string())
                    .into_iter()
                    .collect();
            }
            _ => return Vec::new(),
        };
        let Some((_, found)) = state.runbook.step(id) else {
            return Vec::new();
        };
        let Kind::Run(run) = &found.kind else {
            return Vec::new();
        };
        // What ran last is what one wants to change.
        let last = state.attempts_of(id).last();
        let script = match last {
            Some((_, attempt)) if attempt.fallback.is_none() => attempt.launch.command().to_owned(),
            _ => step::script(state, found, run, run.script())
                .unwrap_or_else(|_| run.script().source.clone()),
        };
        script.trim_end().lines().map(str::to_owned).collect()
    }

    /// Whether an answer can have several lines.
    pub fn is_multiline(&self) -> bool {
        matches!(
            self,
            Ask::Note | Ask::Amend { .. } | Ask::OffScript | Ask::Edit { .. }
        )
    }

    /// Whether Enter begins a new line.
    pub fn enter_is_newline(&self) -> bool {
        matches!(self, Ask::OffScript | Ask::Edit { .. })
    }

    /// Whether an answer changes nothing but what is looked at, or only adds a note.
    pub fn is_harmless(&self) -> bool {
        matches!(self, Ask::Note | Ask::Search | Ask::Line)
    }

    /// Whether one key confirms it, as the environment wants it.
    pub fn is_by_key(&self, state: &State) -> bool {
        let confirm = state
            .run
            .environment
            .as_deref()
            .and_then(|name| state.runbook.environment(name))
            .map(|environment| environment.confirm);
        matches!(self, Ask::ConfirmRun { .. } | Ask::ConfirmFallback { .. })
            && confirm == Some(Confirm::Key)
    }
}

/// Who may approve an answer; empty: anybody but the driver.
fn asked_of(state: &State, gate: &str, answer: &str) -> Vec<String> {
    let step = state.runbook.step(gate).map(|(_, step)| &step.kind);
    let Some(Kind::Gate(gate)) = step else {
        return Vec::new();
    };
    gate.answer(answer)
        .and_then(|answer| answer.approvals.as_ref())
        .map(|approvals| approvals.from.clone())
        .unwrap_or_default()
}

/// What a step acts on, to be named when it is confirmed.
pub fn target_of(state: &State, step: &str) -> String {
    state
        .runbook
        .step(step)
        .and_then(|(_, step)| step::target(state, step).ok().flatten())
        .unwrap_or_else(|| step.to_owned())
}
