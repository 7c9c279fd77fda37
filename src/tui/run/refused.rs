//! What the screen does with a refusal, with a place that is not proven, and with
//! a close that something comes before.

use super::{RunScreen, rehearsal};
use crate::engine::{Next, Refusal, State, next};
use crate::report::timeline::step_title;
use crate::tui::overlay::Overlay;

impl RunScreen {
    /// Says what was refused, and leads to what has to be done first.
    pub fn refused(&mut self, refusal: &Refusal, state: &State) {
        match refusal {
            Refusal::CleanupFirst { .. } => self.to_what_comes_next(),
            Refusal::NeedsValue { name, .. } if state.is_rehearsal() => {
                if let Next::Run(step, _) = next(state)
                    && step.makes().iter().any(|(made, _)| made == name)
                    && self.overlays.is_empty()
                {
                    let ask = rehearsal::values(state, step);
                    self.overlays.push(Overlay::ask(ask, state));
                    return;
                }
            }
            // True of this moment only: it goes when the step does.
            Refusal::Busy { .. } => return self.say(refusal.to_string()),
            _ => {}
        }
        self.complain(refusal.to_string());
    }

    /// Back to the step whose turn it is.
    pub fn to_what_comes_next(&mut self) {
        self.zoom = None;
        self.selected = None;
        self.focus = super::Focus::Step;
    }

    /// The outcomes to choose from; while the run is being closed what is left to do.
    pub(super) fn close(&mut self, state: &State) {
        let Some(closing) = &state.closing else {
            self.overlays.push(Overlay::close(state));
            return;
        };
        let outcome = closing.outcome.word();
        let first = state.current_step().map(|step| step_title(state, &step.id));
        self.to_what_comes_next();
        self.say(match first {
            Some(title) => format!("It is being closed as {outcome}: ‘{title}’ comes first"),
            None => format!("It is being closed as {outcome} as soon as nothing runs any more"),
        });
    }

    /// Says that the place is not proven and what to do, under whatever is being
    /// typed: keys must not go astray.
    pub fn unproven(&mut self, words: &str) {
        let is_told = |layer: &Overlay| matches!(layer, Overlay::Told(_));
        let replaced = self.overlays.replace(is_told, Overlay::unproven(words));
        if let Err(told) = replaced {
            self.overlays.push_under(told);
        }
        self.complain("The place is not proven: nothing is launched");
    }
}
