//! Drawing the layers over the panes.

use ratatui::{
    layout::{Position, Rect},
    text::Line,
};

use unicode_width::UnicodeWidthStr;

use super::{Menu, Overlay, Prompt, handover, help};
use crate::tui::{
    frame::Frame,
    outline::Outline,
    palette,
    rows::{Rows, clear},
    run::View,
    theme::Theme,
    words::{clip, span, wrap},
};

/// Draws one layer.
pub fn draw(frame: &mut Frame, area: Rect, layer: &Overlay, view: &View<'_>, theme: &Theme) {
    match layer {
        Overlay::Help { place, page } => help::draw(frame, area, view.keys, place, *page, theme),
        Overlay::Palette(palette) => palette::draw(frame, area, palette, view.keys, theme),
        Overlay::Prompt(prompt) => draw_prompt(frame, area, prompt, view, theme),
        Overlay::Menu(menu) | Overlay::Driven(menu) => draw_menu(frame, area, menu, theme),
        Overlay::HandOver(layer) => handover::draw::hand_over(frame, area, layer, view.keys, theme),
        Overlay::TakeOver(layer) => handover::draw::take_over(frame, area, layer, view.keys, theme),
        Overlay::Report(layer) => layer.draw(frame, area, view.keys, theme),
        Overlay::Told(layer) => layer.draw(frame, area, view.keys, theme),
    }
}

/// How wide a layer is: where it nearly fills the screen it does so, since the border of
/// what lies below would stand at its own.
fn outer(area: Rect, wanted: u16) -> u16 {
    if wanted + 4 > area.width {
        area.width
    } else {
        wanted
    }
}

/// As many lines as there is room for, the marked one among them; what is left out at
/// either end is counted.
pub(in crate::tui) fn window(
    lines: Vec<Line<'static>>,
    marked: usize,
    rows: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let total = lines.len();
    let skip = crate::tui::run::plan::scroll(Some(marked), total, rows);
    let mut shown: Vec<Line<'static>> = lines.into_iter().skip(skip).take(rows).collect();
    if rows < 3 {
        return shown;
    }
    let more =
        |count: usize, arrow: &str| Line::from(span(format!("  {arrow} {count} more"), theme.dim));
    if skip > 0 && marked > skip {
        shown[0] = more(skip + 1, "↑");
    }
    let below = total.saturating_sub(skip + rows);
    if below > 0
        && let Some(last) = shown.last_mut()
    {
        *last = more(below + 1, "↓");
    }
    shown
}

/// Where a box in the middle stands.
pub struct Placed {
    /// With its border.
    pub outer: Rect,
    /// What it holds.
    pub inner: Rect,
}

/// Where a box of this size stands.
pub fn placed(area: Rect, width: u16, height: u16) -> Placed {
    let width = outer(area, width);
    let height = height.min(area.height.saturating_sub(2));
    let outer = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    Placed {
        outer,
        inner: Rect {
            x: outer.x + 2,
            y: outer.y + 1,
            width: outer.width.saturating_sub(4),
            height: outer.height.saturating_sub(2),
        },
    }
}

/// A box in the middle, cleared.
pub fn middle(
    frame: &mut Frame,
    area: Rect,
    width: u16,
    height: u16,
    title: &str,
    theme: &Theme,
) -> Rect {
    let Placed { outer, inner } = placed(area, width, height);
    clear(frame.buffer_mut(), outer, theme.base);
    let title = clip(title, usize::from(outer.width).saturating_sub(6));
    let title = span(format!(" {title} "), theme.strong);
    frame.render_widget(Outline::new(theme.focus, title), outer);
    inner
}

fn draw_prompt(frame: &mut Frame, area: Rect, prompt: &Prompt, view: &View<'_>, theme: &Theme) {
    let width = area.width.saturating_sub(4).min(90);
    let inner_width = usize::from(width.saturating_sub(4));
    let (text, style) = match &prompt.error {
        Some(error) => (error.clone(), theme.bad),
        None => (prompt.ask.hint(view.state, view.keys), theme.dim),
    };
    let hint = wrap(&text, inner_width);
    let by_key = prompt.ask.is_by_key(view.state);
    let lines = u16::try_from(prompt.area.lines().len()).unwrap_or(u16::MAX);
    let rows = if by_key {
        0
    } else if prompt.ask.enter_is_newline() {
        // As much as the script needs: what it is written for stays to be seen.
        let most = area.height.saturating_sub(8).min(24);
        lines.saturating_add(1).clamp(most.min(6), most)
    } else if prompt.ask.is_multiline() {
        lines.clamp(3, 8)
    } else {
        1
    };
    let height = rows + u16::try_from(hint.len()).unwrap_or(1) + 3;
    let inner = middle(
        frame,
        area,
        width,
        height,
        &prompt.ask.title(view.state),
        theme,
    );
    let field = Rect {
        height: rows.min(inner.height),
        ..inner
    };
    if !by_key {
        frame.render_widget(&prompt.area, field);
    }
    let below = Rect {
        y: field.y + field.height + 1,
        height: inner.height.saturating_sub(field.height + 1),
        ..inner
    };
    let lines: Vec<Line<'_>> = hint
        .into_iter()
        .map(|line| Line::from(span(line, style)))
        .collect();
    frame.render_widget(Rows(lines), below);
}

