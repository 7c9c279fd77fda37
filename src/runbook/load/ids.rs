//! What may be a name.

use super::fields::Reader;
use crate::runbook::{Code, diagnostic::Span};

/// Names that mean something else in a template.
const RESERVED: &[&str] = &[
    "answers", "steps", "run", "true", "false", "and", "or", "not", "in", "is", "if", "else",
    "elif", "for", "set", "none", "null", "loop", "self", "endif", "endfor", "macro", "block",
];

impl Reader {
    /// A name that templates use: an id that is no word of theirs.
    pub fn name(&mut self, name: &str, at: Span) -> Option<String> {
        self.id(name, at)
    }

    /// An id: it is compared in templates as a text, or stands behind a dot.
    pub fn id(&mut self, name: &str, at: Span) -> Option<String> {
        let name = self.word_id(name, at)?;
        if RESERVED.contains(&name.as_str()) {
            self.error_hint(
                Code::Id,
                at,
                format!("`{name}` is a word of the template language"),
                "choose another name",
            );
            return None;
        }
        Some(name)
    }

    /// An id that templates only use as a text (`answers.gate == "none"`).
    pub fn word_id(&mut self, name: &str, at: Span) -> Option<String> {
        let mut chars = name.chars();
        let first = chars
            .next()
            .is_some_and(|c| c.is_ascii_lowercase() || c == '_');
        if !first || !chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            let mut mended = String::new();
            for c in name.to_ascii_lowercase().chars() {
                mended.push(if c.is_ascii_alphanumeric() { c } else { '_' });
            }
            if !mended.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') {
                mended.insert(0, '_');
            }
            self.error_hint(
                Code::Id,
                at,
                format!("`{name}` cannot be an id: templates use it as a name"),
                format!("small letters, digits and underscores: `{mended}`"),
            );
            return None;
        }
        Some(name.to_owned())
    }
}
