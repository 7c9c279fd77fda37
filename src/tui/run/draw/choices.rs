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
    words::{LONGEST, clip, span, wrap},
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
    /// All, with every phase that follows.
    Full,
    /// All, of the phases that follow what one line holds.
    Whole,
    /// All of the marked one, and of the others one line; so many rows more are free for
    /// those that one line cuts.
    Short {
        /// How many.
        spare: usize,
    },
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
    let mut spare = match room {
        Room::Short { spare } => spare,
        _ => 0,
    };
    for (number, choice) in all.iter().enumerate() {
        if room == Room::Airy && number > 0 && !checklist {
            lines.push(Line::default());
        }
        starts.push(lines.len());
        let is_marked = marked == Some(number);
        if is_marked {
            marked_line = lines.len();
        }
        let pointer = span(if is_marked { "▸ " } else { "  " }, theme.accent);
        let label_style = if choice.destructive {
            theme.bad
        } else if is_marked {
            theme.strong
        } else {
            theme.text
        };
        let mut named = if checklist {
            let brief = room == Room::Brief && !is_marked;
            entry(choice, pointer, words, brief, label_style, theme)
        } else {
            let label = clip(&markdown::plain(&choice.label), width.saturating_sub(2));
            let mut spans = vec![pointer, span(label, label_style)];
            spans.extend(beside(choice, width, theme));
            vec![Line::from(spans)]
        };
        if is_marked {
            named = named
                .into_iter()
                .map(|line| selected(line, width, theme))
                .collect();
        }
        lines.append(&mut named);
        match room {
            Room::Brief if !is_marked => {}
            Room::Short { .. } if !is_marked => {
                if !choice.follows.is_empty() {
                    shortened(&mut lines, &choice.follows, words, &mut spare, theme);
                }
            }
            _ => told(&mut lines, choice, width, room, theme),
        }
    }
    Listed {
        lines,
        marked: marked_line,
        starts,
    }
}

/// An entry of a checklist: what is ticked is read to its end first.
fn entry(
    choice: &Choice,
    pointer: Span<'static>,
    width: usize,
    brief: bool,
    style: Style,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let (glyph, of_glyph) = if choice.done {
        ("✔ ", theme.good)
    } else {
        ("☐ ", theme.dim)
    };
    let label = markdown::plain(&choice.label);
    let width = width.saturating_sub(4);
    let parts = if brief {
        vec![clip(&label, width)]
    } else {
        wrap(&label, width)
    };
    let mut parts = parts.into_iter();
    let first = span(parts.next().unwrap_or_default(), style);
    let mut lines = vec![Line::from(vec![pointer, span(glyph, of_glyph), first])];
    lines.extend(parts.map(|part| Line::from(span(format!("    {part}"), style))));
    lines
}

/// All that is said under a choice.
fn told(lines: &mut Vec<Line<'static>>, choice: &Choice, width: usize, room: Room, theme: &Theme) {
    let words = width.min(LONGEST);
    let because = choice.suggested.as_ref();
    if let Some(because) = because.filter(|why| !fits_beside(choice, why, width)) {
        indented(lines, because, words, theme.good, theme);
    }
    if !choice.follows.is_empty() {
        let style = if choice.destructive {
            theme.warn
        } else {
            theme.dim
        };
        indented(lines, &choice.follows, words, style, theme);
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
        let route = if matches!(room, Room::Airy | Room::Full) {
            wrap(&choice.route, width.saturating_sub(6))
        } else {
            vec![clip(&choice.route, width.saturating_sub(6))]
        };
        for (number, text) in route.into_iter().enumerate() {
            let arrow = if number == 0 { "→" } else { " " };
            lines.push(Line::from(span(format!("    {arrow} {text}"), theme.dim)));
        }
    }
}

/// What follows from another choice than the marked one: a line, and those that are free.
fn shortened(
    lines: &mut Vec<Line<'static>>,
    text: &str,
    width: usize,
    spare: &mut usize,
    theme: &Theme,
) {
    let text = markdown::plain(text);
    let wrapped = wrap(&text, width.saturating_sub(4));
    let more = wrapped.len().saturating_sub(1);
    if more > *spare {
        let text = clip(&format!("    {text}"), width);
        lines.push(Line::from(span(text, theme.dim)));
        return;
    }
    *spare -= more;
    let wrapped = wrapped.into_iter();
    lines.extend(wrapped.map(|text| Line::from(span(format!("    {text}"), theme.dim))));
}

/// A line that is marked from end to end.
fn selected(mut line: Line<'static>, width: usize, theme: &Theme) -> Line<'static> {
    let gap = width.saturating_sub(line.width());
    line.push_span(" ".repeat(gap));
    line.patch_style(theme.selection)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_line_cuts_has_the_rows_that_are_free() {
        let follows = "Ten minutes of downtime; what was written since may be lost";
        let choice = |label| Choice::new(label, follows, Does::Close);
        let theme = Theme::load(None, std::path::Path::new("")).expect("it is built in");
        let all = [choice("Marked"), choice("Second"), choice("Third")];
        let told = |spare| {
            let room = Room::Short { spare };
            let listed = choice_lines(&all, Some(0), 50, room, &theme);
            let lines = listed.lines.iter().map(ToString::to_string);
            lines.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(told(0).matches('…').count(), 2);
        assert_eq!(told(1).matches('…').count(), 1);
        assert_eq!(told(1).matches("may be lost").count(), 2);
        assert_eq!(told(2).matches('…').count(), 0);
        assert_eq!(told(2).lines().count(), told(0).lines().count() + 2);
    }
}
