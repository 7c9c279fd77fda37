//! Markdown as a terminal shows it: for the report, and for what authors write.
//!
//! A text may come from anywhere: what stands in it is only ever shown. HTML stays text,
//! a link says where it leads, and no control character is left.

mod flow;
mod table;

use std::borrow::Cow;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    theme::Theme,
    words::{safe, span, wrap_code},
};
use flow::{Piece, flow};
use table::Table;

/// Lists and quotes in each other are moved to the right so often and no further.
const DEEPEST: usize = 6;

/// The lines of a text; `base` is what plain words look like.
pub fn lines(text: &str, width: usize, base: Style, theme: &Theme) -> Vec<Line<'static>> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut page = Page::new(width, base, theme);
    for event in Parser::new_ext(text, options) {
        page.take(event);
    }
    page.end_block();
    page.lines
}

/// The lines of a text that is a sentence, whatever it begins with: only what stands
/// within a line has a meaning.
pub fn inline(text: &str, width: usize, base: Style, theme: &Theme) -> Vec<Line<'static>> {
    lines(&as_sentence(text), width, base, theme)
}

/// The words of a sentence without its marks, where there is no room for looks.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(['*', '`', '_', '~', '\\', '[', '&']) {
        return Cow::Borrowed(text);
    }
    let mut words = String::new();
    for event in Parser::new_ext(&as_sentence(text), Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                words.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            _ => {}
        }
    }
    Cow::Owned(words)
}

/// On one line, and its first sign no longer that of a heading, a list or a quote.
fn as_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &line[digits..];
    let sign = rest.chars().next();
    let begins_block = match sign {
        Some('.' | ')') => digits > 0,
        Some('#' | '-' | '+' | '>' | '=' | '|' | '~') => digits == 0,
        Some('*') => digits == 0 && rest.starts_with("* "),
        _ => false,
    };
    if begins_block {
        format!("{}\\{rest}", &line[..digits])
    } else {
        line
    }
}

/// What lies around a block.
enum Around {
    Quote,
    /// A list; the number of its next item, where they have numbers.
    List(Option<u64>),
    /// An item: what stands in front of its first line, until that is drawn, and how wide that is.
    Item {
        mark: Option<String>,
        width: usize,
    },
}

struct Page<'a> {
    lines: Vec<Line<'static>>,
    width: usize,
    theme: &'a Theme,
    around: Vec<Around>,
    /// What words look like, the innermost last.
    styles: Vec<Style>,
    pieces: Vec<Piece>,
    /// Where the links around the words lead.
    links: Vec<String>,
    code: Option<String>,
    table: Option<Table>,
    heading: Option<HeadingLevel>,
    /// A blank line comes before the next block.
    apart: bool,
}

impl<'a> Page<'a> {
    fn new(width: usize, base: Style, theme: &'a Theme) -> Self {
        Self {
            lines: Vec::new(),
            width: width.max(8),
            theme,
            around: Vec::new(),
            styles: vec![base],
            pieces: Vec::new(),
            links: Vec::new(),
            code: None,
            table: None,
            heading: None,
            apart: false,
        }
    }

    fn style(&self) -> Style {
        self.styles.last().copied().unwrap_or(self.theme.text)
    }

