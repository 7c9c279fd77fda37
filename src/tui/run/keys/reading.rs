//! Reading the output: going to a line, wrapping, marking lines and copying them.

use std::io;

use super::super::RunScreen;
use super::Intent;
use crate::engine::State;
use crate::session::LogView;
use crate::tui::overlay::{Ask, Overlay};

impl RunScreen {
    /// Does something in the output that has the keys, if there is one.
    fn in_log<T>(&mut self, act: impl FnOnce(&mut LogView) -> io::Result<T>) -> Option<T> {
        self.plain_log |= self.log().is_some();
        self.hold = true;
        let Some(log) = self.log_mut() else {
            self.complain("There is no output here");
            return None;
        };
        match act(log) {
            Ok(value) => Some(value),
            Err(error) => {
                self.complain(format!("The output cannot be read: {error}"));
                None
            }
        }
    }

    pub(super) fn ask_line(&mut self, state: &State) {
        // Until the number is typed most lines are counted.
        if self.in_log(LogView::number_lines).is_some() {
            self.overlays.push(Overlay::ask(Ask::Line, state));
        }
    }

    pub(super) fn go_to_line(&mut self, line: u64, state: &State) {
        self.hold_pane(state);
        self.in_log(|log| log.go_to_line(line));
    }

    pub(super) fn toggle_wrap(&mut self) {
        let wraps = self.in_log(|log| {
            log.toggle_wrap();
            Ok(log.wraps())
        });
        match wraps {
            Some(true) => self.say("Long lines are wrapped"),
            Some(false) => self.say("Long lines are cut off at the edge"),
            None => {}
        }
    }

    pub(super) fn toggle_range(&mut self) {
        if self.in_log(|log| Ok(log.toggle_range())) == Some(false) {
            self.complain("There is no line to mark here");
        }
    }

    /// Whether lines are marked.
    pub fn has_range(&self) -> bool {
        self.log().is_some_and(|log| log.range().is_some())
    }

    pub(super) fn end_range(&mut self) -> bool {
        self.log_mut().is_some_and(LogView::end_range)
    }

    pub(super) fn move_range(&mut self, by: i64) {
        self.in_log(|log| log.move_range(by));
    }

    pub(super) fn stretch_range(&mut self, to_start: bool) {
        self.in_log(|log| log.stretch_range(to_start));
    }

    pub(super) fn copy_range(&mut self) -> Option<Intent> {
        let copied = self.in_log(LogView::copy_range)??;
        self.end_range();
        let what = if copied.is_cut {
            "the first of the marked lines, as many as a clipboard takes"
        } else {
            "the marked lines"
        };
        Some(Intent::Copy {
            what,
            text: copied.text,
        })
    }
}
