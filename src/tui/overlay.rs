//! What lies over the panes: a question, a menu, the help. The last
//! layer has the keys; Esc takes it away.

pub mod approval;
pub mod ask;
mod beside;
pub mod closing;
pub mod draw;
pub mod foot;
pub mod handover;
pub mod help;
mod layers;
pub mod report;
pub mod told;

use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Position;
use tui_textarea::{CursorMove, TextArea};

use crate::engine::{AttemptId, Command, State};
use crate::tui::{
    keymap::{
        Action, Place,
        context::{BRIEF, CONFIRM, MENU, PAGE, PALETTE, QUESTION},
    },
    palette::{Palette, Picked},
    run::View,
    theme::Theme,
    typing,
};
pub use ask::{Ask, Then};
use handover::{HandOver, TakeOver};
pub use layers::Layers;
use report::Report;
use told::Told;

/// A layer.
pub enum Overlay {
    /// What keys do.
    Help {
        /// Where.
        place: Place,
        /// The page that is shown.
        page: usize,
    },
    /// Everything that can be done.
    Palette(Box<Palette>),
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
    /// The report, rendered.
    Report(Box<Report>),
    /// Something that has to be read.
    Told(Box<Told>),
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
    /// What is copied when that is asked for.
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

/// What a click hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Click {
    /// Nothing that can be clicked.
    Nothing,
    /// Something to read: its next page, or its end.
    Page,
    /// A row, by its number.
    Row(usize),
}

fn picked(picked: Picked) -> Reaction {
    match picked {
        Picked::Nothing => Reaction::Stay,
        Picked::Gone => Reaction::Gone,
        Picked::Do(action) => Reaction::Act(action),
    }
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
    /// The layer goes, and the output shows this line.
    GoToLine(u64),
    /// The layer goes, and the run is taken over.
    TakeOver,
    /// The layer goes, and the driver is asked to hand over.
    AskHandOver,
    /// The layer goes, and another comes.
    Next(Overlay),
    /// The layer stays, and another comes over it.
    Over(Overlay),
    /// The layer goes, and this is done.
    Act(Action),
}