    fn push(&mut self, text: &str, style: Style) {
        self.pieces.push(Piece {
            text: safe(text),
            style,
        });
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.push(&text, self.style()),
            },
            Event::InlineHtml(text) => self.push(&text, self.style()),
            Event::Code(code) => {
                let style = self.style().patch(self.theme.code);
                // Where there are no colours it is bold.
                let same = style == self.style();
                self.push(&code, if same { style.patch(BOLD) } else { style });
            }
            Event::SoftBreak => self.push(" ", self.style()),
            Event::HardBreak => self.pieces.push(Piece::line_break()),
            Event::Rule => {
                self.end_block();
                self.space();
                let room = self.room();
                self.put(vec![span("─".repeat(room), self.theme.border)]);
                self.apart = true;
            }
            Event::TaskListMarker(done) => {
                self.push(if done { "☑ " } else { "☐ " }, self.style());
            }
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.push(&text, self.style());
            }
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.end_block();
                self.heading = Some(level);
                self.styles.push(match level {
                    HeadingLevel::H1 | HeadingLevel::H2 => self.theme.accent.patch(BOLD),
                    _ => self.theme.strong,
                });
            }
            Tag::BlockQuote(_) => {
                self.end_block();
                self.space();
                self.around.push(Around::Quote);
            }
            Tag::CodeBlock(kind) => {
                self.end_block();
                self.code = Some(String::new());
                if let CodeBlockKind::Fenced(language) = kind
                    && language.as_ref() == "mermaid"
                {
                    self.space();
                    self.put(vec![span("(a chart, as its source)", self.theme.dim)]);
                    self.apart = false;
                }
            }
            Tag::List(first) => {
                self.end_block();
                self.space();
                self.around.push(Around::List(first));
            }
            Tag::Item => {
                self.end_block();
                // Lists are dense, however their source is.
                self.apart = false;
                self.begin_item();
            }
            Tag::Table(alignments) => {
                self.end_block();
                self.table = Some(Table::new(alignments));
            }
            Tag::TableRow | Tag::TableHead => {
                if let Some(table) = &mut self.table {
                    table.begin_row();
                }
            }
            Tag::Emphasis => self
                .styles
                .push(self.style().add_modifier(Modifier::ITALIC)),
            Tag::Strong => self.styles.push(self.style().patch(BOLD)),
            Tag::Strikethrough => {
                let style = self.style().add_modifier(Modifier::CROSSED_OUT);
                self.styles.push(style);
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push(dest_url.into_string());
                let style = self.style().add_modifier(Modifier::UNDERLINED);
                self.styles.push(style);
            }
            Tag::Paragraph | Tag::HtmlBlock => self.end_block(),
            _ => {}
        }
    }

    fn begin_item(&mut self) {
        let mark = match self
            .around
            .iter_mut()
            .rev()
            .find_map(|around| match around {
                Around::List(number) => Some(number),
                _ => None,
            }) {
            Some(Some(number)) => {
                let mark = format!("{number}. ");
                *number = number.saturating_add(1);
                mark
            }
            _ => "• ".to_owned(),
        };
        let width = mark.chars().count();
        self.around.push(Around::Item {
            mark: Some(mark),
            width,
        });
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => {
                self.end_block();
                self.apart = true;
            }
            TagEnd::Heading(_) => {
                self.end_block();
                self.heading = None;
                self.styles.pop();
                self.apart = true;
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.around.pop();
                self.apart = true;
            }
            TagEnd::Item => {
                self.end_block();
                self.around.pop();
                self.apart = false;
            }
            TagEnd::List(_) => {
                self.around.pop();
                self.apart = true;
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.pieces);
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.space();
                    for line in table.lines(self.room(), self.theme) {
                        self.put(line);
                    }
                    self.apart = true;
                }
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.styles.pop();
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    /// A link says where it leads, unless its words do.
    fn end_link(&mut self) {
        self.styles.pop();
        let Some(url) = self.links.pop() else { return };
        let said = self
            .pieces
            .last()
            .is_some_and(|last| last.text == safe(&url));
        if !said && !url.is_empty() && !url.starts_with('#') {
            self.push(&format!(" ({url})"), self.theme.dim);
        }
    }

    fn end_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        self.space();
        let width = self.room().saturating_sub(2);
        for line in wrap_code(&code, width) {
            self.put(vec![
                span("│ ", self.theme.border),
                span(line, self.theme.code),
            ]);
        }
        self.apart = true;
    }

    /// Draws the words that were collected.
    fn end_block(&mut self) {
        if self.pieces.is_empty() || self.table.is_some() {
            return;
        }
        let pieces = std::mem::take(&mut self.pieces);
        self.space();
        let room = self.room();
        let heading = self.heading;
        let mut widest = 0;
        for line in flow(&pieces, room) {
            let line = Line::from(line);
            widest = widest.max(line.width());
            self.put(line.spans);
        }
        if heading == Some(HeadingLevel::H1) {
            self.put(vec![span("═".repeat(widest), self.theme.border)]);
        } else if heading == Some(HeadingLevel::H2) {
            self.put(vec![span("─".repeat(widest), self.theme.border)]);
        }
        self.apart = false;
    }

    fn space(&mut self) {
        // An item's mark and its text are never apart.
        let fresh = matches!(self.around.last(), Some(Around::Item { mark: Some(_), .. }));
        if std::mem::take(&mut self.apart) && !self.lines.is_empty() && !fresh {
            self.put(Vec::new());
        }
    }

    fn room(&self) -> usize {
        let taken: usize = self.indents().map(|(_, width)| width).sum();
        self.width.saturating_sub(taken).max(self.width / 2)
    }

    fn indents(&self) -> impl Iterator<Item = (usize, usize)> {
        let widths = self
            .around
            .iter()
            .enumerate()
            .map(|(at, around)| match around {
                Around::Quote => (at, 2),
                Around::List(_) => (at, 0),
                Around::Item { width, .. } => (at, *width),
            });
        widths.filter(|(_, width)| *width > 0).take(DEEPEST)
    }

    /// Draws a line behind what lies around it.
    fn put(&mut self, line: Vec<Span<'static>>) {
        let shown: Vec<usize> = self.indents().map(|(at, _)| at).collect();
        let mut spans = Vec::new();
        for (at, around) in self.around.iter_mut().enumerate() {
            let shown = shown.contains(&at);
            match around {
                Around::Quote if shown => spans.push(span("▎ ", self.theme.border)),
                Around::Item { mark, width } if shown => match mark.take() {
                    Some(mark) => spans.push(span(mark, self.theme.accent)),
                    None => spans.push(Span::raw(" ".repeat(*width))),
                },
                _ => {}
            }
        }
        spans.extend(line);
        self.lines.push(Line::from(spans));
    }
}

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// How a column stands.
fn is_right(alignment: Alignment) -> bool {
    alignment == Alignment::Right
}

#[cfg(test)]
mod tests;
