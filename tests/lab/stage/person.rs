//! The person at the console: what no run does without one, given beforehand and done by a process of its own.
//!
//! It is this test program once more, so that commands of the run find the variables of their stage, and so that
//! nothing of one story's console reaches another's.

use std::{
    collections::{BTreeMap, VecDeque},
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use rbconsole::{
    engine::{
        self, Next,
        command::Run,
        event::{RunKind, RunOutcome, Voucher},
        next,
        observed::Observed,
    },
    executor::{Executor, Supervised},
    headless::{self, Ended, Orders},
    run_dir::RunDir,
    runbook::library,
    session::{self, Beginning, Session, system_clock},
    trust::{Standing, Trusted},
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Where the person finds what to do, and where the story finds what came of it.
const PLAY: &str = "RBCONSOLE_LAB_PLAY";

/// What is known before a run begins: inputs, answers, and what a person does where the run waits for one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Play {
    inputs: BTreeMap<String, String>,
    answers: BTreeMap<String, (String, Option<String>)>,
    confirm: Vec<String>,
    acts: BTreeMap<String, VecDeque<Act>>,
    kind: Option<String>,
}

/// What a person does when a run waits for them at a step. Manual steps without an act are ticked and done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Act {
    /// A manual step is done, with these values.
    Done(Vec<(String, String)>),
    /// The author's fallback with this number, from 0.
    Fallback(usize),
    /// The step once more.
    Retry,
    /// Leave it out, with these values in place of its outputs.
    Skip(Vec<(String, String)>),
    /// Nobody knows whether it took effect; it did.
    TookEffect,
    /// An answer that somebody of this group agrees with, and why.
    Agreed(String, String, String),
    /// An answer that nobody else has to agree with.
    Answer(String),
    /// Something happens in the world, and the run still waits.
    Meanwhile(String),
    /// The run is given up as failed.
    GiveUp,
}

impl Play {
    pub fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn inputs(self, all: &[(&str, &str)]) -> Self {
        all.iter()
            .fold(self, |play, (name, value)| play.input(name, value))
    }

    /// Answers a gate; `ANSWER: REASON` gives a reason.
    pub fn answer(mut self, gate: &str, answer: &str) -> Self {
        let (answer, reason) = match answer.split_once(": ") {
            Some((answer, reason)) => (answer, Some(reason.to_owned())),
            None => (answer, None),
        };
        self.answers
            .insert(gate.to_owned(), (answer.to_owned(), reason));
        self
    }

    /// Allows what is destructive, by the target's name.
    pub fn confirm(mut self, target: &str) -> Self {
        self.confirm.push(target.to_owned());
        self
    }

    /// What the person does when the run waits for them at this step; after that, what was said next.
    pub fn at(mut self, step: &str, act: Act) -> Self {
        self.acts.entry(step.to_owned()).or_default().push_back(act);
        self
    }

    /// At this step nothing but what was said last.
    pub fn only_done(mut self, step: &str) -> Self {
        if let Some(acts) = self.acts.get_mut(step) {
            acts.drain(..acts.len().saturating_sub(1));
        }
        self
    }

    /// A drill, in the environment of this name.
    pub fn drill(mut self, environment: &str) -> Self {
        self.kind = Some(environment.to_owned());
        self
    }

    pub fn filled(mut self, fill: &dyn Fn(&str) -> String) -> Self {
        for value in self.inputs.values_mut().chain(self.confirm.iter_mut()) {
            *value = fill(value);
        }
        self
    }
}

