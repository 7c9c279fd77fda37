//! The model: a runbook whose every name, template and route was checked.

use std::time::Duration;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::diagnostic::Span;
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
    /// The phases in the order of the file.
    pub phases: Vec<Phase>,
    /// The type of every name that a template can use.
    pub types: Types,
}

impl Runbook {
    /// The phase of this id.
    pub fn phase(&self, id: &str) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.id == id)
    }

    /// The step of this id, with its phase.
    pub fn step(&self, id: &str) -> Option<(&Phase, &Step)> {
        self.phases
            .iter()
            .find_map(|phase| phase.step(id).map(|step| (phase, step)))
    }

    /// Every step in the order of the file.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.phases.iter().flat_map(|phase| &phase.steps)
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
    /// In order.
    pub steps: Vec<Step>,
}

impl Phase {
    /// The step of this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// A step of the runbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Unique in the file.
    pub id: String,
    /// For people.
    pub title: Text,
    /// Markdown: why it is done.
    pub why: Text,
    /// False: not taken. Evaluated once, on arrival.
    pub when: Option<Expression>,
    /// What it acts on.
    pub target: Option<Text>,
    /// Name and address.
    pub links: Vec<(String, Text)>,
    /// What it may do to the world.
    pub effect: Effect,
    /// What it does.
    pub kind: Kind,
    /// Where it stands.
    pub at: Span,
}

impl Step {
    /// Checks a text that someone gives in place of one of its values.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn fits(&self, name: &str, text: &str) -> Result<(), String> {
        if let Kind::Manual(manual) = &self.kind
            && let Some(input) = manual.record.iter().find(|input| input.name == name)
        {
            return input.read(text).map(drop);
        }
        match self.makes().into_iter().find(|(made, _)| *made == name) {
            Some((_, kind)) => Value::parse(text, kind).map(drop),
            None => Ok(()),
        }
    }

    /// The names it makes, with their types.
    pub fn makes(&self) -> Vec<(&str, Type)> {
        match &self.kind {
            Kind::Run(run) => run
                .outputs
                .iter()
                .map(|o| (o.name.as_str(), o.kind))
                .collect(),
            Kind::Manual(manual) => manual
                .record
                .iter()
                .map(|input| (input.name.as_str(), input.kind))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What a person is asked for under this name.
    pub fn records(&self, name: &str) -> Option<&Input> {
        match &self.kind {
            Kind::Manual(manual) => manual.record.iter().find(|input| input.name == name),
            _ => None,
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Runs a script.
    Run(Box<Run>),
    /// Asks for a decision.
    Gate(Gate),
    /// Something a person does.
    Manual(Manual),
    /// Lets time pass.
    Wait(Wait),
}

/// What a command may do to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Looks, and changes nothing.
    Read,
    /// Changes something that can be changed back.
    Write,
    /// Changes something for good.
    Destructive,
}

impl Effect {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Destructive => "destructive",
        }
    }
}

/// What interprets a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shell {
    /// `bash -euo pipefail -c`.
    Bash,
    /// `sh -eu -c`.
    Sh,
    /// `python3 -c`.
    Python3,
    /// A program and its arguments; the script is the last one.
    Argv(Vec<String>),
}

impl Shell {
    /// The program and its arguments for a script.
    pub fn argv(&self, script: &str) -> Vec<String> {
        let prefix: &[&str] = match self {
            Shell::Bash => &["bash", "-euo", "pipefail", "-c"],
            Shell::Sh => &["sh", "-eu", "-c"],
            Shell::Python3 => &["python3", "-c"],
            Shell::Argv(argv) => {
                let mut argv = argv.clone();
                argv.push(script.to_owned());
                return argv;
            }
        };
        let mut argv: Vec<String> = prefix.iter().map(|&word| word.to_owned()).collect();
        argv.push(script.to_owned());
        argv
    }
}

