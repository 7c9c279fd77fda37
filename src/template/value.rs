//! Values and their types, by name.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of value a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Text, of any length, without NUL.
    String,
    /// A JSON number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// The name of an environment variable that holds a secret.
    Secret,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Secret => "secret",
        })
    }
}

/// A value that a template may use.
///
/// In JSON a string, number or boolean stands for itself and a secret is
/// `{"secret": "VARIABLE"}`: the secret's own text is never held here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Text.
    String(String),
    /// A number.
    Number(serde_json::Number),
    /// Yes or no.
    Boolean(bool),
    /// A secret, by the environment variable that will hold it.
    Secret {
        /// The environment variable's name.
        #[serde(rename = "secret")]
        variable: String,
    },
}

impl Value {
    /// Reads what an operator typed or a command printed as a value of type `ty`.
    ///
    /// Blanks around a number or a boolean are ignored; a boolean is exactly
    /// `true` or `false`; the text of a secret is its environment variable's
    /// name. The error is a sentence for the operator.
    pub fn parse(text: &str, ty: Type) -> Result<Self, String> {
        match ty {
            Type::String if text.contains('\0') => {
                Err("a string cannot contain a NUL character".to_owned())
            }
            Type::String => Ok(Self::String(text.to_owned())),
            Type::Number => parse_number(text.trim())
                .map(Self::Number)
                .ok_or_else(|| format!("{} is not a number", named(text))),
            Type::Boolean => match text.trim() {
                "true" => Ok(Self::Boolean(true)),
                "false" => Ok(Self::Boolean(false)),
                _ => Err(format!("{} is neither `true` nor `false`", named(text))),
            },
            Type::Secret if is_variable(text) => Ok(Self::Secret {
                variable: text.to_owned(),
            }),
            Type::Secret => Err(format!(
                "{} is not the name of an environment variable",
                named(text)
            )),
        }
    }

    /// The value's type.
    pub fn type_of(&self) -> Type {
        match self {
            Self::String(_) => Type::String,
            Self::Number(_) => Type::Number,
            Self::Boolean(_) => Type::Boolean,
            Self::Secret { .. } => Type::Secret,
        }
    }
}

/// Plain text; a secret shows as `$VARIABLE`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(truth) => write!(f, "{truth}"),
            Self::Secret { variable } => write!(f, "${variable}"),
        }
    }
}

/// A number as people and programs write it: JSON's form, and also `.5`, `+3`, `007`.
pub(super) fn parse_number(text: &str) -> Option<serde_json::Number> {
    // Rust also reads `inf` and `nan`, which are no numbers to decide by.
    if text
        .chars()
        .any(|c| c.is_alphabetic() && c != 'e' && c != 'E')
    {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    serde_json::Number::from_f64(text.parse().ok()?)
}

/// Whether `name` can be the name of an environment variable in a shell.
pub(super) fn is_variable(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
        && letters.all(|c| c == '_' || c.is_ascii_alphanumeric())
}

/// A text as the subject of a sentence.
fn named(text: &str) -> String {
    match excerpt(text) {
        shown if shown.is_empty() => "an empty text".to_owned(),
        shown => format!("`{shown}`"),
    }
}

/// Enough of a long text to recognise it in a message.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut letters = text.trim().chars();
    let shown: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() {
        format!("{shown}…")
    } else {
        shown
    }
}

/// A leaf, or a group of names below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<T> {
    /// What one full name stands for.
    Leaf(T),
    /// Names that go on after a dot.
    Map(BTreeMap<String, Node<T>>),
}

/// Things by dotted name (`service`, `answers.migrations_ran`, `run.kind`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names<T>(BTreeMap<String, Node<T>>);

/// Values by name, to render with.
pub type Scope = Names<Value>;

/// Types by name, in the same shape, to check with when a file is loaded.
pub type Types = Names<Type>;

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Names<T> {
    /// No names at all.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Puts `leaf` at the dotted `path`, making the groups on the way. What
    /// stood there, or stood in the way as a leaf, is replaced.
    pub fn insert(&mut self, path: &str, leaf: T) {
        let mut level = &mut self.0;
        let mut rest = path;
        while let Some((group, below)) = rest.split_once('.') {
            // Most names join a group that is there: its name is not copied for them.
            if !matches!(level.get(group), Some(Node::Map(_))) {
                level.insert(group.to_owned(), Node::Map(BTreeMap::new()));
            }
            let Some(Node::Map(inner)) = level.get_mut(group) else {
                return;
            };
            level = inner;
            rest = below;
        }
        level.insert(rest.to_owned(), Node::Leaf(leaf));
    }

    /// What stands at the dotted `path`, if it is a full name.
    pub fn get(&self, path: &str) -> Option<&T> {
        match self.node(path)? {
            Node::Leaf(leaf) => Some(leaf),
            Node::Map(_) => None,
        }
    }

    /// The leaf or the group at the dotted `path`.
    pub fn node(&self, path: &str) -> Option<&Node<T>> {
        let mut parts = path.split('.');
        let mut node = self.0.get(parts.next()?)?;
        for part in parts {
            let Node::Map(below) = node else { return None };
            node = below.get(part)?;
        }
        Some(node)
    }

    /// Every full name, in order.
    pub fn names(&self) -> Vec<String> {
        self.first_names(usize::MAX)
    }

    /// The first full name below the group at `path`.
    pub fn below(&self, path: &str) -> Option<String> {
        let Node::Map(below) = self.node(path)? else {
            return None;
        };
        let mut names = Vec::new();
        collect(below, &format!("{path}."), 1, &mut names);
        names.pop()
    }

    /// The first full names, in order: so many at most.
    pub fn first_names(&self, most: usize) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.0, "", most, &mut names);
        names
    }

    /// Takes a top-level name (and all below it) out.
    pub fn remove(&mut self, name: &str) -> Option<Node<T>> {
        self.0.remove(name)
    }

    /// Puts back what [`Names::remove`] took out.
    pub fn restore(&mut self, name: &str, node: Option<Node<T>>) {
        match node {
            Some(node) => self.0.insert(name.to_owned(), node),
            None => self.0.remove(name),
        };
    }
}

