//! Where each value of a shell script stands, and how it is quoted there.
//!
//! The analysis is static, like that of Go's html/template: the script's text
//! drives a state machine (`shell::lexer`) through every branch, and each
//! value gets the quoting of the place where the machine stands. Whatever the
//! machine cannot follow for certain makes it *lost*, and no value is placed
//! after that: being wrong about it would let a value become code.

mod lexer;
mod state;

use std::ops::Range;

use super::fault::{About, Fault, MOST_FAULTS};
use super::markup::Piece;
use lexer::Lexer;

/// The shells that values can be quoted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// GNU bash.
    Bash,
    /// A POSIX `sh`, such as dash.
    Sh,
}

/// The quoting around a place where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// Outside of quotes.
    Bare,
    /// Inside `"…"`.
    Double,
    /// Inside `"…"`, right behind `$name`, which letters would lengthen.
    DoubleGlued,
    /// Inside `'…'`.
    Single,
    /// A place that cannot be quoted; a fault says so.
    Refused,
}

impl Context {
    /// `text` as the shell must read it here to mean exactly `text`.
    ///
    /// Everything but the plainest text goes between single quotes, where no
    /// character but `'` means anything, in any locale, even when pasted into
    /// an interactive shell (`!`).
    pub fn quote(self, text: &str) -> Option<String> {
        let escaped = || text.replace('\'', r"'\''");
        Some(match self {
            Self::Bare => format!("'{}'", escaped()),
            Self::Double if text.chars().all(plain_in_double) => text.to_owned(),
            Self::Double | Self::DoubleGlued => format!("\"'{}'\"", escaped()),
            Self::Single => escaped(),
            Self::Refused => return None,
        })
    }

    /// The environment variable `variable`, expanded here as one word.
    pub fn secret(self, variable: &str) -> Option<String> {
        Some(match self {
            Self::Bare => format!("\"${variable}\""),
            Self::Double | Self::DoubleGlued => format!("${{{variable}}}"),
            Self::Single => format!("'\"${variable}\"'"),
            Self::Refused => return None,
        })
    }
}

/// What means itself inside double quotes, in every locale.
fn plain_in_double(c: char) -> bool {
    (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '$' | '`' | '!')
}

/// The context of every site of a script, by its number, and the faults of
/// those that cannot be quoted.
pub(super) fn contexts(
    source: &str,
    pieces: &[Piece<'_>],
    shell: Shell,
) -> (Vec<Context>, Vec<Fault>) {
    let mut walk = Walk {
        source,
        lexer: Lexer::new(shell),
        contexts: Vec::new(),
        faults: Vec::new(),
    };
    walk.block(pieces);
    (walk.contexts, walk.faults)
}

/// Whether a script without templates closes every quote, bracket and
/// here-document that it opens. `false`: it does not, or that is not known.
pub(super) fn is_whole(script: &str, shell: Shell) -> bool {
    let mut lexer = Lexer::new(shell);
    lexer.text(script);
    lexer.text("\n");
    lexer.is_whole()
}

struct Walk<'a> {
    source: &'a str,
    lexer: Lexer,
    contexts: Vec<Context>,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    fn block(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.lexer.text(text),
                Piece::Site { span, .. } => self.site(span),
                Piece::If {
                    branches,
                    otherwise,
                    span,
                } => {
                    let before = self.lexer.clone();
                    let mut after: Option<Lexer> = None;
                    let bodies = branches.iter().map(|branch| &branch.body);
                    for body in bodies.chain([otherwise]) {
                        self.lexer = before.clone();
                        self.block(body);
                        let end = std::mem::replace(&mut self.lexer, before.clone());
                        after = Some(match after {
                            None => end,
                            Some(others) => {
                                self.join(others, end, span, "the branches of this `if`")
                            }
                        });
                    }
                    if let Some(after) = after {
                        self.lexer = after;
                    }
                }
                Piece::For { body, span, .. } => {
                    // The body follows what stands before it and also itself.
                    self.lexer.begin_loop();
                    let before = self.lexer.clone();
                    self.block(body);
                    let end = self.lexer.clone();
                    let leads_back = before.leads_back(&end);
                    let (joined, agree) = before.join(end);
                    self.lexer = joined;
                    if !(leads_back && agree) {
                        self.disagreement(span, "start and end of this loop");
                    }
                }
                Piece::Set { .. } => {}
            }
        }
    }

    fn site(&mut self, span: &Range<usize>) {
        let context = match self.lexer.value() {
            Ok(context) => context,
            Err(refusal) => {
                if let Some(reason) = refusal {
                    self.fault(span, reason);
                }
                Context::Refused
            }
        };
        self.contexts.push(context);
    }

    fn join(&mut self, one: Lexer, other: Lexer, span: &Range<usize>, what: &str) -> Lexer {
        let (joined, agree) = one.join(other);
        if !agree {
            self.disagreement(span, what);
        }
        joined
    }

    fn disagreement(&mut self, span: &Range<usize>, what: &str) {
        let message = format!("{what} leave the shell's quoting in different states");
        let fault = Fault::at(self.source, span, message).about(About::Quoting);
        self.push(fault.hint("close every quote, bracket and here-document where it was opened"));
    }

    fn fault(&mut self, span: &Range<usize>, reason: state::Reason) {
        let fault = Fault::at(
            self.source,
            span,
            format!("a value cannot be quoted {}", reason.place),
        )
        .about(About::Quoting);
        let hint = reason
            .hint
            .unwrap_or("pass it through `env:` and use the variable here, as in \"$NAME\"");
        self.push(fault.hint(hint));
    }

    fn push(&mut self, fault: Fault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }
}
