//! What the run waits for. A mark belongs to it, and so does a key: after another attempt, or
//! where a failure has become a doubt, the same line means something else.

use super::{
    RunScreen, View,
    choices::{self, Does},
};
use crate::engine::{Next, State, next};
use crate::runbook::Effect;
use crate::tui::keymap::Action;

/// What the run waits for: of which step, and after how many of its attempts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turn {
    /// What, in a word.
    pub what: &'static str,
    /// The step; for the end its outcome.
    pub of: String,
    /// How often the step was attempted.
    pub attempts: usize,
}

impl Turn {
    /// What it waits for now.
    pub fn of(state: &State) -> Self {
        let (what, step) = match next(state) {
            Next::Run(step, _) => ("run", step),
            Next::Busy(step, _) => ("busy", step),
            Next::Retry(step, _) | Next::Poll(step, ..) => ("again", step),
            Next::Failed(step, _) => ("failed", step),
            Next::Unknown(step, _) => ("unknown", step),
            Next::Decide(step, ..) => ("decide", step),
            Next::Manual(step, ..) => ("manual", step),
            Next::Wait(step, _) => ("wait", step),
            Next::Close(outcome) => return Self::end("close", outcome.word()),
            Next::Closed => return Self::end("closed", ""),
        };
        Self {
            what,
            of: step.id.clone(),
            attempts: state.attempts_of(&step.id).count(),
        }
    }

    fn end(what: &'static str, of: &str) -> Self {
        Self {
            what,
            of: of.to_owned(),
            attempts: 0,
        }
    }
}

/// What a key would meet: one that was pressed for something else does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Top {
    /// A layer, by its number.
    Layer(u64),
    /// The card of a step.
    Card {
        /// The step.
        shown: String,
        /// What the run waits for.
        turn: Turn,
        /// What is marked before the operator moves: facts may come in meanwhile.
        marked: Option<usize>,
        /// Nothing can be done here but watch.
        watched: bool,
    },
}

impl RunScreen {
    /// What a key would meet now.
    pub fn top(&self, view: &View<'_>) -> Top {
        if let Some(number) = self.overlays.top() {
            return Top::Layer(number);
        }
        let shown = self.shown(view.state);
        let mut all = choices::choices(view).into_iter();
        Top::Card {
            shown: shown.map(|step| step.id.clone()).unwrap_or_default(),
            turn: Turn::of(view.state),
            marked: all.position(|choice| choice.preselected),
            watched: view.watching.is_some(),
        }
    }

    /// Whether an action changes something at once, without asking first. Reading does not,
    /// nor does anything in a rehearsal.
    pub(super) fn acts(&self, action: Action, view: &View<'_>) -> bool {
        let state = view.state;
        if state.is_rehearsal() || view.watching.is_some() {
            return false;
        }
        match action {
            Action::Next | Action::Tick if self.shows_current(state) => match next(state) {
                Next::Run(step, _) | Next::Retry(step, _) | Next::Poll(step, ..) => {
                    step.effect == Effect::Write
                }
                Next::Manual(..) => true,
                Next::Decide(..) | Next::Failed(..) | Next::Unknown(..) => {
                    let all = choices::choices(view);
                    let marked = self.marked(state, &all).and_then(|at| all.get(at));
                    marked.is_some_and(|choice| matches!(choice.does, Does::Command(_)))
                }
                Next::Busy(..) | Next::Wait(..) | Next::Close(_) | Next::Closed => false,
            },
            Action::Again => {
                let shown = self.shown(state);
                shown.is_some_and(|step| step.effect == Effect::Write)
            }
            _ => false,
        }
    }
}
