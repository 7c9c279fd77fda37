//! What an event of the terminal leads to.

use crossterm::event::{Event, KeyEventKind};
use tokio::time::Instant;

use super::{Attending, Stage};
use crate::tui::{
    helm::Helm,
    run::{Pressed, View, keys::Intent, standing::Standing},
    theme::Theme,
};

/// What a key leads away from.
pub(super) enum Leaving {
    /// The screen.
    Screen,
    /// Watching: the run is taken over.
    Watch,
}

impl Attending {
    /// Deals with an event; what it leads away from.
    pub(super) fn event<S: Stage>(
        &mut self,
        event: Event,
        stage: &mut S,
        theme: &Theme,
        helm: &Helm<'_>,
    ) -> Option<Leaving> {
        let view = View {
            state: self.source.state(),
            lines: &self.lines,
            signals: self.source.signals(),
            now: self.source.now(),
            stalled: self.source.stalled(),
            report: self.report.as_deref(),
            watching: self.source.watching(),
            standing: Standing {
                quiet: self.quiet.as_deref(),
                ..self.source.standing()
            },
            earlier: &self.earlier,
            keys: &self.keys,
            area: self.area,
        };
        let (top, now) = (self.screen.top(&view), Instant::now());
        self.screen.pressed = if self.seen.is_early(&top, now) {
            Pressed::Early
        } else {
            Pressed::ForThis
        };
        let intent = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.screen.key(key, &view),
            Event::Mouse(mouse) => self.screen.mouse(mouse, &view, theme),
            Event::Paste(text) => self.screen.paste(&text),
            Event::FocusLost => {
                self.away = true;
                None
            }
            Event::FocusGained => {
                self.away = false;
                None
            }
            Event::Resize(..) => {
                // It may have been another one for a moment, and is as large as before.
                self.anew = true;
                None
            }
            Event::Key(_) => None,
        };
        if self.screen.pressed == Pressed::HeldBack {
            self.seen.hold_back(now);
        }
        self.screen.settle(self.source.state());
        match intent? {
            Intent::Do(command) => {
                self.source.submit(command);
                None
            }
            Intent::Copy { what, text } => {
                let became = stage.copy(&text);
                self.tell_copied(what, &text, became);
                None
            }
            Intent::Mouse => {
                let ours = stage.toggle_mouse();
                self.screen.mouse_off = !ours;
                self.screen.say(if ours {
                    "The mouse is used here again"
                } else {
                    "The mouse is the terminal’s: select as you are used to"
                });
                None
            }
            Intent::Redraw => {
                self.anew = true;
                None
            }
            Intent::Type(attempt, bytes) => {
                self.source.type_in(attempt, &bytes);
                // What it echoes is waited for.
                self.following.look_at_once();
                None
            }
            Intent::Report => {
                self.show_report();
                None
            }
            Intent::Helm => {
                self.approach(helm);
                None
            }
            Intent::AskHandOver => {
                self.ask(helm);
                None
            }
            Intent::TakeOver => Some(Leaving::Watch),
            Intent::Leave => Some(Leaving::Screen),
        }
    }
}
