//! The report in Markdown, in the order in which a postmortem needs it.

use std::fmt::{self, Write};

use chrono::{DateTime, Utc};

use super::{
    escape::{code, fence, inline},
    metrics::{self, PhaseResult},
    timeline::{Mark, step_title, timeline},
};
use crate::engine::{
    Entry, Event, State,
    event::{Facts, Outcome, RunKind},
    observed::Ended,
    state::{Attempt, AttemptStatus},
};
use crate::output::{Position, Reader, window};
use crate::run_dir::RunDir;
use crate::runbook::human;

/// How many of a command's last lines are shown.
const LAST_LINES: u16 = 10;

/// What a report is made of.
pub struct Source<'a> {
    /// The run as it stands.
    pub state: &'a State,
    /// Everything that happened.
    pub entries: &'a [Entry],
    /// The hash of the journal's last line.
    pub head: String,
    /// Where the commands' logs stand.
    pub dir: &'a RunDir,
    /// When the report is made: only an open run's durations depend on it.
    pub now: DateTime<Utc>,
}

/// The whole report.
pub fn markdown(source: &Source<'_>) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut text, source);
    text
}

fn write_all(out: &mut String, source: &Source<'_>) -> fmt::Result {
    let drill = source.state.run.kind == RunKind::Drill;
    let mark = if drill { "DRILL: " } else { "" };
    writeln!(out, "# {mark}{}\n", inline(&source.state.run.title))?;
    if drill {
        writeln!(
            out,
            "**This was a drill. Nothing here happened in production.**\n"
        )?;
    }
    summary(out, source)?;
    timeline_section(out, source)?;
    decisions(out, source)?;
    phases(out, source)?;
    verification(out, source)?;
    commands(out, source)?;
    deviations(out, source)?;
    actions(out, source)?;
    writeln!(out, "## Root cause\n\n\n## Lessons learned\n")?;
    writeln!(
        out,
        "---\n\nrbconsole {} · run {} · journal head {}",
        inline(&source.state.run.version),
        code(&source.state.run.id),
        code(&source.head)
    )
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn summary(out: &mut String, source: &Source<'_>) -> fmt::Result {
    let state = source.state;
    let run = &state.run;
    writeln!(out, "## Summary\n\n| | |\n|---|---|")?;
    let mut row = |name: &str, value: String| writeln!(out, "| {name} | {value} |");
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
    for (name, value) in &run.inputs {
        let shown = match value {
            crate::template::Value::Secret { .. } => "(secret)".to_owned(),
            other if other.to_string().is_empty() => "(empty)".to_owned(),
            other => code(&other.to_string()),
        };
        row(&format!("Input {}", inline(name)), shown)?;
    }
    writeln!(out)
}

fn timeline_section(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "## Timeline\n\nAll times are UTC.\n")?;
    let mut day = None;
    for line in timeline(source.state, source.entries) {
        let date = line.at.date_naive();
        if day.replace(date) != Some(date) {
            writeln!(out, "### {date}\n")?;
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

fn decisions(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "## Decisions\n")?;
    let mut facts: Vec<(&str, &Facts)> = Vec::new();
    let mut evidence: Vec<(&str, &str, &Ended)> = Vec::new();
    let mut any = false;
    for entry in source.entries {
        match &entry.event {
            Event::GateOpened {
                gate, facts: now, ..
            }
            | Event::GateMeasured { gate, facts: now } => {
                facts.retain(|(known, _)| known != gate);
                facts.push((gate, now));
            }
            Event::EvidenceCollected { gate, text, ended } => evidence.push((gate, text, ended)),
            Event::GateAnswered {
                gate,
                label,
                reason,
                overrides,
                route,
                ends,
                ..
            } => {
                any = true;
                writeln!(out, "### {}\n", inline(&step_title(source.state, gate)))?;
                writeln!(out, "- Answer: **{}**", inline(label))?;
                writeln!(
                    out,
                    "- Decided by: {} at {}",
                    inline(&entry.by),
                    utc(entry.at)
                )?;
                let reason = reason.as_deref().map_or("none given".to_owned(), inline);
                writeln!(out, "- Reason: {reason}")?;
                if let Some(suggested) = overrides {
                    writeln!(
                        out,
                        "- **Override:** the facts spoke for {}",
                        code(suggested)
                    )?;
                }
                let after: Vec<String> = route
                    .iter()
                    .map(|id| {
                        let phase = source.state.runbook.phase(id);
                        inline(phase.map_or(id, |phase| &phase.title))
                    })
                    .collect();
                let after = if *ends {
                    "nothing: the run ends here".to_owned()
                } else {
                    after.join(" → ")
                };
                writeln!(out, "- What follows: {after}\n")?;
                let known = facts.iter().find(|(known, _)| known == gate);
                if let Some((_, facts)) = known.filter(|(_, facts)| !facts.criteria.is_empty()) {
                    criteria(out, facts)?;
                }
                if let Some((_, text, ended)) = evidence.iter().find(|(known, ..)| known == gate) {
                    writeln!(out, "Evidence ({}):\n", how(ended))?;
                    writeln!(out, "{}", fence(text, "text"))?;
                }
            }
            _ => {}
        }
    }
    if !any {
        writeln!(out, "None.\n")?;
    }
    Ok(())
}

fn criteria(out: &mut String, facts: &Facts) -> fmt::Result {
    writeln!(
        out,
        "| Criterion | Value | Limit | Verdict |\n|---|---|---|---|"
    )?;
    for line in &facts.criteria {
        let value = line.value.as_ref().map_or("unknown".to_owned(), |value| {
            inline(format!("{value} {}", line.unit).trim())
        });
        let verdict = match line.exceeded {
            Some(true) => "**met**",
            Some(false) => "not met",
            None => "unknown",
        };
        writeln!(
            out,
            "| {} | {value} | {} | {verdict} |",
            inline(&line.name),
            code(&line.limit)
        )?;
    }
    writeln!(out)
}

fn phases(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(
        out,
        "## Phases\n\n| Phase | Budget | Actual | |\n|---|---|---|---|"
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

fn verification(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "## Verification\n")?;
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

fn commands(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "## Commands run\n")?;
    if source.state.attempts.is_empty() {
        return writeln!(out, "None.\n");
    }
    for attempt in source.state.attempts.values() {
        command(out, source, attempt)?;
    }
    Ok(())
}

fn command(out: &mut String, source: &Source<'_>, attempt: &Attempt) -> fmt::Result {
    let launch = &attempt.launch;
    let title = step_title(source.state, &launch.step);
    let number = if launch.number > 1 {
        format!(", attempt {}", launch.number)
    } else {
        String::new()
    };
    writeln!(out, "### {}{number}\n", inline(&title))?;
    let how_it_went = match &attempt.status {
        AttemptStatus::Starting { .. } | AttemptStatus::Running { .. } => {
            "still running".to_owned()
        }
        AttemptStatus::Voided => "never started".to_owned(),
        AttemptStatus::Finished { report, outcome } => {
            let took = human(std::time::Duration::from_millis(report.milliseconds));
            let judged = match outcome {
                Outcome::Succeeded => "succeeded".to_owned(),
                Outcome::Failed { reason } => format!("**failed**: {}", inline(reason)),
                Outcome::Unknown { reason } => format!("**outcome unknown**: {}", inline(reason)),
            };
            format!("{} · {took} · {judged}", how(&report.ended))
        }
    };
    writeln!(
        out,
        "`{}` · {} · {how_it_went}\n",
        attempt.starting_at.format("%H:%M:%S"),
        launch.effect.word()
    )?;
    writeln!(out, "{}", fence(launch.command(), "sh"))?;
    let (lines, total) = last_lines(source.dir, &launch.directory());
    if lines.is_empty() {
        return writeln!(out, "No output.\n");
    }
    writeln!(
        out,
        "Last lines of {total} bytes of output:\n\n{}",
        fence(&lines, "text")
    )
}

fn last_lines(dir: &RunDir, attempt: &str) -> (String, u64) {
    let window = Reader::open(dir.attempt(attempt).path())
        .and_then(|mut reader| window::window(&mut reader, Position::Follow, LAST_LINES));
    match window {
        Ok(window) => {
            let lines: Vec<String> = window.lines.iter().map(|line| line.text.text()).collect();
            (lines.join("\n"), window.total_bytes)
        }
        Err(_) => (String::new(), 0),
    }
}

fn how(ended: &Ended) -> String {
    match ended {
        Ended::Exit { code } => format!("exit {code}"),
        Ended::Signal { signal } => format!("signal {signal}"),
        Ended::Deadline => "stopped at its deadline".to_owned(),
        Ended::Stopped => "stopped by the operator".to_owned(),
        Ended::Lost => "its end was not recorded".to_owned(),
        Ended::NotStarted { reason } => format!("not started: {}", inline(reason)),
    }
}

fn deviations(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "## Deviations\n")?;
    let all = metrics::deviations(source.state, source.entries);
    if all.is_empty() {
        return writeln!(out, "None: the runbook was followed.\n");
    }
    for (at, text) in all {
        writeln!(out, "- `{}` {}", at.format("%H:%M:%S"), inline(&text))?;
    }
    writeln!(out)
}

fn actions(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "## Open action items\n")?;
    let items = metrics::action_items(source.state);
    if items.is_empty() {
        return writeln!(out, "None.\n");
    }
    for item in items {
        writeln!(out, "- [ ] {}", inline(&item))?;
    }
    writeln!(out)
}
