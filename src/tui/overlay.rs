//! What lies over the panes: a question, a menu, the help. The last
//! layer has the keys; Esc takes it away.

pub mod approval;
pub mod ask;
pub mod closing;
pub mod draw;
pub mod handover;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::TextArea;

use crate::engine::{AttemptId, Command, State};
pub use ask::{Ask, Then};
use handover::{HandOver, TakeOver};

/// A layer.
pub enum Overlay {
    /// What keys do.
    Help,
    /// A question with a text for an answer.
    Prompt(Box<Prompt>),
    /// A few things to choose from.
    Menu(Menu),
    /// The driver hands over.
    HandOver(Box<HandOver>),
    /// Somebody takes over.
    TakeOver(Box<TakeOver>),
    /// Somebody else drives: what can be done.
    Driven(Menu),
    /// Something that has to be read.
    Told {
        /// What it is about.
        title: String,
        /// What is said.
        text: String,
    },
}

/// A question with a text for an answer.
pub struct Prompt {
    /// What is asked.
    pub ask: Ask,
    /// What is being typed.
    pub area: TextArea<'static>,
    /// Why the last answer did not do.
    pub error: Option<String>,
}

/// A few things to choose from.
pub struct Menu {
    /// What is asked.
    pub title: String,
    /// What has to be known first.
    pub says: Vec<String>,
    /// What y copies.
    pub copy: Option<String>,
    /// The choices.
    pub items: Vec<MenuItem>,
    /// The marked one.
    pub cursor: usize,
}

/// A line of a menu.
pub struct MenuItem {
    /// What it is.
    pub label: String,
    /// What will happen.
    pub follows: String,
    /// What it does; nothing just closes the menu.
    pub does: Option<MenuDoes>,
}

/// What a line of a menu does.
#[derive(Debug, Clone)]
pub enum MenuDoes {
    /// Asks the engine.
    Command(Command),
    /// Asks the operator for more.
    Ask(Ask),
    /// Asks the driver to hand over.
    AskHandOver,
}

/// What became of a key.
pub enum Reaction {
    /// The layer stays.
    Stay,
    /// The layer goes.
    Gone,
    /// The layer goes, and this is asked of the engine.
    Do(Command),
    /// The layer goes, and this is put on the clipboard.
    Copy(String),
    /// The layer goes, and the output is searched for this.
    Search(String),
    /// The layer goes, and the run is taken over.
    TakeOver,
    /// The layer goes, and the driver is asked to hand over.
    AskHandOver,
    /// The layer goes, and another comes.
    Next(Overlay),
}

impl Overlay {
    /// A question.
    pub fn ask(ask: Ask, state: &State) -> Self {
        let mut area = TextArea::new(ask.beginning(state));
        area.set_cursor_line_style(ratatui::style::Style::new());
        if let Some(hint) = ask.placeholder() {
            area.set_placeholder_text(hint);
        }
        Overlay::Prompt(Box::new(Prompt {
            ask,
            area,
            error: None,
        }))
    }

    /// The place is not proven: why, and what to do.
    pub fn unproven(words: &str) -> Self {
        Overlay::Told {
            title: "The place is not proven".to_owned(),
            text: format!(
                "{words}\n\nNothing is launched until that is mended; what runs goes on. Mend it, \
                 then start the step again: the guard is asked once more."
            ),
        }
    }

    /// Stopping a command, stated before it is confirmed.
    pub fn stop(attempt: AttemptId, title: &str, grace: &str) -> Self {
        Overlay::Menu(Menu {
            title: format!("Stop ‘{title}’?"),
            says: Vec::new(),
            copy: None,
            items: vec![
                MenuItem {
                    label: "Let it run".to_owned(),
                    follows: "Nothing happens.".to_owned(),
                    does: None,
                },
                MenuItem {
                    label: "Stop it".to_owned(),
                    follows: format!("TERM to the command and all it started, KILL after {grace}."),
                    does: Some(MenuDoes::Command(Command::Stop(attempt))),
                },
            ],
            cursor: 0,
        })
    }

