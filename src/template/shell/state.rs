//! What the machine remembers while it reads a script.

use super::Context;

/// Why a value cannot stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reason {
    /// Where that is, to follow "a value cannot be quoted".
    pub place: &'static str,
    /// What to do, if not what one does everywhere.
    pub hint: Option<&'static str>,
}

/// A reason with the usual advice.
pub(super) const fn reason(place: &'static str) -> Reason {
    Reason { place, hint: None }
}

/// What kind of construct the machine is inside of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    /// Words and operators.
    Words(Words),
    /// `"…"`; `localised` is bash's `$"…"`.
    Double { localised: bool },
    /// `'…'`
    Single,
    /// `$'…'`
    Ansi,
    /// `# …`
    Comment,
    /// A back-quoted command.
    Backquote,
    /// `${…}`; `quoted` inside of double quotes, where shells differ about `'`.
    Parameter { quoted: bool, first: bool },
    /// Plain quotes inside `${…}`.
    Quoted(char),
    /// `((…))`, or `$((…))` if `expands`, with so many brackets open.
    Arithmetic { depth: u32, expands: bool },
    /// The word after `<<`.
    Delimiter(Heredoc, Stage),
    /// The lines of here-documents.
    Body(Body),
}

/// How far the word after `<<` was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Start,
    Plain,
    Inside(char),
    Done,
}

/// A here-document announced by `<<`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Heredoc {
    pub delimiter: String,
    /// Whether any of the delimiter was quoted: the body is not expanded then.
    pub literal: bool,
    /// `<<-`: tabs before a line do not count.
    pub strips: bool,
}

/// Here-documents being read, the current one first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Body {
    pub documents: Vec<Heredoc>,
    pub line: Line,
}

/// What matters of a line of a here-document.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent observations, not a state"
)]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    /// How many bytes of the delimiter were met; `None` before the first.
    pub matched: Option<usize>,
    /// The line cannot be the delimiter.
    pub other: bool,
    pub last: Option<char>,
    /// `$(`, `${` or a back-quote stands in it.
    pub expands: bool,
    /// Something stands in it that makes expansions hard to follow.
    pub intricate: bool,
    pub parentheses: i32,
    pub braces: i32,
    pub odd_backquotes: bool,
    pub odd_quotes: bool,
    pub odd_doubles: bool,
}

/// What a frame of words is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The script itself.
    Script,
    /// `$(…)`, `<(…)` or `>(…)`.
    Substitution,
    /// `(…)`
    Subshell,
    /// `name=(…)`
    Array,
    /// `[[ … ]]`
    Test,
    /// `case … in`, before and after the subject was met.
    Subject { met: bool },
    /// The patterns of a case, before and after the first word.
    Pattern { begun: bool },
    /// The commands of a case.
    Case,
}

impl Mode {
    /// Whether commands stand here.
    pub fn commands(self) -> bool {
        matches!(
            self,
            Self::Script | Self::Substitution | Self::Subshell | Self::Case
        )
    }
}

/// Where the next word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Certainly where a command begins, and keywords count.
    Command,
    /// Right after `for`.
    For,
    /// Perhaps not.
    Argument,
}

/// The word being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// None yet.
    Empty,
    /// Unquoted letters alone: it may be a keyword.
    Literal(String),
    /// Something, with quotes, expansions or values in it.
    Mixed,
    /// Depends on a branch, up to the letters `since`.
    Unknown {
        /// What came before may be the beginning of a keyword.
        keyword: bool,
        since: String,
    },
}

/// The words that change how brackets are read. Missing one would be fatal.
const KEYWORDS: [&str; 4] = ["case", "esac", "[[", "]]"];

impl Word {
    /// Whether it may grow into a keyword, or is one.
    pub fn may_begin_keyword(&self) -> bool {
        let begins = |text: &str| {
            !text.is_empty() && KEYWORDS.iter().any(|keyword| keyword.starts_with(text))
        };
        match self {
            Self::Empty | Self::Mixed => false,
            Self::Literal(text) => begins(text),
            Self::Unknown { keyword, since } => *keyword || begins(since),
        }
    }

    /// Whether a word that depends on a branch may be a keyword as it stands.
    pub fn may_be_keyword(&self) -> bool {
        match self {
            Self::Unknown { keyword, since } => {
                KEYWORDS.contains(&since.as_str())
                    || (*keyword && KEYWORDS.iter().any(|word| word.ends_with(since)))
            }
            _ => false,
        }
    }

    /// Forgets what the word is, but not whether it may be a keyword.
    pub fn forget(&mut self) {
        *self = Self::Unknown {
            keyword: self.may_begin_keyword(),
            since: String::new(),
        };
    }
}

/// `[` within the word being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    None,
    /// Of a pattern.
    Glob,
    /// Of a subscript, `name[`, so deep.
    Subscript(u32),
}

