//! Every kind of mistake: what is said, where, and what helps.

mod hostile;
mod language;
mod limits;
mod mistakes;
mod mutations;
mod places;
mod uses;
mod uses_wrong;
mod wrong;

use super::{Loaded, load};
use crate::runbook::Diagnostic;

/// A runbook with this single step, given as the lines below `- `.
fn with_step(step: &str) -> String {
    let step = step.replace('\n', "\n      ");
    format!(
        "version: 1\ntitle: T\ninputs:\n  name: {{}}\n  count: {{ type: number, default: 1 }}\n  \
         token: {{ secret: true, env: TOKEN }}\nphases:\n- id: p\n  title: P\n  steps:\n    - {step}\n"
    )
}

/// The line of a step's first line in [`with_step`].
const STEP_LINE: usize = 11;
/// The column of its fields.
const STEP_COLUMN: usize = 7;

/// The findings, each as `line:column: message (hint)`.
fn said(loaded: &Loaded) -> Vec<String> {
    loaded
        .findings
        .iter()
        .map(|finding| {
            let title = format!(" error[{}]:", finding.code.number());
            finding.to_string().replace(&title, "")
        })
        .collect()
}

/// What the finding underlines.
fn marked<'a>(finding: &Diagnostic, text: &'a str) -> &'a str {
    &text[finding.at.offset..finding.at.offset + finding.at.length]
}

/// The rendered text names the place and underlines it.
fn assert_shown(loaded: &Loaded, text: &str) {
    let shown = loaded.render("book.yaml", text, false);
    for finding in &loaded.findings {
        let place = format!("book.yaml:{}:{}", finding.at.line, finding.at.column);
        assert!(shown.contains(&place), "{place} in {shown}");
    }
    assert!(shown.contains('^'), "{shown}");
}

/// The text has exactly this one finding.
#[track_caller]
fn assert_one(text: &str, expected: &str) {
    let loaded = load(text);
    assert_eq!(said(&loaded), [expected], "in\n{text}");
    assert!(loaded.runbook.is_none());
    assert_shown(&loaded, text);
}

/// A step has exactly this one finding, at a line and column of the step.
#[track_caller]
fn assert_step(step: &str, line: usize, column: usize, message: &str) {
    let place = format!("{}:{}", STEP_LINE + line - 1, STEP_COLUMN + column - 1);
    assert_one(&with_step(step), &format!("{place}: {message}"));
}

#[test]
fn the_frame_of_these_tests_is_right() {
    let loaded = load(&with_step(
        "id: a\nrun: echo {{ name }} {{ count }} {{ token }}",
    ));
    assert_eq!(said(&loaded), [""; 0]);
    assert!(loaded.runbook.is_some());
}

#[test]
fn the_shipped_runbooks_load() {
    for entry in crate::runbook::library::BUILT_IN {
        let loaded = entry.load();
        let shown = loaded.render(entry.name, entry.text, false);
        assert!(loaded.runbook.is_some() && shown.is_empty(), "{shown}");
    }
}
