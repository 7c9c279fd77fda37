//! A run without a command: the rules, driven by what a scenario says, on a clock
//! that stands still until something is due.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::model::{Ends, Reply, Scenario};
use super::{names, operator};
use crate::engine::{
    self, Command, Effect, Entry, Event, Launch, Query, Refusal, Started, State,
    effect::{Part, Question},
    observed::{Captured, Ended, Observed, OutputDigest, Report},
    step::milliseconds,
};
use crate::executor::capture::Keep;
use crate::runbook::{Kind, Runbook, diagnostic::Span};

/// Who acts.
pub const OPERATOR: &str = "operator";
/// The start of every run, in seconds since 1970: 2026-01-01.
const START: i64 = 1_767_225_600;
/// How long a command runs that does not say it.
const TAKES: Duration = Duration::from_secs(1);
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
        by: OPERATOR.to_owned(),
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

impl<'s> Play<'s> {
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
                by: OPERATOR.to_owned(),
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

    fn launch(&mut self, launch: &Launch) -> Result<(), End> {
        let attempt = launch.attempt;
        self.later(
            self.now,
            Coming::Report(Observed::Started { attempt, pid: 1 }),
        );
        let key = self.key(launch);
        self.scripts
            .push((key.clone(), launch.command().to_owned()));
        // A companion ends with its step and decides nothing.
        if launch.part == Part::Watch {
            return Ok(());
        }
        let reply = self.reply(&key, launch.command())?;
        let limit = Duration::from_millis(launch.timeout_ms);
        let takes = match reply.ends {
            Ends::Deadline => limit,
            Ends::NotStarted(_) => Duration::ZERO,
            _ => reply.takes.unwrap_or(TAKES),
        };
        // What takes longer than it may is stopped, whatever it would have come to.
        let (ended, took) = if takes > limit {
            (Ended::Deadline, limit)
        } else {
            (ended(&reply.ends), takes)
        };
        let at = self.in_a_while(took);
        let report = Report {
            ended,
            at,
            milliseconds: milliseconds(took),
            output: OutputDigest {
                bytes: reply.stdout.len() as u64,
                ..OutputDigest::default()
            },
            captured: captured(reply, launch),
            survivors: Vec::new(),
            more_survivors: 0,
        };
        let report = Box::new(report);
        self.later(at, Coming::Report(Observed::Finished { attempt, report }));
        Ok(())
    }

    /// The name by which the scenario knows a command.
    fn key(&self, launch: &Launch) -> String {
        let step = &launch.step;
        let title = self
            .state
            .attempts
            .get(&launch.attempt)
            .and_then(|attempt| attempt.fallback.as_deref());
        let run = match self.state.runbook.step(step).map(|(_, step)| &step.kind) {
            Some(Kind::Run(run)) => Some(run),
            _ => None,
        };
        if let (Some(title), Some(run)) = (title, run)
            && let Some(index) = run.fallbacks.iter().position(|f| f.title == title)
        {
            return names::fallback_key(step, index);
        }
        if launch.script.is_empty() {
            step.clone()
        } else {
            format!("{step}/{}", launch.script)
        }
    }

    fn query(&mut self, query: &Query) -> Result<(), End> {
        let script = query.argv.last().map_or("", String::as_str).to_owned();
        let key = match &query.of {
            Question::Evidence { gate } => gate.clone(),
            Question::Probe { attempt } => self.state.attempts.get(attempt).map_or_else(
                || "probe".to_owned(),
                |attempt| format!("{}/probe", attempt.launch.step),
            ),
        };
        let reply = self.reply(&key, &script)?;
        let text = reply.stdout.clone();
        let limit = Duration::from_millis(query.timeout_ms);
        let takes = reply.takes.unwrap_or(TAKES);
        let ended = if takes > limit {
            Ended::Deadline
        } else {
            ended(&reply.ends)
        };
        let of = query.of.clone();
        self.scripts.push((key, script));
        let at = self.in_a_while(takes.min(limit));
        self.later(at, Coming::Report(Observed::Answered { of, text, ended }));
        Ok(())
    }