impl Scope {
    /// The types of these values.
    pub fn types(&self) -> Types {
        fn below(level: &BTreeMap<String, Node<Value>>) -> BTreeMap<String, Node<Type>> {
            let typed = |node: &Node<Value>| match node {
                Node::Leaf(value) => Node::Leaf(value.type_of()),
                Node::Map(map) => Node::Map(below(map)),
            };
            level.iter().map(|(k, v)| (k.clone(), typed(v))).collect()
        }
        Names(below(&self.0))
    }
}

/// The values that a template sees. A run knows many, and they are never copied.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    /// What the template has made itself, which comes first.
    pub own: &'a Scope,
    /// What it was given.
    pub given: &'a Scope,
}

impl<'a> Values<'a> {
    /// The leaf or the group at the dotted `path`.
    pub fn node(self, path: &str) -> Option<&'a Node<Value>> {
        self.own.node(path).or_else(|| self.given.node(path))
    }

    /// What stands at the dotted `path`, if it is a full name.
    pub fn get(self, path: &str) -> Option<&'a Value> {
        match self.node(path)? {
            Node::Leaf(value) => Some(value),
            Node::Map(_) => None,
        }
    }

    /// The first full names of both: so many at most of each.
    pub fn first_names(self, most: usize) -> Vec<String> {
        let mut names = self.own.first_names(most);
        names.extend(self.given.first_names(most));
        names
    }
}

impl<'a> From<&'a Scope> for Values<'a> {
    fn from(given: &'a Scope) -> Self {
        static NONE: Scope = Scope::new();
        Self { own: &NONE, given }
    }
}

fn collect<T>(
    level: &BTreeMap<String, Node<T>>,
    prefix: &str,
    most: usize,
    names: &mut Vec<String>,
) {
    for (name, node) in level {
        if names.len() >= most {
            return;
        }
        match node {
            Node::Leaf(_) => names.push(format!("{prefix}{name}")),
            Node::Map(below) => collect(below, &format!("{prefix}{name}."), most, names),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_by_type() {
        let number = |text| Value::parse(text, Type::Number).map(|v| v.to_string());
        assert_eq!(number(" 7.5\n"), Ok("7.5".to_owned()));
        assert_eq!(number("007"), Ok("7".to_owned()));
        assert_eq!(number("-3"), Ok("-3".to_owned()));
        assert_eq!(
            number("18446744073709551615"),
            Ok("18446744073709551615".to_owned())
        );
        for bad in ["", "5 %", "nan", "inf", "-inf", "infinity", "0x10", "1e999"] {
            assert!(number(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Value::parse("true ", Type::Boolean),
            Ok(Value::Boolean(true))
        );
        assert!(Value::parse("yes", Type::Boolean).is_err());
        assert!(Value::parse("a\0b", Type::String).is_err());
        assert!(Value::parse("A; ls", Type::Secret).is_err());
    }

    #[test]
    fn is_natural_json() {
        for (value, json) in [
            (Value::String("a".into()), r#""a""#),
            (Value::Number(3.into()), "3"),
            (Value::Boolean(true), "true"),
            (
                Value::Secret {
                    variable: "TOKEN".into(),
                },
                r#"{"secret":"TOKEN"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
            assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
        }
        assert!(serde_json::from_str::<Value>("null").is_err());
        assert!(serde_json::from_str::<Value>("[1]").is_err());
    }

    #[test]
    fn names_nest() {
        let mut scope = Scope::new();
        scope.insert("steps.deploy.exit", Value::Number(0.into()));
        scope.insert("service", Value::String("api".into()));
        assert_eq!(scope.names(), ["service", "steps.deploy.exit"]);
        assert_eq!(
            scope.get("steps.deploy.exit"),
            Some(&Value::Number(0.into()))
        );
        assert_eq!(scope.get("steps.deploy"), None);
        assert_eq!(scope.get("service.x"), None);
        assert_eq!(scope.types().get("steps.deploy.exit"), Some(&Type::Number));
        scope.insert("service.port", Value::Number(1.into()));
        assert_eq!(scope.names(), ["service.port", "steps.deploy.exit"]);
    }
}
