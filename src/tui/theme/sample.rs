//! What a theme looks like: lines as they stand on the screen, in its colours.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier},
    text::Line,
    widgets::{Block, BorderType, Paragraph, Widget},
};

use super::{Depth, Theme};
use crate::tui::{rows::Rows, words::span};

/// How wide a sample is.
const WIDTH: u16 = 78;
/// How high it is.
const HEIGHT: u16 = 13;
/// How wide the plan in it is.
const PLAN: u16 = 31;

/// A theme's sample as text with the terminal's own sequences for its colours.
pub fn sample(theme: &Theme) -> String {
    printed(&drawn(theme))
}

fn drawn(theme: &Theme) -> Buffer {
    let area = Rect::new(0, 0, WIDTH, HEIGHT);
    let mut buffer = Buffer::empty(area);
    buffer.set_style(area, theme.base);
    let row = |y: u16| Rect::new(0, y, WIDTH, 1);
    Paragraph::new(header(theme)).render(row(0), &mut buffer);
    let plan = Rect::new(0, 1, PLAN, 10);
    let step = Rect::new(PLAN, 1, WIDTH - PLAN, 10);
    pane(plan, " Plan ", plan_lines(theme), false, theme, &mut buffer);
    pane(
        step,
        " 1.2  Roll back? ",
        gate_lines(theme),
        true,
        theme,
        &mut buffer,
    );
    Paragraph::new(blocks(theme)).render(row(11), &mut buffer);
    Paragraph::new(footer(theme)).render(row(12), &mut buffer);
    buffer
}

fn pane(
    area: Rect,
    title: &'static str,
    lines: Vec<Line<'static>>,
    focused: bool,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    let (border, of_title) = if focused {
        (theme.focus, theme.strong)
    } else {
        (theme.border, theme.dim)
    };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .title(span(title, of_title));
    let inner = block.inner(area);
    block.render(area, buffer);
    Rows(lines).render(inner, buffer);
}

fn header(theme: &Theme) -> Line<'static> {
    Line::from(vec![
        span(" LIVE ", theme.live),
        span(" production  ", theme.bad),
        span("Roll back the payments service", theme.strong),
        span("   1 running", theme.accent),
        span("   phase 0:12", theme.dim),
    ])
}

fn plan_lines(theme: &Theme) -> Vec<Line<'static>> {
    let rows = [
        (" ✔ ", theme.good, "1 Assess the failure  1:12", theme.text),
        ("   ✔ ", theme.good, "Measure the error rate", theme.text),
        ("   ◆ ", theme.accent, "Roll back?", theme.strong),
        (" · ", theme.dim, "2 Roll back the code  1:00", theme.dim),
        (
            "   ● ",
            theme.accent,
            "Deploy           running",
            theme.text,
        ),
        ("   ↻ ", theme.warn, "Health      retry in 4 s", theme.text),
        (
            "   ? ",
            theme.unknown,
            "Migrate  outcome unknown",
            theme.text,
        ),
        (" ○ ", theme.dim, "3 Roll back the database", theme.dim),
    ];
    rows.into_iter()
        .map(|(glyph, style, words, of_words)| {
            Line::from(vec![span(glyph, style), span(words, of_words)])
        })
        .collect()
}

fn gate_lines(theme: &Theme) -> Vec<Line<'static>> {
    let mut marked = Line::from(vec![
        span(" ▸ ", theme.accent),
        span("Roll back the code", theme.strong),
        span("  ◂ suggested", theme.good),
    ]);
    let gap = usize::from(WIDTH - PLAN - 2).saturating_sub(marked.width());
    marked.push_span(" ".repeat(gap));
    vec![
        Line::from(vec![
            span(" run ", theme.dim),
            span("deployctl rollback 'payments'", theme.code),
        ]),
        Line::from(vec![
            span(" ● ", theme.warn),
            span("Error rate  ", theme.text),
            span("7.2 %  ", theme.strong.patch(theme.warn)),
            span("above 1 %  ", theme.dim),
            span("met", theme.warn),
        ]),
        Line::default(),
        marked.patch_style(theme.selection),
        Line::from(span("     Users are served within a minute", theme.dim)),
        Line::from(vec![
            span("   Restore the backup", theme.bad),
            span("  ✘ cannot be undone", theme.bad),
        ]),
        Line::from(span("     5–15 min downtime", theme.warn)),
        Line::from(span(" ✘ failed: exit 3 · 12s", theme.bad)),
    ]
}

fn blocks(theme: &Theme) -> Line<'static> {
    Line::from(vec![
        span(" DRILL ", theme.drill),
        span(" staging   ", theme.good),
        span(" REHEARSAL ", theme.drill),
        span(" no place   ", theme.accent),
        span("! warning: 1 pod is slow", theme.warn),
    ])
}

fn footer(theme: &Theme) -> Line<'static> {
    let hints = [
        (" Enter ", "Roll back the code   ", theme.strong),
        ("n ", "note   ", theme.dim),
        ("? ", "help   ", theme.dim),
        ("q ", "detach", theme.dim),
    ];
    let spans = hints
        .into_iter()
        .flat_map(|(key, words, style)| [span(key, theme.accent), span(words, style)]);
    Line::from(spans.collect::<Vec<_>>())
}

/// A drawing as lines that a terminal shows so.
fn printed(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        let mut look = String::new();
        for cell in row {
            let wanted = sequence(cell.fg, cell.bg, cell.modifier);
            if wanted != look {
                text.push_str("\u{1b}[0m");
                text.push_str(&wanted);
                look = wanted;
            }
            text.push_str(cell.symbol());
        }
        if look.is_empty() {
            text.truncate(text.trim_end_matches(' ').len());
        } else {
            text.push_str("\u{1b}[0m");
        }
        text.push('\n');
    }
    text
}

/// Select Graphic Rendition; empty for plain text.
fn sequence(fg: Color, bg: Color, modifier: Modifier) -> String {
    let mut codes: Vec<String> = [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::REVERSED, "7"),
    ]
    .into_iter()
    .filter(|(one, _)| modifier.contains(*one))
    .map(|(_, code)| code.to_owned())
    .collect();
    codes.extend([color(fg, 30), color(bg, 40)].into_iter().flatten());
    if codes.is_empty() {
        String::new()
    } else {
        format!("\u{1b}[{}m", codes.join(";"))
    }
}

/// The code of a colour; `base` is 30 for text and 40 for what stands behind it.
fn color(color: Color, base: u8) -> Option<String> {
    match color {
        Color::Indexed(index @ 0..=7) => Some((base + index).to_string()),
        Color::Indexed(index @ 8..=15) => Some((base + 52 + index).to_string()),
        Color::Indexed(index) => Some(format!("{};5;{index}", base + 8)),
        Color::Rgb(r, g, b) => Some(format!("{};2;{r};{g};{b}", base + 8)),
        _ => None,
    }
}

/// A sample without colours and without sequences, for what is no terminal.
pub fn words(theme: &Theme) -> String {
    let mut buffer = drawn(&Theme {
        depth: Depth::None,
        ..*theme
    });
    for cell in &mut buffer.content {
        cell.set_style(ratatui::style::Style::reset());
        cell.modifier = Modifier::empty();
        (cell.fg, cell.bg) = (Color::Reset, Color::Reset);
    }
    printed(&buffer)
}
