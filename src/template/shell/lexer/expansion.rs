//! What `$` and arithmetic begin: nothing is placed in them, but their end
//! must be found.

use super::super::Shell;
use super::super::state::{Frame, Mode, Words};
use super::{Lexer, Pending};

impl Lexer {
    pub(super) fn after_dollar(&mut self, c: char) {
        let (words, quoted, double) = match self.frames.last() {
            Some(Frame::Words(_)) => (true, false, false),
            Some(Frame::Double { .. }) => (false, true, true),
            Some(Frame::Parameter { quoted, .. }) => (false, *quoted, false),
            _ => (false, true, false),
        };
        match c {
            '(' => self.pending = Pending::DollarParenthesis,
            '{' => self.push(Frame::Parameter {
                quoted,
                first: true,
            }),
            '[' => self.lose("after `$[…]`, an old form of arithmetic"),
            '\'' if words => self.push(Frame::Ansi),
            '"' if words => self.push(Frame::Double { localised: true }),
            '\'' | '"' if !double => self.lose("after quotes inside an expansion"),
            '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => self.pending = Pending::DollarName,
            '?' | '#' | '!' | '$' | '*' | '@' | '-' => {}
            _ => self.plain(c),
        }
    }

    pub(super) fn process_substitution(&mut self) {
        if self.shell == Shell::Sh {
            return self.lose("after `<(…)`, which sh does not know");
        }
        self.mixed();
        self.push(Frame::Words(Words::new(Mode::Substitution)));
    }

    pub(super) fn parameter(&mut self, c: char) {
        let Some(Frame::Parameter { quoted, first }) = self.frames.last_mut() else {
            return;
        };
        let quoted = *quoted;
        if std::mem::replace(first, false) && matches!(c, ' ' | '\t' | '\n' | '|' | '(' | '}') {
            return self.lose("after `${ …; }`");
        }
        match c {
            '}' => self.pop(),
            '$' => self.pending = Pending::Dollar,
            '\\' => self.pending = Pending::Backslash,
            '"' => self.push(Frame::Quoted('"')),
            '\'' if !quoted => self.push(Frame::Quoted('\'')),
            '\'' | '{' | '`' | '\n' | '<' | '>' => {
                self.lose("after quotes or brackets inside `${…}` that shells read differently");
            }
            _ => {}
        }
    }

    pub(super) fn arithmetic(&mut self, c: char) {
        let sh = self.shell == Shell::Sh;
        let Some(Frame::Arithmetic { depth, expands }) = self.frames.last_mut() else {
            return;
        };
        match c {
            '(' => *depth = depth.saturating_add(1),
            ')' => {
                *depth -= 1;
                if *depth == 1 {
                    self.pending = Pending::ArithmeticEnd;
                }
            }
            '$' => self.pending = Pending::Dollar,
            '#' | '<' if !*expands && (sh || c == '#') => {
                self.lose("after `((…))` with `#` or `<` in it");
            }
            '\'' | '"' | '`' | '\\' | '{' | '}' => {
                self.lose("after `((…))` with quotes or braces in it");
            }
            _ => {}
        }
    }

    pub(super) fn end_arithmetic(&mut self, c: char) {
        if c != ')' {
            return self.lose("after `((` that does not end with `))`");
        }
        if matches!(
            self.frames.last(),
            Some(Frame::Arithmetic { expands: false, .. })
        ) {
            self.end_construct();
        } else {
            self.pop();
            self.mixed();
        }
    }
}
