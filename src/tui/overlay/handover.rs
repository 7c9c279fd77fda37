//! Handing the run over and taking it over: the brief first.

pub mod draw;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::TextArea;

use super::{Menu, MenuDoes, MenuItem, Overlay, Reaction};
use crate::engine::Command;
use crate::report::Brief;
use crate::session::seat::About;

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
    pub fn driven(about: About, by: &str, asked: bool) -> Self {
        let mut says = about.says;
        if asked {
            says.push(format!("You have asked: {by}’s console shows it."));
        }
        if about.kill.is_some() {
            says.push("y copies that command.".to_owned());
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
    pub(super) fn key(&mut self, key: KeyEvent) -> Reaction {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Reaction::Gone,
            KeyCode::Char('c') if control => return Reaction::Gone,
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => {
                self.at_note = !self.at_note;
            }
            KeyCode::Enter => {
                return Reaction::Do(Command::HandOver {
                    to: Some(self.to.lines().join(" ")),
                    note: self.note.lines().join(" "),
                });
            }
            // These would break the line.
            KeyCode::Char('m' | 'j') if control => {}
            _ => {
                self.field().input(key);
            }
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
    pub(super) fn key(&mut self, key: KeyEvent) -> Reaction {
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => return Reaction::Gone,
            KeyCode::Enter => return Reaction::TakeOver,
            KeyCode::Up | KeyCode::Char('k') => self.down = self.down.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.down += 1,
            _ => {}
        }
        Reaction::Stay
    }
}
