//! The card of a command: what runs, what it needs, how it went.

mod manners;
mod notes;
mod scripts;

use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::{super::View, labelled, manual::conclusion};
use crate::engine::{
    State, Status,
    event::{Conclusion, Outcome},
    observed::Ended,
    state::{Attempt, AttemptStatus},
};
use crate::runbook::{Run, Step, human};
use crate::tui::{
    run::rehearsal,
    theme::Theme,
    words::{clip, span, wrap},
};

/// What runs, what counts as success, and what has to be known now.
pub fn run_lines(
    lines: &mut Vec<Line<'static>>,
    view: &View<'_>,
    step: &Step,
    run: &Run,
    width: usize,
    theme: &Theme,
) {
    let state = view.state;
    let inner = width.saturating_sub(6);
    scripts::script_lines(lines, state, step, run, width, theme);
    // What counts now comes before what always holds: there may be no room for all.
    notes::notes(lines, view, step, run, width, theme);
    if !state.is_rehearsal() || rehearsal::runs(step, run) {
        let text = clip(&manners::needs(run), inner);
        labelled(lines, "needs", &[text], theme.dim, theme);
    }
    let manners: Vec<String> = manners::manners(view, step, run)
        .iter()
        .flat_map(|text| wrap(text, inner))
        .collect();
    labelled(lines, "how", &manners, theme.dim, theme);
    match state.status(&step.id) {
        // How it went stands under its output.
        Status::Concluded {
            conclusion: Conclusion::Succeeded | Conclusion::FailureAccepted,
            ..
        } => {}
        _ => conclusion(lines, state, step, width, theme),
    }
}

/// How the last attempt went, for the line under the output.
pub fn result(
    state: &State,
    step: &Step,
    attempt: &Attempt,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let AttemptStatus::Finished { report, outcome } = &attempt.status else {
        return match &attempt.status {
            AttemptStatus::Starting { .. } => Line::from(span("● starting", theme.dim)),
            AttemptStatus::Running {
                stopping: Some(_), ..
            } => Line::from(span("● stopping: TERM was sent", theme.warn)),
            AttemptStatus::Running { pid, .. } => {
                Line::from(span(format!("● running (process {pid})"), theme.accent))
            }
            _ => Line::from(span("never started", theme.dim)),
        };
    };
    let how = how(&report.ended);
    let values: Vec<String> = step
        .makes()
        .into_iter()
        .filter_map(|(name, _)| {
            state
                .values
                .get(name)
                .map(|value| format!("{name} = {value}"))
        })
        .collect();
    let took = human(std::time::Duration::from_millis(report.milliseconds));
    // How long it took goes before a word of what happened is cut.
    let text = |what: &str, reason: &str| {
        let short = format!("{what}: {reason}");
        let whole = format!("{short} · {took}");
        clip(
            if whole.width() > width {
                &short
            } else {
                &whole
            },
            width,
        )
    };
    match outcome {
        Outcome::Succeeded => {
            let mut text = format!("{how} · {took}");
            if !values.is_empty() {
                text = format!("{text} · {}", values.join(" · "));
            }
            Line::from(span(
                format!("✔ {}", clip(&text, width.saturating_sub(2))),
                theme.good,
            ))
        }
        Outcome::Failed { reason } => Line::from(span(text("✘ failed", reason), theme.bad)),
        Outcome::Unknown { reason } => {
            Line::from(span(text("? outcome unknown", reason), theme.unknown))
        }
    }
}

/// How a command ended, in a few words.
pub fn how(ended: &Ended) -> String {
    match ended {
        Ended::Exit { code } => format!("exit {code}"),
        Ended::Signal { signal } => format!("signal {signal}"),
        Ended::Deadline => "stopped at its deadline".to_owned(),
        Ended::Stopped => "stopped".to_owned(),
        Ended::Lost => "its end was not recorded".to_owned(),
        Ended::NotStarted { .. } => "not started".to_owned(),
    }
}
