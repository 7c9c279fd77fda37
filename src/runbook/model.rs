//! The model: a runbook whose every name, template and route was checked.

use std::time::Duration;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::{diagnostic::Span, step::Step};
use crate::template::{Type, Types, Value};

/// A checked runbook.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// What it does, in a few words.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// Who answers for it.
    pub owners: Vec<String>,
    /// For the home screen's filter.
    pub tags: Vec<String>,
    /// Signs that this is the right runbook.
    pub when_to_use: Vec<String>,
    /// Name and address.
    pub links: Vec<(String, Text)>,
    /// What must be there before the first step.
    pub requires: Requires,
    /// How often it should be drilled.
    pub drill_every: Option<Duration>,
    /// What the operator is asked for.
    pub inputs: Vec<Input>,
    /// Where it can run.
    pub environments: Vec<Environment>,
    /// Variables of every command.
    pub env: Vec<(String, Text)>,
    /// Measured during the whole run.
    pub signals: Vec<Signal>,
    /// The phases in the order of the file; those of a used runbook stand where
    /// it is used.
    pub phases: Vec<Phase>,
    /// What must be offered before the run closes: a phase named [`CLEANUP`].
    pub cleanup: Option<Phase>,
    /// Names that stand for what a used runbook's inputs were given.
    pub bindings: Vec<Binding>,
    /// The runbooks that it uses.
    pub used: Vec<Used>,
    /// The type of every name that a template can use.
    pub types: Types,
}

/// The id of the phase that holds the cleanup's steps.
pub const CLEANUP: &str = "cleanup";

impl Runbook {
    /// Every phase, the cleanup last.
    pub fn all_phases(&self) -> impl Iterator<Item = &Phase> {
        self.phases.iter().chain(&self.cleanup)
    }

    /// The phase of this id.
    pub fn phase(&self, id: &str) -> Option<&Phase> {
        self.all_phases().find(|phase| phase.id == id)
    }

    /// The step of this id, with its phase.
    pub fn step(&self, id: &str) -> Option<(&Phase, &Step)> {
        self.all_phases()
            .find_map(|phase| phase.step(id).map(|step| (phase, step)))
    }

    /// Every step in the order of the file.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.all_phases().flat_map(|phase| &phase.steps)
    }

    /// The environment of this name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments
            .iter()
            .find(|environment| environment.name == name)
    }
}

/// A text template (Tera).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// As the author wrote it.
    pub source: String,
    /// Where.
    pub at: Span,
}

impl Text {
    /// No text.
    pub const EMPTY: Text = Text {
        source: String::new(),
        at: Span {
            line: 0,
            column: 0,
            offset: 0,
            length: 0,
        },
    };
}

/// An expression that comes out true or false, or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// As the author wrote it.
    pub source: String,
    /// Where.
    pub at: Span,
}

/// A compiled regular expression that remembers its source.
#[derive(Debug, Clone)]
pub struct Pattern(pub Regex);

impl Pattern {
    /// The expression's text.
    pub fn source(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the whole text matches, as an input's pattern demands.
    pub fn matches_whole(&self, text: &str) -> bool {
        self.0
            .find_iter(text)
            .any(|found| found.start() == 0 && found.end() == text.len())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

/// Tools and variables that a run needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requires {
    /// Programs on the PATH.
    pub tools: Vec<String>,
    /// Environment variables that must be set.
    pub env: Vec<String>,
}

/// Something the operator is asked for before the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its name in templates.
    pub name: String,
    /// What it means.
    pub description: String,
    /// Its type; a secret is [`Type::Secret`].
    pub kind: Type,
    /// Used when nothing is given; without one the input is required.
    pub default: Option<Value>,
    /// What the whole value must match.
    pub pattern: Option<Pattern>,
    /// The values it may have, if they are few.
    pub options: Vec<Value>,
    /// A read-only script that prints values to choose from.
    pub options_from: Option<OptionsFrom>,
    /// The environment variable that fills it in, and that carries a secret.
    pub env: Option<String>,
}

impl Input {
    /// Whether its value is never shown, logged or journaled.
    pub fn is_secret(&self) -> bool {
        self.kind == Type::Secret
    }

    /// The environment variable under which a secret reaches commands.
    pub fn secret_variable(&self) -> String {
        self.env
            .clone()
            .unwrap_or_else(|| format!("SECRET_{}", self.name.to_uppercase()))
    }

