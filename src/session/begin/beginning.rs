//! How a run shall begin: what was chosen, and the values that follow from it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::DateTime;

use super::BeginError;
use crate::engine::{Entry, Event, Started, State, event::RunKind, rules};
use crate::executor::{Secrets, clock::boot_id};
use crate::journal::record::Hash;
use crate::runbook::{Environment, Input, Runbook};
use crate::template::{Type, Value};
use crate::trust::Standing;

/// How a run shall begin.
#[derive(Clone)]
pub struct Beginning {
    /// The checked runbook.
    pub runbook: Arc<Runbook>,
    /// Its name.
    pub name: String,
    /// The file that it comes from; none: it is built in.
    pub file: Option<PathBuf>,
    /// Its text.
    pub text: String,
    /// Whether it may execute; without that nothing of it does.
    pub standing: Standing,
    /// What the run is called; the runbook's title if empty.
    pub title: String,
    /// What kind.
    pub kind: RunKind,
    /// Where.
    pub environment: Option<String>,
    /// Inputs as given, secrets among them.
    pub inputs: BTreeMap<String, String>,
    /// The step to begin at, if not the first, and what must be known for that.
    pub from: Option<rules::From>,
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
    /// Makes sure that the runbook may execute: these very texts, whatever stands in
    /// their files by now.
    ///
    /// # Errors
    /// When nobody has trusted them.
    pub fn is_trusted(&self) -> Result<(), BeginError> {
        if self.standing.covers(&self.text, &self.runbook) {
            return Ok(());
        }
        Err(BeginError::Untrusted(match &self.standing {
            Standing::Asked(question) => question.words(),
            // The token belongs to other texts than these.
            Standing::Trusted(_) => "this is not the text that was trusted.".to_owned(),
        }))
    }

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
            match (self.given(input, place), &input.default) {
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

    /// What an input was given: by the operator, the environment, a variable.
    fn given(&self, input: &Input, place: Option<&Environment>) -> Option<String> {
        let set = || {
            let (_, value) = place?.inputs.iter().find(|(name, _)| *name == input.name)?;
            Some(value.to_string())
        };
        self.inputs
            .get(&input.name)
            .cloned()
            .or_else(set)
            .or_else(|| from_variable(input))
    }

    /// The inputs that have a value that fits already; what is missing or wrong is
    /// left out.
    pub(in crate::session) fn known_so_far(&self) -> (BTreeMap<String, Value>, Secrets) {
        let place = self
            .environment
            .as_deref()
            .and_then(|name| self.runbook.environment(name));
        let mut values = BTreeMap::new();
        let mut secrets = Secrets::new();
        for input in &self.runbook.inputs {
            let given = self.given(input, place).filter(|text| !text.is_empty());
            match given {
                Some(text) => {
                    let Ok(value) = input.read(&text) else {
                        continue;
                    };
                    if input.kind == Type::Secret {
                        secrets.insert(input.name.clone(), text);
                    }
                    values.insert(input.name.clone(), value);
                }
                None => {
                    if let Some(default) = &input.default {
                        values.insert(input.name.clone(), default.clone());
                    }
                }
            }
        }
        (values, secrets)
    }

    /// The run as its scripts would see it, were it to begin now.
    pub(in crate::session) fn state_before(
        &self,
        inputs: BTreeMap<String, Value>,
    ) -> Option<State> {
        let entry = Entry {
            at: DateTime::UNIX_EPOCH,
            by: self.by.as_str().into(),
            event: Event::RunStarted(Box::new(self.started(String::new(), inputs))),
        };
        State::begin(Arc::clone(&self.runbook), &entry).ok()
    }

    /// The first event of the run.
    pub(super) fn started(&self, id: String, inputs: BTreeMap<String, Value>) -> Started {
        let title = if self.title.is_empty() {
            self.runbook.title.clone()
        } else {
            self.title.clone()
        };
        Started {
            id,
            title,
            kind: self.kind,
            runbook: self.name.clone(),
            digest: Hash::of(self.text.as_bytes()).to_string(),
            used: used_digests(&self.runbook),
            environment: self.environment.clone(),
            inputs,
            severity: self.severity.clone(),
            impact: self.impact.clone(),
            host: self.host.clone(),
            boot_id: boot_id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            auto: self.auto,
            file: self.file.as_deref().map(absolute),
            from: None,
            guard: None,
        }
    }
}

/// A resume may stand in another folder.
fn absolute(path: &Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_owned())
        .to_string_lossy()
        .into_owned()
}

fn how(input: &Input) -> String {
    match (&input.env, input.kind) {
        (Some(variable), _) => format!(": set {variable}"),
        (None, Type::Secret) => format!(": set {}", input.secret_variable()),
        (None, _) => format!(": give it with -i {}=…", input.name),
    }
}

pub(in crate::session) fn from_variable(input: &Input) -> Option<String> {
    let variable = match (&input.env, input.kind) {
        (Some(variable), _) => variable.clone(),
        (None, Type::Secret) => input.secret_variable(),
        (None, _) => return None,
    };
    std::env::var(variable).ok()
}

/// The digests of the used runbooks, by name.
fn used_digests(runbook: &Runbook) -> BTreeMap<String, String> {
    runbook
        .used
        .iter()
        .map(|used| {
            (
                used.name.clone(),
                Hash::of(used.text.as_bytes()).to_string(),
            )
        })
        .collect()
}
