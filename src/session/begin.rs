//! Beginning a run, and taking one up again.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Clock, Launcher, Parts, Session};
use crate::engine::{self, Entry, Started, State, event::RunKind};
use crate::executor::{Secrets, clock::boot_id};
use crate::journal::{Journal, JournalError, record::Hash};
use crate::run_dir::{RunDir, RunDirError, write_private};
use crate::runbook::{Environment, Input, Runbook};
use crate::template::{Type, Value};

/// Why a run cannot begin or be taken up.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// An input is missing or does not fit.
    #[error("{0}")]
    Input(String),
    /// The runbook has no such environment.
    #[error("{0}")]
    Environment(String),
    /// Tools or variables are missing.
    #[error("this runbook needs what is not here: {}", .0.join("; "))]
    Preflight(Vec<String>),
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

/// How a run shall begin.
pub struct Beginning {
    /// The checked runbook.
    pub runbook: Arc<Runbook>,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What the run is called; the runbook's title if empty.
    pub title: String,
    /// What kind.
    pub kind: RunKind,
    /// Where.
    pub environment: Option<String>,
    /// Inputs as given, secrets among them.
    pub inputs: BTreeMap<String, String>,
    /// As given.
    pub severity: Option<String>,
    /// As given.
    pub impact: Option<String>,
    /// Whether to run on by itself.
    pub auto: bool,
    /// The operator.
    pub by: String,
    /// The machine.
    pub host: String,
}

impl Beginning {
    /// The chosen environment.
    ///
    /// # Errors
    /// When the runbook has none of this name, or a drill has no drill environment.
    pub fn place(&self) -> Result<Option<&Environment>, BeginError> {
        let known = || {
            let names: Vec<&str> = self
                .runbook
                .environments
                .iter()
                .map(|environment| environment.name.as_str())
                .collect();
            if names.is_empty() {
                "the runbook declares none".to_owned()
            } else {
                format!("the runbook declares: {}", names.join(", "))
            }
        };
        let place = match &self.environment {
            None => None,
            Some(name) => Some(self.runbook.environment(name).ok_or_else(|| {
                BeginError::Environment(format!("there is no environment `{name}`; {}", known()))
            })?),
        };
        if self.kind == RunKind::Drill && !place.is_some_and(|place| place.drill) {
            return Err(BeginError::Environment(format!(
                "a drill needs an environment with `drill: true`; {}",
                known()
            )));
        }
        Ok(place)
    }

    /// Every input with its value: given, the environment's, the variable's, the
    /// default; and the secrets apart.
    ///
    /// # Errors
    /// When one is missing or does not fit, all of them in one message.
    pub fn resolve(&self) -> Result<(BTreeMap<String, Value>, Secrets), BeginError> {
        let place = self.place()?;
        let mut values = BTreeMap::new();
        let mut secrets = Secrets::new();
        let mut wrong = Vec::new();
        for name in self.inputs.keys() {
            if !self.runbook.inputs.iter().any(|input| input.name == *name) {
                let names = self.runbook.inputs.iter().map(|input| input.name.as_str());
                let hint = crate::template::similar::closest(name, names)
                    .map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
                wrong.push(format!("there is no input `{name}`{hint}"));
            }
        }
        for input in &self.runbook.inputs {
            let set = place.and_then(|place| {
                place
                    .inputs
                    .iter()
                    .find(|(name, _)| *name == input.name)
                    .map(|(_, value)| value.to_string())
            });
            let given = self
                .inputs
                .get(&input.name)
                .cloned()
                .or(set)
                .or_else(|| from_variable(input));
            match (given, &input.default) {
                (Some(text), _) => match input.read(&text) {
                    Ok(value) => {
                        if input.kind == Type::Secret {
                            secrets.insert(input.name.clone(), text);
                        }
                        values.insert(input.name.clone(), value);
                    }
                    Err(message) => wrong.push(message),
                },
                (None, Some(default)) => {
                    values.insert(input.name.clone(), default.clone());
                }
                (None, None) => wrong.push(format!(
                    "the input `{}` is missing{}",
                    input.name,
                    how(input)
                )),
            }
        }
        if wrong.is_empty() {
            Ok((values, secrets))
        } else {
            Err(BeginError::Input(wrong.join("; ")))
        }
    }
}

fn how(input: &Input) -> String {
    match (&input.env, input.kind) {
        (Some(variable), _) => format!(": set {variable}"),
        (None, Type::Secret) => format!(": set {}", input.secret_variable()),
        (None, _) => format!(": give it with -i {}=…", input.name),
    }
}

