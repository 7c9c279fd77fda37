//! What is wrong with a template or an expression, and where.

use std::ops::Range;

/// The most faults reported for one source: beyond these, nobody reads on.
pub(super) const MOST_FAULTS: usize = 50;

/// What kind of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// It cannot be read.
    Syntax,
    /// A name that nothing makes.
    Name,
    /// Types that do not fit together.
    Types,
    /// A value where it cannot be quoted.
    Quoting,
    /// A value in a language that nobody quotes for.
    Plain,
    /// A secret where its text would be seen.
    Secret,
}

/// One thing wrong with a template or an expression: what, where, how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What kind of fault it is.
    pub about: About,
    /// What is wrong.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
    /// The line within the source, from 1.
    pub line: usize,
    /// The column within the line, from 1, in characters.
    pub column: usize,
    /// How many characters of that line are at fault, at least 1.
    pub length: usize,
}

impl Fault {
    /// A fault of reading that covers the bytes `span` of `source` (the first line of them).
    pub(super) fn at(source: &str, span: &Range<usize>, message: impl Into<String>) -> Self {
        let (line, column) = position(source, span.start);
        let covered = source.get(span.clone()).unwrap_or_default();
        let length = covered.lines().next().unwrap_or_default().chars().count();
        Self {
            about: About::Syntax,
            message: message.into(),
            hint: None,
            line,
            column,
            length: length.max(1),
        }
    }

    /// The same as a fault of this kind.
    pub(super) fn about(mut self, about: About) -> Self {
        self.about = about;
        self
    }

    /// The same fault with advice.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Line and column (both from 1, the column in characters) of a byte offset.
pub(super) fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = "ä\nöö x";
        let fault = Fault::at(source, &(8..9), "odd").hint("mend it");
        assert_eq!((fault.line, fault.column, fault.length), (2, 4, 1));
        assert_eq!(fault.to_string(), "odd");
        assert_eq!(position(source, 0), (1, 1));
    }
}
