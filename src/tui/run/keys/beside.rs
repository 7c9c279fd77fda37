//! What keys do beside the script: commands of the operator's own, steps done by other
//! means, gates asked again, and notes that are changed or struck.

use super::super::{RunScreen, View, timeline};
use crate::engine::{AttemptId, Entry, Event, Refusal, State, Status, off_script};
use crate::runbook::Kind;
use crate::tui::{
    keymap::{Action, Keymap, context::STEP},
    overlay::{Ask, Overlay},
};

impl RunScreen {
    /// Something was recorded: an off-script command that begins is looked at, and one
    /// whose end nobody knows is asked about.
    pub fn beside(&mut self, state: &State, entry: &Entry, keys: &Keymap) {
        let known = |attempt: &AttemptId| {
            let known = state.attempts.get(attempt);
            known.filter(|known| known.is_off_script())
        };
        match &entry.event {
            Event::AttemptStarting { launch, .. } => {
                if let Some(known) = known(&launch.attempt) {
                    self.show_off_script(known);
                }
            }
            Event::AttemptFinished { attempt, .. } => {
                if let Some(known) = known(attempt).filter(|known| known.is_in_doubt().is_some()) {
                    let title = off_script::title(&known.launch);
                    let key = keys.hint(STEP, Action::Done);
                    self.complain(format!(
                        "Nobody knows whether ‘{title}’ took effect: say so with {key}"
                    ));
                }
            }
            _ => {}
        }
    }

    /// Asks for a command that the runbook does not know.
    pub(super) fn off_script(&mut self, state: &State) {
        let refusal = if state.closed.is_some() {
            Refusal::Closed
        } else if state.is_rehearsal() {
            Refusal::OnlyRehearsed
        } else {
            self.overlays.push(Overlay::ask(Ask::OffScript, state));
            return;
        };
        self.complain(refusal.to_string());
    }

    /// Says what an off-script command came to, or that the shown step is done.
    pub(super) fn declare_done(&mut self, state: &State) {
        let doubted = state
            .off_script()
            .find(|(_, known)| known.is_in_doubt().is_some());
        if let Some((attempt, _)) = doubted {
            self.overlays.push(Overlay::doubt(state, attempt));
            return;
        }
        let Some(shown) = self.shown(state) else {
            self.complain("There is no step to declare done");
            return;
        };
        if matches!(shown.kind, Kind::Gate(_)) {
            self.complain("A gate cannot be declared done: it ends in one of its answers");
            return;
        }
        let overlay = match state.status(&shown.id) {
            Status::Unknown { .. } => Overlay::ask(
                Ask::TookEffect {
                    step: shown.id.clone(),
                },
                state,
            ),
            status if status.is_settled() => {
                self.complain("This step is settled already");
                return;
            }
            _ => Overlay::done(state, &shown.id),
        };
        self.overlays.push(overlay);
    }

    /// Says what follows when the shown gate, or the last one that was answered, is
    /// asked again.
    pub(super) fn reopen(&mut self, state: &State) {
        let shown = self.shown(state).map(|step| step.id.as_str());
        let answered = |id: &str| match state.status(id) {
            Status::Answered { at, .. } => Some(*at),
            _ => None,
        };
        let last = || {
            let gates = state.answers.keys().filter(|id| answered(id).is_some());
            gates.max_by_key(|id| answered(id)).map(String::as_str)
        };
        let gate = shown.filter(|id| answered(id).is_some()).or_else(last);
        match gate.map(|gate| Overlay::reopen(state, gate)) {
            Some(Ok(overlay)) => self.overlays.push(overlay),
            Some(Err(refusal)) => self.complain(refusal.to_string()),
            None => self.complain("No gate has been answered yet"),
        }
    }

    /// Changes the marked note.
    pub(super) fn edit_note(&mut self, view: &View<'_>) {
        if let Some(note) = self.marked_note(view) {
            let ask = Ask::Amend { note };
            self.overlays.push(Overlay::ask(ask, view.state));
        }
    }

    /// Strikes the marked note, once that is confirmed.
    pub(super) fn strike_note(&mut self, view: &View<'_>) {
        if let Some(note) = self.marked_note(view) {
            let text = view.state.note(note).map_or("", |note| &note.text);
            self.overlays.push(Overlay::strike(note, text));
        }
    }

    fn marked_note(&mut self, view: &View<'_>) -> Option<u32> {
        if view.state.closed.is_some() {
            self.complain("The run is closed: its notes stand as they are");
            return None;
        }
        let note = timeline::marked(self, view).and_then(|line| line.note);
        if note.is_none() {
            self.complain("Only notes and pins can be changed: this line tells what happened");
        }
        note
    }
}