pub(super) fn from_variable(input: &Input) -> Option<String> {
    let variable = match (&input.env, input.kind) {
        (Some(variable), _) => variable.clone(),
        (None, Type::Secret) => input.secret_variable(),
        (None, _) => return None,
    };
    std::env::var(variable).ok()
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

/// Begins a run: makes its directory, pins the runbook, records the beginning.
///
/// # Errors
/// When an input is missing, the machine lacks a tool, or the directory cannot
/// be made. Nothing is left behind then but perhaps an empty directory.
pub fn start(
    runs: &Path,
    beginning: &Beginning,
    clock: Clock,
    launcher: &Launcher,
) -> Result<Session, BeginError> {
    let io = |doing| move |source| BeginError::Io { doing, source };
    let (inputs, secrets) = beginning.resolve()?;
    let missing = preflight(&beginning.runbook);
    if !missing.is_empty() {
        return Err(BeginError::Preflight(missing));
    }
    let now = clock();
    let title = if beginning.title.is_empty() {
        beginning.runbook.title.clone()
    } else {
        beginning.title.clone()
    };
    let dir = make_dir(runs, &beginning.name, now).map_err(io("make the run's directory"))?;
    write_private(&dir.runbook(), beginning.text.as_bytes()).map_err(io("pin the runbook"))?;
    let used = pin_used(&dir, &beginning.runbook).map_err(io("pin the runbooks that it uses"))?;
    let started = Started {
        id: dir.id(),
        title,
        kind: beginning.kind,
        runbook: beginning.name.clone(),
        digest: Hash::of(beginning.text.as_bytes()).to_string(),
        used,
        environment: beginning.environment.clone(),
        inputs,
        severity: beginning.severity.clone(),
        impact: beginning.impact.clone(),
        host: beginning.host.clone(),
        boot_id: boot_id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        auto: beginning.auto,
        from: None,
        guard: None,
    };
    let mut journal = Journal::create(&dir, &driver(&beginning.by, &beginning.host))?;
    let decision = engine::start(&beginning.runbook, started, &beginning.by, now);
    let entries: Vec<Entry> = decision
        .events
        .into_iter()
        .map(|event| Entry {
            at: now,
            by: beginning.by.clone(),
            event,
        })
        .collect();
    let records = journal
        .append(&entries, true)
        .map_err(io("write the journal"))?;
    let state = fold(&beginning.runbook, &entries)?;
    let (executor, reports) = launcher(dir.clone());
    let parts = Parts {
        dir,
        journal,
        by: beginning.by.clone(),
        clock,
        executor,
        reports,
        secrets,
    };
    let mut session = Session::over(parts, state, records).map_err(io("start the journal"))?;
    for effect in decision.effects {
        session.perform(effect);
    }
    Ok(session)
}

/// Writes the used runbooks into the run's directory; gives their digests by name.
fn pin_used(dir: &RunDir, runbook: &Runbook) -> io::Result<BTreeMap<String, String>> {
    let mut digests = BTreeMap::new();
    for used in &runbook.used {
        if digests.is_empty() {
            dir.make_used_runbooks()?;
        }
        let digest = Hash::of(used.text.as_bytes()).to_string();
        // One that is used twice was looked up once and has one text.
        if digests.insert(used.name.clone(), digest).is_none() {
            write_private(&dir.used_runbook(&used.name), used.text.as_bytes())?;
        }
    }
    Ok(digests)
}

pub(super) fn fold(runbook: &Arc<Runbook>, entries: &[Entry]) -> Result<State, BeginError> {
    let (first, rest) = entries
        .split_first()
        .ok_or_else(|| BeginError::NotARun("its journal is empty".to_owned()))?;
    let mut state = State::begin(Arc::clone(runbook), first)
        .map_err(|_| BeginError::NotARun("its journal has no beginning".to_owned()))?;
    for entry in rest {
        engine::apply(&mut state, entry);
    }
    Ok(state)
}

pub(super) fn driver(by: &str, host: &str) -> String {
    format!("{by}@{host} (process {})", std::process::id())
}

fn make_dir(runs: &Path, name: &str, now: DateTime<Utc>) -> io::Result<RunDir> {
    let mut last = io::Error::other("no free name");
    for _ in 0..20 {
        let id = format!("{}-{name}-{}", now.format("%Y-%m-%d-%H%M"), suffix());
        match RunDir::create(runs, &id) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            other => return other,
        }
    }
    Err(last)
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
