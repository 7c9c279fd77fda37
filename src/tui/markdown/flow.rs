//! Words in several styles on as many lines as they need.

use ratatui::{style::Style, text::Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Some text in one style.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Without control characters.
    pub text: String,
    pub style: Style,
}

impl Piece {
    /// The next piece begins a line.
    pub fn line_break() -> Self {
        Self {
            text: "\n".to_owned(),
            style: Style::new(),
        }
    }
}

/// A line that grows.
#[derive(Default)]
struct Growing {
    spans: Vec<Span<'static>>,
    width: usize,
}

impl Growing {
    fn push(&mut self, text: &str, style: Style, width: usize) {
        self.width += width;
        match self.spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push_str(text),
            _ => self.spans.push(Span::styled(text.to_owned(), style)),
        }
    }
}

/// A word: its parts with their styles, and its width.
type Word<'a> = (Vec<(&'a str, Style)>, usize);

/// The lines, broken between words where possible. There is always one.
pub(super) fn flow(pieces: &[Piece], width: usize) -> Vec<Vec<Span<'static>>> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let mut line = Growing::default();
    let mut gap: Option<Style> = None;
    for token in tokens(pieces) {
        let (word, wide) = match token {
            Token::Break => {
                lines.push(std::mem::take(&mut line).spans);
                gap = None;
                continue;
            }
            Token::Gap(style) => {
                gap = (line.width > 0).then_some(style);
                continue;
            }
            Token::Word(word) => word,
        };
        if let Some(style) = gap.take() {
            if line.width + 1 + wide > width {
                lines.push(std::mem::take(&mut line).spans);
            } else {
                line.push(" ", style, 1);
            }
        }
        for (text, style) in word {
            for character in text.graphemes(true) {
                let wide = character.width();
                if line.width + wide > width {
                    lines.push(std::mem::take(&mut line).spans);
                }
                line.push(character, style, wide);
            }
        }
    }
    lines.push(line.spans);
    lines
}

/// The widest word: no line can be narrower without breaking it.
pub(super) fn widest_word(pieces: &[Piece]) -> usize {
    let words = tokens(pieces).into_iter().map(|token| match token {
        Token::Word((_, width)) => width,
        _ => 0,
    });
    words.max().unwrap_or(0)
}

/// How wide the pieces are on one line.
pub(super) fn length(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.text.width()).sum()
}

enum Token<'a> {
    Word(Word<'a>),
    Gap(Style),
    Break,
}

fn tokens(pieces: &[Piece]) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    for piece in pieces {
        if piece.text == "\n" {
            tokens.push(Token::Break);
            continue;
        }
        let mut rest = piece.text.as_str();
        while !rest.is_empty() {
            let blank = rest.starts_with(char::is_whitespace);
            let end = rest
                .find(|c: char| c.is_whitespace() != blank)
                .unwrap_or(rest.len());
            let (text, later) = rest.split_at(end);
            rest = later;
            if blank {
                tokens.push(Token::Gap(piece.style));
                continue;
            }
            let part = (text, piece.style);
            match tokens.last_mut() {
                // A word may go on in another style: `bold`ly.
                Some(Token::Word((parts, width))) => {
                    parts.push(part);
                    *width += text.width();
                }
                _ => tokens.push(Token::Word((vec![part], text.width()))),
            }
        }
    }
    tokens
}
