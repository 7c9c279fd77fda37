//! What the clock and the executor report.

use std::collections::BTreeMap;

use super::Draft;
use crate::engine::{
    command,
    effect::Question,
    event::{AttemptId, Conclusion, Event, Outcome, RunOutcome},
    observed::{Ended, Observed, Report},
    refusal::Refusal,
    state::{AttemptStatus, Status},
    step,
};
use crate::runbook::{self, Kind, OnFailure};

/// The longest evidence that an event carries; the rest is cut.
const EVIDENCE_BYTES: usize = 64 << 10;

impl Draft<'_> {
    pub(super) fn tock(&mut self) -> Result<(), Refusal> {
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
                .map(|attempt| attempt.launch.command().to_owned());
            self.retry(command::Run {
                step,
                confirmation: None,
                script,
            })?;
        }
        Ok(())
    }

    pub(super) fn observed(&mut self, observed: Observed) {
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
            Observed::Silent { .. }
            | Observed::Answered {
                of: Question::Probe { .. },
                ..
            } => {}
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
