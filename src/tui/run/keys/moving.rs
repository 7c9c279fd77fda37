//! Moving about: through choices, the plan, the output and what happened.

use super::super::{Focus, RunScreen, View, Zoom, choices, plan, timeline};
use crate::engine::State;
use crate::session::LogView;

/// A screen of fewer rows shows little of a card.
const LOW: u16 = 18;

impl RunScreen {
    pub(super) fn move_by(&mut self, by: i64, view: &View<'_>) {
        let state = view.state;
        if self.has_range() {
            self.move_range(by);
            return;
        }
        // Whoever has gone to the beginning is there, and no further.
        self.timeline_up = self
            .timeline_up
            .min(timeline::count(view).saturating_sub(1));
        match self.focus {
            Focus::Plan if self.zoom.is_none() => {
                let shown = self.shown(state).map(|step| step.id.clone());
                self.selected = plan::neighbour(state, shown.as_deref(), by);
            }
            Focus::Timeline if self.zoom.is_none() => self.scroll_timeline(by),
            Focus::Signals if self.zoom.is_none() => self.scroll_signals(by, state),
            _ if self.zoom == Some(Zoom::Timeline) => self.scroll_timeline(by),
            _ if self.zoom == Some(Zoom::Signals) => self.scroll_signals(by, state),
            _ => {
                let all = if self.shows_current(state) && self.zoom.is_none() {
                    choices::choices(view)
                } else {
                    Vec::new()
                };
                if all.is_empty() {
                    self.scroll_output(by);
                    return;
                }
                let last = i64::try_from(all.len() - 1).unwrap_or(0);
                let new = match self.marked(state, &all) {
                    Some(at) => (i64::try_from(at).unwrap_or(0) + by).clamp(0, last),
                    None if by < 0 => last,
                    None => 0,
                };
                self.cursor = usize::try_from(new).ok();
            }
        }
    }

    pub(super) fn page(&mut self, direction: i64, view: &View<'_>) {
        if self.zoom == Some(Zoom::Timeline) || self.focus == Focus::Timeline {
            self.scroll_timeline(direction * 10);
            return;
        }
        // Without an output the card moves, by no more than it shows.
        let of_card = if view.area.height < LOW { 3 } else { 8 };
        let rows = self
            .log()
            .and_then(LogView::window)
            .map_or(of_card, |window| window.lines.len());
        let rows = i64::try_from(rows.saturating_sub(1).max(1)).unwrap_or(10);
        if self.has_range() {
            self.move_range(direction * rows);
            return;
        }
        self.scroll_output(direction * rows);
    }

    pub(in crate::tui::run) fn scroll_output(&mut self, by: i64) {
        // What has scrolled out of a terminal stands in its log.
        self.plain_log = true;
        self.hold = true;
        if let Some(log) = self.log_mut() {
            if let Err(error) = log.scroll(by) {
                self.complain(format!("The output cannot be read: {error}"));
            }
        } else {
            self.scroll_card(by);
        }
    }

    pub(in crate::tui::run) fn scroll_card(&mut self, by: i64) {
        let rows = usize::try_from(by.unsigned_abs()).unwrap_or(0);
        self.card_down = if by < 0 {
            self.card_down.saturating_sub(rows)
        } else {
            self.card_down + rows
        };
    }

    /// The next pane: those of the output one after another, then the others that
    /// there are. In a zoom there are only those of its kind.
    pub(super) fn next_pane(&mut self, state: &State) {
        if self.zoom == Some(Zoom::Output) {
            if !self.neighbour_pane(state, 1) {
                let back = i64::try_from(self.round(state).len()).unwrap_or(1) - 1;
                self.neighbour_pane(state, -back);
            }
            return;
        }
        if self.focus == Focus::Step && self.neighbour_pane(state, 1) {
            return;
        }
        self.focus = match self.focus {
            Focus::Step => Focus::Plan,
            Focus::Plan if !state.runbook.signals.is_empty() => Focus::Signals,
            Focus::Plan | Focus::Signals => Focus::Timeline,
            Focus::Timeline => {
                let back = i64::try_from(self.round(state).len()).unwrap_or(1) - 1;
                self.neighbour_pane(state, -back);
                Focus::Step
            }
        };
    }

    pub(super) fn side_pane(&mut self, state: &State, by: i64) {
        if self.focus == Focus::Step || self.zoom == Some(Zoom::Output) {
            self.neighbour_pane(state, by);
        }
    }

    pub(in crate::tui::run) fn scroll_signals(&mut self, by: i64, state: &State) {
        let last = state.runbook.signals.len().saturating_sub(1);
        let rows = usize::try_from(by.unsigned_abs()).unwrap_or(0);
        self.signals_down = if by < 0 {
            self.signals_down.saturating_sub(rows)
        } else {
            (self.signals_down + rows).min(last)
        };
    }

    pub(in crate::tui::run) fn scroll_timeline(&mut self, by: i64) {
        let rows = usize::try_from(by.unsigned_abs()).unwrap_or(0);
        self.timeline_up = if by < 0 {
            self.timeline_up + rows
        } else {
            self.timeline_up.saturating_sub(rows)
        };
    }

    pub(super) fn jump_to_end(&mut self, top: bool) {
        if self.zoom == Some(Zoom::Timeline) || self.focus == Focus::Timeline {
            self.timeline_up = if top { usize::MAX / 2 } else { 0 };
            return;
        }
        if self.has_range() {
            self.stretch_range(top);
            return;
        }
        self.plain_log |= self.log().is_some();
        self.hold = true;
        if let Some(log) = self.log_mut() {
            if top {
                log.to_start();
            } else {
                log.follow();
            }
        }
    }
}
