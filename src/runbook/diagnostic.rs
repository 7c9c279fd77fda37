//! What is wrong with a file: what, where, and how to mend it.

use std::fmt;

use super::code::Code;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A place in a file. Lines and columns count from 1 (0: the whole file).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes from the start of the file.
    pub offset: usize,
    /// Length in bytes.
    pub length: usize,
}

/// The most findings of one file: beyond these, nobody reads on.
pub const MOST_FINDINGS: usize = 200;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The runbook cannot be used.
    Error,
    /// It can, but an author will want to know.
    Warning,
    /// Nothing is wrong; something could not be checked or could be shorter.
    Notice,
}

impl Severity {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
        }
    }
}

/// One finding about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding it is, for ever.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub at: Span,
    /// What is wrong, as a sentence.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(at: Span, message: impl Into<String>) -> Self {
        Self {
            code: Code::Value,
            severity: Severity::Error,
            at,
            message: message.into(),
            hint: None,
        }
    }

    /// A warning at a place.
    pub fn warning(at: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(at, message)
        }
    }

    /// The same, but nothing is wrong.
    #[must_use]
    pub fn notice(mut self) -> Self {
        self.severity = Severity::Notice;
        self
    }

    /// The same as a finding of this kind.
    #[must_use]
    pub fn code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The finding with its line underlined, as compilers show it.
    pub fn render(&self, file: &str, source: &str, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Notice => Level::INFO.with_name("notice"),
        };
        let title = level
            .primary_title(visible(&self.message))
            .id(self.code.number());
        let mut group = Group::with_title(title);
        if self.at.line > 0 {
            let (window, mark) = self.window(source);
            group = group.element(
                Snippet::source(window)
                    .line_start(self.at.line)
                    .annotation(AnnotationKind::Primary.span(mark)),
            );
        }
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(visible(hint)));
        }
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let text = renderer.render(&[group]);
        if self.at.line == 0 {
            return format!("{}: {text}", visible(file));
        }
        // The place is said rather than left to be counted: the window may begin
        // in the middle of a line.
        let (blue, plain) = if color {
            ("\u{1b}[1m\u{1b}[94m", "\u{1b}[0m")
        } else {
            ("", "")
        };
        let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
        format!(
            "{title}\n{:width$}{blue}-->{plain} {}:{}:{}\n{rest}",
            "",
            visible(file),
            self.at.line,
            self.at.column,
            width = self.at.line.to_string().len(),
        )
    }

    /// The line of the mark, cut to a sane width, and the mark in it.
    fn window(&self, source: &str) -> (String, std::ops::Range<usize>) {
        const LINE: usize = 400;
        let floor = |mut at: usize| {
            at = at.min(source.len());
            while !source.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let at = floor(self.at.offset);
        let line_start = source[..at].rfind('\n').map_or(0, |n| n + 1);
        let start = floor(line_start.max(at.saturating_sub(LINE)));
        let line_end = source[at..].find('\n').map_or(source.len(), |n| at + n);
        let end = floor(line_end.min(at + LINE)).max(start);
        let mark_end = floor(at + self.at.length.max(1)).clamp(at, end.max(at));
        let harmless = |text: &str| text.replace(|c| c != '\t' && steers(c), "\u{fffd}");
        let mut window = harmless(&source[start..at]);
        let from = window.len();
        window.push_str(&harmless(&source[at..mark_end]));
        let mark = from..window.len();
        window.push_str(&harmless(source[mark_end..end].trim_end_matches('\r')));
        (window, mark)
    }
}

/// One line without a picture: `file:12:3: error[RB007]: …`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.severity.word();
        write!(
            f,
            "{}:{}: {word}[{}]: {}",
            self.at.line,
            self.at.column,
            self.code.number(),
            visible(&self.message)
        )?;
        self.hint
            .as_ref()
            .map_or(Ok(()), |hint| write!(f, " ({})", visible(hint)))
    }
}

/// What a hostile file holds must not steer the terminal, look like lines of
/// our own or turn the reading direction.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text that neither steers nor fills the screen.
fn visible(text: &str) -> String {
    const LONGEST: usize = 500;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if steers(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_the_source() {
        let source = "title: x\nfoo: \u{1b}[31mé\n";
        let at = Span {
            line: 2,
            column: 1,
            offset: 9,
            length: 3,
        };
        let text = Diagnostic::error(at, "unknown field `foo`")
            .code(Code::UnknownField)
            .hint("remove it")
            .render("a.yaml", source, false);
        assert!(text.contains("error[RB005]: unknown field `foo`"), "{text}");
        assert!(text.contains("a.yaml:2:1"), "{text}");
        assert!(text.contains("^^^"), "{text}");
        assert!(text.contains("help: remove it"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(
            text,
            "error[RB005]: unknown field `foo`\n --> a.yaml:2:1\n  |\n2 | foo: \u{fffd}[31mé\n  | ^^^\n  |\n  = help: remove it"
        );
    }

    #[test]
    fn survives_a_mark_outside_the_text() {
        let at = Span {
            line: 9,
            column: 9,
            offset: 999,
            length: 99,
        };
        assert!(
            Diagnostic::error(at, "x")
                .render("f", "é", false)
                .contains('x')
        );
    }
}
