//! The card of a gate: the table that the operator decides by, or the decision.

use ratatui::{style::Style, text::Line};
use unicode_width::UnicodeWidthStr;

use super::{super::View, labelled};
use crate::engine::{
    Status,
    event::{Facts, Measured},
    step::fill_or_source,
};
use crate::runbook::{Kind, Step};
use crate::tui::{
    run::choices::answers::agreement,
    theme::Theme,
    words::{clip, span, wrap},
};

/// The table, or the decision.
pub fn gate_lines(
    lines: &mut Vec<Line<'static>>,
    view: &View<'_>,
    step: &Step,
    width: usize,
    theme: &Theme,
) {
    match view.state.status(&step.id) {
        Status::Deciding(deciding) => {
            criteria(lines, &deciding.facts, width, theme);
            if view.watching.is_some() {
                watched(lines, view, step, width, theme);
            }
        }
        Status::Answered {
            label,
            by,
            reason,
            at,
            overrides,
            unapproved,
            ..
        } => {
            let time = at.with_timezone(&chrono::Local).format("%H:%M:%S");
            lines.push(Line::from(span(
                clip(&format!("◆ {label}: {by} at {time}"), width),
                theme.good,
            )));
            if let Some(suggested) = overrides {
                let text = format!("against the suggestion `{suggested}`");
                labelled(lines, "", &[text], theme.warn, theme);
            }
            if *unapproved {
                let text = "without the approvals that it needs".to_owned();
                labelled(lines, "", &[text], theme.warn, theme);
            }
            if let Some(reason) = reason {
                let reason = wrap(&format!("Reason: {reason}"), width.saturating_sub(6));
                labelled(lines, "", &reason, theme.text, theme);
            }
        }
        _ => {}
    }
}

fn criteria(lines: &mut Vec<Line<'static>>, facts: &Facts, width: usize, theme: &Theme) {
    if facts.criteria.is_empty() {
        return;
    }
    let value_of = |line: &Measured| {
        line.value.as_ref().map_or("unknown".to_owned(), |value| {
            format!("{value} {}", line.unit).trim().to_owned()
        })
    };
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let value_width = widest(&mut facts.criteria.iter().map(|line| value_of(line).width())).min(16);
    let name_width = widest(&mut facts.criteria.iter().map(|line| line.name.width()))
        .min(width.saturating_sub(value_width + 36));
    let word_width = widest(
        &mut facts
            .criteria
            .iter()
            .map(|line| verdict(line, theme).1.width()),
    );
    for line in &facts.criteria {
        let value = value_of(line);
        let (glyph, word, style) = verdict(line, theme);
        lines.push(Line::from(vec![
            span(format!("{glyph} "), style),
            span(
                format!("{:<name_width$}  ", clip(&line.name, name_width)),
                theme.text,
            ),
            span(
                format!("{:<value_width$}  ", clip(&value, value_width)),
                style,
            ),
            span(format!("{word:<word_width$}  "), style),
            span(
                clip(
                    &line.limit,
                    width.saturating_sub(name_width + value_width + word_width + 8),
                ),
                theme.dim,
            ),
        ]));
    }
}

/// Whether a criterion is met: a glyph, a word, a colour. What is met speaks for
/// an answer; whether that is good or bad news is for the operator to say.
fn verdict(line: &Measured, theme: &Theme) -> (&'static str, &'static str, Style) {
    match line.exceeded {
        Some(true) => ("●", "met", theme.warn),
        Some(false) => ("○", "not met", theme.dim),
        None => ("?", "cannot be told", theme.unknown),
    }
}

/// What a watcher sees of the answers: nothing to choose from, but what there is.
fn watched(
    lines: &mut Vec<Line<'static>>,
    view: &View<'_>,
    step: &Step,
    width: usize,
    theme: &Theme,
) {
    let Kind::Gate(gate) = &step.kind else { return };
    let scope = view.state.scope();
    lines.push(Line::from(span(
        "The driver decides. The answers:",
        theme.dim,
    )));
    for answer in &gate.answers {
        let label = fill_or_source(&answer.label, scope);
        let mut text = format!("  · {label}");
        if let Some(agreement) = agreement(view, &step.id, answer) {
            text = format!("{text} ({})", agreement.short());
        }
        lines.push(Line::from(span(clip(&text, width), theme.text)));
    }
}
