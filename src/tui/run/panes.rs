//! The panes of a step's output: one for each command of its last round, and which
//! of them has the keys.

use std::{collections::BTreeSet, io};

use chrono::{DateTime, Utc};
use ratatui::{layout::Rect, style::Style};

use super::RunScreen;
use crate::engine::{
    AttemptId, State,
    effect::Part,
    event::Outcome,
    observed::Ended,
    off_script,
    state::{Attempt, AttemptStatus},
};
use crate::runbook::{duration::clock, human};
use crate::session::{LogView, terminal_view::Lag};
use crate::tui::{source::Source, theme::Theme};

/// The command whose pane has the keys. The same one keeps them in the step's next
/// round, so it is known by its name.
pub type Chosen = (String, Part);

/// What looking at the logs came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refreshed {
    /// Whether to draw again.
    pub changed: bool,
    /// A search goes on.
    pub looking: bool,
    /// How a terminal keeps up with its log.
    pub terminal: Lag,
}

impl RunScreen {
    /// The commands of the shown step's last round: its work first, then what
    /// watches it.
    pub fn round<'a>(&self, state: &'a State) -> Vec<(AttemptId, &'a Attempt)> {
        let step = self.shown(state).map_or("", |step| step.id.as_str());
        let of_step = || {
            let all = state.attempts.iter();
            all.filter(move |(_, attempt)| attempt.launch.step == step)
        };
        let first = of_step().next_back().map(|(_, last)| last.launch.first());
        of_step()
            .filter(|(_, attempt)| Some(attempt.launch.first()) == first)
            .map(|(id, attempt)| (*id, &**attempt))
            .chain(beside(state, step))
            .collect()
    }

    /// The attempt whose pane has the keys: the chosen one, or the first that went
    /// wrong, or the first.
    pub fn shown_attempt(&self, state: &State) -> Option<AttemptId> {
        let round = self.round(state);
        let chosen = self.chosen.as_ref();
        let chosen = chosen.and_then(|chosen| {
            round
                .iter()
                .find(|(_, attempt)| known_by(attempt) == *chosen)
        });
        chosen
            .or_else(|| round.iter().find(|(_, attempt)| went_wrong(attempt)))
            .or_else(|| round.first())
            .map(|(id, _)| *id)
    }

    /// The attempt of the round that runs in a terminal: the one that has the keys,
    /// if it does.
    pub fn terminal_attempt(&self, state: &State) -> Option<AttemptId> {
        let in_terminal = |id: &AttemptId| {
            let attempt = state.attempts.get(id);
            attempt.is_some_and(|attempt| attempt.launch.tty)
        };
        self.shown_attempt(state).filter(in_terminal).or_else(|| {
            let round = self.round(state);
            round.into_iter().map(|(id, _)| id).find(in_terminal)
        })
    }

    /// The output that has the keys.
    pub fn log(&self) -> Option<&LogView> {
        self.logs.get(&self.pane?)
    }

    /// The output that has the keys, to move in it.
    pub fn log_mut(&mut self) -> Option<&mut LogView> {
        self.logs.get_mut(&self.pane?)
    }

    /// Gives the keys to the pane next to the one that has them; whether there is one.
    pub fn neighbour_pane(&mut self, state: &State, by: i64) -> bool {
        let round = self.round(state);
        let shown = self.shown_attempt(state);
        let Some(at) = round.iter().position(|(id, _)| Some(*id) == shown) else {
            return false;
        };
        let wanted = i64::try_from(at).unwrap_or(0) + by;
        let Some((id, attempt)) = usize::try_from(wanted)
            .ok()
            .and_then(|wanted| round.get(wanted))
        else {
            return false;
        };
        self.chosen = Some(known_by(attempt));
        self.pane = Some(*id);
        true
    }

    /// An off-script command begins: its pane gets the keys.
    pub fn show_off_script(&mut self, attempt: &Attempt) {
        self.chosen = Some(known_by(attempt));
    }

    /// Whether an off-script command's pane was given the keys.
    pub fn looks_off_script(&self) -> bool {
        matches!(self.chosen, Some((_, Part::OffScript)))
    }

    /// An off-script command that is over is no longer looked at.
    pub(super) fn leave_off_script(&mut self, state: &State) {
        let runs = state.off_script().any(|(_, known)| known.status.is_live());
        if self.looks_off_script() && !runs {
            self.chosen = None;
        }
    }

    /// Keeps the keys where they are: whoever scrolls in a pane means that one, also
    /// when another one fails.
    pub(super) fn hold_pane(&mut self, state: &State) {
        let Some(attempt) = self.pane.and_then(|id| state.attempts.get(&id)) else {
            return;
        };
        self.chosen = Some(known_by(attempt));
    }

    /// Whether the panes hold what they show, what has been printed meanwhile aside.
    pub fn shows(&self, state: &State, panes: &[(AttemptId, Rect)]) -> bool {
        self.terminal_attempt(state).is_none()
            && self.pane == self.shown_attempt(state)
            && panes.iter().all(|(id, _)| self.logs.contains_key(id))
            && self.logs.iter().all(|(id, log)| {
                let shown = panes.iter().find(|(shown, _)| shown == id);
                shown.map_or(log.rests(), |(_, area)| {
                    let (rows, width) = inside(*area);
                    log.shows(rows, width)
                })
            })
    }

    /// Reads what the panes on the screen show; the others give back what they hold.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub fn refresh_panes(
        &mut self,
        source: &mut Source,
        panes: &[(AttemptId, Rect)],
    ) -> io::Result<Refreshed> {
        let state = source.state();
        let round: BTreeSet<AttemptId> = self.round(state).iter().map(|(id, _)| *id).collect();
        let terminal = self.terminal_attempt(state);
        self.pane = self.shown_attempt(state);
        self.logs.retain(|id, _| round.contains(id));
        for (id, log) in &mut self.logs {
            if !panes.iter().any(|(shown, _)| shown == id) {
                log.rest();
            }
        }
        let mut refreshed = Refreshed::default();
        for (id, area) in panes {
            if !self.logs.contains_key(id)
                && let Some(log) = source.log(*id)
            {
                self.logs.insert(*id, log);
            }
            if let Some(log) = self.logs.get_mut(id) {
                let (rows, width) = inside(*area);
                refreshed.changed |= log.refresh(rows, width)?;
                refreshed.looking |= log.is_looking();
            }
        }
        let size = panes
            .iter()
            .find(|(id, _)| Some(*id) == terminal)
            .map_or((0, 0), |(_, area)| {
                (area.width, area.height.saturating_sub(1))
            });
        refreshed.changed |= self.refresh_terminal(source, terminal, size)?;
        if let Some((_, shown)) = &self.terminal
            && size != (0, 0)
        {
            refreshed.terminal = shown.lag();
        }
        Ok(refreshed)
    }
}

