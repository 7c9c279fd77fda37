//! The top level of the file: everything but the steps.

use schemars::JsonSchema;

use super::{
    steps::{Shell, Step},
    words::{
        AnyText, Duration, Expression, Id, Map, Name, OrNothing, Regex, Script, Text, Value,
        Variable,
    },
};

/// A rollback runbook: one YAML file that rbconsole walks an operator through. `rbconsole check` says what is wrong
/// with it beyond its shape.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "rbconsole runbook, version 1")]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Runbook {
    /// The version of the runbook language.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// What the runbook does, in a few words.
    #[schemars(extend("examples" = ["Roll back a Kubernetes Deployment"]))]
    title: Text,
    /// Markdown: what it does, and what it does not do.
    description: Option<Text>,
    /// Who answers for it.
    #[schemars(extend("examples" = [["payments-oncall"]]))]
    owners: Option<Vec<Text>>,
    /// Words for the filter of the home screen.
    #[schemars(extend("examples" = [["kubernetes", "rollback"]]))]
    tags: Option<Vec<Text>>,
    /// Signs that this is the right runbook.
    #[schemars(extend("examples" = [["Error rate above 5 % for more than 3 minutes after a deployment"]]))]
    when_to_use: Option<Vec<Text>>,
    /// Name and address of what the operator may want to look at. Templates.
    links: Option<Map<Name, AnyText>>,
    /// What must be there before the first step; checked all at once.
    requires: Option<Requires>,
    /// How the rollback is kept in practice.
    drill: Option<Drill>,
    /// What the operator is asked for before the run.
    inputs: Option<Map<Id, OrNothing<Input>>>,
    /// Where it can run.
    environments: Option<Map<Name, Environment>>,
    /// Variables of every command. Templates; the values are passed as they are, never through a shell.
    env: Option<Map<Variable, AnyText>>,
    /// What every step inherits.
    defaults: Option<Defaults>,
    /// Measured during the whole run, drawn as sparklines and kept for the report.
    signals: Option<Map<Id, Signal>>,
    /// The phases in the order in which they run, unless an answer chooses others.
    #[schemars(length(min = 1))]
    phases: Vec<Phase>,
    /// Steps that must be offered before the run can close, if their `when` holds: a rollout left paused, a canary
    /// scaled down.
    cleanup: Option<Vec<Step>>,
}

/// Tools and variables that a run needs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Requires {
    /// Programs that must be on the PATH.
    #[schemars(extend("examples" = [["kubectl", "jq"]]))]
    tools: Option<Vec<Text>>,
    /// Environment variables that must be set.
    #[schemars(extend("examples" = [["KUBECONFIG"]]))]
    env: Option<Vec<Text>>,
}

/// How the rollback is kept in practice.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Drill {
    /// How often it should be drilled; the home screen says when that is overdue.
    #[schemars(extend("examples" = ["30d"]))]
    every: Duration,
}

/// Something that the operator is asked for.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("allOf" = [{
    "if": { "properties": { "secret": { "const": true } }, "required": ["secret"] },
    "then": { "not": { "anyOf": [{ "required": ["default"] }, { "required": ["type"] }] } }
}]))]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Input {
    /// What it means, beside the field of the form.
    description: Option<Text>,
    /// The type of its value in expressions.
    #[schemars(extend("default" = "string"))]
    r#type: Option<Type>,
    /// Never shown, journaled, logged or put into an argument list. It has neither `type` nor `default`.
    #[schemars(extend("default" = false))]
    secret: Option<bool>,
    /// Used when nothing is given; without a default the input is required. An empty text makes it optional.
    default: Option<Value>,
    /// A regular expression that the whole value must match.
    #[schemars(extend("examples" = ["[a-z0-9-]+"]))]
    pattern: Option<Regex>,
    /// The values it may have.
    options: Option<Vec<Value>>,
    /// A command that prints the values to choose from.
    options_from: Option<OptionsFrom>,
    /// The environment variable that fills it in; a secret reaches commands under this name.
    env: Option<Text>,
}

/// A command that prints values to choose from, one a line.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct OptionsFrom {
    /// A read-only bash script; it sees the inputs before it in the file.
    run: Script,
    /// The first group is the value; lines that do not match are left out.
    regex: Option<Regex>,
}

/// The type of a value.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Type {
    /// A text, compared letter by letter.
    String,
    /// A number: `1`, `2.5`, `-3`.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// A place where the runbook can run.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Environment {
    /// Whether drills may run here.
    #[schemars(extend("default" = false))]
    drill: Option<bool>,
    /// The colour of its name on the screen.
    color: Option<Color>,
    /// How destructive steps are confirmed here.
    #[schemars(extend("default" = "type"))]
    confirm: Option<Confirm>,
    /// Values that it gives to inputs.
    inputs: Option<Map<Id, Value>>,
    /// Variables that it sets for every command. Templates.
    env: Option<Map<Variable, AnyText>>,
    /// A read-only bash script: exit 0 proves that this is the place it is taken for. A drill needs one.
    #[schemars(extend("examples" = ["kubectl config current-context | grep -qx staging"]))]
    guard: Option<Script>,
}

/// A colour of the screen.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Color {
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    White,
    Gray,
}

/// How a destructive step is confirmed.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Confirm {
    /// By typing the target's name.
    Type,
    /// By one key.
    Key,
}

/// What every step inherits.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Defaults {
    /// How long one attempt may take.
    #[schemars(extend("default" = "5m"))]
    timeout: Option<Duration>,
    /// From TERM to KILL when a command is stopped.
    #[schemars(extend("default" = "10s"))]
    kill_grace: Option<Duration>,
    /// What interprets scripts.
    #[schemars(extend("default" = "bash"))]
    shell: Option<Shell>,
}

/// Something that is measured during the whole run.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Signal {
    /// A read-only bash script that prints the number; it sees the inputs.
    run: Script,
    /// The first group is the number; without it, the whole output is.
    #[schemars(extend("examples" = ["error_rate ([\\d.]+)"]))]
    regex: Option<Regex>,
    /// From one sample to the next, at least.
    #[schemars(extend("default" = "10s"))]
    every: Option<Duration>,
    /// The unit behind the number.
    #[schemars(extend("examples" = ["%"]))]
    unit: Option<Text>,
    /// An expression that is true while all is well; the number stands in it under the signal's name.
    #[schemars(extend("examples" = ["error_rate <= 1"]))]
    healthy: Option<Expression>,
}

/// A part of the rollback with a purpose of its own.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Phase {
    /// Unique in the file; answers name it in `then`.
    id: Id,
    /// For people.
    title: Text,
    /// What the report's times are measured by.
    role: Option<Role>,
    /// How long it should take; the header shows the time against it.
    #[schemars(extend("examples" = ["2m"]))]
    budget: Option<Duration>,
    /// An expression; false: the phase is not taken. Evaluated once, on arrival.
    when: Option<Expression>,
    /// The steps in the order in which they run.
    #[schemars(length(min = 1))]
    steps: Vec<Step>,
}

/// What a phase is for.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
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
