//! YAML as a tree in which every node knows where it stood.
//!
//! The only place that knows the YAML library. The tree, rather than derived
//! types, lets the loader report every error of a file at once.

use std::collections::BTreeMap;

use serde_saphyr::{
    Spanned, budget,
    options::{AliasLimits, DuplicateKeyPolicy},
};

use super::{
    code::Code,
    diagnostic::{Diagnostic, MOST_FINDINGS, Span},
};

mod fault;
mod tree;

use tree::Tree;

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
                return Err(Box::new(fault::finding(text, &error)));
            };
            let mut found = Vec::new();
            duplicates(&mut node, &mut found);
            if found.is_empty() {
                found.push(fault::finding(text, &error));
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
