//! The output pane: one row a line, the program's colours, nothing it could do
//! to the terminal.

use ratatui::{
    layout::Rect,
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

pub use crate::output::size as bytes;
use crate::output::{self, Stream, StyledLine};
use crate::session::{
    LogView,
    log_view::{Going, Hits, HuntStatus},
};
use crate::tui::{
    frame::Frame,
    keymap::{Action, Keymap, context::STEP},
    rows::Rows,
    theme::{Theme, fit},
    words::{ends, span},
};

/// Draws the output; its last row says where one is. `over`: nothing more will come.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    log: &LogView,
    over: bool,
    keys: &Keymap,
    theme: &Theme,
) {
    let Some(window) = log.window() else { return };
    if area.height < 2 {
        return;
    }
    let rows = usize::from(area.height - 1);
    let width = usize::from(area.width);
    let needle = log.search().map(|(words, _)| words.to_owned());
    let needle = needle.as_deref().filter(|needle| !needle.is_empty());
    let range = log.range();
    let pointed = log.line().map(|(_, at)| at);
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(rows);
    let mut above = log.rows_above();
    for row in &window.lines {
        if lines.len() == rows {
            break;
        }
        let mut look = Look {
            mark: Mark::of(row),
            selected: range.is_some_and(|range| range.holds(row.offset)),
        };
        if range.map_or(pointed, |range| Some(range.cursor)) == Some(row.offset) {
            look.mark = Mark::Here;
        }
        if !log.wraps() {
            let mut text = row.text.clone();
            text.truncate(width.saturating_sub(2));
            lines.push(line(text, width, look, needle, theme));
            continue;
        }
        for text in row.text.wrapped(width.saturating_sub(2)) {
            if above > 0 {
                above -= 1;
            } else if lines.len() < rows {
                lines.push(line(text, width, look, needle, theme));
            }
            look.mark = Mark::Goes;
        }
    }
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
    frame.render_widget(Rows(lines), text);
    let status = Rect {
        y: area.y + area.height - 1,
        height: 1,
        ..area
    };
    frame.render_widget(
        Paragraph::new(where_one_is(log, width, keys, theme)),
        status,
    );
}

fn where_one_is(log: &LogView, width: usize, keys: &Keymap, theme: &Theme) -> Line<'static> {
    let mut left = Vec::new();
    let size = log.window().map_or(0, |window| window.total_bytes);
    let place = if log.follows() {
        format!("{} · following", bytes(size))
    } else {
        let top = log.window().map_or(0, |window| window.top);
        let percent = top.saturating_mul(100).checked_div(size).unwrap_or(0);
        let key = keys.hint(STEP, Action::Follow);
        let line = log.line().map_or_else(String::new, |(line, _)| {
            format!("line {} · ", grouped(line))
        });
        format!("{line}{} · {percent} % · {key} follows", bytes(size))
    };
    let place = if log.wraps() {
        format!("wrapped · {place}")
    } else {
        place
    };
    match log.going() {
        Some(Going::Counting { to, counted }) => {
            let (to, counted) = (grouped(to), grouped(counted));
            left.push(span(
                format!("to line {to}: {counted} counted …  "),
                theme.warn,
            ));
        }
        Some(Going::Beyond { lines }) => {
            left.push(span(
                format!("it has {} lines  ", grouped(lines)),
                theme.warn,
            ));
        }
        None => {}
    }
    if let Some((words, status)) = log.search() {
        let (text, style) = match status {
            HuntStatus::Looking { from, down } => (searching(words, from, down, size), theme.warn),
            HuntStatus::At(_) => (format!("‘{words}’"), theme.accent),
            HuntStatus::Nowhere => (format!("no more ‘{words}’"), theme.warn),
            HuntStatus::NotThere => (format!("‘{words}’ is not there"), theme.warn),
        };
        left.push(span(text, style));
        let is_there = status != HuntStatus::NotThere;
        if let Some(hits) = log.hits().filter(|hits| is_there && hits.count > 0) {
            left.push(span(format!("  {}", numbers(hits)), style));
        }
        let keys = format!(
            "  {} next  {} before  {} clear",
            keys.hint(STEP, Action::MatchDown),
            keys.hint(STEP, Action::MatchUp),
            keys.hint(STEP, Action::Back)
        );
        let used: usize = left.iter().map(Span::width).sum();
        // Which match it is says more than the keys, which the help names too.
        if matches!(status, HuntStatus::At(_)) && used + keys.width() + 2 + place.width() <= width {
            left.push(span(keys, style));
        }
    }
    ends(left, vec![span(place, theme.dim)], width)
}

