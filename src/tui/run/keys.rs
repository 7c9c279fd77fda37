//! What keys do on the run screen.

use chrono::DateTime;
use crossterm::event::{KeyEvent, MouseEvent, MouseEventKind};

use super::{
    Focus, RunScreen, View, Zoom,
    choices::{self, Does},
    plan,
};
use crate::engine::{AttemptId, Command, Next, State, Status, next, state::Attempt, step};
use crate::report::timeline::step_title;
use crate::runbook::{Effect, Kind, human};
use crate::session::LogView;
use crate::tui::{
    keymap::{self, Action},
    overlay::{Ask, MenuDoes, Overlay, Reaction},
};

/// What the screen asks of whoever runs it.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Ask the engine.
    Do(Command),
    /// Leave; everything goes on.
    Leave,
    /// Put this on the clipboard.
    Copy(String),
    /// Type this into an attempt's terminal.
    Type(AttemptId, Vec<u8>),
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
        self.message = None;
        if let Some(attempt) = self.typing {
            return self.type_key(attempt, key, view.state);
        }
        if let Some(mut overlay) = self.overlays.pop() {
            return self.overlay_key(&mut overlay, key, view).map_or_else(
                |stay| {
                    if stay {
                        self.overlays.push(overlay);
                    }
                    None
                },
                Some,
            );
        }
        let action = keymap::action(keymap::RUN, key)?;
        if let Some(watching) = &view.watching
            && changes(action)
        {
            if action == Action::Next && watching.is_free(view.state) {
                return Some(Intent::Helm);
            }
            self.complain(watching.refusal(view.state));
            return None;
        }
        self.act(action, view)
    }

    /// An intent, or whether the layer stays.
    fn overlay_key(
        &mut self,
        overlay: &mut Overlay,
        key: KeyEvent,
        view: &View<'_>,
    ) -> Result<Intent, bool> {
        match overlay.key(key, view.state, view.now) {
            Reaction::Stay => Err(true),
            Reaction::Gone => Err(false),
            Reaction::Do(command) => Ok(Intent::Do(command)),
            Reaction::Copy(text) => Ok(self.copied(text)),
            Reaction::TakeOver => Ok(Intent::TakeOver),
            Reaction::AskHandOver => Ok(Intent::AskHandOver),
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
                Err(false)
            }
            Reaction::Next(next) => {
                self.overlays.push(next);
                Err(false)
            }
        }
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

    /// Deals with the mouse: the wheel scrolls the output.
    pub fn mouse(&mut self, event: MouseEvent) {
        let by = match event.kind {
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::ScrollDown => 3,
            _ => return,
        };
        if self.typing.is_some() {
            return;
        }
        if self.zoom == Some(Zoom::Timeline) {
            self.scroll_timeline(by);
        } else {
            self.scroll_output(by);
        }
    }

    fn act(&mut self, action: Action, view: &View<'_>) -> Option<Intent> {
        let state = view.state;
        match action {
            Action::Next => return self.next_thing(view),
            Action::Up => self.move_by(-1, view),
            Action::Down => self.move_by(1, view),
            Action::PageUp => self.page(-1),
            Action::PageDown => self.page(1),
            Action::Top => self.jump_to_end(true),
            Action::End => self.jump_to_end(false),
            Action::NextPane => self.next_pane(state),
            Action::PaneLeft => self.side_pane(state, -1),
            Action::PaneRight => self.side_pane(state, 1),
            Action::Back => {
                self.zoom = None;
                self.selected = None;
                self.focus = Focus::Step;
                self.timeline_up = 0;
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
            Action::Copy => return self.copy(state),
            Action::Pin => return self.pin(state),
            Action::Auto => return Some(Intent::Do(Command::Auto(!state.auto))),
            Action::HandOver => return Some(Intent::Helm),
            Action::Close => self.close(state),
            Action::Detach => return Some(Intent::Leave),
            Action::Help => self.overlays.push(Overlay::Help),
            Action::Type => self.begin_typing(state),
            Action::Log => self.plain_log = !self.plain_log,
            Action::Drill | Action::Rehearse => {}
        }
        None
    }

    /// The one suggested next thing.
    fn next_thing(&mut self, view: &View<'_>) -> Option<Intent> {
        let state = view.state;
        if !self.shows_current(state) {
            self.selected = None;
            return None;
        }
        match next(state) {
            Next::Run(step, _) => self.perform(choices::run(state, step), view),
            Next::Busy(step, _) => {
                let title = step_title(state, &step.id);
                self.say(format!("‘{title}’ is running; x stops it"));
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

    fn choose(&mut self, view: &View<'_>) -> Option<Intent> {
        let all = choices::choices(view);
        let Some(choice) = self.marked(view.state, &all).and_then(|at| all.get(at)) else {
            self.say("Choose with j and k, then Enter");
            return None;
        };
        self.perform(choice.does.clone(), view)
    }

    pub(super) fn perform(&mut self, does: Does, view: &View<'_>) -> Option<Intent> {
        match choices::perform(does, view) {
            Ok(command) => Some(Intent::Do(command)),
            Err(overlay) => {
                self.overlays.push(overlay);
                None
            }
        }
    }

    fn tick(&mut self, view: &View<'_>) -> Option<Intent> {
        let Next::Manual(..) = next(view.state) else {
            return None;
        };
        self.choose(view)
    }

    fn again(&mut self, view: &View<'_>) -> Option<Intent> {
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

    fn edit(&mut self, state: &State) -> Option<Intent> {
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

    fn skip(&mut self, state: &State) -> Option<Intent> {
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

    fn stop(&mut self, state: &State) {
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
                let mut title = step_title(state, &attempt.launch.step);
                if !attempt.launch.script.is_empty() {
                    title = format!("{title}: {}", attempt.launch.script);
                }
                let grace = std::time::Duration::from_millis(attempt.launch.kill_grace_ms);
                self.overlays.push(Overlay::stop(id, &title, &human(grace)));
            }
        }
    }

    fn copy(&mut self, state: &State) -> Option<Intent> {
        let shown = self.shown(state)?;
        let text = match (&shown.kind, state.status(&shown.id)) {
            (_, Status::Manual(manual)) => manual.copy.clone(),
            (Kind::Run(run), _) => self
                .shown_attempt(state)
                .and_then(|id| state.attempts.get(&id))
                .map(|attempt| attempt.launch.command().to_owned())
                .or_else(|| step::script(state, shown, run, run.script()).ok()),
            _ => None,
        };
        if let Some(text) = text {
            Some(self.copied(text))
        } else {
            self.complain("There is nothing to copy here");
            None
        }
    }

    fn copied(&mut self, text: String) -> Intent {
        self.say("Copied, if your terminal allows it (OSC 52)");
        Intent::Copy(text)
    }

    /// The line that the operator means, as a note at the time at which it was printed.
    fn pin(&mut self, state: &State) -> Option<Intent> {
        let line = self.log_mut().and_then(LogView::pointed);
        let Some((text, printed)) = line.filter(|(text, _)| !text.trim().is_empty()) else {
            self.complain("There is no line to pin here");
            return None;
        };
        let attempt = self.pane.and_then(|id| state.attempts.get(&id))?;
        let mut from = step_title(state, &attempt.launch.step);
        if !attempt.launch.script.is_empty() {
            from = format!("{from}: {}", attempt.launch.script);
        }
        Some(Intent::Do(Command::Note {
            text: format!("{} (printed by ‘{from}’)", text.trim()),
            happened_at: printed.and_then(DateTime::from_timestamp_millis),
        }))
    }

    fn move_by(&mut self, by: i64, view: &View<'_>) {
        let state = view.state;
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

    fn page(&mut self, direction: i64) {
        if self.zoom == Some(Zoom::Timeline) || self.focus == Focus::Timeline {
            self.scroll_timeline(direction * 10);
            return;
        }
        let rows = self
            .log()
            .and_then(LogView::window)
            .map_or(10, |window| window.lines.len());
        let rows = i64::try_from(rows.saturating_sub(1).max(1)).unwrap_or(10);
        self.scroll_output(direction * rows);
    }

    fn scroll_output(&mut self, by: i64) {
        // What has scrolled out of a terminal stands in its log.
        self.plain_log = true;
        self.hold = true;
        if let Some(log) = self.log_mut() {
            if let Err(error) = log.scroll(by) {
                self.complain(format!("The output cannot be read: {error}"));
            }
        } else {
            let by_rows = usize::try_from(by.unsigned_abs()).unwrap_or(0);
            self.card_down = if by < 0 {
                self.card_down.saturating_sub(by_rows)
            } else {
                self.card_down + by_rows
            };
        }
    }

    /// The next pane: those of the output one after another, then the others that
    /// there are. In a zoom there are only those of its kind.
    fn next_pane(&mut self, state: &State) {
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

    fn side_pane(&mut self, state: &State, by: i64) {
        if self.focus == Focus::Step || self.zoom == Some(Zoom::Output) {
            self.neighbour_pane(state, by);
        }
    }

    fn scroll_signals(&mut self, by: i64, state: &State) {
        let last = state.runbook.signals.len().saturating_sub(1);
        let rows = usize::try_from(by.unsigned_abs()).unwrap_or(0);
        self.signals_down = if by < 0 {
            self.signals_down.saturating_sub(rows)
        } else {
            (self.signals_down + rows).min(last)
        };
    }

    fn scroll_timeline(&mut self, by: i64) {
        let rows = usize::try_from(by.unsigned_abs()).unwrap_or(0);
        self.timeline_up = if by < 0 {
            self.timeline_up + rows
        } else {
            self.timeline_up.saturating_sub(rows)
        };
    }

    fn jump_to_end(&mut self, top: bool) {
        if self.zoom == Some(Zoom::Timeline) || self.focus == Focus::Timeline {
            self.timeline_up = if top { usize::MAX / 2 } else { 0 };
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
            | Action::Note
            | Action::Pin
            | Action::Type
            | Action::Auto
            | Action::Close
    )
}
