//! Which frame a screen draws next: when it is time, and whether all of it is drawn anew.

use std::io;

use crossterm::event::{Event, KeyEventKind};
use futures_util::{Stream, stream::Peekable};
use ratatui::layout::Rect;
use tokio::time::Instant;

use super::{
    frame::Frame,
    input,
    keymap::{Action, Keymap, Place},
    pace::Pace,
    stage::Stage,
};

/// The frames of a screen that changes by what is typed.
#[derive(Debug)]
pub struct Frames {
    pace: Pace,
    changed: bool,
    anew: bool,
}

impl Frames {
    /// The first one is due.
    pub fn begin() -> Self {
        Self {
            pace: Pace::begin(Instant::now()),
            changed: true,
            anew: false,
        }
    }

    /// Something has changed.
    pub fn change(&mut self) {
        self.changed = true;
    }

    /// All of it is to be drawn anew, whatever stands there.
    pub fn renew(&mut self) {
        self.changed = true;
        self.anew = true;
    }

    /// Takes an event in; whether it was nothing but the wish to draw everything anew.
    pub fn feel(&mut self, event: &Event, keys: &Keymap, place: Place) -> bool {
        self.changed |= input::is_felt(event);
        // A window may be another one for a moment, and then as large as before.
        self.anew |= matches!(event, Event::Resize(..));
        let wished = matches!(event, Event::Key(key) if key.kind != KeyEventKind::Release
            && keys.action(place, *key) == Some(Action::Redraw));
        self.anew |= wished;
        wished
    }

    /// Whether anything has changed.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// Whether a frame is to be drawn now. What waits is dealt with first, since it may
    /// change what is drawn, but not for ever.
    pub async fn is_due<S>(&self, events: &mut Peekable<S>) -> bool
    where
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        self.changed && (self.pace.is_overdue(Instant::now()) || !input::waits(events).await)
    }

    /// Draws one; how large it is.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn draw<S: Stage>(
        &mut self,
        stage: &mut S,
        render: impl FnOnce(&mut Frame),
    ) -> io::Result<Rect> {
        let area = stage.draw(self.anew, render)?;
        self.pace.drawn(Instant::now());
        self.changed = false;
        self.anew = false;
        Ok(area)
    }
}
