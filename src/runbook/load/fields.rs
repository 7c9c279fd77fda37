//! Reading the tree: every wrong thing becomes a finding, and reading goes on.

use std::{collections::BTreeMap, time::Duration};

use regex::Regex;

use super::uses::Uses;
use crate::runbook::{
    code::Code,
    diagnostic::{Diagnostic, MOST_FINDINGS, Span},
    duration::parse_duration,
    model::{Expression, Pattern, Text},
    yaml::{Key, Node, Value},
};
use crate::template::similar;

/// What is looked for in a step, and the field of a step in which it stands.
const INSIDE: &[(&str, &[&str])] = &[
    ("run", &["command", "cmd", "script", "bash"]),
    ("retry", &["attempts", "delay", "backoff"]),
    ("poll", &["every", "hold"]),
    ("expect", &["exit", "stdout", "that"]),
    ("outputs", &["regex", "json", "line"]),
    ("gate", &["answers", "criteria", "evidence", "suggest"]),
    ("manual", &["instructions", "checklist", "record", "copy"]),
    ("wait", &["for", "until"]),
];

/// Something that the model holds by name alone and that a finding must point at.
/// Steps and answers are told apart by where they stand, since their names may be wrong.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// The id of a phase, by its number in the file.
    Phase(usize),
    /// A name that a step makes.
    Made { step: usize, name: String },
    /// A phase that an answer leads to, by its number in the list.
    Then { answer: usize, number: usize },
}

/// Collects findings while reading.
#[derive(Default)]
pub struct Reader {
    /// What was found so far.
    pub findings: Vec<Diagnostic>,
    /// Where names stand that are only checked with the whole file read.
    pub places: BTreeMap<Named, Span>,
    /// How many phases were read.
    pub phases: usize,
    /// Where the step that is being read stands, in bytes.
    pub step: usize,
    /// The steps that use another runbook, in the order of the file.
    pub uses: Vec<Uses>,
}

impl Reader {
    /// Whether so much is wrong that nothing more is told.
    pub fn is_full(&self) -> bool {
        self.findings.len() >= MOST_FINDINGS
    }

    fn push(&mut self, finding: Diagnostic) {
        if !self.is_full() {
            self.findings.push(finding);
        }
    }

