//! The gates: criteria, suggestions and answers.

use schemars::JsonSchema;

use super::words::{AnswerName, Expression, Map, Script, Text};

/// A decision that everything after it waits for. It always ends in one of its answers.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Gate {
    /// What the operator should have seen before deciding; stored with the decision.
    evidence: Option<Evidence>,
    /// The table that the operator decides by.
    criteria: Option<Vec<Criterion>>,
    /// What the facts speak for: the first that holds is marked. A destructive answer is never preselected.
    suggest: Option<Vec<Suggestion>>,
    /// The answers by their names; `answers.<gate>` is the one that was chosen.
    #[schemars(extend("minProperties" = 1))]
    answers: Map<AnswerName, Answer>,
    /// Without a person: `stop`, `suggested`, or the name of an answer.
    #[schemars(extend("default" = "stop", "examples" = ["stop", "suggested"]))]
    headless: Option<Text>,
}

/// What the operator should have seen before deciding.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Evidence {
    /// A read-only bash script; it runs when the gate opens.
    run: Script,
}

/// A line of the gate's table.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Criterion {
    /// For people.
    #[schemars(extend("examples" = ["Error rate"]))]
    name: Text,
    /// An expression: what was measured.
    #[schemars(extend("examples" = ["error_rate"]))]
    value: Expression,
    /// The unit behind the value.
    #[schemars(extend("examples" = ["%"]))]
    unit: Option<Text>,
    /// An expression that is true when the limit is exceeded.
    #[schemars(extend("examples" = ["error_rate > error_limit"]))]
    limit: Expression,
}

/// An answer that the facts speak for.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Suggestion {
    /// An expression: when it holds.
    when: Expression,
    /// The name of the answer.
    answer: Text,
    /// The reason that is shown. A template.
    because: Option<Text>,
}

/// One way to decide.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Answer {
    /// For people. A template.
    label: Text,
    /// The phases that follow instead of the rest; `[]` ends the run there. Without it, the route stays.
    then: Option<Vec<Text>>,
    /// What follows, in words: what it costs, how long it takes, what is lost. A template.
    consequence: Option<Text>,
    /// Whether the operator must give a reason.
    #[schemars(extend("default" = "optional"))]
    reason: Option<Reason>,
    /// Who must agree.
    approvals: Option<Approvals>,
}

/// Whether an answer needs a reason.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the variants are what the schema is made of")]
pub enum Reason {
    /// The answer is refused without one.
    Required,
    /// One may be given.
    Optional,
}

/// Who must agree with an answer.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are what the schema is made of")]
pub struct Approvals {
    /// Names of people or of groups; anybody but the one who drives the run, if it is left out.
    #[schemars(extend("examples" = [["dba"]]))]
    from: Option<Vec<Text>>,
    /// How many of them.
    #[schemars(range(min = 1, max = 100), extend("default" = 1))]
    count: Option<u32>,
}
