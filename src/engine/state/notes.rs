//! What people wrote into the run, as it stands: struck and edited texts are kept.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::State;
use crate::engine::event::{Entry, Event, Imported, Todo};

/// Something that was written into the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When it was written down.
    pub at: DateTime<Utc>,
    /// Who wrote it.
    pub by: Arc<str>,
    /// What it says; what it said last, if it is struck.
    pub text: Arc<str>,
    /// When it happened, if earlier.
    pub happened_at: Option<DateTime<Utc>>,
    /// Somebody has to do it after the run.
    pub todo: Option<Box<Todo>>,
    /// Where it was taken from, if nobody typed it.
    pub source: Option<Box<Imported>>,
    /// What it said before, oldest first.
    pub earlier: Vec<Amended>,
    /// When it was struck and by whom.
    pub struck: Option<(DateTime<Utc>, Arc<str>)>,
}

/// What a note said until somebody changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amended {
    /// When it was changed.
    pub at: DateTime<Utc>,
    /// Who changed it.
    pub by: Arc<str>,
    /// What it said until then.
    pub text: Arc<str>,
    /// When it was said to have happened until then.
    pub happened_at: Option<DateTime<Utc>>,
}

impl Note {
    /// When it happened, as far as that is said.
    pub fn moment(&self) -> DateTime<Utc> {
        self.happened_at.unwrap_or(self.at)
    }
}

impl State {
    /// A note by its number in the run, from 1.
    pub fn note(&self, number: u32) -> Option<&Note> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.notes.get(index).map(AsRef::as_ref)
    }

    /// Whether the same thing was imported before.
    pub fn knows(&self, source: &Imported) -> bool {
        let same = |note: &Arc<Note>| note.source.as_deref() == Some(source);
        self.notes.iter().any(same)
    }
}

/// Folds a note, or what became of one.
pub(in crate::engine) fn apply(state: &mut State, entry: &Entry) {
    match &entry.event {
        Event::NoteAdded {
            text,
            happened_at,
            todo,
            source,
        } => state.notes.push(Arc::new(Note {
            at: entry.at,
            by: entry.by.clone(),
            text: text.clone(),
            happened_at: *happened_at,
            todo: todo.clone(),
            source: source.clone(),
            earlier: Vec::new(),
            struck: None,
        })),
        Event::NoteAmended {
            note,
            text,
            happened_at,
            todo,
        } => {
            let index = usize::try_from(*note).unwrap_or(0).wrapping_sub(1);
            let Some(known) = state.notes.get_mut(index) else {
                return;
            };
            let known = Arc::make_mut(known);
            let Some(text) = text else {
                known.struck = Some((entry.at, entry.by.clone()));
                return;
            };
            let before = std::mem::replace(&mut known.text, text.as_str().into());
            known.earlier.push(Amended {
                at: entry.at,
                by: entry.by.clone(),
                text: before,
                happened_at: known.happened_at,
            });
            known.happened_at = happened_at.or(known.happened_at);
            known.todo.clone_from(todo);
        }
        _ => {}
    }
}
