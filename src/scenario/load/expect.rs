//! What must be true at the end.

use super::{said, scalar};
use crate::runbook::load::fields::Reader;
use crate::runbook::{
    Code, Runbook, Step,
    diagnostic::Span,
    yaml::{Node, Value as Yaml},
};
use crate::scenario::model::{Ask, Expect, Outcome, Refused};
use crate::scenario::names::{self, Wants};
use crate::template::{Type, Value};

pub fn expect(reader: &mut Reader, node: &Node, book: &Runbook) -> Option<Expect> {
    let mut f = reader.fields(node, "what is expected")?;
    let mut expect = Expect::default();
    if let Some(node) = f.take("outcome") {
        let word = reader.word(node, "an outcome", Outcome::WORDS);
        expect.outcome = word.map(|outcome| (node.at, outcome));
    }
    if let Some(node) = f.take("waits_for") {
        let name = ids(reader, std::slice::from_ref(node), book, Wants::Step).pop();
        expect.waits_for = name;
    }
    if let Some(node) = f.take("route") {
        let phases = named(reader, node);
        for (at, name) in &phases {
            names::phase(reader, book, name, *at);
        }
        let phases = phases.into_iter().map(|(_, name)| name).collect();
        expect.route = Some((f.key_at("route"), phases));
    }
    if let Some(node) = f.take("not_taken") {
        expect.not_taken = named(reader, node);
        for (at, name) in &expect.not_taken {
            names::phase_or_step(reader, book, name, *at);
        }
    }
    if let Some(node) = f.take("ran") {
        expect.ran = steps(reader, node, book, Wants::Command);
    }
    if let Some(node) = f.take("failed") {
        let names = steps(reader, node, book, Wants::Fallible);
        let names = names.into_iter().map(|(_, name)| name).collect();
        expect.failed = Some((f.key_at("failed"), names));
    }
    if let Some(node) = f.take("skipped") {
        let names = steps(reader, node, book, Wants::Step);
        let names = names.into_iter().map(|(_, name)| name).collect();
        expect.skipped = Some((f.key_at("skipped"), names));
    }
    if let Some(node) = f.take("refused") {
        expect.refused = reader.list(node, |reader, node| refused(reader, node, book));
    }
    if let Some(node) = f.take("outputs") {
        expect.outputs = reader.map(node, |reader, key, node| {
            let value = output(reader, book, &key.name, key.at, node)?;
            Some((key.at, key.name.clone(), value))
        });
    }
    if let Some(node) = f.take("suggested") {
        expect.suggested = reader.map(node, |reader, key, node| {
            let gate = names::gate(reader, book, &key.name, key.at)?;
            let answer = match &node.value {
                Yaml::Null => None,
                _ => Some(scalar(reader, node)?),
            };
            if let Some(answer) = &answer {
                names::answer(reader, &key.name, gate, answer, node.at);
            }
            Some((key.at, key.name.clone(), answer))
        });
    }
    if let Some(node) = f.take("scripts") {
        expect.scripts = reader
            .map(node, |reader, key, node| {
                let name = names::command(reader, book, &key.name, key.at)?;
                Some(parts(reader, node, &name))
            })
            .concat();
    }
    if let Some(node) = f.take("report") {
        expect.report = named(reader, node);
    }
    let place = f.place();
    f.finish(reader);
    if expect.outcome.is_none() && expect.waits_for.is_none() {
        reader.error_hint(
            Code::Value,
            place,
            "a scenario must say how the run ends",
            "outcome: resolved | stood_down | failed | aborted | open",
        );
    }
    if let (Some((at, Outcome::Closed(_))), Some(_)) = (expect.outcome, &expect.waits_for) {
        reader.error(Code::Value, at, "a run that waits for a person is `open`");
    }
    Some(expect)
}

/// Texts with their places.
fn named(reader: &mut Reader, node: &Node) -> Vec<(Span, String)> {
    reader.list(node, |reader, node| Some((node.at, reader.string(node)?)))
}

fn steps(reader: &mut Reader, node: &Node, book: &Runbook, wants: Wants) -> Vec<(Span, String)> {
    match &node.value {
        Yaml::List(items) => ids(reader, items, book, wants),
        _ => named(reader, node),
    }
}

