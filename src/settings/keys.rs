//! What the config file says about keys: read here with its places, understood by the
//! screen, which knows what keys can do.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{DuplicateKeyPolicy, Spanned};

/// A word of the config file, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Its line, the first being 1.
    pub line: u64,
    /// Its column, the first being 1.
    pub column: u64,
}

/// Other keys for an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyWish {
    /// Where; everywhere where the action is if nothing is said.
    pub context: Option<Word>,
    /// Which action.
    pub action: Word,
    /// Its keys.
    pub keys: Vec<Word>,
}

/// The part of the file that is about keys.
#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    keys: Option<Entries>,
}

/// What stands under a name.
enum Entry {
    One(String),
    Many(Vec<Spanned<String>>),
    Entries(Entries),
}

struct Entries(Vec<(Spanned<String>, Spanned<Entry>)>);

/// The wishes of a config file.
///
/// # Errors
/// When they are not written as they can be; it says where.
pub fn read(text: &str) -> Result<Vec<KeyWish>, String> {
    // Of all files, this one names the keys y and n: they are no booleans.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
    };
    let part: Part =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())?;
    let mut wishes = Vec::new();
    for (name, entry) in part.keys.map(|all| all.0).unwrap_or_default() {
        let name = word(name);
        match entry.value {
            Entry::Entries(inner) => {
                for (action, entry) in inner.0 {
                    let action = word(action);
                    let at = entry.referenced;
                    let keys = keys(entry).ok_or_else(|| {
                        format!(
                            "line {} column {}: keys: `{}` wants a key or a list of keys",
                            at.line(),
                            at.column(),
                            action.text
                        )
                    })?;
                    wishes.push(KeyWish {
                        context: Some(name.clone()),
                        action,
                        keys,
                    });
                }
            }
            _ => wishes.push(KeyWish {
                context: None,
                action: name,
                keys: keys(entry).unwrap_or_default(),
            }),
        }
    }
    Ok(wishes)
}

fn word(spanned: Spanned<String>) -> Word {
    Word {
        line: spanned.referenced.line(),
        column: spanned.referenced.column(),
        text: spanned.value,
    }
}

fn keys(entry: Spanned<Entry>) -> Option<Vec<Word>> {
    match entry.value {
        Entry::One(text) => Some(vec![Word {
            text,
            line: entry.referenced.line(),
            column: entry.referenced.column(),
        }]),
        Entry::Many(all) => Some(all.into_iter().map(word).collect()),
        Entry::Entries(_) => None,
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("actions with their keys, as `note: N`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Entries(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key, a list of keys (an empty one takes the key away), or actions")
            }

            fn visit_str<E>(self, text: &str) -> Result<Entry, E> {
                Ok(Entry::One(text.to_owned()))
            }

            fn visit_u64<E>(self, digit: u64) -> Result<Entry, E> {
                Ok(Entry::One(digit.to_string()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entry, A::Error> {
                let mut all = Vec::new();
                while let Some(key) = seq.next_element()? {
                    all.push(key);
                }
                Ok(Entry::Many(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                Entries::deserialize(map).map(Entry::Entries)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_know_where_they_stand() {
        let wishes = read(
            "theme: dark\nkeys:\n  note: y\n  search: [/, Ctrl-f]\n  output:\n    follow: 5\n    \
             pin: []\n",
        )
        .unwrap();
        let told: Vec<String> = wishes
            .iter()
            .map(|wish| {
                let place = wish.context.as_ref().map_or("", |context| &context.text);
                let keys: Vec<String> = wish
                    .keys
                    .iter()
                    .map(|key| format!("{}@{}:{}", key.text, key.line, key.column))
                    .collect();
                format!(
                    "{place} {}@{}:{} {}",
                    wish.action.text,
                    wish.action.line,
                    wish.action.column,
                    keys.join(" ")
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                " note@3:3 y@3:9",
                " search@4:3 /@4:12 Ctrl-f@4:15",
                "output follow@6:5 5@6:13",
                "output pin@7:5 ",
            ]
        );
        assert_eq!(read("theme: dark\n"), Ok(Vec::new()));
        assert_eq!(read("keys:\n"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_wish_is_refused_with_its_place() {
        for (text, told) in [
            ("keys: note\n", "line 1 column 7"),
            ("keys:\n  note:\n", "line 2"),
            ("keys:\n  note: true\n", "line 2"),
            ("keys:\n  note: n\n  note: N\n", "line 3"),
            ("keys:\n  run:\n    note: { a: b }\n", "line 3"),
            ("keys:\n  note: [[n]]\n", "line 2"),
            ("keys:\n  note: !x [\n", "line"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
