//! The steps. Their kinds are fields of one object, each of which excludes the others: so an editor completes all of a
//! step's fields from the start, which a choice between objects would not let it do.

use schemars::JsonSchema;

use super::{
    file::{Input, Type},
    gates::Gate,
    words::{
        AnyText, Duration, Expression, Id, Map, Name, OrNothing, Part, Regex, Script, Text, Value,
        Variable,
    },
};

/// A step: a command, a decision, something a person does, a wait, or another runbook.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend(
    "oneOf" = [
        { "required": ["run"] }, { "required": ["parallel"] }, { "required": ["gate"] },
        { "required": ["manual"] }, { "required": ["wait"] }, { "required": ["uses"] }
    ],
    "allOf" = [
        {
            "if": { "properties": { "effect": { "const": "destructive" } }, "required": ["effect"] },
            "then": { "required": ["target"] }
        },
        {
            "if": { "not": { "anyOf": [{ "required": ["run"] }, { "required": ["parallel"] }] } },
            "then": { "not": { "anyOf": [
                { "required": ["shell"] }, { "required": ["cwd"] }, { "required": ["env"] },
                { "required": ["tty"] }, { "required": ["timeout"] }, { "required": ["kill_grace"] },
                { "required": ["silence"] }, { "required": ["retry"] }, { "required": ["poll"] },
                { "required": ["expect"] }, { "required": ["outputs"] }, { "required": ["watch"] },
                { "required": ["on_failure"] }, { "required": ["fallbacks"] }, { "required": ["probe"] },
                { "required": ["rehearse"] }
            ] } }
        }
    ],
    "not" = { "anyOf": [
        { "required": ["poll", "retry"] },
        { "properties": { "tty": { "const": true } }, "required": ["parallel", "tty"] }
    ] },
    "dependentRequired" = { "with": ["uses"] }
))]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Step {
    /// Unique in the file; templates use it as `steps.<id>`, and a gate's as `answers.<id>`.
    id: Id,
    /// For people. A template; without it, the id with blanks.
    title: Option<Text>,
    /// Markdown: why it is done. A template.
    why: Option<Text>,
    /// An expression; false: the step is not taken, and the reason is recorded. Evaluated once, on arrival.
    #[schemars(extend("examples" = ["answers.migrations_ran == \"contract\""]))]
    when: Option<Expression>,
    /// What it may do to the world. Without it: `write` for a command, `read` for all else.
    effect: Option<Effect>,
    /// What it acts on: the name that the operator types to confirm a destructive step. A template.
    #[schemars(extend("examples" = ["{{ service }}"]))]
    target: Option<Text>,
    /// Name and address of what the operator may want to look at. Templates.
    links: Option<Map<Name, AnyText>>,
    /// Who sees to what is left of it after the run: stands beside its action items. A template.
    #[schemars(extend("examples" = ["payments-oncall"]))]
    owner: Option<Text>,
    /// Until when its action items are to be done: how long after the run began.
    #[schemars(extend("examples" = ["2d"]))]
    due: Option<Duration>,

    /// A script. `{{ name }}` is quoted for the place where it stands: a bare word, inside plain double quotes or
    /// inside plain single quotes; elsewhere it is refused.
    #[schemars(extend("examples" = ["kubectl rollout undo deployment/{{ service }}"]))]
    run: Option<Script>,
    /// Scripts that run side by side, by their names, each with a pane of its own.
    #[schemars(extend("minProperties" = 1))]
    parallel: Option<Map<Part, Script>>,
    /// A decision that everything after it waits for.
    gate: Option<Gate>,
    /// Something that a person does.
    manual: Option<Manual>,
    /// Time that passes.
    wait: Option<Wait>,
    /// Another runbook, whose phases stand here; its ids get this step's id and `__` in front.
    uses: Option<Text>,
    /// The inputs of the used runbook, by their names. Templates.
    with: Option<Map<Id, AnyText>>,

    /// What interprets the script.
    #[schemars(extend("default" = "bash"))]
    shell: Option<Shell>,
    /// Where it runs. A template.
    cwd: Option<Text>,
    /// Variables of this command. Templates; the values are passed as they are, never through a shell.
    env: Option<Map<Variable, AnyText>>,
    /// A real terminal that the operator can type into, for what asks for a password.
    #[schemars(extend("default" = false))]
    tty: Option<bool>,
    /// How long one attempt may take.
    #[schemars(extend("default" = "5m"))]
    timeout: Option<Duration>,
    /// From TERM to KILL when it is stopped.
    #[schemars(extend("default" = "10s"))]
    kill_grace: Option<Duration>,
    /// Warns after so long without output; nothing is stopped for it.
    #[schemars(extend("examples" = ["60s"]))]
    silence: Option<Duration>,
    /// Tried again by itself after a failure.
    retry: Option<Retry>,
    /// Repeated until it succeeds.
    poll: Option<Poll>,
    /// What counts as success; without it, exit 0.
    expect: Option<Expect>,
    /// Values taken from what the command prints; each becomes a name for templates.
    outputs: Option<Map<Id, OrNothing<Output>>>,
    /// Companions that run beside it and end with it, by their names, each with a pane of its own.
    watch: Option<Map<Part, Script>>,
    /// What happens when it fails.
    #[schemars(extend("default" = "pause"))]
    on_failure: Option<OnFailure>,
    /// Other ways, offered when it fails.
    fallbacks: Option<Vec<Fallback>>,
    /// A read-only script that tells, after a crash, whether it took effect: exit 0, it did; 1, it did not.
    probe: Option<Script>,
    /// What runs in its place in a rehearsal.
    rehearse: Option<Script>,
}

