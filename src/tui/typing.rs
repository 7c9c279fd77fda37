//! What is typed into a field, in the field's own words.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{Input, Key};

/// A key as a field takes it.
pub fn input(event: KeyEvent) -> Input {
    let is_held = |modifier| event.modifiers.contains(modifier);
    Input {
        key: key(event.code),
        ctrl: is_held(KeyModifiers::CONTROL),
        alt: is_held(KeyModifiers::ALT),
        // Terminals have a key of its own for Tab with Shift.
        shift: is_held(KeyModifiers::SHIFT) || event.code == KeyCode::BackTab,
    }
}

fn key(code: KeyCode) -> Key {
    match code {
        KeyCode::Char(letter) => Key::Char(letter),
        KeyCode::F(number) => Key::F(number),
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Enter => Key::Enter,
        KeyCode::Tab | KeyCode::BackTab => Key::Tab,
        KeyCode::Esc => Key::Esc,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        // No field knows them.
        _ => Key::Null,
    }
}

#[cfg(test)]
mod tests {
    use tui_textarea::TextArea;

    use super::*;

    #[test]
    fn a_field_takes_letters_and_its_keys() {
        let mut field = TextArea::default();
        let mut press = |code, modifiers| {
            field.input(input(KeyEvent::new(code, modifiers)));
            field.lines().join("\n")
        };
        let plain = KeyModifiers::NONE;
        assert_eq!(press(KeyCode::Char('a'), plain), "a");
        assert_eq!(press(KeyCode::Char('B'), KeyModifiers::SHIFT), "aB");
        assert_eq!(press(KeyCode::Char('é'), plain), "aBé");
        assert_eq!(press(KeyCode::Home, plain), "aBé");
        assert_eq!(press(KeyCode::Delete, plain), "Bé");
        assert_eq!(press(KeyCode::Right, plain), "Bé");
        assert_eq!(press(KeyCode::Backspace, plain), "é");
        // To the end and back over the word.
        assert_eq!(press(KeyCode::Char('e'), KeyModifiers::CONTROL), "é");
        assert_eq!(press(KeyCode::Char('w'), KeyModifiers::CONTROL), "");
        // What no field knows types nothing.
        assert_eq!(press(KeyCode::Insert, plain), "");
    }

    #[test]
    fn tab_with_shift_is_one_key() {
        let backwards = input(KeyEvent::new(KeyCode::BackTab, KeyModifiers::NONE));
        assert!(backwards.shift && backwards.key == Key::Tab);
    }
}
