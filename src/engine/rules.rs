//! Deciding: a request and a state give events and effects, or a refusal.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    command::{self, Command},
    effect::Effect,
    event::{AttemptId, Conclusion, Entry, Event, Outcome, RunOutcome, Started},
    gate, needs,
    observed::{Ended, Observed, Report},
    plan,
    refusal::Refusal,
    state::{AttemptStatus, State, Status, apply},
    step::{self, Variant},
};
use crate::runbook::{self, Confirm, GateHeadless, Kind, OnFailure, Run, Runbook, Step};
use crate::template::Value;

/// The longest evidence that an event carries; the rest is cut.
const EVIDENCE_BYTES: usize = 64 << 10;

/// What follows from a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    /// To be made durable and folded, in this order.
    pub events: Vec<Event>,
    /// To be performed after that.
    pub effects: Vec<Effect>,
}

/// The first events of a run.
pub fn start(runbook: &Arc<Runbook>, started: Started, by: &str, now: DateTime<Utc>) -> Decision {
    let entry = Entry {
        at: now,
        by: by.to_owned(),
        event: Event::RunStarted(Box::new(started)),
    };
    let Ok(state) = State::begin(Arc::clone(runbook), &entry) else {
        return Decision::default();
    };
    let mut draft = Draft::new(&state, by, now);
    draft.events.push(entry.event);
    draft.decision()
}

/// Decides about a request.
///
/// # Errors
/// The refusal, in the operator's words; then nothing happens.
pub fn decide(
    state: &State,
    command: Command,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    // Late reports of a closed run change nothing.
    if state.closed.is_some() {
        return match command {
            Command::Observed(_) | Command::Tock | Command::Resume { .. } => {
                Ok(Decision::default())
            }
            command @ Command::Note { .. } => {
                let mut draft = Draft::new(state, by, now);
                draft.handle(command)?;
                Ok(draft.decision())
            }
            _ => Err(Refusal::Closed),
        };
    }
    let mut draft = Draft::new(state, by, now);
    draft.handle(command)?;
    Ok(draft.decision())
}

/// A state that runs ahead while a decision is made.
struct Draft<'a> {
    state: State,
    events: Vec<Event>,
    by: &'a str,
    now: DateTime<Utc>,
}

impl<'a> Draft<'a> {
    fn new(state: &State, by: &'a str, now: DateTime<Utc>) -> Self {
        Self {
            state: state.clone(),
            events: Vec::new(),
            by,
            now,
        }
    }

    fn push(&mut self, event: Event) {
        let entry = Entry {
            at: self.now,
            by: self.by.to_owned(),
            event,
        };
        apply(&mut self.state, &entry);
        self.events.push(entry.event);
    }

    /// Lets happen what happens by itself and collects the effects.
    fn decision(mut self) -> Decision {
        while let Some(event) = plan::advance(&self.state, self.now) {
            self.push(event);
        }
        let effects = self
            .events
            .iter()
            .filter_map(|event| effect_of(&self.state, event))
            .collect();
        Decision {
            events: self.events,
            effects,
        }
    }

