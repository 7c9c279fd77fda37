//! Proving that the place is the one that it is taken for, before anything runs.
//!
//! An environment's guard is asked before a run begins, whatever kind of run it
//! is, and again by a resume before its first launch. A drill without a guard is
//! refused: a flag in a file proves nothing. A rehearsal touches no place.

use std::{fmt, sync::atomic::AtomicBool, time::Duration};

use crate::engine::{
    State,
    effect::SecretRef,
    event::{Checked, RunKind},
    observed::Ended,
    step,
};
use crate::executor::{Secrets, ask_once, variables};
use crate::runbook::Shell;
use crate::template;

/// How long a guard may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much of what a guard printed is shown when it fails.
const SHOWN_LINES: usize = 20;

/// Why a place is not proven.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unproven {
    /// A drill without a guard.
    #[error(
        "a drill needs proof that `{environment}` is no live place: give that environment in the runbook a `guard:`, a read-only script that succeeds only there, such as `guard: kubectl config current-context | grep -qx {environment}`"
    )]
    NoGuard {
        /// Where.
        environment: String,
    },
    /// The guard cannot be filled in.
    #[error("the guard of `{environment}` cannot be filled in: {why}")]
    Unfilled {
        /// Where.
        environment: String,
        /// Why not.
        why: String,
    },
    /// The guard did not succeed.
    #[error("`{environment}` is not proven to be the place that it is taken for: its guard {}{}", ended(&.checked.ended), Printed(&.checked.text))]
    Failed {
        /// Where.
        environment: String,
        /// What was asked and what came of it.
        checked: Box<Checked>,
    },
}

/// A guard with its values filled in.
#[derive(Debug, Clone)]
pub struct Guard {
    environment: String,
    script: String,
    env: Vec<(String, String)>,
    secrets: Vec<SecretRef>,
}

impl Guard {
    /// The guard of a run's place, if one has to be asked.
    ///
    /// # Errors
    /// When a drill has none, or it cannot be filled in.
    pub fn of(state: &State) -> Result<Option<Self>, Unproven> {
        if state.run.kind == RunKind::Rehearsal {
            return Ok(None);
        }
        let Some(place) = state
            .run
            .environment
            .as_deref()
            .and_then(|name| state.runbook.environment(name))
        else {
            return Ok(None);
        };
        let environment = place.name.clone();
        let Some(guard) = &place.guard else {
            return match state.run.kind {
                RunKind::Drill => Err(Unproven::NoGuard { environment }),
                _ => Ok(None),
            };
        };
        let unfilled = |why: String| Unproven::Unfilled {
            environment: environment.clone(),
            why,
        };
        let script = template::render_script(&guard.source, template::Shell::Bash, state.scope())
            .map_err(|fault| unfilled(fault.to_string()))?;
        let (env, secrets) = step::environment(state, &[], &guard.source)
            .map_err(|refusal| unfilled(refusal.to_string()))?;
        Ok(Some(Self {
            environment,
            script,
            env,
            secrets,
        }))
    }

    /// Asks it. Takes its time: not for the thread that draws.
    ///
    /// # Errors
    /// When it does not succeed.
    pub fn ask(&self, secrets: &Secrets, cancel: &AtomicBool) -> Result<Checked, Unproven> {
        let answer = ask_once(
            &Shell::Bash.argv(&self.script),
            &variables(&self.env, &self.secrets, secrets),
            secrets,
            TIMEOUT,
            cancel,
        );
        let checked = Checked {
            command: self.script.clone(),
            text: answer.text,
            ended: answer.ended,
        };
        if checked.ended == (Ended::Exit { code: 0 }) {
            return Ok(checked);
        }
        Err(Unproven::Failed {
            environment: self.environment.clone(),
            checked: Box::new(checked),
        })
    }
}

/// How a question ended, after its name.
pub(super) fn ended(ended: &Ended) -> String {
    match ended {
        Ended::Exit { code } => format!("ended with exit {code}"),
        Ended::Signal { signal } => format!("was ended by signal {signal}"),
        Ended::Deadline => "did not end in time".to_owned(),
        Ended::Stopped => "was stopped".to_owned(),
        Ended::Lost => "ended unseen".to_owned(),
        Ended::NotStarted { reason } => format!("could not be started: {reason}"),
    }
}

/// What a guard printed, below the sentence that says that it failed.
struct Printed<'a>(&'a str);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("; it printed nothing");
        }
        f.write_str("; it printed:")?;
        for line in self.0.lines().take(SHOWN_LINES) {
            write!(f, "\n  {line}")?;
        }
        match self.0.lines().count().checked_sub(SHOWN_LINES) {
            Some(more) if more > 0 => write!(f, "\n  … and {more} more lines"),
            _ => Ok(()),
        }
    }
}
