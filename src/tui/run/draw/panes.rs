//! The panes of the commands of one round: side by side, stacked, or one of them
//! under a strip of tabs where not all fit.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use crate::engine::{AttemptId, effect::Part, state::Attempt};
use crate::tui::{
    frame::Frame,
    run::{Focus, RunScreen, View, Zoom, output, panes, terminal},
    theme::Theme,
    words::{clip, span},
};

/// Narrower than this a pane would only show the beginnings of lines.
const NARROWEST: usize = 34;
/// Lower than this a pane would show next to nothing: its head, four lines, its place.
const LOWEST: usize = 6;
/// More than these side by side nobody keeps apart.
const MOST_COLUMNS: usize = 4;
/// A line and a blank between two panes.
const BETWEEN: usize = 2;

/// The panes that are shown and where.
pub struct Panes {
    /// The row of all names, where only one pane is shown.
    pub tabs: Option<Rect>,
    /// What is shown.
    pub cells: Vec<Cell>,
}

/// One pane.
pub struct Cell {
    /// Whose output.
    pub attempt: AttemptId,
    /// The row of its name; none where it is alone.
    pub head: Option<Rect>,
    /// Its output and, in the last row, where one is.
    pub body: Rect,
}

/// The panes of the shown step. The first row of the area is a rule's or their names'.
pub fn arranged(area: Rect, screen: &RunScreen, view: &View<'_>) -> Panes {
    let round = screen.round(view.state);
    // One that belongs to no step is told by its name, also where it is alone.
    let named = round.iter().any(|(_, attempt)| attempt.is_off_script());
    let places = if round.len() > 1 || named {
        grid(area, round.len())
    } else {
        None
    };
    let Some(places) = places else {
        return one_of(area, round.len(), screen, view);
    };
    let cells = round.iter().zip(places).map(|((attempt, _), place)| Cell {
        attempt: *attempt,
        head: Some(Rect { height: 1, ..place }),
        body: below(place),
    });
    Panes {
        tabs: None,
        cells: cells.collect(),
    }
}

/// The pane that has the keys, over everything.
pub fn arranged_zoomed(area: Rect, screen: &RunScreen, view: &View<'_>) -> Panes {
    let count = screen.round(view.state).len();
    if count > 1 {
        return one_of(area, count, screen, view);
    }
    // One that belongs to no step is told by its name here as well.
    let is_named = |attempt| {
        let known = view.state.attempts.get(&attempt);
        area.height > 1 && known.is_some_and(|known| known.is_off_script())
    };
    let cells = screen.shown_attempt(view.state).map(|attempt| {
        let head = is_named(attempt).then_some(Rect { height: 1, ..area });
        Cell {
            attempt,
            head,
            body: if head.is_some() { below(area) } else { area },
        }
    });
    Panes {
        tabs: None,
        cells: cells.into_iter().collect(),
    }
}

fn one_of(area: Rect, count: usize, screen: &RunScreen, view: &View<'_>) -> Panes {
    let cells = screen.shown_attempt(view.state).map(|attempt| Cell {
        attempt,
        head: None,
        body: below(area),
    });
    Panes {
        tabs: (count > 1).then_some(Rect { height: 1, ..area }),
        cells: cells.into_iter().collect(),
    }
}

fn below(area: Rect) -> Rect {
    Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    }
}

/// Places for so many panes, as wide as can be told apart; none where they do not fit.
fn grid(area: Rect, count: usize) -> Option<Vec<Rect>> {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let columns = (1..=count.min(MOST_COLUMNS))
        .rev()
        .find(|columns| (width + BETWEEN) / columns >= NARROWEST + BETWEEN)?;
    let rows = count.div_ceil(columns);
    if height < rows * LOWEST {
        return None;
    }
    let columns = count.div_ceil(rows);
    let mut places = Vec::with_capacity(count);
    for row in 0..rows {
        let (top, end) = (row * height / rows, (row + 1) * height / rows);
        // The last row may have fewer, and wider ones.
        let here = columns.min(count - row * columns);
        for column in 0..here {
            let left = column * (width + BETWEEN) / here;
            let right = (column + 1) * (width + BETWEEN) / here - BETWEEN;
            places.push(Rect {
                x: area.x + small(left),
                y: area.y + small(top),
                width: small(right - left),
                height: small(end - top),
            });
        }
    }
    Some(places)
}

