//! What is known of a run: the fold of its events, and nothing else.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    effect::{Effect, Launch},
    event::{AttemptId, Conclusion, Entry, Event, Facts, Outcome, RunOutcome, Started},
    gate,
    observed::{Ended, Report},
};
use crate::runbook::{Kind, Phase, Runbook, Step};
use crate::template::{self, Scope, Value};

/// A run as it stands.
#[derive(Debug, Clone)]
pub struct State {
    /// The runbook it began with.
    pub runbook: Arc<Runbook>,
    /// How it began.
    pub run: Arc<Started>,
    /// When.
    pub started_at: DateTime<Utc>,
    /// Who began it.
    pub started_by: String,
    /// Outputs by name.
    pub values: BTreeMap<String, Value>,
    /// Answers by gate.
    pub answers: BTreeMap<String, String>,
    /// Phases still to come.
    pub upcoming: Vec<String>,
    /// Phases that were entered or passed over, in order.
    pub phases: Vec<PhaseState>,
    /// Steps by id; one that is absent is pending.
    pub steps: BTreeMap<String, Status>,
    /// Every attempt so far.
    pub attempts: BTreeMap<AttemptId, Attempt>,
    /// Whether the run goes on by itself while steps succeed.
    pub auto: bool,
    /// An answer ended the route.
    pub stood_down: bool,
    /// How it ended, once it did.
    pub closed: Option<Closed>,
}

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
    /// Where it stands.
    pub status: AttemptStatus,
}

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptStatus {
    /// Being launched.
    Starting,
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
    /// Whether a command may be running.
    pub fn is_live(&self) -> bool {
        matches!(
            self,
            AttemptStatus::Starting | AttemptStatus::Running { .. }
        )
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub outcome: RunOutcome,
    /// What was said about it.
    pub note: String,
}

impl State {
    /// A run's state after its first event.
    ///
    /// # Errors
    /// Gives the entry back when it is not the beginning of a run.
    pub fn begin(runbook: Arc<Runbook>, entry: &Entry) -> Result<Self, Box<Entry>> {
        let Event::RunStarted(started) = &entry.event else {
            return Err(Box::new(entry.clone()));
        };
        Ok(Self {
            upcoming: runbook
                .phases
                .iter()
                .map(|phase| phase.id.clone())
                .collect(),
            runbook,
            run: Arc::new((**started).clone()),
            started_at: entry.at,
            started_by: entry.by.clone(),
            values: BTreeMap::new(),
            answers: BTreeMap::new(),
            phases: Vec::new(),
            steps: BTreeMap::new(),
            attempts: BTreeMap::new(),
            auto: started.auto,
            stood_down: false,
            closed: None,
        })
    }

    /// Where a step stands.
    pub fn status(&self, step: &str) -> &Status {
        self.steps.get(step).unwrap_or(&Status::Pending)
    }

    /// The current phase and since when.
    pub fn current_phase(&self) -> Option<(&Phase, DateTime<Utc>)> {
        let state = self.phases.last()?;
        let PhaseStatus::Current { since } = state.status else {
            return None;
        };
        self.runbook.phase(&state.id).map(|phase| (phase, since))
    }

    /// The first step of the current phase that is not settled.
    pub fn current_step(&self) -> Option<&Step> {
        let (phase, _) = self.current_phase()?;
        phase
            .steps
            .iter()
            .find(|step| !self.status(&step.id).is_settled())
    }

    /// The attempts of a step, oldest first.
    pub fn attempts_of<'a>(
        &'a self,
        step: &'a str,
    ) -> impl Iterator<Item = (AttemptId, &'a Attempt)> {
        self.attempts
            .iter()
            .filter(move |(_, attempt)| attempt.launch.step == step)
            .map(|(id, attempt)| (*id, attempt))
    }

    /// The attempt of a step that may be running.
    pub fn live_attempt(&self, step: &str) -> Option<AttemptId> {
        self.attempts_of(step)
            .find(|(_, attempt)| attempt.status.is_live())
            .map(|(id, _)| id)
    }

    /// The attempts that may be running.
    pub fn live(&self) -> impl Iterator<Item = (AttemptId, &Attempt)> {
        self.attempts
            .iter()
            .filter(|(_, attempt)| attempt.status.is_live())
            .map(|(id, attempt)| (*id, attempt))
    }

    /// Whether a phase can still be reached, is current or was entered.
    pub fn is_on_route(&self, phase: &str) -> bool {
        self.upcoming.iter().any(|id| id == phase)
            || self.phases.iter().any(|state| {
                state.id == phase && !matches!(state.status, PhaseStatus::NotTaken { .. })
            })
    }

    /// The names that templates see now.
    pub fn scope(&self) -> Scope {
        let mut scope = Scope::default();
        for (name, value) in self.run.inputs.iter().chain(&self.values) {
            scope.insert(name, value.clone());
        }
        let text = |text: &str| Value::String(text.to_owned());
        scope.insert("run.id", text(&self.run.id));
        scope.insert("run.kind", text(self.run.kind.word()));
        scope.insert("run.title", text(&self.run.title));
        scope.insert("run.started_at", text(&self.started_at.to_rfc3339()));
        scope.insert(
            "run.environment",
            text(self.run.environment.as_deref().unwrap_or_default()),
        );
        // One look at all attempts, not one a step: a run may have hundreds of both.
        let mut reports = BTreeMap::new();
        for attempt in self.attempts.values() {
            if let AttemptStatus::Finished { report, .. } = &attempt.status {
                reports.insert(attempt.launch.step.as_str(), report.as_ref());
            }
        }
        for phase in &self.runbook.phases {
            let reachable = self.is_on_route(&phase.id);
            for step in &phase.steps {
                let report = reports.get(step.id.as_str()).copied();
                self.step_scope(&mut scope, step, reachable, report);
            }
        }
        scope
    }

    /// The names that one template sees now: none if it is text alone, since
    /// finding them looks at the whole run.
    pub fn scope_for(&self, source: &str) -> Scope {
        if template::is_plain(source) {
            Scope::default()
        } else {
            self.scope()
        }
    }

    fn step_scope(
        &self,
        scope: &mut Scope,
        step: &Step,
        reachable: bool,
        last_report: Option<&Report>,
    ) {
        let text = |text: &str| Value::String(text.to_owned());
        let status = self.status(&step.id);
        if matches!(step.kind, Kind::Gate(_)) {
            match status {
                Status::Answered { answer, .. } => {
                    scope.insert(&format!("answers.{}", step.id), text(answer));
                }
                Status::NotTaken { .. } => {
                    scope.insert(&format!("answers.{}", step.id), text("not_taken"));
                }
                _ if !reachable => {
                    scope.insert(&format!("answers.{}", step.id), text("not_taken"));
                }
                _ => {}
            }
        }
        let outcome = match status {
            Status::NotTaken { .. } => "not_taken",
            Status::Answered { .. } => "answered",
            Status::Failed { .. } => "failed",
            Status::Unknown { .. } => "unknown",
            Status::Concluded { conclusion, .. } => match conclusion {
                Conclusion::Succeeded => "succeeded",
                Conclusion::FailureAccepted => "failed",
                Conclusion::Skipped { .. } => "skipped",
                Conclusion::TookEffect { .. } => "took_effect",
            },
            Status::Pending if !reachable => "not_taken",
            _ => "",
        };
        if !outcome.is_empty() {
            scope.insert(&format!("steps.{}.outcome", step.id), text(outcome));
        }
        if let Some(report) = last_report {
            let seconds = serde_json::Number::from(report.milliseconds / 1000);
            scope.insert(
                &format!("steps.{}.seconds", step.id),
                Value::Number(seconds),
            );
            if let Ended::Exit { code } = report.ended {
                scope.insert(
                    &format!("steps.{}.exit", step.id),
                    Value::Number(code.into()),
                );
            }
        }
    }
}

/// The effects that are still owed after a replay.
pub fn pending(state: &State) -> Vec<Effect> {
    let mut effects = Vec::new();
    if state.closed.is_some() {
        return effects;
    }
    for (id, attempt) in state.live() {
        if let AttemptStatus::Running {
            stopping: Some(_), ..
        } = attempt.status
        {
            effects.push(Effect::Stop(id));
        }
    }
    for (step, status) in &state.steps {
        match status {
            Status::RetryDue { due, .. } => effects.push(Effect::WakeAt(*due)),
            Status::Waiting { until, .. } => effects.push(Effect::WakeAt(*until)),
            Status::Deciding(deciding) if deciding.evidence.is_none() => {
                effects.extend(gate::query(state, step).map(Effect::Query));
            }
            _ => {}
        }
    }
    effects
}
