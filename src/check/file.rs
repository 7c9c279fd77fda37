//! The file that findings point into.

use crate::runbook::{diagnostic::Span, load::place};

/// A runbook's text and where its lines begin.
#[derive(Debug)]
pub struct File<'a> {
    /// The text.
    pub source: &'a str,
    lines: Vec<usize>,
}

impl<'a> File<'a> {
    /// Of this text.
    pub fn new(source: &'a str) -> Self {
        Self {
            source,
            lines: place::line_starts(source),
        }
    }

    /// Where some bytes of a scalar's text stand; what stands in a used runbook is
    /// pointed at where it is used.
    pub fn within(&self, scope: &str, at: Span, text: &str, bytes: std::ops::Range<usize>) -> Span {
        if !scope.is_empty() {
            return at;
        }
        place::within(self.source, &self.lines, at, text, bytes)
    }

    /// Where a line of a scalar's text stands, from 1.
    pub fn line(&self, scope: &str, at: Span, text: &str, line: usize) -> Span {
        let mut start = 0;
        for (number, written) in text.split_inclusive('\n').enumerate() {
            if number + 1 == line {
                let blanks = written.len() - written.trim_start().len();
                let end = start + written.trim_end().len();
                return self.within(scope, at, text, (start + blanks).min(end)..end);
            }
            start += written.len();
        }
        at
    }
}
