//! The output pane: one row a line, the program's colours, nothing it could do
//! to the terminal.

use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::Paragraph,
};

pub use crate::output::size as bytes;
use crate::output::{self, Stream, StyledLine};
use crate::session::{LogView, log_view::HuntStatus};
use crate::tui::{
    theme::Theme,
    words::{ends, span},
};

/// Draws the output; its last row says where one is. `over`: nothing more will come.
pub fn draw(frame: &mut Frame<'_>, area: Rect, log: &LogView, over: bool, theme: &Theme) {
    let Some(window) = log.window() else { return };
    if area.height < 2 {
        return;
    }
    let rows = usize::from(area.height - 1);
    let width = usize::from(area.width);
    let needle = log.search().map(|(words, _)| words.to_owned());
    let mut lines: Vec<Line<'_>> = window
        .lines
        .iter()
        .take(rows)
        .map(|row| line(row, width, needle.as_deref(), theme))
        .collect();
    if window.total_bytes == 0 {
        let words = if over {
            "It printed nothing."
        } else {
            "No output yet."
        };
        lines.push(Line::from(span(words, theme.dim)));
    }
    let text = Rect {
        height: area.height - 1,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), text);
    let status = Rect {
        y: area.y + area.height - 1,
        height: 1,
        ..area
    };
    frame.render_widget(Paragraph::new(where_one_is(log, width, theme)), status);
}

fn where_one_is(log: &LogView, width: usize, theme: &Theme) -> Line<'static> {
    let mut left = Vec::new();
    if let Some((words, status)) = log.search() {
        let (text, style) = match status {
            HuntStatus::Looking { .. } => (format!("searching ‘{words}’ …"), theme.warn),
            HuntStatus::At(_) => (
                format!("‘{words}’  ] next  [ before  Esc clear"),
                theme.accent,
            ),
            HuntStatus::Nowhere => (format!("no more ‘{words}’"), theme.warn),
            HuntStatus::NotThere => (format!("‘{words}’ is not there"), theme.warn),
        };
        left.push(span(text, style));
    }
    let size = log.window().map_or(0, |window| window.total_bytes);
    let place = if log.follows() {
        format!("{} · following", bytes(size))
    } else {
        let top = log.window().map_or(0, |window| window.top);
        let percent = top.saturating_mul(100).checked_div(size).unwrap_or(0);
        format!("{} · {percent} % · f follows", bytes(size))
    };
    ends(left, vec![span(place, theme.dim)], width)
}

fn line(row: &output::Line, width: usize, needle: Option<&str>, theme: &Theme) -> Line<'static> {
    let mut text: StyledLine = row.text.clone();
    let error = row.stream == Some(Stream::Err);
    let mark = if error { "! " } else { "  " };
    text.truncate(width.saturating_sub(2));
    let mut spans = vec![Span::styled(
        mark,
        if error { theme.warn } else { theme.text },
    )];
    for part in text.spans {
        let style = convert(part.style, theme);
        match needle.filter(|needle| !needle.is_empty()) {
            Some(needle) => highlight(&mut spans, &part.text, style, needle),
            None => spans.push(Span::styled(part.text, style)),
        }
    }
    Line::from(spans)
}

/// Marks every match; letters of either case match small ones.
fn highlight(spans: &mut Vec<Span<'static>>, text: &str, style: Style, needle: &str) {
    let insensitive = !needle.chars().any(char::is_uppercase);
    let haystack = if insensitive {
        text.to_ascii_lowercase()
    } else {
        text.to_owned()
    };
    let mut from = 0;
    for (at, found) in haystack.match_indices(needle) {
        if at < from {
            continue;
        }
        spans.push(Span::styled(text[from..at].to_owned(), style));
        from = at + found.len();
        spans.push(Span::styled(
            text[at..from].to_owned(),
            style.add_modifier(Modifier::REVERSED),
        ));
    }
    spans.push(Span::styled(text[from..].to_owned(), style));
}

/// A program's style as the theme has it.
pub fn convert(style: output::Style, theme: &Theme) -> Style {
    // Black on a dark theme and white on a light one could not be read.
    let bare = style.background == output::Color::Default && !style.reversed;
    if bare && theme.base.fg.is_some() {
        match style.foreground {
            output::Color::Indexed(0 | 8) => return theme.dim,
            output::Color::Indexed(7 | 15) => return theme.text,
            _ => {}
        }
    }
    let color = |color: output::Color| match color {
        output::Color::Default => None,
        output::Color::Indexed(n) => Some(Color::Indexed(n)),
        output::Color::Rgb(r, g, b) => Some(Color::Rgb(r, g, b)),
    };
    let mut converted = theme.text;
    // A terminal without colours keeps them out of programs' output too.
    if theme.base.fg.is_some() {
        if let Some(color) = color(style.foreground) {
            converted = converted.fg(color);
        }
        if let Some(color) = color(style.background) {
            converted = converted.bg(color);
        }
    }
    for (on, modifier) in [
        (style.bold, Modifier::BOLD),
        (style.dim, Modifier::DIM),
        (style.italic, Modifier::ITALIC),
        (style.underline, Modifier::UNDERLINED),
        (style.reversed, Modifier::REVERSED),
    ] {
        if on {
            converted = converted.add_modifier(modifier);
        }
    }
    converted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_like_sizes() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_234), "1.2 kB");
        assert_eq!(bytes(1_000_000_000), "1.0 GB");
    }

    #[test]
    fn matches_are_marked_whatever_their_case() {
        let mut spans = Vec::new();
        highlight(&mut spans, "an Error, error", Style::new(), "error");
        let marked: Vec<&str> = spans
            .iter()
            .filter(|span| span.style.add_modifier.contains(Modifier::REVERSED))
            .map(|span| span.content.as_ref())
            .collect();
        assert_eq!(marked, ["Error", "error"]);
    }
}
