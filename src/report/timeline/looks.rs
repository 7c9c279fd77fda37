//! A poll as one story: what its looks have in common is told once.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Line, Mark, Teller, step_title, with_values};
use crate::engine::{
    AttemptId, Entry, Event, State,
    effect::Launch,
    event::{Outcome, Scheduled},
};
use crate::runbook::{Effect, Kind, human};
use crate::template::Value;

/// The looks of a poll that goes on.
#[derive(Debug, Clone)]
pub(super) struct Looks {
    since: DateTime<Utc>,
    last_at: DateTime<Utc>,
    by: Arc<str>,
    count: u32,
    holding: Option<DateTime<Utc>>,
    last: String,
    values: BTreeMap<String, Value>,
}

/// How an entry is told.
pub(super) enum Told {
    /// Like this, or not at all.
    So(Option<(Mark, String, bool)>),
    /// Like any other, with what the looks came to, if it ends them.
    AsEver(Option<String>),
}

impl Looks {
    fn words(&self, until: DateTime<Utc>, held: bool) -> String {
        let times = match self.count {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            n => format!("{n} times"),
        };
        let length = |from: DateTime<Utc>| human((until - from).to_std().unwrap_or_default());
        let mut text = format!("looked {times} in {}", length(self.since));
        if let Some(holding) = self.holding.filter(|_| held) {
            text = format!("{text}, held {}", length(holding));
        }
        text
    }
}

impl Teller {
    pub(super) fn look(&mut self, state: &State, entry: &Entry) -> Told {
        match &entry.event {
            Event::AttemptStarting {
                launch,
                fallback: None,
                ..
            } if is_look(state, launch) => Told::So(self.begins(state, entry, launch)),
            Event::AttemptStarting {
                launch,
                fallback: Some(_),
                ..
            } => Told::AsEver(self.ends(&launch.step, entry.at)),
            Event::AttemptFinished {
                attempt, outputs, ..
            } if is_look_by_id(state, *attempt) => {
                if let Some(looks) = self.of(state, *attempt) {
                    looks.last_at = entry.at;
                    looks.values.extend(outputs.clone());
                }
                Told::So(None)
            }
            Event::PollScheduled(poll) => {
                let Scheduled {
                    step,
                    holding,
                    last,
                    due,
                    ..
                } = &**poll;
                let wait = human((*due - entry.at).to_std().unwrap_or_default());
                let Some(looks) = self.polls.get_mut(step) else {
                    return Told::AsEver(None);
                };
                let as_before = looks.count > 1
                    && looks.holding.is_some() == holding.is_some()
                    && (holding.is_some() || looks.last == *last);
                looks.holding = *holding;
                looks.last.clone_from(last);
                let text = format!(
                    "{}: {last}; looked at again every {wait}",
                    step_title(state, step)
                );
                Told::So((!as_before).then_some((Mark::Note, text, true)))
            }
            Event::RoundFinished { step, outcome, .. } => match self.polls.remove(step) {
                Some(looks) => Told::So(Some(came_to(state, entry.at, step, &looks, outcome))),
                None => Told::AsEver(None),
            },
            Event::StepConcluded { step, .. } => Told::AsEver(self.ends(step, entry.at)),
            _ => Told::AsEver(None),
        }
    }

    fn begins(
        &mut self,
        state: &State,
        entry: &Entry,
        launch: &Launch,
    ) -> Option<(Mark, String, bool)> {
        let first_of_round = launch.first() == launch.attempt;
        if let Some(looks) = self.polls.get_mut(&launch.step) {
            looks.count += u32::from(first_of_round);
            return None;
        }
        let looks = Looks {
            since: entry.at,
            last_at: entry.at,
            by: entry.by.clone(),
            count: 1,
            holding: None,
            last: String::new(),
            values: BTreeMap::new(),
        };
        self.polls.insert(launch.step.clone(), looks);
        Some((Mark::Begin, step_title(state, &launch.step), true))
    }

    fn of(&mut self, state: &State, attempt: AttemptId) -> Option<&mut Looks> {
        let step = &state.attempts.get(&attempt)?.launch.step;
        self.polls.get_mut(step)
    }

    fn ends(&mut self, step: &str, at: DateTime<Utc>) -> Option<String> {
        self.polls.remove(step).map(|looks| looks.words(at, false))
    }

    /// What is to be said of polls that have not come to their end.
    pub(super) fn open_polls(&self, state: &State) -> impl Iterator<Item = Line> {
        self.polls.iter().map(|(step, looks)| {
            let why = match looks.last.as_str() {
                "" => String::new(),
                last => format!(": {last}"),
            };
            let looked = looks.words(looks.last_at, true);
            Line {
                at: looks.last_at,
                recorded_at: None,
                by: looks.by.clone(),
                mark: Mark::Note,
                text: format!("{}{why} · {looked}", step_title(state, step)),
                detail: false,
                note: None,
            }
        })
    }
}

fn came_to(
    state: &State,
    at: DateTime<Utc>,
    step: &str,
    looks: &Looks,
    outcome: &Outcome,
) -> (Mark, String, bool) {
    let title = step_title(state, step);
    let held = *outcome == Outcome::Succeeded;
    let looked = looks.words(at, held);
    let (mark, text) = match outcome {
        Outcome::Succeeded => (Mark::Good, with_values(title, &looks.values)),
        Outcome::Failed { reason } => (Mark::Bad, format!("{title}: {reason}")),
        Outcome::Unknown { reason } => {
            (Mark::Unknown, format!("{title}: outcome unknown, {reason}"))
        }
    };
    (mark, format!("{text} · {looked}"), false)
}

/// Whether an attempt is one look of a poll, or a companion of one.
pub(in crate::report) fn is_look(state: &State, launch: &Launch) -> bool {
    let polls = |step: &str| {
        state.runbook.step(step).is_some_and(|(_, step)| {
            let polled = matches!(&step.kind, Kind::Run(run) if run.poll.is_some());
            polled && step.effect != Effect::Destructive
        })
    };
    launch.round != 0 && polls(&launch.step)
}

fn is_look_by_id(state: &State, attempt: AttemptId) -> bool {
    let known = state.attempts.get(&attempt);
    known.is_some_and(|known| known.fallback.is_none() && is_look(state, &known.launch))
}
