//! The timeline pane: what the report will say, live.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Block, BorderType},
};

use super::{Focus, RunScreen, View, Zoom};
use crate::report::timeline::{Line as Entry, Mark};
use crate::tui::{
    rows::Rows,
    theme::Theme,
    words::{clip, span},
};

/// Draws the timeline.
pub fn draw(frame: &mut Frame<'_>, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let border = if screen.focus == Focus::Timeline {
        theme.focus
    } else {
        theme.border
    };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .title(span(" Timeline ", theme.dim))
        .title_top(Line::from(span(" UTC ", theme.dim)).right_aligned());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let height = usize::from(inner.height);
    let wanted = told(view);
    let mark = wanted.len().saturating_sub(1).min(screen.timeline_up);
    // The marked line is on the screen, and at its upper edge where one has gone up.
    let up = (mark + 1)
        .saturating_sub(height)
        .min(wanted.len().saturating_sub(height));
    let end = wanted.len() - up;
    let start = end.saturating_sub(height);
    let has_keys = screen.focus == Focus::Timeline || screen.zoom == Some(Zoom::Timeline);
    let marked = wanted.len().checked_sub(mark + 1).filter(|_| has_keys);
    let lines: Vec<Line<'_>> = (start..end)
        .map(|at| {
            let drawn = line(wanted[at], usize::from(inner.width), theme);
            if marked == Some(at) {
                let gap = usize::from(inner.width).saturating_sub(drawn.width());
                let mut drawn = drawn;
                drawn.push_span(Span::raw(" ".repeat(gap)));
                drawn.patch_style(theme.selection)
            } else {
                drawn
            }
        })
        .collect();
    frame.render_widget(Rows(lines), inner);
}

/// The lines that the pane shows, oldest first.
fn told<'a>(view: &View<'a>) -> Vec<&'a Entry> {
    view.lines.iter().filter(|line| !line.detail).collect()
}

/// How many lines there are to go through.
pub fn count(view: &View<'_>) -> usize {
    view.lines.iter().filter(|line| !line.detail).count()
}

/// The line that is marked.
pub fn marked<'a>(screen: &RunScreen, view: &View<'a>) -> Option<&'a Entry> {
    let wanted = told(view);
    let mark = wanted.len().checked_sub(1)?.min(screen.timeline_up);
    wanted.iter().rev().nth(mark).copied()
}

fn line(entry: &Entry, width: usize, theme: &Theme) -> Line<'static> {
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
    Line::from(vec![
        span(format!(" {}{late}", entry.at.format("%H:%M:%S")), theme.dim),
        span(format!("{glyph} "), style),
        span(clip(&entry.text, width.saturating_sub(13)), text_style),
    ])
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
