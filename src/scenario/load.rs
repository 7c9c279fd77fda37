//! A file of scenarios becomes a model, or the list of all that is wrong with it.

mod expect;
mod said;

use std::collections::BTreeMap;

use super::model::{Said, Scenario};
use super::names;
use crate::engine::event::RunKind;
use crate::runbook::load::fields::{Fields, Reader};
use crate::runbook::{
    Code, Diagnostic, Runbook,
    diagnostic::Span,
    yaml::{self, Node, Value as Yaml},
};
use crate::template::{Type, Value};

/// What loading found.
#[derive(Debug)]
pub struct Loaded {
    /// There are some only if nothing is wrong.
    pub scenarios: Option<Vec<Scenario>>,
    /// In the order of the file.
    pub findings: Vec<Diagnostic>,
}

/// A file of scenarios that is not yet read for a runbook.
pub struct File {
    root: Node,
    findings: Vec<Diagnostic>,
}

impl File {
    /// Parses a file.
    ///
    /// # Errors
    /// The syntax error.
    pub fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        let (root, findings) = yaml::parse(text)?;
        Ok(Self { root, findings })
    }

    /// The runbook that it names, relative to the file.
    pub fn runbook(&self) -> Option<&str> {
        let Yaml::Map(entries) = &self.root.value else {
            return None;
        };
        let (_, node) = entries.iter().find(|(key, _)| key.name == "runbook")?;
        match &node.value {
            Yaml::Text(name) => Some(name),
            _ => None,
        }
    }

    /// Reads it for its runbook.
    pub fn load(self, book: &Runbook) -> Loaded {
        let mut reader = Reader::default();
        let scenarios = file(&mut reader, &self.root, book);
        let mut findings = self.findings;
        findings.append(&mut reader.findings);
        findings.sort_by_key(|finding| (finding.at.line, finding.at.column));
        findings.dedup();
        Loaded {
            scenarios: scenarios.filter(|_| findings.is_empty()),
            findings,
        }
    }
}

fn file(reader: &mut Reader, root: &Node, book: &Runbook) -> Option<Vec<Scenario>> {
    let mut fields = reader.fields(root, "a file of scenarios")?;
    let version = fields
        .need(reader, "version")
        .and_then(|n| Some((n.at, reader.number::<u32>(n, "the number 1")?)));
    if let Some((at, version)) = version.filter(|(_, version)| *version != 1) {
        reader.error_hint(
            Code::Value,
            at,
            format!("this file is of version {version}; this rbconsole reads version 1"),
            "update rbconsole, or write `version: 1`",
        );
    }
    if let Some(node) = fields.take("runbook") {
        reader.string(node);
    }
    let mut shared = Shared::default();
    if let Some(node) = fields.take("defaults") {
        let mut f = reader.fields(node, "defaults")?;
        shared = parts(reader, &mut f, book, &Shared::default(), false);
        f.finish(reader);
    }
    let list = fields.need(reader, "scenarios");
    fields.finish(reader);
    let list = list?;
    if Reader::is_empty(list) {
        reader.error_hint(
            Code::Value,
            list.at,
            "a file of scenarios needs at least one",
            "scenarios: [ { name: …, answers: { … }, expect: { outcome: resolved } } ]",
        );
    }
    let scenarios = reader.list(list, |reader, node| scenario(reader, node, book, &shared));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for scenario in &scenarios {
        if let Some(line) = seen.insert(&scenario.name, scenario.at.line) {
            reader.error_hint(
                Code::Value,
                scenario.at,
                format!("two scenarios are called `{}`", scenario.name),
                format!("the other one stands at line {line}: tell them apart by their names"),
            );
        }
    }
    Some(scenarios)
}

/// What a scenario and the defaults both can say.
#[derive(Default, Clone)]
struct Shared {
    kind: Option<RunKind>,
    environment: Option<String>,
    inputs: BTreeMap<String, (Span, String)>,
    commands: Said<Vec<super::model::Reply>>,
    answers: Said<super::model::Given>,
    failures: Said<Vec<super::model::Act>>,
    skips: Said<super::model::LeftOut>,
    manual: Said<BTreeMap<String, String>>,
    rehearse: Said<BTreeMap<String, String>>,
}