fn small(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// Draws the panes.
pub fn draw(frame: &mut Frame, panes: &Panes, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    if let Some(area) = panes.tabs {
        tabs(frame, area, screen, view, theme);
    }
    for cell in &panes.cells {
        if let Some(area) = cell.head {
            head(frame, area, cell.attempt, screen, view, theme);
        }
        body(frame, cell, screen, view, theme);
    }
    lines_between(frame, &panes.cells, theme);
}

/// The lines between neighbours, joined to the rules above and below them.
fn lines_between(frame: &mut Frame, cells: &[Cell], theme: &Theme) {
    let buffer = frame.buffer_mut();
    for pair in cells.windows(2) {
        let [left, right] = pair else { continue };
        let Some(head) = right.head.filter(|head| head.y + 1 == left.body.y) else {
            continue;
        };
        let x = head.x - small(BETWEEN);
        let end = right.body.y + right.body.height;
        for y in right.body.y..end {
            buffer[(x, y)].set_symbol("│").set_style(theme.border);
        }
        let joint = match buffer[(x, head.y)].symbol() {
            "┴" => "┼",
            _ => "┬",
        };
        buffer[(x, head.y)]
            .set_symbol(joint)
            .set_style(theme.border);
        buffer[(x + 1, head.y)]
            .set_symbol("─")
            .set_style(theme.border);
        // A name in the row below is not cut through.
        let below = cells.iter().filter_map(|cell| cell.head);
        if below.into_iter().any(|below| below.y == end) && buffer[(x, end)].symbol() == "─" {
            buffer[(x, end)].set_symbol("┴");
        }
    }
}

fn body(frame: &mut Frame, cell: &Cell, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let shown = screen
        .shown_terminal()
        .filter(|_| screen.terminal.as_ref().map(|(id, _)| *id) == Some(cell.attempt));
    if let Some(shown) = shown {
        terminal::draw(frame, cell.body, shown, screen, view, theme);
    } else if let Some(log) = screen.logs.get(&cell.attempt) {
        let attempt = view.state.attempts.get(&cell.attempt);
        let over = attempt.is_some_and(|attempt| !attempt.status.is_live());
        output::draw(frame, cell.body, log, over, view.keys, theme);
    }
}

/// Whether a pane has the keys and the operator should see so.
fn has_keys(screen: &RunScreen, attempt: AttemptId) -> bool {
    screen.pane == Some(attempt)
        && (screen.focus == Focus::Step || screen.zoom == Some(Zoom::Output))
}

fn head(
    frame: &mut Frame,
    area: Rect,
    id: AttemptId,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) {
    let Some(attempt) = view.state.attempts.get(&id) else {
        return;
    };
    let chosen = has_keys(screen, id);
    let width = usize::from(area.width);
    let (glyph, style) = panes::glyph(attempt, theme);
    let mut standing = panes::standing(attempt, view.now);
    match attempt.launch.part {
        Part::Main => {}
        Part::Watch => standing = format!("watch · {standing}"),
        Part::OffScript => standing = format!("off-script · {standing}"),
    }
    let name = clip(
        &panes::name(attempt),
        width.saturating_sub(standing.width() + 10).max(8),
    );
    let (mark, of_name) = if chosen {
        ("▸ ", theme.focus)
    } else {
        ("─ ", theme.border)
    };
    let mut spans = vec![
        span(mark, of_name),
        span(format!("{glyph} "), style),
        span(name, if chosen { theme.accent } else { theme.strong }),
        span(format!("  {standing} "), theme.dim),
    ];
    let used: usize = spans.iter().map(|part| part.content.width()).sum();
    spans.push(span("─".repeat(width.saturating_sub(used)), theme.border));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// The names of all panes; the shown one stands in brackets.
fn tabs(frame: &mut Frame, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let round = screen.round(view.state);
    let width = usize::from(area.width);
    let shown = round.iter().position(|(id, _)| screen.pane == Some(*id));
    let shown = shown.unwrap_or(0);
    let tabs: Vec<Vec<Span<'static>>> = round
        .iter()
        .enumerate()
        .map(|(at, (_, attempt))| tab(at, attempt, at == shown, view, theme))
        .collect();
    let length = |tab: &[Span<'_>]| -> usize { tab.iter().map(|part| part.content.width()).sum() };
    // The shown one is always there, with as many before it as fit.
    let mut first = shown;
    let mut used = length(&tabs[shown]) + 4;
    while first > 0 && used + length(&tabs[first - 1]) < width {
        first -= 1;
        used += length(&tabs[first]);
    }
    let mut spans = vec![span(if first > 0 { "‹ " } else { "─" }, theme.border)];
    let mut used = spans[0].content.width();
    for (at, tab) in tabs.into_iter().enumerate().skip(first) {
        let more = if at + 1 < round.len() { 2 } else { 0 };
        if at > shown && used + length(&tab) + more > width {
            spans.push(span(" ›", theme.border));
            used += 2;
            break;
        }
        used += length(&tab);
        spans.extend(tab);
    }
    let rest = "─".repeat(width.saturating_sub(used + 1));
    spans.push(span(format!(" {rest}"), theme.border));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn tab(
    at: usize,
    attempt: &Attempt,
    shown: bool,
    view: &View<'_>,
    theme: &Theme,
) -> Vec<Span<'static>> {
    let (glyph, style) = panes::glyph(attempt, theme);
    let name = clip(&panes::name(attempt), 16);
    let watch = attempt.launch.part == Part::Watch;
    let mut tab = if shown {
        vec![
            span("[", theme.focus),
            span(format!("{} {name} ", at + 1), theme.accent),
            span(glyph, style),
        ]
    } else {
        vec![
            span(format!(" {} {name} ", at + 1), theme.text),
            span(glyph, style),
        ]
    };
    if watch {
        tab.push(span(" watch", theme.dim));
    }
    if shown {
        let standing = panes::standing(attempt, view.now);
        tab.push(span(format!(" {standing}"), theme.dim));
    }
    let end = if shown { "]" } else { " " };
    tab.push(span(end, if shown { theme.focus } else { theme.border }));
    tab
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(width: u16, height: u16, count: usize) -> Option<Vec<(u16, u16)>> {
        let area = Rect::new(2, 3, width, height);
        let places = grid(area, count)?;
        for (at, place) in places.iter().enumerate() {
            assert_eq!(place.intersection(area), *place, "inside");
            for other in &places[at + 1..] {
                assert!(!place.intersects(*other), "{places:?}");
            }
        }
        Some(places.iter().map(|p| (p.width, p.height)).collect())
    }

    #[test]
    fn they_stand_side_by_side_where_there_is_room() {
        assert_eq!(widths(76, 10, 2), Some(vec![(37, 10); 2]));
        assert_eq!(
            widths(148, 20, 4),
            Some(vec![(35, 20), (36, 20), (35, 20), (36, 20)])
        );
    }

    #[test]
    fn they_stand_on_top_of_each_other_where_it_is_narrow() {
        assert_eq!(widths(50, 13, 2), Some(vec![(50, 6), (50, 7)]));
        // The last of three has a row of its own.
        let three = widths(80, 12, 3).unwrap();
        assert_eq!(three, [(39, 6), (39, 6), (80, 6)]);
    }

    #[test]
    fn they_do_not_fit_where_nothing_could_be_read() {
        assert_eq!(widths(50, 11, 2), None);
        assert_eq!(widths(30, 40, 2), None);
        assert_eq!(widths(76, 11, 3), None);
    }
}
