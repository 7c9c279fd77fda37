//! What keys do on the run screen.

mod beside;
mod moving;
mod possible;
mod reading;
mod steps;
mod taking;

use crossterm::event::KeyEvent;

use super::{Focus, Pressed, RunScreen, View, Zoom, choices};
use crate::engine::{AttemptId, Command};
use crate::tui::{
    keymap::{
        Action, Place,
        context::{CHOICES, PLAN, SIGNALS, STEP, TERMINAL, TIMELINE},
    },
    overlay::{Ask, Overlay, Reaction},
    palette::Palette,
};

/// What the screen asks of whoever runs it.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Ask the engine.
    Do(Command),
    /// Leave; everything goes on.
    Leave,
    /// Put this on the clipboard.
    Copy {
        /// What it is, in words.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// Leave the mouse to the terminal, or take it again.
    Mouse,
    /// Draw everything anew, whatever stands on the terminal.
    Redraw,
    /// Type this into an attempt's terminal.
    Type(AttemptId, Vec<u8>),
    /// Write the report and show it.
    Report,
    /// Open what there is to hand over or to take over.
    Helm,
    /// The brief was read: take the run over.
    TakeOver,
    /// Ask the driver to hand over.
    AskHandOver,
}

impl RunScreen {
    /// Deals with a key.
    pub fn key(&mut self, key: KeyEvent, view: &View<'_>) -> Option<Intent> {
        if view.keys.action(self.place(view), key) == Some(Action::Redraw) {
            // What was said, and what lies over the panes, stays.
            return Some(Intent::Redraw);
        }
        self.message = None;
        self.clicked = None;
        if let Some(attempt) = self.typing {
            return self.type_key(attempt, key, view);
        }
        if let Some(layer) = self.overlays.last_mut() {
            let action = view.keys.action(layer.place(view.state), key);
            if self.pressed == Pressed::Early && layer.acts(action) {
                self.pressed = Pressed::HeldBack;
                return None;
            }
            let reaction = layer.key(key, view);
            return self.react(reaction, view);
        }
        let action = view.keys.action(self.pane_place(view), key)?;
        if action == Action::Next && self.has_range() {
            // Whoever marks lines does not mean the run.
            return self.copy_range();
        }
        self.order(action, view)
    }

    /// Where the operator stands.
    pub fn place(&self, view: &View<'_>) -> Place {
        match (self.typing, self.overlays.last()) {
            (Some(_), _) => TERMINAL,
            (None, Some(layer)) => layer.place(view.state),
            (None, None) => self.pane_place(view),
        }
    }

    /// Where they stand among the panes, whatever lies over them.
    pub fn pane_place(&self, view: &View<'_>) -> Place {
        match (self.zoom, self.focus) {
            (Some(Zoom::Timeline), _) | (None, Focus::Timeline) => TIMELINE,
            (Some(Zoom::Signals), _) | (None, Focus::Signals) => SIGNALS,
            (None, Focus::Plan) => PLAN,
            (None, Focus::Step)
                if self.shows_current(view.state) && !choices::choices(view).is_empty() =>
            {
                CHOICES
            }
            (Some(Zoom::Output), _) | (None, Focus::Step) => STEP,
        }
    }

    /// What the layer on top makes of a key or a click.
    pub(super) fn react(&mut self, reaction: Reaction, view: &View<'_>) -> Option<Intent> {
        match reaction {
            Reaction::Stay => return None,
            Reaction::Over(next) => {
                self.overlays.push(next);
                return None;
            }
            _ => self.overlays.pop(),
        };
        match reaction {
            Reaction::Stay | Reaction::Over(_) | Reaction::Gone => {}
            Reaction::Next(next) => self.overlays.push(next),
            Reaction::Act(action) => return self.order(action, view),
            Reaction::Do(command) => return Some(Intent::Do(command)),
            Reaction::Copy(text) => return Some(taking::copied("the command", text)),
            Reaction::TakeOver => return Some(Intent::TakeOver),
            Reaction::AskHandOver => return Some(Intent::AskHandOver),
            Reaction::GoToLine(line) => self.go_to_line(line, view.state),
            Reaction::Search(words) => {
                self.plain_log |= !words.is_empty();
                self.hold_pane(view.state);
                if let Some(log) = self.log_mut() {
                    if words.is_empty() {
                        log.clear_search();
                    } else {
                        log.find(&words);
                    }
                }
            }
        }
        None
    }

    /// Does what was asked for by a key, a click, the palette or a line; who watches
    /// changes nothing.
    pub fn order(&mut self, action: Action, view: &View<'_>) -> Option<Intent> {
        if let Some(watching) = &view.watching
            && changes(action)
        {
            if action == Action::Next && watching.is_free(view.state) {
                return Some(Intent::Helm);
            }
            self.complain(watching.refusal(view.state, view.keys));
            return None;
        }
        if self.pressed == Pressed::Early && self.acts(action, view) {
            self.pressed = Pressed::HeldBack;
            self.say("This came up as you pressed the key: look, then press it again");
            return None;
        }
        self.act(action, view)
    }