    /// What the scenario says about the next run of a command.
    fn reply(&mut self, key: &str, script: &str) -> Result<&'s Reply, End> {
        let scenario = self.scenario;
        let Some(stated) = scenario.commands.get(key) else {
            return Err(End::Broken {
                at: self.scenario.at,
                why: format!(
                    "`{key}` would run {}, and nothing says what it prints",
                    first_line(script)
                ),
                hint: Some(format!(
                    "commands: {{ {key}: {{ exit: 0, stdout: … }} }}, here or under `defaults`"
                )),
            });
        };
        self.asked.insert(("commands", key.to_owned()));
        let used = self.used.entry(key.to_owned()).or_default();
        let mut left = *used;
        *used += 1;
        let found = stated.value.iter().find(|reply| match reply.times {
            Some(times) if left >= times => {
                left -= times;
                false
            }
            _ => true,
        });
        found.ok_or_else(|| End::Broken {
            at: stated.at,
            why: format!(
                "`{key}` runs again, and what it prints is said for {} only",
                runs(self.used[key] - 1)
            ),
            hint: Some("add a result to the list, or `times: N` to one of them".to_owned()),
        })
    }

    /// A command that is asked to stop ends at once.
    fn stop(&mut self, attempt: engine::AttemptId) {
        let found = self.coming.iter().find_map(|(key, coming)| match coming {
            Coming::Report(Observed::Finished { attempt: id, .. }) if *id == attempt => Some(*key),
            _ => None,
        });
        let report = found.and_then(|key| self.coming.remove(&key));
        let mut report = match report {
            Some(Coming::Report(Observed::Finished { report, .. })) => report,
            _ => Box::new(Report {
                ended: Ended::Stopped,
                at: self.now,
                milliseconds: 0,
                output: OutputDigest::default(),
                captured: Captured::default(),
                survivors: Vec::new(),
                more_survivors: 0,
            }),
        };
        report.ended = Ended::Stopped;
        report.at = self.now;
        let coming = Coming::Report(Observed::Finished { attempt, report });
        self.later(self.now, coming);
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

    /// What the scenario itself says and nobody asked for.
    fn unused(&self) -> Vec<(Span, String)> {
        let said = self.scenario;
        let asked =
            |field: &'static str, name: &str| self.asked.contains(&(field, name.to_owned()));
        let mut unused = Vec::new();
        for (name, stated) in said.commands.iter().filter(|(_, stated)| stated.own) {
            if !asked("commands", name) {
                unused.push((stated.at, format!("`{name}` never runs")));
                continue;
            }
            let stated_for: Option<u32> = stated.value.iter().map(|reply| reply.times).sum();
            let used = self.used.get(name).copied().unwrap_or(0);
            if let Some(all) = stated_for.filter(|all| used < *all) {
                let text = format!("`{name}` has {} and results for {all}", runs(used));
                unused.push((stated.at, text));
            }
        }
        let mut rest = |field: &'static str, name: &str, at: Span, own: bool, what: &str| {
            if own && !asked(field, name) {
                unused.push((at, format!("`{name}` {what}")));
            }
        };
        for (name, stated) in &said.answers {
            rest("answers", name, stated.at, stated.own, "is never asked");
        }
        for (name, stated) in &said.failures {
            rest("failures", name, stated.at, stated.own, "never fails");
        }
        for (name, stated) in &said.skips {
            rest("skips", name, stated.at, stated.own, "is never left out");
        }
        for (name, stated) in &said.manual {
            rest("manual", name, stated.at, stated.own, "is never done");
        }
        for (name, stated) in &said.rehearse {
            let what = "is never walked through";
            rest("rehearse", name, stated.at, stated.own, what);
        }
        unused
    }
}

fn ended(ends: &Ends) -> Ended {
    match ends {
        Ends::Exit(code) => Ended::Exit { code: *code },
        Ends::Signal(signal) => Ended::Signal { signal: *signal },
        Ends::Deadline => Ended::Deadline,
        Ends::Lost => Ended::Lost,
        Ends::NotStarted(reason) => Ended::NotStarted {
            reason: reason.clone(),
        },
    }
}

/// What is taken from the output: by the code that takes it from a real one.
fn captured(reply: &Reply, launch: &Launch) -> Captured {
    let mut keep = Keep::default();
    keep.push(reply.stdout.as_bytes());
    let lines: Vec<String> = reply
        .variables
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    keep.capture(&launch.capture, lines.concat().as_bytes())
}

fn runs(count: u32) -> String {
    match count {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    }
}

/// The first line of a script that says something.
fn first_line(script: &str) -> String {
    const SHOWN: usize = 60;
    let line = script
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or_default();
    let mut shown: String = line.chars().take(SHOWN).collect();
    if shown.len() < script.trim().len() {
        shown.push_str(" …");
    }
    format!("`{shown}`")
}
