//! What keys do in the form.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Asks, Filled, FormScreen, area, text};
use crate::tui::{
    keymap::{Action, context::FORM},
    overlay::help,
    typing,
};

/// How it ends that fields are not as they must be.
const ATTENTION: &str = "your attention first.";

impl FormScreen {
    pub(super) fn key(&mut self, key: KeyEvent) -> Option<Filled> {
        if let Some(page) = self.help.take() {
            let pages = help::pages(self.area, &self.keys, FORM);
            self.help = Some(page + 1).filter(|page| *page < pages);
            return None;
        }
        // Whoever goes on has read it; what the keys do is of more use then.
        if self
            .error
            .as_ref()
            .is_some_and(|text| text.ends_with(ATTENTION))
        {
            self.error = None;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match self.keys.action(FORM, key) {
            Some(Action::Back | Action::Leave) => return Some(Filled::Left),
            Some(Action::Submit) => return self.submit(),
            Some(Action::FieldBefore) => self.cursor = self.cursor.saturating_sub(1),
            Some(Action::NextField) => self.cursor = (self.cursor + 1).min(self.fields.len()),
            Some(Action::Next) if self.cursor == self.fields.len() => return self.submit(),
            Some(Action::Next) => self.cursor += 1,
            Some(Action::NextOption) if self.has_options() => self.cycle(false),
            Some(Action::OptionBefore) if self.has_options() => self.cycle(true),
            Some(Action::NextChoice) => self.choose(false),
            Some(Action::ChoiceBefore) => self.choose(true),
            Some(Action::Help) => self.help = Some(0),
            _ => match key.code {
                KeyCode::Enter => {}
                KeyCode::Char('m' | 'j') if control => {}
                KeyCode::Char(letter) if self.has_options() => self.jump(letter),
                _ if self.has_options() => {}
                _ => {
                    if let Some(field) = self.fields.get_mut(self.cursor) {
                        field.touched |= field.area.input(typing::input(key));
                        self.error = None;
                    }
                }
            },
        }
        None
    }

    /// Whether a key takes the form as it is filled in: what begins is seen first.
    pub(super) fn begins(&self, key: KeyEvent) -> bool {
        let action = self.keys.action(FORM, key);
        let at_button = self.cursor == self.fields.len();
        self.help.is_none()
            && (action == Some(Action::Submit) || at_button && action == Some(Action::Next))
    }

    /// Whether a key leads out of a wait.
    pub(super) fn gives_up(&self, key: KeyEvent) -> bool {
        let action = self.keys.action(FORM, key);
        matches!(action, Some(Action::Back | Action::Leave))
    }

    pub(super) fn has_options(&self) -> bool {
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
            let fields = self.fields.iter();
            let count = fields
                .filter(|field| Self::complaint(field).is_some())
                .count();
            self.error = Some(match count {
                1 => format!("One field needs {ATTENTION}"),
                count => format!("{count} fields need {ATTENTION}"),
            });
            return None;
        }
        Some(Filled::Ready)
    }
}
