//! A run that is told step by step, with the engine's own rules and a clock of its own.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use rbconsole::{
    engine::{
        self, Command, Entry, Event, Started, State,
        command::{Resume, Run},
        event::{AttemptId, Departure, Manner, RunKind, RunOutcome},
        observed::{Captured, Ended, Observed, OutputDigest, Report},
        rules::{From, start_from},
    },
    output::{Log, Stream},
    report::{Source, markdown::markdown, signals::Sample},
    run_dir::RunDir,
    runbook::{Runbook, load},
};
use serde_json::Value;

pub struct Story {
    dir: RunDir,
    _scratch: tempfile::TempDir,
    runbook: Arc<Runbook>,
    state: Option<State>,
    entries: Vec<Entry>,
    samples: Vec<Sample>,
    now: DateTime<Utc>,
}

/// How a run of that kind begins.
pub fn started(kind: RunKind) -> Started {
    Started {
        id: "2026-06-26-1414-rollback-x7f3".into(),
        title: "Roll back payments".into(),
        kind,
        runbook: "rollback".into(),
        digest: "0".repeat(64),
        used: BTreeMap::new(),
        environment: None,
        inputs: BTreeMap::new(),
        severity: None,
        impact: None,
        host: "console-1".into(),
        boot_id: String::new(),
        version: "0".into(),
        auto: false,
        file: None,
        from: None,
        guard: None,
    }
}

impl Story {
    pub fn of(text: &str, kind: RunKind) -> Self {
        Self::begin(text, started(kind), None)
    }

    pub fn begin(text: &str, started: Started, from: Option<&From>) -> Self {
        let loaded = load(text);
        let shown = loaded.render("story", text, false);
        let runbook = Arc::new(loaded.runbook.unwrap_or_else(|| panic!("{shown}")));
        let scratch = tempfile::tempdir().unwrap();
        let dir = RunDir::create(scratch.path(), &started.id).unwrap();
        let now = "2026-06-26T14:14:00Z".parse().unwrap();
        let mut story = Self {
            dir,
            _scratch: scratch,
            runbook: Arc::clone(&runbook),
            state: None,
            entries: Vec::new(),
            samples: Vec::new(),
            now,
        };
        let decision = match from {
            None => engine::start(&runbook, started, "ana", now),
            Some(from) => start_from(&runbook, started, from, "ana", now).unwrap(),
        };
        story.fold(decision.events);
        story
    }

    fn fold(&mut self, events: Vec<Event>) {
        for event in events {
            let entry = Entry {
                at: self.now,
                by: "ana".into(),
                event,
            };
            match &mut self.state {
                None => self.state = State::begin(Arc::clone(&self.runbook), &entry).ok(),
                Some(state) => engine::apply(state, &entry),
            }
            self.entries.push(entry);
        }
    }