fn draw_menu(frame: &mut Frame, area: Rect, menu: &Menu, theme: &Theme) {
    let listed = menu_in(area, menu, theme);
    let inner = middle(frame, area, listed.width, listed.height, &menu.title, theme);
    let rows = usize::from(inner.height);
    let lines = window(listed.lines, listed.marked, rows, theme);
    frame.render_widget(Rows(lines), inner);
}

/// A menu as it is drawn in an area.
struct ListedMenu {
    width: u16,
    height: u16,
    lines: Vec<Line<'static>>,
    /// The line with which each item begins.
    starts: Vec<usize>,
    /// The line with which the marked item begins.
    marked: usize,
}

fn menu_in(area: Rect, menu: &Menu, theme: &Theme) -> ListedMenu {
    let outer = outer(area, 84);
    let width = usize::from(outer.saturating_sub(4));
    let room = usize::from(area.height.saturating_sub(4));
    let (mut lines, mut starts) = menu_lines(menu, width, false, theme);
    if lines.len() > room {
        // Where there is no room, only the marked entry says all that follows.
        (lines, starts) = menu_lines(menu, width, true, theme);
    }
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let marked = starts.get(menu.cursor).copied().unwrap_or(0);
    ListedMenu {
        width: outer,
        height,
        lines,
        starts,
        marked,
    }
}

/// The item of a menu at a place of the screen, by its number.
pub fn menu_item_at(at: Position, area: Rect, menu: &Menu, theme: &Theme) -> Option<usize> {
    let listed = menu_in(area, menu, theme);
    let inner = placed(area, listed.width, listed.height).inner;
    let rows = usize::from(inner.height);
    let skip = crate::tui::run::plan::scroll(Some(listed.marked), listed.lines.len(), rows);
    let line = skip + usize::from(at.y.checked_sub(inner.y)?);
    if !inner.contains(at) || line >= listed.lines.len() {
        return None;
    }
    listed
        .starts
        .partition_point(|start| *start <= line)
        .checked_sub(1)
}

/// The lines of a menu, and with which of them each item begins.
fn menu_lines(
    menu: &Menu,
    width: usize,
    brief: bool,
    theme: &Theme,
) -> (Vec<Line<'static>>, Vec<usize>) {
    let mut lines: Vec<Line<'static>> = menu
        .says
        .iter()
        .flat_map(|text| wrap(text, width))
        .map(|line| Line::from(span(line, theme.warn)))
        .collect();
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    let label = menu
        .items
        .iter()
        .map(|item| item.label.width())
        .max()
        .unwrap_or(0)
        .min(width / 2);
    let room = width.saturating_sub(label + 4);
    let mut starts = Vec::new();
    for (number, item) in menu.items.iter().enumerate() {
        let marked = number == menu.cursor;
        starts.push(lines.len());
        let mut follows = wrap(&item.follows, room);
        if brief && !marked && follows.len() > 1 {
            follows = vec![clip(&item.follows, room)];
        }
        let mut follows = follows.into_iter();
        let name = clip(&item.label, label);
        let gap = " ".repeat(label.saturating_sub(name.width()) + 2);
        let mut line = Line::from(vec![
            span(if marked { "▸ " } else { "  " }, theme.accent),
            span(name, if marked { theme.strong } else { theme.text }),
            span(gap, theme.text),
            span(follows.next().unwrap_or_default(), theme.dim),
        ]);
        if marked {
            let gap = width.saturating_sub(line.width());
            line.push_span(" ".repeat(gap));
            line = line.patch_style(theme.selection);
        }
        lines.push(line);
        for more in follows {
            lines.push(Line::from(vec![
                span(" ".repeat(label + 4), theme.text),
                span(more, theme.dim),
            ]));
        }
    }
    (lines, starts)
}
