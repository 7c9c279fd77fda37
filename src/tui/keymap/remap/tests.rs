//! Wishes that are met, and wishes that cannot be.

use crossterm::event::KeyEvent;

use super::super::context::{CHOICES, FORM, HOME, PLAN, QUESTION, STEP, TERMINAL};
use super::*;
use crate::settings::keys;

fn remapped(yaml: &str) -> Result<Keymap, Vec<String>> {
    let wishes = keys::read(yaml).expect("it can be read");
    Keymap::remapped(&wishes).map_err(|all| all.iter().map(ToString::to_string).collect())
}

fn pressed(keys: &Keymap, place: super::super::Place, name: &str) -> Option<Action> {
    let event: KeyEvent = Key::read(name).expect("a key").event();
    keys.action(place, event)
}

#[test]
fn a_wish_counts_wherever_its_action_is() {
    let keys = remapped("keys:\n  down: [J, Ctrl-n]\n  note: N\n").unwrap();
    for place in [STEP, CHOICES, PLAN] {
        assert_eq!(pressed(&keys, place, "J"), Some(Action::Down));
        assert_eq!(pressed(&keys, place, "j"), None);
        assert_eq!(keys.key_of(place, Action::Down), "J");
    }
    // Letters filter there, so the letter stays one.
    assert_eq!(pressed(&keys, HOME, "J"), None);
    assert_eq!(pressed(&keys, HOME, "Ctrl-n"), Some(Action::Down));
    assert_eq!(keys.key_of(HOME, Action::Down), "Ctrl-n");
    assert_eq!(keys.key_of(STEP, Action::Note), "N");
    assert_eq!(pressed(&keys, STEP, "n"), None);
}

#[test]
fn a_wish_for_one_place_counts_more() {
    let yaml = "keys:\n  plan: { down: s }\n  down: J\n";
    let keys = remapped(yaml).unwrap();
    assert_eq!(keys.key_of(PLAN, Action::Down), "s");
    assert_eq!(keys.key_of(STEP, Action::Down), "J");
    // The plan has its own keys before those of the run.
    assert_eq!(pressed(&keys, PLAN, "s"), Some(Action::Down));
    assert_eq!(pressed(&keys, STEP, "s"), Some(Action::Skip));
}

#[test]
fn an_empty_list_takes_the_key_away() {
    let keys = remapped("keys: { auto: [] }").unwrap();
    assert_eq!(pressed(&keys, STEP, "a"), None);
    assert_eq!(keys.key_of(STEP, Action::Auto), "");
}

#[test]
fn there_is_always_a_way_on_and_a_way_out() {
    let keys = remapped(
        "keys: { next: Space, choices: { tick: T }, output: { page-down: F }, page: { page-down: F }, back: [], leave: Q, form: { next-option: Right } }",
    );
    let keys = keys.unwrap();
    for place in PLACES {
        if *place == TERMINAL {
            continue;
        }
        assert_eq!(
            pressed(&keys, place, "Esc"),
            Some(Action::Back),
            "{place:?}"
        );
        assert_eq!(pressed(&keys, place, "Ctrl-c"), Some(Action::Leave));
    }
    assert_eq!(keys.key_of(STEP, Action::Next), "Space");
    for place in [STEP, HOME, FORM, QUESTION] {
        assert_eq!(pressed(&keys, place, "Enter"), Some(Action::Next));
    }
    assert_eq!(pressed(&keys, TERMINAL, "Ctrl-]"), Some(Action::StopTyping));
    let keys = remapped("keys: { stop-typing: Ctrl-g }").unwrap();
    assert_eq!(keys.key_of(TERMINAL, Action::StopTyping), "Ctrl-g");
}

#[test]
fn what_cannot_be_is_said_with_its_place_and_the_way_out() {
    for (yaml, told) in [
        (
            "keys:\n  nota: x\n",
            "line 2 column 3: keys: there is no action `nota`: is `note` meant?",
        ),
        (
            "keys:\n  outptu: { follow: F }\n",
            "line 2 column 3: keys: there is no place `outptu`: is `output` meant?",
        ),
        (
            "keys:\n  home: { stop: F4 }\n",
            "line 2 column 11: keys: there is no `stop` in `home`: it is in run",
        ),
        (
            "keys:\n  note: PagUp\n",
            "line 2 column 9: keys: `PagUp` is no key: is `PageUp` meant?",
        ),
        (
            "keys:\n  note: [N, Shift-n]\n",
            "line 2 column 13: keys: `Shift-n` is no key: Shift does not go with a letter: write `N`",
        ),
        (
            "keys:\n  note: s\n",
            "line 2 column 9: keys: `s` cannot be `note` in `run`: it is `skip` in `run`: give that another key, or take another one here",
        ),
        (
            "keys:\n  follow: n\n",
            "line 2 column 11: keys: `n` cannot be `follow` in `output`: it is `note` in `run`: give that another key, or take another one here",
        ),
        (
            "keys:\n  note: X\n  skip: X\n",
            "line 3 column 9: keys: `X` cannot be `skip` in `run`: it is `note` in `run`, as line 2 wants it",
        ),
        (
            "keys:\n  note: Enter\n",
            "line 2 column 9: keys: `Enter` is always `next`, so that there is a way on and a way out: `note` cannot have it",
        ),
        (
            "keys:\n  stop-typing: Ctrl-c\n",
            "line 2 column 16: keys: `Ctrl-c` is always `leave`, so that there is a way on and a way out: `stop-typing` cannot have it",
        ),
        (
            "keys:\n  drill: d\n",
            "line 2 column 10: keys: `d` is typed as a letter in `home`: take one with Ctrl or Alt, or a function key",
        ),
        (
            "keys:\n  home: { down: [F4, d] }\n",
            "line 2 column 22: keys: `d` is typed as a letter in `home`: take one with Ctrl or Alt, or a function key",
        ),
        (
            "keys:\n  confirm: []\n",
            "line 2 column 3: keys: `confirm` needs a key: nothing else does the same",
        ),
    ] {
        let errors = remapped(yaml).unwrap_err();
        assert_eq!(errors, [told], "{yaml}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let errors = remapped("keys:\n  nota: x\n  zoom: Hyper-x\n  skip: e\n").unwrap_err();
    let lines: Vec<&str> = errors.iter().map(|error| &error[..6]).collect();
    assert_eq!(lines, ["line 2", "line 3", "line 4"]);
}

/// Whatever is written there: an answer, never a panic.
#[test]
fn hostile_wishes_are_answered() {
    let long = "x".repeat(100_000);
    for text in [
        "",
        " ",
        "\u{202e}n",
        "\u{0}",
        "Ctrl-",
        "Ctrl-Ctrl-x",
        "--",
        &long,
    ] {
        let word = |text: &str| Word {
            text: text.to_owned(),
            line: 1,
            column: 1,
        };
        for wish in [
            KeyWish {
                context: None,
                action: word("note"),
                keys: vec![word(text)],
            },
            KeyWish {
                context: Some(word(text)),
                action: word("note"),
                keys: vec![],
            },
            KeyWish {
                context: None,
                action: word(text),
                keys: vec![word("N")],
            },
        ] {
            if let Err(all) = Keymap::remapped(&[wish]) {
                for wrong in all {
                    let told = wrong.to_string();
                    assert!(told.len() < 600, "{}", told.len());
                    assert!(!told.contains(['\u{0}', '\u{202e}']), "{told:?}");
                }
            }
        }
    }
}
