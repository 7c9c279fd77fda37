//! What is done beside the script: commands of the operator's own, and steps that
//! are done by other means.

use std::{collections::BTreeMap, sync::Arc};

use super::Draft;
use crate::engine::{
    command,
    effect::{Capture, Launch, Part, SecretRef},
    event::{AttemptId, Conclusion, Event},
    needs, off_script,
    refusal::Refusal,
    state::{State, Status},
    step,
};
use crate::runbook::{self, Kind, Shell, Step};
use crate::template::Type;

/// How long an off-script command may take, in milliseconds: an hour. Nobody has
/// thought about its time beforehand, and it can be stopped.
const TIMEOUT_MS: u64 = 3_600_000;

/// From TERM to KILL, in milliseconds.
const KILL_GRACE_MS: u64 = 10_000;

/// The longest command: what a kernel takes as one argument, with room to spare.
const LIMIT: usize = 64 << 10;

impl Draft<'_> {
    pub(super) fn off_script(&mut self, command: &command::OffScript) -> Result<(), Refusal> {
        if self.state.is_rehearsal() {
            return Err(Refusal::OnlyRehearsed);
        }
        let script = command.script.trim_end();
        if script.trim().is_empty() {
            return Err(Refusal::NothingToRun);
        }
        if script.len() > LIMIT || script.contains('\0') {
            return Err(Refusal::CannotRun);
        }
        let beside = self.state.current_step().map(|step| step.id.clone());
        let launch = launch(&self.state, script, command.tty);
        self.push(Event::AttemptStarting {
            launch: Arc::new(launch),
            edited_from: None,
            fallback: None,
            beside,
        });
        Ok(())
    }

    pub(super) fn declare_off_script(
        &mut self,
        attempt: AttemptId,
        took_effect: bool,
        reason: String,
    ) -> Result<(), Refusal> {
        let known = self.state.attempts.get(&attempt);
        if known.and_then(|known| known.is_in_doubt()).is_none() {
            return Err(Refusal::NotInDoubt);
        }
        Self::reason(&reason, "how do you know what it came to?")?;
        self.push(Event::OffScriptDeclared {
            attempt,
            took_effect,
            reason,
        });
        Ok(())
    }

    pub(super) fn declare_done(
        &mut self,
        id: &str,
        reason: String,
        attempt: Option<AttemptId>,
        values: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let step = self.find(id)?;
        self.can_be_declared(&step)?;
        if self.state.is_rehearsal() {
            return Err(self.misfit(
                &step,
                "be declared done",
                "a rehearsal does nothing; pass the step instead",
            ));
        }
        Self::reason(&reason, "how do you know that it is done?")?;
        if let Some(number) = attempt {
            match self.state.attempts.get(&number) {
                Some(known) if known.is_off_script() && known.status.is_live() => {
                    return Err(Refusal::StillRunning(off_script::title(&known.launch)));
                }
                Some(known) if known.is_off_script() => {}
                _ => return Err(Refusal::NotOffScript),
            }
        }
        let values = needs::substitutes(&self.state, &step, values)?;
        self.push(Event::StepConcluded {
            step: id.to_owned(),
            conclusion: Conclusion::DoneOffScript { reason, attempt },
            values,
        });
        Ok(())
    }

    /// Refuses to declare a step done that has not come to its turn, runs, is a gate
    /// or is settled. One that waits behind others of its phase may be declared: it
    /// was done, and nothing begins by that.
    fn can_be_declared(&self, step: &Step) -> Result<(), Refusal> {
        if matches!(step.kind, Kind::Gate(_)) {
            return Err(self.misfit(
                step,
                "be declared done",
                "a gate ends in one of its answers",
            ));
        }
        self.not_busy(step)?;
        match self.state.status(&step.id) {
            Status::Ready { .. }
            | Status::Failed { .. }
            | Status::RetryDue { .. }
            | Status::PollDue { .. }
            | Status::Manual(_)
            | Status::Waiting { .. } => Ok(()),
            Status::Unknown { .. } => Err(Refusal::OutcomeUnknown(self.title(step))),
            Status::Active { .. } => Err(Refusal::Busy {
                step: self.title(step),
            }),
            Status::Pending if self.stands_in_line(step) => Ok(()),
            status if status.is_settled() => {
                Err(self.misfit(step, "be declared done", "it is settled"))
            }
            _ => Err(self.not_yet(step)),
        }
    }

    /// Whether a step waits in the current phase with no gate before it.
    pub(super) fn stands_in_line(&self, step: &Step) -> bool {
        let Some((phase, _)) = self.state.current_phase() else {
            return false;
        };
        self.state.is_open(phase)
            && phase.step(&step.id).is_some()
            && !phase
                .steps
                .iter()
                .take_while(|other| other.id != step.id)
                .any(|other| {
                    matches!(other.kind, Kind::Gate(_))
                        && !self.state.status(&other.id).is_settled()
                })
    }
}

fn launch(state: &State, script: &str, tty: bool) -> Launch {
    let (env, mut secrets) = step::variables(state);
    // A secret is there under its own name for whoever writes it.
    for input in state
        .runbook
        .inputs
        .iter()
        .filter(|i| i.kind == Type::Secret)
    {
        let variable = input.secret_variable();
        let known = secrets.iter().any(|secret| secret.variable == variable);
        if !known && script.contains(&variable) {
            secrets.push(SecretRef {
                variable,
                input: input.name.clone(),
            });
        }
    }
    let last = state.attempts.keys().next_back();
    let number = state
        .off_script()
        .map(|(_, known)| known.launch.number)
        .max();
    Launch {
        attempt: last.map_or(1, |last| last.saturating_add(1)),
        step: off_script::STEP.to_owned(),
        script: String::new(),
        part: Part::OffScript,
        round: 0,
        number: number.unwrap_or(0).saturating_add(1),
        argv: Shell::Bash.argv(script),
        env,
        secrets,
        cwd: None,
        tty,
        silence_ms: None,
        timeout_ms: TIMEOUT_MS,
        kill_grace_ms: KILL_GRACE_MS,
        effect: runbook::Effect::Write,
        capture: Capture::default(),
    }
}