    fn handle(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Resume { host, found } => {
                self.push(Event::RunResumed { host, found });
                Ok(())
            }
            Command::Auto(on) => {
                if self.state.auto != on {
                    self.push(Event::AutoAdvance { on });
                }
                Ok(())
            }
            Command::Run(run) => self.run(run),
            Command::Retry(run) => self.retry(run),
            Command::Fallback {
                step,
                index,
                confirmation,
            } => self.fallback(&step, index, confirmation.as_deref()),
            Command::Stop(attempt) => self.stop(attempt),
            Command::Skip {
                step,
                reason,
                values,
            } => self.skip(&step, reason, &values),
            Command::TookEffect {
                step,
                reason,
                values,
            } => self.took_effect(&step, reason, &values),
            Command::TookNoEffect { step, reason } => self.took_no_effect(step, reason),
            Command::Answer {
                gate,
                answer,
                reason,
            } => self.answer(gate, &answer, reason),
            Command::Tick { step, item, done } => self.tick(step, item, done),
            Command::ManualDone { step, values } => self.manual_done(&step, &values),
            Command::EndWait { step, reason } => self.end_wait(&step, reason),
            Command::Note { text, happened_at } => {
                if text.trim().is_empty() {
                    return Err(Refusal::NeedsReason("the note is empty".to_owned()));
                }
                self.push(Event::NoteAdded { text, happened_at });
                Ok(())
            }
            Command::Close { outcome, note } => self.close(outcome, note),
            Command::Tock => self.tock(),
            Command::Observed(observed) => {
                self.observed(observed);
                Ok(())
            }
        }
    }

    fn find(&self, id: &str) -> Result<Step, Refusal> {
        self.state
            .runbook
            .step(id)
            .map(|(_, step)| step.clone())
            .ok_or_else(|| Refusal::NoSuchStep(id.to_owned()))
    }

    fn title(&self, step: &Step) -> String {
        step::fill_or_source(&step.title, &self.state.scope())
    }

    fn misfit(&self, step: &Step, what: &'static str, why: &str) -> Refusal {
        Refusal::DoesNotFit {
            step: format!("‘{}’", self.title(step)),
            what,
            why: why.to_owned(),
        }
    }

    /// Why a step that is not reached cannot run.
    fn not_yet(&self, step: &Step) -> Refusal {
        if let Status::NotTaken { because } = self.state.status(&step.id) {
            let why = format!("it is not taken because {because} is false");
            return self.misfit(step, "run", &why);
        }
        match self.state.current_step() {
            Some(current) if matches!(current.kind, Kind::Gate(_)) => Refusal::GateFirst {
                question: self.title(current),
            },
            Some(current) => Refusal::OutOfTurn {
                step: self.title(current),
            },
            None => self.misfit(step, "run", "it is not on the route"),
        }
    }

    fn run(&mut self, run: command::Run) -> Result<(), Refusal> {
        let step = self.find(&run.step)?;
        let Kind::Run(definition) = step.kind.clone() else {
            return Err(self.misfit(&step, "run", "it is not a command"));
        };
        self.not_busy(&step)?;
        let again = self.state.status(&step.id).is_settled();
        match self.state.status(&step.id) {
            Status::Ready { .. } => {}
            Status::Failed { .. } | Status::RetryDue { .. } => return self.retry(run),
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

    fn retry(&mut self, run: command::Run) -> Result<(), Refusal> {
        let step = self.find(&run.step)?;
        let Kind::Run(definition) = step.kind.clone() else {
            return Err(self.misfit(&step, "be retried", "it is not a command"));
        };
        self.not_busy(&step)?;
        match self.state.status(&step.id) {
            Status::Failed { .. } | Status::RetryDue { .. } => {}
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

    fn fallback(
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
            Status::Failed { .. } | Status::RetryDue { .. }
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

    fn not_busy(&self, step: &Step) -> Result<(), Refusal> {
        match self.state.live_attempt(&step.id) {
            Some(_) => Err(Refusal::Busy {
                step: self.title(step),
            }),
            None => Ok(()),
        }
    }

    fn launch(
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
            Some(_) => Some(step::script(&self.state, step, run, &run.script)?),
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

    fn confirmed(&self, step: &Step, confirmation: Option<&str>) -> Result<(), Refusal> {
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
            _ => Err(Refusal::Unconfirmed { target }),
        }
    }

    fn stop(&mut self, attempt: AttemptId) -> Result<(), Refusal> {
        match self.state.attempts.get(&attempt).map(|known| &known.status) {
            Some(AttemptStatus::Running { .. }) => {
                self.push(Event::AttemptStopping { attempt });
                Ok(())
            }
            _ => Err(Refusal::NotRunning),
        }
    }

    fn reason(reason: &str, what: &str) -> Result<(), Refusal> {
        if reason.trim().is_empty() {
            return Err(Refusal::NeedsReason(what.to_owned()));
        }
        Ok(())
    }

    fn skip(
        &mut self,
        id: &str,
        reason: String,
        values: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let step = self.find(id)?;
        match self.state.status(id) {
            Status::Ready { .. }
            | Status::Failed { .. }
            | Status::RetryDue { .. }
            | Status::Unknown { .. }
            | Status::Manual(_)
            | Status::Waiting { .. } => {}
            Status::Deciding(_) => {
                return Err(self.misfit(&step, "be skipped", "a gate ends in one of its answers"));
            }
            Status::Active { .. } => {
                return Err(Refusal::Busy {
                    step: self.title(&step),
                });
            }
            status if status.is_settled() => {
                return Err(self.misfit(&step, "be skipped", "it is settled"));
            }
            _ => return Err(self.not_yet(&step)),
        }
        Self::reason(&reason, "why is the step left out?")?;
        let values = self.substitutes(&step, values)?;
        self.push(Event::StepConcluded {
            step: id.to_owned(),
            conclusion: Conclusion::Skipped { reason },
            values,
        });
        Ok(())
    }

    fn took_effect(
        &mut self,
        id: &str,
        reason: String,
        values: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let step = self.find(id)?;
        self.unknown(&step)?;
        Self::reason(&reason, "how do you know that it took effect?")?;
        let values = self.substitutes(&step, values)?;
        self.push(Event::StepConcluded {
            step: id.to_owned(),
            conclusion: Conclusion::TookEffect { reason },
            values,
        });
        Ok(())
    }

    fn took_no_effect(&mut self, id: String, reason: String) -> Result<(), Refusal> {
        let step = self.find(&id)?;
        self.unknown(&step)?;
        Self::reason(&reason, "how do you know that it took no effect?")?;
        self.push(Event::EffectDenied { step: id, reason });
        Ok(())
    }

    fn unknown(&self, step: &Step) -> Result<(), Refusal> {
        match self.state.status(&step.id) {
            Status::Unknown { .. } => Ok(()),
            _ => Err(self.misfit(step, "be declared", "its outcome is not unknown")),
        }
    }

    /// What the operator gives in place of a step's outputs; later steps need them.
    fn substitutes(
        &self,
        step: &Step,
        given: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, Value>, Refusal> {
        let mut values = BTreeMap::new();
        for (name, kind) in step.makes() {
            if let Some(text) = given.get(name) {
                let value = match step.records(name) {
                    Some(input) => input.read(text),
                    None => Value::parse(text, kind).map_err(|reason| format!("{name}: {reason}")),
                };
                let value = value.map_err(Refusal::BadValue)?;
                values.insert(name.to_owned(), value);
            } else if let Some(default) = needs::default_of(step, name) {
                values.insert(name.to_owned(), default);
            } else if let Some(needed_by) = needs::who_needs(&self.state, step, name)
                && !self.state.values.contains_key(name)
            {
                return Err(Refusal::NeedsValue {
                    name: name.to_owned(),
                    needed_by,
                });
            }
        }
        Ok(values)
    }

    fn answer(&mut self, id: String, answer: &str, reason: Option<String>) -> Result<(), Refusal> {
        let step = self.find(&id)?;
        let Kind::Gate(definition) = &step.kind else {
            return Err(self.misfit(&step, "be answered", "it is not a gate"));
        };
        let Status::Deciding(deciding) = self.state.status(&id) else {
            return Err(match self.state.status(&id) {
                Status::Pending => self.not_yet(&step),
                _ => self.misfit(&step, "be answered", "it is not open"),
            });
        };
        let Some(chosen) = definition.answer(answer) else {
            let known: Vec<&str> = definition
                .answers
                .iter()
                .map(|answer| answer.name.as_str())
                .collect();
            return Err(Refusal::NoSuchAnswer {
                gate: self.title(&step),
                answer: answer.to_owned(),
                known: known.join(", "),
            });
        };
        let overrides = deciding
            .facts
            .suggestion
            .as_ref()
            .map(|suggestion| suggestion.answer.clone())
            .filter(|suggested| suggested != answer);
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if reason.is_none() && chosen.reason_required {
            return Err(Refusal::NeedsReason(
                "this answer needs a reason".to_owned(),
            ));
        }
        if reason.is_none()
            && let Some(suggested) = &overrides
        {
            return Err(Refusal::NeedsReason(format!(
                "the facts speak for `{suggested}`; choosing against them is recorded with your reason"
            )));
        }
        let route = match &chosen.then {
            Some(then) => then
                .iter()
                .filter(|phase| !self.state.phases.iter().any(|seen| seen.id == **phase))
                .cloned()
                .collect(),
            None => self.state.upcoming.clone(),
        };
        let event = Event::GateAnswered {
            gate: id,
            answer: chosen.name.clone(),
            label: step::fill_or_source(&chosen.label, &self.state.scope()),
            reason,
            overrides,
            route,
            ends: chosen.then.as_ref().is_some_and(Vec::is_empty),
        };
        self.push(event);
        Ok(())
    }

    fn tick(&mut self, id: String, item: usize, done: bool) -> Result<(), Refusal> {
        let step = self.find(&id)?;
        match self.state.status(&id) {
            Status::Manual(manual) if item < manual.checklist.len() => {
                self.push(Event::ItemTicked {
                    step: id,
                    item,
                    done,
                });
                Ok(())
            }
            _ => Err(self.misfit(&step, "be ticked", "it is not open or has no such entry")),
        }
    }

    fn manual_done(&mut self, id: &str, given: &BTreeMap<String, String>) -> Result<(), Refusal> {
        let step = self.find(id)?;
        let (Kind::Manual(definition), Status::Manual(manual)) =
            (&step.kind, self.state.status(id))
        else {
            return Err(self.misfit(&step, "be finished", "it is not an open manual step"));
        };
        if let Some((item, _)) = manual.checklist.iter().find(|(_, ticked)| ticked.is_none()) {
            return Err(Refusal::OpenItems(format!("‘{item}’")));
        }
        let mut values = BTreeMap::new();
        for input in &definition.record {
            match (given.get(&input.name), &input.default) {
                (Some(text), _) => {
                    let value = input.read(text).map_err(Refusal::BadValue)?;
                    values.insert(input.name.clone(), value);
                }
                (None, Some(default)) => {
                    values.insert(input.name.clone(), default.clone());
                }
                (None, None) => {
                    return Err(Refusal::NeedsValue {
                        name: input.name.clone(),
                        needed_by: format!("‘{}’ records it", self.title(&step)),
                    });
                }
            }
        }
        self.push(Event::StepConcluded {
            step: id.to_owned(),
            conclusion: Conclusion::Succeeded,
            values,
        });
        Ok(())
    }

    fn end_wait(&mut self, id: &str, reason: String) -> Result<(), Refusal> {
        let step = self.find(id)?;
        if !matches!(self.state.status(id), Status::Waiting { .. }) {
            return Err(self.misfit(&step, "end early", "it is not waiting"));
        }
        self.skip(id, reason, &BTreeMap::new())
    }

    fn close(&mut self, outcome: RunOutcome, note: String) -> Result<(), Refusal> {
        if let Some((_, attempt)) = self.state.live().next() {
            let step = self.find(&attempt.launch.step)?;
            return Err(Refusal::StillRunning(self.title(&step)));
        }
        if outcome.is_good() {
            let unknown = self
                .state
                .steps
                .iter()
                .find(|(_, status)| matches!(status, Status::Unknown { .. }));
            if let Some((id, _)) = unknown {
                let step = self.find(id)?;
                return Err(Refusal::OutcomeUnknown(self.title(&step)));
            }
        }
        self.push(Event::RunClosed { outcome, note });
        Ok(())
    }

    fn tock(&mut self) -> Result<(), Refusal> {
        let due = self
            .state
            .steps
            .iter()
            .filter_map(|(id, status)| match status {
                Status::RetryDue { due, attempt } if *due <= self.now => {
                    Some((id.clone(), *attempt))
                }
                _ => None,
            });
        for (step, last) in due.collect::<Vec<_>>() {
            // The same script again, also where the operator had changed it.
            let script = self
                .state
                .attempts
                .get(&last)
                .filter(|attempt| attempt.edited)
                .map(|attempt| attempt.launch.script().to_owned());
            self.retry(command::Run {
                step,
                confirmation: None,
                script,
            })?;
        }
        Ok(())
    }

    fn observed(&mut self, observed: Observed) {
        match observed {
            Observed::Started { attempt, pid } => {
                if self.attempt_is(attempt, |status| *status == AttemptStatus::Starting) {
                    self.push(Event::AttemptStarted { attempt, pid });
                }
            }
            Observed::NeverStarted { attempt } => {
                if self.attempt_is(attempt, |status| *status == AttemptStatus::Starting) {
                    self.push(Event::AttemptVoided { attempt });
                }
            }
            Observed::Finished { attempt, report } => {
                if self.attempt_is(attempt, AttemptStatus::is_live) {
                    self.finished(attempt, *report);
                }
            }
            Observed::Evidence {
                gate,
                mut text,
                ended,
            } => {
                let open = matches!(
                    self.state.status(&gate),
                    Status::Deciding(deciding) if deciding.evidence.is_none()
                );
                if open {
                    let mut end = text.len().min(EVIDENCE_BYTES);
                    while !text.is_char_boundary(end) {
                        end -= 1;
                    }
                    text.truncate(end);
                    self.push(Event::EvidenceCollected { gate, text, ended });
                }
            }
        }
    }

    fn attempt_is(&self, id: AttemptId, test: impl Fn(&AttemptStatus) -> bool) -> bool {
        self.state
            .attempts
            .get(&id)
            .is_some_and(|attempt| test(&attempt.status))
    }

    fn finished(&mut self, id: AttemptId, report: Report) {
        let Some(attempt) = self.state.attempts.get(&id).cloned() else {
            return;
        };
        let Ok(step) = self.find(&attempt.launch.step) else {
            return;
        };
        let Kind::Run(run) = &step.kind else { return };
        let (outputs, outcome) = step::judge(
            &self.state,
            &attempt.launch,
            run,
            &report,
            attempt.fallback.is_some(),
        );
        let stopped = report.ended == Ended::Stopped;
        let active =
            matches!(self.state.status(&step.id), Status::Active { attempt } if *attempt == id);
        self.push(Event::AttemptFinished {
            attempt: id,
            report: Box::new(report),
            outputs,
            outcome: outcome.clone(),
        });
        let failed = matches!(outcome, Outcome::Failed { .. });
        if !active || !failed {
            return;
        }
        // Nothing destructive is ever repeated by itself.
        if !stopped
            && attempt.fallback.is_none()
            && step.effect != runbook::Effect::Destructive
            && let Some(delay) = run.retry.after(attempt.launch.number)
        {
            let due = chrono::TimeDelta::from_std(delay)
                .ok()
                .and_then(|delay| self.now.checked_add_signed(delay))
                .unwrap_or(self.now);
            self.push(Event::RetryScheduled { step: step.id, due });
            return;
        }
        match run.on_failure {
            OnFailure::Pause => {}
            // A run closes when nothing runs any more; now the operator decides.
            OnFailure::Abort if self.state.live().next().is_some() => {}
            OnFailure::Continue => self.push(Event::StepConcluded {
                step: step.id,
                conclusion: Conclusion::FailureAccepted,
                values: BTreeMap::new(),
            }),
            OnFailure::Abort => {
                let note = format!("‘{}’ failed and its rule is to abort", self.title(&step));
                self.push(Event::RunClosed {
                    outcome: RunOutcome::Failed,
                    note,
                });
            }
        }
    }
}

fn effect_of(state: &State, event: &Event) -> Option<Effect> {
    match event {
        Event::AttemptStarting { launch, .. } => Some(Effect::Launch((**launch).clone())),
        Event::AttemptStopping { attempt } => Some(Effect::Stop(*attempt)),
        Event::GateOpened { gate, .. } => gate::query(state, gate).map(Effect::Query),
        Event::WaitStarted { until, .. } => Some(Effect::WakeAt(*until)),
        Event::RetryScheduled { due, .. } => Some(Effect::WakeAt(*due)),
        _ => None,
    }
}

/// What a gate answers without a person: an answer, or why a person is needed.
///
/// # Errors
/// In words, why a person is needed.
pub fn headless_answer(state: &State, gate: &str) -> Result<String, String> {
    let Some((_, step)) = state.runbook.step(gate) else {
        return Err(format!("there is no gate `{gate}`"));
    };
    let (Kind::Gate(definition), Status::Deciding(deciding)) = (&step.kind, state.status(gate))
    else {
        return Err(format!("`{gate}` is not an open gate"));
    };
    match &definition.headless {
        GateHeadless::Answer(answer) => Ok(answer.clone()),
        GateHeadless::Stop => Err("the runbook wants a person to answer it".to_owned()),
        GateHeadless::Suggested => match &deciding.facts.suggestion {
            None => Err("the facts speak for no answer".to_owned()),
            Some(suggested)
                if needs::leads_to_destruction(state, definition, &suggested.answer) =>
            {
                Err(format!(
                    "the suggested answer `{}` leads to something destructive",
                    suggested.answer
                ))
            }
            Some(suggested) => Ok(suggested.answer.clone()),
        },
    }
}