/// Where a search is that takes a while.
fn searching(words: &str, from: u64, down: bool, size: u64) -> String {
    let percent = from.saturating_mul(100).checked_div(size).unwrap_or(0);
    let way = if down { "downwards" } else { "upwards" };
    format!("searching ‘{words}’ {way}, at {percent} % …")
}

/// Which of how many matches is shown, as far as that is known.
fn numbers(hits: Hits) -> String {
    let count = grouped(hits.count);
    match (hits.number, hits.is_all) {
        (Some(number), true) => format!("hit {} of {count}", grouped(number)),
        (Some(number), false) => format!("hit {}, counting… {count}", grouped(number)),
        (None, true) if hits.count == 1 => "1 hit".to_owned(),
        (None, true) => format!("{count} hits"),
        (None, false) => format!("counting… {count}"),
    }
}

/// A number that may be long: 1,204,332.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What stands in front of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Nothing,
    /// It came from standard error.
    Error,
    /// The row above goes on.
    Goes,
    /// It is the line that is meant.
    Here,
}

impl Mark {
    fn of(row: &output::Line) -> Self {
        if row.stream == Some(Stream::Err) {
            Mark::Error
        } else {
            Mark::Nothing
        }
    }
}

/// How a row looks.
#[derive(Debug, Clone, Copy)]
struct Look {
    mark: Mark,
    selected: bool,
}

fn line(
    text: StyledLine,
    width: usize,
    look: Look,
    needle: Option<&str>,
    theme: &Theme,
) -> Line<'static> {
    let (mark, style) = match look.mark {
        // Colour alone says nothing.
        Mark::Nothing if look.selected => ("▌ ", theme.accent),
        Mark::Nothing => ("  ", theme.text),
        Mark::Error => ("! ", theme.warn),
        Mark::Goes => ("↪ ", theme.dim),
        Mark::Here => ("▸ ", theme.accent),
    };
    let mut spans = vec![Span::styled(mark, style)];
    for part in text.spans {
        let style = convert(part.style, theme);
        match needle {
            Some(needle) => highlight(&mut spans, &part.text, style, needle),
            None => spans.push(Span::styled(part.text, style)),
        }
    }
    let mut line = Line::from(spans);
    if look.selected {
        let rest = width.saturating_sub(line.width());
        line.push_span(" ".repeat(rest));
        line = line.patch_style(theme.selection);
    }
    line
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
        output::Color::Indexed(n) => Some(fit::foreign(Color::Indexed(n), theme.depth)),
        output::Color::Rgb(r, g, b) => Some(fit::foreign(Color::Rgb(r, g, b), theme.depth)),
    };
    let mut converted = theme.text;
    // A terminal without colours keeps them out of programs' output too.
    if theme.base.fg.is_some() {
        let own = if bare {
            by_meaning(style.foreground, theme)
        } else {
            None
        };
        if let Some(color) = own.or_else(|| color(style.foreground)) {
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

/// The theme's colour for what programs call red, green and so on: theirs may not be
/// readable on its background.
fn by_meaning(color: output::Color, theme: &Theme) -> Option<Color> {
    let style = match color {
        output::Color::Indexed(1 | 9) => theme.bad,
        output::Color::Indexed(2 | 10) => theme.good,
        output::Color::Indexed(3 | 11) => theme.warn,
        output::Color::Indexed(4 | 12) => theme.accent,
        output::Color::Indexed(5 | 13) => theme.unknown,
        output::Color::Indexed(6 | 14) => theme.code,
        _ => return None,
    };
    style.fg
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
    fn which_of_how_many_matches_is_told_as_far_as_it_is_known() {
        let told = |number, count, is_all| {
            numbers(Hits {
                number,
                count,
                is_all,
            })
        };
        assert_eq!(told(Some(3), 1_204_332, true), "hit 3 of 1,204,332");
        assert_eq!(
            told(Some(1000), 812_004, false),
            "hit 1,000, counting… 812,004"
        );
        assert_eq!(told(None, 12, false), "counting… 12");
        assert_eq!(told(None, 999, true), "999 hits");
        assert_eq!(told(None, 1, true), "1 hit");
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
