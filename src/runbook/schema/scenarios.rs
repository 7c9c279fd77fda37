//! Files of scenarios.

use std::{borrow::Cow, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::words::{AnyText, Duration, Id, Map, Name, OrNothing, Text, Value};

/// One thing, or several in a list.
pub struct OneOrMore<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_several", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}

/// What a runbook must do, told as stories. No command runs: `rbconsole test` plays them by the rules of a real run, on
/// a clock of its own.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "rbconsole scenarios, version 1")]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct File {
    /// The version of the scenario language.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// The runbook, as a path from this file or by its name. Without it, the one beside this file.
    #[schemars(extend("examples" = ["./symlink-release.yaml"]))]
    runbook: Option<Text>,
    /// What every scenario says unless it says it otherwise. What is not used here is not a fault.
    defaults: Option<Defaults>,
    /// The stories, each a whole run.
    #[schemars(length(min = 1))]
    scenarios: Vec<Scenario>,
}

/// What a scenario and the defaults both can say.
macro_rules! saying {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(JsonSchema)]
        #[schemars(deny_unknown_fields)]
        #[expect(dead_code, reason = "the fields are what the schema is made of")]
        pub struct $name {
            $($own)*
            /// What kind of run it is.
            #[schemars(extend("default" = "incident"))]
            kind: Option<RunKind>,
            /// The environment of the run: one of the runbook's.
            environment: Option<Text>,
            /// Inputs by their names; those that are not given have their defaults.
            inputs: Option<Map<Id, Value>>,
            /// What commands come to, by the step's id; `STEP/SCRIPT` for one of several scripts, `STEP/probe` for a
            /// probe, and a gate's id for its evidence. A list is used one by one, an attempt each.
            commands: Option<Map<Name, OneOrMore<Reply>>>,
            /// What the operator answers, by the gate's id.
            answers: Option<Map<Name, Given>>,
            /// What the operator does about failures, by the step's id; of a list, one after the other.
            failures: Option<Map<Name, OneOrMore<Act>>>,
            /// Steps that the operator leaves out, by their ids, each with its reason.
            skips: Option<Map<Name, LeftOut>>,
            /// Manual steps that are done, by their ids.
            manual: Option<Map<Name, Done>>,
            /// What stands for the outputs of a step that a rehearsal does not run, by the step's id.
            rehearse: Option<Map<Name, Map<Id, AnyText>>>,
        }
    };
}

saying!(
    /// What every scenario of the file says unless it says it otherwise.
    Defaults {}
);
saying!(
    /// One run, from its beginning to its end.
    Scenario {
        /// What the story is called; no two have the same name.
        name: Text,
        /// What must be true at the end.
        expect: Expect,
    }
);

/// What kind of run it is.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum RunKind {
    /// A real one.
    Incident,
    /// For practice; its environment has `drill: true`.
    Drill,
    /// A walk through the runbook in which nothing is done to the world.
    Rehearsal,
}

/// What one run of a command comes to: exit 0 and no output, if nothing else is said.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Reply {
    /// Its exit code.
    #[schemars(extend("default" = 0))]
    exit: Option<i32>,
    /// What it prints on standard output; outputs are taken from it as in a real run.
    stdout: Option<Text>,
    /// What it writes into the file that `$RBCONSOLE_OUTPUT` names, by the names that the script writes.
    variables: Option<Map<Name, AnyText>>,
    /// How long it takes, on the scenario's clock.
    #[schemars(extend("default" = "1s"))]
    takes: Option<Duration>,
    /// For how many attempts this is so. Without it: one attempt in a list, else every one.
    times: Option<u32>,
    /// How it ends, if not with an exit code.
    ends: Option<Ends>,
    /// Why it did not start, with `ends: not_started`.
    reason: Option<Text>,
}

/// How a command ends that has no exit code.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Ends {
    Word(EndsWord),
    Signal(End),
}

/// How a command ends, in a word.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum EndsWord {
    /// Its time limit is reached.
    Deadline,
    /// Nobody knows how it ended.
    Lost,
    /// It never began.
    NotStarted,
}

/// A command that a signal ends.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct End {
    /// The signal's number.
    signal: i32,
}

/// The name of an answer, or an answer with what belongs to it.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Given {
    Answer(AnyText),
    Whole(Answer),
}

/// An answer with its reason and its approvals.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
#[expect(
    clippy::struct_field_names,
    reason = "the field is called so in the file"
)]
pub struct Answer {
    /// The name of the answer.
    answer: AnyText,
    /// Why, in the operator's words.
    reason: Option<Text>,
    /// Who agrees beforehand: names, or `name: group` for somebody who speaks for a group.
    #[schemars(extend("examples" = [["grace", { "henry": "dba" }]]))]
    approved_by: Option<Vec<Approver>>,
    /// It is given although approvals are missing.
    #[schemars(extend("default" = false))]
    without_approval: Option<bool>,
}

