//! A key as people write it.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers, as terminals tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// The keys that have names.
const NAMED: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Space", KeyCode::Char(' ')),
    ("Backspace", KeyCode::Backspace),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Insert", KeyCode::Insert),
    ("Delete", KeyCode::Delete),
];

const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;

impl Key {
    /// The key that was pressed.
    pub fn of(event: KeyEvent) -> Self {
        let mut modifiers = event.modifiers & (CONTROL | ALT | SHIFT);
        let code = match event.code {
            KeyCode::BackTab => {
                modifiers |= SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char(c) => {
                // The letter itself says whether it is a capital.
                modifiers -= SHIFT;
                KeyCode::Char(if modifiers.contains(CONTROL) {
                    control(c)
                } else {
                    c
                })
            }
            code => code,
        };
        Self { code, modifiers }
    }

    /// As a terminal would tell it.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// The same key without Shift, if that is what is held.
    pub fn unshifted(self) -> Option<Self> {
        self.modifiers.contains(SHIFT).then_some(Self {
            modifiers: self.modifiers - SHIFT,
            ..self
        })
    }

    /// Reads a key as people write it: `n`, `G`, `Ctrl-p`, `Alt-Enter`, `F5`.
    ///
    /// # Errors
    /// Why it is none, in words that follow its name.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        while let Some((word, after)) = rest.split_once(['-', '+']) {
            // The dash and the plus are keys too.
            if word.is_empty() || after.is_empty() {
                break;
            }
            modifiers |= match word.to_ascii_lowercase().as_str() {
                "ctrl" | "control" | "c" => CONTROL,
                "alt" | "meta" | "m" | "a" => ALT,
                "shift" | "s" => SHIFT,
                _ => return Err(unknown(text)),
            };
            rest = after;
        }
        let named = NAMED
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(rest));
        let mut letters = rest.chars();
        let code = match (named, letters.next(), letters.next()) {
            (Some((_, code)), ..) => *code,
            (None, Some(c), None) if !c.is_control() && !c.is_whitespace() => KeyCode::Char(c),
            _ => function(rest).ok_or_else(|| unknown(text))?,
        };
        if let KeyCode::Char(c) = code {
            if modifiers.contains(SHIFT) {
                let capital: String = c.to_uppercase().collect();
                return Err(format!(
                    "Shift does not go with a letter: write `{capital}`"
                ));
            }
            if modifiers.contains(CONTROL) {
                for (letter, same) in [('i', "Tab"), ('m', "Enter"), ('[', "Esc")] {
                    if c.to_ascii_lowercase() == letter {
                        return Err(format!("terminals send {same} for it"));
                    }
                }
            }
        }
        Ok(Self::of(KeyEvent::new(code, modifiers)))
    }

    /// Whether it writes a letter where letters are typed.
    pub fn is_letter(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && !self.modifiers.intersects(CONTROL | ALT)
    }
}

fn unknown(text: &str) -> String {
    let names = NAMED.iter().map(|(name, _)| *name);
    let last = text.rsplit(['-', '+']).next().unwrap_or(text);
    let near = crate::template::similar::closest(last, names);
    near.map_or_else(
        || {
            "keys are written as `n`, `G`, `Ctrl-p`, `Alt-Enter`, `F5`, `PageUp`, `Space`"
                .to_owned()
        },
        |near| format!("is `{near}` meant?"),
    )
}

fn function(text: &str) -> Option<KeyCode> {
    let number: u8 = text.strip_prefix(['F', 'f'])?.parse().ok()?;
    (1..=12).contains(&number).then_some(KeyCode::F(number))
}

/// Terminals tell no capitals under Ctrl, and send the same byte for some signs as for
/// some digits.
fn control(c: char) -> char {
    match c {
        '4' => '\\',
        '5' => ']',
        '6' => '^',
        '7' => '_',
        c => c.to_ascii_lowercase(),
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, word) in [(CONTROL, "Ctrl-"), (ALT, "Alt-"), (SHIFT, "Shift-")] {
            if self.modifiers.contains(modifier) {
                f.write_str(word)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> String {
        Key::of(KeyEvent::new(code, modifiers)).to_string()
    }

    #[test]
    fn keys_are_told_as_people_write_them() {
        assert_eq!(pressed(KeyCode::Char('G'), SHIFT), "G");
        assert_eq!(pressed(KeyCode::Char('P'), CONTROL | SHIFT), "Ctrl-p");
        assert_eq!(pressed(KeyCode::BackTab, KeyModifiers::NONE), "Shift-Tab");
        assert_eq!(pressed(KeyCode::Char(' '), KeyModifiers::NONE), "Space");
        assert_eq!(pressed(KeyCode::Char('5'), CONTROL), "Ctrl-]");
        assert_eq!(pressed(KeyCode::Enter, ALT), "Alt-Enter");
        assert_eq!(pressed(KeyCode::F(12), CONTROL | ALT), "Ctrl-Alt-F12");
    }

    #[test]
    fn what_is_told_is_read() {
        for (written, told) in [
            ("n", "n"),
            ("G", "G"),
            ("-", "-"),
            ("+", "+"),
            ("ctrl-P", "Ctrl-p"),
            ("C-x", "Ctrl-x"),
            ("Ctrl--", "Ctrl--"),
            ("alt+enter", "Alt-Enter"),
            ("shift-tab", "Shift-Tab"),
            ("Ctrl-5", "Ctrl-]"),
            ("f5", "F5"),
            ("space", "Space"),
            ("é", "é"),
        ] {
            let key = Key::read(written).unwrap_or_else(|why| panic!("{written}: {why}"));
            assert_eq!(key.to_string(), told, "{written}");
            assert_eq!(Key::read(told), Ok(key), "{told}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_with_the_way_out() {
        for (written, why) in [
            ("PagUp", "is `PageUp` meant?"),
            ("Ctrl-Spce", "is `Space` meant?"),
            ("Hyper-x", "keys are written as"),
            ("F13", "keys are written as"),
            ("", "keys are written as"),
            ("nn", "keys are written as"),
            ("\u{1b}", "keys are written as"),
            ("Shift-n", "write `N`"),
            ("Ctrl-i", "send Tab"),
            ("Ctrl-M", "send Enter"),
            ("Ctrl-[", "send Esc"),
        ] {
            let told = Key::read(written).unwrap_err();
            assert!(told.contains(why), "{written}: {told}");
        }
    }
}
