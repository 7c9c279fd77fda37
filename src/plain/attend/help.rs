//! What can be typed, told from the table of keys.

use super::Console;
use crate::tui::keymap::{Action, Binding, Keymap, context::CHOICES};

/// The words that take the place of looking.
const WORDS: &[(&str, &str)] = &[
    ("where", "where the run stands, and what runs"),
    ("plan", "the phases and steps, with their numbers"),
    ("signals", "what was measured, and against which limits"),
    (
        "output",
        "the last lines of the output; output 50 tells fifty",
    ),
    (
        "notes",
        "the notes, numbered; change 2 and strike 2 mean one of them",
    ),
    ("again", "what comes next, told once more"),
];

/// What some of the keys take behind them.
const MORE: &[&str] = &[
    "n TEXT notes it at once; a backslash at its end goes on in the next line",
    "! COMMAND runs it off-script at once; i types into it, such as a password",
    "/WORDS searches the output, # 120 tells it from that line on, t 50 tells fifty lines",
    "r, e, s, D, o and v with a number of the plan, such as r 1.2, mean that step",
];

/// What takes the place of an action that only moves or changes what is drawn, as it is
/// typed; every other action is typed by its key.
const INSTEAD: &[(Action, &str)] = &[
    (Action::Up, "a number"),
    (Action::Down, "a number"),
    (Action::Tick, "a number"),
    (Action::PageUp, "output 50"),
    (Action::PageDown, "output 50"),
    (Action::Top, "# 1"),
    (Action::End, "output"),
    (Action::NextPane, "where, plan, signals, t"),
    (Action::PaneLeft, "output"),
    (Action::PaneRight, "output"),
    (Action::Back, "a dot"),
    (Action::MatchDown, "/WORDS"),
    (Action::MatchUp, "/WORDS"),
    (Action::Follow, "output"),
    (Action::Zoom, "output 50, t 50"),
    (Action::Log, "output"),
    (Action::Wrap, "nothing: the terminal breaks lines"),
    (Action::Mark, "nothing: what is told can be copied"),
    (Action::Redraw, "again"),
    (Action::Mouse, "nothing: the mouse is the terminal's"),
    (Action::Palette, "question mark"),
    (Action::EditNote, "change 2"),
    (Action::StrikeNote, "strike 2"),
    (Action::StopTyping, "a dot"),
];

/// Whether an action is typed by its key where nothing is drawn.
pub fn is_of_lines(action: Action) -> bool {
    !INSTEAD.iter().any(|(known, _)| *known == action)
}

/// What a key of the run screen does, by its name.
pub fn named(keys: &Keymap, key: &str) -> Option<Action> {
    rows(keys)
        .find(|binding| binding.names.iter().any(|name| name == key))
        .map(|binding| binding.row.action)
}

/// The keys of the run screen, wherever one stands on it.
fn rows(keys: &Keymap) -> impl Iterator<Item = &Binding> {
    CHOICES.iter().flat_map(|context| keys.of(*context))
}

/// What can be typed, by the table of keys.
pub(super) fn help(console: &mut Console, keys: &Keymap) {
    console.gap();
    console.say("Type a number to choose from the list, or one of these, then Enter:");
    console.say("  Enter alone: the one suggested next thing");
    for binding in rows(keys) {
        let action = binding.row.action;
        if action == Action::Next || !is_of_lines(action) {
            continue;
        }
        // Keys that are no letter cannot be typed as a line.
        if let Some(key) = binding.names.iter().find(|name| name.chars().count() == 1) {
            let key = if key == "?" { "question mark" } else { key };
            console.say(&format!("  {key}: {}", binding.row.words));
        }
    }
    for words in MORE {
        console.say(&format!("  {words}"));
    }
    for (word, words) in WORDS {
        console.say(&format!("  {word}: {words}"));
    }
    console.say("  Ctrl-C asks whether to leave, to stop a command, or to go on");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::{
        TABLE,
        context::{PLAN, SIGNALS, STEP, TERMINAL, TIMELINE},
    };

    /// Whatever the run's screen can do can be typed, or is of no use in lines.
    #[test]
    fn every_action_of_the_screen_can_be_typed() {
        let keys = Keymap::default();
        let places = [CHOICES, PLAN, SIGNALS, STEP, TERMINAL, TIMELINE];
        for row in TABLE
            .iter()
            .filter(|row| places.iter().any(|place| place.contains(&row.context)))
        {
            let typed = row.keys.iter().any(|key| {
                key.chars().count() == 1
                    && named(&keys, key) == Some(row.action)
                    && is_of_lines(row.action)
            });
            let otherwise = !is_of_lines(row.action)
                || matches!(row.action, Action::Next | Action::Leave | Action::Help);
            assert!(typed || otherwise, "{:?} cannot be typed", row.action);
        }
    }

    /// What the README has to say about them, a row for what is typed.
    #[test]
    fn the_readme_says_what_is_typed_instead() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        let readme = std::fs::read_to_string(path).expect("there is a README");
        let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
        for (action, typed) in INSTEAD {
            let name = format!("`{}`", action.name());
            match rows.iter_mut().find(|(known, _)| known == typed) {
                Some((_, names)) => names.push(name),
                None => rows.push((typed, vec![name])),
            }
        }
        for (typed, names) in rows {
            let row = format!("| {} | {typed} |", names.join(" "));
            assert!(readme.contains(&row), "the README has no row\n{row}");
        }
    }
}
