//! The report as it stands, rendered, with where it was written.

use std::{cell::RefCell, path::PathBuf};

use ratatui::{layout::Rect, text::Line, widgets::Paragraph};

use super::{Reaction, draw::middle};
use crate::tui::{
    frame::Frame,
    keymap::{Action, Keymap, context::PAGE},
    markdown,
    rows::Rows,
    theme::Theme,
    words::{clip, ends, span},
};

/// A report that is read.
pub struct Report {
    /// Where it was written; nowhere by who watches.
    path: Option<PathBuf>,
    text: String,
    /// Its lines for a width: a flood behind it must not render it again and again.
    lines: RefCell<(usize, Vec<Line<'static>>)>,
    down: usize,
}

impl Report {
    /// A report from its Markdown.
    pub fn new(path: Option<PathBuf>, text: String) -> Self {
        Self {
            path,
            text,
            lines: RefCell::new((0, Vec::new())),
            down: 0,
        }
    }

    /// Scrolls, or goes.
    pub fn act(&mut self, action: Option<Action>, area: Rect) -> Reaction {
        let page = usize::from(area.height.saturating_sub(6).max(1));
        match action {
            Some(Action::Up) => self.down = self.down.saturating_sub(1),
            Some(Action::Down) => self.down += 1,
            Some(Action::PageUp) => self.down = self.down.saturating_sub(page),
            Some(Action::PageDown) => self.down += page,
            Some(Action::Top) => self.down = 0,
            Some(Action::End) => self.down = usize::MAX / 2,
            Some(Action::Next) => return Reaction::Gone,
            _ => {}
        }
        let last = self.lines.borrow().1.len().saturating_sub(page);
        self.down = self.down.min(last);
        Reaction::Stay
    }

    /// Draws the part that is read.
    pub fn draw(&self, frame: &mut Frame, area: Rect, keys: &Keymap, theme: &Theme) {
        // Wider lines nobody reads with ease.
        let outer = area.width.min(124);
        let inner = middle(frame, area, outer, area.height, "Report", theme);
        let width = usize::from(inner.width);
        let mut held = self.lines.borrow_mut();
        if held.0 != width {
            *held = (width, markdown::lines(&self.text, width, theme.text, theme));
        }
        let rows = usize::from(inner.height.saturating_sub(2));
        let down = self.down.min(held.1.len().saturating_sub(rows));
        let shown: Vec<Line<'_>> = held.1.iter().skip(down).take(rows).cloned().collect();
        frame.render_widget(Rows(shown), inner);
        let through = (down + rows).min(held.1.len());
        let percent = (through * 100).checked_div(held.1.len()).unwrap_or(100);
        let hints = format!(
            "{} scroll · {} closes · {percent} %",
            keys.in_footer(PAGE, Action::Down),
            keys.key_of(PAGE, Action::Back),
        );
        let room = width.saturating_sub(hints.chars().count() + 2);
        let place = match &self.path {
            Some(path) => {
                let words = "written to ";
                let path = path.to_string_lossy();
                format!("{words}{}", end_of(&path, room.saturating_sub(words.len())))
            }
            None => clip("not written: whoever drives does that", room),
        };
        let last = Rect {
            y: inner.y + inner.height.saturating_sub(1),
            height: 1,
            ..inner
        };
        let place = vec![span(place, theme.accent)];
        let line = ends(place, vec![span(hints, theme.dim)], width);
        frame.render_widget(Paragraph::new(line), last);
    }
}

/// A path says most with its end.
fn end_of(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count <= width {
        return clip(text, width);
    }
    let end: String = text.chars().skip(count + 1 - width.max(1)).collect();
    clip(&format!("…{end}"), width)
}
