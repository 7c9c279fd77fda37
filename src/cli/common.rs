//! What several subcommands need.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use clap::CommandFactory;

use super::{Exit, Failure, args, color};
use crate::engine::event::{Manner, RunOutcome};
use crate::executor::{Executor, Limits, Supervised};
use crate::headless::{self, Orders};
use crate::history::{self, RunSummary};
use crate::run_dir::RunDir;
use crate::runbook::{
    Kind, Runbook,
    library::{self, Entry},
};
use crate::session::{BeginError, Launcher, Session};
use crate::settings::Settings;
use crate::trust::{self, Standing};

/// The operator's settings.
pub fn settings() -> Result<Settings, Failure> {
    Settings::load().map_err(Failure::usage)
}

/// A runbook that was found and checked.
pub struct Found {
    /// Its text and where that comes from.
    pub entry: Entry,
    /// What it says.
    pub runbook: Arc<Runbook>,
    /// Whether it may execute.
    pub standing: Standing,
}

/// A runbook by file or name, checked.
pub fn runbook(settings: &Settings, name: &str) -> Result<(Entry, Arc<Runbook>), Failure> {
    let (entry, _, runbook) = whole(settings, name)?;
    Ok((entry, runbook))
}

/// A runbook by file or name, checked, and whether it may execute.
pub fn found(settings: &Settings, name: &str) -> Result<Found, Failure> {
    let (entry, used, runbook) = whole(settings, name)?;
    Ok(Found {
        standing: trust::look(&entry, &used, &runbook, settings),
        entry,
        runbook,
    })
}

/// A runbook by file or name, with those that it uses.
fn whole(settings: &Settings, name: &str) -> Result<(Entry, Vec<Entry>, Arc<Runbook>), Failure> {
    let entry = library::find(name, &settings.runbooks).map_err(Failure::usage)?;
    let (loaded, used) = library::load_whole(&entry, &settings.runbooks);
    let rendered = loaded.render(&entry.shown(), &entry.text, color::on(&std::io::stderr()));
    match loaded.runbook {
        Some(runbook) => Ok((entry, used, Arc::new(runbook))),
        None if super::test::is_scenarios(Path::new(name)) => Err(Failure::usage(format!(
            "{name} holds scenarios, not a runbook: `rbconsole test {name}` plays them"
        ))),
        None => Err(Failure::usage(format!(
            "{} cannot be used:\n\n{rendered}",
            entry.shown()
        ))),
    }
}

/// A run by id, a beginning of one, or `last`.
pub fn find_run(settings: &Settings, name: &str) -> Result<RunSummary, Failure> {
    history::find(&settings.runs(), name).map_err(Failure::usage)
}

/// The runtime: one thread, since one task owns the session.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(Failure::fault)
}

/// Makes the real executor of a run.
///
/// # Errors
/// When this program does not know its own path.
pub fn launcher() -> Result<Box<Launcher>, Failure> {
    let program = std::env::current_exe().map_err(Failure::fault)?;
    // Whoever needs the settings has complained about them.
    let said = settings().map(|it| it.output).unwrap_or_default();
    let limits = Limits {
        attempt: said.attempt.unwrap_or(Limits::default().attempt),
        run: said.run,
    };
    Ok(Box::new(move |dir: RunDir| {
        let (reports, observed) = tokio::sync::mpsc::unbounded_channel();
        let executor: Box<dyn Executor> =
            Box::new(Supervised::new(dir, program.clone(), reports).keeping(limits));
        (executor, observed)
    }))
}

/// What a beginning that failed means for the exit code.
pub fn begin_failure(error: BeginError) -> Failure {
    match &error {
        BeginError::Input(_) | BeginError::Environment(_) | BeginError::From(_) => {
            Failure::usage(error)
        }
        BeginError::Untrusted(_)
        | BeginError::Preflight(_)
        | BeginError::Unproven(_)
        | BeginError::Journal(crate::journal::JournalError::Driven(_))
        | BeginError::Dir(_) => Failure::refused(error),
        _ => Failure::fault(error),
    }
}

