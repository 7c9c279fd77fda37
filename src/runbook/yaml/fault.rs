//! What the YAML library refuses, in words for authors.

use super::tree::span;
use crate::runbook::{
    code::Code,
    diagnostic::{Diagnostic, Span},
};

/// An error of the YAML library, as a finding in words for authors.
pub fn finding(text: &str, error: &serde_saphyr::Error) -> Diagnostic {
    use serde_saphyr::Error;
    let at = error
        .location()
        .map(|location| located(text, span(&location)))
        .unwrap_or_default();
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message);
    // The library speaks to programmers; these are what authors run into.
    let (code, message, hint) = match error.without_snippet() {
        Error::Budget { .. } => too_much(message),
        _ if message.starts_with("recursion limit") || message.contains("budget") => {
            too_much(message)
        }
        // An alias that goes wrong within a list or a map comes as a bare message.
        _ if message.starts_with("alias ") => (
            Code::Budget,
            "the aliases of this file stand for too much".to_owned(),
            "an alias repeats all that its anchor holds: write out what is meant",
        ),
        Error::MultipleDocuments { .. } => (
            Code::Syntax,
            "a runbook is one YAML document, and a second one begins here".to_owned(),
            "remove the line `---`",
        ),
        Error::NullIntoString { .. } => field_name(),
        Error::Unexpected { .. } if message.starts_with("expected string scalar") => field_name(),
        Error::NonFiniteFloat { .. } => (
            Code::Value,
            "this is no number that can be used".to_owned(),
            "write a finite number, or put quotes around a text",
        ),
        Error::DuplicateMappingKey { .. } => {
            let rest = message.strip_prefix("duplicate mapping key: ");
            let rest = rest.unwrap_or(message);
            let name = rest.split(", set ").next().unwrap_or(rest);
            let message = format!("`{name}` is given twice");
            (Code::Duplicate, message, "keep one of them")
        }
        _ if indented_by_tab(text, at) => (
            Code::Syntax,
            "a tab indents this line, and YAML takes spaces alone".to_owned(),
            "put spaces in the place of the tab",
        ),
        _ => (
            Code::Syntax,
            format!("this is not valid YAML: {message}"),
            "often a missing quote, a tab instead of spaces, or a colon inside an unquoted text",
        ),
    };
    let quoted = (code == Code::Syntax).then(|| quoted(text, at)).flatten();
    let hint = quoted.unwrap_or_else(|| hint.to_owned());
    Diagnostic::error(at, message).code(code).hint(hint)
}

/// A value that begins with `{{` and has no quotes is a map for YAML: the line as
/// it was meant.
fn quoted(text: &str, at: Span) -> Option<String> {
    let before = text.get(..at.offset)?;
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    let line = text[start..].lines().next()?;
    let (name, rest) = line.split_once(": {{")?;
    let name = name.trim_start_matches([' ', '-']);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let own_line = !name.is_empty() && name.chars().all(plain);
    if !own_line && !before.ends_with('{') {
        return None;
    }
    let rest = rest.split(" #").next().unwrap_or(rest).trim_end();
    // What is long, or quotes by itself, or shares its line, is not written out again.
    Some(
        if own_line && rest.len() <= 60 && rest.contains("}}") && !rest.contains(['"', '\\']) {
            format!("quote it: `{name}: \"{{{{{rest}\"`")
        } else {
            "quote a text that begins with `{{`: `\"{{ … }}\"`".to_owned()
        },
    )
}

fn too_much(message: &str) -> (Code, String, &'static str) {
    (
        Code::Budget,
        if message.contains("Depth") || message.contains("recursion") {
            "maps and lists stand too deep in each other here".to_owned()
        } else {
            "the file holds more than a runbook can".to_owned()
        },
        "a runbook has at most 200,000 values, and 24 maps and lists in each other",
    )
}

fn field_name() -> (Code, String, &'static str) {
    (
        Code::Syntax,
        "the name of a field must be text".to_owned(),
        "write `name: value`",
    )
}

/// Whether a tab is among what the line of this place begins with.
fn indented_by_tab(text: &str, at: Span) -> bool {
    let before = text.get(..at.offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    text[start..]
        .chars()
        .take_while(|c| matches!(c, ' ' | '\t'))
        .any(|c| c == '\t')
}

/// Syntax errors come with line and column alone.
fn located(text: &str, at: Span) -> Span {
    if at.length > 0 || at.line == 0 {
        return at;
    }
    let start = text
        .match_indices('\n')
        .map(|(at, _)| at + 1)
        .nth(at.line.wrapping_sub(2))
        .unwrap_or(if at.line == 1 { 0 } else { text.len() });
    let line = text[start..].lines().next().unwrap_or_default();
    let column = at.column.clamp(1, line.chars().count() + 1);
    let here = line
        .chars()
        .take(column - 1)
        .map(char::len_utf8)
        .sum::<usize>();
    Span {
        line: at.line,
        column,
        offset: start + here,
        length: line[here..].chars().next().map_or(0, char::len_utf8),
    }
}
