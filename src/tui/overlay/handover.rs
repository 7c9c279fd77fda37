//! Handing the run over and taking it over: the brief first.

pub mod draw;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::TextArea;

use super::{Menu, MenuDoes, MenuItem, Overlay, Reaction};
use crate::engine::Command;
use crate::report::Brief;
use crate::session::seat::About;
use crate::tui::{
    keymap::{Action, Keymap, context::MENU},
    typing,
};

/// The driver hands over.
pub struct HandOver {
    /// How the run stands.
    pub brief: Brief,
    /// To whom.
    pub to: TextArea<'static>,
    /// What they should know.
    pub note: TextArea<'static>,
    /// The note has the keys.
    pub at_note: bool,
}

/// Somebody takes over.
pub struct TakeOver {
    /// How the run stands.
    pub brief: Brief,
    /// How the last driver let go.
    pub gone: Option<String>,
    /// What to think of first.
    pub warning: Option<String>,
    /// How far it is scrolled down.
    pub down: usize,
}

impl Overlay {
    /// The driver hands over; `asked` is who would like to drive.
    pub fn hand_over(brief: Brief, asked: Option<&str>) -> Self {
        let field = |text: &str, hint: &str| {
            let mut area = TextArea::new(vec![text.to_owned()]);
            area.set_cursor_line_style(ratatui::style::Style::new());
            area.set_placeholder_text(hint);
            area.move_cursor(tui_textarea::CursorMove::End);
            area
        };
        Overlay::HandOver(Box::new(HandOver {
            brief,
            to: field(asked.unwrap_or_default(), "(whoever takes it)"),
            note: field("", "(optional) what does not stand above"),
            // Where it is known to whom, what is left to say is the note.
            at_note: asked.is_some(),
        }))
    }

    /// Somebody takes over from a driver who has gone.
    pub fn take_over(brief: Brief, gone: Option<String>, warning: Option<String>) -> Self {
        Overlay::TakeOver(Box::new(TakeOver {
            brief,
            gone,
            warning,
            down: 0,
        }))
    }

    /// Somebody else drives: what can be done.
    pub fn driven(about: About, by: &str, asked: bool, keys: &Keymap) -> Self {
        let mut says = about.says;
        if asked {
            says.push(format!("You have asked: {by}’s console shows it."));
        }
        if about.kill.is_some() {
            let key = keys.hint(MENU, Action::Copy);
            says.push(format!("{key} copies that command."));
        }
        Overlay::Driven(Menu {
            title: format!("{by} drives this run"),
            says,
            copy: about.kill,
            items: vec![
                MenuItem {
                    label: "Watch".to_owned(),
                    follows: "You see everything and change nothing.".to_owned(),
                    does: None,
                },
                MenuItem {
                    label: "Ask to take over".to_owned(),
                    follows: format!(
                        "{by}’s console says that you ask; {by} hands over with h. It is \
                         recorded."
                    ),
                    does: Some(MenuDoes::AskHandOver),
                },
            ],
            cursor: usize::from(!asked),
        })
    }
}

impl HandOver {
    pub(super) fn key(&mut self, action: Option<Action>, key: KeyEvent) -> Reaction {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match action {
            Some(Action::NextField | Action::FieldBefore) => self.at_note = !self.at_note,
            Some(Action::Next) => {
                return Reaction::Do(Command::HandOver {
                    to: Some(self.to.lines().join(" ")),
                    note: self.note.lines().join(" "),
                });
            }
            _ => match key.code {
                // These would break the line.
                KeyCode::Enter => {}
                KeyCode::Char('m' | 'j') if control => {}
                _ => {
                    self.field().input(typing::input(key));
                }
            },
        }
        Reaction::Stay
    }

    pub(super) fn field(&mut self) -> &mut TextArea<'static> {
        if self.at_note {
            &mut self.note
        } else {
            &mut self.to
        }
    }
}

impl TakeOver {
    pub(super) fn act(&mut self, action: Option<Action>) -> Reaction {
        match action {
            Some(Action::Next) => return Reaction::TakeOver,
            Some(Action::Up) => self.down = self.down.saturating_sub(1),
            Some(Action::Down) => self.down += 1,
            Some(Action::PageUp) => self.down = self.down.saturating_sub(10),
            Some(Action::PageDown) => self.down += 10,
            Some(Action::Top) => self.down = 0,
            _ => {}
        }
        Reaction::Stay
    }
}
