//! The mouse on the home screen: the wheel moves the mark, a click marks, and a second
//! one on the same row opens it as Enter does.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{Asked, HomeScreen, draw};
use crate::tui::{keymap::Action, palette::Picked, theme::Theme};

impl HomeScreen {
    /// Deals with the mouse.
    pub(super) fn mouse(&mut self, event: MouseEvent, theme: &Theme) -> Option<Asked> {
        let at = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollUp => self.wheel(Action::Up),
            MouseEventKind::ScrollDown => self.wheel(Action::Down),
            MouseEventKind::Down(MouseButton::Left) => return self.click(at, theme),
            _ => {}
        }
        None
    }

    fn wheel(&mut self, action: Action) {
        self.clicked = None;
        if let Some(palette) = &mut self.palette {
            palette.move_by(if action == Action::Up { -1 } else { 1 });
        } else if self.help.is_none() {
            // It only moves the mark.
            self.act(action);
        }
    }

    fn click(&mut self, at: Position, theme: &Theme) -> Option<Asked> {
        self.error = None;
        let before = self.clicked.take();
        if self.help.take().is_some() {
            return None;
        }
        if let Some(palette) = &mut self.palette {
            let row = palette.row_at(self.area, at)?;
            self.clicked = Some(row);
            let picked = palette.click(row, before == Some(row));
            if picked != Picked::Nothing {
                // The next click is a first one of what lies below.
                self.clicked = None;
            }
            return self.picked(picked);
        }
        let row = draw::row_at(at, self, theme)?;
        if before == Some(row) {
            return self.act(Action::Next);
        }
        self.clicked = Some(row);
        self.cursor = row;
        self.load_preview();
        None
    }
}
