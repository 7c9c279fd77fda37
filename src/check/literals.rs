//! What a name is compared with and can never be: an answer that its gate has
//! not, a kind of run that there is not.

use std::collections::HashMap;

use super::file::File;
use crate::runbook::{Code, Diagnostic, Expression, Kind, Runbook, Step};
use crate::template::{self, Relation, Test, Value};

/// How a step can end, in the words of `steps.<id>.outcome`.
const OUTCOMES: &[&str] = &[
    "succeeded",
    "failed",
    "unknown",
    "skipped",
    "took_effect",
    "answered",
    "not_taken",
];

const KINDS: &[&str] = &["incident", "drill", "rehearsal"];

/// Every comparison that nothing can fulfil.
pub fn findings(file: &File<'_>, runbook: &Runbook) -> Vec<Diagnostic> {
    let names = names(runbook);
    let mut all = Vec::new();
    for (scope, expression) in expressions(runbook) {
        let Some(condition) = template::condition(&expression.source) else {
            continue;
        };
        let mut tests = Vec::new();
        condition.tests(&mut tests);
        for test in tests {
            if let Test::Compare {
                name,
                relation: Relation::Equal,
                value: Value::String(text),
            } = test
                && let Some(values) = names.get(name.as_str())
                && !values.contains(&text.as_str())
            {
                all.push(finding(file, (scope, expression), (name, text), values));
            }
        }
    }
    all
}

fn finding(
    file: &File<'_>,
    (scope, expression): (&str, &Expression),
    (name, text): (&str, &str),
    values: &[&str],
) -> Diagnostic {
    let source = &expression.source;
    let written = ['"', '\'', '`']
        .iter()
        .find_map(|quote| source.find(&format!("{quote}{text}{quote}")));
    let at = match written {
        Some(at) => file.within(scope, expression.at, source, at + 1..at + 1 + text.len()),
        None => expression.at,
    };
    let hint = format!("it can be: {}", values.join(", "));
    match name.strip_prefix("answers.") {
        Some(gate) => Diagnostic::error(at, format!("the gate `{gate}` has no answer `{text}`"))
            .code(Code::UnknownPhase)
            .hint(hint),
        None => Diagnostic::warning(at, format!("`{name}` is never `{text}`"))
            .code(Code::Constant)
            .hint(hint),
    }
}

/// The names that can be few texts, and these.
fn names(runbook: &Runbook) -> HashMap<String, Vec<&str>> {
    let mut names = HashMap::new();
    names.insert("run.kind".to_owned(), KINDS.to_vec());
    let places = runbook.environments.iter().map(|place| place.name.as_str());
    let places = std::iter::once("").chain(places).collect();
    names.insert("run.environment".to_owned(), places);
    for input in runbook
        .inputs
        .iter()
        .filter(|input| !input.options.is_empty())
    {
        // The default need not be among them.
        let values = input.options.iter().chain(&input.default);
        let values = values.filter_map(|value| match value {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        });
        names.insert(input.name.clone(), values.collect());
    }
    for step in steps(runbook).map(|(_, step)| step) {
        names.insert(format!("steps.{}.outcome", step.id), OUTCOMES.to_vec());
        if let Kind::Gate(gate) = &step.kind {
            let answers = gate.answers.iter().map(|answer| answer.name.as_str());
            let answers = answers.chain(["not_taken"]).collect();
            names.insert(format!("answers.{}", step.id), answers);
        }
    }
    names
}

fn steps(runbook: &Runbook) -> impl Iterator<Item = (&str, &Step)> {
    runbook
        .all_phases()
        .flat_map(|phase| phase.steps.iter().map(|step| (phase.scope.as_str(), step)))
}

fn expressions(runbook: &Runbook) -> Vec<(&str, &Expression)> {
    let mut all: Vec<(&str, &Expression)> = Vec::new();
    for phase in runbook.all_phases() {
        all.extend(phase.when.iter().map(|when| (phase.scope.as_str(), when)));
    }
    for (scope, step) in steps(runbook) {
        let mut add = |expression| all.push((scope, expression));
        step.when.iter().for_each(&mut add);
        match &step.kind {
            Kind::Run(run) => run.expect.that.iter().for_each(add),
            Kind::Gate(gate) => {
                gate.criteria
                    .iter()
                    .map(|criterion| &criterion.limit)
                    .chain(gate.suggest.iter().map(|suggestion| &suggestion.when))
                    .for_each(add);
            }
            Kind::Wait(wait) => wait.until.iter().for_each(add),
            Kind::Manual(_) => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::check::check;

    #[test]
    fn a_text_that_a_name_can_never_be() {
        let text = r#"version: 1
title: A
inputs: { size: { options: [small, large], default: small } }
phases:
  - id: one
    title: One
    steps:
      - { id: ask, gate: { headless: stop, answers: { go: { label: Go }, leave: { label: Leave, then: [] } } } }
      - { id: a, when: answers.ask == "goo", effect: read, run: echo }
      - { id: b, when: 'size != "medium" and run.kind != "dril"', effect: read, run: echo }
      - { id: c, when: steps.a.outcome == "success", effect: read, run: echo }
      - { id: d, when: answers.ask != "not_taken" and size == "large", effect: read, run: echo }
"#;
        let found: Vec<(String, usize)> = check(text)
            .findings
            .iter()
            .filter(|finding| {
                finding
                    .hint
                    .as_ref()
                    .is_some_and(|hint| hint.starts_with("it can be"))
            })
            .map(|finding| (finding.message.clone(), finding.at.line))
            .collect();
        let expected = [
            ("the gate `ask` has no answer `goo`", 9),
            ("`size` is never `medium`", 10),
            ("`run.kind` is never `dril`", 10),
            ("`steps.a.outcome` is never `success`", 11),
        ];
        assert_eq!(found, expected.map(|(text, line)| (text.to_owned(), line)));
    }
}
