//! The steps of a phase: what each kind carries.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    diagnostic::Span,
    model::{Expression, Input, Pattern, Text},
};
use crate::template::{Type, Value};

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
    /// Who sees to what is left of it after the run.
    pub duty: Duty,
    /// What it does.
    pub kind: Kind,
    /// Where it stands.
    pub at: Span,
}

/// Who sees to what a run leaves undone, and how soon.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Duty {
    /// Who.
    pub owner: Option<Text>,
    /// How long after the run began.
    pub due: Option<Duration>,
}

/// An entry of a checklist.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What is ticked.
    pub text: Text,
    /// Who sees to it if it is not; what it lacks is the step's.
    pub duty: Duty,
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
    /// `bash -euo pipefail -c`, which reads no file of the operator's first.
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
            // Some systems' bash, when it is the first of an ssh session, reads ~/.bashrc
            // also for a script: what runs would depend on where the console was started.
            Shell::Bash => &["bash", "--norc", "-euo", "pipefail", "-c"],
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

/// One script, or several that run side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// One for `run:`; for `parallel:` one or more with names. Never empty.
    pub scripts: Vec<Script>,
    /// What interprets it.
    pub shell: Shell,
    /// Where it runs.
    pub cwd: Option<Text>,
    /// Variables of this command.
    pub env: Vec<(String, Text)>,
    /// In a real terminal that the operator can type into.
    pub tty: bool,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// From TERM to KILL.
    pub kill_grace: Duration,
    /// Silence that is worth a warning; nothing is stopped for it.
    pub silence: Option<Duration>,
    /// How often it is tried again by itself.
    pub retry: Retry,
    /// Repeated until it succeeds.
    pub poll: Option<Poll>,
    /// What counts as success.
    pub expect: Expect,
    /// What is taken from its output.
    pub outputs: Vec<Output>,
    /// Companions that run beside it and end with it.
    pub watch: Vec<Script>,
    /// What happens when it fails.
    pub on_failure: OnFailure,
    /// What the author offers when it fails.
    pub fallbacks: Vec<Fallback>,
    /// Read-only; tells whether it took effect: exit 0, it did; 1, it did not.
    pub probe: Option<Text>,
    /// What runs in its place in a rehearsal.
    pub rehearse: Option<Text>,
}

impl Run {
    /// The script of a `run:`, the first one of a `parallel:`.
    pub fn script(&self) -> &Text {
        // Loading makes sure that there is one.
        static NONE: Text = Text::EMPTY;
        self.scripts.first().map_or(&NONE, |script| &script.text)
    }

    /// Whether several scripts run side by side.
    pub fn is_parallel(&self) -> bool {
        self.scripts.iter().any(|script| !script.name.is_empty())
    }
}

/// A script: a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Its name among others; empty for `run:`.
    pub name: String,
    /// As the author wrote it.
    pub text: Text,
}

/// A command that is repeated until it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// From the end of one attempt to the next.
    pub every: Duration,
    /// All attempts together; running out fails.
    pub timeout: Duration,
    /// It must go on succeeding for so long.
    pub hold: Option<Duration>,
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
    /// Which of the parallel scripts prints it.
    pub from: Option<String>,
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
    /// A line with this name, `NAME=value`, in the file that `$RBCONSOLE_OUTPUT` names.
    /// In a used runbook the output is called something else than what its script writes.
    Variable(String),
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
    /// Whether the author said so; otherwise it is the default.
    pub headless_given: bool,
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
    /// Who must agree.
    pub approvals: Option<Approvals>,
}

/// Who must agree with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvals {
    /// Names of people or of groups; anybody but the driver, if empty.
    pub from: Vec<String>,
    /// How many of them.
    pub count: u32,
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
    pub checklist: Vec<Item>,
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
