//! What an event of the terminal leads to.

use crossterm::event::{Event, KeyEventKind};
use tokio::time::Instant;

use super::{Attending, Stage};
use crate::tui::{
    helm::Helm,
    run::{Pressed, keys::Intent},
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
        match event {
            Event::FocusLost => self.away = true,
            Event::FocusGained => self.away = false,
            // It may have been another one for a moment, and is as large as before.
            Event::Resize(..) => self.anew = true,
            Event::Key(_) | Event::Mouse(_) | Event::Paste(_) => {}
        }
        // It changes by what is seen of all the rest.
        let mut screen = std::mem::take(&mut self.screen);
        let view = self.view_beside(&screen);
        let (top, now) = (screen.top(&view), Instant::now());
        screen.pressed = if self.seen.is_early(&top, now) {
            Pressed::Early
        } else {
            Pressed::ForThis
        };
        let intent = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => screen.key(key, &view),
            Event::Mouse(mouse) => screen.mouse(mouse, &view, theme),
            Event::Paste(text) => screen.paste(&text),
            _ => None,
        };
        self.screen = screen;
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
