//! What it came to, and what is left to do.

use std::fmt::{self, Write};

use chrono::{DateTime, Utc};

use super::{Source, how, utc};
use crate::engine::{
    Event,
    event::{Checked, RunKind},
    observed::Ended,
};
use crate::report::{
    escape::{code, inline},
    items,
    timeline::{short, step_title},
};
use crate::runbook::human;
use crate::template::Value;

/// How much of a script or of what a guard printed stands in the table.
const IN_A_ROW: usize = 120;

/// What it came to, at a glance.
pub(super) fn write(out: &mut String, source: &Source<'_>) -> fmt::Result {
    let state = source.state;
    let run = &state.run;
    writeln!(out, "{}\n| | |\n|---|---|", source.heading(2, "Summary"))?;
    let mut row = |name: &str, value: String| writeln!(out, "| {name} | {value} |");
    if run.kind != RunKind::Incident {
        row("Kind", format!("**{}**", run.kind.word()))?;
    }
    row("Date", state.started_at.format("%Y-%m-%d").to_string())?;
    row("Started", utc(state.started_at))?;
    let (end, outcome) = match &state.closed {
        Some(closed) => (closed.at, closed.outcome.word().to_owned()),
        None => (source.now, "still open".to_owned()),
    };
    if state.closed.is_some() {
        row("Ended", utc(end))?;
    }
    let lasted = (end - state.started_at).to_std().unwrap_or_default();
    row("Duration", human(lasted))?;
    row("Outcome", format!("**{outcome}**"))?;
    if let Some(closed) = state
        .closed
        .as_ref()
        .filter(|closed| !closed.note.is_empty())
    {
        row("In words", inline(&closed.note))?;
    }
    row(
        "Severity",
        run.severity
            .as_deref()
            .map_or("not given".to_owned(), inline),
    )?;
    row(
        "Impact",
        run.impact.as_deref().map_or("not given".to_owned(), inline),
    )?;
    row(
        "Environment",
        run.environment
            .as_deref()
            .map_or("not given".to_owned(), inline),
    )?;
    row(
        "Operator",
        format!("{} on {}", inline(&state.started_by), inline(&run.host)),
    )?;
    row(
        "Runbook",
        format!("{} (SHA-256 {})", inline(&run.runbook), code(&run.digest)),
    )?;
    for (name, digest) in &run.used {
        row(
            "Uses the runbook",
            format!("{} (SHA-256 {})", inline(name), code(digest)),
        )?;
    }
    if let Some(from) = &run.from {
        let title = inline(&step_title(state, from));
        row("Began at", format!("the later step {title}"))?;
    }
    for (when, guard) in proofs(source) {
        row("Place", proof(when, guard))?;
    }
    for (name, value) in &run.inputs {
        let shown = match value {
            Value::Secret { .. } => "(secret)".to_owned(),
            other if other.to_string().is_empty() => "(empty)".to_owned(),
            other => code(&other.to_string()),
        };
        row(&format!("Input {}", inline(name)), shown)?;
    }
    writeln!(out)
}

/// Each proof of the place, and when it was given.
fn proofs<'a>(source: &'a Source<'_>) -> impl Iterator<Item = (DateTime<Utc>, &'a Checked)> {
    source.entries.iter().filter_map(|entry| {
        let guard = match &entry.event {
            Event::RunStarted(started) => started.guard.as_ref(),
            Event::RunResumed { guard, .. } => guard.as_ref(),
            _ => None,
        };
        guard.map(|guard| (entry.at, guard))
    })
}

fn proof(at: DateTime<Utc>, guard: &Checked) -> String {
    let verdict = if guard.ended == (Ended::Exit { code: 0 }) {
        "proven"
    } else {
        "**not proven**"
    };
    let printed = match guard.text.trim() {
        "" => String::new(),
        text => format!(", printed {}", code(&short(text, IN_A_ROW))),
    };
    format!(
        "{verdict} at {} by {} ({}{printed})",
        at.format("%H:%M:%S"),
        code(&short(guard.command.trim(), IN_A_ROW)),
        how(&guard.ended)
    )
}

/// What is left to do.
pub(super) fn actions(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "{}", source.heading(2, "Open action items"))?;
    let items = items::action_items(source.state);
    if items.is_empty() {
        return writeln!(out, "None.\n");
    }
    for item in items {
        writeln!(out, "- [ ] {}", inline(&item))?;
    }
    writeln!(out)
}
