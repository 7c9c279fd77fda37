//! Here-documents: nothing is placed in them, but their end must be found.

use super::super::Shell;
use super::super::state::{Body, Frame, Heredoc, Line, Place, Stage, Word};
use super::{Lexer, MOST_HEREDOCS, Pending};

const LONGEST_DELIMITER: usize = 64;

impl Lexer {
    /// What `<<` turns out to be.
    pub(super) fn after_less_less(&mut self, c: char) {
        match c {
            '<' if self.shell == Shell::Bash => {
                if let Some(words) = self.words() {
                    words.word = Word::Empty;
                    words.place = Place::Argument;
                }
            }
            '<' => self.lose("after `<<<`, which sh does not know"),
            '-' => {
                let heredoc = Heredoc {
                    strips: true,
                    ..Heredoc::default()
                };
                self.push(Frame::Delimiter(heredoc, Stage::Start));
            }
            _ => {
                self.push(Frame::Delimiter(Heredoc::default(), Stage::Start));
                self.delimiter(c);
            }
        }
    }

    pub(super) fn delimiter(&mut self, c: char) {
        const UNUSUAL: &str = "after a here-document with an unusual delimiter";
        let Some(Frame::Delimiter(heredoc, stage)) = self.frames.last_mut() else {
            return;
        };
        let ordinary = c == '_' || c == '-' || c == '.' || c.is_ascii_alphanumeric();
        let ends = matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | ')' | '<' | '>');
        match *stage {
            Stage::Start if c == ' ' || c == '\t' => return,
            Stage::Start if c == '\'' || c == '"' => {
                heredoc.literal = true;
                *stage = Stage::Inside(c);
                return;
            }
            Stage::Start if c == '\\' && !heredoc.literal => {
                heredoc.literal = true;
                return;
            }
            Stage::Start | Stage::Plain if ordinary => {
                *stage = Stage::Plain;
                heredoc.delimiter.push(c);
            }
            Stage::Inside(quote) if c == quote => {
                *stage = Stage::Done;
                return;
            }
            Stage::Inside(_) if ordinary || c == ' ' => heredoc.delimiter.push(c),
            Stage::Plain | Stage::Done if ends && !heredoc.delimiter.is_empty() => {
                let heredoc = std::mem::take(heredoc);
                self.pop();
                self.announce(heredoc);
                return self.plain(c);
            }
            _ => return self.lose(UNUSUAL),
        }
        if heredoc.delimiter.len() > LONGEST_DELIMITER {
            self.lose(UNUSUAL);
        }
    }

    fn announce(&mut self, heredoc: Heredoc) {
        let depth = self.frames.len();
        if self.heredocs.is_empty() {
            self.heredoc_depth = depth;
        }
        if self.heredoc_depth != depth || self.heredocs.len() >= MOST_HEREDOCS {
            return self.lose("after here-documents within one another");
        }
        self.heredocs.push(heredoc);
        self.pending = Pending::None;
    }

    pub(super) fn body(&mut self, c: char) {
        let Some(Frame::Body(body)) = self.frames.last_mut() else {
            return;
        };
        if c != '\n' {
            body.note(c);
            return;
        }
        let line = std::mem::take(&mut body.line);
        let Some(document) = body.documents.first() else {
            return;
        };
        if !line.other && line.matched.unwrap_or(0) == document.delimiter.len() {
            body.documents.remove(0);
            if body.documents.is_empty() {
                self.pop();
            }
            return;
        }
        if !document.literal && line.last == Some('\\') {
            self.lose("after a here-document with a line that goes on after a backslash");
        } else if !document.literal && line.is_uncertain() {
            self.lose("after a here-document with an expansion that cannot be followed");
        }
    }
}

impl Body {
    /// Notes one character of a line.
    fn note(&mut self, c: char) {
        let Some(document) = self.documents.first() else {
            return;
        };
        let line = &mut self.line;
        if document.strips && c == '\t' && line.matched.is_none() && !line.other {
            return;
        }
        let met = line.matched.unwrap_or(0);
        if document.delimiter[met.min(document.delimiter.len())..].starts_with(c) {
            line.matched = Some(met + c.len_utf8());
        } else {
            line.other = true;
        }
        match c {
            '`' => {
                line.expands = true;
                line.odd_backquotes ^= true;
            }
            '(' => {
                line.expands |= line.last == Some('$');
                line.parentheses = line.parentheses.saturating_add(1);
            }
            '{' => {
                line.expands |= line.last == Some('$');
                line.braces = line.braces.saturating_add(1);
            }
            '[' => line.expands |= line.last == Some('$'),
            ')' => line.parentheses = line.parentheses.saturating_sub(1),
            '}' => line.braces = line.braces.saturating_sub(1),
            '\'' => line.odd_quotes ^= true,
            '"' => line.odd_doubles ^= true,
            '\\' | '#' => line.intricate = true,
            _ => {}
        }
        line.last = Some(c);
    }
}

impl Line {
    /// Whether an expansion in this line may go on in the next one: shells
    /// differ about where such a here-document ends.
    fn is_uncertain(&self) -> bool {
        self.expands
            && (self.intricate
                || self.parentheses != 0
                || self.braces != 0
                || self.odd_backquotes
                || self.odd_quotes
                || self.odd_doubles)
    }
}
