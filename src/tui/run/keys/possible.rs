//! What cannot be done now, and why: the palette says it beside the action.

use super::super::{RunScreen, View, choices};
use crate::engine::{Next, next};
use crate::runbook::Kind;
use crate::tui::keymap::Action;

impl RunScreen {
    /// Why an action would come to nothing here.
    pub fn why_not(&self, action: Action, view: &View<'_>) -> Option<String> {
        let state = view.state;
        if let Some(watching) = &view.watching
            && super::changes(action)
            && !(action == Action::Next && watching.is_free(state))
        {
            return Some("you are watching".to_owned());
        }
        let shown = self.shown(state);
        let is_command = shown.is_some_and(|step| matches!(step.kind, Kind::Run(_)));
        let no = |why: &str| Some(why.to_owned());
        match action {
            Action::Again | Action::Edit if !is_command => no("there is no command here"),
            Action::Skip if shown.is_none() => no("no step is left"),
            Action::Skip if shown.is_some_and(|step| matches!(step.kind, Kind::Gate(_))) => {
                no("a gate ends in one of its answers")
            }
            Action::Stop if state.live().next().is_none() => no("nothing is running"),
            Action::Tick if !matches!(next(state), Next::Manual(..)) => {
                no("there is no checklist here")
            }
            Action::Pass if !state.is_rehearsal() => no("only in a rehearsal"),
            Action::Copy if self.to_copy(state).is_none() => no("there is nothing to copy"),
            Action::Search | Action::Follow | Action::Pin if self.log().is_none() => {
                no("there is no output here")
            }
            Action::MatchDown | Action::MatchUp
                if self.log().is_none_or(|log| log.search().is_none()) =>
            {
                no("nothing is searched for")
            }
            Action::PaneLeft | Action::PaneRight if self.round(state).len() < 2 => {
                no("there are not several outputs")
            }
            Action::Type | Action::Log if self.terminal.is_none() => {
                no("no command here has a terminal")
            }
            Action::Auto | Action::HandOver | Action::Close if state.closed.is_some() => {
                no("the run is closed")
            }
            Action::Next if self.shows_current(state) => match next(state) {
                Next::Busy(..) => no("a command is running"),
                Next::Decide(..) | Next::Failed(..) | Next::Unknown(..)
                    if self.marked(state, &choices::choices(view)).is_none() =>
                {
                    no("choose first")
                }
                _ => None,
            },
            _ => None,
        }
    }
}
