//! The report as one HTML file that needs nothing else: no script, no font, no
//! picture from anywhere; it prints, and is dark where the reader's screen is.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::output::invisible::revealed;
use crate::template::document::{self, Kind};

mod chart;

/// The template that is built in.
pub const TEMPLATE: &str = include_str!("templates/report.html");

/// How HTML takes a value.
pub const KIND: Kind = Kind {
    escape: |text: &str, out: &mut dyn Write| -> io::Result<()> {
        out.write_all(escape(text).as_bytes())
    },
    filters: &[],
    fence: |text, _| format!("<pre>{}</pre>", escape(text)),
};

/// Writes what was gathered.
///
/// # Errors
/// Never for a whole report.
pub fn write(report: &Value) -> Result<String, String> {
    document::render(TEMPLATE, &with_charts(report), KIND)
}

/// The report with the picture of each signal in its `svg`: templates get them too.
pub fn with_charts(report: &Value) -> impl Serialize {
    let span = chart::Span {
        from: report["run"]["started"]["unix"].as_i64().unwrap_or(0),
        to: report["run"]["until"].as_i64().unwrap_or(0),
    };
    let none = Vec::new();
    let decisions = report["decisions"].as_array().unwrap_or(&none);
    let mut signals = report["signals"].clone();
    for signal in signals.as_array_mut().into_iter().flatten() {
        signal["svg"] = chart::svg(signal, decisions, span).into();
    }
    WithCharts { report, signals }
}

/// A report in which only the signals are other ones: a copy of all of it takes as long
/// as half of the page.
struct WithCharts<'a> {
    report: &'a Value,
    signals: Value,
}

impl Serialize for WithCharts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.report.as_object().into_iter().flatten();
        serializer.collect_map(parts.map(|(name, part)| match name.as_str() {
            "signals" => (name, &self.signals),
            _ => (name, part),
        }))
    }
}

/// Text in a page: nothing of it is markup, and nothing of it is a control character
/// or hides.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in revealed(text) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
