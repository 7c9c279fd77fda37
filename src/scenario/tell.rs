//! What came of scenarios, for people.

use std::fmt::Write;

use super::{Suite, Verdict, coverage::Coverage, judge::Failure};

/// What is not as expected in a suite; nothing if all is.
pub fn failures(suite: &Suite, verdicts: &[Verdict], color: bool) -> String {
    let mut text = String::new();
    for verdict in verdicts
        .iter()
        .filter(|verdict| !verdict.failures.is_empty())
    {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "✘ {}: {}\n",
            visible(&suite.name),
            visible(&verdict.name)
        );
        for failure in &verdict.failures {
            let _ = writeln!(text, "{}\n", failure_text(suite, failure, color));
        }
    }
    text
}

/// One failure as compilers show it, with its details below.
pub fn failure_text(suite: &Suite, failure: &Failure, color: bool) -> String {
    let text = failure.finding.render(&suite.file, &suite.text, color);
    // The code is of findings about a file, and would explain nothing here.
    let code = format!("[{}]", failure.finding.code.number());
    let mut text = text.replacen(&code, "", 1);
    if !failure.detail.is_empty() {
        text.push('\n');
        for line in &failure.detail {
            let _ = write!(text, "\n    {}", visible(line));
        }
    }
    text
}

/// The last line: how many passed and failed.
pub fn summary(verdicts: &[&Verdict]) -> String {
    let failed = verdicts
        .iter()
        .filter(|verdict| !verdict.failures.is_empty())
        .count();
    format!("{} passed, {failed} failed\n", verdicts.len() - failed)
}

/// A table of what the scenarios reach.
pub fn coverage(name: &str, coverage: &Coverage) -> String {
    let mut text = format!("Coverage of {}\n", visible(name));
    for (what, share) in [
        ("routes", &coverage.routes),
        ("steps", &coverage.steps),
        ("answers", &coverage.answers),
    ] {
        let reached = share.all - share.missed.len();
        let more = if share.cut { " (there are more)" } else { "" };
        let _ = writeln!(text, "  {what:<8} {reached:>4} of {}{more}", share.all);
        for missed in &share.missed {
            let _ = writeln!(text, "             missed: {}", visible(missed));
        }
    }
    text
}

/// A text that cannot steer the terminal.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}