    pub fn state(&self) -> &State {
        self.state.as_ref().unwrap()
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now += TimeDelta::seconds(seconds);
        self
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Five seconds later somebody asks for this.
    pub fn ask(&mut self, command: Command) -> &mut Self {
        self.wait(5);
        self.at_once(command)
    }

    pub fn at_once(&mut self, command: Command) -> &mut Self {
        let decision = engine::decide(self.state(), command, "ana", self.now)
            .unwrap_or_else(|refusal| panic!("refused: {refusal}"));
        self.fold(decision.events);
        self
    }

    pub fn sees(&mut self, observed: Observed) -> &mut Self {
        self.at_once(Command::Observed(observed))
    }

    /// The attempt that runs a script of a step; the step's only one has no name.
    pub fn live(&self, step: &str, script: &str) -> AttemptId {
        let mut live = self.state().live();
        live.find(|(_, known)| known.launch.step == step && known.launch.script == script)
            .unwrap_or_else(|| panic!("{step} {script} does not run"))
            .0
    }

    pub fn begin_step(&mut self, step: &str) -> &mut Self {
        self.ask(Command::Run(Run::step(step)))
    }

    /// An attempt prints something and ends.
    pub fn end(
        &mut self,
        attempt: AttemptId,
        ended: Ended,
        printed: &str,
        values: &[(&str, &str)],
    ) -> &mut Self {
        let report = self.report_of(attempt, ended, printed, values);
        self.sees(Observed::Finished { attempt, report })
    }

    fn report_of(
        &self,
        attempt: AttemptId,
        ended: Ended,
        printed: &str,
        values: &[(&str, &str)],
    ) -> Box<Report> {
        let known = &self.state().attempts[&attempt];
        let place = self.dir.attempt(&known.launch.directory());
        let began = known.starting_at;
        place.create().unwrap();
        let mut log = Log::create(place.path()).unwrap();
        log.append(Stream::Out, printed.as_bytes(), 0).unwrap();
        let digest = log.finish().unwrap();
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())));
        Box::new(Report {
            ended,
            at: self.now,
            milliseconds: u64::try_from((self.now - began).num_milliseconds()).unwrap(),
            output: OutputDigest {
                bytes: digest.bytes,
                blake3: digest.blake3,
                lost: 0,
                ..OutputDigest::default()
            },
            captured: Captured {
                values: values.collect(),
                ..Captured::default()
            },
            survivors: Vec::new(),
            more_survivors: 0,
        })
    }

    /// An attempt has ended some seconds ago.
    pub fn ended(&mut self, attempt: AttemptId, ago: i64, code: i32, printed: &str) -> &mut Self {
        let found = self.now;
        self.now -= TimeDelta::seconds(ago);
        let report = self.report_of(attempt, Ended::Exit { code }, printed, &[]);
        self.now = found;
        self.sees(Observed::Finished { attempt, report })
    }

    /// A step runs for three seconds and exits.
    pub fn run(&mut self, step: &str, code: i32, printed: &str) -> &mut Self {
        self.begin_step(step).wait(3);
        let attempt = self.live(step, "");
        self.end(attempt, Ended::Exit { code }, printed, &[])
    }

    pub fn answer(&mut self, gate: &str, answer: &str, reason: Option<&str>) -> &mut Self {
        self.ask(Command::Answer {
            gate: gate.into(),
            answer: answer.into(),
            reason: reason.map(str::to_owned),
            without_approval: false,
        })
    }

    pub fn close(&mut self, outcome: RunOutcome, note: &str) -> &mut Self {
        self.ask(Command::Close {
            outcome,
            note: note.into(),
        })
    }

    /// A signal is measured now; a gap has no value.
    pub fn measure(&mut self, signal: &str, value: Option<f64>) -> &mut Self {
        let at = self.now;
        self.samples.push(Sample {
            at,
            signal: signal.into(),
            value,
        });
        self.sees(Observed::Signal {
            signal: signal.into(),
            value: value.ok_or_else(|| "no answer".to_owned()),
            at,
        })
    }

    /// The console dies; seconds later somebody takes the run up again.
    pub fn dies(&mut self, seconds: i64, found: &[&str]) -> &mut Self {
        let before = Departure {
            at: self.now,
            how: Manner::Vanished,
        };
        self.wait(seconds).at_once(Command::Resume(Box::new(Resume {
            host: "console-2".into(),
            found: found.iter().map(|&found| found.to_owned()).collect(),
            before: Some(before),
            ..Resume::default()
        })))
    }

    pub fn note(&mut self, text: &str) -> &mut Self {
        self.ask(Command::Note {
            text: text.into(),
            happened_at: None,
        })
    }

    pub fn text(&self) -> String {
        markdown(&self.source())
    }

    pub fn report(&self) -> Value {
        serde_json::to_value(rbconsole::report::Report::of(&self.source())).unwrap()
    }

    fn source(&self) -> Source<'_> {
        Source {
            state: self.state(),
            entries: &self.entries,
            earlier: &[],
            full: false,
            samples: &self.samples,
            head: "f".repeat(64),
            dir: &self.dir,
            now: self.now,
        }
    }
}
