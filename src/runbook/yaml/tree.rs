//! The tree as serde builds it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::{Key, Node, Value};
use crate::runbook::diagnostic::Span;

/// A place as the library gives it.
pub fn span(location: &Location) -> Span {
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
pub enum Tree {
    /// Nothing, or `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number: what was written stands in the text.
    Number,
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Spanned<Tree>>),
    /// A map.
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl Tree {
    /// The tree with places; `used` is where the value stands or the alias for it, `defined` where it was written.
    pub fn at(self, text: &str, used: &Location, defined: &Location) -> Node {
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
