//! A run without a command: the rules, driven by what a scenario says, on a clock
//! that stands still until something is due.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::model::Scenario;
use super::operator;
use crate::engine::{
    self, Command, Effect, Entry, Event, Refusal, Started, State, observed::Observed,
};
use crate::runbook::{Runbook, diagnostic::Span};

mod commands;
mod unused;

/// Who acts.
pub const OPERATOR: &str = "operator";
/// The start of every run, in seconds since 1970: 2026-01-01.
const START: i64 = 1_767_225_600;
/// More requests than any run makes that comes to an end.
const REQUESTS: usize = 20_000;

/// How the story ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The run is closed.
    Closed,
    /// A person is needed who says nothing.
    Waits {
        /// For this step.
        step: String,
        /// Why.
        why: String,
        /// What to say in the scenario.
        hint: String,
    },
    /// What the scenario says cannot be done, or it does not say enough.
    Broken {
        /// Where in the scenario.
        at: Span,
        /// Why.
        why: String,
        /// How to mend it.
        hint: Option<String>,
    },
}

/// What came of a scenario.
pub struct Played {
    /// The run at its end.
    pub state: State,
    /// Everything that happened.
    pub entries: Vec<Entry>,
    /// The answers that the facts spoke for when gates were answered.
    pub suggested: BTreeMap<String, Option<String>>,
    /// Every script that ran, under the name that the scenario gives it.
    pub scripts: Vec<(String, String)>,
    /// What became of the requests that must be refused: nothing if their time did
    /// not come.
    pub refusals: Vec<Option<Result<(), Refusal>>>,
    /// What the scenario says itself and nobody asked for: where, and which.
    pub unused: Vec<(Span, String)>,
    /// How the story ends.
    pub end: End,
}

/// Something that will happen.
#[derive(Debug)]
enum Coming {
    Report(Observed),
    Clock,
}

/// A run that is being played.
pub(super) struct Play<'s> {
    pub scenario: &'s Scenario,
    pub state: State,
    pub suggested: BTreeMap<String, Option<String>>,
    pub refusals: Vec<Option<Result<(), Refusal>>>,
    /// How far a list of results or acts was used, by its name.
    pub used: BTreeMap<String, u32>,
    /// What was asked for, by field and name.
    pub asked: BTreeSet<(&'static str, String)>,
    entries: Vec<Entry>,
    scripts: Vec<(String, String)>,
    now: DateTime<Utc>,
    /// In the order of time, and of asking within one moment.
    coming: BTreeMap<(DateTime<Utc>, u64), Coming>,
    number: u64,
}

/// Plays a scenario to its end.
///
/// # Panics
/// Never: the rules begin every run with its beginning.
pub fn play(book: &Arc<Runbook>, name: &str, scenario: &Scenario) -> Played {
    let now = DateTime::from_timestamp(START, 0).unwrap_or(DateTime::UNIX_EPOCH);
    let decision = engine::start(book, started(book, name, scenario), OPERATOR, now);
    let mut events = decision.events.into_iter();
    let entry = |event| Entry {
        at: now,
        by: OPERATOR.into(),
        event,
    };
    let first = entry(
        events
            .next()
            .expect("a run that starts has its beginning as its first event"),
    );
    let state = State::begin(Arc::clone(book), &first)
        .expect("the first event of a run that starts is its beginning");
    let mut play = Play {
        scenario,
        state,
        suggested: BTreeMap::new(),
        refusals: vec![None; scenario.expect.refused.len()],
        used: BTreeMap::new(),
        asked: BTreeSet::new(),
        entries: vec![first],
        scripts: Vec::new(),
        now,
        coming: BTreeMap::new(),
        number: 0,
    };
    let end = match play.take_in(events.collect(), decision.effects) {
        Ok(()) => play.until_it_ends(),
        Err(end) => end,
    };
    play.finish(end)
}

