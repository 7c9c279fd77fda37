//! What the clock and the executor report.

use std::{collections::BTreeMap, mem::discriminant, sync::Arc};

use super::Draft;
use crate::engine::{
    command,
    effect::{Part, Question},
    event::{AttemptId, Conclusion, Event, Health, Outcome, RunOutcome},
    observed::{Observed, Report},
    probe,
    refusal::Refusal,
    round,
    state::{AttemptStatus, State, Status},
    step,
};
use crate::runbook::{self, Kind, OnFailure, Signal};
use crate::template::{self, Value};

impl Draft<'_> {
    pub(super) fn tock(&mut self) -> Result<(), Refusal> {
        let due = self
            .state
            .steps
            .iter()
            .filter_map(|(id, status)| match status {
                Status::RetryDue { due, attempt } | Status::PollDue { due, attempt }
                    if *due <= self.now =>
                {
                    Some((id.clone(), *attempt))
                }
                _ => None,
            });
        for (step, last) in due.collect::<Vec<_>>() {
            // A run that is being closed repeats nothing of what it has left.
            if self.open(&self.find(&step)?, "run").is_err() {
                continue;
            }
            // The same script again, also where the operator had changed it.
            let script = self
                .state
                .attempts
                .get(&last)
                .filter(|attempt| attempt.edited)
                .map(|attempt| attempt.launch.command().to_owned());
            self.retry(command::Run {
                step,
                confirmation: None,
                script,
                values: None,
            })?;
        }
        Ok(())
    }

    pub(super) fn observed(&mut self, observed: Observed) {
        match observed {
            Observed::Started { attempt, pid } => {
                if self.attempt_is(attempt, |status| {
                    matches!(status, AttemptStatus::Starting { .. })
                }) {
                    self.push(Event::AttemptStarted { attempt, pid });
                }
            }
            Observed::Trouble { .. } => {}
            Observed::NeverStarted { attempt } => {
                if self.attempt_is(attempt, |status| {
                    matches!(status, AttemptStatus::Starting { .. })
                }) {
                    self.push(Event::AttemptVoided { attempt });
                }
            }
            Observed::Finished { attempt, report } => {
                if self.attempt_is(attempt, AttemptStatus::is_live) {
                    self.finished(attempt, *report);
                }
            }
            Observed::Silent { attempt, since } => {
                let news = self
                    .state
                    .attempts
                    .get(&attempt)
                    .is_some_and(|known| known.status.is_live() && known.silent != Some(since));
                if news {
                    self.push(Event::SilenceNoticed { attempt, since });
                }
            }
            Observed::ClockStepped { by_ms } => self.push(Event::ClockStepped { by_ms }),
            Observed::Signal {
                signal,
                value,
                at: _,
            } => self.measured(signal, value),
            Observed::Answered {
                of: Question::Probe { attempt },
                text,
                ended,
            } => {
                if probe::query(&self.state, attempt).is_some() {
                    let probed = probe::advice(text, ended);
                    self.push(Event::ProbeAnswered { attempt, probed });
                }
            }
            Observed::Answered {
                of: Question::Evidence { gate },
                mut text,
                ended,
            } => {
                let open = matches!(
                    self.state.status(&gate),
                    Status::Deciding(deciding) if deciding.evidence.is_none()
                );
                if open {
                    probe::cut(&mut text);
                    self.push(Event::EvidenceCollected { gate, text, ended });
                }
            }
        }
    }

    /// A signal is recorded when it is no longer as it was.
    fn measured(&mut self, signal: String, value: Result<f64, String>) {
        if self.state.is_rehearsal() {
            return;
        }
        let Some(definition) = self
            .state
            .runbook
            .signals
            .iter()
            .find(|known| known.name == signal)
        else {
            return;
        };
        let (value, health) = health(&self.state, definition, value);
        let as_before = self
            .state
            .signals
            .get(&signal)
            .is_some_and(|known| discriminant(&known.health) == discriminant(&health));
        if !as_before {
            self.push(Event::SignalChanged {
                signal,
                value,
                health,
            });
        }
    }

    pub(super) fn attempt_is(&self, id: AttemptId, test: impl Fn(&AttemptStatus) -> bool) -> bool {
        self.state
            .attempts
            .get(&id)
            .is_some_and(|attempt| test(&attempt.status))
    }

    pub(super) fn finished(&mut self, id: AttemptId, report: Report) {
        let Some(attempt) = self.state.attempts.get(&id).cloned() else {
            return;
        };
        if attempt.is_off_script() {
            self.push(Event::AttemptFinished {
                attempt: id,
                outcome: step::judge_off_script(&attempt.launch, &report),
                report: Arc::new(report),
                outputs: BTreeMap::new(),
            });
            return;
        }
        let Ok(step) = self.find(&attempt.launch.step) else {
            return;
        };
        let Kind::Run(run) = &step.kind else { return };
        let (outputs, outcome) = match attempt.launch.part {
            Part::Main => step::judge(
                &self.state,
                &attempt.launch,
                run,
                &report,
                attempt.fallback.is_some(),
            ),
            Part::Watch | Part::OffScript => (BTreeMap::new(), step::judge_watch(&report)),
        };
        let failed = matches!(outcome, Outcome::Failed { .. });
        // A round is judged when all of it ended.
        let decides = attempt.launch.round == 0
            && matches!(self.state.status(&step.id), Status::Active { attempt } if *attempt == id);
        self.push(Event::AttemptFinished {
            attempt: id,
            report: Arc::new(report),
            outputs,
            outcome,
        });
        if failed && decides {
            self.after_failure(id);
        }
    }

    /// What follows by itself when a step failed: another attempt, or the author's
    /// rule. Nothing follows from what a person stopped.
    pub(super) fn after_failure(&mut self, id: AttemptId) {
        let Some(attempt) = self.state.attempts.get(&id).cloned() else {
            return;
        };
        let Ok(step) = self.find(&attempt.launch.step) else {
            return;
        };
        let Kind::Run(run) = &step.kind else { return };
        if !round::goes_by_itself(&self.state, id) {
            return;
        }
        // Nothing destructive is ever repeated by itself, and a poll has had its time.
        if attempt.fallback.is_none()
            && step.effect != runbook::Effect::Destructive
            && run.poll.is_none()
            && let Some(delay) = run.retry.after(attempt.launch.number)
        {
            let due = round::later(self.now, delay);
            self.push(Event::RetryScheduled { step: step.id, due });
            return;
        }
        match run.on_failure {
            OnFailure::Pause => {}
            OnFailure::Continue => self.push(Event::StepConcluded {
                step: step.id,
                conclusion: Conclusion::FailureAccepted,
                values: BTreeMap::new(),
            }),
            OnFailure::Abort => {
                let note = format!("‘{}’ failed and its rule is to abort", self.title(&step));
                // Where it cannot close yet, the operator decides.
                let _ = self.close(RunOutcome::Failed, note);
            }
        }
    }
}

fn health(state: &State, signal: &Signal, value: Result<f64, String>) -> (Option<f64>, Health) {
    let number = match value {
        Ok(value) => serde_json::Number::from_f64(value).map(|number| (value, number)),
        Err(reason) => return (None, Health::Gap { reason }),
    };
    let Some((value, number)) = number else {
        let reason = "it is not a number that can be compared".to_owned();
        return (None, Health::Gap { reason });
    };
    let Some(healthy) = &signal.healthy else {
        return (Some(value), Health::Healthy);
    };
    let mut scope = state.scope_of_run();
    scope.insert(&signal.name, Value::Number(number));
    let health = match template::evaluate(&healthy.source, &scope) {
        Ok(true) => Health::Healthy,
        Ok(false) => Health::Unhealthy,
        Err(fault) => Health::Gap {
            reason: fault.message,
        },
    };
    (Some(value), health)
}
