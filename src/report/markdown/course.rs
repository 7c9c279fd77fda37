//! How it went: the timeline, the phases, what was checked and cleaned up.

use std::fmt::{self, Write};

use super::Source;
use crate::report::{
    escape::{code, inline},
    items,
    metrics::{self, Cleaned, PhaseResult},
    timeline::{Mark, story},
};
use crate::runbook::human;

/// What happened, line by line.
pub(super) fn timeline(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(
        out,
        "{}\nAll times are UTC.\n",
        source.heading(2, "Timeline")
    )?;
    let mut day = None;
    for line in story(source.state, source.entries) {
        let date = line.at.date_naive();
        if day.replace(date) != Some(date) {
            writeln!(out, "{}", source.heading(3, &date.to_string()))?;
        }
        let word = match line.mark {
            Mark::Milestone => "**",
            _ => "",
        };
        let glyph = match line.mark {
            Mark::Good => "✔ ",
            Mark::Bad => "✘ ",
            Mark::Unknown => "? ",
            Mark::Decision => "◆ ",
            Mark::Skipped => "– ",
            Mark::Begin => "▸ ",
            Mark::Note => "✎ ",
            Mark::Milestone => "",
        };
        let late = line.recorded_at.map_or_else(String::new, |at| {
            format!(" *(recorded at {})*", at.format("%H:%M:%S"))
        });
        writeln!(
            out,
            "- `{}` {glyph}{word}{}{word}{late}",
            line.at.format("%H:%M:%S"),
            inline(&line.text)
        )?;
    }
    writeln!(out)
}

/// Each phase against its budget.
pub(super) fn phases(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(
        out,
        "{}\n| Phase | Budget | Actual | |\n|---|---|---|---|",
        source.heading(2, "Phases")
    )?;
    for phase in metrics::phases(source.state, source.now) {
        let budget = phase.budget.map_or("–".to_owned(), human);
        let (actual, remark) = match &phase.status {
            PhaseResult::Took(time) => (human(*time), over(*time, phase.budget)),
            PhaseResult::Open(time) => (human(*time), "open".to_owned()),
            PhaseResult::NotTaken(because) => (
                "–".to_owned(),
                format!("not taken: {} is false", code(because)),
            ),
            PhaseResult::OffRoute => ("–".to_owned(), "not on the route".to_owned()),
        };
        writeln!(
            out,
            "| {} | {budget} | {actual} | {remark} |",
            inline(&phase.title)
        )?;
    }
    writeln!(out)
}

fn over(time: std::time::Duration, budget: Option<std::time::Duration>) -> String {
    match budget.and_then(|budget| time.checked_sub(budget)) {
        Some(over) if !over.is_zero() => format!("**{} over**", human(over)),
        _ => String::new(),
    }
}

/// Each check of the verifying phases.
pub(super) fn verification(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "{}", source.heading(2, "Verification"))?;
    let checks = metrics::verification(source.state);
    if checks.is_empty() {
        return writeln!(out, "The runbook has no verifying phase.\n");
    }
    writeln!(out, "| Check | Status | Time |\n|---|---|---|")?;
    for (check, status, at) in checks {
        let at = at.map_or("–".to_owned(), |at| at.format("%H:%M:%S").to_string());
        writeln!(out, "| {} | {} | {at} |", inline(&check), inline(&status))?;
    }
    writeln!(out)
}

/// What was offered at the end, and what became of it.
pub(super) fn cleanup(out: &mut String, source: &Source<'_>) -> fmt::Result {
    let Some(steps) = metrics::cleanup(source.state) else {
        return Ok(());
    };
    writeln!(out, "{}", source.heading(2, "Cleanup"))?;
    writeln!(out, "| Step | What became of it | Time |\n|---|---|---|")?;
    for (title, cleaned, at) in steps {
        let word = match cleaned {
            Cleaned::NotOffered => "not offered: nothing called for it".to_owned(),
            Cleaned::NotNeeded(because) => format!("not offered: {} is false", code(&because)),
            Cleaned::Open => "**still open**".to_owned(),
            Cleaned::Done => "done".to_owned(),
            Cleaned::Rehearsed => "rehearsed, not done".to_owned(),
            Cleaned::Skipped(reason) => format!("**skipped**: {}", inline(&reason)),
            Cleaned::Failed => "**failed**, accepted".to_owned(),
        };
        let at = at.map_or("–".to_owned(), |at| at.format("%H:%M:%S").to_string());
        writeln!(out, "| {} | {word} | {at} |", inline(&title))?;
    }
    writeln!(out)
}

/// Where the operator left the author's path.
pub(super) fn deviations(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "{}", source.heading(2, "Deviations"))?;
    let all = items::deviations(source.state, source.entries);
    if all.is_empty() {
        return writeln!(out, "None: the runbook was followed.\n");
    }
    for (at, text) in all {
        writeln!(out, "- `{}` {}", at.format("%H:%M:%S"), inline(&text))?;
    }
    writeln!(out)
}
