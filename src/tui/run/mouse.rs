//! The mouse: the wheel scrolls what is under the pointer, a click marks it. Only a
//! second click on what was marked so does the same as Enter, and what Enter asks
//! first is asked then too.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{
    Focus, Pressed, RunScreen, View, choices,
    draw::{Spot, spot},
    keys::Intent,
    plan,
};
use crate::tui::{
    overlay::{Click, Reaction},
    theme::Theme,
};

/// What was clicked last, so that a second click is known as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clicked {
    /// A choice, by the step that it is of and what it is called.
    Choice(String, String),
    /// A row of a layer, by the number of that.
    Row(Option<u64>, usize),
}

impl RunScreen {
    /// Deals with the mouse.
    pub fn mouse(&mut self, event: MouseEvent, view: &View<'_>, theme: &Theme) -> Option<Intent> {
        if self.typing.is_some() {
            return None;
        }
        let at = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollUp => self.wheel(-1, at, view, theme),
            MouseEventKind::ScrollDown => self.wheel(1, at, view, theme),
            MouseEventKind::Down(MouseButton::Left) => return self.click(at, view, theme),
            _ => {}
        }
        None
    }

    fn wheel(&mut self, direction: i64, at: Position, view: &View<'_>, theme: &Theme) {
        self.clicked = None;
        if let Some(layer) = self.overlays.last_mut() {
            layer.wheel(direction);
            return;
        }
        let rows = direction * 3;
        match spot(at, self, view, theme) {
            Spot::Plan(_) => {
                let shown = self.shown(view.state).map(|step| step.id.clone());
                self.selected = plan::neighbour(view.state, shown.as_deref(), direction);
            }
            Spot::Signals => self.scroll_signals(direction, view.state),
            Spot::Timeline => self.scroll_timeline(rows),
            Spot::Output(attempt) if self.pane != Some(attempt) => {
                // Another pane has the keys and keeps them.
                if let Some(log) = self.logs.get_mut(&attempt)
                    && let Err(error) = log.scroll(rows)
                {
                    self.complain(format!("The output cannot be read: {error}"));
                }
            }
            Spot::Output(_) => self.scroll_output(rows),
            Spot::Step | Spot::Choice(_) => self.scroll_card(rows),
            Spot::Nothing => {}
        }
    }

    fn click(&mut self, at: Position, view: &View<'_>, theme: &Theme) -> Option<Intent> {
        let before = self.clicked.take();
        let number = self.overlays.top();
        if let Some(layer) = self.overlays.last_mut() {
            let reaction = match layer.row_at(at, view, theme) {
                Click::Nothing => Reaction::Stay,
                Click::Page => layer.turn(view),
                Click::Row(row) => {
                    let clicked = Some(Clicked::Row(number, row));
                    let again = before == clicked && self.pressed == Pressed::ForThis;
                    self.clicked = clicked;
                    layer.click(row, again, view.state)
                }
            };
            return self.react(reaction, view);
        }
        match spot(at, self, view, theme) {
            Spot::Plan(step) => {
                self.focus = Focus::Plan;
                if step.is_some() {
                    self.selected = step;
                }
            }
            Spot::Signals => self.focus = Focus::Signals,
            Spot::Timeline => self.focus = Focus::Timeline,
            Spot::Step => self.focus = Focus::Step,
            Spot::Output(attempt) => {
                self.focus = Focus::Step;
                self.pane = Some(attempt);
                self.hold_pane(view.state);
            }
            Spot::Choice(number) => {
                self.focus = Focus::Step;
                let all = choices::choices(view);
                let choice = all.get(number)?;
                let step = view.state.current_step().map(|step| step.id.clone());
                let clicked = Clicked::Choice(step.unwrap_or_default(), choice.label.clone());
                let again = before.as_ref() == Some(&clicked);
                self.cursor = Some(number);
                self.clicked = Some(clicked);
                if again {
                    self.clicked = None;
                    return self.order(crate::tui::keymap::Action::Next, view);
                }
            }
            Spot::Nothing => {}
        }
        None
    }
}