/// A name, or one name with its group.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Approver {
    Name(Text),
    OfGroup(#[schemars(extend("minProperties" = 1, "maxProperties" = 1))] Map<Name, Text>),
}

/// What the operator does about a failure.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Act {
    Word(ActWord),
    Whole(WholeAct),
}

/// What the operator does about a failure, in a word.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum ActWord {
    /// The step runs again.
    Retry,
    /// The run is closed as aborted.
    Abort,
}

/// One thing that the operator does about a failure.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["skip"] }, { "required": ["took_effect"] }, { "required": ["took_no_effect"] },
    { "required": ["fallback"] }, { "required": ["close"] }
]))]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct WholeAct {
    /// The step is left out, for this reason.
    skip: Option<Text>,
    /// It took effect all the same, for this reason.
    took_effect: Option<Text>,
    /// It took no effect, for this reason.
    took_no_effect: Option<Text>,
    /// Another way is taken: the title of the fallback, or its number from 1.
    fallback: Option<AnyText>,
    /// The run is closed with this outcome.
    close: Option<Close>,
    /// Outputs that the operator types in, with `skip` and `took_effect`.
    values: Option<Map<Id, AnyText>>,
}

/// The reason why a step is left out, or the reason with values.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum LeftOut {
    Reason(Text),
    Whole(WholeLeftOut),
}

/// Why a step is left out, and its outputs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct WholeLeftOut {
    /// Why, in the operator's words.
    reason: Text,
    /// Outputs that the operator types in.
    values: Option<Map<Id, AnyText>>,
}

/// `done`, or what is written down while it is done.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Done {
    Word(DoneWord),
    Whole(WholeDone),
}

/// That a manual step is done.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum DoneWord {
    /// Everything on its list is ticked, and it is done.
    Done,
}

/// What is written down while a manual step is done.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct WholeDone {
    /// What the step records, by its names.
    values: Option<Map<Id, AnyText>>,
}

/// How a run is closed.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Close {
    /// The trouble is over.
    Resolved,
    /// There was nothing to roll back.
    StoodDown,
    /// The rollback did not help.
    Failed,
    /// It was given up.
    Aborted,
}

/// How a run ends.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Outcome {
    /// The trouble is over.
    Resolved,
    /// There was nothing to roll back.
    StoodDown,
    /// The rollback did not help.
    Failed,
    /// It was given up.
    Aborted,
    /// It waits for a person.
    Open,
}

/// What must be true at the end: the outcome, or for whom the run waits, and whatever else matters.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{ "required": ["outcome"] }, { "required": ["waits_for"] }]))]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Expect {
    /// How the run ends.
    outcome: Option<Outcome>,
    /// The step for which the run waits for a person, so that it stays open.
    waits_for: Option<Text>,
    /// The phases that are entered, all of them, in order.
    route: Option<Vec<Text>>,
    /// Phases and steps that are passed over.
    not_taken: Option<Vec<Text>>,
    /// Steps whose command ran, among others.
    ran: Option<Vec<Text>>,
    /// The steps that failed, all of them.
    failed: Option<Vec<Text>>,
    /// The steps that were left out, all of them.
    skipped: Option<Vec<Text>>,
    /// What the rules must refuse when it is asked for.
    refused: Option<Vec<Refused>>,
    /// Values by their names, each of the type of its output.
    outputs: Option<Map<Id, AnyText>>,
    /// The answers that the facts speak for, by the gate's id; nothing behind the colon: for none.
    suggested: Option<Map<Name, OrNothing<AnyText>>>,
    /// Parts of scripts as they run, values filled in, by the names of `commands`.
    scripts: Option<Map<Name, OneOrMore<Text>>>,
    /// Parts of the report.
    report: Option<Vec<Text>>,
}

/// One thing that is asked for in vain.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["run"] }, { "required": ["skip"] }, { "required": ["done"] },
    { "required": ["close"] }, { "required": ["answer"] }
]))]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Refused {
    /// This step is to run.
    run: Option<Text>,
    /// This step is to be left out.
    skip: Option<Text>,
    /// This manual step is said to be done, nothing on its list being ticked.
    done: Option<Text>,
    /// The run is to be closed with this outcome.
    close: Option<Close>,
    /// A gate is to be answered so: its id, and the answer.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
    answer: Option<Map<Name, Given>>,
    /// What is typed to confirm, with `run`.
    confirm: Option<Text>,
    /// The reason that is given, with `skip` and `answer`.
    reason: Option<Text>,
    /// The step whose turn it is then. Without it, the step or gate that is asked about.
    when: Option<Text>,
    /// Words of the refusal.
    says: Option<Text>,
}
