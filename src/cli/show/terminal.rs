//! The page on a terminal: wrapped to its width, coloured where colours are wanted.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::document::{Block, Word};

const TITLE: &str = "\u{1b}[1m";
const PART: &str = "\u{1b}[1;36m";
const STRONG: &str = "\u{1b}[1m";
const CODE: &str = "\u{1b}[36m";
const SCRIPT: &str = "\u{1b}[2m";
const OFF: &str = "\u{1b}[0m";

/// A text in which everything is seen: what steers a terminal, hides or turns the reading direction is replaced. Line
/// ends and tabs stay.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            c if c.is_control() => '\u{fffd}',
            c if crate::output::invisible::deceives(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// The page.
pub fn render(blocks: &[Block], width: usize, color: bool) -> String {
    let page = Page { width, color };
    let mut text = String::new();
    for (number, block) in blocks.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        page.block(&mut text, block);
    }
    text
}

struct Page {
    width: usize,
    color: bool,
}

/// A piece without blanks, and how it looks.
struct Part {
    text: String,
    look: &'static str,
    /// Whether a blank stands before it.
    apart: bool,
}

impl Page {
    fn block(&self, out: &mut String, block: &Block) {
        match block {
            Block::Heading(1, words) => {
                self.wrapped(out, words, "", "", TITLE);
                let rule = "═".repeat(self.width.min(40));
                out.push_str(&rule);
                out.push('\n');
            }
            Block::Heading(2, words) => self.wrapped(out, words, "", "", PART),
            Block::Heading(_, words) => self.wrapped(out, words, "▸ ", "  ", TITLE),
            Block::Prose(text) => self.prose(out, text),
            Block::Line(words) => self.wrapped(out, words, "  ", "  ", ""),
            Block::List(items) => {
                for words in items {
                    self.wrapped(out, words, "  · ", "    ", "");
                }
            }
            Block::Table(rows) => self.table(out, rows),
            Block::Code(_, text) => {
                for line in visible(text.trim_end()).lines() {
                    let line = line.replace('\t', "    ");
                    if !line.trim().is_empty() {
                        out.push_str("    ");
                        self.look(out, &line, SCRIPT);
                    }
                    out.push('\n');
                }
            }
        }
    }

    fn look(&self, out: &mut String, text: &str, look: &str) {
        if self.color && !look.is_empty() && !text.is_empty() {
            out.push_str(look);
            out.push_str(text);
            out.push_str(OFF);
        } else {
            out.push_str(text);
        }
    }

    /// Words on as many lines as they need.
    fn wrapped(
        &self,
        out: &mut String,
        words: &[Word],
        first: &str,
        next: &str,
        base: &'static str,
    ) {
        let room = self.width.saturating_sub(next.width()).max(10);
        out.push_str(first);
        let mut used = 0;
        for part in parts(words, base, room) {
            let wide = part.text.width();
            let gap = usize::from(part.apart && used > 0);
            if used > 0 && used + gap + wide > room {
                out.push('\n');
                out.push_str(next);
                used = 0;
            } else if gap == 1 {
                out.push(' ');
                used += 1;
            }
            self.look(out, &part.text, part.look);
            used += wide;
        }
        out.push('\n');
    }

    /// The author's Markdown: paragraphs are wrapped, lists and code keep their lines.
    fn prose(&self, out: &mut String, text: &str) {
        let text = visible(text.trim_end());
        let mut paragraph = String::new();
        let mut fenced = false;
        for line in text.lines() {
            let bare = line.trim();
            if bare.starts_with("```") || bare.starts_with("~~~") {
                self.paragraph(out, &mut paragraph);
                fenced = !fenced;
            } else if fenced {
                out.push_str("    ");
                self.look(out, &line.replace('\t', "    "), SCRIPT);
                out.push('\n');
            } else if bare.is_empty() {
                self.paragraph(out, &mut paragraph);
                out.push('\n');
            } else {
                let item = bare.starts_with(['-', '*', '+', '#', '>', '|'])
                    || bare.starts_with(|c: char| c.is_ascii_digit());
                if item {
                    self.paragraph(out, &mut paragraph);
                }
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(bare);
            }
        }
        self.paragraph(out, &mut paragraph);
    }

    fn paragraph(&self, out: &mut String, paragraph: &mut String) {
        if paragraph.is_empty() {
            return;
        }
        let text = std::mem::take(paragraph);
        let next = if text.starts_with("- ") || text.starts_with("* ") {
            "    "
        } else {
            "  "
        };
        self.wrapped(out, &[Word::Plain(text)], "  ", next, "");
    }

    /// Columns side by side where they fit; otherwise the last one on lines of its own.
    fn table(&self, out: &mut String, rows: &[Vec<Vec<Word>>]) {
        let columns = rows.first().map_or(0, Vec::len);
        let longest = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|words| flat(words).width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns.saturating_sub(1)).map(longest).collect();
        let before: usize = widths.iter().map(|width| width + 2).sum::<usize>() + 2;
        let beside = before + 20 <= self.width;
        for (number, row) in rows.iter().enumerate() {
            let look = if number == 0 { STRONG } else { "" };
            let Some((last, cells)) = row.split_last() else {
                continue;
            };
            if !beside {
                let mut words: Vec<Word> = Vec::new();
                for cell in cells {
                    words.extend(cell.iter().cloned());
                    words.push(Word::Plain(" ".to_owned()));
                }
                self.wrapped(out, &words, "  ", "    ", look);
                self.wrapped(out, last, "      ", "      ", look);
                continue;
            }
            let mut line = "  ".to_owned();
            for (words, width) in cells.iter().zip(&widths) {
                for part in parts(words, look, usize::MAX) {
                    if part.apart && !line.ends_with(' ') {
                        line.push(' ');
                    }
                    self.look(&mut line, &part.text, part.look);
                }
                let blanks = width.saturating_sub(flat(words).width());
                line.push_str(&" ".repeat(blanks + 2));
            }
            self.wrapped(out, last, &line, &" ".repeat(before), look);
        }
    }
}

/// Words as they stand on one line.
fn flat(words: &[Word]) -> String {
    let mut text = String::new();
    for part in parts(words, "", usize::MAX) {
        if part.apart && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&part.text);
    }
    text
}

/// Words in pieces that are never broken, none wider than the room. A name or an expression is shown between accents, so
/// that its end is seen without colours.
fn parts(words: &[Word], base: &'static str, room: usize) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut apart = false;
    for word in words {
        let (text, look) = match word {
            Word::Plain(text) => (visible(text), base),
            Word::Strong(text) => (visible(text), STRONG),
            Word::Code(text) => (format!("`{}`", visible(text)), CODE),
        };
        apart |= text.starts_with(char::is_whitespace);
        for piece in text.split_whitespace() {
            for (number, piece) in pieces(piece, room).into_iter().enumerate() {
                parts.push(Part {
                    text: piece,
                    look,
                    apart: apart && number == 0,
                });
            }
            apart = true;
        }
        if !text.is_empty() {
            apart = text.ends_with(char::is_whitespace);
        }
    }
    parts
}

/// A word too wide for a line is broken where it must be.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > room
            && let Some(last) = pieces.last()
            && !last.is_empty()
        {
            pieces.push(String::new());
            used = 0;
        }
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
        used += wide;
    }
    pieces
}