/// A frame of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub mode: Mode,
    pub place: Place,
    pub word: Word,
    pub bracket: Bracket,
}

impl Words {
    pub fn new(mode: Mode) -> Self {
        let place = if mode.commands() {
            Place::Command
        } else {
            Place::Argument
        };
        Self {
            mode,
            place,
            word: Word::Empty,
            bracket: Bracket::None,
        }
    }

    /// Notes a plain character of a word.
    pub fn push(&mut self, c: char) {
        // No keyword or sensible variable is longer.
        const LONGEST: usize = 256;
        match c {
            '[' => {
                self.bracket = match self.bracket {
                    Bracket::Subscript(depth) => Bracket::Subscript(depth.saturating_add(1)),
                    Bracket::Glob if !matches!(self.word, Word::Unknown { .. }) => Bracket::Glob,
                    _ if self.begins_subscript() => Bracket::Subscript(1),
                    _ => Bracket::Glob,
                }
            }
            ']' => {
                self.bracket = match self.bracket {
                    Bracket::Subscript(depth) if depth > 1 => Bracket::Subscript(depth - 1),
                    _ => Bracket::None,
                }
            }
            _ => {}
        }
        match &mut self.word {
            Word::Empty => self.word = Word::Literal(c.to_string()),
            Word::Literal(text) | Word::Unknown { since: text, .. } if text.len() < LONGEST => {
                text.push(c);
            }
            Word::Literal(_) | Word::Unknown { .. } => self.word = Word::Mixed,
            Word::Mixed => {}
        }
    }

    /// Notes that the word has a part that is no plain character.
    pub fn mixed(&mut self) {
        self.word = Word::Mixed;
    }

    fn begins_subscript(&self) -> bool {
        match &self.word {
            Word::Empty => self.mode == Mode::Array,
            Word::Literal(text) => is_name(text),
            Word::Mixed => false,
            Word::Unknown { .. } => true,
        }
    }

    /// What is certain after either of two ways to get here.
    pub fn join(&mut self, other: &Self) {
        if self.place != other.place {
            self.place = Place::Argument;
        }
        if self.word != other.word {
            let keyword = self.word.may_begin_keyword() || other.word.may_begin_keyword();
            self.word = Word::Unknown {
                keyword,
                since: String::new(),
            };
        }
        if self.bracket != other.bracket {
            // The stricter: no value may stand in either.
            self.bracket = Bracket::Subscript(1);
        }
    }
}

/// Whether `text` can name a variable.
pub(super) fn is_name(text: &str) -> bool {
    crate::template::value::is_variable(text)
}

/// Whether `text` is `name=` or `name+=`, or the same with a subscript.
pub(super) fn is_assignment(text: &str) -> bool {
    let Some(target) = text.strip_suffix('=') else {
        return false;
    };
    let target = target.strip_suffix('+').unwrap_or(target);
    match target.split_once('[') {
        Some((name, subscript)) => is_name(name) && subscript.ends_with(']'),
        None => is_name(target),
    }
}

/// The quoting at a stack of frames, if a value may stand there.
pub(super) fn context(frames: &[Frame], glued: bool) -> Result<Context, Reason> {
    for (index, frame) in frames.iter().enumerate() {
        let innermost = index + 1 == frames.len();
        match frame {
            Frame::Words(words) => {
                match words.mode {
                    Mode::Test => return Err(reason("inside `[[ … ]]`, which evaluates it")),
                    Mode::Pattern { .. } => return Err(reason("in a pattern of `case`")),
                    _ => {}
                }
                if words.bracket != Bracket::None {
                    return Err(reason("after an open `[`, which evaluates it"));
                }
            }
            Frame::Double { localised: true } => return Err(reason("inside `$\"…\"`")),
            Frame::Double { localised: false } if innermost => {
                return Ok(if glued {
                    Context::DoubleGlued
                } else {
                    Context::Double
                });
            }
            Frame::Double { .. } => return Err(nested(frames.get(index + 1))),
            Frame::Single => return Ok(Context::Single),
            Frame::Comment => {
                return Err(Reason {
                    place: "in a comment of the script: a line break in it would end the comment",
                    hint: Some("write the comment for the template instead: <# … #>"),
                });
            }
            other => return Err(nested(Some(other))),
        }
    }
    Ok(Context::Bare)
}

fn nested(frame: Option<&Frame>) -> Reason {
    reason(match frame {
        Some(Frame::Ansi) => "inside `$'…'`",
        Some(Frame::Backquote) => "inside back-quotes",
        Some(Frame::Parameter { .. } | Frame::Quoted(_)) => "inside `${…}`",
        Some(Frame::Arithmetic { .. }) => "inside `((…))`, which evaluates it",
        Some(Frame::Delimiter(..)) => "in the delimiter of a here-document",
        Some(Frame::Body(_)) => "inside a here-document",
        _ => "inside `$(…)` within double quotes",
    })
}