/// A script to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The script: a template.
    pub script: Text,
    /// What interprets it.
    pub shell: Shell,
    /// Where it runs.
    pub cwd: Option<Text>,
    /// Variables of this command.
    pub env: Vec<(String, Text)>,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// From TERM to KILL.
    pub kill_grace: Duration,
    /// How often it is tried again by itself.
    pub retry: Retry,
    /// What counts as success.
    pub expect: Expect,
    /// What is taken from its output.
    pub outputs: Vec<Output>,
    /// What happens when it fails.
    pub on_failure: OnFailure,
    /// What the author offers when it fails.
    pub fallbacks: Vec<Fallback>,
}

/// Attempts that follow a failure by themselves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retry {
    /// All attempts, the first one too.
    pub attempts: u32,
    /// Before the second attempt.
    pub delay: Duration,
    /// The delay grows by this factor.
    pub backoff: f64,
}

impl Retry {
    /// The wait before the attempt after `done` attempts, if there is one.
    pub fn after(&self, done: u32) -> Option<Duration> {
        if done >= self.attempts {
            return None;
        }
        let power = i32::try_from(done.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.delay.as_secs_f64() * self.backoff.powi(power);
        Some(Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0)))
    }
}

/// What counts as success.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    /// Exit codes.
    pub exit: Vec<i32>,
    /// Must be found in standard output.
    pub stdout: Option<Pattern>,
    /// Must be true afterwards; may use the step's own outputs.
    pub that: Option<Expression>,
}

/// A value taken from standard output.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its name in templates.
    pub name: String,
    /// How it is found.
    pub pick: Pick,
    /// Its type.
    pub kind: Type,
    /// Used when it is not found.
    pub default: Option<Value>,
}

/// How a value is found in standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The first group of the first match.
    Regex(String),
    /// A JSON pointer.
    Json(String),
    /// A line: 1 is the first, -1 the last.
    Line(i64),
    /// All of it, without the last newline.
    Text,
}

/// What happens when a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// The operator decides.
    #[default]
    Pause,
    /// The run goes on; the failure stays marked.
    Continue,
    /// The run closes as failed.
    Abort,
}

/// Another way that the author offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Fallback {
    /// For people.
    pub title: String,
    /// The script: a template.
    pub script: Text,
    /// What it may do.
    pub effect: Effect,
}

/// A decision that everything after it waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// A read-only script, run when the gate opens.
    pub evidence: Option<Text>,
    /// The table that the operator decides by.
    pub criteria: Vec<Criterion>,
    /// The first that holds is marked.
    pub suggest: Vec<Suggestion>,
    /// In the order of the file.
    pub answers: Vec<Answer>,
    /// Without a person.
    pub headless: GateHeadless,
}

impl Gate {
    /// The answer of this name.
    pub fn answer(&self, name: &str) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.name == name)
    }
}

/// A line of the gate's table.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// For people.
    pub name: String,
    /// What was measured.
    pub value: Expression,
    /// Of the value.
    pub unit: String,
    /// True: the limit is exceeded.
    pub limit: Expression,
}

/// An answer that the facts speak for.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// When it holds.
    pub when: Expression,
    /// The answer.
    pub answer: String,
    /// The reason shown.
    pub because: Text,
}

/// One way to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its id: the value of `answers.<gate>`.
    pub name: String,
    /// For people.
    pub label: Text,
    /// The phases that follow instead; `None`: the route stays.
    pub then: Option<Vec<String>>,
    /// What follows, in words.
    pub consequence: Text,
    /// Whether it needs a reason.
    pub reason_required: bool,
}

/// What a gate does without a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum GateHeadless {
    /// Stops the session; the run stays open.
    #[default]
    Stop,
    /// Takes the suggestion that holds.
    Suggested,
    /// Takes this answer.
    Answer(String),
}

/// Something a person does.
#[derive(Debug, Clone, PartialEq)]
pub struct Manual {
    /// Markdown.
    pub instructions: Text,
    /// Each is ticked and timestamped.
    pub checklist: Vec<Text>,
    /// Asked for; becomes outputs.
    pub record: Vec<Input>,
    /// To paste elsewhere.
    pub copy: Option<Text>,
    /// Without a person: skipped (an open action item) or a stop.
    pub headless_skip: bool,
}

/// Time that passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// How long; with `until`, at most.
    pub duration: Duration,
    /// Ends the wait when it becomes true.
    pub until: Option<Expression>,
}