fn started(book: &Runbook, name: &str, scenario: &Scenario) -> Started {
    Started {
        id: "scenario".to_owned(),
        title: book.title.clone(),
        kind: scenario.kind,
        runbook: name.to_owned(),
        digest: String::new(),
        environment: scenario.environment.clone(),
        inputs: scenario.inputs.clone(),
        severity: None,
        impact: None,
        host: "nowhere".to_owned(),
        boot_id: String::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        // Each step is begun by the operator, who may leave it out instead.
        auto: false,
        from: None,
        used: BTreeMap::new(),
        file: None,
        guard: None,
    }
}

impl Play<'_> {
    fn until_it_ends(&mut self) -> End {
        for _ in 0..REQUESTS {
            if self.state.closed.is_some() {
                return End::Closed;
            }
            let due = self
                .coming
                .first_key_value()
                .is_some_and(|((at, _), _)| *at <= self.now);
            let step = if due {
                self.let_happen().map(drop)
            } else {
                self.ask_in_vain();
                operator::act(self)
            };
            if let Err(end) = step {
                return end;
            }
        }
        End::Broken {
            at: self.scenario.at,
            why: "this run does not come to an end".to_owned(),
            hint: None,
        }
    }

    /// Lets the next thing happen, later if it must be. False: nothing is on its way.
    pub fn let_happen(&mut self) -> Result<bool, End> {
        let Some(((at, _), coming)) = self.coming.pop_first() else {
            return Ok(false);
        };
        self.now = self.now.max(at);
        let command = match coming {
            Coming::Report(observed) => Command::Observed(observed),
            Coming::Clock => Command::Tock,
        };
        // A clock that comes too late, or a report of what is over, changes nothing.
        match self.ask(command)? {
            Ok(()) | Err(_) => Ok(true),
        }
    }

    /// Makes a request; what comes of it is folded. The inner error is a refusal.
    pub fn ask(&mut self, command: Command) -> Result<Result<(), Refusal>, End> {
        match engine::decide(&self.state, command, OPERATOR, self.now) {
            Ok(decision) => self.take_in(decision.events, decision.effects).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    fn take_in(&mut self, events: Vec<Event>, effects: Vec<Effect>) -> Result<(), End> {
        for event in events {
            let entry = Entry {
                at: self.now,
                by: OPERATOR.into(),
                event,
            };
            engine::apply(&mut self.state, &entry);
            self.entries.push(entry);
        }
        for effect in effects {
            self.perform(effect)?;
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> Result<(), End> {
        match effect {
            Effect::Launch(launch) => self.launch(&launch),
            Effect::Query(query) => self.query(&query),
            Effect::Stop(attempt) => {
                self.stop(attempt);
                Ok(())
            }
            Effect::WakeAt(at) => {
                self.later(at, Coming::Clock);
                Ok(())
            }
        }
    }

    fn later(&mut self, at: DateTime<Utc>, coming: Coming) {
        self.number += 1;
        self.coming.insert((at, self.number), coming);
    }

    fn in_a_while(&self, time: Duration) -> DateTime<Utc> {
        TimeDelta::from_std(time)
            .ok()
            .and_then(|time| self.now.checked_add_signed(time))
            .unwrap_or(self.now)
    }

    /// What must be refused when it is the current step's turn.
    fn ask_in_vain(&mut self) {
        let scenario = self.scenario;
        if scenario.expect.refused.is_empty() {
            return;
        }
        let Some(current) = self.state.current_step().map(|step| step.id.clone()) else {
            return;
        };
        for (index, refused) in scenario.expect.refused.iter().enumerate() {
            if refused.when == current && self.refusals[index].is_none() {
                let command = operator::in_vain(&refused.ask);
                let answer = engine::decide(&self.state, command, OPERATOR, self.now);
                self.refusals[index] = Some(answer.map(drop));
            }
        }
    }

    fn finish(self, end: End) -> Played {
        let unused = if matches!(end, End::Broken { .. }) {
            Vec::new()
        } else {
            self.unused()
        };
        Played {
            state: self.state,
            entries: self.entries,
            suggested: self.suggested,
            scripts: self.scripts,
            refusals: self.refusals,
            unused,
            end,
        }
    }
}