    /// Running a step again that changes something and is done.
    pub fn repeat(title: &str, does: MenuDoes) -> Self {
        Overlay::Menu(Menu {
            title: format!("‘{title}’ is done and changes something. Run it again?"),
            says: Vec::new(),
            copy: None,
            items: vec![
                MenuItem {
                    label: "Leave it".to_owned(),
                    follows: "Nothing happens.".to_owned(),
                    does: None,
                },
                MenuItem {
                    label: "Run it again".to_owned(),
                    follows: "The command runs a second time; both attempts are recorded."
                        .to_owned(),
                    does: Some(does),
                },
            ],
            cursor: 0,
        })
    }

    /// Deals with a key.
    pub fn key(
        &mut self,
        key: KeyEvent,
        state: &State,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Reaction {
        match self {
            Overlay::Help => Reaction::Gone,
            Overlay::Told { .. } => match key.code {
                KeyCode::Enter | KeyCode::Esc | KeyCode::Char('q' | ' ') => Reaction::Gone,
                _ => Reaction::Stay,
            },
            Overlay::Menu(menu) | Overlay::Driven(menu) => menu.key(key, state),
            Overlay::HandOver(layer) => layer.key(key),
            Overlay::TakeOver(layer) => layer.key(key),
            Overlay::Prompt(prompt) => prompt.key(key, state, now),
        }
    }

    /// Takes pasted text in.
    pub fn paste(&mut self, text: &str) {
        if let Overlay::HandOver(layer) = self {
            layer.field().insert_str(text.replace(['\r', '\n'], " "));
        }
        if let Overlay::Prompt(prompt) = self {
            let text = if prompt.ask.is_multiline() {
                text.replace("\r\n", "\n").replace('\r', "\n")
            } else {
                text.replace(['\r', '\n'], " ")
            };
            prompt.area.insert_str(text);
        }
    }
}

impl Menu {
    fn key(&mut self, key: KeyEvent, state: &State) -> Reaction {
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                self.cursor = (self.cursor + 1).min(self.items.len().saturating_sub(1));
            }
            KeyCode::Esc | KeyCode::Char('q') => return Reaction::Gone,
            KeyCode::Char('y') if self.copy.is_some() => {
                return self.copy.clone().map_or(Reaction::Stay, Reaction::Copy);
            }
            KeyCode::Enter => {
                return match self
                    .items
                    .get(self.cursor)
                    .and_then(|item| item.does.clone())
                {
                    Some(MenuDoes::Command(command)) => Reaction::Do(command),
                    Some(MenuDoes::Ask(ask)) => Reaction::Next(Overlay::ask(ask, state)),
                    Some(MenuDoes::AskHandOver) => Reaction::AskHandOver,
                    None => Reaction::Gone,
                };
            }
            _ => {}
        }
        Reaction::Stay
    }
}

impl Prompt {
    /// What was typed.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    fn key(
        &mut self,
        key: KeyEvent,
        state: &State,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Reaction {
        if self.ask.is_by_key(state) {
            return self.one_key(key, state, now);
        }
        let multiline = self.ask.is_multiline();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Esc => return Reaction::Gone,
            KeyCode::Char('c') if control => return Reaction::Gone,
            KeyCode::Enter if alt && multiline => self.area.insert_newline(),
            KeyCode::Enter if self.ask.enter_is_newline() => self.area.insert_newline(),
            KeyCode::Enter => return self.submit(state, now),
            KeyCode::Char('s') if control => return self.submit(state, now),
            // These would break the line of a one-line answer.
            KeyCode::Char('m' | 'j') if control && !multiline => {}
            _ => {
                self.area.input(key);
                self.error = None;
            }
        }
        Reaction::Stay
    }

    /// A confirmation that takes one key.
    fn one_key(
        &mut self,
        key: KeyEvent,
        state: &State,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Reaction {
        match key.code {
            KeyCode::Esc | KeyCode::Char('q' | 'n') => Reaction::Gone,
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Reaction::Gone,
            KeyCode::Char('y') => match self.ask.answer("y", state, now) {
                Ok(reaction) => reaction,
                Err(error) => {
                    self.error = Some(error);
                    Reaction::Stay
                }
            },
            _ => Reaction::Stay,
        }
    }

    fn submit(&mut self, state: &State, now: chrono::DateTime<chrono::Utc>) -> Reaction {
        match self.ask.answer(&self.text(), state, now) {
            Ok(reaction) => reaction,
            Err(error) => {
                self.error = Some(error);
                Reaction::Stay
            }
        }
    }
}
