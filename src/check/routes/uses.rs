//! Which names a step uses, and where each of them stands.

use crate::runbook::{Expression, Runbook, Step, Text, diagnostic::Span};
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
    // Variables of all commands are filled in for each.
    let environment = runbook
        .env
        .iter()
        .chain(runbook.environments.iter().flat_map(|place| &place.env))
        .filter(|_| step.has_command())
        .map(|(_, text)| text);
    environment
        .chain(step.templates())
        .flat_map(of_text)
        .chain(step.expressions().into_iter().flat_map(of_expression))
        .collect()
}

/// What a step uses once it has made its own names.
pub fn after(step: &Step) -> Vec<Use<'_>> {
    step.expectation().map_or_else(Vec::new, of_expression)
}
