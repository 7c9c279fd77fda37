//! What commands print, what people answer and do.

use std::collections::BTreeMap;

use super::{scalar, values};
use crate::engine::event::RunOutcome;
use crate::runbook::load::fields::Reader;
use crate::runbook::{
    Code, Kind, Runbook, Step,
    diagnostic::Span,
    yaml::{Node, Value as Yaml},
};
use crate::scenario::model::{Act, Ends, Given, LeftOut, Reply, Said, Stated};
use crate::scenario::names::{self, Wants};

fn stated<T>(at: Span, own: bool, value: T) -> Stated<T> {
    Stated { at, own, value }
}

/// One thing, or a list of them.
fn one_or_more<T>(
    reader: &mut Reader,
    node: &Node,
    mut read: impl FnMut(&mut Reader, &Node) -> Option<T>,
) -> Vec<T> {
    if let Yaml::List(_) = &node.value {
        if Reader::is_empty(node) {
            reader.error(
                Code::Value,
                node.at,
                "an empty list says nothing: leave it out",
            );
        }
        return reader.list(node, read);
    }
    read(reader, node).into_iter().collect()
}

pub fn commands(reader: &mut Reader, node: &Node, book: &Runbook, own: bool) -> Said<Vec<Reply>> {
    reader
        .map(node, |reader, key, node| {
            let mut name = names::command(reader, book, &key.name, key.at);
            if name
                .as_deref()
                .is_some_and(|name| names::is_companion(book, name))
            {
                reader.error_hint(
                    Code::Value,
                    key.at,
                    format!("`{}` runs beside its step and decides nothing", key.name),
                    "leave it out: it needs no result",
                );
                name = None;
            }
            let listed = matches!(node.value, Yaml::List(_));
            let mut replies = one_or_more(reader, node, reply);
            if listed {
                // Of a list each is for one attempt, unless it says for how many.
                for reply in &mut replies {
                    reply.times = reply.times.or(Some(1));
                }
            }
            Some((name?, stated(key.at, own, replies)))
        })
        .into_iter()
        .collect()
}

fn reply(reader: &mut Reader, node: &Node) -> Option<Reply> {
    let mut f = reader.fields(node, "a command's result")?;
    let exit = f
        .take("exit")
        .and_then(|n| Some((n.at, reader.number::<i32>(n, "an exit code")?)));
    let stdout = f.take("stdout").and_then(|n| reader.string(n));
    let variables = f.take("variables").map(|n| values(reader, n));
    let takes = f.take("takes").and_then(|n| reader.duration(n));
    let times = f
        .take("times")
        .and_then(|n| reader.number::<u32>(n, "a number of attempts"));
    let ends = f.take("ends").and_then(|n| ends(reader, n));
    let reason = f.take("reason").and_then(|n| reader.string(n));
    f.finish(reader);
    if let (Some((at, _)), Some(_)) = (exit, &ends) {
        reader.error(
            Code::Value,
            at,
            "a command has an exit code or `ends` another way, not both",
        );
    }
    let ends = match (ends, exit) {
        (Some(Ends::NotStarted(_)), _) => {
            Ends::NotStarted(reason.unwrap_or_else(|| "it could not be started".to_owned()))
        }
        (Some(ends), _) => ends,
        (None, exit) => Ends::Exit(exit.map_or(0, |(_, code)| code)),
    };
    Some(Reply {
        stdout: stdout.unwrap_or_default(),
        variables: variables.unwrap_or_default(),
        ends,
        takes,
        times,
    })
}

fn ends(reader: &mut Reader, node: &Node) -> Option<Ends> {
    if let Yaml::Map(_) = &node.value {
        let mut f = reader.fields(node, "an end")?;
        let signal = f
            .need(reader, "signal")
            .and_then(|n| reader.number::<i32>(n, "a signal's number"));
        f.finish(reader);
        return signal.map(Ends::Signal);
    }
    let words = [("deadline", 0), ("lost", 1), ("not_started", 2)];
    Some(match reader.word(node, "an end of a command", &words)? {
        0 => Ends::Deadline,
        1 => Ends::Lost,
        _ => Ends::NotStarted(String::new()),
    })
}

