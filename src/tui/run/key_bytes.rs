//! What a key sends to a program in a terminal: the sequences of xterm.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The bytes of a key; none for a key that sends nothing. `application` is what
/// the program asked for: arrows that no cursor could have sent.
pub fn key_bytes(key: KeyEvent, application: bool) -> Vec<u8> {
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let plain = match key.code {
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => vec![control(c)],
        KeyCode::Char(c) => c.to_string().into_bytes(),
        KeyCode::Enter => vec![b'\r'],
        KeyCode::Tab => vec![b'\t'],
        KeyCode::Esc => vec![0x1b],
        KeyCode::Backspace if key.modifiers.contains(KeyModifiers::CONTROL) => vec![0x08],
        KeyCode::Backspace => vec![0x7f],
        KeyCode::BackTab => return b"\x1b[Z".to_vec(),
        code => return special(code, modifiers(key.modifiers), application),
    };
    if alt {
        [vec![0x1b], plain].concat()
    } else {
        plain
    }
}

/// What pasting sends. Whatever could end the marks, or act as a key, is taken out.
pub fn paste_bytes(text: &str, marked: bool) -> Vec<u8> {
    let text = text.replace("\r\n", "\r").replace('\n', "\r");
    let text: String = text
        .chars()
        .filter(|c| matches!(c, '\r' | '\t') || !c.is_control())
        .collect();
    if marked {
        format!("\x1b[200~{text}\x1b[201~").into_bytes()
    } else {
        text.into_bytes()
    }
}

fn control(c: char) -> u8 {
    match c.to_ascii_uppercase() {
        upper @ '@'..='_' => upper as u8 & 0x1f,
        ' ' | '2' => 0,
        digit @ '3'..='7' => digit as u8 - b'3' + 0x1b,
        '8' | '?' => 0x7f,
        '/' => 0x1f,
        // No such control character: the key alone.
        other => u8::try_from(other).unwrap_or(b'?'),
    }
}

/// As xterm counts them: 1 for none.
fn modifiers(modifiers: KeyModifiers) -> u8 {
    let bit = |modifier, bit| if modifiers.contains(modifier) { bit } else { 0 };
    1 + bit(KeyModifiers::SHIFT, 1) + bit(KeyModifiers::ALT, 2) + bit(KeyModifiers::CONTROL, 4)
}

fn special(code: KeyCode, modifiers: u8, application: bool) -> Vec<u8> {
    let letter = |letter: char, lead: char| match modifiers {
        1 => format!("\x1b{lead}{letter}"),
        _ => format!("\x1b[1;{modifiers}{letter}"),
    };
    let number = |number: u8| match modifiers {
        1 => format!("\x1b[{number}~"),
        _ => format!("\x1b[{number};{modifiers}~"),
    };
    let cursor = if application { 'O' } else { '[' };
    let text = match code {
        KeyCode::Up => letter('A', cursor),
        KeyCode::Down => letter('B', cursor),
        KeyCode::Right => letter('C', cursor),
        KeyCode::Left => letter('D', cursor),
        KeyCode::Home => letter('H', cursor),
        KeyCode::End => letter('F', cursor),
        KeyCode::Insert => number(2),
        KeyCode::Delete => number(3),
        KeyCode::PageUp => number(5),
        KeyCode::PageDown => number(6),
        KeyCode::F(n @ 1..=4) => letter(char::from(b'P' + n - 1), 'O'),
        KeyCode::F(5) => number(15),
        KeyCode::F(n @ 6..=10) => number(n + 11),
        KeyCode::F(n @ 11..=12) => number(n + 12),
        _ => String::new(),
    };
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(code: KeyCode, modifiers: KeyModifiers) -> String {
        String::from_utf8(key_bytes(KeyEvent::new(code, modifiers), false)).unwrap()
    }

    const NONE: KeyModifiers = KeyModifiers::NONE;
    const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
    const ALT: KeyModifiers = KeyModifiers::ALT;

    #[test]
    fn letters_are_letters() {
        assert_eq!(sent(KeyCode::Char('é'), NONE), "é");
        assert_eq!(sent(KeyCode::Char('Q'), KeyModifiers::SHIFT), "Q");
        assert_eq!(sent(KeyCode::Char('b'), ALT), "\x1bb");
        assert_eq!(sent(KeyCode::Enter, NONE), "\r");
        assert_eq!(sent(KeyCode::Backspace, NONE), "\x7f");
        assert_eq!(sent(KeyCode::Backspace, ALT), "\x1b\x7f");
        assert_eq!(sent(KeyCode::BackTab, KeyModifiers::SHIFT), "\x1b[Z");
    }

    #[test]
    fn control_characters_are_what_terminals_send() {
        for (key, byte) in [
            ('c', 3),
            ('C', 3),
            ('z', 26),
            ('j', 10),
            (' ', 0),
            ('\\', 28),
            ('4', 28),
            ('7', 31),
            ('_', 31),
            ('/', 31),
            ('?', 127),
        ] {
            assert_eq!(
                sent(KeyCode::Char(key), CONTROL).as_bytes(),
                [byte],
                "{key}"
            );
        }
        assert_eq!(sent(KeyCode::Char('c'), CONTROL | ALT), "\x1b\x03");
    }

    #[test]
    fn keys_without_letters_have_sequences() {
        assert_eq!(sent(KeyCode::Up, NONE), "\x1b[A");
        assert_eq!(sent(KeyCode::Left, CONTROL), "\x1b[1;5D");
        assert_eq!(sent(KeyCode::End, KeyModifiers::SHIFT), "\x1b[1;2F");
        assert_eq!(sent(KeyCode::Delete, NONE), "\x1b[3~");
        assert_eq!(sent(KeyCode::PageUp, ALT), "\x1b[5;3~");
        assert_eq!(sent(KeyCode::F(1), NONE), "\x1bOP");
        assert_eq!(sent(KeyCode::F(4), CONTROL), "\x1b[1;5S");
        let f = [5, 6, 10, 11, 12].map(|n| sent(KeyCode::F(n), NONE));
        assert_eq!(
            f,
            ["\x1b[15~", "\x1b[17~", "\x1b[21~", "\x1b[23~", "\x1b[24~"]
        );
        assert_eq!(sent(KeyCode::F(35), NONE), "");
        let arrow = KeyEvent::new(KeyCode::Down, NONE);
        assert_eq!(key_bytes(arrow, true), b"\x1bOB");
    }

    #[test]
    fn a_paste_cannot_press_keys() {
        let text = "one\r\ntwo\n\x1b[201~rm\x03\ttab é";
        assert_eq!(
            String::from_utf8(paste_bytes(text, true)).unwrap(),
            "\x1b[200~one\rtwo\r[201~rm\ttab é\x1b[201~"
        );
        assert_eq!(paste_bytes("a\n", false), b"a\r");
    }
}
