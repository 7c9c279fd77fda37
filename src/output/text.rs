//! A line's raw bytes -> text that is safe to draw.
//!
//! Whatever a command prints, what comes out of here holds no control character, no escape sequence
//! and no invisible character that could make one text look like another; only colours and
//! attributes survive. Within its line, output may do what it could do on a terminal: return to the
//! beginning, step back, tabulate, erase (progress bars need that). It cannot reach another line.
//!
//! Colours do not carry over from line to line: a line looks the same however one scrolled to it.

mod hidden;
mod parser;
mod row;
mod sgr;
mod wrap;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use parser::Parser;
use row::Row;

/// A colour as the program named it; what it looks like is the theme's and the terminal's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Color {
    /// The terminal's own foreground or background.
    #[default]
    Default,
    /// One of the terminal's 256: 0–7 normal, 8–15 bright, then the cube and the greys.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How a piece of text looks. Blinking and concealed text are deliberately missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "terminals have these as independent switches"
)]
pub struct Style {
    /// Colour of the text.
    pub foreground: Color,
    /// Colour behind the text.
    pub background: Color,
    /// Heavier or brighter.
    pub bold: bool,
    /// Fainter.
    pub dim: bool,
    /// Slanted.
    pub italic: bool,
    /// Underlined, in whichever of the terminal's ways.
    pub underline: bool,
    /// Foreground and background change places.
    pub reversed: bool,
}

/// Neighbouring text of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// How it looks.
    pub style: Style,
    /// Safe text: no control, escape or invisible format characters.
    pub text: String,
}

/// A line ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StyledLine {
    /// From left to right; neighbours differ in style and none is empty.
    pub spans: Vec<Span>,
}

impl StyledLine {
    /// Columns the line takes on the screen.
    pub fn width(&self) -> usize {
        let all = self.spans.iter().flat_map(|span| characters(&span.text));
        all.map(|(_, width)| width).sum()
    }

    /// The text without its styles.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Keeps the first `limit` columns; a wide character on the edge goes.
    pub fn truncate(&mut self, limit: usize) {
        let mut used = 0;
        for number in 0..self.spans.len() {
            let text = &mut self.spans[number].text;
            // Most lines are, and each of its characters is one column wide.
            if text.is_ascii() {
                if used + text.len() <= limit {
                    used += text.len();
                    continue;
                }
                let at = limit - used;
                text.truncate(at);
                self.spans.truncate(number + usize::from(at > 0));
                return;
            }
            let cut = characters(text).find(|(_, width)| {
                used += width;
                used > limit
            });
            if let Some((at, _)) = cut {
                text.truncate(at);
                self.spans.truncate(number + usize::from(at > 0));
                return;
            }
        }
    }

    /// Drops the first `count` columns; of a wide character on the edge a blank remains.
    pub fn skip(&mut self, count: usize) {
        let mut passed = 0;
        for span in &mut self.spans {
            if passed >= count {
                break;
            }
            let mut kept = String::new();
            for (at, width) in characters(&span.text) {
                if passed >= count {
                    kept.push_str(&span.text[at..]);
                    break;
                }
                passed += width;
                if passed > count {
                    kept.push_str(&" ".repeat(passed - count));
                }
            }
            span.text = kept;
        }
        self.spans.retain(|span| !span.text.is_empty());
    }

    fn push(&mut self, style: Style, text: &str) {
        match self.spans.last_mut() {
            Some(last) if last.style == style => last.text.push_str(text),
            _ => self.spans.push(Span {
                style,
                text: text.to_owned(),
            }),
        }
    }
}

/// Where the characters of a safe text begin, as people see them, and how many columns each takes.
fn characters(text: &str) -> impl Iterator<Item = (usize, usize)> {
    text.grapheme_indices(true)
        .map(|(at, character)| (at, character.width()))
}

/// Columns a character takes; safe text has no control characters, so there is always an answer.
fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Reads one line's bytes, given without its line feed.
pub fn line(bytes: &[u8]) -> StyledLine {
    Reading::default().piece(bytes)
}

/// Reads one line piece by piece: escape sequences and colours go on from piece to piece, while each
/// begins at column one.
#[derive(Debug, Default)]
pub struct Reading {
    parser: Parser,
}

impl Reading {
    /// Reads a piece that is not shown.
    pub fn pass(&mut self, bytes: &[u8]) {
        self.parser.feed_bytes(bytes, &mut Row::default());
    }

    /// Reads the next piece of the line.
    pub fn piece(&mut self, bytes: &[u8]) -> StyledLine {
        let printable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
        if printable && !bytes.is_empty() && self.parser.is_plain() {
            let text = String::from_utf8_lossy(bytes).into_owned();
            return StyledLine {
                spans: vec![Span {
                    style: Style::default(),
                    text,
                }],
            };
        }
        let mut row = Row::default();
        self.parser.feed_bytes(bytes, &mut row);
        row.into_line()
    }
}

/// Reads any number of lines as text without styles, for reports.
pub fn plain(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (body, end) = piece
            .strip_suffix(b"\n")
            .map_or((piece, ""), |body| (body, "\n"));
        text.push_str(&line(body).text());
        text.push_str(end);
    }
    text
}

#[cfg(test)]
mod tests;
