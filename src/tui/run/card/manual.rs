//! The card of what a person does, and of a wait.

use ratatui::text::Line;

use super::super::View;
use crate::engine::{State, Status, event::Conclusion, step::fill_or_source};
use crate::runbook::{Kind, Step, duration::clock, human};
use crate::tui::{
    theme::Theme,
    words::{clip, prose, span, wrap},
};

/// What to do, and what to paste elsewhere.
pub fn manual_lines(
    lines: &mut Vec<Line<'static>>,
    view: &View<'_>,
    step: &Step,
    width: usize,
    theme: &Theme,
) {
    let Kind::Manual(definition) = &step.kind else {
        return;
    };
    let (instructions, copy) = if let Status::Manual(manual) = view.state.status(&step.id) {
        (manual.instructions.clone(), manual.copy.clone())
    } else {
        let scope = view.state.scope();
        let copy = definition
            .copy
            .as_ref()
            .map(|text| fill_or_source(text, scope));
        (fill_or_source(&definition.instructions, scope), copy)
    };
    for line in prose(&instructions, width) {
        lines.push(Line::from(span(line, theme.text)));
    }
    if let Some(copy) = copy {
        lines.push(Line::default());
        lines.push(Line::from(span(
            "To paste elsewhere (y copies it):",
            theme.dim,
        )));
        for line in wrap(&copy, width.saturating_sub(2)) {
            lines.push(Line::from(vec![
                span("  ", theme.text),
                span(line, theme.code),
            ]));
        }
    }
    conclusion(lines, view.state, step, width, theme);
}

/// How long it still takes.
pub fn wait_lines(lines: &mut Vec<Line<'static>>, view: &View<'_>, step: &Step, theme: &Theme) {
    let Kind::Wait(wait) = &step.kind else { return };
    if let Status::Waiting { until, .. } = view.state.status(&step.id) {
        let left = (*until - view.now).to_std().unwrap_or_default();
        lines.push(Line::from(vec![
            span("◷ ", theme.accent),
            span(clock(left), theme.strong),
            span(format!(" of {} left", human(wait.duration)), theme.dim),
        ]));
    } else {
        lines.push(Line::from(span(
            format!("waits {}", human(wait.duration)),
            theme.dim,
        )));
    }
    if let Some(until) = &wait.until {
        lines.push(Line::from(span(
            format!("until {}", until.source),
            theme.dim,
        )));
    }
}

fn conclusion(
    lines: &mut Vec<Line<'static>>,
    state: &State,
    step: &Step,
    width: usize,
    theme: &Theme,
) {
    let Status::Concluded { conclusion, .. } = state.status(&step.id) else {
        return;
    };
    let (text, style) = match conclusion {
        Conclusion::Succeeded => ("✔ done".to_owned(), theme.good),
        Conclusion::FailureAccepted => ("✘ failed, and the run went on".to_owned(), theme.warn),
        Conclusion::Rehearsed => ("✔ rehearsed, not done".to_owned(), theme.good),
        Conclusion::Skipped { reason } => (format!("– skipped: {reason}"), theme.warn),
        Conclusion::TookEffect { reason } => (format!("✔ declared done: {reason}"), theme.warn),
    };
    lines.push(Line::from(span(clip(&text, width), style)));
}
