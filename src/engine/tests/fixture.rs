//! A run without a screen, a clock or an executor.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::engine::{
    self, AttemptId, Command, Effect, Entry, Event, Launch, Refusal, Started, State, Status,
    command::Run,
    event::{Outcome, RunKind},
    observed::{Captured, Ended, Observed, OutputDigest, Report},
};
use crate::runbook::{self, Runbook};
use crate::template::Value;

pub const OPERATOR: &str = "ada";

/// A checked runbook from its phases.
pub fn book(body: &str) -> Arc<Runbook> {
    load(&format!("version: 1\ntitle: A test\n{body}"))
}

/// A checked runbook from a whole file.
pub fn load(text: &str) -> Arc<Runbook> {
    let loaded = runbook::load(text);
    let findings = loaded.render("test.yaml", text, false);
    Arc::new(loaded.runbook.expect(&findings))
}

/// How a run begins; inputs as their defaults.
pub fn started(runbook: &Runbook) -> Started {
    let default = |input: &runbook::Input| {
        let value = input.default.clone();
        value.unwrap_or_else(|| match input.kind {
            crate::template::Type::Secret => Value::Secret {
                variable: input.secret_variable(),
            },
            _ => string(&input.name),
        })
    };
    Started {
        id: "2026-01-02-0304-test-aaaa".to_owned(),
        title: runbook.title.clone(),
        kind: RunKind::Incident,
        runbook: "test".to_owned(),
        digest: String::new(),
        used: BTreeMap::new(),
        environment: None,
        inputs: runbook
            .inputs
            .iter()
            .map(|input| (input.name.clone(), default(input)))
            .collect(),
        severity: None,
        impact: None,
        host: "host".to_owned(),
        boot_id: String::new(),
        version: "0.0.0".to_owned(),
        auto: false,
        file: None,
        from: None,
        guard: None,
    }
}

pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 2, 12, 0, 0).unwrap()
}

pub fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub fn number(number: i64) -> Value {
    Value::Number(number.into())
}

pub fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

/// A state without its runbook, which is not compared. A new field does not
/// compile here until it is compared too.
pub fn parts(state: &State) -> impl PartialEq + std::fmt::Debug + '_ {
    let State {
        runbook: _,
        run,
        started_at,
        started_by,
        driving,
        values,
        answers,
        upcoming,
        phases,
        steps,
        attempts,
        auto,
        around,
        stood_down,
        polls,
        signals,
        skipped_open,
        notes,
        closing,
        closed,
        // It follows from the others.
        scope: _,
    } = state;
    (
        (run, started_at, started_by, values, answers, upcoming),
        (phases, steps, attempts, auto, stood_down, closed),
        (polls, signals, skipped_open, notes, closing, around),
        driving,
    )
}

/// The state that these entries fold to.
pub fn replay(runbook: &Arc<Runbook>, entries: &[Entry]) -> State {
    let (first, rest) = entries.split_first().expect("a run has a first event");
    let mut state = State::begin(Arc::clone(runbook), first).expect("and it is its beginning");
    for entry in rest {
        engine::apply(&mut state, entry);
    }
    state
}

/// An event's name, as in the journal.
pub fn name(event: &Event) -> String {
    let json = serde_json::to_value(event).expect("every event is JSON");
    let named = json.as_object().and_then(|object| object.keys().next());
    named.expect("and carries its name").clone()
}

pub fn names(events: &[Event]) -> Vec<String> {
    events.iter().map(name).collect()
}

/// A run and its operator.
pub struct Bench {
    pub state: State,
    pub entries: Vec<Entry>,
    pub now: DateTime<Utc>,
    /// Of the last decision.
    pub effects: Vec<Effect>,
}

impl Bench {
    /// Begins a run of these phases.
    pub fn of(body: &str) -> Self {
        Self::with(body, |_| ())
    }

    pub fn with(body: &str, change: impl FnOnce(&mut Started)) -> Self {
        Self::over(&book(body), change)
    }

