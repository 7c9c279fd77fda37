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
    let newest: Vec<&Entry> = told(view).take(screen.timeline_up + height).collect();
    let mark = newest.len().saturating_sub(1).min(screen.timeline_up);
    // The marked line is on the screen, and at its upper edge where one has gone up.
    let up = (mark + 1)
        .saturating_sub(height)
        .min(newest.len().saturating_sub(height));
    let has_keys = screen.focus == Focus::Timeline || screen.zoom == Some(Zoom::Timeline);
    let shown = newest.iter().enumerate().skip(up).take(height);
    let mut lines: Vec<Line<'_>> = shown
        .map(|(at, entry)| {
            let drawn = line(entry, usize::from(inner.width), theme);
            if has_keys && at == mark {
                let gap = usize::from(inner.width).saturating_sub(drawn.width());
                let mut drawn = drawn;
                drawn.push_span(Span::raw(" ".repeat(gap)));
                drawn.patch_style(theme.selection)
            } else {
                drawn
            }
        })
        .collect();
    lines.reverse();
    frame.render_widget(Rows(lines), inner);
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
