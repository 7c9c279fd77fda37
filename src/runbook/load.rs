//! A file becomes a checked runbook, or the list of all that is wrong with it.

mod environments;
pub(crate) mod fields;
mod gates;
mod header;
mod ids;
mod inputs;
mod manual;
mod names;
mod outputs;
pub mod place;
mod run;
mod signals;
mod steps;
mod templates;
mod uses;

use super::{
    code::Code,
    diagnostic::{Diagnostic, MOST_FINDINGS, Severity, Span},
    model::Runbook,
    yaml,
};
use fields::Reader;

#[cfg(test)]
pub(crate) use fields::asked;

/// What loading found.
#[derive(Debug)]
pub struct Loaded {
    /// There is one only if no finding is an error.
    pub runbook: Option<Runbook>,
    /// In the order of the file.
    pub findings: Vec<Diagnostic>,
}

impl Loaded {
    /// The errors and warnings as an author reads them.
    pub fn render(&self, file: &str, source: &str, color: bool) -> String {
        let parts: Vec<String> = self
            .findings
            .iter()
            .map(|finding| finding.render(file, source, color))
            .collect();
        parts.join("\n\n")
    }

    /// How many errors.
    pub fn errors(&self) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .count()
    }
}

/// Decodes a file's bytes: UTF-8, with or without a byte order mark.
///
/// # Errors
/// A located finding for the first byte that is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line_start = before
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(0, |n| n + 1);
        let at = Span {
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: String::from_utf8_lossy(&before[line_start..])
                .chars()
                .count()
                + 1,
            offset: before.len(),
            length: 1,
        };
        Box::new(
            Diagnostic::error(at, "this byte is not UTF-8")
                .code(Code::File)
                .hint("save the file as UTF-8 in your editor"),
        )
    })
}

/// Reads and checks a runbook's text that stands alone: it cannot use another one.
pub fn load(text: &str) -> Loaded {
    load_with(text, &|name| {
        Err(format!(
            "`{name}` cannot be looked up here: this file is read by itself"
        ))
    })
}

/// Reads and checks a runbook's text. `find` gives the texts of the runbooks that it
/// uses by their names, or a sentence why it cannot; it is asked once for each.
pub fn load_with(text: &str, find: &dyn Fn(&str) -> Result<String, String>) -> Loaded {
    one_file(text, &mut uses::Books::new(find))
}

fn one_file(text: &str, books: &mut uses::Books<'_>) -> Loaded {
    let (root, mut findings) = match yaml::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            return Loaded {
                runbook: None,
                findings: vec![*error],
            };
        }
    };
    let mut reader = Reader::default();
    let runbook = header::runbook(&mut reader, &root).map(|mut runbook| {
        let splits = uses::splice(&mut runbook, &mut reader, books);
        names::check(&mut runbook, text, &reader.places, &mut findings);
        uses::settle(
            &mut runbook,
            splits,
            &mut findings,
            &mut |runbook, when, f| {
                names::check_condition(runbook, text, when, f);
            },
        );
        runbook
    });
    findings.append(&mut reader.findings);
    findings.sort_by_key(|finding| (finding.at.line, finding.at.column));
    findings.dedup();
    // One that was left out may be an error, so that this one is.
    if findings.len() >= MOST_FINDINGS {
        findings.truncate(MOST_FINDINGS);
        let last = findings.last().map(|finding| finding.at);
        let message = format!("{MOST_FINDINGS} findings are told, and there may be more");
        findings.push(
            Diagnostic::error(last.unwrap_or_default(), message)
                .code(Code::Budget)
                .hint("mend these first"),
        );
    }
    let failed = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    Loaded {
        runbook: runbook.filter(|_| !failed),
        findings,
    }
}

#[cfg(test)]
mod tests;
