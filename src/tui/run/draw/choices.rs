//! The choices as lines.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use crate::engine::Command;
use crate::tui::{
    markdown,
    run::choices::{Choice, Does},
    theme::Theme,
    words::{LONGEST, clip, span},
};

/// The choices as lines.
pub struct Listed {
    /// The lines.
    pub lines: Vec<Line<'static>>,
    /// The line of the marked one.
    pub marked: usize,
    /// The line with which each begins.
    pub starts: Vec<usize>,
}

/// How much the choices say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// All, with a blank between two of them.
    Airy,
    /// All.
    Whole,
    /// What follows is told of the marked one alone.
    Brief,
}

/// The choices as lines.
pub fn choice_lines(
    all: &[Choice],
    marked: Option<usize>,
    width: usize,
    room: Room,
    theme: &Theme,
) -> Listed {
    let words = width.min(LONGEST);
    let checklist = all
        .iter()
        .all(|choice| matches!(choice.does, Does::Command(Command::Tick { .. })));
    let mut lines = Vec::new();
    let mut starts = Vec::new();
    let mut marked_line = 0;
    for (number, choice) in all.iter().enumerate() {
        if room == Room::Airy && number > 0 && !checklist {
            lines.push(Line::default());
        }
        starts.push(lines.len());
        let is_marked = marked == Some(number);
        if is_marked {
            marked_line = lines.len();
        }
        let pointer = if is_marked { "▸ " } else { "  " };
        let label_style = if choice.destructive {
            theme.bad
        } else if is_marked {
            theme.strong
        } else {
            theme.text
        };
        let mut spans = vec![span(pointer, theme.accent)];
        if checklist {
            let (glyph, style) = if choice.done {
                ("✔ ", theme.good)
            } else {
                ("☐ ", theme.dim)
            };
            spans.push(span(glyph, style));
            spans.push(span(
                clip(&markdown::plain(&choice.label), width.saturating_sub(4)),
                label_style,
            ));
        } else {
            spans.push(span(
                clip(&markdown::plain(&choice.label), width.saturating_sub(2)),
                label_style,
            ));
            spans.extend(beside(choice, width, theme));
        }
        let mut line = Line::from(spans);
        if is_marked {
            let gap = width.saturating_sub(line.width());
            line.push_span(" ".repeat(gap));
            line = line.patch_style(theme.selection);
        }
        lines.push(line);
        if room == Room::Brief && !is_marked {
            continue;
        }
        if let Some(because) = choice
            .suggested
            .as_ref()
            .filter(|why| !fits_beside(choice, why, width))
        {
            let style = theme.good;
            indented(&mut lines, because, words, style, theme);
        }
        if !choice.follows.is_empty() {
            let style = if choice.destructive {
                theme.warn
            } else {
                theme.dim
            };
            indented(&mut lines, &choice.follows, words, style, theme);
        }
        if let Some(agreement) = &choice.agreement {
            let wanted = format!("needs {} to agree", agreement.wanted());
            let said = agreement.so_far();
            for text in std::iter::once(&wanted).chain(&said) {
                let text = clip(&format!("    {text}"), width);
                lines.push(Line::from(span(text, theme.warn)));
            }
        }
        if !choice.route.is_empty() {
            let text = clip(&format!("    → {}", choice.route), width);
            lines.push(Line::from(span(text, theme.dim)));
        }
    }
    Listed {
        lines,
        marked: marked_line,
        starts,
    }
}

/// A sentence under what it is about.
fn indented(lines: &mut Vec<Line<'static>>, text: &str, width: usize, style: Style, theme: &Theme) {
    for mut line in markdown::inline(text, width.saturating_sub(4), style, theme) {
        line.spans.insert(0, Span::raw("    "));
        lines.push(line);
    }
}

/// Whether why a choice is suggested stands behind what it is called.
fn fits_beside(choice: &Choice, because: &str, width: usize) -> bool {
    let others = [
        if choice.destructive {
            CANNOT.width()
        } else {
            0
        },
        choice
            .agreement
            .as_ref()
            .map_or(0, |agreement| agreement.short().width() + 2),
    ];
    let used = 2 + choice.label.width() + others.iter().sum::<usize>();
    used + "  ◂ suggested: ".width() + because.width() <= width
}

const CANNOT: &str = "  ✘ cannot be undone";

/// What stands behind what a choice is called.
fn beside(choice: &Choice, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut used = 2 + choice.label.width();
    if choice.destructive {
        // A colour alone would say nothing to some.
        let text = clip(CANNOT, width.saturating_sub(used));
        used += text.width();
        spans.push(span(text, theme.bad));
    }
    if let Some(agreement) = &choice.agreement {
        let text = format!("  {}", agreement.short());
        let text = clip(&text, width.saturating_sub(used));
        used += text.width();
        let style = if agreement.is_there() {
            theme.good
        } else {
            theme.warn
        };
        spans.push(span(text, style));
    }
    if let Some(because) = &choice.suggested {
        let text = if because.is_empty() || !fits_beside(choice, because, width) {
            "  ◂ suggested".to_owned()
        } else {
            format!("  ◂ suggested: {}", markdown::plain(because))
        };
        spans.push(span(clip(&text, width.saturating_sub(used)), theme.good));
    }
    spans
}
