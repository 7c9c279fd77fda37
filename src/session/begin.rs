//! Beginning a run, and taking one up again.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

use chrono::{DateTime, Utc};

mod beginning;

use super::{
    Clock, Launcher, Parts, Seat, Session,
    guard::{Guard, Unproven},
};
use crate::crash;
use crate::engine::{self, Entry, Event, Started, State, event::RunKind, rules};
use crate::executor::Secrets;
use crate::journal::{Journal, JournalError};
use crate::run_dir::{RunDir, RunDirError, write_private};
use crate::runbook::Runbook;

pub use beginning::Beginning;
pub(in crate::session) use beginning::from_variable;

/// Why a run cannot begin or be taken up.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// Nobody has said that the runbook may execute.
    #[error(
        "{0}\nNothing of it was executed. Look at it, then trust it with `rbconsole trust`, or on the screen"
    )]
    Untrusted(String),
    /// The run goes on in another place.
    #[error("{0}")]
    Moved(String),
    /// An input is missing or does not fit.
    #[error("{0}")]
    Input(String),
    /// The runbook has no such environment.
    #[error("{0}")]
    Environment(String),
    /// Tools or variables are missing.
    #[error("this runbook needs what is not here: {}", .0.join("; "))]
    Preflight(Vec<String>),
    /// The place is not proven to be the one that it is taken for.
    #[error(transparent)]
    Unproven(#[from] Unproven),
    /// The run cannot begin at that step.
    #[error(transparent)]
    From(#[from] rules::FromError),
    /// The run's directory cannot be used.
    #[error(transparent)]
    Dir(#[from] RunDirError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The operating system said no.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The journal does not begin with a beginning, or the runbook is gone.
    #[error("this run cannot be taken up: {0}")]
    NotARun(String),
}

/// The tools and variables that a runbook needs and this machine has not.
pub fn preflight(runbook: &Runbook) -> Vec<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut missing: Vec<String> = runbook
        .requires
        .tools
        .iter()
        .filter(|tool| !std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()))
        .map(|tool| format!("the program {tool} is not on the PATH"))
        .collect();
    missing.extend(
        runbook
            .requires
            .env
            .iter()
            .filter(|name| std::env::var_os(name).is_none())
            .map(|name| format!("the variable {name} is not set")),
    );
    missing
}

/// A run that may begin: its inputs fit, nothing is missing here, and its place
/// is proven.
#[derive(Debug, Clone)]
pub struct Prepared {
    started: Started,
    secrets: Secrets,
}

/// Makes sure that a run may begin. Asking its place's guard takes time: not for
/// the thread that draws.
///
/// # Errors
/// When the runbook is not trusted, an input is missing, the machine lacks a tool,
/// or the place is not proven. Nothing was made then.
pub fn prepare(
    runs: &Path,
    beginning: &Beginning,
    clock: Clock,
    cancel: &AtomicBool,
) -> Result<Prepared, BeginError> {
    beginning.is_trusted()?;
    let (inputs, secrets) = beginning.resolve()?;
    // A rehearsal does nothing that would need them.
    if beginning.kind != RunKind::Rehearsal {
        let missing = preflight(&beginning.runbook);
        if !missing.is_empty() {
            return Err(BeginError::Preflight(missing));
        }
    }
    let now = clock();
    let mut started = beginning.started(free_id(runs, &beginning.name, now), inputs);
    let entry = Entry {
        at: now,
        by: beginning.by.as_str().into(),
        event: Event::RunStarted(Box::new(started.clone())),
    };
    let state = State::begin(Arc::clone(&beginning.runbook), &entry)
        .map_err(|_| BeginError::NotARun("it has no beginning".to_owned()))?;
    if let Some(guard) = Guard::of(&state)? {
        started.guard = Some(guard.ask(&secrets, cancel)?);
    }
    Ok(Prepared { started, secrets })
}

/// Begins a run: makes sure that it may, makes its directory, pins the runbook,
/// records the beginning.
///
/// # Errors
/// When an input is missing, the machine lacks a tool, the place is not proven,
/// or the directory cannot be made. Nothing is left behind then but perhaps an
/// empty directory.
pub fn start(
    runs: &Path,
    beginning: &Beginning,
    clock: Clock,
    launcher: &Launcher,
) -> Result<Session, BeginError> {
    let prepared = prepare(runs, beginning, clock, &AtomicBool::new(false))?;
    start_prepared(runs, beginning, prepared, clock, launcher)
}