fn parts(
    reader: &mut Reader,
    f: &mut Fields<'_>,
    book: &Runbook,
    defaults: &Shared,
    own: bool,
) -> Shared {
    let mut all = defaults.clone();
    if let Some(node) = f.take("kind") {
        let words = [
            ("incident", RunKind::Incident),
            ("drill", RunKind::Drill),
            ("rehearsal", RunKind::Rehearsal),
        ];
        all.kind = reader.word(node, "a kind of run", &words).or(all.kind);
    }
    if let Some(node) = f.take("environment") {
        all.environment = environment(reader, node, book).or(all.environment);
    }
    if let Some(node) = f.take("inputs") {
        all.inputs.extend(reader.map(node, |reader, key, node| {
            let known = book.inputs.iter().map(|input| input.name.as_str());
            if known.clone().all(|name| name != key.name) {
                let message = format!("the runbook has no input `{}`", key.name);
                names::unknown(reader, key.at, message, &key.name, known);
            }
            Some((key.name.clone(), (node.at, scalar(reader, node)?)))
        }));
    }
    if let Some(node) = f.take("commands") {
        all.commands.extend(said::commands(reader, node, book, own));
    }
    if let Some(node) = f.take("answers") {
        all.answers.extend(said::answers(reader, node, book, own));
    }
    if let Some(node) = f.take("failures") {
        all.failures.extend(said::failures(reader, node, book, own));
    }
    if let Some(node) = f.take("skips") {
        all.skips.extend(said::skips(reader, node, book, own));
    }
    if let Some(node) = f.take("manual") {
        all.manual.extend(said::manual(reader, node, book, own));
    }
    if let Some(node) = f.take("rehearse") {
        all.rehearse.extend(said::rehearse(reader, node, book, own));
    }
    all
}

fn environment(reader: &mut Reader, node: &Node, book: &Runbook) -> Option<String> {
    let name = reader.string(node)?;
    if book.environment(&name).is_none() {
        let known = book.environments.iter().map(|place| place.name.as_str());
        let message = format!("the runbook has no environment `{name}`");
        names::unknown(reader, node.at, message, &name, known);
        return None;
    }
    Some(name)
}

fn scenario(
    reader: &mut Reader,
    node: &Node,
    book: &Runbook,
    defaults: &Shared,
) -> Option<Scenario> {
    let mut f = reader.fields(node, "a scenario")?;
    let name = f
        .need(reader, "name")
        .and_then(|n| Some((n.at, reader.string(n)?)));
    let shared = parts(reader, &mut f, book, defaults, true);
    let expected = f.need(reader, "expect");
    let place = f.place();
    f.finish(reader);
    let expect = expect::expect(reader, expected?, book);
    let (at, name) = name.unwrap_or_default();
    let at = if at.line == 0 { place } else { at };
    let kind = shared.kind.unwrap_or(RunKind::Incident);
    let drills = shared
        .environment
        .as_deref()
        .and_then(|name| book.environment(name))
        .is_some_and(|place| place.drill);
    if kind == RunKind::Drill && !drills {
        reader.error_hint(
            Code::Value,
            at,
            "a drill needs an environment with `drill: true`",
            "name one under `environment`",
        );
    }
    let inputs = inputs(reader, at, book, &shared);
    Some(Scenario {
        name,
        at,
        kind,
        inputs,
        environment: shared.environment,
        commands: shared.commands,
        answers: shared.answers,
        failures: shared.failures,
        skips: shared.skips,
        manual: shared.manual,
        rehearse: shared.rehearse,
        expect: expect?,
    })
}

/// Every input with its value, as a run would begin with: given, the environment's,
/// the default. Variables of this machine are not looked at.
fn inputs(
    reader: &mut Reader,
    at: Span,
    book: &Runbook,
    shared: &Shared,
) -> BTreeMap<String, Value> {
    let place = shared
        .environment
        .as_deref()
        .and_then(|name| book.environment(name));
    let mut values = BTreeMap::new();
    for input in &book.inputs {
        let set = place.and_then(|place| {
            let found = place.inputs.iter().find(|(name, _)| *name == input.name);
            found.map(|(_, value)| value.clone())
        });
        let given = shared.inputs.get(&input.name);
        let value = match (given, set, &input.default) {
            (Some((at, text)), ..) => match input.read(text) {
                Ok(value) => value,
                Err(message) => {
                    reader.error(Code::Value, *at, message);
                    continue;
                }
            },
            (None, Some(value), _) => value,
            (None, None, _) if input.kind == Type::Secret => Value::Secret {
                variable: input.secret_variable(),
            },
            (None, None, Some(default)) => default.clone(),
            (None, None, None) => {
                reader.error_hint(
                    Code::Value,
                    at,
                    format!("the input `{}` has no value here", input.name),
                    format!("inputs: {{ {}: … }}, here or under `defaults`", input.name),
                );
                continue;
            }
        };
        values.insert(input.name.clone(), value);
    }
    values
}

/// A text, a number or a truth, as a text.
fn scalar(reader: &mut Reader, node: &Node) -> Option<String> {
    match &node.value {
        Yaml::Bool(value) => Some(value.to_string()),
        _ => reader.string(node),
    }
}

/// Names and their values as texts.
fn values(reader: &mut Reader, node: &Node) -> BTreeMap<String, String> {
    reader
        .map(node, |reader, key, node| {
            Some((key.name.clone(), scalar(reader, node)?))
        })
        .into_iter()
        .collect()
}
