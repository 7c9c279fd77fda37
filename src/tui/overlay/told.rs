//! Something that has to be read, however long it is.

use std::cell::Cell;

use ratatui::{layout::Rect, text::Line};

use super::{Reaction, draw::middle};
use crate::tui::{
    frame::Frame,
    keymap::{Action, Keymap, context::PAGE},
    rows::Rows,
    theme::Theme,
    words::{span, wrap},
};

/// Rows of the layer that hold nothing of the text: the border, how it is closed and a
/// blank row before that; and a row of the screen above and below it.
const OTHERS: u16 = 6;

/// Something that has to be read.
pub struct Told {
    /// What it is about.
    pub title: &'static str,
    /// What is said.
    pub text: String,
    down: usize,
    /// How many rows of it were seen at once, and how far down one can go.
    seen: Cell<(usize, usize)>,
}

impl Told {
    /// From its beginning.
    pub fn new(title: &'static str, text: String) -> Self {
        Self {
            title,
            text,
            down: 0,
            seen: Cell::default(),
        }
    }

    /// Scrolls, or goes.
    pub fn act(&mut self, action: Option<Action>) -> Reaction {
        // The last row of a page only says how much comes.
        let page = self.seen.get().0.saturating_sub(1).max(1).cast_signed();
        match action {
            Some(Action::Up) => self.move_by(-1),
            Some(Action::Down) => self.move_by(1),
            Some(Action::PageUp) => self.move_by(-page),
            Some(Action::PageDown) => self.move_by(page),
            Some(Action::Top) => self.move_by(isize::MIN),
            Some(Action::End) => self.move_by(isize::MAX),
            Some(Action::Next) => return Reaction::Gone,
            _ => {}
        }
        Reaction::Stay
    }

    /// Goes so many rows down.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.seen.get().1;
        // Another size of the window may have made it shorter.
        self.down = self.down.min(last).saturating_add_signed(rows).min(last);
    }

    /// Draws the part that is read.
    pub fn draw(&self, frame: &mut Frame, area: Rect, keys: &Keymap, theme: &Theme) {
        let width = area.width.saturating_sub(4).min(90);
        let all = wrap(&self.text, usize::from(width.saturating_sub(4)));
        let rows = usize::from(area.height.saturating_sub(OTHERS)).clamp(1, all.len().max(1));
        let last = all.len().saturating_sub(rows);
        self.seen.set((rows, last));
        let down = self.down.min(last);
        let height = u16::try_from(rows + 4).unwrap_or(u16::MAX);
        let inner = middle(frame, area, width, height, self.title, theme);
        let shown = all.into_iter().skip(down).take(rows);
        let mut lines: Vec<Line<'_>> = shown.map(|line| span(line, theme.bad).into()).collect();
        if down < last
            && let Some(more) = lines.last_mut()
        {
            let mut text = format!("… {} more lines", last - down + 1);
            let key = keys.key_of(PAGE, Action::PageDown);
            if !key.is_empty() {
                text = format!("{text} · {key}");
            }
            *more = span(text, theme.dim).into();
        }
        lines.push(Line::default());
        let closes = format!("{} closes this", keys.hint(PAGE, Action::Next));
        lines.push(span(closes, theme.dim).into());
        frame.render_widget(Rows(lines), inner);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Cell;

    use super::*;
    use crate::tui::theme::{Depth, built_in};

    /// What stands on a screen of this size.
    fn seen(told: &Told, width: u16, height: u16) -> String {
        let theme = Theme::new(&built_in("dark").unwrap(), Depth::True);
        let mut frame = Frame::new(width, height);
        let area = frame.area();
        told.draw(&mut frame, area, &Keymap::default(), &theme);
        let cells = frame.cells().content.iter();
        cells.map(Cell::symbol).collect()
    }

    fn lines(count: usize) -> Told {
        let lines: Vec<String> = (1..=count).map(|n| format!("line {n}.")).collect();
        Told::new("What it is about", lines.join("\n"))
    }

    #[test]
    fn every_line_can_be_read() {
        let mut told = lines(20);
        let mut read: Vec<usize> = Vec::new();
        loop {
            let text = seen(&told, 40, 12);
            assert!(text.contains("Enter closes this"), "{text}");
            read.extend((1..=20).filter(|n| text.contains(&format!("line {n}."))));
            if !text.contains(" more lines · PageDown") {
                break;
            }
            told.act(Some(Action::PageDown));
        }
        read.dedup();
        read.sort_unstable();
        read.dedup();
        assert_eq!(read, (1..=20).collect::<Vec<_>>());
        // The end is where it is, and the way back begins there.
        told.act(Some(Action::Down));
        told.act(Some(Action::Up));
        let text = seen(&told, 40, 12);
        assert!(
            text.contains("line 18.") && text.contains("… 2 more"),
            "{text}"
        );
        told.act(Some(Action::Top));
        assert!(seen(&told, 40, 12).contains("line 1."));
        told.act(Some(Action::End));
        assert!(seen(&told, 40, 12).contains("line 20."));
    }

    #[test]
    fn what_has_room_stands_there_whole() {
        for count in 1..=6 {
            let text = seen(&lines(count), 40, 12);
            assert!(text.contains(&format!("line {count}.")), "{text}");
            assert!(!text.contains("more lines"), "{text}");
        }
    }
}
