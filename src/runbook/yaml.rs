//! YAML as a tree in which every node knows where it stood.
//!
//! The only place that knows the YAML library. The tree, rather than derived
//! types, lets the loader report every error of a file at once.

use std::{collections::BTreeMap, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{
    Location, Spanned, budget,
    options::{AliasLimits, DuplicateKeyPolicy},
};

use super::{
    code::Code,
    diagnostic::{Diagnostic, MOST_FINDINGS, Span},
};

/// The largest file that is read; a runbook is a few hundred lines.
pub const MAX_BYTES: usize = 16 << 20;
/// The most nodes of one file, aliases expanded.
const MAX_NODES: usize = 200_000;

/// The most nodes that all aliases together may stand for. Far more than an author
/// repeats, and few enough that a bomb is found out at once.
const MAX_REPLAYED: usize = 20_000;
/// How deep maps and lists may stand in each other; a runbook needs about ten. The YAML library recurses, and in a thread
/// of 2 MiB a debug build survives about twice this.
const MAX_DEPTH: usize = 24;

/// One value of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub at: Span,
    /// What it is.
    pub value: Value,
}

/// What a node holds. Numbers keep the text the author wrote (`1.10`, `007`).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing after the colon, `~` or `null`.
    Null,
    /// `true` or `false`, never `yes` or `on`.
    Bool(bool),
    /// A number as it was written.
    Number(String),
    /// A text; `style` says how it was written.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// The name of a map's entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub at: Span,
}

impl Value {
    /// What an author calls it: "a list", "a number" …
    pub fn describe(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// Parses a file. On a duplicate key the tree still comes (the first one wins)
/// together with the errors, so that the rest of the file is checked too.
///
/// # Errors
/// The syntax error when there is no tree at all.
pub fn parse(text: &str) -> Result<(Node, Vec<Diagnostic>), Box<Diagnostic>> {
    if text.len() > MAX_BYTES {
        return Err(Box::new(
            Diagnostic::error(
                Span::default(),
                format!(
                    "the file is {} MB; a runbook is at most {} MB",
                    text.len() >> 20,
                    MAX_BYTES >> 20
                ),
            )
            .code(Code::Budget)
            .hint("a runbook is a few hundred lines of YAML: is this the right file?"),
        ));
    }
    match read(text, DuplicateKeyPolicy::Error) {
        Ok(node) => Ok((node, Vec::new())),
        Err(error) => {
            // Another policy parses the same text where duplicates were the only fault.
            let again = matches!(
                error.without_snippet(),
                serde_saphyr::Error::DuplicateMappingKey { .. }
            );
            let Some(mut node) = again
                .then(|| read(text, DuplicateKeyPolicy::LastWins).ok())
                .flatten()
            else {
                return Err(Box::new(syntax_error(text, &error)));
            };
            let mut found = Vec::new();
            duplicates(&mut node, &mut found);
            if found.is_empty() {
                found.push(syntax_error(text, &error));
            }
            Ok((node, found))
        }
    }
}

fn read(text: &str, duplicates: DuplicateKeyPolicy) -> Result<Node, serde_saphyr::Error> {
    let mut alias_limits = AliasLimits::default();
    alias_limits.max_total_replayed_events = MAX_REPLAYED;
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: duplicates,
        with_snippet: false,
        alias_limits: alias_limits,
        budget: budget! { max_nodes: MAX_NODES, max_events: 4 * MAX_NODES, max_depth: MAX_DEPTH },
    };
    let tree: Spanned<Tree> = serde_saphyr::from_str_with_options(text, options)?;
    Ok(tree.value.at(text, &tree.referenced, &tree.defined))
}

fn syntax_error(text: &str, error: &serde_saphyr::Error) -> Diagnostic {
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

/// Takes out every entry whose key was given before in the same map.
fn duplicates(node: &mut Node, found: &mut Vec<Diagnostic>) {
    match &mut node.value {
        Value::Map(entries) => {
            let mut first: BTreeMap<String, usize> = BTreeMap::new();
            entries.retain(|(key, _)| {
                let Some(line) = first.get(&key.name) else {
                    first.insert(key.name.clone(), key.at.line);
                    return true;
                };
                if found.len() == MOST_FINDINGS {
                    return false;
                }
                found.push(
                    Diagnostic::error(key.at, format!("`{}` is given twice", key.name))
                        .code(Code::Duplicate)
                        .hint(format!(
                            "the first one stands at line {line}: keep one of them"
                        )),
                );
                false
            });
            for (_, node) in entries {
                duplicates(node, found);
            }
        }
        Value::List(items) => {
            for node in items {
                duplicates(node, found);
            }
        }
        _ => {}
    }
}

fn span(location: &Location) -> Span {
    let inner = location.span();
    Span {
        line: usize::try_from(location.line()).unwrap_or(0),
        column: usize::try_from(location.column()).unwrap_or(0),
        offset: inner
            .byte_offset()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0),
        length: inner
            .byte_len()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0),
    }
}