pub fn answers(reader: &mut Reader, node: &Node, book: &Runbook, own: bool) -> Said<Given> {
    reader
        .map(node, |reader, key, node| {
            let (at, given) = given(reader, node)?;
            let gate = names::gate(reader, book, &key.name, key.at)?;
            names::answer(reader, &key.name, gate, &given.answer, at);
            Some((key.name.clone(), stated(key.at, own, given)))
        })
        .into_iter()
        .collect()
}

/// An answer, alone or with its reason.
pub fn given(reader: &mut Reader, node: &Node) -> Option<(Span, Given)> {
    if !matches!(node.value, Yaml::Map(_)) {
        let answer = scalar(reader, node)?;
        let given = Given {
            answer,
            reason: None,
            approved_by: Vec::new(),
            without_approval: false,
        };
        return Some((node.at, given));
    }
    let mut f = reader.fields(node, "an answer")?;
    let answer = f
        .need(reader, "answer")
        .and_then(|n| Some((n.at, scalar(reader, n)?)));
    let reason = f.take("reason").and_then(|n| reader.string(n));
    let approved_by = f
        .take("approved_by")
        .map(|n| reader.list(n, approver))
        .unwrap_or_default();
    let without_approval = f
        .take("without_approval")
        .and_then(|n| reader.boolean(n))
        .unwrap_or(false);
    f.finish(reader);
    let (at, answer) = answer?;
    let given = Given {
        answer,
        reason,
        approved_by,
        without_approval,
    };
    Some((at, given))
}

/// Somebody who agrees: a name, or `name: group`.
fn approver(reader: &mut Reader, node: &Node) -> Option<(String, Option<String>)> {
    if let Yaml::Map(entries) = &node.value {
        if entries.len() != 1 {
            reader.error_hint(
                Code::Value,
                node.at,
                "one person at a time",
                "approved_by: [grace, { henry: dba }]",
            );
            return None;
        }
        let mut both = reader.map(node, |reader, key, node| {
            Some((key.name.clone(), Some(reader.string(node)?)))
        });
        return both.pop();
    }
    Some((reader.string(node)?, None))
}

pub fn failures(reader: &mut Reader, node: &Node, book: &Runbook, own: bool) -> Said<Vec<Act>> {
    reader
        .map(node, |reader, key, node| {
            let step = names::step(reader, book, &key.name, key.at, Wants::Fallible)?;
            let acts = one_or_more(reader, node, |reader, node| act(reader, node, step));
            Some((key.name.clone(), stated(key.at, own, acts)))
        })
        .into_iter()
        .collect()
}

const CLOSES: &[(&str, RunOutcome)] = &[
    ("aborted", RunOutcome::Aborted),
    ("failed", RunOutcome::Failed),
    ("resolved", RunOutcome::Resolved),
    ("stood_down", RunOutcome::StoodDown),
];

/// How a run is closed.
pub fn close(reader: &mut Reader, node: &Node) -> Option<RunOutcome> {
    reader.word(node, "an outcome", CLOSES)
}

