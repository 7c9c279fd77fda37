//! The card of what a person does, and how a step was settled.

use ratatui::text::Line;

use super::super::View;
use crate::engine::{State, Status, event::Conclusion, off_script, step::fill_or_source};
use crate::runbook::{Kind, Step};
use crate::tui::{
    keymap::{Action, context::STEP},
    markdown,
    theme::Theme,
    words::{clip, span, wrap},
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
    lines.extend(markdown::lines(&instructions, width, theme.text, theme));
    if view.watching.is_some()
        && let Status::Manual(manual) = view.state.status(&step.id)
    {
        // Who watches chooses nothing, but sees what is done.
        lines.extend(manual.checklist.iter().map(|(text, ticked)| {
            let (glyph, style) = match ticked {
                Some(_) => ("✔ ", theme.good),
                None => ("☐ ", theme.dim),
            };
            let text = clip(text, width.saturating_sub(2));
            Line::from(vec![span(glyph, style), span(text, theme.text)])
        }));
    }
    if let Some(copy) = copy {
        lines.push(Line::default());
        let key = view.keys.hint(STEP, Action::Copy);
        lines.push(Line::from(span(
            format!("To paste elsewhere ({key} copies it):"),
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

/// How a step was settled, where nothing else says it.
pub fn conclusion(
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
        Conclusion::Skipped { reason } if was_passed(state, step) => {
            (format!("– passed over: {reason}"), theme.dim)
        }
        Conclusion::Succeeded => ("✔ done".to_owned(), theme.good),
        Conclusion::FailureAccepted => ("✘ failed, and the run went on".to_owned(), theme.warn),
        Conclusion::Rehearsed => ("✔ rehearsed, not done".to_owned(), theme.good),
        Conclusion::Skipped { reason } => (format!("– skipped: {reason}"), theme.warn),
        Conclusion::TookEffect { reason } => (format!("✔ declared done: {reason}"), theme.warn),
        Conclusion::DoneOffScript { reason, attempt } => {
            let by = attempt
                .and_then(|attempt| state.attempts.get(&attempt))
                .map_or_else(String::new, |known| {
                    format!(", by: {}", off_script::title(&known.launch))
                });
            (format!("✔ done off the script: {reason}{by}"), theme.warn)
        }
    };
    for line in wrap(&text, width) {
        lines.push(Line::from(span(line, style)));
    }
}

/// Whether the run began behind this step.
pub fn was_passed(state: &State, step: &Step) -> bool {
    state.run.from.is_some()
        && match state.status(&step.id) {
            Status::Concluded {
                at,
                conclusion: Conclusion::Skipped { .. },
            } => *at == state.started_at,
            _ => false,
        }
}
