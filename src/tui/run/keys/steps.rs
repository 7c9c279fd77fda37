//! What keys do to the run.

use super::super::{
    RunScreen, View,
    choices::{self, Does},
};
use super::Intent;
use crate::engine::{Next, State, effect::Part, next, off_script, state::Attempt};
use crate::report::timeline::step_title;
use crate::runbook::{Effect, Kind, human};
use crate::tui::{
    keymap::{
        Action,
        context::{CHOICES, STEP},
    },
    overlay::{Ask, MenuDoes, Overlay},
};

impl RunScreen {
    /// The one suggested next thing.
    pub(super) fn next_thing(&mut self, view: &View<'_>) -> Option<Intent> {
        let state = view.state;
        if !self.faces_next(state) {
            self.zoom = None;
            self.selected = None;
            return None;
        }
        match next(state) {
            Next::Run(step, _) => self.perform(choices::run(state, step), view),
            Next::Busy(step, _) => {
                let title = step_title(state, &step.id);
                let key = view.keys.hint(STEP, Action::Stop);
                self.say(format!("‘{title}’ is running; {key} stops it"));
                None
            }
            Next::Retry(step, _) | Next::Poll(step, ..) => {
                self.perform(choices::retry(state, step, None), view)
            }
            Next::Wait(step, _) => {
                let ask = Ask::EndWait {
                    step: step.id.clone(),
                };
                self.overlays.push(Overlay::ask(ask, state));
                None
            }
            Next::Manual(step, _, manual)
                if manual.checklist.iter().all(|(_, ticked)| ticked.is_some()) =>
            {
                self.perform(choices::manual_done(step), view)
            }
            Next::Decide(..) | Next::Failed(..) | Next::Unknown(..) | Next::Manual(..) => {
                self.choose(view)
            }
            Next::Close(_) => {
                self.close(state);
                None
            }
            Next::Closed => Some(Intent::Leave),
        }
    }

    pub(super) fn choose(&mut self, view: &View<'_>) -> Option<Intent> {
        let all = choices::choices(view);
        let Some(choice) = self.marked(view.state, &all).and_then(|at| all.get(at)) else {
            self.say(format!(
                "Choose with {}, then {}",
                view.keys.pair(CHOICES, Action::Down, Action::Up),
                view.keys.hint(CHOICES, Action::Next)
            ));
            return None;
        };
        self.perform(choice.does.clone(), view)
    }

    pub(in crate::tui::run) fn perform(&mut self, does: Does, view: &View<'_>) -> Option<Intent> {
        match choices::perform(does, view) {
            Ok(command) => Some(Intent::Do(command)),
            Err(overlay) => {
                self.overlays.push(overlay);
                None
            }
        }
    }

    pub(super) fn tick(&mut self, view: &View<'_>) -> Option<Intent> {
        let Next::Manual(..) = next(view.state) else {
            return None;
        };
        self.choose(view)
    }

    pub(super) fn again(&mut self, view: &View<'_>) -> Option<Intent> {
        let state = view.state;
        let shown = self.shown(state)?.clone();
        if !matches!(shown.kind, Kind::Run(_)) {
            self.complain("There is no command to run here");
            return None;
        }
        let settled = state.status(&shown.id).is_settled();
        if settled && shown.effect == Effect::Read {
            return self.perform(choices::run(state, &shown), view);
        }
        if settled {
            let title = step_title(state, &shown.id);
            let does = match choices::retry(state, &shown, None) {
                Does::Ask(ask) => MenuDoes::Ask(ask),
                Does::Command(command) => MenuDoes::Command(command),
                Does::Close | Does::Approval { .. } => return None,
            };
            self.overlays.push(Overlay::repeat(&title, does));
            return None;
        }
        self.perform(choices::retry(state, &shown, None), view)
    }

    pub(super) fn edit(&mut self, state: &State) -> Option<Intent> {
        let shown = self.shown(state)?;
        if !matches!(shown.kind, Kind::Run(_)) {
            self.complain("There is no command to change here");
            return None;
        }
        let ask = Ask::Edit {
            step: shown.id.clone(),
        };
        self.overlays.push(Overlay::ask(ask, state));
        None
    }

    pub(super) fn skip(&mut self, state: &State) -> Option<Intent> {
        let shown = self.shown(state)?;
        if matches!(shown.kind, Kind::Gate(_)) {
            self.complain("A gate cannot be skipped: it ends in one of its answers");
            return None;
        }
        let ask = Ask::SkipReason {
            step: shown.id.clone(),
        };
        self.overlays.push(Overlay::ask(ask, state));
        None
    }

    pub(super) fn stop(&mut self, state: &State) {
        let shown = self.shown(state).map(|step| step.id.clone());
        let running = state
            .live()
            .find(|(id, _)| Some(*id) == self.pane)
            .or_else(|| {
                let of_step = |attempt: &Attempt| Some(&attempt.launch.step) == shown.as_ref();
                state.live().find(|(_, attempt)| of_step(attempt))
            })
            .or_else(|| state.live().next());
        match running {
            None => self.complain("Nothing is running"),
            Some((id, attempt)) => {
                let mut title = match attempt.launch.part {
                    Part::OffScript => off_script::title(&attempt.launch),
                    Part::Main | Part::Watch => step_title(state, &attempt.launch.step),
                };
                if !attempt.launch.script.is_empty() {
                    title = format!("{title}: {}", attempt.launch.script);
                }
                let grace = std::time::Duration::from_millis(attempt.launch.kill_grace_ms);
                self.overlays.push(Overlay::stop(id, &title, &human(grace)));
            }
        }
    }
}
