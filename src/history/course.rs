//! How a run went, step by step: what later runs of the same runbook are compared with.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::engine::{
    AttemptId, Entry, Event,
    effect::Part,
    event::{Conclusion, Outcome},
};

/// The steps of a run that were come to, in the order in which they were.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Course {
    /// Each once.
    pub steps: Vec<StepCourse>,
}

/// How a step went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCourse {
    /// Its id.
    pub id: String,
    /// What it came to.
    pub came_to: CameTo,
    /// How long its commands ran, all attempts together, in milliseconds; of a poll all
    /// the time until it came to its end.
    #[serde(default)]
    pub machine_ms: u64,
    /// How long a person was waited for, in milliseconds.
    #[serde(default)]
    pub person_ms: u64,
    /// Attempts that failed or whose outcome nobody knows. A look of a poll that says
    /// ‘not yet’ is none.
    #[serde(default)]
    pub failures: u32,
    /// When something last happened to it.
    pub at: DateTime<Utc>,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameTo {
    /// It was done, answered or waited for.
    Done,
    /// It failed, whether or not the run went on.
    Failed,
    /// The operator left it out.
    Skipped,
    /// Its outcome was unknown, and the operator said that it took effect.
    Declared,
    /// It was walked through and not done.
    Rehearsed,
    /// Its condition was false.
    NotTaken,
    /// The run ended before it was settled.
    Open,
}

impl CameTo {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            CameTo::Done => "done",
            CameTo::Failed => "failed",
            CameTo::Skipped => "skipped",
            CameTo::Declared => "declared done",
            CameTo::Rehearsed => "rehearsed",
            CameTo::NotTaken => "not taken",
            CameTo::Open => "left open",
        }
    }

    /// Whether the step was tried for real, successfully or not.
    pub fn is_real(self) -> bool {
        matches!(self, CameTo::Done | CameTo::Failed)
    }
}

impl Course {
    /// Follows a run's events.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut follow = Follow::default();
        for entry in entries {
            follow.take(entry);
        }
        follow.course
    }

    /// A step of it.
    pub fn step(&self, id: &str) -> Option<&StepCourse> {
        self.steps.iter().find(|step| step.id == id)
    }
}

#[derive(Default)]
struct Follow {
    course: Course,
    places: BTreeMap<String, usize>,
    /// The step of each attempt, and whether it is its companion.
    attempts: BTreeMap<AttemptId, (String, Part)>,
    /// Since when a person is waited for.
    waiting: BTreeMap<String, DateTime<Utc>>,
    /// What runs or ran last of each step.
    goes: BTreeMap<String, Go>,
}

/// One go at a step: what it had behind it then, and since when it is a poll, once that
/// has shown.
struct Go {
    machine_ms: u64,
    failures: u32,
    poll_since: Option<DateTime<Utc>>,
}

impl Follow {
    fn step(&mut self, id: &str, at: DateTime<Utc>) -> &mut StepCourse {
        let steps = &mut self.course.steps;
        let place = *self.places.entry(id.to_owned()).or_insert_with(|| {
            steps.push(StepCourse {
                id: id.to_owned(),
                came_to: CameTo::Open,
                machine_ms: 0,
                person_ms: 0,
                failures: 0,
                at,
            });
            steps.len() - 1
        });
        let step = &mut steps[place];
        step.at = at;
        step
    }

    fn take(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.event {
            Event::StepNotTaken { step, .. } => self.step(step, at).came_to = CameTo::NotTaken,
            Event::StepReached { step, .. } | Event::WaitStarted { step, .. } => {
                self.step(step, at);
            }
            // It belongs to no step.
            Event::AttemptStarting { launch, .. } if launch.part == Part::OffScript => {}
            Event::AttemptStarting { launch, .. } => {
                self.attempts
                    .insert(launch.attempt, (launch.step.clone(), launch.part));
                self.begins(&launch.step, at);
            }
            Event::AttemptFinished {
                attempt,
                report,
                outcome,
                ..
            } => {
                // A companion runs as long as its step does.
                if let Some((id, Part::Main)) = self.attempts.get(attempt).cloned() {
                    let step = self.step(&id, at);
                    step.machine_ms += report.milliseconds;
                    judged(step, outcome);
                    self.polled(&id, at);
                }
            }
            Event::PollScheduled(poll) => self.not_yet(&poll.step, poll.since, at),
            Event::RoundFinished {
                step: id, outcome, ..
            } => {
                self.polled(id, at);
                let step = self.step(id, at);
                if *outcome == Outcome::Succeeded {
                    step.came_to = CameTo::Done;
                } else {
                    step.came_to = CameTo::Failed;
                }
            }
            Event::GateOpened { gate, .. } => self.open(gate, at),
            Event::ManualOpened(manual) => self.open(&manual.step, at),
            Event::GateAnswered(answered) => {
                self.waited_for(&answered.gate, at);
                self.step(&answered.gate, at).came_to = CameTo::Done;
            }
            Event::StepConcluded {
                step, conclusion, ..
            } => {
                self.waited_for(step, at);
                self.polled(step, at);
                self.step(step, at).came_to = match conclusion {
                    Conclusion::Succeeded => CameTo::Done,
                    Conclusion::FailureAccepted => CameTo::Failed,
                    Conclusion::Skipped { .. } => CameTo::Skipped,
                    Conclusion::TookEffect { .. } | Conclusion::DoneOffScript { .. } => {
                        CameTo::Declared
                    }
                    Conclusion::Rehearsed => CameTo::Rehearsed,
                };
            }
            _ => {}
        }
    }

    fn begins(&mut self, id: &str, at: DateTime<Utc>) {
        let step = self.step(id, at);
        let goes_on = step.came_to == CameTo::Open;
        step.came_to = CameTo::Open;
        let go = Go {
            machine_ms: step.machine_ms,
            failures: step.failures,
            poll_since: None,
        };
        if !goes_on || !self.goes.contains_key(id) {
            self.goes.insert(id.to_owned(), go);
        }
    }

    /// A look at a poll said so: that is no failure.
    fn not_yet(&mut self, id: &str, since: DateTime<Utc>, at: DateTime<Utc>) {
        let failures = self.goes.get_mut(id).map(|go| {
            go.poll_since = Some(since);
            go.failures
        });
        let step = self.step(id, at);
        step.came_to = CameTo::Open;
        step.failures = failures.unwrap_or(step.failures);
    }

    /// Of a poll the pauses count too: it is what people wait for.
    fn polled(&mut self, id: &str, at: DateTime<Utc>) {
        let go = self.goes.get(id);
        let Some((before, since)) = go.and_then(|go| Some((go.machine_ms, go.poll_since?))) else {
            return;
        };
        let polled = (at - since).num_milliseconds().max(0).unsigned_abs();
        self.step(id, at).machine_ms = before + polled;
    }

    fn open(&mut self, id: &str, at: DateTime<Utc>) {
        self.step(id, at).came_to = CameTo::Open;
        self.waiting.insert(id.to_owned(), at);
    }

    fn waited_for(&mut self, id: &str, at: DateTime<Utc>) {
        if let Some(since) = self.waiting.remove(id) {
            let waited = (at - since).num_milliseconds().max(0);
            self.step(id, at).person_ms += waited.unsigned_abs();
        }
    }
}

fn judged(step: &mut StepCourse, outcome: &Outcome) {
    step.came_to = match outcome {
        Outcome::Succeeded => CameTo::Done,
        Outcome::Failed { .. } => {
            step.failures += 1;
            CameTo::Failed
        }
        Outcome::Unknown { .. } => {
            step.failures += 1;
            CameTo::Open
        }
    };
}