    /// Checks a text that someone gave for this input.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        if text.contains('\0') {
            return Err(format!("{} must not contain a NUL character", self.name));
        }
        if self.kind == Type::Secret {
            return Ok(Value::Secret {
                variable: self.secret_variable(),
            });
        }
        let value =
            Value::parse(text, self.kind).map_err(|reason| format!("{}: {reason}", self.name))?;
        if let Some(pattern) = &self.pattern
            && !pattern.matches_whole(text)
        {
            return Err(format!("{} must match {}", self.name, pattern.source()));
        }
        if !self.options.is_empty() && !self.options.contains(&value) {
            let options: Vec<String> = self.options.iter().map(ToString::to_string).collect();
            return Err(format!(
                "{} must be one of {}",
                self.name,
                options.join(", ")
            ));
        }
        Ok(value)
    }
}

/// A script that prints values to choose from, one a line.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionsFrom {
    /// Bash; sees the inputs before it in the file.
    pub script: Text,
    /// The part of a line that is the value; lines without it are left out.
    pub regex: Option<Pattern>,
}

/// Something that is measured during the whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Its name; a number of this name stands in `healthy`.
    pub name: String,
    /// Bash, read-only; sees the inputs.
    pub script: Text,
    /// The part of its output that is the number; without it all of it.
    pub regex: Option<Pattern>,
    /// From one sample to the next, at least.
    pub every: Duration,
    /// Of the number.
    pub unit: String,
    /// True while it is as it should be.
    pub healthy: Option<Expression>,
    /// Where it stands.
    pub at: Span,
}

impl Signal {
    /// Its name as people read it; one of a used runbook says of which.
    pub fn title(&self) -> String {
        self.name.replace("__", ": ").replace('_', " ")
    }
}

/// What an input of a used runbook was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Its name here, with the prefix of the step that uses it.
    pub name: String,
    /// Its type there.
    pub kind: Type,
    /// A template of names that are known where it is used.
    pub value: Text,
    /// What the used runbook demands of it.
    pub input: Input,
}

/// A runbook that another one uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The prefix of its ids: the step's id and `__`.
    pub prefix: String,
    /// Its name.
    pub name: String,
    /// Its text, which the run keeps.
    pub text: String,
    /// Variables of its commands alone, its signals and its gates' evidence among
    /// them; those of its steps hold them already.
    pub env: Vec<(String, Text)>,
}

/// A place where the runbook can run.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Whether drills may run here.
    pub drill: bool,
    /// The colour of its name on the screen.
    pub color: Option<String>,
    /// How destructive steps are confirmed here.
    pub confirm: Confirm,
    /// Values that it sets.
    pub inputs: Vec<(String, Value)>,
    /// Variables that it sets.
    pub env: Vec<(String, Text)>,
    /// Bash, read-only: exit 0 proves that this is the place it is taken for.
    pub guard: Option<Text>,
}

/// How a destructive step is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confirm {
    /// By typing the target's name.
    #[default]
    Type,
    /// By one key.
    Key,
}

/// What a phase is for; the report's times are measured by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Finding out.
    Assess,
    /// Keeping it from getting worse.
    Stop,
    /// Returning the application.
    RollbackApp,
    /// Returning the database.
    RollbackDb,
    /// Proving that it is good again.
    Verify,
    /// What is left to do.
    Post,
}

/// A phase of the runbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// Unique in the file.
    pub id: String,
    /// For people.
    pub title: String,
    /// What its time counts as.
    pub role: Option<Role>,
    /// How long it should take.
    pub budget: Option<Duration>,
    /// False: not taken. Evaluated once, on arrival.
    pub when: Option<Expression>,
    /// The prefix of the used runbook that it belongs to; empty for the file's own.
    pub scope: String,
    /// It stands in the file as a part of the phase before it: that one was parted by
    /// a step that uses a runbook, and whoever is in it still goes through this one.
    pub continues: bool,
    /// The conditions around it, the outer ones first: each is decided about once, with
    /// the first phase under it. `when` holds them too. Empty where nothing is parted.
    pub around: Vec<Around>,
    /// Its own condition beside those around it.
    pub own_when: Option<Expression>,
    /// In order.
    pub steps: Vec<Step>,
}

/// A condition that several phases share, since they stand for one of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Around {
    /// Whose it is: a phase's id, or the prefix of what a step uses.
    pub of: String,
    /// The condition.
    pub when: Expression,
}

impl Phase {
    /// The step of this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}
