//! Running, retrying, falling back and stopping.

use super::Draft;
use crate::engine::{
    command,
    event::{AttemptId, Event},
    refusal::Refusal,
    state::Status,
    step::{self, Variant},
};
use crate::runbook::{self, Confirm, Kind, Run, Step};

impl Draft<'_> {
    pub(super) fn run(&mut self, run: command::Run) -> Result<(), Refusal> {
        let step = self.find(&run.step)?;
        let Kind::Run(definition) = step.kind.clone() else {
            return Err(self.misfit(&step, "run", "it is not a command"));
        };
        self.not_busy(&step)?;
        let again = self.state.status(&step.id).is_settled();
        match self.state.status(&step.id) {
            Status::Ready { .. } => {}
            Status::Failed { .. } | Status::RetryDue { .. } | Status::PollDue { .. } => {
                return self.retry(run);
            }
            Status::Unknown { .. } => return Err(Refusal::OutcomeUnknown(self.title(&step))),
            Status::Concluded { .. } if step.effect == runbook::Effect::Read => {}
            Status::Concluded { .. } => {
                return Err(self.misfit(
                    &step,
                    "run again",
                    "it changes something and is done; retry it explicitly",
                ));
            }
            _ => return Err(self.not_yet(&step)),
        }
        debug_assert!(!again || step.effect == runbook::Effect::Read);
        let variant = Variant {
            script: run.script,
            fallback: None,
        };
        self.launch(&step, &definition, &variant, run.confirmation.as_deref())
    }

    pub(super) fn retry(&mut self, run: command::Run) -> Result<(), Refusal> {
        let step = self.find(&run.step)?;
        let Kind::Run(definition) = step.kind.clone() else {
            return Err(self.misfit(&step, "be retried", "it is not a command"));
        };
        self.not_busy(&step)?;
        match self.state.status(&step.id) {
            Status::Failed { .. } | Status::RetryDue { .. } | Status::PollDue { .. } => {}
            Status::Unknown { .. } => return Err(Refusal::OutcomeUnknown(self.title(&step))),
            Status::Concluded { .. } => {
                let current = self
                    .state
                    .current_phase()
                    .map(|(phase, _)| phase.id.as_str());
                let own = self
                    .state
                    .runbook
                    .step(&step.id)
                    .map(|(phase, _)| phase.id.as_str());
                if current != own {
                    return Err(self.misfit(&step, "be retried", "its phase is over"));
                }
            }
            Status::Ready { .. } => return self.run(run),
            _ => return Err(self.not_yet(&step)),
        }
        let variant = Variant {
            script: run.script,
            fallback: None,
        };
        self.launch(&step, &definition, &variant, run.confirmation.as_deref())
    }

    pub(super) fn fallback(
        &mut self,
        id: &str,
        index: usize,
        confirmation: Option<&str>,
    ) -> Result<(), Refusal> {
        let step = self.find(id)?;
        let Kind::Run(definition) = step.kind.clone() else {
            return Err(self.misfit(&step, "fall back", "it is not a command"));
        };
        self.not_busy(&step)?;
        if !matches!(
            self.state.status(id),
            Status::Failed { .. } | Status::RetryDue { .. } | Status::PollDue { .. }
        ) {
            return Err(self.misfit(&step, "fall back", "it has not failed"));
        }
        let Some(fallback) = definition.fallbacks.get(index) else {
            return Err(self.misfit(&step, "fall back", "it has no such fallback"));
        };
        let variant = Variant {
            script: None,
            fallback: Some(fallback),
        };
        self.launch(&step, &definition, &variant, confirmation)
    }

    pub(super) fn not_busy(&self, step: &Step) -> Result<(), Refusal> {
        match self.state.live_attempt(&step.id) {
            Some(_) => Err(Refusal::Busy {
                step: self.title(step),
            }),
            None => Ok(()),
        }
    }

    pub(super) fn launch(
        &mut self,
        step: &Step,
        run: &Run,
        variant: &Variant<'_>,
        confirmation: Option<&str>,
    ) -> Result<(), Refusal> {
        if variant.effect(step) == runbook::Effect::Destructive {
            self.confirmed(step, confirmation)?;
        }
        let edited_from = match &variant.script {
            Some(_) => Some(step::script(&self.state, step, run, run.script())?),
            None => None,
        };
        let launch = step::launch(&self.state, step, run, variant)?;
        self.push(Event::AttemptStarting {
            launch: Box::new(launch),
            edited_from,
            fallback: variant.fallback.map(|fallback| fallback.title.clone()),
        });
        Ok(())
    }

    pub(super) fn confirmed(&self, step: &Step, confirmation: Option<&str>) -> Result<(), Refusal> {
        let target = step::target(&self.state, step)?.unwrap_or_else(|| step.id.clone());
        let environment = self.state.run.environment.as_deref();
        let confirm = environment
            .and_then(|name| self.state.runbook.environment(name))
            .map_or(Confirm::Type, |environment| environment.confirm);
        match (confirm, confirmation) {
            (Confirm::Type, _) if target.trim().is_empty() => Err(self.misfit(
                step,
                "be confirmed",
                "its target is empty: there is no name to type",
            )),
            (Confirm::Type, Some(typed)) if typed == target => Ok(()),
            (Confirm::Key, Some(_)) => Ok(()),
            _ => Err(Refusal::Unconfirmed { target, confirm }),
        }
    }

    pub(super) fn stop(&mut self, attempt: AttemptId) -> Result<(), Refusal> {
        match self.state.attempts.get(&attempt).map(|known| &known.status) {
            Some(status) if status.is_live() => {
                self.push(Event::AttemptStopping { attempt });
                Ok(())
            }
            _ => Err(Refusal::NotRunning),
        }
    }
}