/// What a step may do to the world.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Effect {
    /// Looks, and changes nothing. It can be run again at any time.
    Read,
    /// Changes something that can be changed back.
    Write,
    /// Changes something for good. It needs `target`, and the operator confirms it.
    Destructive,
}

/// What interprets a script.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Shell {
    Known(KnownShell),
    /// A program and its arguments; the script is the last one.
    Argv(#[schemars(length(min = 1))] Vec<Text>),
}

/// A shell by its name.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum KnownShell {
    /// `bash -euo pipefail -c`
    Bash,
    /// `sh -eu -c`
    Sh,
    /// `python3 -c`; values come through `env`.
    Python3,
}

/// Attempts that follow a failure by themselves.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Retry {
    /// All attempts, the first one too.
    #[schemars(range(min = 1, max = 100))]
    attempts: u32,
    /// Before the second attempt.
    #[schemars(extend("default" = "0s"))]
    delay: Option<Duration>,
    /// The delay grows by this factor.
    #[schemars(range(min = 1, max = 10), extend("default" = 1))]
    backoff: Option<f64>,
}

/// A command that is repeated until it succeeds.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Poll {
    /// From the end of one attempt to the next.
    #[schemars(extend("default" = "5s"))]
    every: Option<Duration>,
    /// All attempts together; running out is a failure.
    #[schemars(extend("examples" = ["3m"]))]
    timeout: Duration,
    /// It must go on succeeding for so long.
    #[schemars(extend("examples" = ["30s"]))]
    hold: Option<Duration>,
}

/// What counts as success.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Expect {
    /// An exit code, or several.
    #[schemars(extend("default" = [0]))]
    exit: Option<Exit>,
    /// A regular expression that must be found in standard output.
    stdout: Option<Regex>,
    /// An expression that must be true afterwards; it may use the step's own outputs.
    #[schemars(extend("examples" = ["error_rate < 1"]))]
    that: Option<Expression>,
}

/// Exit codes.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Exit {
    One(i32),
    Several(Vec<i32>),
}

/// A value taken from standard output in one way. Without any, the script writes a line NAME=value into the file that
/// `$RBCONSOLE_OUTPUT` names.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["regex"] }, { "required": ["json"] }, { "required": ["line"] }, { "required": ["text"] },
    { "not": { "anyOf": [
        { "required": ["regex"] }, { "required": ["json"] }, { "required": ["line"] }, { "required": ["text"] }
    ] } }
]))]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Output {
    /// A regular expression; its first group is the value.
    #[schemars(extend("examples" = ["(?m)^error_rate=([0-9.]+)$"]))]
    regex: Option<Regex>,
    /// A JSON pointer into the output.
    #[schemars(regex(pattern = "^(/|$)"), extend("examples" = ["/items/0/name"]))]
    json: Option<String>,
    /// A line: 1 is the first, -1 the last.
    #[schemars(extend("not" = { "const": 0 }))]
    line: Option<i64>,
    /// All of it, without the last newline.
    #[schemars(extend("const" = true))]
    text: Option<bool>,
    /// The type of the value.
    #[schemars(extend("default" = "string"))]
    r#type: Option<Type>,
    /// Used when it is not found.
    default: Option<Value>,
    /// Which of the parallel scripts prints it.
    from: Option<Text>,
}

/// What happens when a step fails.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum OnFailure {
    /// The operator decides.
    Pause,
    /// The run goes on; the failure stays marked.
    Continue,
    /// The run closes as failed.
    Abort,
}

/// Another way that the author offers.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Fallback {
    /// For people.
    title: Text,
    /// The script.
    run: Script,
    /// What it may do.
    #[schemars(extend("default" = "write"))]
    effect: Option<Effect>,
}

/// Something that a person does.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{ "required": ["instructions"] }, { "required": ["checklist"] }]))]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Manual {
    /// Markdown: what to do. A template.
    instructions: Option<Text>,
    /// Each entry is ticked, with its time; what is not becomes an action item. Templates, or an entry's fields.
    checklist: Option<Vec<Entry>>,
    /// What is asked for afterwards, by its names; it becomes outputs.
    record: Option<Map<Id, OrNothing<Input>>>,
    /// A text to paste elsewhere; `y` copies it. A template.
    copy: Option<Text>,
    /// Without a person.
    #[schemars(extend("default" = "stop"))]
    headless: Option<ManualHeadless>,
}

/// An entry of a checklist: its text, or its fields.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Entry {
    /// What is ticked.
    Text(Text),
    /// With who sees to it.
    Fields(Item),
}

/// An entry of a checklist, with who sees to it if it is left open.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Item {
    /// What is ticked. A template.
    text: Text,
    /// Who sees to it if it is left open; without it, the step's. A template.
    owner: Option<Text>,
    /// Until when: how long after the run began; without it, the step's.
    #[schemars(extend("examples" = ["2d"]))]
    due: Option<Duration>,
}

/// What a manual step does without a person.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum ManualHeadless {
    /// The run stops there and stays open.
    Stop,
    /// It is skipped and becomes an open action item of the report.
    Skip,
}

/// Time that passes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Wait {
    /// How long; with `until`, at most, and running out fails.
    #[schemars(rename = "for", extend("examples" = ["5m"]))]
    duration: Duration,
    /// An expression that ends the wait when it becomes true.
    until: Option<Expression>,
}
