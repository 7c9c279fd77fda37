//! What keys do in the form.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Asks, Filled, FormScreen, area, text};

impl FormScreen {
    pub(super) fn key(&mut self, key: KeyEvent) -> Option<Filled> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Some(Filled::Left),
            KeyCode::Char('c' | 'q') if control => return Some(Filled::Left),
            KeyCode::Char('s') if control => return self.submit(),
            KeyCode::Up | KeyCode::BackTab => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Tab => self.cursor = (self.cursor + 1).min(self.fields.len()),
            KeyCode::Enter if self.cursor == self.fields.len() => return self.submit(),
            KeyCode::Enter => self.cursor += 1,
            KeyCode::Left | KeyCode::Right | KeyCode::Char(' ') if self.has_options() => {
                self.cycle(key.code == KeyCode::Left);
            }
            KeyCode::Char('n') if control => self.choose(false),
            KeyCode::Char('p') if control => self.choose(true),
            KeyCode::Char('m' | 'j') if control => {}
            KeyCode::Char(letter) if self.has_options() => self.jump(letter),
            _ if self.has_options() => {}
            _ => {
                if let Some(field) = self.fields.get_mut(self.cursor) {
                    field.touched |= field.area.input(key);
                    self.error = None;
                }
            }
        }
        None
    }

    fn has_options(&self) -> bool {
        self.fields
            .get(self.cursor)
            .is_some_and(|field| !field.options.is_empty())
    }

    fn cycle(&mut self, back: bool) {
        let Some(field) = self.fields.get_mut(self.cursor) else {
            return;
        };
        let current = text(field);
        let count = field.options.len();
        let at = field.options.iter().position(|option| *option == current);
        let next = match at {
            None if back => count - 1,
            None => 0,
            Some(at) if back => (at + count - 1) % count,
            Some(at) => (at + 1) % count,
        };
        field.area = area(&field.options[next].clone(), false);
        if matches!(field.asks, Asks::Environment) {
            self.apply_environment();
        } else {
            field.touched = true;
        }
    }

    /// To the next option that begins with a letter.
    fn jump(&mut self, letter: char) {
        for _ in 0..self.fields[self.cursor].options.len() {
            self.cycle(false);
            if text(&self.fields[self.cursor]).starts_with(letter) {
                return;
            }
        }
    }

    fn submit(&mut self) -> Option<Filled> {
        let open = self.first_open();
        if open < self.fields.len() {
            self.cursor = open;
            self.error = Some("One field needs your attention first.".to_owned());
            return None;
        }
        Some(Filled::Ready)
    }
}
