//! The timeline pane: what the report will say, live.

use std::ops::Range;

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Block,
};

use unicode_width::UnicodeWidthStr;

use super::{Focus, RunScreen, View, Zoom, plan::granted};
use crate::report::timeline::{Line as Entry, Mark};
use crate::tui::{
    frame::Frame,
    outline::Outline,
    rows::Rows,
    theme::Theme,
    words::{clip, span, wrap},
};

/// Draws the timeline.
pub fn draw(frame: &mut Frame, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let border = if screen.focus == Focus::Timeline {
        theme.focus
    } else {
        theme.border
    };
    let outline = Outline::new(border, span(" Timeline ", theme.dim));
    frame.render_widget(outline.corner(span(" UTC ", theme.dim)), area);
    let inner = Block::bordered().inner(area);
    let height = usize::from(inner.height);
    let newest: Vec<&Entry> = told(view).take(screen.timeline_up + height).collect();
    let mark = newest.len().saturating_sub(1).min(screen.timeline_up);
    // The marked line is on the screen, and at its upper edge where one has gone up.
    let up = (mark + 1)
        .saturating_sub(height)
        .min(newest.len().saturating_sub(height));
    let has_keys = screen.focus == Focus::Timeline || screen.zoom == Some(Zoom::Timeline);
    let width = usize::from(inner.width);
    let is_full = newest.len() >= height;
    let mut shown: Vec<(usize, Line<'_>, Vec<String>)> = newest
        .into_iter()
        .enumerate()
        .skip(up)
        .take(height)
        .map(|(at, entry)| {
            // Where the pane is full only the marked one can have more than one row.
            let rows = if is_full && !(has_keys && at == mark) {
                1
            } else {
                height
            };
            let (before, text) = told_of(entry, (width, rows), theme);
            (at, before, text)
        })
        .collect();
    let wanted: Vec<usize> = shown.iter().map(|(_, _, text)| text.len()).collect();
    let marked = shown.iter().position(|(at, ..)| has_keys && *at == mark);
    let (seen, given) = shared(&wanted, marked, height);
    shown.truncate(seen.end);
    shown.drain(..seen.start);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for ((at, before, text), given) in shown.into_iter().zip(given).rev() {
        let is_marked = has_keys && at == mark;
        for line in drawn(before, text, given, width) {
            lines.push(if is_marked {
                line.patch_style(theme.selection)
            } else {
                line
            });
        }
    }
    frame.render_widget(Rows(lines), inner);
}

/// Which of the entries are seen, newest first, and how many rows each is given: the marked
/// one is whole, whatever that leaves out, and what is left goes to the newest.
fn shared(wanted: &[usize], marked: Option<usize>, height: usize) -> (Range<usize>, Vec<usize>) {
    let mut seen = 0..wanted.len();
    if let Some(at) = marked {
        let more = wanted[at].min(height).saturating_sub(1);
        let over = (wanted.len() + more).saturating_sub(height);
        // Where one has gone up, what is older comes next.
        if at < wanted.len() - over {
            seen.end -= over;
        } else {
            seen.start = over.min(at);
        }
    }
    let first = marked.map_or(0, |at| at - seen.start);
    let given = granted(&wanted[seen.clone()], height, first..first + 1);
    (seen, given)
}

/// The lines that the pane shows, newest first: there may be thousands, and a screen of them
/// is drawn.
fn told<'a>(view: &View<'a>) -> impl Iterator<Item = &'a Entry> {
    view.lines.iter().rev().filter(|line| !line.detail)
}

/// How many lines there are to go through.
pub fn count(view: &View<'_>) -> usize {
    told(view).count()
}

/// The line that is marked.
pub fn marked<'a>(screen: &RunScreen, view: &View<'a>) -> Option<&'a Entry> {
    told(view).take(screen.timeline_up + 1).last()
}

/// The time, the mark, and the text on as many lines as it needs of these rows.
fn told_of(
    entry: &Entry,
    (width, rows): (usize, usize),
    theme: &Theme,
) -> (Line<'static>, Vec<String>) {
    let (glyph, style) = mark(entry.mark, theme);
    let late = if entry.recorded_at.is_some() {
        "↶"
    } else {
        " "
    };
    let text_style = match entry.mark {
        Mark::Milestone => theme.strong,
        Mark::Skipped => theme.dim,
        _ => theme.text,
    };
    let before = Line::from(vec![
        span(format!(" {}{late}", entry.at.format("%H:%M:%S")), theme.dim),
        span(format!("{glyph} "), style),
    ])
    .style(text_style);
    let room = width.saturating_sub(BEFORE + 1);
    if rows < 2 || entry.text.width() <= room {
        return (before, vec![clip(&entry.text, room)]);
    }
    // No more of a long note than there are rows for.
    let text: String = entry.text.chars().take(width * rows).collect();
    (before, wrap(&text, room))
}

/// The columns of the time and the mark.
const BEFORE: usize = 12;

/// So many lines of it; what is left out shows.
fn drawn(
    before: Line<'static>,
    mut text: Vec<String>,
    given: usize,
    width: usize,
) -> Vec<Line<'static>> {
    if text.len() > given {
        let rest = text.split_off(given.saturating_sub(1)).join(" ");
        text.push(clip(&rest, width.saturating_sub(BEFORE + 1)));
    }
    let style = before.style;
    let mut before = Some(before);
    text.into_iter()
        .map(|text| {
            let mut line = before.take().map_or_else(
                || Line::from(" ".repeat(BEFORE)),
                |line| line.style(Style::new()),
            );
            let gap = width.saturating_sub(BEFORE + text.width());
            line.push_span(span(text, style));
            line.push_span(Span::raw(" ".repeat(gap)));
            line
        })
        .collect()
}

fn mark(mark: Mark, theme: &Theme) -> (&'static str, Style) {
    match mark {
        Mark::Milestone => ("■", theme.accent),
        Mark::Begin => ("▸", theme.dim),
        Mark::Good => ("✔", theme.good),
        Mark::Bad => ("✘", theme.bad),
        Mark::Unknown => ("?", theme.unknown),
        Mark::Decision => ("◆", theme.accent),
        Mark::Note => ("✎", theme.warn),
        Mark::Skipped => ("–", theme.dim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marked_line_is_whole_and_what_is_left_goes_to_the_newest() {
        let wanted = [2, 1, 3, 2];
        assert_eq!(shared(&wanted, None, 9), (0..4, vec![2, 1, 3, 2]));
        assert_eq!(shared(&wanted, None, 5), (0..4, vec![2, 1, 1, 1]));
        assert_eq!(shared(&wanted, Some(2), 6), (0..4, vec![1, 1, 3, 1]));
        // Older ones give way to it, newer ones where it is the oldest.
        assert_eq!(shared(&wanted, Some(0), 4), (0..3, vec![2, 1, 1]));
        assert_eq!(shared(&wanted, Some(3), 4), (1..4, vec![1, 1, 2]));
        assert_eq!(shared(&wanted, Some(2), 4), (2..4, vec![3, 1]));
        assert_eq!(shared(&[9], Some(0), 4), (0..1, vec![4]));
        assert_eq!(shared(&[], None, 4), (0..0, vec![]));
    }

    #[test]
    fn no_row_is_used_twice() {
        for height in 1..8 {
            for marked in 0..height {
                let wanted: Vec<usize> = (0..height).map(|at| 1 + at * 2 % 5).collect();
                let (seen, given) = shared(&wanted, Some(marked), height);
                assert!(seen.contains(&marked), "{height} {marked}");
                assert!(given.iter().sum::<usize>() <= height, "{height} {marked}");
            }
        }
    }
}