/// Sends a person to a run of this runbook.
pub fn send(
    command: &mut Command,
    runbook: &Path,
    home: &Path,
    play: &Play,
) -> std::io::Result<Output> {
    let text = serde_json::to_string(&(runbook, play)).map_err(std::io::Error::other)?;
    let _ = fs::remove_file(home.join("result.json"));
    fs::write(home.join("play.json"), text)?;
    command
        .args([
            "--exact",
            "stage::person::at_the_console",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(PLAY, home)
        .output()
}

/// How the run ended and which steps ran; `None` if it did not end.
pub fn result(home: &Path) -> Option<(String, Vec<String>)> {
    let text = fs::read_to_string(home.join("result.json")).ok()?;
    serde_json::from_str(&text).ok()
}

/// No test: what a story starts to be its person. Without a story there is nothing to do.
#[test]
fn at_the_console() {
    let Some(home) = env::var_os(PLAY).map(PathBuf::from) else {
        return;
    };
    let text = fs::read_to_string(home.join("play.json")).expect("the story wrote it");
    let (runbook, play): (PathBuf, Play) = serde_json::from_str(&text).expect("the story wrote it");
    let result = to_the_end(&home, &runbook, play);
    let text = serde_json::to_string(&result).expect("plain data");
    fs::write(home.join("result.json"), text).expect("it can be written");
}

fn launcher(dir: RunDir) -> (Box<dyn Executor>, UnboundedReceiver<Observed>) {
    let (reports, observed) = unbounded_channel();
    let program = env!("CARGO_BIN_EXE_rbconsole").into();
    (Box::new(Supervised::new(dir, program, reports)), observed)
}

fn begin(home: &Path, file: &Path, play: &Play) -> Session {
    let entry = library::read_file(file).expect("the runbook is there");
    let folder = file.parent().map(Path::to_owned);
    let folders: Vec<PathBuf> = folder.into_iter().collect();
    let loaded = library::load(&entry, &folders);
    let runbook = loaded
        .runbook
        .unwrap_or_else(|| panic!("{} does not load", file.display()));
    let beginning = Beginning {
        standing: Standing::Trusted(Trusted::given(&entry.text, &runbook)),
        runbook: Arc::new(runbook),
        file: entry.file(),
        from: None,
        name: entry.name,
        text: entry.text,
        title: String::new(),
        kind: play
            .kind
            .as_ref()
            .map_or(RunKind::Incident, |_| RunKind::Drill),
        environment: play.kind.clone(),
        inputs: play.inputs.clone(),
        severity: None,
        impact: None,
        auto: true,
        by: "ana".to_owned(),
        host: "here".to_owned(),
    };
    session::start(
        &home.join("state/runs"),
        &beginning,
        system_clock,
        &launcher,
    )
    .unwrap_or_else(|error| panic!("the run does not begin: {error}"))
}

fn to_the_end(home: &Path, file: &Path, mut play: Play) -> (String, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .expect("a runtime");
    let _in_runtime = runtime.enter();
    let mut session = begin(home, file, &play);
    let orders = Orders {
        answers: play.answers.clone(),
        confirmations: play.confirm.clone(),
        ..Orders::default()
    };
    for _ in 0..60 {
        let ended = runtime
            .block_on(headless::drive(
                &mut session,
                &orders,
                &mut std::io::stdout(),
            ))
            .expect("standard output can be written");
        match ended {
            Ended::Closed(outcome) => {
                session.write_report().expect("the report is written");
                let attempts = session.state().attempts.values();
                let ran = attempts.map(|it| it.launch.step.clone()).collect();
                return (said(outcome), ran);
            }
            Ended::PersonNeeded(why) => act(&mut session, &mut play, &why),
            other => panic!("{other:?}"),
        }
    }
    panic!("no end");
}

fn said(outcome: RunOutcome) -> String {
    let text = serde_json::to_string(&outcome).expect("plain data");
    text.trim_matches('"').to_owned()
}

/// Does what the play says for the step that the run waits at.
fn act(session: &mut Session, play: &mut Play, why: &str) {
    let step = match next(session.state()) {
        Next::Run(step, _)
        | Next::Failed(step, _)
        | Next::Unknown(step, _)
        | Next::Decide(step, ..)
        | Next::Manual(step, ..) => step.id.clone(),
        other => panic!("the run waits for {other:?}: {why}"),
    };
    // In the name of a used runbook's step the step that uses it comes first.
    let given = play.acts.get_mut(&step).and_then(VecDeque::pop_front);
    let is_manual = matches!(next(session.state()), Next::Manual(..));
    let told = match given {
        Some(told) => told,
        None if is_manual => Act::Done(Vec::new()),
        None => panic!("the run waits at {step}: {why}"),
    };
    let owned = |values: Vec<(String, String)>| values.into_iter().collect();
    let reason = "The person at the console says so".to_owned();
    // What the story allows to be destroyed, and nothing else, is confirmed.
    let target = |session: &Session| {
        let (_, definition) = session.state().runbook.step(&step)?;
        let target = engine::step::target(session.state(), definition).ok()??;
        play.confirm.contains(&target).then_some(target)
    };
    match told {
        Act::Done(values) => {
            let Next::Manual(_, manual, _) = next(session.state()) else {
                panic!("{step} is not done by hand");
            };
            for item in 0..manual.checklist.len() {
                let (step, done) = (step.clone(), true);
                session.submit(engine::Command::Tick { step, item, done });
            }
            let values = owned(values);
            session.submit(engine::Command::ManualDone { step, values });
        }
        Act::Fallback(index) => {
            let confirmation = target(session);
            session.submit(engine::Command::Fallback {
                step,
                index,
                confirmation,
            });
        }
        Act::Retry => {
            let confirmation = target(session);
            session.submit(engine::Command::Retry(Run {
                confirmation,
                ..Run::step(step)
            }));
        }
        Act::Skip(values) => session.submit(engine::Command::Skip {
            step,
            reason,
            values: owned(values),
        }),
        Act::TookEffect => session.submit(engine::Command::TookEffect {
            step,
            reason,
            values: BTreeMap::new(),
        }),
        Act::Agreed(answer, group, because) => {
            session.submit(engine::Command::Approve {
                gate: step.clone(),
                answer: answer.clone(),
                by_whom: "grace".to_owned(),
                how: Voucher::Attested {
                    channel: "by phone".to_owned(),
                    stands_for: Some(group),
                },
                agrees: true,
                reason: None,
            });
            session.submit(engine::Command::Answer {
                gate: step,
                answer,
                reason: Some(because),
                without_approval: false,
            });
        }
        Act::Answer(answer) => session.submit(engine::Command::Answer {
            gate: step,
            answer,
            reason: Some(reason),
            without_approval: false,
        }),
        Act::Meanwhile(script) => {
            let done = Command::new("bash")
                .args(["-euo", "pipefail", "-c", &script])
                .status();
            assert!(done.is_ok_and(|status| status.success()), "{script}");
            act(session, play, why);
        }
        Act::GiveUp => session.submit(engine::Command::Close {
            outcome: RunOutcome::Failed,
            note: reason,
        }),
    }
}
