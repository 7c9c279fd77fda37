//! From the smallest window that is of any use to the largest that anybody has.

use rbconsole::tui::theme::Depth;

use super::{
    console::{Looked, compare, look_at, theme},
    scenes::SCENES,
};

/// What must stand on the screen in a state, whatever its size: what it is about and
/// what is asked.
const ESSENTIAL: &[(&str, &[&str])] = &[
    ("ready", &["LIVE", "Measure the error rate", "Enter run"]),
    ("running", &["LIVE", "Deploy the re", "x stop it"]),
    ("failed", &["LIVE", "✘ failed: exit 3", "Retry"]),
    (
        "unknown_after_resume",
        &["? outcome unknown", "It took effect"],
    ),
    ("gate", &["LIVE", "Roll back?", "Roll back the code"]),
    (
        "gate_destructive",
        &["Roll back?", "Roll back code and database"],
    ),
    ("gate_destructive_reason", &["needs a reason", "new rows"]),
    ("manual", &["The incident channel knows", "☐ Support knows"]),
    ("waiting", &["Let the traffic settle", "left"]),
    ("confirmation", &["payments_live", "payments_li"]),
    ("note", &["first complaints", "two customers"]),
    ("stop", &["Let it run"]),
    ("search", &["payments-1"]),
    ("close_menu", &["Close the run as", "Resolved"]),
    ("closed", &["closed as resolved", "leave"]),
    ("drill", &["DRILL", "rehearsal"]),
    ("side_by_side", &["LIVE"]),
    ("zoomed_output", &["Rolling back payments"]),
    ("zoomed_timeline", &["Timeline"]),
    ("help", &["Keys", "any key "]),
];

const SMALL: &[(&str, u16, u16)] = &[("40x12", 40, 12)];
const ALL: &[(&str, u16, u16)] = &[
    ("40x12", 40, 12),
    ("40x60", 40, 60),
    ("60x16", 60, 16),
    ("99x30", 99, 30),
    ("100x17", 100, 17),
    ("300x12", 300, 12),
    ("300x100", 300, 100),
];

#[test]
fn every_state_shows_what_matters_at_every_size() {
    look_at(ALL, Looked::Words);
    let mut missing = Vec::new();
    for (name, scene) in SCENES {
        let wanted = ESSENTIAL.iter().find(|(known, _)| known == name);
        let wanted = wanted.map_or(&[][..], |(_, words)| words);
        for (size, text) in scene(theme("dark", Depth::True)) {
            assert!(!text.contains("too small"), "{name} at {size}");
            for words in wanted {
                if !text.contains(words) {
                    missing.push(format!("{name} at {size}: {words}\n{text}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Forty columns by twelve rows, looked at one by one.
#[test]
fn the_smallest_window_shows_the_step_and_its_prompt() {
    look_at(SMALL, Looked::Words);
    for (name, scene) in SCENES {
        // The report's path is another one each time, and broken where it must be.
        let steady = *name != "closed";
        if steady && ESSENTIAL.iter().any(|(known, _)| known == name) {
            compare(name, scene(theme("dark", Depth::True)));
        }
    }
}
