//! What a terminal sends, bytes as they come, as keys, mouse events and pastes.

use std::collections::VecDeque;

use crossterm::event::Event;
use terminput_crossterm::to_crossterm;

const ESC: u8 = 0x1b;
const PASTE: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// A paste is a note or a value; beyond this it is held to be somebody's mistake.
const LONGEST_PASTE: usize = 1 << 20;
/// No key and no click takes more.
const LONGEST_SEQUENCE: usize = 64;

/// What was typed and not yet taken.
#[derive(Debug, Default)]
pub struct Typed {
    events: VecDeque<Event>,
    /// A sequence whose end has not come yet.
    begun: Vec<u8>,
}

impl Typed {
    /// Nothing.
    pub const fn new() -> Self {
        Self {
            events: VecDeque::new(),
            begun: Vec::new(),
        }
    }

    /// The oldest event, taken.
    pub fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Bytes that came together. An escape character at their end is the key, unless they are
    /// cut and more is there.
    pub fn push(&mut self, bytes: &[u8], is_cut: bool) {
        for byte in bytes {
            if *byte == ESC && !self.begun.starts_with(PASTE) {
                self.end_at_escape();
            }
            self.begun.push(*byte);
            if self.begun != [ESC] {
                self.take_event();
            }
        }
        if self.begun == [ESC] && !is_cut {
            self.take_event();
        }
    }

    /// Another one begins. Pressed twice it is two keys, where the parser sees one of another
    /// name; of a sequence that was cut off the rest never comes.
    fn end_at_escape(&mut self) {
        if self.begun == [ESC] {
            self.take_event();
        }
        self.begun.clear();
    }

    /// What has begun is an event, or more is to come, or it is nothing that is known.
    fn take_event(&mut self) {
        let known = terminput::Event::parse_from(&self.begun);
        if let Ok(None) = known {
            let is_paste = self.begun.starts_with(PASTE);
            if is_paste && self.begun.len() > LONGEST_PASTE {
                // Its end is still looked for: what comes before it was not typed.
                self.begun.remove(self.begun.len() - PASTE_END.len());
            }
            if is_paste || self.begun.len() < LONGEST_SEQUENCE {
                return;
            }
        }
        // With its room: that of a paste may be large.
        self.begun = Vec::new();
        let known = known.ok().flatten();
        let event = known.and_then(|event| to_crossterm(event).ok());
        self.events.extend(event.filter(is_somewhere));
    }
}

