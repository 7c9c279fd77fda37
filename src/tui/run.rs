//! The run screen: where the night is spent.
//!
//! What is drawn derives from the run's state; what stands here is only where the
//! operator looks and what they are typing.

pub mod card;
pub mod choices;
pub mod draw;
pub mod footer;
pub mod header;
pub mod key_bytes;
pub mod keys;
pub mod mouse;
pub mod output;
pub mod panes;
pub mod plan;
pub mod progress;
pub mod refused;
pub mod rehearsal;
pub mod signals;
pub mod standing;
pub mod terminal;
pub mod timeline;
pub mod title;
pub mod turn;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ratatui::layout::Rect;

use crate::engine::{AttemptId, Next, State, next};
use crate::history::Earlier;
use crate::report::timeline::Line;
use crate::runbook::Step;
use crate::session::{LogView, TerminalView, signals::Signals};
use crate::tui::{keymap::Keymap, overlay::Layers};
use standing::{Standing, Watching};
use turn::Turn;

/// What the run screen is drawn from.
pub struct View<'a> {
    /// The run.
    pub state: &'a State,
    /// Its timeline.
    pub lines: &'a [Line],
    /// What was measured meanwhile.
    pub signals: &'a Signals,
    /// What time it is.
    pub now: DateTime<Utc>,
    /// Why nothing can be recorded at present.
    pub stalled: Option<&'a str>,
    /// Where the report stands, once it is written.
    pub report: Option<&'a std::path::Path>,
    /// Someone else drives, or nobody does: nothing can be done here.
    pub watching: Option<Watching>,
    /// Who sits here, and what the session waits for.
    pub standing: Standing<'a>,
    /// How long the steps took in earlier runs.
    pub earlier: &'a Earlier,
    /// Which key does what.
    pub keys: &'a Keymap,
    /// The whole screen.
    pub area: Rect,
}

/// The pane that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// The step.
    #[default]
    Step,
    /// The plan.
    Plan,
    /// The signals.
    Signals,
    /// The timeline.
    Timeline,
}

/// One pane over everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    /// The output.
    Output,
    /// The signals.
    Signals,
    /// The timeline.
    Timeline,
}

/// What a key was pressed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pressed {
    /// What stands on the screen.
    #[default]
    ForThis,
    /// What stood there before: it makes nothing happen.
    Early,
    /// The same, and it would have made something happen.
    HeldBack,
}

/// Something to tell the operator in the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What.
    pub text: String,
    /// Whether something was refused or went wrong.
    pub bad: bool,
}

/// Where the operator looks and what they are typing.
#[derive(Default)]
pub struct RunScreen {
    /// The pane that has the keys.
    pub focus: Focus,
    /// A step other than the one whose turn it is.
    pub selected: Option<String>,
    /// Which choice is marked; none where the operator has not moved.
    pub cursor: Option<usize>,
    /// What the run waited for when it was moved.
    pub cursor_of: Turn,
    /// The step that what is scrolled and chosen belongs to.
    pub settled_on: String,
    /// One pane over everything.
    pub zoom: Option<Zoom>,
    /// How far the timeline is scrolled up.
    pub timeline_up: usize,
    /// How far the card is scrolled down.
    pub card_down: usize,
    /// What lies over the panes; the last one has the keys.
    pub overlays: Layers,
    /// What a key that comes now was pressed for.
    pub pressed: Pressed,
    /// What to tell the operator.
    pub message: Option<Message>,
    /// How many signals are scrolled past.
    pub signals_down: usize,
    /// The outputs of the shown step's last round.
    pub logs: BTreeMap<AttemptId, LogView>,
    /// The one of them that has the keys.
    pub pane: Option<AttemptId>,
    /// The one that the operator gave them to.
    pub chosen: Option<panes::Chosen>,
    /// The operator scrolls in the pane that has the keys: it keeps them.
    pub hold: bool,
    /// The terminal in which that attempt runs.
    pub terminal: Option<(AttemptId, TerminalView)>,
    /// The size that its command was told.
    pub told_size: Option<(u16, u16)>,
    /// The log is wanted although there is a terminal.
    pub plain_log: bool,
    /// All keys go to this attempt's terminal.
    pub typing: Option<AttemptId>,
    /// What was clicked last, while nothing else was done.
    pub clicked: Option<mouse::Clicked>,
    /// The mouse was left to the terminal.
    pub mouse_off: bool,
}

impl RunScreen {
    /// The step on the screen: the one chosen, or the one whose turn it is, or
    /// the last one when nothing is left.
    pub fn shown<'a>(&self, state: &'a State) -> Option<&'a Step> {
        if let Some(id) = &self.selected
            && let Some((_, step)) = state.runbook.step(id)
        {
            return Some(step);
        }
        state.current_step()
    }

    /// Whether the shown step is the one whose turn it is.
    pub fn shows_current(&self, state: &State) -> bool {
        match (self.shown(state), state.current_step()) {
            (Some(shown), Some(current)) => shown.id == current.id,
            (None, None) => true,
            _ => false,
        }
    }

    /// Whether what comes next is in view: nothing is zoomed over it. Only then Enter does it.
    pub fn faces_next(&self, state: &State) -> bool {
        self.zoom.is_none() && self.shows_current(state)
    }

    /// Says something in the footer.
    pub fn say(&mut self, text: impl Into<String>) {
        self.message = Some(Message {
            text: text.into(),
            bad: false,
        });
    }

    /// Says in the footer that something was refused or went wrong.
    pub fn complain(&mut self, text: impl Into<String>) {
        self.message = Some(Message {
            text: text.into(),
            bad: true,
        });
    }

    /// Keeps what belongs to a step with that step, after the state changed.
    pub fn settle(&mut self, state: &State) {
        let shown = self
            .shown(state)
            .map(|step| step.id.clone())
            .unwrap_or_default();
        let turn = Turn::of(state);
        if shown != self.settled_on || turn != self.cursor_of {
            self.cursor = None;
            self.clicked = None;
            self.cursor_of = turn;
        }
        if shown != self.settled_on {
            self.card_down = 0;
            self.plain_log = false;
            self.chosen = None;
            self.hold = false;
            self.settled_on = shown;
        }
        if std::mem::take(&mut self.hold) {
            self.hold_pane(state);
        }
        self.pane = self.shown_attempt(state);
    }

    /// The choice that is marked: where the operator moved to, or the default.
    pub fn marked(&self, state: &State, choices: &[choices::Choice]) -> Option<usize> {
        if let Some(cursor) = self.cursor {
            return Some(cursor.min(choices.len().saturating_sub(1)));
        }
        match next(state) {
            _ if !self.shows_current(state) => None,
            Next::Manual(..) => choices.iter().position(|choice| !choice.done),
            _ => choices.iter().position(|choice| choice.preselected),
        }
    }
}
