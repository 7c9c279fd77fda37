//! Drawing the brief with what is asked below it.

use ratatui::{
    layout::Rect,
    style::{Modifier, Style},
    text::Line,
    widgets::Paragraph,
};

use super::{HandOver, TakeOver};
use crate::report::{Brief, brief::Part};
use crate::tui::{
    frame::Frame,
    keymap::{
        Action, Keymap,
        context::{BRIEF, PAGE},
    },
    overlay::draw::middle,
    rows::Rows,
    theme::Theme,
    words::{clip, span, wrap},
};

/// The column of the parts' names.
pub(in crate::tui) const NAMES: usize = 9;

/// The driver hands over.
pub fn hand_over(frame: &mut Frame, area: Rect, layer: &HandOver, keys: &Keymap, theme: &Theme) {
    let below = 4;
    let (inner, height) = with_brief(frame, area, "Hand over", &layer.brief, &[], below, theme);
    let field = |row: u16| Rect {
        x: inner.x + u16::try_from(NAMES).unwrap_or(0),
        y: inner.y + height + 1 + row,
        width: inner
            .width
            .saturating_sub(u16::try_from(NAMES).unwrap_or(0)),
        height: 1,
    };
    for (row, name, text, here) in [
        (0, "To", &layer.to, !layer.at_note),
        (1, "Note", &layer.note, layer.at_note),
    ] {
        let place = field(row);
        if place.y >= inner.y + inner.height {
            break;
        }
        let style = if here { theme.accent } else { theme.dim };
        let name_at = Rect {
            x: inner.x,
            width: u16::try_from(NAMES).unwrap_or(0),
            ..place
        };
        let mark = if here { "▸ " } else { "  " };
        frame.render_widget(
            Paragraph::new(span(format!("{mark}{name}"), style)),
            name_at,
        );
        let mut text = text.clone();
        text.set_cursor_style(if here {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            Style::new()
        });
        frame.render_widget(&text, place);
    }
    last_line(
        frame,
        inner,
        &format!(
            "{} hands over: nothing is stopped. {}: next field. {}: keep it.",
            keys.hint(BRIEF, Action::Next),
            keys.hint(BRIEF, Action::NextField),
            keys.hint(BRIEF, Action::Back)
        ),
        theme,
    );
}

/// Somebody takes over.
pub fn take_over(frame: &mut Frame, area: Rect, layer: &TakeOver, keys: &Keymap, theme: &Theme) {
    let mut first: Vec<(String, Style)> = Vec::new();
    first.extend(layer.gone.clone().map(|gone| (gone, theme.strong)));
    first.extend(layer.warning.clone().map(|words| (words, theme.warn)));
    let title = "Take over";
    let (inner, _) = scrolled(
        frame,
        area,
        title,
        &layer.brief,
        &first,
        2,
        layer.down,
        theme,
    );
    last_line(
        frame,
        inner,
        &format!(
            "{}: I have read it and take over. {}: go on watching.",
            keys.hint(PAGE, Action::Next),
            keys.hint(PAGE, Action::Back)
        ),
        theme,
    );
}

fn with_brief(
    frame: &mut Frame,
    area: Rect,
    title: &str,
    brief: &Brief,
    first: &[(String, Style)],
    below: u16,
    theme: &Theme,
) -> (Rect, u16) {
    scrolled(frame, area, title, brief, first, below, 0, theme)
}

/// Draws the box with the brief; the inside of the box, and how many rows are used.
#[expect(
    clippy::too_many_arguments,
    reason = "one caller above says what each is"
)]
fn scrolled(
    frame: &mut Frame,
    area: Rect,
    title: &str,
    brief: &Brief,
    first: &[(String, Style)],
    below: u16,
    down: usize,
    theme: &Theme,
) -> (Rect, u16) {
    let outer = area.width.saturating_sub(2).min(100);
    let width = usize::from(outer.saturating_sub(4));
    let room = usize::from(area.height.saturating_sub(4 + below));
    let mut lines: Vec<Line<'static>> = first
        .iter()
        .flat_map(|(text, style)| {
            wrap(text, width)
                .into_iter()
                .map(|line| Line::from(span(line, *style)))
        })
        .collect();
    let taken = lines.len();
    let fitted = brief
        .clone()
        .fitted(room.saturating_sub(taken), |brief| rows(brief, width));
    lines.push(Line::from(span(clip(&fitted.heading, width), theme.strong)));
    lines.extend(parts(&fitted.parts, width, theme));
    let down = down.min(lines.len().saturating_sub(room));
    let lines: Vec<Line<'static>> = lines.into_iter().skip(down).take(room).collect();
    let used = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inner = middle(frame, area, outer, used + below + 2, title, theme);
    frame.render_widget(
        Rows(lines),
        Rect {
            height: used.min(inner.height),
            ..inner
        },
    );
    (inner, used)
}

/// How many rows a brief takes, its heading with it.
pub(in crate::tui) fn rows(brief: &Brief, width: usize) -> usize {
    let parts = brief.parts.iter().flat_map(Part::told);
    let lines = parts.map(|line| wrap(&line, width.saturating_sub(NAMES)).len().max(1));
    1 + lines.sum::<usize>()
}

/// What a brief says, its words in a column of their own.
pub(in crate::tui) fn parts(parts: &[Part], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for part in parts {
        let (name, style) = if part.pressing {
            (theme.warn, theme.text)
        } else {
            (theme.dim, theme.dim)
        };
        let mut word = part.name;
        for line in part.told() {
            for line in wrap(&line, width.saturating_sub(NAMES)) {
                lines.push(Line::from(vec![
                    span(format!("{word:<NAMES$}"), name),
                    span(line, style),
                ]));
                word = "";
            }
        }
    }
    lines
}

fn last_line(frame: &mut Frame, inner: Rect, words: &str, theme: &Theme) {
    if inner.height == 0 {
        return;
    }
    let place = Rect {
        y: inner.y + inner.height - 1,
        height: 1,
        ..inner
    };
    let words = clip(words, usize::from(inner.width));
    frame.render_widget(Paragraph::new(span(words, theme.accent)), place);
}