    pub fn error(&mut self, code: Code, at: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(at, message).code(code));
    }

    pub fn error_hint(
        &mut self,
        code: Code,
        at: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Diagnostic::error(at, message).code(code).hint(hint));
    }

    pub fn warning(
        &mut self,
        code: Code,
        at: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Diagnostic::warning(at, message).code(code).hint(hint));
    }

    fn expected(&mut self, node: &Node, what: &str) {
        self.error(
            Code::Value,
            node.at,
            format!("expected {what}, found {}", node.value.describe()),
        );
    }

    /// The fields of a map; `what` names it in messages ("a step").
    pub fn fields<'n>(&mut self, node: &'n Node, what: &'static str) -> Option<Fields<'n>> {
        if let Value::Map(entries) = &node.value {
            return Some(Fields {
                entries,
                asked: Vec::new(),
                at: node.at,
                what,
            });
        }
        self.expected(node, &format!("the fields of {what}"));
        None
    }

    /// Text; a number is taken as it was written.
    pub fn string(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            _ => {
                self.expected(node, "text");
                None
            }
        }
    }

    pub fn boolean(&mut self, node: &Node) -> Option<bool> {
        match &node.value {
            Value::Bool(value) => Some(*value),
            Value::Text(word) if matches!(word.as_str(), "yes" | "no" | "on" | "off") => {
                let meant = matches!(word.as_str(), "yes" | "on");
                self.error_hint(
                    Code::Value,
                    node.at,
                    format!("expected true or false, found the text `{word}`"),
                    format!("write {meant}"),
                );
                None
            }
            _ => {
                self.expected(node, "true or false");
                None
            }
        }
    }

    pub fn number<T: std::str::FromStr>(&mut self, node: &Node, what: &str) -> Option<T> {
        if let Value::Number(text) = &node.value
            && let Ok(number) = text.parse()
        {
            return Some(number);
        }
        self.expected(node, what);
        None
    }

    pub fn duration(&mut self, node: &Node) -> Option<Duration> {
        let text = self.string(node)?;
        parse_duration(&text)
            .map_err(|message| self.error(Code::Value, node.at, message))
            .ok()
    }

    /// A duration in which something can happen.
    pub fn positive(&mut self, node: &Node) -> Option<Duration> {
        let duration = self.duration(node)?;
        if duration.is_zero() {
            self.error(
                Code::Value,
                node.at,
                "this duration must be more than nothing",
            );
            return None;
        }
        Some(duration)
    }

    pub fn text(&mut self, node: &Node) -> Option<Text> {
        Some(Text {
            source: self.string(node)?,
            at: node.at,
        })
    }

    pub fn expression(&mut self, node: &Node) -> Option<Expression> {
        let source = match &node.value {
            Value::Bool(value) => value.to_string(),
            _ => self.string(node)?,
        };
        Some(Expression {
            source,
            at: node.at,
        })
    }

    pub fn pattern(&mut self, node: &Node) -> Option<Pattern> {
        let source = self.string(node)?;
        match Regex::new(&source) {
            Ok(regex) => Some(Pattern(regex)),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default();
                let reason = reason.strip_prefix("error: ").unwrap_or(reason);
                self.error(
                    Code::Value,
                    node.at,
                    format!("this regular expression does not compile: {reason}"),
                );
                None
            }
        }
    }

    /// A pattern whose first group is what is looked for.
    pub fn grouped(&mut self, node: &Node) -> Option<Pattern> {
        let pattern = self.pattern(node)?;
        if pattern.0.captures_len() < 2 {
            self.error_hint(
                Code::Value,
                node.at,
                "this regular expression has no group: nothing says which part is the value",
                "put the part in parentheses: 'error_rate ([\\d.]+)'",
            );
        }
        Some(pattern)
    }

    pub fn list<T>(
        &mut self,
        node: &Node,
        mut read: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Vec<T> {
        if let Value::List(items) = &node.value {
            return items.iter().filter_map(|item| read(self, item)).collect();
        }
        self.expected(node, "a list");
        Vec::new()
    }

    pub fn map<T>(
        &mut self,
        node: &Node,
        mut read: impl FnMut(&mut Self, &Key, &Node) -> Option<T>,
    ) -> Vec<T> {
        if let Value::Map(entries) = &node.value {
            return entries
                .iter()
                .filter_map(|(key, item)| read(self, key, item))
                .collect();
        }
        self.expected(node, "a map");
        Vec::new()
    }

    /// Whether nothing stands in a list or a map; what is neither was reported.
    pub fn is_empty(node: &Node) -> bool {
        match &node.value {
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }

    pub fn strings(&mut self, node: &Node) -> Vec<String> {
        self.list(node, Self::string)
    }

    /// Name and template, as in `env` and `links`.
    pub fn texts(&mut self, node: &Node) -> Vec<(String, Text)> {
        self.map(node, |reader, key, item| {
            let text = match &item.value {
                Value::Bool(value) => Text {
                    source: value.to_string(),
                    at: item.at,
                },
                _ => reader.text(item)?,
            };
            Some((key.name.clone(), text))
        })
    }

    /// The variables of a command.
    pub fn env(&mut self, node: &Node) -> Vec<(String, Text)> {
        if let Value::Map(entries) = &node.value {
            for (key, _) in entries {
                let mut chars = key.name.chars();
                let first = chars
                    .next()
                    .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
                if !first || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
                    self.error_hint(
                        Code::Id,
                        key.at,
                        format!("`{}` is not the name of an environment variable", key.name),
                        "letters, digits and underscores, not starting with a digit",
                    );
                }
            }
        }
        self.texts(node)
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.string(node)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = similar::closest(&text, names.iter().copied()).map_or_else(
            || format!("one of: {}", names.join(", ")),
            |name| format!("did you mean `{name}`?"),
        );
        self.error_hint(
            Code::Value,
            node.at,
            format!("`{text}` is not {what}"),
            hint,
        );
        None
    }
}

