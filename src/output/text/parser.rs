//! Tells text from control sequences, with the states of a VT500's parser.
//!
//! Control sequences are recognised to be left out, so the rule is that of a terminal: a sequence
//! ends where a terminal would end it. Only colours, erasing in the line and "to column one" act.

use super::hidden::{Hidden, hidden};
use super::row::Row;
use super::{Style, sgr};

/// A control sequence with more parameter bytes than this is left out unread.
const MAX_PARAMETERS: usize = 256;

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// After ESC.
    Escape,
    /// After ESC and an intermediate byte, as in `ESC ( B`.
    EscapeIntermediate,
    /// After CSI; holds the parameter and intermediate bytes.
    Csi(Vec<u8>),
    /// In an OSC, DCS, SOS, PM or APC string (or screen's title); only an OSC also ends with BEL.
    Text { bell_ends: bool },
}

/// Where in the sequences we are, and the style that the next character has.
#[derive(Debug, Default)]
pub(super) struct Parser {
    state: State,
    style: Style,
}

impl Parser {
    /// Whether printable ASCII would now come out just as it went in.
    pub(super) fn is_plain(&self) -> bool {
        self.state == State::Ground && self.style == Style::default()
    }

    /// Feeds bytes; what is not UTF-8 counts as U+FFFD, once for each broken character.
    pub(super) fn feed_bytes(&mut self, bytes: &[u8], row: &mut Row) {
        for chunk in bytes.utf8_chunks() {
            let mut chars = chunk.valid().chars().peekable();
            while let Some(c) = chars.next() {
                self.feed(c, chars.peek().copied(), row);
            }
            if !chunk.invalid().is_empty() {
                self.feed(char::REPLACEMENT_CHARACTER, None, row);
            }
        }
    }

    fn feed(&mut self, c: char, next: Option<char>, row: &mut Row) {
        // These act in every state: ESC and the C1 controls begin anew, CAN and SUB break off.
        match c {
            '\x1b' => return self.state = State::Escape,
            '\x18' | '\x1a' if self.state != State::Ground => return self.state = State::Ground,
            '\u{80}'..='\u{9f}' => return self.state = c1(c),
            _ => {}
        }
        match &mut self.state {
            State::Ground => self.show(c, next, row),
            State::Text { bell_ends } => {
                if c == '\x07' && *bell_ends {
                    self.state = State::Ground;
                }
            }
            // A control character inside a sequence acts as if it stood before it.
            _ if c.is_control() => {
                if matches!(c, '\r' | '\x08' | '\t') {
                    self.show(c, None, row);
                }
            }
            // No terminal takes these for a part of a sequence: it was broken off.
            _ if !c.is_ascii() => {
                self.state = State::Ground;
                self.show(c, next, row);
            }
            State::Escape => self.state = after_escape(c),
            State::EscapeIntermediate => {
                if !(' '..='/').contains(&c) {
                    self.state = State::Ground;
                }
            }
            State::Csi(parameters) => {
                if ('@'..='~').contains(&c) {
                    let parameters = std::mem::take(parameters);
                    self.state = State::Ground;
                    self.run(c, &parameters, row);
                } else if parameters.len() <= MAX_PARAMETERS {
                    parameters.push(c as u8);
                }
            }
        }
    }

    fn run(&mut self, command: char, parameters: &[u8], row: &mut Row) {
        if parameters.len() > MAX_PARAMETERS {
            return;
        }
        match (command, parameters) {
            // Private marks and intermediate bytes make it another command.
            ('m', _) if parameters.iter().all(|byte| matches!(byte, b'0'..=b';')) => {
                sgr::apply(&mut self.style, parameters);
            }
            ('K', b"" | b"0") => row.erase_right(),
            ('K', b"1") => row.erase_left(),
            ('K', b"2") => row.erase_all(),
            // Package managers draw their progress with "erase line, to column one".
            ('G', b"" | b"0" | b"1") => row.carriage_return(),
            _ => {}
        }
    }

    fn show(&mut self, c: char, next: Option<char>, row: &mut Row) {
        match c {
            '\r' => row.carriage_return(),
            '\x08' => row.backspace(),
            '\t' => row.tab(),
            '\0'..='\x1f' => self.mark(&format!("^{}", char::from(c as u8 + b'@')), row),
            '\x7f' => self.mark("^?", row),
            // Nearly everything that is printed.
            ' '..'\u{AD}' => row.put(c, self.style),
            _ => match hidden(c, row.previous().as_deref(), next) {
                None => row.put(c, self.style),
                Some(Hidden::Joins) => row.join(c),
                Some(Hidden::Refinement) => {}
                Some(Hidden::Deceptive) => self.mark(&format!("<U+{:04X}>", u32::from(c)), row),
            },
        }
    }

    /// Shows a stand-in, reversed so that it differs from the same characters printed as such.
    fn mark(&self, text: &str, row: &mut Row) {
        let style = Style {
            reversed: !self.style.reversed,
            ..self.style
        };
        text.chars().for_each(|c| row.put(c, style));
    }
}

fn after_escape(c: char) -> State {
    match c {
        '[' => State::Csi(Vec::new()),
        ']' => State::Text { bell_ends: true },
        'P' | 'X' | '^' | '_' | 'k' => State::Text { bell_ends: false },
        ' '..='/' => State::EscapeIntermediate,
        // A single-character sequence; `\` ends a string, which ESC has already left.
        _ => State::Ground,
    }
}

fn c1(c: char) -> State {
    match c {
        '\u{9b}' => State::Csi(Vec::new()),
        '\u{9d}' => State::Text { bell_ends: true },
        '\u{90}' | '\u{98}' | '\u{9e}' | '\u{9f}' => State::Text { bell_ends: false },
        _ => State::Ground,
    }
}
