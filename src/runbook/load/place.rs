//! From a place in a text to its place in the file.
//!
//! YAML gives the text of a scalar without its quotes, escapes, indentation
//! and folded line breaks. Here the text and the file are walked side by
//! side, once for each way to write a scalar, until one of them fits.

use crate::runbook::diagnostic::Span;

/// Where each line of a file begins, in bytes.
pub fn line_starts(source: &str) -> Vec<usize> {
    std::iter::once(0)
        .chain(source.match_indices('\n').map(|(at, _)| at + 1))
        .collect()
}

/// Where the bytes `wanted` of a scalar's text stand in the file. `at` is the
/// scalar itself; it is also the answer where its writing is not understood.
pub fn within(
    source: &str,
    lines: &[usize],
    at: Span,
    text: &str,
    wanted: std::ops::Range<usize>,
) -> Span {
    let found = [
        Style::Double,
        Style::Single,
        Style::Literal,
        Style::Folded,
        Style::Plain,
    ]
    .into_iter()
    .find_map(|style| Walk::new(source, lines, at, style)?.over(text, &wanted));
    let Some((from, to)) = found else { return at };
    let line = lines.partition_point(|&start| start <= from);
    let start = lines[line - 1];
    let end = memchr::memchr2(b'\r', b'\n', &source.as_bytes()[from..])
        .map_or(source.len(), |n| from + n);
    // A line can be the whole file: what is known of it is not counted again.
    let (counted, column) = if line == at.line && at.offset <= from {
        (at.offset, at.column)
    } else {
        (start, 1)
    };
    Span {
        line,
        column: column + source[counted..from].chars().count(),
        offset: from,
        length: to.min(end).saturating_sub(from),
    }
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Double,
    Single,
    Literal,
    Folded,
    Plain,
}

/// A place in the file that moves along with one in the text.
struct Walk<'a> {
    source: &'a str,
    at: usize,
    style: Style,
    /// How many blanks a line of a block begins with.
    indent: usize,
}

