//! The card where no step is left.

use ratatui::text::Line;

use super::super::View;
use crate::engine::{Next, next};
use crate::report::items;
use crate::tui::{
    keymap::{Action, context::STEP},
    theme::Theme,
    words::{span, wrap},
};

/// The run is over, or only has to be closed.
pub fn over(view: &View<'_>, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let state = view.state;
    let mut lines = Vec::new();
    if let Some(closed) = &state.closed {
        lines.push(Line::from(span(
            format!("The run closed as {}.", closed.outcome.word()),
            theme.strong,
        )));
        for line in wrap(&closed.note, width) {
            lines.push(Line::from(span(line, theme.text)));
        }
        if let Some(report) = view.report {
            lines.push(Line::default());
            lines.push(Line::from(span("The report is written:", theme.dim)));
            for line in wrap(&report.to_string_lossy(), width) {
                lines.push(Line::from(span(line, theme.code)));
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
        for item in items {
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
    lines
}
