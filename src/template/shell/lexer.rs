//! The machine that follows a shell script's quoting, character by character.
//!
//! It need not understand the script, only be right about quotes. Where bash
//! and dash differ, or where being right takes a real parser, it gets *lost*
//! and stays so. A script that the shell refuses as a syntax error may be
//! misread: the shell runs nothing of it from there on.

mod expansion;
mod heredoc;
mod words;

use super::state::{Frame, Heredoc, Mode, Place, Reason, Word, Words, context, reason};
use super::{Context, Shell};

/// Frames deeper than this are no script that anyone wrote.
const DEEPEST: usize = 64;
const MOST_HEREDOCS: usize = 16;

/// What the last characters leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    None,
    Backslash,
    Dollar,
    /// Within `$name`: letters would lengthen it.
    DollarName,
    /// `$name\`: before a line break, the name goes on after it.
    DollarNameBackslash,
    /// `$(`, which may become `$((`.
    DollarParenthesis,
    /// `(`, which may become `((`.
    Parenthesis,
    /// `name(`, which must become `name()`.
    Function,
    /// `)` that must be followed by another to end `((`.
    ArithmeticEnd,
    Less,
    LessLess,
    Greater,
    /// `;` within a case, which may become `;;`.
    Semicolon,
}

/// The machine. Cloned at every branch of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lexer {
    shell: Shell,
    frames: Vec<Frame>,
    pending: Pending,
    /// Announced here-documents, and the number of frames around them.
    heredocs: Vec<Heredoc>,
    heredoc_depth: usize,
    lost: Option<Reason>,
    /// Whether it was said already that the machine is lost.
    told: bool,
}

impl Lexer {
    pub fn new(shell: Shell) -> Self {
        Self {
            shell,
            frames: vec![Frame::Words(Words::new(Mode::Script))],
            pending: Pending::None,
            heredocs: Vec::new(),
            heredoc_depth: 0,
            lost: None,
            told: false,
        }
    }