impl<'a> Walk<'a> {
    /// At the first character of the scalar, if it can be of this style.
    fn new(source: &'a str, lines: &[usize], at: Span, style: Style) -> Option<Self> {
        let start = *lines.get(at.line.checked_sub(1)?)?;
        let before = source.get(start..at.offset)?;
        let rest = source.get(at.offset..)?;
        let (fits, opening) = match style {
            Style::Double => (rest.starts_with('"'), 1),
            Style::Single => (rest.starts_with('\''), 1),
            Style::Literal | Style::Folded => (before.trim_matches(' ').is_empty(), 0),
            Style::Plain => (true, 0),
        };
        fits.then_some(Self {
            source,
            at: at.offset + opening,
            style,
            indent: before.len(),
        })
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    /// Walks over the whole text, so that a wrong guess about the style is
    /// noticed; says where the wanted bytes began and ended.
    fn over(mut self, text: &str, wanted: &std::ops::Range<usize>) -> Option<(usize, usize)> {
        let mut from = None;
        let mut to = None;
        let mut next = 0;
        if matches!(self.style, Style::Literal | Style::Folded) {
            // The place of a block is its first line with something on it.
            next = text.len() - text.trim_start_matches('\n').len();
        }
        loop {
            let bounds = [wanted.start, wanted.end, text.len()];
            let bound = bounds.into_iter().find(|bound| *bound > next);
            if next < wanted.start || from.is_some() {
                let same = self.same(&text[next..bound.unwrap_or(next)]);
                next += same;
                self.at += same;
                if same > 0 && next >= wanted.end && to.is_none() {
                    to = Some(self.at);
                }
            }
            let Some(c) = text[next..].chars().next() else {
                break;
            };
            self.join();
            if let Some(breaks) = self.line_breaks() {
                next += self.broken(&text[next..], breaks)?;
            } else {
                if next >= wanted.start && from.is_none() {
                    from = Some(self.at);
                }
                self.step(c)?;
                next += c.len_utf8();
                if next >= wanted.end && to.is_none() {
                    to = Some(self.at);
                }
            }
        }
        let from = from.unwrap_or(self.at);
        Some((from, to.unwrap_or(from)))
    }

    /// How many bytes of the text stand in the file just so and mean nothing else, in
    /// whatever style: most of a long script, which would be slow to walk by character.
    fn same(&self, text: &str) -> usize {
        let file = &self.source.as_bytes()[self.at..];
        let apart = |byte: u8| matches!(byte, b'\n' | b'\r' | b'\t' | b'\\' | b'"' | b'\'');
        let mut same = 0;
        for (at, (byte, other)) in text.bytes().zip(file).enumerate() {
            let folds = || {
                file.get(at + 1)
                    .is_none_or(|next| matches!(next, b' ' | b'\t' | b'\n' | b'\r'))
            };
            if byte != *other || apart(byte) || byte == b' ' && folds() {
                break;
            }
            same = at + 1;
        }
        while !text.is_char_boundary(same) {
            same -= 1;
        }
        same
    }

    /// Passes line breaks and what folding drops around them; says how many.
    fn line_breaks(&mut self) -> Option<usize> {
        let block = matches!(self.style, Style::Literal | Style::Folded);
        let mut ahead = if block {
            self.rest()
        } else {
            self.rest().trim_start_matches([' ', '\t'])
        };
        let mut count = 0;
        while let Some(after) = ahead
            .strip_prefix("\r\n")
            .or_else(|| ahead.strip_prefix('\n'))
        {
            count += 1;
            ahead = if block {
                let blanks = after.len() - after.trim_start_matches(' ').len();
                &after[blanks.min(self.indent)..]
            } else {
                after.trim_start_matches([' ', '\t'])
            };
            if self.style == Style::Literal {
                break;
            }
        }
        if count == 0 {
            return None;
        }
        self.at = self.source.len() - ahead.len();
        Some(count)
    }

    /// How much of the text some line breaks of the file have become.
    fn broken(&self, text: &str, breaks: usize) -> Option<usize> {
        if self.style == Style::Literal {
            return text.starts_with('\n').then_some(1);
        }
        if text.starts_with(' ') && breaks == 1 {
            return Some(1);
        }
        let kept = text.len() - text.trim_start_matches('\n').len();
        (kept > 0).then_some(kept.min(breaks))
    }

    /// Passes what has become the character `c`.
    fn step(&mut self, c: char) -> Option<()> {
        let rest = self.rest();
        let length = match self.style {
            Style::Double if rest.starts_with('\\') => escape(rest, c)?,
            Style::Double if rest.starts_with('"') => return None,
            Style::Single if rest.starts_with('\'') => rest.starts_with("''").then_some(2)?,
            _ => c.len_utf8(),
        };
        if !rest.starts_with('\\') || self.style != Style::Double {
            rest.starts_with(c).then_some(())?;
        }
        self.at += length;
        Some(())
    }

    /// A backslash at the end of a quoted line joins it with the next.
    fn join(&mut self) {
        while self.style == Style::Double {
            let rest = self.rest();
            let Some(after) = rest
                .strip_prefix("\\\n")
                .or_else(|| rest.strip_prefix("\\\r\n"))
            else {
                break;
            };
            self.at = self.source.len() - after.trim_start_matches([' ', '\t']).len();
        }
    }
}

/// How long an escape is that stands for `c`; the common ones are compared.
fn escape(rest: &str, c: char) -> Option<usize> {
    let kind = rest[1..].chars().next()?;
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let code = rest.get(2..2 + digits)?;
        let code = u32::from_str_radix(code, 16).ok()?;
        return (char::from_u32(code)? == c).then_some(2 + digits);
    }
    let fits = match kind {
        'n' => c == '\n',
        't' | '\t' => c == '\t',
        'r' => c == '\r',
        'e' => c == '\u{1b}',
        '0' => c == '\0',
        '"' | '\\' | '/' | ' ' => c == kind,
        _ => kind.is_ascii_alphabetic() || kind == '_',
    };
    fits.then_some(1 + kind.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::yaml::{self, Value};

    /// Marks `@@` in the only text of a file; gives line, column and what is marked.
    fn found(source: &str) -> (usize, usize, String) {
        let (node, _) = yaml::parse(source).unwrap();
        let Value::Map(entries) = node.value else {
            panic!("no map: {source}")
        };
        let node = entries.into_iter().last().unwrap().1;
        let node = match node.value {
            Value::List(mut items) => items.remove(0),
            Value::Map(mut entries) => entries.remove(0).1,
            _ => node,
        };
        let Value::Text(text) = &node.value else {
            panic!("no text: {source}")
        };
        let at = text.find("@@").unwrap();
        let span = within(source, &line_starts(source), node.at, text, at..at + 2);
        let marked = source[span.offset..span.offset + span.length].to_owned();
        (span.line, span.column, marked)
    }

    #[test]
    fn every_way_to_write_a_text_is_followed() {
        for (source, line, column) in [
            ("a: x @@", 1, 6),
            ("a: x\n  y\n\n   z @@ t\n", 4, 6),
            ("a: 'x @@'", 1, 7),
            ("a: 'it''s @@'", 1, 11),
            ("a: 'it''s\n\n  two  \n  @@ t'", 4, 3),
            ("a: \"x @@\"", 1, 7),
            ("a: \"x\\ty\\\"\\u00e4 @@\"", 1, 18),
            ("a: \"x\\n\\n@@\"", 1, 10),
            ("a: \"x \\\n    y @@\"", 2, 7),
            ("a: \"\\\n    y @@\"", 2, 7),
            ("a: \"x\n\n  y\n  @@\"", 4, 3),
            ("a: |\n  x\n  @@\n", 3, 3),
            ("a: |\n\n\n  x\n\n   ä @@\n", 6, 6),
            ("a: |\n  \"x\" @@\n", 2, 7),
            ("a: |\n  'x'\n  'y' @@\n", 3, 7),
            ("a: |2\n    x\n   @@\n", 3, 4),
            ("a: |- # why\n    x\n      @@", 3, 7),
            ("a: >\n  x\n  y @@\n", 3, 5),
            ("a: >-\n  x\n\n  y\n    more @@\n  z\n", 5, 10),
            ("a: >\n  \"x\" y\n  @@\n", 3, 3),
            ("a: [ 'ö', x ]\nb: { c: \"ü @@\" }", 2, 12),
            ("a:\n  - x @@", 2, 7),
            ("a: |\r\n  x\r\n  y @@\r\nb: |\r\n  z\r\n  @@\r\n", 6, 3),
            ("a: &n !!str \"x @@\"", 1, 16),
            ("a: &n \"x @@\"\nb: *n", 1, 10),
        ] {
            assert_eq!(found(source), (line, column, "@@".to_owned()), "{source:?}");
        }
    }
}