impl Overlay {
    /// A question.
    pub fn ask(ask: Ask, state: &State) -> Self {
        let mut area = TextArea::new(ask.beginning(state));
        if !matches!(ask, Ask::Edit { .. }) {
            // What stands there is mostly gone on with; a command is read from its beginning.
            area.move_cursor(CursorMove::Bottom);
            area.move_cursor(CursorMove::End);
        }
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
        let text = format!(
            "{words}\n\nNothing is launched until that is mended; what runs goes on. Mend it, \
             then start the step again: the guard is asked once more."
        );
        Overlay::Told(Box::new(Told::new("The place is not proven", text)))
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

    /// Where the operator stands while this is the last layer.
    pub fn place(&self, state: &State) -> Place {
        match self {
            Overlay::Help { .. } | Overlay::Told(_) | Overlay::TakeOver(_) | Overlay::Report(_) => {
                PAGE
            }
            Overlay::Menu(_) | Overlay::Driven(_) => MENU,
            Overlay::HandOver(_) => BRIEF,
            Overlay::Palette(_) => PALETTE,
            Overlay::Prompt(prompt) if prompt.ask.is_by_key(state) => CONFIRM,
            Overlay::Prompt(_) => QUESTION,
        }
    }

    /// Whether an action makes something happen here: the layer is seen first. To look, to
    /// type and to leave are no such things.
    pub fn acts(&self, action: Option<Action>) -> bool {
        match self {
            Overlay::Help { .. } | Overlay::Report(_) => false,
            Overlay::Prompt(prompt) if prompt.ask.is_harmless() => false,
            Overlay::Prompt(prompt) if prompt.ask.enter_is_newline() => {
                action == Some(Action::Submit)
            }
            _ => matches!(
                action,
                Some(Action::Next | Action::Submit | Action::Confirm)
            ),
        }
    }

    /// Deals with a key.
    pub fn key(&mut self, key: KeyEvent, view: &View<'_>) -> Reaction {
        let place = self.place(view.state);
        let action = view.keys.action(place, key);
        if matches!(self, Overlay::Help { .. }) {
            // Esc leads back from every page.
            if view.keys.action(PAGE, key) == Some(Action::Back) {
                return Reaction::Gone;
            }
            return self.turn(view);
        }
        match action {
            Some(Action::Leave | Action::Back) => return Reaction::Gone,
            Some(Action::Help) => return Reaction::Over(Overlay::Help { place, page: 0 }),
            _ => {}
        }
        match self {
            Overlay::Help { .. } => Reaction::Gone,
            Overlay::Told(layer) => layer.act(action),
            Overlay::Menu(menu) | Overlay::Driven(menu) => menu.act(action, view.state),
            Overlay::HandOver(layer) => layer.key(action, key),
            Overlay::TakeOver(layer) => layer.act(action),
            Overlay::Report(layer) => layer.act(action, view.area),
            Overlay::Prompt(prompt) => prompt.key(action, key, view),
            Overlay::Palette(palette) => picked(palette.key(action, key)),
        }
    }

    /// To the next page of a help; after the last one it goes.
    pub fn turn(&mut self, view: &View<'_>) -> Reaction {
        let Overlay::Help { place, page } = self else {
            return Reaction::Stay;
        };
        *page += 1;
        if *page < help::pages(view.area, view.keys, place) {
            Reaction::Stay
        } else {
            Reaction::Gone
        }
    }

    /// What a click at a place of the screen hits.
    pub fn row_at(&self, at: Position, view: &View<'_>, theme: &Theme) -> Click {
        let row = match self {
            Overlay::Help { .. } => return Click::Page,
            Overlay::Menu(menu) | Overlay::Driven(menu) => {
                draw::menu_item_at(at, view.area, menu, theme)
            }
            Overlay::Palette(palette) => palette.row_at(view.area, at),
            _ => None,
        };
        row.map_or(Click::Nothing, Click::Row)
    }

    /// A click on a row marks it; `again`: on the row that was clicked before, it does
    /// the same as Enter.
    pub fn click(&mut self, row: usize, again: bool, state: &State) -> Reaction {
        match self {
            Overlay::Menu(menu) | Overlay::Driven(menu) => {
                let again = again && menu.cursor == row;
                menu.cursor = row;
                menu.act(again.then_some(Action::Next), state)
            }
            Overlay::Palette(palette) => picked(palette.click(row, again)),
            _ => Reaction::Stay,
        }
    }

    /// Deals with the wheel.
    pub fn wheel(&mut self, direction: i64) {
        let by = isize::try_from(direction).unwrap_or(0);
        match self {
            Overlay::Menu(menu) | Overlay::Driven(menu) => {
                let last = menu.items.len().saturating_sub(1);
                menu.cursor = menu.cursor.saturating_add_signed(by).min(last);
            }
            Overlay::Palette(palette) => palette.move_by(by),
            Overlay::Told(layer) => layer.move_by(by * 3),
            Overlay::TakeOver(layer) => layer.down = layer.down.saturating_add_signed(by * 3),
            _ => {}
        }
    }

    /// Takes pasted text in.
    pub fn paste(&mut self, text: &str) {
        if let Overlay::HandOver(layer) = self {
            layer.field().insert_str(text.replace(['\r', '\n'], " "));
        }
        if let Overlay::Palette(palette) = self {
            palette.type_in(&text.replace(['\r', '\n'], " "));
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
    fn act(&mut self, action: Option<Action>, state: &State) -> Reaction {
        match action {
            Some(Action::Up) => self.cursor = self.cursor.saturating_sub(1),
            Some(Action::Down) => {
                self.cursor = (self.cursor + 1).min(self.items.len().saturating_sub(1));
            }
            Some(Action::Copy) => {
                return self.copy.clone().map_or(Reaction::Stay, Reaction::Copy);
            }
            Some(Action::Next) => {
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

    fn key(&mut self, action: Option<Action>, key: KeyEvent, view: &View<'_>) -> Reaction {
        let (state, now) = (view.state, view.now);
        if self.ask.is_by_key(state) {
            return match action {
                Some(Action::Confirm) => self.given("y", state, now),
                _ => Reaction::Stay,
            };
        }
        let multiline = self.ask.is_multiline();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match action {
            Some(Action::NewLine) if multiline => self.area.insert_newline(),
            Some(Action::Next) if self.ask.enter_is_newline() => self.area.insert_newline(),
            Some(Action::Next | Action::Submit) => {
                return self.given(&self.text(), state, now);
            }
            _ => match key.code {
                // These would break the line of a one-line answer.
                KeyCode::Enter => {}
                KeyCode::Char('m' | 'j') if control && !multiline => {}
                _ => {
                    self.area.input(typing::input(key));
                    self.error = None;
                }
            },
        }
        Reaction::Stay
    }

    fn given(&mut self, text: &str, state: &State, now: DateTime<Utc>) -> Reaction {
        match self.ask.answer(text, state, now) {
            Ok(reaction) => reaction,
            Err(error) => {
                self.error = Some(error);
                Reaction::Stay
            }
        }
    }
}