    /// Follows text of the script.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            if self.lost.is_some() {
                return;
            }
            self.step(c);
        }
    }

    /// Whether every quote, bracket and here-document is closed for sure.
    pub fn is_whole(&self) -> bool {
        let pending = matches!(self.pending, Pending::None | Pending::DollarName);
        self.lost.is_none() && self.frames.len() == 1 && pending && self.heredocs.is_empty()
    }

    /// The quoting of a value that stands here, or why none can: `Err(None)`
    /// if that was said before.
    pub fn value(&mut self) -> Result<Context, Option<Reason>> {
        if self.lost.is_none() {
            let refused = self.settle();
            if self.lost.is_none() {
                if let Some(refused) = refused {
                    return Err(Some(refused));
                }
                let glued = self.pending == Pending::DollarName;
                self.pending = Pending::None;
                let found = context(&self.frames, glued);
                match self.frames.last_mut() {
                    Some(Frame::Words(words)) => words.mixed(),
                    Some(Frame::Body(body)) => body.line.other = true,
                    Some(Frame::Delimiter(..)) => {
                        self.lose("after a here-document with a value in its delimiter");
                        self.told = true;
                    }
                    _ => {}
                }
                return found.map_err(Some);
            }
        }
        if self.told {
            return Err(None);
        }
        self.told = true;
        Err(self.lost)
    }

    /// Makes ready for a loop, whose end leads back here: what may differ the
    /// second time is forgotten, so that one reading of the body is enough.
    pub fn begin_loop(&mut self) {
        for frame in &mut self.frames {
            if let Frame::Words(words) = frame {
                words.word.forget();
                words.place = Place::Argument;
            }
        }
        let double = matches!(self.frames.last(), Some(Frame::Double { .. }));
        if double && self.pending == Pending::None {
            self.pending = Pending::DollarName;
        }
    }

    /// Whether the end of a loop leads back to `self`, its beginning, with
    /// nothing in a different state.
    pub fn leads_back(&self, end: &Self) -> bool {
        let words_agree = self.frames.iter().zip(&end.frames).all(|pair| match pair {
            (Frame::Words(begin), Frame::Words(end)) => {
                begin.bracket == end.bracket
                    && (begin.word.may_begin_keyword() || !end.word.may_begin_keyword())
            }
            _ => true,
        });
        self.lost.is_some() || (end.lost.is_none() && words_agree)
    }

    /// What is certain after either of two branches, and whether they agree.
    pub fn join(mut self, other: Self) -> (Self, bool) {
        if self.lost.is_some() || other.lost.is_some() {
            let told = self.told || other.told;
            let mut lost = if self.lost.is_some() { self } else { other };
            lost.told = told;
            return (lost, true);
        }
        let names = [Pending::None, Pending::DollarName];
        let mut agree = self.frames.len() == other.frames.len()
            && self.heredocs == other.heredocs
            && self.heredoc_depth == other.heredoc_depth;
        if self.pending != other.pending {
            agree &= names.contains(&self.pending) && names.contains(&other.pending);
            self.pending = Pending::DollarName;
        }
        for (one, two) in self.frames.iter_mut().zip(&other.frames) {
            match (one, two) {
                (Frame::Words(one), Frame::Words(two)) if one.mode == two.mode => one.join(two),
                (one, two) => agree &= one == two,
            }
        }
        if !agree {
            self.lose("here");
            self.told = true;
        }
        (self, agree)
    }

    fn lose(&mut self, place: &'static str) {
        if self.lost.is_none() {
            self.lost = Some(reason(place));
        }
    }

    fn push(&mut self, frame: Frame) {
        if self.frames.len() >= DEEPEST {
            self.lose("after quotes or brackets nested this deep");
        } else {
            self.frames.push(frame);
        }
    }

    fn words(&mut self) -> Option<&mut Words> {
        match self.frames.last_mut() {
            Some(Frame::Words(words)) => Some(words),
            _ => None,
        }
    }

    fn mixed(&mut self) {
        if let Some(words) = self.words() {
            words.mixed();
        }
    }

    /// Decides what is pending when no further character comes before a value.
    fn settle(&mut self) -> Option<Reason> {
        let pending = std::mem::replace(&mut self.pending, Pending::None);
        match pending {
            Pending::None | Pending::Less | Pending::Greater => None,
            Pending::DollarName => {
                self.pending = Pending::DollarName;
                None
            }
            Pending::Backslash | Pending::DollarNameBackslash => {
                Some(reason("directly after a backslash"))
            }
            Pending::Dollar => Some(reason("directly after `$`")),
            Pending::DollarParenthesis => {
                self.push(Frame::Words(Words::new(Mode::Substitution)));
                None
            }
            Pending::Parenthesis => {
                self.push(Frame::Words(Words::new(Mode::Subshell)));
                None
            }
            Pending::Semicolon => {
                self.command_begins();
                None
            }
            Pending::Function | Pending::ArithmeticEnd => {
                self.lose("after an open `(` that cannot be followed");
                None
            }
            Pending::LessLess => {
                self.lose("in or after the delimiter of a here-document");
                None
            }
        }
    }

    fn step(&mut self, c: char) {
        let pending = std::mem::replace(&mut self.pending, Pending::None);
        // A backslash may join lines in the middle of an operator.
        let operator = !matches!(
            pending,
            Pending::None | Pending::Backslash | Pending::DollarName | Pending::DollarNameBackslash
        );
        if operator && c == '\\' {
            return self.lose("after an operator followed by a backslash");
        }
        // Where a here-document begins is only sure after a plain line's end.
        let line = matches!(
            self.frames.last(),
            Some(Frame::Words(_) | Frame::Single | Frame::Double { .. } | Frame::Delimiter(..))
        );
        if c == '\n' && !line && !self.heredocs.is_empty() {
            return self.lose("after a here-document that begins within other brackets");
        }
        match pending {
            Pending::Dollar => self.after_dollar(c),
            Pending::DollarName if c == '_' || c.is_ascii_alphanumeric() => {
                self.pending = Pending::DollarName;
            }
            Pending::DollarName if c == '\\' => self.pending = Pending::DollarNameBackslash,
            Pending::None | Pending::DollarName => self.plain(c),
            Pending::DollarNameBackslash if c == '\n' => {
                self.lose("after a variable that goes on after a backslash and a line break");
            }
            Pending::Backslash | Pending::DollarNameBackslash => self.escaped(c),
            Pending::DollarParenthesis if c == '(' => {
                self.push(Frame::Arithmetic {
                    depth: 2,
                    expands: true,
                });
            }
            Pending::DollarParenthesis => {
                self.push(Frame::Words(Words::new(Mode::Substitution)));
                self.plain(c);
            }
            Pending::Parenthesis if c == '(' => match self.words().map(|words| words.place) {
                Some(Place::Command | Place::For) => {
                    self.push(Frame::Arithmetic {
                        depth: 2,
                        expands: false,
                    });
                }
                _ => self.lose("after `((` in the middle of a command"),
            },
            Pending::Parenthesis => {
                self.push(Frame::Words(Words::new(Mode::Subshell)));
                self.plain(c);
            }
            Pending::Function => match c {
                ' ' | '\t' => self.pending = Pending::Function,
                ')' => self.command_begins(),
                _ => self.lose("after a `(` that is glued to a word"),
            },
            Pending::ArithmeticEnd => self.end_arithmetic(c),
            Pending::Less => match c {
                '<' => self.pending = Pending::LessLess,
                '(' => self.process_substitution(),
                '&' | '>' => {}
                _ => self.plain(c),
            },
            Pending::Greater => match c {
                '(' => self.process_substitution(),
                '&' | '>' | '|' => {}
                _ => self.plain(c),
            },
            Pending::LessLess => self.after_less_less(c),
            Pending::Semicolon => match c {
                ';' | '&' => {
                    if let Some(words) = self.words() {
                        *words = Words::new(Mode::Pattern { begun: false });
                    }
                }
                _ => {
                    self.command_begins();
                    self.plain(c);
                }
            },
        }
    }

    /// A character with nothing pending.
    fn plain(&mut self, c: char) {
        match self.frames.last_mut() {
            Some(Frame::Words(_)) => self.word_character(c),
            Some(Frame::Double { .. }) => match c {
                '"' => self.pop(),
                '\\' => self.pending = Pending::Backslash,
                '`' => self.push(Frame::Backquote),
                '$' => self.pending = Pending::Dollar,
                _ => {}
            },
            Some(Frame::Single) if c == '\'' => self.pop(),
            Some(Frame::Ansi) => match c {
                '\'' => self.pop(),
                '\\' if self.shell == Shell::Bash => self.pending = Pending::Backslash,
                '\\' => self.lose("after `$'…'` with a backslash, which sh may not know"),
                _ => {}
            },
            Some(Frame::Comment) if c == '\n' => {
                self.pop();
                self.word_character(c);
            }
            Some(Frame::Single | Frame::Comment) => {}
            Some(Frame::Backquote) => match c {
                '`' => self.pop(),
                '\\' => self.pending = Pending::Backslash,
                _ => {}
            },
            Some(Frame::Parameter { .. }) => self.parameter(c),
            Some(Frame::Quoted(quote)) => {
                if c == *quote {
                    self.pop();
                } else if matches!(c, '\\' | '$' | '`' | '{' | '}' | '\'' | '"' | '\n') {
                    self.lose("after quotes inside `${…}` that shells read differently");
                }
            }
            Some(Frame::Arithmetic { .. }) => self.arithmetic(c),
            Some(Frame::Delimiter(..)) => self.delimiter(c),
            Some(Frame::Body(_)) => self.body(c),
            None => self.lose("here"),
        }
    }

    fn pop(&mut self) {
        self.frames.pop();
    }

    fn escaped(&mut self, c: char) {
        match self.frames.last_mut() {
            Some(Frame::Words(words)) => {
                if c != '\n' {
                    words.mixed();
                } else if matches!(words.word, Word::Literal(_) | Word::Unknown { .. }) {
                    // The two halves may make a keyword.
                    self.lose("after a word that goes on after a backslash and a line break");
                } else if !self.heredocs.is_empty() {
                    self.lose("after a here-document whose line goes on after a backslash");
                }
            }
            Some(Frame::Parameter { .. })
                if matches!(c, '\\' | '$' | '`' | '{' | '}' | '\'' | '"' | '\n') =>
            {
                self.lose("after a backslash inside `${…}`");
            }
            _ => {}
        }
    }
}