/// The name that was meant; without one that is near, those that there are.
pub fn meant<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    otherwise: &str,
) -> String {
    /// More than these nobody looks through.
    const LISTED: usize = 12;
    if let Some(name) = similar::closest(name, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    listed(known, LISTED, otherwise)
}

/// Names after a few words, and an ellipsis for too many of them.
pub fn listed<'a>(names: impl Iterator<Item = &'a str>, most: usize, words: &str) -> String {
    let mut names: Vec<&str> = names.take(most + 1).collect();
    if names.len() > most {
        names[most] = "…";
    }
    format!("{words}{}", names.join(", "))
}

/// The fields of one map, taken one by one; what is left over is unknown.
pub struct Fields<'n> {
    entries: &'n [(Key, Node)],
    asked: Vec<&'static str>,
    /// Where the map stands.
    pub at: Span,
    what: &'static str,
}

impl<'n> Fields<'n> {
    /// The field of this name; an explicit null counts as absent.
    pub fn take(&mut self, name: &'static str) -> Option<&'n Node> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        self.entries
            .iter()
            .find(|(key, _)| key.name == name)
            .map(|(_, node)| node)
            .filter(|node| node.value != Value::Null)
    }

    /// The field of this name, which must be there.
    pub fn need(&mut self, reader: &mut Reader, name: &'static str) -> Option<&'n Node> {
        let found = self.take(name);
        if found.is_none() {
            let at = self
                .entries
                .iter()
                .find(|(key, _)| key.name == name)
                .map_or(self.place(), |(key, _)| key.at);
            reader.error(
                Code::MissingField,
                at,
                format!("{} needs `{name}`", self.what),
            );
        }
        found
    }

    /// Whether there is a field of this name.
    pub fn has(&self, name: &str) -> bool {
        self.entries
            .iter()
            .any(|(key, node)| key.name == name && node.value != Value::Null)
    }

    /// Where to point when something is missing: the first field.
    pub fn place(&self) -> Span {
        self.entries.first().map_or(self.at, |(key, _)| key.at)
    }

    /// Where the name of a field stands.
    pub fn key_at(&self, name: &str) -> Span {
        self.entries
            .iter()
            .find(|(key, _)| key.name == name)
            .map_or(self.at, |(key, _)| key.at)
    }

    /// Reports what nobody asked for.
    pub fn finish(self, reader: &mut Reader) {
        #[cfg(test)]
        asked::record(self.what, &self.asked);
        for (key, _) in self.entries {
            if reader.is_full() {
                break;
            }
            if self.asked.contains(&key.name.as_str()) {
                continue;
            }
            let inside = INSIDE
                .iter()
                .filter(|_| self.what == "a step")
                .find(|(_, names)| names.contains(&key.name.as_str()));
            let hint = if let Some((field, _)) = inside {
                format!("it belongs to `{field}`")
            } else {
                similar::closest(&key.name, self.asked.iter().copied()).map_or_else(
                    || format!("{} has: {}", self.what, self.asked.join(", ")),
                    |name| format!("did you mean `{name}`?"),
                )
            };
            reader.error_hint(
                Code::UnknownField,
                key.at,
                format!("{} has no field `{}`", self.what, key.name),
                hint,
            );
        }
    }
}

/// What loading asked for, so that a test can compare it with the schema.
#[cfg(test)]
pub mod asked {
    use std::{
        cell::RefCell,
        collections::{BTreeMap, BTreeSet},
    };

    /// The names of fields by the kind of map that they stand in.
    pub type Asked = BTreeMap<&'static str, BTreeSet<&'static str>>;

    thread_local! {
        static ASKED: RefCell<Asked> = RefCell::default();
    }

    pub fn record(what: &'static str, names: &[&'static str]) {
        ASKED.with_borrow_mut(|asked| asked.entry(what).or_default().extend(names));
    }

    /// Everything that this thread asked for since it was asked last.
    pub fn take() -> Asked {
        ASKED.take()
    }
}
