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

    /// Where a phase has its id.
    pub fn phase(&self, id: &str) -> Option<Span> {
        self.lines.iter().enumerate().find_map(|(number, start)| {
            let line = self.source[*start..].lines().next()?;
            let value = line.trim_start().strip_prefix("- ")?;
            let value = value.trim_start_matches(['{', ' ']).strip_prefix("id:")?;
            let written = value.split([',', '}', '#']).next()?.trim();
            (written.trim_matches(['"', '\'']) == id).then(|| self.span(number, line, written))
        })
    }

    /// Where an input has its name.
    pub fn input(&self, name: &str) -> Option<Span> {
        let below = self
            .lines
            .iter()
            .position(|start| self.source[*start..].starts_with("inputs:"))?;
        (below..self.lines.len()).find_map(|number| {
            let line = self.source[self.lines[number]..].lines().next()?;
            let found = line.find(name)?;
            let (before, after) = (&line[..found], &line[found + name.len()..]);
            let free = before.trim_start().is_empty() || before.ends_with(['{', ' ', ',', '"']);
            let ends = after.trim_start_matches(['"', '\'']).starts_with(':');
            (free && ends).then(|| self.span(number, line, &line[found..found + name.len()]))
        })
    }

    /// A part of a line; `part` is a slice of it.
    fn span(&self, number: usize, line: &str, part: &str) -> Span {
        let at = line.find(part).unwrap_or_default();
        Span {
            line: number + 1,
            column: line[..at].chars().count() + 1,
            offset: self.lines[number] + at,
            length: part.len(),
        }
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
