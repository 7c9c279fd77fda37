//! The card where no step is left.

use std::time::Duration;

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::View;
use crate::engine::{Next, State, Status, next, untaken};
use crate::report::{
    items,
    metrics::{self, PhaseResult},
    timeline::step_title,
};
use crate::runbook::{duration::clock, human};
use crate::tui::{
    keymap::{Action, context::STEP},
    markdown,
    theme::Theme,
    words::{clip, span, wrap},
};

/// The run is over, or only has to be closed.
pub fn over(view: &View<'_>, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let state = view.state;
    let mut lines = Vec::new();
    if let Some(closed) = &state.closed {
        let took = (closed.at - state.started_at).to_std().unwrap_or_default();
        let text = format!(
            "The run closed as {}, {} after it began.",
            closed.outcome.word(),
            human(took)
        );
        lines.push(Line::from(span(text, theme.strong)));
        for line in wrap(&closed.note, width) {
            lines.push(Line::from(span(line, theme.text)));
        }
        if let Some(report) = view.report {
            lines.push(Line::default());
            lines.push(Line::from(span("The report is written:", theme.dim)));
            for line in wrap(&report.to_string_lossy(), width) {
                lines.push(Line::from(span(line, theme.code)));
            }
            let key = view.keys.hint(STEP, Action::Export);
            if !key.is_empty() {
                let text = format!("{key} reads it here.");
                lines.push(Line::from(span(text, theme.dim)));
            }
        }
    } else if let Some(closing) = &state.closing {
        let text = format!(
            "The run is being closed as {}, as soon as nothing runs any more.",
            closing.outcome.word()
        );
        for line in wrap(&text, width) {
            lines.push(Line::from(span(line, theme.strong)));
        }
    } else {
        let outcome = match next(state) {
            Next::Close(outcome) => outcome.word(),
            _ => "aborted",
        };
        let key = view.keys.hint(STEP, Action::Next);
        let text = format!(
            "Every step on the route is settled. {key} closes the run, probably as {outcome}."
        );
        for line in wrap(&text, width) {
            lines.push(Line::from(span(line, theme.strong)));
        }
    }
    let items = items::action_items(state);
    if !items.is_empty() {
        lines.push(Line::default());
        lines.push(Line::from(span("Open action items", theme.dim)));
        for item in &items {
            for (number, line) in wrap(&item.words(), width.saturating_sub(4))
                .into_iter()
                .enumerate()
            {
                let bullet = if number == 0 { "  ☐ " } else { "    " };
                lines.push(Line::from(vec![
                    span(bullet, theme.warn),
                    span(line, theme.text),
                ]));
            }
        }
    }
    if state.closed.is_some() && !items.is_empty() {
        let text = "`rbconsole report --issue-body` prints them for your tracker.";
        let text = markdown::inline(text, width.saturating_sub(2), theme.dim, theme);
        lines.extend(text.into_iter().map(|mut line| {
            line.spans.insert(0, Span::raw("  "));
            line
        }));
    }
    phases(&mut lines, view, width, theme);
    decisions(&mut lines, state, width, theme);
    lines
}

/// How long each phase took, against its budget.
fn phases(lines: &mut Vec<Line<'static>>, view: &View<'_>, width: usize, theme: &Theme) {
    let all = metrics::phases(view.state, view.now);
    lines.push(Line::default());
    lines.push(Line::from(span("Phases", theme.dim)));
    let widest = all.iter().map(|phase| phase.title.width()).max();
    let of_title = widest.unwrap_or(0).min(width.saturating_sub(26).max(12));
    for phase in all {
        let title = clip(&phase.title, of_title);
        let gap = " ".repeat(of_title.saturating_sub(title.width()) + 2);
        let (glyph, style, time, beside) = match phase.status {
            PhaseResult::Took(time) => ("✔", theme.good, clock(time), budget(phase.budget, time)),
            PhaseResult::Open(time) if view.state.closed.is_none() => {
                ("▶", theme.accent, clock(time), budget(phase.budget, time))
            }
            PhaseResult::Open(time) => (
                "–",
                theme.warn,
                clock(time),
                "left before its end".to_owned(),
            ),
            PhaseResult::NotTaken(because) => {
                let why = untaken::why_not(view.state, &because);
                ("○", theme.dim, String::new(), format!("not taken: {why}"))
            }
            PhaseResult::OffRoute => ("○", theme.dim, String::new(), "off route".to_owned()),
        };
        let room = width.saturating_sub(of_title + 13);
        let of_title = if time.is_empty() {
            theme.dim
        } else {
            theme.text
        };
        lines.push(Line::from(vec![
            span(format!("  {glyph} "), style),
            span(format!("{title}{gap}"), of_title),
            span(format!("{time:>5}  "), theme.text),
            span(clip(&markdown::plain(&beside), room), theme.dim),
        ]));
    }
}

fn budget(budget: Option<Duration>, took: Duration) -> String {
    let Some(budget) = budget else {
        return String::new();
    };
    let of = format!("of {}", clock(budget));
    match took.checked_sub(budget).map(clock) {
        Some(over) if over != clock(Duration::ZERO) => format!("{of}, {over} over"),
        _ => of,
    }
}

/// What was decided, when and by whom.
fn decisions(lines: &mut Vec<Line<'static>>, state: &State, width: usize, theme: &Theme) {
    let mut decided: Vec<_> = state
        .runbook
        .steps()
        .filter_map(|step| match state.status(&step.id) {
            Status::Answered {
                at,
                by,
                label,
                reason,
                overrides,
                ..
            } => Some((*at, step, by, label, reason, overrides.is_some())),
            _ => None,
        })
        .collect();
    if decided.is_empty() {
        return;
    }
    decided.sort_by_key(|(at, ..)| *at);
    lines.push(Line::default());
    lines.push(Line::from(span("Decisions", theme.dim)));
    for (at, step, by, label, reason, against) in decided {
        let against = if against {
            ", against the suggestion"
        } else {
            ""
        };
        let why = reason
            .as_ref()
            .map_or_else(String::new, |why| format!(": {why}"));
        let title = step_title(state, &step.id);
        let said = format!("{title} → {}, {by}{against}{why}", markdown::plain(label));
        let time = at.format("%H:%M:%S").to_string();
        let indent = time.width() + 4;
        for (number, text) in wrap(&said, width.saturating_sub(indent))
            .into_iter()
            .enumerate()
        {
            let time = if number == 0 { time.as_str() } else { "" };
            lines.push(Line::from(vec![
                span(format!("  {time:<8}  "), theme.dim),
                span(text, theme.text),
            ]));
        }
    }
}
