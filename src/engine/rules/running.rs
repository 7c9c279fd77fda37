//! Running, retrying, falling back and stopping.

use std::sync::Arc;

use super::Draft;
use crate::engine::{
    advance, command,
    effect::Part,
    event::{AttemptId, Event},
    launching::{self, Variant},
    needs,
    refusal::Refusal,
    state::Status,
    step,
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
        self.go(&step, &definition, run)
    }

    /// Runs a step as its author wrote it or the operator changed it; in a
    /// rehearsal only what may run there.
    fn go(&mut self, step: &Step, definition: &Run, run: command::Run) -> Result<(), Refusal> {
        let mut variant = Variant {
            script: run.script,
            ..Variant::default()
        };
        if self.state.is_rehearsal() {
            if variant.script.is_some() {
                return Err(self.misfit(
                    step,
                    "run with a changed script",
                    "a rehearsal runs nothing but what was written for it",
                ));
            }
            variant.rehearse = definition.rehearse.as_ref();
            let runs = variant.rehearse.is_some() || step.effect == runbook::Effect::Read;
            if run.values.is_some() || !runs {
                let values = run.values.unwrap_or_default();
                let values = needs::substitutes(&self.state, step, &values)?;
                self.push(advance::rehearsed(step.id.clone(), values));
                return Ok(());
            }
        } else if run.values.is_some() {
            return Err(self.misfit(
                step,
                "be passed",
                "only a rehearsal passes what it has not run",
            ));
        }
        self.launch(step, definition, &variant, run.confirmation.as_deref())
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
        self.in_turn(&step)?;
        self.go(&step, &definition, run)
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
        if self.state.is_rehearsal() {
            return Err(self.misfit(
                &step,
                "fall back",
                "a rehearsal runs nothing but what was written for it",
            ));
        }
        self.in_turn(&step)?;
        let Some(fallback) = definition.fallbacks.get(index) else {
            return Err(self.misfit(&step, "fall back", "it has no such fallback"));
        };
        let variant = Variant {
            fallback: Some(fallback),
            ..Variant::default()
        };
        self.launch(&step, &definition, &variant, confirmation)
    }

    /// Refuses what would begin behind a gate that is asked again.
    fn in_turn(&self, step: &Step) -> Result<(), Refusal> {
        if self.state.closing.is_some() || self.stands_in_line(step) {
            return Ok(());
        }
        Err(self.not_yet(step))
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
        self.open(step, "run")?;
        if variant.effect(step) == runbook::Effect::Destructive {
            self.confirmed(step, confirmation)?;
        }
        if variant.script.is_some() && run.is_parallel() {
            return Err(self.misfit(step, "be changed", "it has several scripts"));
        }
        let edited_from = match &variant.script {
            Some(_) => Some(step::script(&self.state, step, run, run.script())?),
            None => None,
        };
        for launch in launching::launches(&self.state, step, run, variant, self.now)? {
            let edited_from = edited_from.as_deref().filter(|_| launch.part == Part::Main);
            self.push(Event::AttemptStarting {
                launch: Arc::new(launch),
                edited_from: edited_from.map(Into::into),
                fallback: variant.fallback.map(|fallback| fallback.title.clone()),
                beside: None,
            });
        }
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
