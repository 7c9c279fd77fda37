//! What is known of a run: the fold of its events, and nothing else.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use chrono::{DateTime, Utc};

use super::{
    effect::{Effect, Part},
    event::{AttemptId, Entry, Event, RunKind, RunOutcome, Started},
    gate, probe,
};
use crate::runbook::{Phase, Runbook, Step};
use crate::template::{Scope, Value};

mod driving;
pub(super) mod notes;
mod scope;
mod status;

pub use driving::{Asked, Drive, Driving, Offer};
pub use notes::{Amended, Note};

pub use status::{
    Attempt, AttemptStatus, Deciding, Declared, ManualState, PhaseState, PhaseStatus, Polling,
    SignalState, Status,
};

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
    /// Who drove it, and who would like to.
    pub driving: Driving,
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
    /// Conditions that phases share, as they were decided about.
    pub around: BTreeMap<String, bool>,
    /// An answer ended the route.
    pub stood_down: bool,
    /// Polls by step, from the end of their first attempt to their own end.
    pub polls: BTreeMap<String, Polling>,
    /// Signals by name, from their first sample.
    pub signals: BTreeMap<String, SignalState>,
    /// The entries of checklists that were open when their step was skipped, with their
    /// places in the list.
    pub skipped_open: BTreeMap<String, Vec<(usize, String)>>,
    /// What people wrote into it, in the order in which they did.
    pub notes: Vec<Arc<Note>>,
    /// It is being closed: the cleanup comes first.
    pub closing: Option<Closing>,
    /// How it ended, once it did.
    pub closed: Option<Closed>,
    /// What the rest means for templates, once somebody has asked: many do between
    /// two events. Whoever changes the rest forgets it.
    pub(super) scope: OnceLock<Arc<Scope>>,
}

/// How a run will end, once the cleanup is done and nothing runs any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Closing {
    /// Since when.
    pub since: DateTime<Utc>,
    /// How.
    pub outcome: RunOutcome,
    /// What was said about it.
    pub note: String,
    /// The steps on the route that were left open, by id.
    pub unfinished: Vec<String>,
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
    /// The steps on the route that were left open, by id.
    pub unfinished: Vec<String>,
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
            driving: Driving::begun(started, &entry.by, entry.at),
            run: Arc::new((**started).clone()),
            started_at: entry.at,
            started_by: entry.by.to_string(),
            values: BTreeMap::new(),
            answers: BTreeMap::new(),
            phases: Vec::new(),
            steps: BTreeMap::new(),
            attempts: BTreeMap::new(),
            auto: started.auto,
            around: BTreeMap::new(),
            stood_down: false,
            polls: BTreeMap::new(),
            signals: BTreeMap::new(),
            skipped_open: BTreeMap::new(),
            notes: Vec::new(),
            closing: None,
            closed: None,
            scope: OnceLock::new(),
        })
    }

    /// Whether nothing is done to the world.
    pub fn is_rehearsal(&self) -> bool {
        self.run.kind == RunKind::Rehearsal
    }

    /// Whether anything may begin in a phase: of a run that is being closed only
    /// in its cleanup.
    pub fn is_open(&self, phase: &Phase) -> bool {
        self.closing.is_none() || self.is_cleanup(phase)
    }

    /// Whether a phase is the cleanup.
    pub fn is_cleanup(&self, phase: &Phase) -> bool {
        let cleanup = self.runbook.cleanup.as_ref();
        cleanup.is_some_and(|cleanup| cleanup.id == phase.id)
    }

    /// Where a step stands.
    pub fn status(&self, step: &str) -> &Status {
        self.steps.get(step).unwrap_or(&Status::Pending)
    }

    /// The current phase and since when.
    pub fn current_phase(&self) -> Option<(&Phase, DateTime<Utc>)> {
        let (state, since) = self.current()?;
        self.runbook.phase(&state.id).map(|phase| (phase, since))
    }

    /// Why nobody can tell whether the current phase is to be taken.
    pub(super) fn doubt_about_phase(&self) -> Option<&str> {
        self.current()?.0.doubt.as_deref()
    }

    /// The current phase. It is not always the last: phases that were done under an
    /// answer that is asked again stay behind it.
    fn current(&self) -> Option<(&PhaseState, DateTime<Utc>)> {
        self.phases
            .iter()
            .rev()
            .find_map(|known| match known.status {
                PhaseStatus::Current { since } => Some((known, since)),
                _ => None,
            })
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

    /// The attempts of a step that did its work, oldest first: without companions.
    pub fn mains_of<'a>(&'a self, step: &'a str) -> impl Iterator<Item = (AttemptId, &'a Attempt)> {
        self.attempts_of(step)
            .filter(|(_, attempt)| attempt.launch.part == Part::Main)
    }

    /// The attempts that were launched together and whose first is this one,
    /// without companions.
    pub fn mains_of_round<'a>(
        &'a self,
        step: &'a str,
        first: AttemptId,
    ) -> impl Iterator<Item = (AttemptId, &'a Attempt)> {
        self.attempts
            .range(first..)
            .filter(move |(_, attempt)| {
                attempt.launch.step == step
                    && attempt.launch.part == Part::Main
                    && attempt.launch.first() == first
            })
            .map(|(id, attempt)| (*id, attempt))
    }

    /// The attempt of a step that may be running: a companion is none.
    pub fn live_attempt(&self, step: &str) -> Option<AttemptId> {
        self.mains_of(step)
            .find(|(_, attempt)| attempt.status.is_live())
            .map(|(id, _)| id)
    }

    /// The off-script commands, oldest first.
    pub fn off_script(&self) -> impl Iterator<Item = (AttemptId, &Attempt)> {
        self.attempts
            .iter()
            .filter(|(_, attempt)| attempt.is_off_script())
            .map(|(id, attempt)| (*id, attempt))
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
        // The cleanup comes at the end of every route.
        self.runbook
            .cleanup
            .as_ref()
            .is_some_and(|cleanup| cleanup.id == phase)
            || self.upcoming.iter().any(|id| id == phase)
            || self.phases.iter().any(|state| {
                state.id == phase && !matches!(state.status, PhaseStatus::NotTaken { .. })
            })
    }
}

/// The effects that are still owed after a replay.
pub fn pending(state: &State) -> Vec<Effect> {
    let mut effects = Vec::new();
    if state.closed.is_some() {
        return effects;
    }
    for (id, attempt) in state.live() {
        if attempt.status.stopping().is_some() {
            effects.push(Effect::Stop(id));
        }
    }
    for (step, status) in &state.steps {
        match status {
            Status::RetryDue { due, .. } | Status::PollDue { due, .. } => {
                effects.push(Effect::WakeAt(*due));
            }
            Status::Waiting { until, .. } => effects.push(Effect::WakeAt(*until)),
            Status::Unknown {
                attempt,
                probe: None,
                ..
            } => effects.extend(probe::query(state, *attempt).map(Effect::Query)),
            Status::Deciding(deciding) if deciding.evidence.is_none() => {
                effects.extend(gate::query(state, step).map(Effect::Query));
            }
            _ => {}
        }
    }
    effects
}