/// Writes the report and says where it is. A disk that does not take it changes nothing about how
/// the run ended.
pub fn tell_report(session: &Session) {
    match session.write_report() {
        Ok(path) => eprintln!("report {}", path.display()),
        Err(error) => eprintln!("rbconsole: the report cannot be written: {error}"),
    }
}

/// `NAME=VALUE` pairs.
pub fn pairs(given: &[String], what: &str) -> Result<BTreeMap<String, String>, Failure> {
    given
        .iter()
        .map(|pair| {
            pair.split_once('=')
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .ok_or_else(|| Failure::usage(format!("{what} `{pair}`: write NAME=VALUE")))
        })
        .collect()
}

/// What the operator decided beforehand.
pub fn orders(given: &args::Headless) -> Result<Orders, Failure> {
    let answers = pairs(&given.answer, "--answer")?
        .into_iter()
        .map(|(gate, answer)| {
            let (answer, reason) = match answer.split_once(':') {
                Some((answer, reason)) => (answer.to_owned(), Some(reason.to_owned())),
                None => (answer, None),
            };
            (gate, (answer, reason))
        })
        .collect();
    Ok(Orders {
        failures: failures(&given.failure)?,
        done: done(&given.done)?,
        answers,
        confirmations: given.confirm.clone(),
        json: given.format == args::Format::Jsonl,
    })
}

fn failures(given: &[String]) -> Result<BTreeMap<String, usize>, Failure> {
    let read = |(step, what): (String, String)| {
        let number = what
            .strip_prefix("fallback:")
            .and_then(|number| number.parse().ok());
        match number.filter(|number| *number > 0) {
            Some(number) => Ok((step, number)),
            None => Err(Failure::usage(format!(
                "--failure {step}={what}: write {step}=fallback:1 for the first fallback of the step"
            ))),
        }
    };
    pairs(given, "--failure")?.into_iter().map(read).collect()
}

fn done(given: &[String]) -> Result<BTreeMap<String, BTreeMap<String, String>>, Failure> {
    let read = |text: &String| {
        let (step, values) = text.split_once(':').unwrap_or((text, ""));
        let values: Vec<String> = values
            .split(',')
            .filter(|pair| !pair.is_empty())
            .map(str::to_owned)
            .collect();
        Ok((step.to_owned(), pairs(&values, &format!("--done {step}:"))?))
    };
    given.iter().map(read).collect()
}

/// What is said about a step that the runbook does not have so is a slip of the pen.
fn steps_fit(orders: &Orders, runbook: &Runbook) -> Result<(), Failure> {
    let kind = |id: &String| runbook.step(id).map(|(_, step)| &step.kind);
    for (id, number) in &orders.failures {
        let count = match kind(id) {
            Some(Kind::Run(run)) => run.fallbacks.len(),
            _ => 0,
        };
        if *number > count {
            let has = match count {
                0 => format!("`{id}` is no step with a fallback"),
                1 => format!("`{id}` has one fallback"),
                _ => format!("`{id}` has {count} fallbacks"),
            };
            return Err(Failure::usage(format!(
                "--failure {id}=fallback:{number}: {has}"
            )));
        }
    }
    for (id, values) in &orders.done {
        let Some(Kind::Manual(manual)) = kind(id) else {
            let manual = runbook
                .steps()
                .filter(|step| matches!(step.kind, Kind::Manual(_)));
            let known: Vec<&str> = manual.map(|step| step.id.as_str()).collect();
            return Err(Failure::usage(format!(
                "--done {id}: there is no manual step `{id}` in this runbook (its manual steps: {})",
                known.join(", ")
            )));
        };
        let records = |name: &String| manual.record.iter().any(|input| input.name == *name);
        if let Some(odd) = values.keys().find(|name| !records(name)) {
            return Err(Failure::usage(format!(
                "--done {id}:{odd}=…: the step records no `{odd}`"
            )));
        }
    }
    Ok(())
}