/// The tree as serde builds it, before numbers get their text back.
enum Tree {
    Null,
    Bool(bool),
    Number,
    Text(String),
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl Tree {
    /// `used` is where the value stands or the alias for it, `defined` where it was written.
    fn at(self, text: &str, used: &Location, defined: &Location) -> Node {
        // What is wrong within a text can only be shown where the text is.
        let at = span(match self {
            Tree::Text(_) | Tree::Number => defined,
            _ => used,
        });
        let value = match self {
            Tree::Null => Value::Null,
            Tree::Bool(value) => Value::Bool(value),
            Tree::Number => Value::Number(
                text.get(at.offset..at.offset + at.length)
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            ),
            Tree::Text(value) => Value::Text(value),
            Tree::List(items) => Value::List(
                items
                    .into_iter()
                    .map(|item| item.value.at(text, &item.referenced, &item.defined))
                    .collect(),
            ),
            Tree::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, item)| {
                        (
                            Key {
                                at: span(&key.referenced),
                                name: key.value,
                            },
                            item.value.at(text, &item.referenced, &item.defined),
                        )
                    })
                    .collect(),
            ),
        };
        Node { at, value }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }
    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }
    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Number)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Number)
    }
    fn visit_i128<E>(self, _: i128) -> Result<Tree, E> {
        Ok(Tree::Number)
    }
    fn visit_u128<E>(self, _: u128) -> Result<Tree, E> {
        Ok(Tree::Number)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Number)
    }
    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_written_and_where() {
        let (node, found) = parse("a: [1.10, yes, 007]\nb: |\n  x\n   y\n").unwrap();
        assert!(found.is_empty());
        let Value::Map(entries) = node.value else {
            panic!("not a map")
        };
        let Value::List(items) = &entries[0].1.value else {
            panic!("not a list")
        };
        assert_eq!(items[0].value, Value::Number("1.10".into()));
        assert_eq!(items[1].value, Value::Text("yes".into()));
        assert_eq!(items[2].value, Value::Number("007".into()));
        assert_eq!((items[2].at.line, items[2].at.column), (1, 16));
        assert_eq!(entries[1].1.value, Value::Text("x\n y\n".into()));
        assert_eq!((entries[1].1.at.line, entries[1].1.at.column), (3, 3));
    }

    #[test]
    fn every_duplicate_key_is_reported_and_the_tree_still_comes() {
        let (node, found) = parse("a: 1\nb: {x: 1, x: 2}\na: 3\n").unwrap();
        assert!(matches!(node.value, Value::Map(ref entries) if entries.len() == 2));
        let lines: Vec<usize> = found.iter().map(|d| d.at.line).collect();
        assert_eq!(lines, [3, 2]);
        assert!(found[0].message.contains("`a` is given twice"));
    }

    #[test]
    fn a_value_that_begins_with_a_template_is_quoted() {
        let generic = "quote a text that begins with `{{`: `\"{{ … }}\"`";
        for (text, hint) in [
            ("title: {{ x }} it\n", "quote it: `title: \"{{ x }} it\"`"),
            (
                "a:\n  - target: {{ x }}-{{ y }}  # so\n    b: 1\n",
                "quote it: `target: \"{{ x }}-{{ y }}\"`",
            ),
            ("a: {{ x | d(\"y\") }}\n", generic),
            ("a: { b: {{ x }} }\n", generic),
            ("a: 1\n[b]: 2\nc: {{ x }}\n", "write `name: value`"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.hint.as_deref(), Some(hint), "{text}: {error:?}");
        }
    }

    #[test]
    fn bombs_and_giants_are_refused_fast() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..20 {
            use std::fmt::Write as _;
            let refs = vec![format!("*a{}", level - 1); 10].join(", ");
            writeln!(bomb, "a{level}: &a{level} [{refs}]").unwrap();
        }
        let error = parse(&bomb).unwrap_err();
        assert!(error.message.contains("aliases"), "{error:?}");
        let giant = "x".repeat(MAX_BYTES + 1);
        assert!(parse(&giant).unwrap_err().message.contains("at most"));
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).is_err());
    }
}
