//! The card of a gate: the table that the operator decides by, or the decision.

use ratatui::{style::Style, text::Line};
use unicode_width::UnicodeWidthStr;

use super::{super::View, labelled};
use crate::engine::{
    Status,
    event::{Facts, Measured},
    step::fill_or_source,
};
use crate::report::timeline::answer_label;
use crate::runbook::{Kind, Step};
use crate::tui::{
    run::choices::answers::agreement,
    theme::Theme,
    words::{clip, span, wrap},
};

/// A name in the table has so many columns at least, and a limit that is told at all.
const LEAST_NAME: usize = 10;
const LEAST_LIMIT: usize = 10;

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
            let time = at.format("%H:%M:%S UTC");
            lines.push(Line::from(span(
                clip(&format!("◆ {label}: {by} at {time}"), width),
                theme.good,
            )));
            if let Some(suggested) = overrides {
                let suggested = answer_label(view.state, &step.id, suggested);
                let text = format!("against the suggestion ‘{suggested}’");
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

/// Name, value, limit and verdict, each under the one of the line before.
fn criteria(lines: &mut Vec<Line<'static>>, facts: &Facts, width: usize, theme: &Theme) {
    let rows: Vec<[String; 3]> = facts
        .criteria
        .iter()
        .map(|line| {
            let value = line.value_words().unwrap_or_else(|| "unknown".to_owned());
            // What is no plain comparison is told as the author wrote it.
            let limit = line.limit_words().unwrap_or_else(|| line.limit.clone());
            [line.name.clone(), value, limit]
        })
        .collect();
    let widest = |at: usize| rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
    let verdicts = facts.criteria.iter().map(|line| verdict(line, theme).1);
    let of_verdict = verdicts.map(UnicodeWidthStr::width).max().unwrap_or(0);
    let of_value = widest(1).min(16);
    // A long name leaves its limit some room, and a long limit takes no more than is left.
    let of_name = widest(0).min(
        width
            .saturating_sub(of_value + of_verdict + 28)
            .max(LEAST_NAME),
    );
    let of_limit = width.saturating_sub(of_name + of_value + of_verdict + 8);
    let of_limit = widest(2).min(of_limit);
    // Half a limit says nothing; without it the name has its room.
    let says_limit = of_limit >= widest(2).min(LEAST_LIMIT);
    let of_name = if says_limit {
        of_name
    } else {
        widest(0).min(width.saturating_sub(of_value + of_verdict + 6))
    };
    let column = |text: &str, width: usize| {
        let text = clip(text, width);
        let gap = " ".repeat(width.saturating_sub(text.width()) + 2);
        format!("{text}{gap}")
    };
    for (line, [name, value, limit]) in facts.criteria.iter().zip(&rows) {
        let (glyph, word, style) = verdict(line, theme);
        let mut spans = vec![
            span(format!("{glyph} "), style),
            span(column(name, of_name), theme.text),
            span(column(value, of_value), theme.strong.patch(style)),
        ];
        if says_limit {
            spans.push(span(column(limit, of_limit), theme.dim));
        }
        spans.push(span(word, style));
        lines.push(Line::from(spans));
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
    if !lines.is_empty() {
        lines.push(Line::default());
    }
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
