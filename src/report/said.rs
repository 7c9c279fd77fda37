//! What people say for a part of the postmortem: a note that begins with the part's
//! name, as in `impact: a third of all orders failed`.
//!
//! Such a note may be written at any time, also when the run is over. It stands where it
//! belongs, not in the timeline: it tells no happening.

use crate::engine::{State, state::Note};

/// A part of the postmortem that only people can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Whom it hurt, and how much.
    Impact,
    /// Why it happened.
    Cause,
    /// What went well.
    Well,
    /// What went badly.
    Badly,
    /// Where luck helped.
    Luck,
    /// What was learned.
    Lesson,
}

/// What each is called in a note.
const NAMES: [(&str, Part); 9] = [
    ("impact", Part::Impact),
    ("cause", Part::Cause),
    ("root cause", Part::Cause),
    ("well", Part::Well),
    ("went well", Part::Well),
    ("badly", Part::Badly),
    ("went badly", Part::Badly),
    ("luck", Part::Luck),
    ("lesson", Part::Lesson),
];

/// The part that a note is for, and what it says of it.
pub fn part(note: &str) -> Option<(Part, &str)> {
    let (name, text) = note.split_once(':')?;
    let name = name.trim().to_lowercase();
    let (_, part) = NAMES.iter().find(|(known, _)| *known == name)?;
    let text = text.trim();
    (!text.is_empty()).then_some((*part, text))
}

/// The part that a note of the run is for, and what it says of it; nothing, where it was
/// struck, imported, or is something to do.
pub fn by(note: &Note) -> Option<(Part, &str)> {
    let typed = note.struck.is_none() && note.source.is_none() && note.todo.is_none();
    typed.then(|| part(&note.text)).flatten()
}

/// All that was said for a part, in the order of the journal.
pub fn of(state: &State, wanted: Part) -> Vec<String> {
    let said = state.notes.iter().filter_map(|note| by(note));
    said.filter(|(part, _)| *part == wanted)
        .map(|(_, text)| text.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_of_a_part_makes_a_note_one() {
        assert_eq!(
            part("impact: all orders"),
            Some((Part::Impact, "all orders"))
        );
        assert_eq!(part(" Root Cause :a: b "), Some((Part::Cause, "a: b")));
        for note in ["impact", "impact: ", "the impact: x", "14:15: high", ""] {
            assert_eq!(part(note), None, "{note}");
        }
    }
}