/// What is said beforehand of gates and steps that the runbook does not have is a slip of the pen.
pub fn orders_fit(orders: &Orders, runbook: &Runbook) -> Result<(), Failure> {
    steps_fit(orders, runbook)?;
    for (id, (answer, _)) in &orders.answers {
        let gate = runbook.step(id).and_then(|(_, step)| match &step.kind {
            Kind::Gate(gate) => Some(gate),
            _ => None,
        });
        let Some(gate) = gate else {
            let gates = runbook
                .steps()
                .filter(|step| matches!(step.kind, Kind::Gate(_)));
            let known: Vec<&str> = gates.map(|step| step.id.as_str()).collect();
            return Err(Failure::usage(format!(
                "--answer {id}={answer}: there is no gate `{id}` in this runbook (its gates: {})",
                known.join(", ")
            )));
        };
        if gate.answer(answer).is_none() {
            let known: Vec<&str> = gate.answers.iter().map(|it| it.name.as_str()).collect();
            return Err(Failure::usage(format!(
                "--answer {id}={answer}: the gate has no answer `{answer}` (its answers: {})",
                known.join(", ")
            )));
        }
    }
    Ok(())
}

/// Drives a session without a screen and says how to go on.
pub fn headless(
    runtime: &tokio::runtime::Runtime,
    session: &mut Session,
    orders: &Orders,
) -> Result<Exit, Failure> {
    if let Some(why) = session.deaf() {
        eprintln!("rbconsole: nobody else on this machine can approve: {why}");
    }
    let mut out = std::io::stdout().lock();
    let ended = runtime
        .block_on(async {
            let ended = headless::drive(session, orders, &mut out).await;
            // Notes that came in at the very end belong to the run.
            session.take_in_last_notes().await;
            ended
        })
        .map_err(Failure::fault)?;
    session.say_farewell(match ended {
        headless::Ended::Detached("SIGHUP") => Manner::Disconnected,
        _ => Manner::Left,
    });
    Ok(match ended {
        headless::Ended::Closed(outcome) => {
            eprintln!("{}", note_the_head(&session.head().to_string()));
            outcome_exit(outcome)
        }
        headless::Ended::PersonNeeded(why) => {
            eprintln!("rbconsole: a person is needed: {why}");
            eprintln!("  rbconsole resume {}", session.dir().id());
            Exit::Person
        }
        headless::Ended::Detached(signal) => {
            let goes_on = match session.state().live().count() {
                0 => "the run stays open".to_owned(),
                1 => "one command goes on without you".to_owned(),
                n => format!("{n} commands go on without you"),
            };
            eprintln!("rbconsole: {signal}: detached, {goes_on}; take the run up with:");
            eprintln!("  rbconsole resume {}", session.dir().id());
            Exit::Person
        }
        headless::Ended::Refused(why) => {
            eprintln!("rbconsole: {why}");
            eprintln!("  rbconsole resume {}", session.dir().id());
            Exit::Refused
        }
    })
}

/// What somebody can note elsewhere when a run is closed.
pub fn note_the_head(head: &str) -> String {
    format!(
        "journal head {head} (noted elsewhere, `rbconsole audit --head` proves by it that nothing was cut off or rewritten)"
    )
}

/// The exit code of a closed run.
pub fn outcome_exit(outcome: RunOutcome) -> Exit {
    if outcome.is_good() {
        Exit::Good
    } else {
        Exit::Bad
    }
}

/// Prints to standard output; a closed pipe is silent.
pub fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::fault(error)),
        _ => Ok(()),
    }
}

/// `completions`.
pub fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        shell,
        &mut args::Arguments::command(),
        "rbconsole",
        &mut script,
    );
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Good)
}