    /// Deals with pasted text.
    pub fn paste(&mut self, text: &str) -> Option<Intent> {
        if let Some(attempt) = self.typing {
            return self.type_paste(attempt, text);
        }
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.paste(text);
        }
        None
    }

    fn act(&mut self, action: Action, view: &View<'_>) -> Option<Intent> {
        let state = view.state;
        match action {
            Action::Next => return self.next_thing(view),
            Action::Up => self.move_by(-1, view),
            Action::Down => self.move_by(1, view),
            Action::PageUp => self.page(-1, view),
            Action::PageDown => self.page(1, view),
            Action::Top => self.jump_to_end(true),
            Action::End => self.jump_to_end(false),
            Action::NextPane => self.next_pane(state),
            Action::PaneLeft => self.side_pane(state, -1),
            Action::PaneRight => self.side_pane(state, 1),
            Action::GoToLine => self.ask_line(state),
            Action::Wrap => self.toggle_wrap(),
            Action::Mark => self.toggle_range(),
            Action::Export => return Some(Intent::Report),
            Action::Back if self.end_range() => {}
            Action::Back => {
                self.zoom = None;
                self.selected = None;
                self.focus = Focus::Step;
                self.timeline_up = 0;
                self.leave_off_script(state);
                if let Some(log) = self.log_mut() {
                    log.clear_search();
                }
            }
            Action::Again => return self.again(view),
            Action::Edit => return self.edit(state),
            Action::Skip => return self.skip(state),
            Action::Stop => self.stop(state),
            Action::Tick => return self.tick(view),
            Action::Pass => return self.pass(view),
            Action::OffScript => self.off_script(state),
            Action::Done => self.declare_done(state),
            Action::Reopen => self.reopen(state),
            Action::EditNote => self.edit_note(view),
            Action::StrikeNote => self.strike_note(view),
            Action::Note => self.overlays.push(Overlay::ask(Ask::Note, state)),
            Action::Search => self.overlays.push(Overlay::ask(Ask::Search, state)),
            Action::MatchDown | Action::MatchUp => {
                if let Some(log) = self.log_mut() {
                    log.find_again(action == Action::MatchDown);
                }
            }
            Action::Follow => {
                if let Some(log) = self.log_mut() {
                    log.toggle_follow();
                }
            }
            Action::Zoom => {
                let wanted = match self.focus {
                    Focus::Signals => Zoom::Signals,
                    Focus::Timeline => Zoom::Timeline,
                    Focus::Step | Focus::Plan => Zoom::Output,
                };
                // The way out of a zoom is the key that led into it.
                self.zoom = toggled(self.zoom, self.zoom.unwrap_or(wanted));
            }
            Action::Timeline => self.zoom = toggled(self.zoom, Zoom::Timeline),
            Action::Copy if self.has_range() => return self.copy_range(),
            Action::Copy => return self.copy(state),
            Action::Pin => return self.pin(state),
            Action::Auto => return Some(Intent::Do(Command::Auto(!state.auto))),
            Action::HandOver => return Some(Intent::Helm),
            Action::Close => self.close(state),
            Action::Leave => return Some(Intent::Leave),
            Action::Help => {
                let place = self.pane_place(view);
                self.overlays.push(Overlay::Help { place, page: 0 });
            }
            Action::Palette => {
                let place = self.pane_place(view);
                let palette = Palette::of(view.keys, place, |action| self.why_not(action, view));
                self.overlays.push(Overlay::Palette(Box::new(palette)));
            }
            Action::Mouse => return Some(Intent::Mouse),
            Action::Redraw => return Some(Intent::Redraw),
            Action::Type => self.begin_typing(state),
            Action::Log => self.plain_log = !self.plain_log,
            // These are keys of other places.
            Action::Drill
            | Action::Rehearse
            | Action::Demo
            | Action::Submit
            | Action::NewLine
            | Action::Confirm
            | Action::NextField
            | Action::FieldBefore
            | Action::NextOption
            | Action::OptionBefore
            | Action::NextChoice
            | Action::ChoiceBefore
            | Action::Trust
            | Action::StopTyping => {}
        }
        None
    }
}

fn toggled(zoom: Option<Zoom>, wanted: Zoom) -> Option<Zoom> {
    if zoom == Some(wanted) {
        None
    } else {
        Some(wanted)
    }
}

/// Whether an action would change the run.
fn changes(action: Action) -> bool {
    matches!(
        action,
        Action::Next
            | Action::Again
            | Action::Edit
            | Action::Skip
            | Action::Stop
            | Action::Tick
            | Action::Pass
            | Action::OffScript
            | Action::Done
            | Action::Reopen
            | Action::EditNote
            | Action::StrikeNote
            | Action::Note
            | Action::Pin
            | Action::Type
            | Action::Auto
            | Action::Close
    )
}