    pub fn over(runbook: &Arc<Runbook>, change: impl FnOnce(&mut Started)) -> Self {
        let mut begin = started(runbook);
        change(&mut begin);
        let decision = engine::start(runbook, begin, OPERATOR, noon());
        let entries: Vec<Entry> = decision
            .events
            .into_iter()
            .map(|event| entry(noon(), event))
            .collect();
        Self {
            state: replay(runbook, &entries),
            entries,
            now: noon(),
            effects: decision.effects,
        }
    }

    pub fn after(&mut self, seconds: i64) -> &mut Self {
        self.now += TimeDelta::seconds(seconds);
        self
    }

    /// Makes a request; what came of it is folded.
    pub fn ask(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        let decision = engine::decide(&self.state, command, OPERATOR, self.now)?;
        self.effects = decision.effects;
        for event in &decision.events {
            let entry = entry(self.now, event.clone());
            engine::apply(&mut self.state, &entry);
            self.entries.push(entry);
        }
        Ok(decision.events)
    }

    /// Makes a request that must be granted.
    #[track_caller]
    pub fn ok(&mut self, command: Command) -> Vec<Event> {
        let asked = format!("{command:?}");
        match self.ask(command) {
            Ok(events) => events,
            Err(refusal) => panic!("{asked} was refused: {refusal}"),
        }
    }

    /// Makes a request that must be refused, in words that can stand in a footer.
    #[track_caller]
    pub fn refused(&mut self, command: Command) -> Refusal {
        let asked = format!("{command:?}");
        match self.ask(command) {
            Ok(events) => panic!("{asked} was granted: {:?}", names(&events)),
            Err(refusal) => {
                reads_well(&refusal);
                refusal
            }
        }
    }

    pub fn run(&mut self, step: &str) -> Vec<Event> {
        self.ok(Command::Run(Run::step(step)))
    }

    /// Runs a step and lets its command exit.
    pub fn does(&mut self, step: &str, code: i32, values: &[(&str, &str)]) -> Vec<Event> {
        self.run(step);
        self.exits(step, code, values)
    }

    /// The running command of a step exits.
    pub fn exits(&mut self, step: &str, code: i32, values: &[(&str, &str)]) -> Vec<Event> {
        self.ends(step, Ended::Exit { code }, values)
    }

    /// The running command of a step ends.
    #[track_caller]
    pub fn ends(&mut self, step: &str, ended: Ended, values: &[(&str, &str)]) -> Vec<Event> {
        let attempt = self.state.live_attempt(step).expect("its command runs");
        let report = self.report(ended, values);
        self.ok(finished(attempt, report))
    }

    /// The last attempt of one of a step's scripts.
    #[track_caller]
    pub fn part(&self, step: &str, script: &str) -> AttemptId {
        let last = self
            .state
            .attempts_of(step)
            .filter(|(_, attempt)| attempt.launch.script == script)
            .last();
        last.expect("it was launched").0
    }

    /// One of a step's commands ends.
    pub fn part_ends(&mut self, step: &str, script: &str, ended: Ended) -> Vec<Event> {
        let report = self.report(ended, &[]);
        self.ok(finished(self.part(step, script), report))
    }

    /// One of a step's commands exits.
    pub fn part_exits(&mut self, step: &str, script: &str, code: i32) -> Vec<Event> {
        self.part_ends(step, script, Ended::Exit { code })
    }

    /// The scripts that the last decision launches.
    pub fn launched_scripts(&self) -> Vec<String> {
        let scripts = self.effects.iter().filter_map(|effect| match effect {
            Effect::Launch(launch) => Some(launch.script.clone()),
            _ => None,
        });
        scripts.collect()
    }

    pub fn report(&self, ended: Ended, values: &[(&str, &str)]) -> Report {
        Report {
            ended,
            at: self.now,
            milliseconds: 1500,
            output: OutputDigest::default(),
            captured: Captured {
                values: texts(values)
                    .into_iter()
                    .map(|(name, text)| (name, Some(text)))
                    .collect(),
                stdout_matches: None,
                truncated: false,
                unread: None,
            },
            survivors: Vec::new(),
            more_survivors: 0,
        }
    }