fn ids(reader: &mut Reader, items: &[Node], book: &Runbook, wants: Wants) -> Vec<(Span, String)> {
    items
        .iter()
        .filter_map(|node| {
            let name = reader.string(node)?;
            names::step(reader, book, &name, node.at, wants)?;
            Some((node.at, name))
        })
        .collect()
}

/// One part of a script or several.
fn parts(reader: &mut Reader, node: &Node, command: &str) -> Vec<(Span, String, String)> {
    let texts = match &node.value {
        Yaml::List(_) => named(reader, node),
        _ => reader
            .string(node)
            .map(|text| (node.at, text))
            .into_iter()
            .collect(),
    };
    texts
        .into_iter()
        .map(|(at, text)| (at, command.to_owned(), text))
        .collect()
}

/// A value of the type that its maker gives it.
fn output(reader: &mut Reader, book: &Runbook, name: &str, at: Span, node: &Node) -> Option<Value> {
    let made: Vec<(&str, Type)> = book.steps().flat_map(Step::makes).collect();
    let Some((_, kind)) = made.iter().find(|(made, _)| *made == name).copied() else {
        let known = made.iter().map(|(name, _)| *name);
        let message = format!("no step makes a value `{name}`");
        names::unknown(reader, at, message, name, known);
        return None;
    };
    if kind == Type::Secret {
        reader.error(Code::Value, at, "the value of a secret is never known");
        return None;
    }
    let text = scalar(reader, node)?;
    Value::parse(&text, kind)
        .map_err(|reason| reader.error(Code::Value, node.at, format!("{name}: {reason}")))
        .ok()
}

fn refused(reader: &mut Reader, node: &Node, book: &Runbook) -> Option<Refused> {
    let mut f = reader.fields(node, "what is refused")?;
    let mut asks: Vec<(Option<String>, Option<Ask>)> = Vec::new();
    let step = |reader: &mut Reader, node: &Node, wants| {
        let name = reader.string(node)?;
        names::step(reader, book, &name, node.at, wants)?;
        Some(name)
    };
    let confirm = f.take("confirm").and_then(|n| reader.string(n));
    let reason = f.take("reason").and_then(|n| reader.string(n));
    if let Some(node) = f.take("run") {
        let name = step(reader, node, Wants::Command);
        let ask = name.clone().map(|step| Ask::Run { step, confirm });
        asks.push((name, ask));
    }
    if let Some(node) = f.take("skip") {
        let name = step(reader, node, Wants::Step);
        let ask = name.clone().map(|step| Ask::Skip {
            step,
            reason: reason.clone().unwrap_or_default(),
        });
        asks.push((name, ask));
    }
    if let Some(node) = f.take("done") {
        let name = step(reader, node, Wants::Manual);
        asks.push((name.clone(), name.map(|step| Ask::Done { step })));
    }
    if let Some(node) = f.take("close") {
        asks.push((None, said::close(reader, node).map(Ask::Close)));
    }
    if let Some(node) = f.take("answer") {
        let answers = reader.map(node, |reader, key, node| {
            let (_, mut given) = said::given(reader, node)?;
            given.reason = given.reason.or_else(|| reason.clone());
            names::gate(reader, book, &key.name, key.at)?;
            if !given.approved_by.is_empty() {
                reader.error(
                    Code::Value,
                    node.at,
                    "what is asked for in vain is approved by nobody",
                );
            }
            Some((key.name.clone(), given))
        });
        asks.extend(answers.into_iter().map(|(gate, given)| {
            let ask = Ask::Answer {
                gate: gate.clone(),
                given,
            };
            (Some(gate), Some(ask))
        }));
    }
    let when = f.take("when").and_then(|n| step(reader, n, Wants::Step));
    let says = f.take("says").and_then(|n| reader.string(n));
    let at = f.place();
    f.finish(reader);
    if asks.len() != 1 {
        reader.error_hint(
            Code::Value,
            at,
            "an entry of `refused` asks for one thing",
            "one of: run, skip, done, close, answer: { gate: answer }",
        );
        return None;
    }
    let (own, ask) = asks.pop()?;
    let ask = ask?;
    let Some(when) = when.or(own) else {
        reader.error_hint(
            Code::Value,
            at,
            "when is this asked for?",
            "when: STEP, the step whose turn it is then",
        );
        return None;
    };
    Some(Refused {
        at,
        ask,
        when,
        says,
    })
}
