//! What people write into the timeline, and what they think better of.

use chrono::{DateTime, Utc};

use super::Draft;
use crate::engine::{
    event::{Event, Imported, Todo},
    refusal::Refusal,
};

impl Draft<'_> {
    pub(super) fn note(
        &mut self,
        text: String,
        happened_at: Option<DateTime<Utc>>,
        todo: Option<Box<Todo>>,
        source: Option<Box<Imported>>,
    ) -> Result<(), Refusal> {
        if text.trim().is_empty() {
            return Err(Refusal::NeedsReason("the note is empty".to_owned()));
        }
        // The same thing from the same place is told once.
        if source
            .as_ref()
            .is_some_and(|source| self.state.knows(source))
        {
            return Ok(());
        }
        self.push(Event::NoteAdded {
            text: text.into(),
            happened_at,
            todo,
            source,
        });
        Ok(())
    }

    pub(super) fn amend(
        &mut self,
        note: u32,
        text: Option<String>,
        happened_at: Option<DateTime<Utc>>,
        todo: Option<Box<Todo>>,
    ) -> Result<(), Refusal> {
        let count = self.state.notes.len();
        let Some(known) = self.state.note(note) else {
            return Err(Refusal::NoSuchNote { note, count });
        };
        if known.struck.is_some() {
            return Err(Refusal::NoteStruck(note));
        }
        if let Some(text) = &text {
            if text.trim().is_empty() {
                return Err(Refusal::NeedsReason(
                    "the note is empty; strike it if it is to go".to_owned(),
                ));
            }
            let same_time = happened_at.is_none_or(|at| known.happened_at == Some(at));
            if **text == *known.text && same_time && todo == known.todo {
                return Ok(());
            }
        }
        self.push(Event::NoteAmended {
            note,
            text,
            happened_at,
            todo,
        });
        Ok(())
    }
}
