//! The page as Markdown.

use super::document::{Block, Word};
use crate::report::escape;

/// The page; nothing of a hostile file leaves its place or steers a terminal.
pub fn render(blocks: &[Block]) -> String {
    let parts: Vec<String> = blocks.iter().map(block).collect();
    parts.join("\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(level, words) => format!("{} {}\n", "#".repeat(*level), line(words)),
        // The author's Markdown stays Markdown.
        Block::Prose(text) => format!("{}\n", super::terminal::visible(text.trim_end())),
        Block::Line(words) => format!("{}\n", line(words)),
        Block::List(items) => {
            let items: Vec<String> = items.iter().map(|words| line(words)).collect();
            format!("- {}\n", items.join("\n- "))
        }
        Block::Table(rows) => table(rows),
        Block::Code(language, text) => {
            escape::fence(&super::terminal::visible(text.trim_end()), language)
        }
    }
}

fn line(words: &[Word]) -> String {
    line_with(words, "|")
}

/// A line whose code shows a bar as it must be written there: in a table it would end the cell.
fn line_with(words: &[Word], bar: &str) -> String {
    let mut text = String::new();
    for word in words {
        match word {
            Word::Plain(plain) => {
                // Escaping trims, and blanks part one word from the next.
                let start = plain.len() - plain.trim_start().len();
                let end = plain.trim_end().len().max(start);
                text.push_str(if start > 0 { " " } else { "" });
                text.push_str(&escape::inline(&visible(&plain[start..end])));
                text.push_str(if end < plain.len() && end > start {
                    " "
                } else {
                    ""
                });
            }
            Word::Strong(strong) => {
                text.push_str("**");
                text.push_str(&escape::inline(&visible(strong)));
                text.push_str("**");
            }
            Word::Code(code) => {
                let span = escape::code(&visible(code));
                // What looks like a bar, and was one.
                text.push_str(&if code.contains('¦') {
                    span
                } else {
                    span.replace('¦', bar)
                });
            }
        }
    }
    text
}

fn visible(text: &str) -> String {
    super::terminal::visible(text)
}

fn table(rows: &[Vec<Vec<Word>>]) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row.iter().map(|words| line_with(words, "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        })
        .collect();
    let columns = rows.first().map_or(0, Vec::len);
    lines.insert(1.min(lines.len()), format!("|{}\n", "---|".repeat(columns)));
    lines.concat()
}
