//! The card of a wait: how long still, for what, and what comes behind it.

use chrono::Local;
use ratatui::text::Line;

use super::{super::View, labelled, manual::conclusion};
use crate::engine::{Status, event::Bound};
use crate::report::timeline::step_title;
use crate::runbook::{Kind, Step, duration::clock};
use crate::tui::{
    run::plan,
    theme::Theme,
    words::{LONGEST, bar, clip, span, wrap},
};

/// The line that fills while a wait goes on.
const BAR: usize = 60;

/// How long it still takes; in large digits, where there is room for them.
pub fn wait_lines(
    lines: &mut Vec<Line<'static>>,
    view: &View<'_>,
    step: &Step,
    (width, large): (usize, bool),
    theme: &Theme,
) {
    let Kind::Wait(wait) = &step.kind else { return };
    let label = |lines: &mut Vec<Line<'static>>, label: &str, text: &str| {
        let texts = wrap(text, width.saturating_sub(6).min(LONGEST));
        labelled(lines, label, &texts, theme.text, theme);
    };
    if let Status::Waiting { until, .. } = view.state.status(&step.id) {
        let left = (*until - view.now).to_std().unwrap_or_default();
        let of = format!(" left of {}", clock(wait.duration));
        if large {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            let [upper, middle, lower] = digits(&clock(left));
            lines.push(Line::from(span(upper, theme.accent)));
            lines.push(Line::from(span(middle, theme.accent)));
            lines.push(Line::from(vec![
                span(lower, theme.accent),
                span(format!(" {of}"), theme.dim),
            ]));
            lines.push(Line::default());
        } else {
            lines.push(Line::from(vec![
                span("◷ ", theme.accent),
                span(clock(left), theme.strong),
                span(of, theme.dim),
            ]));
        }
        let spent = wait.duration.saturating_sub(left);
        let long = width.min(if large { LONGEST } else { BAR });
        let bar = bar(spent, wait.duration, long, theme.focus, theme.border);
        lines.push(Line::from(bar.to_vec()));
        if large {
            lines.push(Line::default());
        }
        let at = until.with_timezone(&Local).format("%H:%M:%S");
        if let Some(condition) = &wait.until {
            label(lines, "until", &until_words(view, &condition.source));
            label(lines, "", &format!("or else it fails at {at}"));
        } else {
            label(lines, "ends", &format!("at {at}"));
        }
        label(lines, "then", &then(view, step));
    } else {
        let how = if wait.until.is_some() { "at most " } else { "" };
        label(lines, "waits", &format!("{how}{}", clock(wait.duration)));
        if let Some(condition) = &wait.until {
            label(lines, "until", &until_words(view, &condition.source));
        }
    }
    conclusion(lines, view.state, step, width, theme);
}

/// What ends the wait: a plain comparison in words, with the value as it is; anything else as
/// its author wrote it.
fn until_words(view: &View<'_>, source: &str) -> String {
    Bound::of_condition(source, view.state.scope()).unwrap_or_else(|| source.to_owned())
}

/// What comes behind it, as far as that is decided.
fn then(view: &View<'_>, step: &Step) -> String {
    let Some(next) = plan::after(view.state, &step.id) else {
        return "nothing is left on this route".to_owned();
    };
    let kind = match &next.kind {
        Kind::Run(_) => next.effect.word(),
        Kind::Gate(_) => "gate",
        Kind::Manual(_) => "by hand",
        Kind::Wait(_) => "wait",
    };
    let title = step_title(view.state, &next.id);
    format!("‘{}’, {kind}", clip(&title, LONGEST))
}

/// A time in digits of three rows.
fn digits(clock: &str) -> [String; 3] {
    let mut rows = [String::new(), String::new(), String::new()];
    for c in clock.chars() {
        let drawn = match c {
            '0' => ["█▀█", "█ █", "▀▀▀"],
            '1' => ["▄█ ", " █ ", "▀▀▀"],
            '2' => ["▀▀█", "█▀▀", "▀▀▀"],
            '3' => ["▀▀█", " ▀█", "▀▀▀"],
            '4' => ["█ █", "▀▀█", "  ▀"],
            '5' => ["█▀▀", "▀▀█", "▀▀▀"],
            '6' => ["█▀▀", "█▀█", "▀▀▀"],
            '7' => ["▀▀█", "  █", "  ▀"],
            '8' => ["█▀█", "█▀█", "▀▀▀"],
            '9' => ["█▀█", "▀▀█", "▀▀▀"],
            ':' => ["▄", "▄", " "],
            _ => [" ", " ", " "],
        };
        for (row, part) in rows.iter_mut().zip(drawn) {
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(part);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::digits;

    #[test]
    fn digits_stand_in_three_rows_of_one_width() {
        let rows = digits("1:02:59");
        let widths = rows.each_ref().map(|row| row.width());
        assert_eq!(widths, [widths[0]; 3]);
        assert_eq!(digits("10"), ["▄█  █▀█", " █  █ █", "▀▀▀ ▀▀▀"]);
        let all: std::collections::BTreeSet<_> =
            ('0'..='9').map(|c| digits(&c.to_string())).collect();
        assert_eq!(all.len(), 10, "each digit is itself");
    }
}
