//! Which names a step uses, and where each of them stands.

use crate::runbook::{Expression, Kind, Runbook, Shell, Step, Text, diagnostic::Span};
use crate::template;

/// A name that is used somewhere.
#[derive(Debug, Clone)]
pub struct Use<'a> {
    /// The dotted name.
    pub path: String,
    /// Where the text begins in the file.
    pub at: Span,
    /// The text.
    pub text: &'a str,
    /// The bytes of the name in it.
    pub bytes: std::ops::Range<usize>,
}

/// The names of an expression.
pub fn of_expression(expression: &Expression) -> Vec<Use<'_>> {
    let names = template::names_in_expression(&expression.source);
    located(&expression.source, expression.at, names)
}

/// The names of a template.
pub fn of_text(text: &Text) -> Vec<Use<'_>> {
    if !text.source.contains("{{") && !text.source.contains("{%") {
        return Vec::new();
    }
    located(&text.source, text.at, template::names_in_text(&text.source))
}

fn located(text: &str, at: Span, names: Vec<template::Name>) -> Vec<Use<'_>> {
    names
        .into_iter()
        .map(|name| Use {
            bytes: name.offset..(name.offset + name.path.len()).min(text.len()),
            path: name.path,
            at,
            text,
        })
        .collect()
}

/// What a step uses when its turn comes, `when` left out.
pub fn before<'a>(runbook: &'a Runbook, step: &'a Step) -> Vec<Use<'a>> {
    let mut texts: Vec<&Text> = vec![&step.title, &step.why];
    texts.extend(step.target.as_ref());
    texts.extend(step.links.iter().map(|(_, text)| text));
    let mut expressions: Vec<&Expression> = Vec::new();
    // Variables of all commands are filled in for each.
    let environment = runbook
        .env
        .iter()
        .chain(runbook.environments.iter().flat_map(|place| &place.env))
        .map(|(_, text)| text);
    match &step.kind {
        Kind::Run(run) => {
            texts.extend(environment);
            texts.extend(run.env.iter().map(|(_, text)| text));
            texts.extend(run.cwd.as_ref());
            // A language that nobody quotes for holds no names.
            if matches!(run.shell, Shell::Bash | Shell::Sh) {
                let scripts = run.scripts.iter().chain(&run.watch);
                texts.extend(scripts.map(|script| &script.text));
                texts.extend(run.fallbacks.iter().map(|fallback| &fallback.script));
                texts.extend(&run.rehearse);
            }
            texts.extend(&run.probe);
        }
        Kind::Gate(gate) => {
            if gate.evidence.is_some() {
                texts.extend(environment);
            }
            texts.extend(gate.evidence.as_ref());
            texts.extend(gate.answers.iter().flat_map(|a| [&a.label, &a.consequence]));
            texts.extend(gate.suggest.iter().map(|suggestion| &suggestion.because));
            for criterion in &gate.criteria {
                expressions.extend([&criterion.value, &criterion.limit]);
            }
            expressions.extend(gate.suggest.iter().map(|suggestion| &suggestion.when));
        }
        Kind::Manual(manual) => {
            texts.push(&manual.instructions);
            texts.extend(&manual.checklist);
            texts.extend(manual.copy.as_ref());
        }
        Kind::Wait(wait) => expressions.extend(wait.until.as_ref()),
    }
    texts
        .into_iter()
        .flat_map(of_text)
        .chain(expressions.into_iter().flat_map(of_expression))
        .collect()
}

/// What a step uses once it has made its own names.
pub fn after(step: &Step) -> Vec<Use<'_>> {
    match &step.kind {
        Kind::Run(run) => run
            .expect
            .that
            .as_ref()
            .map_or_else(Vec::new, of_expression),
        _ => Vec::new(),
    }
}
