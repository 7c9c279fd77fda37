//! Taking something out of the screen: onto the clipboard, into the timeline.

use chrono::DateTime;

use super::super::RunScreen;
use super::Intent;
use crate::engine::{Command, State, Status, effect::Part, off_script, step};
use crate::report::timeline::step_title;
use crate::runbook::Kind;
use crate::session::LogView;

impl RunScreen {
    pub(super) fn copy(&mut self, state: &State) -> Option<Intent> {
        if let Some((what, text)) = self.to_copy(state) {
            Some(copied(what, text))
        } else {
            self.complain("There is nothing to copy here");
            None
        }
    }

    /// What there is to copy, and what it is.
    pub(super) fn to_copy(&self, state: &State) -> Option<(&'static str, String)> {
        let shown = self.shown(state)?;
        match (&shown.kind, state.status(&shown.id)) {
            (_, Status::Manual(manual)) => {
                let text = manual.copy.clone();
                text.map(|text| ("the text to paste", text))
            }
            (Kind::Run(run), _) => self
                .shown_attempt(state)
                .and_then(|id| state.attempts.get(&id))
                .map(|attempt| attempt.launch.command().to_owned())
                .or_else(|| step::script(state, shown, run, run.script()).ok())
                .map(|text| ("the command", text)),
            _ => None,
        }
    }

    /// The line that the operator means, as a note at the time at which it was printed.
    pub(super) fn pin(&mut self, state: &State) -> Option<Intent> {
        let line = self.log_mut().and_then(LogView::pointed);
        let Some((text, printed)) = line.filter(|(text, _)| !text.trim().is_empty()) else {
            self.complain("There is no line to pin here");
            return None;
        };
        let attempt = self.pane.and_then(|id| state.attempts.get(&id))?;
        let mut from = match attempt.launch.part {
            Part::OffScript => off_script::title(&attempt.launch),
            Part::Main | Part::Watch => step_title(state, &attempt.launch.step),
        };
        if !attempt.launch.script.is_empty() {
            from = format!("{from}: {}", attempt.launch.script);
        }
        Some(Intent::Do(Command::Note {
            text: format!("{} (printed by ‘{from}’)", text.trim()),
            happened_at: printed.and_then(DateTime::from_timestamp_millis),
        }))
    }
}

/// To be put on the clipboard.
pub(super) fn copied(what: &'static str, text: String) -> Intent {
    Intent::Copy { what, text }
}
