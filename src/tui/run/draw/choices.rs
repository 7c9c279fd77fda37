//! The choices as lines.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::engine::Command;
use crate::tui::{
    run::choices::{Choice, Does},
    theme::Theme,
    words::{clip, span, wrap},
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

/// The choices as lines.
pub fn choice_lines(
    all: &[Choice],
    marked: Option<usize>,
    width: usize,
    brief: bool,
    theme: &Theme,
) -> Listed {
    let checklist = all
        .iter()
        .all(|choice| matches!(choice.does, Does::Command(Command::Tick { .. })));
    let mut lines = Vec::new();
    let mut starts = Vec::new();
    let mut marked_line = 0;
    for (number, choice) in all.iter().enumerate() {
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
                clip(&choice.label, width.saturating_sub(4)),
                label_style,
            ));
        } else {
            spans.push(span(
                clip(&choice.label, width.saturating_sub(2)),
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
        if brief && !is_marked {
            continue;
        }
        if !choice.follows.is_empty() {
            let style = if choice.destructive {
                theme.warn
            } else {
                theme.dim
            };
            for text in wrap(&choice.follows, width.saturating_sub(4)) {
                lines.push(Line::from(vec![
                    span("    ", theme.text),
                    span(text, style),
                ]));
            }
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

/// What stands behind what a choice is called.
fn beside(choice: &Choice, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut used = 2 + choice.label.width();
    if choice.destructive {
        // A colour alone would say nothing to some.
        let text = clip("  ✘ cannot be undone", width.saturating_sub(used));
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
        let text = if because.is_empty() {
            "  ◂ suggested".to_owned()
        } else {
            format!("  ◂ suggested: {because}")
        };
        spans.push(span(clip(&text, width.saturating_sub(used)), theme.good));
    }
    spans
}