/// The rows and columns of a pane that its output has.
fn inside(area: Rect) -> (u16, usize) {
    // Its last row says where one is.
    let rows = area.height.saturating_sub(1).max(1);
    // The first two columns say whose it is and what is marked.
    (rows, usize::from(area.width.saturating_sub(2)))
}

/// The off-script commands that have a pane beside a step: those that run, and the last
/// one that was begun there.
fn beside<'a>(state: &'a State, step: &str) -> impl Iterator<Item = (AttemptId, &'a Attempt)> {
    let here = |known: &Attempt| step.is_empty() || known.beside.as_deref() == Some(step);
    let last = state
        .off_script()
        .filter(|(_, known)| here(known) && known.status != AttemptStatus::Voided)
        .last()
        .map(|(id, _)| id);
    state
        .off_script()
        .filter(move |(id, known)| known.status.is_live() || Some(*id) == last)
}

/// By what a pane's command is known in the next round too.
fn known_by(attempt: &Attempt) -> Chosen {
    let launch = &attempt.launch;
    let name = match launch.part {
        Part::OffScript => launch.number.to_string(),
        Part::Main | Part::Watch => launch.script.clone(),
    };
    (name, launch.part)
}

fn went_wrong(attempt: &Attempt) -> bool {
    attempt.launch.part == Part::Main
        && matches!(
            attempt.status,
            AttemptStatus::Finished {
                outcome: Outcome::Failed { .. } | Outcome::Unknown { .. },
                ..
            }
        )
}

/// What a pane is called: its script's name, or its step's word where it has none.
pub fn name(attempt: &Attempt) -> String {
    match (attempt.launch.script.as_str(), attempt.launch.part) {
        (_, Part::OffScript) => format!("! {}", off_script::title(&attempt.launch)),
        ("", Part::Main) => "run".to_owned(),
        ("", Part::Watch) => "watch".to_owned(),
        (name, _) => name.to_owned(),
    }
}

/// The glyph of a command.
pub fn glyph(attempt: &Attempt, theme: &Theme) -> (&'static str, Style) {
    match &attempt.status {
        AttemptStatus::Starting { .. } => ("○", theme.dim),
        AttemptStatus::Running { .. } => ("●", theme.accent),
        AttemptStatus::Voided => ("–", theme.dim),
        // That a companion was ended with its step is neither good nor bad.
        AttemptStatus::Finished { .. } if attempt.launch.part == Part::Watch => ("■", theme.dim),
        AttemptStatus::Finished { outcome, .. } => match outcome {
            Outcome::Succeeded => ("✔", theme.good),
            Outcome::Failed { .. } => ("✘", theme.bad),
            Outcome::Unknown { .. } => ("?", theme.unknown),
        },
    }
}

/// How a command stands, in a few words.
pub fn standing(attempt: &Attempt, now: DateTime<Utc>) -> String {
    match &attempt.status {
        AttemptStatus::Starting { .. } => "starting".to_owned(),
        AttemptStatus::Running {
            stopping: Some(_), ..
        } => "stopping".to_owned(),
        AttemptStatus::Running { since, .. } => clock((now - *since).to_std().unwrap_or_default()),
        AttemptStatus::Voided => "never started".to_owned(),
        AttemptStatus::Finished { report, .. } => {
            let took = human(std::time::Duration::from_millis(report.milliseconds));
            match &report.ended {
                Ended::Exit { code } => format!("exit {code} · {took}"),
                Ended::Signal { signal } => format!("signal {signal} · {took}"),
                Ended::Deadline => format!("over its time · {took}"),
                Ended::Stopped => format!("stopped · {took}"),
                Ended::Lost => "end not recorded".to_owned(),
                Ended::NotStarted { .. } => "not started".to_owned(),
            }
        }
    }
}
