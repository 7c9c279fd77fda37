//! Following the logs of the shown attempts: a growing one closely, a silent one only
//! when it grows again, or else with the beat of the clocks.

use std::time::Duration;

use ratatui::layout::Rect;
use tokio::time::Instant;

use super::Attending;
use crate::engine::AttemptId;
use crate::session::{growth::Growth, terminal_view::Lag};
use crate::tui::{quiet, run::draw, theme::Theme};

/// How often a growing log is looked at.
const BUSY: Duration = Duration::from_millis(33);
/// How often one is of which nobody can read all: fewer frames leave the command more of
/// the processor.
const SKIMMED: Duration = Duration::from_millis(50);
/// How often one is that a terminal has not caught up with.
const BEHIND: Duration = Duration::from_millis(8);
/// How often a silent one is that cannot be heard.
const QUIET: Duration = Duration::from_millis(250);
/// How often one is in which a search looks for a match that is far away.
const SEARCHED: Duration = Duration::from_millis(4);
/// How soon after it was heard: when bytes came is written before them.
const SOON: Duration = Duration::from_millis(2);

/// When the logs are looked at.
pub(super) struct Following {
    /// The next look; none while a frame, the beat or a log that is heard brings it.
    next: Option<Instant>,
    every: Duration,
    growth: Growth,
}

impl Following {
    /// Looks at once; in a runtime.
    pub fn begin() -> Self {
        Self {
            next: Some(Instant::now()),
            every: BUSY,
            growth: Growth::begin(),
        }
    }

    /// Whether it is time to look.
    pub fn is_due(&self) -> bool {
        self.next.is_some_and(|next| Instant::now() >= next)
    }

    /// When to look next, unless something else brings that.
    pub fn next_look(&self) -> Option<Instant> {
        self.next
    }

    /// Something is waited for.
    pub fn look_at_once(&mut self) {
        self.next = Some(Instant::now());
        self.every = BUSY;
    }

    /// A silent log grows.
    pub fn look_soon(&mut self) {
        self.next = Some(Instant::now() + SOON);
        self.every = BUSY;
    }

    /// Waits until a silent log grows; for ever while none is listened to, since a
    /// growing one is looked at anyway. Safe to cancel.
    pub async fn stirred(&self) {
        match self.next {
            None => self.growth.heard().await,
            Some(_) => std::future::pending().await,
        }
    }
}

/// Waits until a moment, or for ever.
pub(super) async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

impl Attending {
    /// Follows the logs of the shown attempts; whether to draw again.
    pub(super) fn refresh_log(&mut self, area: Rect, theme: &Theme) -> bool {
        let before = self.screen.pane;
        let panes = self.panes(area, theme);
        self.refresh(&panes, before)
    }

    /// The same between two looks, as a key's frame wants it: a log is read only where
    /// another part of it is to be shown.
    pub(super) fn refresh_what_moved(&mut self, area: Rect, theme: &Theme) {
        let before = self.screen.pane;
        let panes = self.panes(area, theme);
        if self.following.next.is_some() && self.screen.shows(self.source.state(), &panes) {
            self.listen_for_quiet(panes.iter().map(|(id, _)| *id).collect());
        } else {
            self.refresh(&panes, before);
        }
    }

    fn panes(&mut self, area: Rect, theme: &Theme) -> Vec<(AttemptId, Rect)> {
        self.screen.settle(self.source.state());
        draw::output_panes(area, &self.screen, &self.view(), theme)
    }

    fn refresh(&mut self, panes: &[(AttemptId, Rect)], before: Option<AttemptId>) -> bool {
        // Before the look, so that nothing is missed that is written after it.
        let heard = self.following.every * 2 >= QUIET && self.listen(panes);
        let refreshed = match self.screen.refresh_panes(&mut self.source, panes) {
            Ok(refreshed) => refreshed,
            Err(error) => {
                let words = format!("The output cannot be read: {error}");
                self.screen.complain(words);
                // The next frame tries again.
                self.following.next = None;
                return true;
            }
        };
        if self.screen.pane != before {
            self.following.every = BUSY;
        }
        let live = self.is_any_live(panes);
        let following = &mut self.following;
        following.every = if refreshed.looking {
            SEARCHED
        } else if refreshed.terminal == Lag::Behind {
            BEHIND
        } else if refreshed.changed && refreshed.terminal == Lag::Skimmed {
            SKIMMED
        } else if refreshed.changed {
            BUSY
        } else {
            (following.every.max(BUSY) * 2).min(QUIET)
        };
        let silent = following.every == QUIET && (heard || !live);
        following.next = (!silent).then(|| Instant::now() + following.every);
        let shown: Vec<AttemptId> = panes.iter().map(|(id, _)| *id).collect();
        refreshed.changed | self.listen_for_quiet(shown)
    }

    /// Listens to what the shown commands print; whether all of them can be heard.
    fn listen(&mut self, panes: &[(AttemptId, Rect)]) -> bool {
        let growth = &mut self.following.growth;
        panes.iter().all(|(id, _)| {
            let log = self.screen.logs.get(id);
            log.is_some_and(|log| growth.listen(log.dir().path()))
        })
    }

    fn is_any_live(&self, panes: &[(AttemptId, Rect)]) -> bool {
        let attempts = &self.source.state().attempts;
        let mut shown = panes.iter().filter_map(|(id, _)| attempts.get(id));
        shown.any(|attempt| attempt.status.is_live())
    }

    /// Looks for a command that is silent and not on the screen, once in a second of the
    /// run's clock and when something happened or other panes are shown; whether the
    /// header changes.
    fn listen_for_quiet(&mut self, shown: Vec<AttemptId>) -> bool {
        let second = self.source.now().timestamp();
        let looked_for = Some((second, self.source.entries().len(), shown));
        if self.quiet_for == looked_for {
            return false;
        }
        let shown = looked_for.as_ref().map_or(&[][..], |(_, _, shown)| shown);
        let quiet = quiet::unseen(&self.source, shown);
        self.quiet_for = looked_for;
        let changed = quiet != self.quiet;
        self.quiet = quiet;
        changed
    }
}
