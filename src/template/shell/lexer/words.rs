//! Words, operators and the constructs that they begin and end.

use super::super::Shell;
use super::super::state::{Body, Bracket, Frame, Mode, Place, Word, Words, is_assignment, is_name};
use super::{Lexer, Pending};

impl Lexer {
    pub(super) fn word_character(&mut self, c: char) {
        match c {
            '\\' => self.pending = Pending::Backslash,
            '\'' => {
                self.mixed();
                self.push(Frame::Single);
            }
            '"' => {
                self.mixed();
                self.push(Frame::Double { localised: false });
            }
            '`' => {
                self.mixed();
                self.push(Frame::Backquote);
            }
            '$' => {
                self.mixed();
                self.pending = Pending::Dollar;
            }
            '#' => match self.words().map(|words| (&words.word, words.mode)) {
                Some((Word::Empty, Mode::Test)) => self.lose("after `#` inside `[[ … ]]`"),
                Some((Word::Empty, _)) => self.push(Frame::Comment),
                Some((Word::Unknown { .. }, _)) => self.lose("after `#` that may begin a comment"),
                _ => self.letter(c),
            },
            ' ' | '\t' => self.end_word(),
            '\n' => {
                self.end_word();
                self.newline();
            }
            ';' | '&' | '|' | '<' | '>' => {
                self.end_word();
                self.operator(c);
            }
            '(' => self.open(),
            ')' => {
                self.end_word();
                self.close();
            }
            _ => self.letter(c),
        }
    }

    pub(super) fn letter(&mut self, c: char) {
        if let Some(words) = self.words() {
            words.push(c);
        }
    }

    pub(super) fn command_begins(&mut self) {
        if let Some(words) = self.words() {
            words.word = Word::Empty;
            words.place = Place::Command;
        }
    }

    /// Ends the word being read; keywords change what comes next.
    pub(super) fn end_word(&mut self) {
        let shell = self.shell;
        let Some(words) = self.words() else { return };
        let word = std::mem::replace(&mut words.word, Word::Empty);
        let bracket = std::mem::replace(&mut words.bracket, Bracket::None);
        if matches!(bracket, Bracket::Subscript(_)) {
            return self.lose("after a subscript with blanks or operators in it");
        }
        if word.may_be_keyword() {
            return self.lose("after a word that may be `case`, `esac` or `[[` on some branch");
        }
        let depends = matches!(word, Word::Unknown { .. });
        let place = words.place;
        let literal = match &word {
            Word::Empty => return,
            Word::Literal(text) => text.as_str(),
            Word::Mixed | Word::Unknown { .. } => "",
        };
        match words.mode {
            Mode::Subject { met: false } => words.mode = Mode::Subject { met: true },
            Mode::Subject { met: true } if literal == "in" => {
                *words = Words::new(Mode::Pattern { begun: false });
            }
            Mode::Subject { .. } => self.lose("after a `case` that cannot be followed"),
            Mode::Pattern { begun: false } if literal == "esac" => self.end_construct(),
            Mode::Pattern { .. } if depends => {
                self.lose("after a pattern of `case` that depends on a branch");
            }
            Mode::Pattern { .. } => words.mode = Mode::Pattern { begun: true },
            Mode::Test if literal == "]]" => self.end_construct(),
            Mode::Test if depends => {
                self.lose("after a `[[` whose end depends on a branch");
            }
            Mode::Test | Mode::Array => {}
            mode => {
                words.place = Place::Argument;
                match (literal, place) {
                    ("case", Place::Command) => {
                        self.push(Frame::Words(Words::new(Mode::Subject { met: false })));
                    }
                    ("esac", Place::Command) if mode == Mode::Case => self.end_construct(),
                    ("[[", Place::Command) if shell == Shell::Bash => {
                        self.push(Frame::Words(Words::new(Mode::Test)));
                    }
                    ("case" | "esac" | "[[", _) => self.lose(
                        "after an unquoted `case`, `esac` or `[[` that may or may not be a keyword",
                    ),
                    ("for", Place::Command) => words.place = Place::For,
                    (
                        "if" | "then" | "else" | "elif" | "while" | "until" | "do" | "!" | "{",
                        Place::Command,
                    ) => words.place = Place::Command,
                    _ => {}
                }
            }
        }
    }

    /// Leaves `case … esac`, `[[ … ]]` or `((…))`.
    pub(super) fn end_construct(&mut self) {
        self.pop();
        if let Some(words) = self.words() {
            words.word = Word::Empty;
            words.place = Place::Argument;
        }
    }

    pub(super) fn newline(&mut self) {
        if !self.heredocs.is_empty() {
            let commands = self.words().is_some_and(|words| words.mode.commands());
            if !commands || self.heredoc_depth != self.frames.len() {
                return self.lose("after a here-document that begins within other brackets");
            }
            let documents = std::mem::take(&mut self.heredocs);
            self.command_begins();
            return self.push(Frame::Body(Body {
                documents,
                ..Body::default()
            }));
        }
        if self.words().is_some_and(|words| words.mode.commands()) {
            self.command_begins();
        }
    }

    pub(super) fn operator(&mut self, c: char) {
        let Some(words) = self.words() else { return };
        match (words.mode, c) {
            // `&` before a pattern is the last sign of bash's `;;&`.
            (Mode::Test, '&' | '|' | '<' | '>')
            | (Mode::Pattern { .. }, '|')
            | (Mode::Pattern { begun: false }, '&') => {}
            (mode, _) if !mode.commands() => {
                self.lose("after an operator inside of an array, a pattern or a test");
            }
            (_, '<' | '>') => {
                words.place = Place::Argument;
                self.pending = if c == '<' {
                    Pending::Less
                } else {
                    Pending::Greater
                };
            }
            (Mode::Case, ';') => self.pending = Pending::Semicolon,
            _ => words.place = Place::Command,
        }
    }

    pub(super) fn open(&mut self) {
        let bash = self.shell == Shell::Bash;
        let Some(words) = self.words() else { return };
        match (words.mode, &words.word) {
            (Mode::Test, _) => words.push('('),
            (Mode::Pattern { begun: false }, Word::Empty) => {
                words.mode = Mode::Pattern { begun: true };
            }
            (mode, Word::Empty) if mode.commands() => self.pending = Pending::Parenthesis,
            (mode, Word::Literal(text)) if mode.commands() && bash && is_assignment(text) => {
                words.mixed();
                self.push(Frame::Words(Words::new(Mode::Array)));
            }
            (mode, Word::Literal(text))
                if mode.commands() && is_name(&text.replace(['-', '.', ':'], "_")) =>
            {
                self.pending = Pending::Function;
            }
            _ => self.lose("after a `(` that is glued to a word"),
        }
    }

    pub(super) fn close(&mut self) {
        let Some(words) = self.words() else { return };
        match words.mode {
            Mode::Test => {}
            Mode::Pattern { .. } => *words = Words::new(Mode::Case),
            Mode::Substitution | Mode::Subshell | Mode::Array => {
                let word = words.mode != Mode::Subshell;
                if !self.heredocs.is_empty() {
                    return self.lose("after a here-document that begins within other brackets");
                }
                self.pop();
                if word {
                    self.mixed();
                } else if let Some(words) = self.words() {
                    words.word = Word::Empty;
                    words.place = Place::Argument;
                }
            }
            _ => self.lose("after a `)` that closes nothing"),
        }
    }
}