    pub fn started(&mut self, step: &str) -> Vec<Event> {
        let attempt = self.state.live_attempt(step).expect("its command starts");
        self.ok(Command::Observed(Observed::Started { attempt, pid: 7 }))
    }

    pub fn answer(&mut self, gate: &str, answer: &str) -> Vec<Event> {
        self.ok(answer_command(gate, answer, None))
    }

    pub fn status(&self, step: &str) -> &Status {
        self.state.status(step)
    }

    /// The command that the last decision launches.
    #[track_caller]
    pub fn launched(&self) -> &Launch {
        self.effects
            .iter()
            .find_map(|effect| match effect {
                Effect::Launch(launch) => Some(launch),
                _ => None,
            })
            .expect("something is launched")
    }

    /// How the last attempt went.
    #[track_caller]
    pub fn outcome(&self) -> Outcome {
        let ended = self
            .entries
            .iter()
            .rev()
            .find_map(|entry| match &entry.event {
                Event::AttemptFinished { outcome, .. } => Some(outcome.clone()),
                _ => None,
            });
        ended.expect("an attempt ended")
    }

    /// The run as the next console finds it: from its journal.
    pub fn reopened(&self) -> Self {
        let lines: Vec<String> = self
            .entries
            .iter()
            .map(|entry| serde_json::to_string(entry).expect("every entry is JSON"))
            .collect();
        let entries: Vec<Entry> = lines
            .iter()
            .map(|line| serde_json::from_str(line).expect("and reads back"))
            .collect();
        Self {
            state: replay(&self.state.runbook, &entries),
            entries,
            now: self.now,
            effects: Vec::new(),
        }
    }
}

pub fn entry(at: DateTime<Utc>, event: Event) -> Entry {
    Entry {
        at,
        by: OPERATOR.into(),
        event,
    }
}

pub fn finished(attempt: AttemptId, report: Report) -> Command {
    Command::Observed(Observed::Finished {
        attempt,
        report: Box::new(report),
    })
}

pub fn answer_command(gate: &str, answer: &str, reason: Option<&str>) -> Command {
    Command::Answer {
        gate: gate.to_owned(),
        answer: answer.to_owned(),
        reason: reason.map(str::to_owned),
        without_approval: false,
    }
}

pub fn skip(step: &str, values: &[(&str, &str)]) -> Command {
    Command::Skip {
        step: step.to_owned(),
        reason: "not needed today".to_owned(),
        values: texts(values),
    }
}

pub fn took_effect(step: &str, values: &[(&str, &str)]) -> Command {
    Command::TookEffect {
        step: step.to_owned(),
        reason: "seen in the cluster".to_owned(),
        values: texts(values),
    }
}

pub fn took_no_effect(step: &str) -> Command {
    Command::TookNoEffect {
        step: step.to_owned(),
        reason: "nothing changed".to_owned(),
    }
}

pub fn confirmed(step: &str, typed: &str) -> Run {
    Run {
        confirmation: Some(typed.to_owned()),
        ..Run::step(step)
    }
}

/// A refusal stands alone in the footer: a sentence, no program's words.
#[track_caller]
pub fn reads_well(refusal: &Refusal) {
    let text = refusal.to_string();
    let first = text.chars().next().unwrap_or(' ');
    assert!(
        first.is_alphabetic() || first == '‘' || first == '`',
        "{text}"
    );
    for odd in [
        "  ", "\n", "Some(", "None", "{", "}", "‘‘", "’’", "``", "::", "..", "‘’",
    ] {
        assert!(!text.contains(odd), "`{odd}` in: {text}");
    }
    assert!(!text.ends_with(['.', ' ', ':']), "{text}");
    assert!((10..200).contains(&text.chars().count()), "{text}");
}