fn act(reader: &mut Reader, node: &Node, step: &Step) -> Option<Act> {
    if !matches!(node.value, Yaml::Map(_)) {
        let words = [("retry", true), ("abort", false)];
        let retry = reader.word(node, "what an operator does about a failure", &words)?;
        return Some(if retry {
            Act::Retry
        } else {
            Act::Close(RunOutcome::Aborted)
        });
    }
    let mut f = reader.fields(node, "an operator's act")?;
    let skip = f.take("skip").map(|n| (n.at, reader.string(n)));
    let took = f.take("took_effect").map(|n| (n.at, reader.string(n)));
    let denied = f.take("took_no_effect").map(|n| (n.at, reader.string(n)));
    let fallback = f.take("fallback").map(|n| (n.at, scalar(reader, n)));
    let close = f.take("close").map(|n| (n.at, close(reader, n)));
    let values = f.take("values").map(|n| given_values(reader, n, step));
    let place = f.place();
    f.finish(reader);
    let left = |reason: String| LeftOut {
        reason,
        values: values.clone().unwrap_or_default(),
    };
    let given = [&skip, &took, &denied, &fallback]
        .iter()
        .filter(|field| field.is_some())
        .count()
        + usize::from(close.is_some());
    if given != 1 {
        reader.error_hint(
            Code::Value,
            place,
            "an operator does one thing at a time",
            "one of: skip, fallback, took_effect, took_no_effect, close",
        );
        return None;
    }
    if let Some((_, text)) = skip {
        return text.map(|reason| Act::Skip(left(reason)));
    }
    if let Some((_, text)) = took {
        return text.map(|reason| Act::TookEffect(left(reason)));
    }
    if let Some((_, text)) = denied {
        return text.map(Act::TookNoEffect);
    }
    if let Some((_, outcome)) = close {
        return outcome.map(Act::Close);
    }
    let (at, name) = fallback?;
    let name = name?;
    let Kind::Run(run) = &step.kind else {
        reader.error(Code::Value, at, format!("`{}` has no fallbacks", step.id));
        return None;
    };
    let found = names::fallback(run, &name);
    if found.is_none() {
        let known = run.fallbacks.iter().map(|fallback| fallback.title.as_str());
        let message = format!("`{}` has no fallback `{name}`", step.id);
        names::unknown(reader, at, message, &name, known);
    }
    found.map(Act::Fallback)
}

pub fn skips(reader: &mut Reader, node: &Node, book: &Runbook, own: bool) -> Said<LeftOut> {
    reader
        .map(node, |reader, key, node| {
            let step = names::step(reader, book, &key.name, key.at, Wants::Step)?;
            let left = if matches!(node.value, Yaml::Map(_)) {
                let mut f = reader.fields(node, "a step that is left out")?;
                let reason = f.need(reader, "reason").and_then(|n| reader.string(n));
                let values = f.take("values").map(|n| given_values(reader, n, step));
                f.finish(reader);
                LeftOut {
                    reason: reason?,
                    values: values.unwrap_or_default(),
                }
            } else {
                LeftOut {
                    reason: reader.string(node)?,
                    values: BTreeMap::new(),
                }
            };
            Some((key.name.clone(), stated(key.at, own, left)))
        })
        .into_iter()
        .collect()
}

pub fn manual(
    reader: &mut Reader,
    node: &Node,
    book: &Runbook,
    own: bool,
) -> Said<BTreeMap<String, String>> {
    reader
        .map(node, |reader, key, node| {
            let step = names::step(reader, book, &key.name, key.at, Wants::Manual)?;
            let recorded = if matches!(node.value, Yaml::Map(_)) {
                let mut f = reader.fields(node, "a manual step that is done")?;
                let recorded = f.take("values").map(|n| given_values(reader, n, step));
                f.finish(reader);
                recorded.unwrap_or_default()
            } else {
                reader.word(node, "what is said of a manual step", &[("done", ())])?;
                BTreeMap::new()
            };
            Some((key.name.clone(), stated(key.at, own, recorded)))
        })
        .into_iter()
        .collect()
}

pub fn rehearse(
    reader: &mut Reader,
    node: &Node,
    book: &Runbook,
    own: bool,
) -> Said<BTreeMap<String, String>> {
    reader
        .map(node, |reader, key, node| {
            let step = names::step(reader, book, &key.name, key.at, Wants::Command)?;
            let given = given_values(reader, node, step);
            Some((key.name.clone(), stated(key.at, own, given)))
        })
        .into_iter()
        .collect()
}

/// Values in place of what a step makes.
fn given_values(reader: &mut Reader, node: &Node, step: &Step) -> BTreeMap<String, String> {
    if let Yaml::Map(entries) = &node.value {
        let makes = step.makes();
        let known = makes.iter().map(|(name, _)| *name);
        for (key, _) in entries {
            if known.clone().all(|name| name != key.name) {
                let message = format!("`{}` makes no value `{}`", step.id, key.name);
                names::unknown(reader, key.at, message, &key.name, known.clone());
            }
        }
    }
    values(reader, node)
}