/// Begins a run that was prepared.
///
/// # Errors
/// When its directory or its journal cannot be made.
pub fn start_prepared(
    runs: &Path,
    beginning: &Beginning,
    prepared: Prepared,
    clock: Clock,
    launcher: &Launcher,
) -> Result<Session, BeginError> {
    let io = |doing| move |source| BeginError::Io { doing, source };
    beginning.is_trusted()?;
    let Prepared { started, secrets } = prepared;
    let now = clock();
    let by = beginning.by.as_str();
    let decision = match &beginning.from {
        None => engine::start(&beginning.runbook, started.clone(), by, now),
        Some(from) => rules::start_from(&beginning.runbook, started.clone(), from, by, now)?,
    };
    let dir = RunDir::create(runs, &started.id).map_err(io("make the run's directory"))?;
    crash::point("console.run_dir_made");
    write_private(&dir.runbook(), beginning.text.as_bytes()).map_err(io("pin the runbook"))?;
    crash::point("console.runbook_pinned");
    pin_used(&dir, &beginning.runbook).map_err(io("pin the runbooks that it uses"))?;
    crash::point("console.used_pinned");
    // Without a screen it runs on by itself from the beginning, with one never.
    let seat = Seat::here(beginning.auto).called(&beginning.by, &beginning.host);
    let mut journal = Journal::create(&dir, seat.driver(now))?;
    crash::point("console.journal_made");
    let by: Arc<str> = beginning.by.as_str().into();
    let entries: Vec<Entry> = decision
        .events
        .into_iter()
        .map(|event| Entry {
            at: now,
            by: Arc::clone(&by),
            event,
        })
        .collect();
    let records = journal
        .append(&entries, true)
        .map_err(io("write the journal"))?;
    crash::point("console.run_recorded");
    let state = fold(&beginning.runbook, &entries)?;
    let (executor, reports) = launcher(dir.clone());
    let parts = Parts {
        dir,
        journal,
        seat,
        clock,
        executor,
        reports,
        secrets,
    };
    let head = records.last().map(|record| record.hash).unwrap_or_default();
    let mut session =
        Session::over(parts, state, entries, head).map_err(io("start the journal"))?;
    for effect in decision.effects {
        session.perform(effect);
    }
    Ok(session)
}

/// Writes the used runbooks into the run's directory.
fn pin_used(dir: &RunDir, runbook: &Runbook) -> io::Result<()> {
    // One that is used twice was looked up once and has one text.
    let texts: BTreeMap<&str, &str> = runbook
        .used
        .iter()
        .map(|used| (used.name.as_str(), used.text.as_str()))
        .collect();
    if texts.is_empty() {
        return Ok(());
    }
    dir.make_used_runbooks()?;
    for (name, text) in texts {
        write_private(&dir.used_runbook(name), text.as_bytes())?;
    }
    Ok(())
}

/// The state that entries lead to.
pub(super) fn fold<'a>(
    runbook: &Arc<Runbook>,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Result<State, BeginError> {
    let mut folding = Folding::Nothing(Arc::clone(runbook));
    for entry in entries {
        folding.take_in(entry);
    }
    folding.end()
}

/// A state that is folded as entries come.
pub(super) enum Folding {
    /// Nothing came yet.
    Nothing(Arc<Runbook>),
    /// The first one was no beginning.
    NoBeginning,
    /// This is how it stands.
    Begun(Box<State>),
}

impl Folding {
    /// Takes the next entry in.
    pub(super) fn take_in(&mut self, entry: &Entry) {
        match self {
            Folding::Begun(state) => engine::apply(state, entry),
            Folding::NoBeginning => {}
            Folding::Nothing(runbook) => {
                *self = State::begin(Arc::clone(runbook), entry)
                    .map_or(Folding::NoBeginning, |state| {
                        Folding::Begun(Box::new(state))
                    });
            }
        }
    }

    /// How it stands.
    pub(super) fn end(self) -> Result<State, BeginError> {
        let wrong = match self {
            Folding::Begun(state) => return Ok(*state),
            Folding::NoBeginning => "its journal has no beginning",
            Folding::Nothing(_) => "its journal is empty",
        };
        Err(BeginError::NotARun(wrong.to_owned()))
    }
}

/// The id of a new run: one that no directory has. Should another console take it
/// until the directory is made, making it fails and nothing began.
fn free_id(runs: &Path, name: &str, now: DateTime<Utc>) -> String {
    let id = || format!("{}-{name}-{}", now.format("%Y-%m-%d-%H%M"), suffix());
    (0..20)
        .map(|_| id())
        .find(|id| !runs.join(id).exists())
        .unwrap_or_else(id)
}

/// Four characters that tell apart the runs of one minute.
fn suffix() -> String {
    use std::hash::{BuildHasher, RandomState};
    const DIGITS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
    let mut random = RandomState::new().hash_one(std::process::id());
    (0..4)
        .map(|_| {
            let digit = usize::try_from(random % DIGITS.len() as u64).unwrap_or(0);
            random /= DIGITS.len() as u64;
            char::from(DIGITS[digit])
        })
        .collect()
}
