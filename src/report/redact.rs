//! What a report leaves out before it leaves the machine. Secrets are never in it;
//! this masks what is nobody else's business: e-mail addresses, IP addresses, and what
//! the operator's patterns find.

mod addresses;

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use crate::engine::{Entry, Event};

/// What stands in the place of what was left out.
const EMAIL: &str = "[e-mail]";
const ADDRESS: &str = "[IP address]";
const PATTERN: &str = "[redacted]";

static EMAILS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+").expect("it is a pattern")
});

/// Fields that hold nothing of anybody's, and must stay what they are.
const KEPT: [&str; 10] = [
    "rfc3339", "date", "clock", "words", "sha256", "blake3", "head", "id", "kind", "mark",
];

/// How much was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Redacted {
    /// E-mail addresses.
    pub emails: usize,
    /// IP addresses.
    pub addresses: usize,
    /// What the operator's patterns found.
    pub patterns: usize,
}

impl Redacted {
    /// In words.
    pub fn words(self) -> String {
        let counted = |count: usize, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        format!(
            "{}, {} and {} of your own patterns left out",
            counted(self.emails, "e-mail address", "e-mail addresses"),
            counted(self.addresses, "IP address", "IP addresses"),
            counted(self.patterns, "match", "matches"),
        )
    }
}

/// The machines that people came from, which their names tell as their addresses would;
/// the longest first.
pub fn origins(entries: &[Entry]) -> Vec<String> {
    let mut origins: Vec<String> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::TakenOver { who, .. } => who.origin.clone(),
            _ => None,
        })
        .filter(|origin| !origin.trim().is_empty())
        .collect();
    origins.sort_by_key(|origin| std::cmp::Reverse(origin.len()));
    origins.dedup();
    origins
}

/// Masks every text of a report, and where people came from in it.
pub fn redact(report: &mut Value, patterns: &[Regex], origins: &[String]) -> Redacted {
    let mut redacted = Redacted::default();
    walk(report, &Masks::new(patterns, origins), &mut redacted);
    redacted
}

/// What is looked for.
pub struct Masks<'a> {
    patterns: &'a [Regex],
    places: Vec<Regex>,
}

impl<'a> Masks<'a> {
    /// Beside what everybody's addresses look like: the operator's patterns, and where
    /// people came from.
    pub fn new(patterns: &'a [Regex], origins: &[String]) -> Self {
        let places = origins.iter().filter_map(|origin| place(origin));
        Self {
            patterns,
            places: places.collect(),
        }
    }

    /// A text without all that.
    pub fn masked(&self, text: &str, redacted: &mut Redacted) -> String {
        masked(text, self, redacted)
    }
}

/// A machine's name where it stands by itself: a short one may be part of other words.
fn place(origin: &str) -> Option<Regex> {
    let edge = |c: Option<char>| {
        if c.is_some_and(char::is_alphanumeric) {
            r"\b"
        } else {
            ""
        }
    };
    let (first, last) = (edge(origin.chars().next()), edge(origin.chars().last()));
    Regex::new(&format!("{first}{}{last}", regex::escape(origin))).ok()
}

fn walk(value: &mut Value, masks: &Masks<'_>, redacted: &mut Redacted) {
    match value {
        Value::String(text) => *text = masked(text, masks, redacted),
        Value::Array(items) => {
            for item in items {
                walk(item, masks, redacted);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if !KEPT.contains(&name.as_str()) {
                    walk(field, masks, redacted);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn masked(text: &str, masks: &Masks<'_>, redacted: &mut Redacted) -> String {
    let mut text = text.to_owned();
    // The operator's own first: they know what they are looking for.
    for pattern in masks.patterns {
        let masked = pattern.replace_all(&text, |found: &Captures<'_>| {
            if found[0].is_empty() {
                return String::new();
            }
            redacted.patterns += 1;
            PATTERN.to_owned()
        });
        text = masked.into_owned();
    }
    for place in &masks.places {
        let masked = place.replace_all(&text, |_: &Captures<'_>| {
            redacted.addresses += 1;
            ADDRESS
        });
        text = masked.into_owned();
    }
    let masked = EMAILS.replace_all(&text, |_: &Captures<'_>| {
        redacted.emails += 1;
        EMAIL
    });
    addresses::masked(&masked, ADDRESS, &mut redacted.addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_somebodys_business_is_left_out() {
        let own = [Regex::new("cust-[0-9]+|q*").unwrap()];
        let origins = ["ana-laptop.lan".to_owned(), "bo".to_owned()];
        let own = Masks::new(&own, &origins);
        let mut redacted = Redacted::default();
        let mut masked = |text: &str| super::masked(text, &own, &mut redacted);
        assert_eq!(
            masked("ana.b+x@example.org pages 10.1.2.3 and fe80::1, cust-77 at 14:15:16"),
            "[e-mail] pages [IP address] and [IP address], [redacted] at 14:15:16"
        );
        assert_eq!(
            masked("999.1.1.1 v1.2.3 a::b::c @ x@y"),
            "999.1.1.1 v1.2.3 a::b::c @ x@y"
        );
        assert_eq!(masked("[::ffff:10.0.0.1]:80"), "[[IP address]]:80");
        assert_eq!(masked("ana, from ana-laptop.lan"), "ana, from [IP address]");
        assert_eq!(masked("reboot from bo"), "reboot from [IP address]");
        assert_eq!(
            redacted,
            Redacted {
                emails: 1,
                addresses: 5,
                patterns: 1
            }
        );
    }
}
