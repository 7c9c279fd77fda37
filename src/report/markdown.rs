//! The report in Markdown, as GitHub shows it, in the order in which a postmortem
//! needs it: what it came to and what is left to do, then how it went, and at the end
//! what ran.

use std::io::{self, Write};

use serde::Serialize;

use super::{Report, Source, escape};
use crate::template::document::{self, Kind};

/// The template that is built in.
pub const TEMPLATE: &str = include_str!("templates/report.md");

/// How Markdown takes a value.
pub const KIND: Kind = Kind {
    escape: |text: &str, out: &mut dyn Write| -> io::Result<()> {
        out.write_all(escape::inline(text).as_bytes())
    },
    filters: &[("code", escape::code), ("mermaid", escape::mermaid)],
    fence: escape::fence,
};

/// The whole report.
pub fn markdown(source: &Source<'_>) -> String {
    // The tests render the built-in template over every field; should it fail all the
    // same, its reason is better than no file.
    write(&Report::of(source)).unwrap_or_else(|why| format!("{why}\n"))
}

/// Writes what was gathered.
///
/// # Errors
/// Never for a whole report.
pub fn write(report: &impl Serialize) -> Result<String, String> {
    document::render(TEMPLATE, report, KIND)
}
