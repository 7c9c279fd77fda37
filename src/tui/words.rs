//! Text for the screen: clipped, wrapped, made safe.

use std::time::Duration;

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::output::invisible::deceives;
use crate::runbook::human;

/// Longer lines of prose are hard to read.
pub const LONGEST: usize = 110;

/// Text on one line that no terminal will interpret.
pub fn safe(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            // Direction overrides could make a command read as another one.
            c if deceives(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// The beginning of a text that fits, with an ellipsis where it was cut.
pub fn clip(text: &str, width: usize) -> String {
    let text = safe(text);
    if text.width() <= width {
        return text;
    }
    let mut clipped = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        clipped.push(c);
    }
    if width > 0 {
        clipped.push('…');
    }
    clipped
}

/// A text on as many lines as it needs, broken between words where possible.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.trim_end().lines() {
        let paragraph = safe(paragraph);
        let indent = paragraph.len() - paragraph.trim_start().len();
        let indent = " ".repeat(indent.min(width / 2));
        let mut line = indent.clone();
        let mut empty = true;
        for word in paragraph.split_whitespace() {
            let gap = usize::from(!empty);
            if !empty && line.width() + gap + word.width() > width {
                lines.push(std::mem::replace(&mut line, indent.clone()));
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            for c in word.chars() {
                if line.width() + c.width().unwrap_or(0) > width {
                    lines.push(std::mem::replace(&mut line, indent.clone()));
                }
                line.push(c);
            }
            empty = false;
        }
        lines.push(line);
    }
    lines
}

/// Code on as many lines as it needs, nothing left out: broken behind a blank where one is
/// near the end of a line, else anywhere.
pub fn wrap_code(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    for source in text.trim_end().lines() {
        let source = safe(&source.replace('\t', "    "));
        let mut line = String::new();
        let mut used = 0;
        for c in source.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width - 1 && used > 0 {
                let blank = line.rfind(' ').map_or(line.len(), |at| at + 1);
                // What stands before the blank is most of the line.
                let at = if line[..blank].width() * 2 > width {
                    blank
                } else {
                    line.len()
                };
                let rest = line.split_off(at);
                line.push('↩');
                lines.push(std::mem::replace(&mut line, rest));
                used = line.width();
            }
            line.push(c);
            used += wide;
        }
        lines.push(line);
    }
    lines
}

/// A line with something at its right end, if there is room for both.
pub fn ends(left: Vec<Span<'static>>, right: Vec<Span<'static>>, width: usize) -> Line<'static> {
    let used: usize = left
        .iter()
        .chain(&right)
        .map(|span| span.content.width())
        .sum();
    let mut spans = left;
    if used <= width {
        spans.push(Span::raw(" ".repeat(width - used)));
        spans.extend(right);
    }
    Line::from(spans)
}

/// How much of something is over, as a line that fills.
pub fn bar(
    part: Duration,
    whole: Duration,
    width: usize,
    style: Style,
    rest: Style,
) -> [Span<'static>; 2] {
    let columns = u128::try_from(width).unwrap_or(0);
    let done = part.as_millis() * columns / whole.as_millis().max(1);
    let done = usize::try_from(done).map_or(width, |done| done.min(width));
    [
        span("━".repeat(done), style),
        span("─".repeat(width - done), rest),
    ]
}

/// A styled piece of text.
pub fn span(text: impl Into<String>, style: Style) -> Span<'static> {
    Span::styled(text.into(), style)
}

/// How long ago, as people say it: in whole minutes.
pub fn ago(since: Duration) -> String {
    match since.as_secs() / 60 {
        0 => "just now".to_owned(),
        minutes => format!("{} ago", human(Duration::from_secs(minutes * 60))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_while_ago_is_told_in_minutes() {
        let told = |seconds| ago(Duration::from_secs(seconds));
        assert_eq!(told(0), "just now");
        assert_eq!(told(59), "just now");
        assert_eq!(told(392), "6m ago");
        assert_eq!(told(3_740), "1h02m ago");
        assert_eq!(told(3 * 86_400), "3d ago");
    }

    #[test]
    fn clips_by_columns_not_by_characters() {
        assert_eq!(clip("abcdef", 6), "abcdef");
        assert_eq!(clip("abcdef", 4), "abc…");
        assert_eq!(clip("日本語", 4), "日…");
        assert_eq!(clip("a\u{1b}[31m", 20), "a\u{fffd}[31m");
        assert_eq!(clip("abc", 0), "");
        let hidden = "a\u{61c}\u{2064}\u{feff}\u{e0041}\u{202e}b";
        assert_eq!(safe(hidden), format!("a{}b", "\u{fffd}".repeat(5)));
        assert_eq!(safe("⚠\u{fe0f}"), "⚠\u{fe0f}");
    }

    #[test]
    fn a_bar_fills_and_never_grows_beyond_its_width() {
        let of = |part, whole| {
            let second = Duration::from_secs;
            let none = Style::new();
            let [done, rest] = bar(second(part), second(whole), 8, none, none);
            format!("{}{}", done.content, rest.content)
        };
        assert_eq!(of(0, 60), "────────");
        assert_eq!(of(30, 60), "━━━━────");
        assert_eq!(of(90, 60), "━━━━━━━━");
        assert_eq!(of(1, 0), "━━━━━━━━");
    }

    #[test]
    fn wraps_between_words_and_keeps_everything() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("  - a list item", 8), ["  - a", "  list", "  item"]);
        assert_eq!(wrap("a\n\nb", 9), ["a", "", "b"]);
        assert_eq!(wrap_code("abcdef", 4), ["abc↩", "def"]);
        assert_eq!(
            wrap_code("kubectl get pods -o wide", 12),
            ["kubectl ↩", "get pods ↩", "-o wide"]
        );
        assert_eq!(wrap_code("a bcdefghijkl", 8), ["a bcdef↩", "ghijkl"]);
        let code = "set -euo pipefail; echo  'a  b' | sed  s/a/b/ >\u{65e5}\u{672c}";
        for width in 3..70 {
            let lines = wrap_code(code, width);
            let whole: String = lines
                .iter()
                .map(|line| line.trim_end_matches('↩'))
                .collect();
            assert_eq!(whole, code, "{width}");
            assert!(
                lines.iter().all(|line| line.width() <= width),
                "{width}: {lines:?}"
            );
        }
    }
}