/// Rows and columns are counted from 1: the place before them is none, whatever the parser
/// makes of it.
fn is_somewhere(event: &Event) -> bool {
    match event {
        Event::Mouse(mouse) => mouse.column != u16::MAX && mouse.row != u16::MAX,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEventKind};
    use proptest::prelude::*;

    use super::*;

    fn typed(pieces: &[&[u8]]) -> Vec<Event> {
        let mut typed = Typed::new();
        for piece in pieces {
            typed.push(piece, false);
        }
        std::iter::from_fn(|| typed.pop()).collect()
    }

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    fn plain(code: KeyCode) -> Event {
        key(code, KeyModifiers::NONE)
    }

    #[test]
    fn keys_are_what_they_are_called() {
        let keys: [(&[u8], Event); 21] = [
            (b"a", plain(KeyCode::Char('a'))),
            (b"A", key(KeyCode::Char('A'), KeyModifiers::SHIFT)),
            (b"?", plain(KeyCode::Char('?'))),
            ("é".as_bytes(), plain(KeyCode::Char('é'))),
            ("日".as_bytes(), plain(KeyCode::Char('日'))),
            (b"\r", plain(KeyCode::Enter)),
            (b"\t", plain(KeyCode::Tab)),
            (b"\x1b[Z", key(KeyCode::BackTab, KeyModifiers::SHIFT)),
            (b"\x7f", plain(KeyCode::Backspace)),
            (b"\x1b[3~", plain(KeyCode::Delete)),
            (b"\x01", key(KeyCode::Char('a'), KeyModifiers::CONTROL)),
            (b"\x1c", key(KeyCode::Char('4'), KeyModifiers::CONTROL)),
            (b"\n", key(KeyCode::Char('j'), KeyModifiers::CONTROL)),
            (b"\x1b", plain(KeyCode::Esc)),
            (b"\x1bx", key(KeyCode::Char('x'), KeyModifiers::ALT)),
            (b"\x1b[A", plain(KeyCode::Up)),
            (b"\x1bOA", plain(KeyCode::Up)),
            (b"\x1b[1;5C", key(KeyCode::Right, KeyModifiers::CONTROL)),
            (b"\x1b[6~", plain(KeyCode::PageDown)),
            (b"\x1bOP", plain(KeyCode::F(1))),
            (b"\x1b[I", Event::FocusGained),
        ];
        for (bytes, event) in keys {
            assert_eq!(typed(&[bytes]), [event], "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn escape_pressed_twice_is_two_keys() {
        let escape = || plain(KeyCode::Esc);
        assert_eq!(typed(&[b"\x1b\x1b"]), [escape(), escape()]);
        let and_up = [escape(), plain(KeyCode::Up)];
        assert_eq!(typed(&[b"\x1b\x1b[A"]), and_up);
        assert_eq!(typed(&[b"\x1b", b"\x1b[A"]), and_up);
    }

    /// What comes in pieces that nobody has chosen.
    #[test]
    fn a_sequence_may_be_cut_anywhere_behind_its_escape_character() {
        for whole in [
            "\x1b[1;5C",
            "\x1b[<64;10;20M",
            "日",
            "\x1b[200~p\x1b[A\x1b[201~",
        ] {
            let bytes = whole.as_bytes();
            let at_once = typed(&[bytes]);
            assert_eq!(at_once.len(), 1, "{at_once:?}");
            for cut in 2..bytes.len() {
                let (left, right) = bytes.split_at(cut);
                assert_eq!(typed(&[left, right]), at_once, "{}", whole.escape_debug());
            }
        }
    }

    #[test]
    fn what_is_no_key_takes_none_with_it() {
        let key = plain(KeyCode::Char('k'));
        assert_eq!(
            typed(&[b"\x1b[?1u", b"\x1b[>x", b"\xff", b"k"]).last(),
            Some(&key)
        );
        assert_eq!(typed(&[b"\x1b[", b"\x1b"]), [plain(KeyCode::Esc)]);
        assert_eq!(typed(&[b"\x1b[<35;80", b"\x1b[A"]), [plain(KeyCode::Up)]);
        let endless = [b"\x1b[<".as_slice(), &[b'1'; LONGEST_SEQUENCE]].concat();
        assert_eq!(typed(&[&endless, b"k"]).last(), Some(&key));
    }

    /// Reports of a mouse that come faster than frames: the room for what is read ends
    /// anywhere, also behind an escape character.
    #[test]
    fn a_sequence_may_be_cut_behind_its_escape_character_where_more_is_there() {
        let mut typed = Typed::new();
        typed.push(b"\x1b[<35;80;4M\x1b", true);
        typed.push(b"[<35;81;4M", false);
        let moved = std::iter::from_fn(|| typed.pop());
        let columns = moved.map(|event| match event {
            Event::Mouse(mouse) => mouse.column,
            other => panic!("{other:?}"),
        });
        assert_eq!(columns.collect::<Vec<_>>(), [79, 80]);
    }

    #[test]
    fn a_mouse_that_is_nowhere_is_none() {
        for nowhere in [
            "\x1b[<0;0;1M",
            "\x1b[<0;1;0M",
            "\x1b[32;0;1M",
            "\x1b[32;1;0M",
        ] {
            assert_eq!(typed(&[nowhere.as_bytes()]), [], "{nowhere:?}");
        }
    }

    #[test]
    fn a_wheel_turns() {
        let turned = typed(&[b"\x1b[<65;3;4M"]);
        let [Event::Mouse(mouse)] = turned[..] else {
            panic!("{turned:?}");
        };
        assert_eq!(mouse.kind, MouseEventKind::ScrollDown);
        assert_eq!((mouse.column, mouse.row), (2, 3));
    }

    #[test]
    fn a_paste_is_none_of_its_keys_however_long() {
        let text = "y\r".repeat(LONGEST_PASTE);
        let pasted = format!("\x1b[200~{text}\x1b[201~k");
        let events = typed(&[pasted.as_bytes()]);
        let [Event::Paste(kept), last] = &events[..] else {
            panic!("{} events", events.len());
        };
        assert!(text.starts_with(kept), "it is cut at its end");
        assert!(kept.len() > LONGEST_PASTE - 100, "{}", kept.len());
        assert_eq!(*last, plain(KeyCode::Char('k')));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(pieces in prop::collection::vec(
            prop::collection::vec(prop_oneof![
                any::<u8>(),
                prop::sample::select(b"\x1b[O<?;:0123456789MmuR~".as_slice()),
            ], 0..40),
            0..8,
        ), is_cut: bool) {
            let mut all = Typed::new();
            for piece in &pieces {
                all.push(piece, is_cut);
            }
            prop_assert!(all.begun.len() < LONGEST_SEQUENCE || all.begun.starts_with(PASTE));
        }
    }
}
