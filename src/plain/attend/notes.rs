//! Notes by their numbers: told, changed and struck, as the keys of the timeline's pane do.

use super::{Attending, Console};
use crate::tui::overlay::{Ask, Overlay};

/// What is done to a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changing {
    Amend,
    Strike,
}

impl Attending {
    /// The notes that stand, each with its number.
    pub(super) fn tell_notes(&self, console: &mut Console) {
        let notes = self.source.state().notes.iter().zip(1_u32..);
        let mut told = false;
        for (note, number) in notes.filter(|(note, _)| note.struck.is_none()) {
            if !told {
                console.gap();
            }
            told = true;
            let at = note.moment().format("%H:%M:%S");
            console.say(&format!("  {number}. {at} UTC {}: {}", note.by, note.text));
        }
        console.say(if told {
            "change 1 changes the first, strike 1 strikes it."
        } else {
            "There are no notes yet; n TEXT makes one."
        });
    }

    /// Asks what a note shall say, or whether it is to be struck.
    pub(super) fn change_note(&mut self, console: &mut Console, number: &str, how: Changing) {
        let view = self.view();
        if let Some(watching) = &view.watching {
            console.say(&watching.refusal(view.state, view.keys));
            return;
        }
        let state = view.state;
        if state.closed.is_some() {
            console.say("The run is closed: its notes stand as they are.");
            return;
        }
        let found = number.parse().ok().and_then(|number: u32| {
            let note = state.note(number).filter(|note| note.struck.is_none());
            note.map(|note| (number, note.text.clone()))
        });
        let Some((number, text)) = found else {
            console.say(&format!(
                "There is no note '{number}'; notes tells them with their numbers."
            ));
            return;
        };
        let layer = match how {
            Changing::Amend => Overlay::ask(Ask::Amend { note: number }, state),
            Changing::Strike => Overlay::strike(number, &text),
        };
        self.screen.overlays.push(layer);
        self.presented = 0;
    }
}
