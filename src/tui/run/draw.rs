//! Where the panes of the run screen stand, and drawing them.

use ratatui::{
    Frame,
    layout::Rect,
    text::Line,
    widgets::{Block, BorderType, Clear, Paragraph},
};
use unicode_width::UnicodeWidthStr;

use super::{
    Focus, RunScreen, View, Zoom, card,
    choices::{self, Choice, Does},
    footer, header, output, plan, timeline,
};
use crate::engine::{Command, Status, state::AttemptStatus};
use crate::tui::{
    overlay,
    theme::Theme,
    words::{clip, span, wrap},
};

/// Where the panes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    header: Rect,
    breadcrumb: Option<Rect>,
    plan: Option<Rect>,
    main: Rect,
    timeline: Option<Rect>,
    footer: Rect,
}

/// The smallest screen that shows a step and its prompt.
const SMALLEST: (u16, u16) = (40, 12);
/// From here on the plan stands beside the step.
const WIDE: u16 = 100;

/// The layout of a screen.
pub fn layout(area: Rect) -> Layout {
    let row = |y: u16| Rect {
        y: area.y + y,
        height: 1,
        ..area
    };
    let header = row(0);
    let footer = row(area.height.saturating_sub(1));
    let wide = area.width >= WIDE;
    let top = if wide { 1 } else { 2 };
    let body = Rect {
        y: area.y + top,
        height: area.height.saturating_sub(top + 1),
        ..area
    };
    let plan_width = if wide {
        (area.width * 3 / 10).clamp(30, 48)
    } else {
        0
    };
    let right = Rect {
        x: body.x + plan_width,
        width: body.width - plan_width,
        ..body
    };
    let timeline_height = match body.height {
        0..=17 => 0,
        18..=24 => 5,
        height => (height / 4).clamp(7, 14),
    };
    let main = Rect {
        height: right.height - timeline_height,
        ..right
    };
    Layout {
        header,
        breadcrumb: (!wide).then(|| row(1)),
        plan: wide.then_some(Rect {
            width: plan_width,
            ..body
        }),
        main,
        timeline: (timeline_height > 0).then_some(Rect {
            y: right.y + main.height,
            height: timeline_height,
            ..right
        }),
        footer,
    }
}

/// The parts of the main pane.
struct Parts {
    card: Rect,
    output: Option<Rect>,
    choices: Rect,
}

/// What the main pane shows, measured.
struct Content {
    card: Vec<Line<'static>>,
    choices: Vec<Line<'static>>,
    marked_line: usize,
    has_output: bool,
    /// The card says what one decides by: it comes before any output.
    card_first: bool,
}

fn content(screen: &RunScreen, view: &View<'_>, inner: Rect, theme: &Theme) -> Content {
    let width = usize::from(inner.width);
    let state = view.state;
    let step = screen.shown(state);
    let all = if screen.shows_current(state) {
        choices::choices(state)
    } else {
        Vec::new()
    };
    let marked = screen.marked(state, &all);
    let (mut choices, mut marked_line) = choice_lines(&all, marked, width, false, theme);
    if choices.len() > usize::from(inner.height) * 2 / 5 {
        // Where there is no room, only the marked choice says what follows.
        (choices, marked_line) = choice_lines(&all, marked, width, true, theme);
    }
    let evidence = step.is_some_and(|step| {
        matches!(state.status(&step.id), Status::Deciding(deciding) if evidence_text(step, deciding).is_some())
    });
    Content {
        card: card::lines(view, step, width, theme),
        choices,
        marked_line,
        card_first: evidence,
        has_output: evidence || screen.shown_attempt(state).is_some(),
    }
}

fn parts(inner: Rect, content: &Content) -> Parts {
    let height = inner.height;
    let count = |lines: &[Line<'_>]| u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let wanted = count(&content.choices);
    let choices_height = if wanted == 0 {
        0
    } else {
        // A line between it and what stands above.
        (wanted + 1).min(height * 3 / 5)
    };
    let left = height - choices_height;
    let card_wanted = count(&content.card);
    let card_height = if content.card_first {
        card_wanted.min(left)
    } else if content.has_output {
        card_wanted.min((left / 2).max(left.saturating_sub(9)))
    } else {
        card_wanted.min(left)
    };
    let output_height = left - card_height;
    let card = Rect {
        height: card_height,
        ..inner
    };
    let output = (content.has_output && output_height > 2).then_some(Rect {
        y: inner.y + card_height,
        height: output_height,
        ..inner
    });
    let choices_y = match output {
        Some(_) => inner.y + left,
        // Without output the choices follow the card at once.
        None => inner.y + card_height,
    };
    Parts {
        card,
        output,
        choices: Rect {
            y: choices_y,
            height: choices_height,
            ..inner
        },
    }
}

fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// How many rows of output the screen will show; read before drawing.
pub fn output_rows(area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) -> u16 {
    let layout = layout(area);
    match screen.zoom {
        Some(Zoom::Output) => inside(zoomed(&layout)).height.saturating_sub(1),
        Some(Zoom::Timeline) => 0,
        None => {
            let inner = inside(layout.main);
            let content = content(screen, view, inner, theme);
            // A line above, the result and the place below.
            parts(inner, &content)
                .output
                .map_or(0, |output| output.height.saturating_sub(3))
        }
    }
}

fn zoomed(layout: &Layout) -> Rect {
    let y = layout.header.y + 1;
    Rect {
        x: layout.header.x,
        y,
        width: layout.header.width,
        height: layout.footer.y.saturating_sub(y),
    }
}

/// Draws the run screen.
pub fn draw(frame: &mut Frame<'_>, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, theme.base);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!(
            "This window is too small: {} by {} at least.",
            SMALLEST.0, SMALLEST.1
        );
        let lines: Vec<Line<'_>> = wrap(&text, usize::from(area.width))
            .into_iter()
            .map(Line::from)
            .collect();
        frame.render_widget(Paragraph::new(lines), area);
        return;
    }
    let layout = layout(area);
    header::draw(frame, layout.header, view, theme);
    match screen.zoom {
        Some(Zoom::Timeline) => timeline::draw(frame, zoomed(&layout), screen, view, theme),
        Some(Zoom::Output) => zoomed_output(frame, zoomed(&layout), screen, view, theme),
        None => {
            if let Some(area) = layout.plan {
                plan::draw(frame, area, screen, view, theme);
            }
            if let Some(area) = layout.breadcrumb {
                plan::breadcrumb(frame, area, view, theme);
            }
            main(frame, layout.main, screen, view, theme);
            if let Some(area) = layout.timeline {
                timeline::draw(frame, area, screen, view, theme);
            }
            // Where the plan has no pane, Tab lays it over the step.
            if layout.plan.is_none() && screen.focus == Focus::Plan {
                frame.render_widget(Clear, layout.main);
                frame.buffer_mut().set_style(layout.main, theme.base);
                plan::draw(frame, layout.main, screen, view, theme);
            }
        }
    }
    footer::draw(frame, layout.footer, screen, view, theme);
    for layer in &screen.overlays {
        overlay::draw::draw(frame, area, layer, view, theme);
    }
}

fn frame_of(screen: &RunScreen, view: &View<'_>, width: u16, theme: &Theme) -> Block<'static> {
    let (title, corner) = card::title(view, screen.shown(view.state));
    let border = if screen.focus == Focus::Step {
        theme.focus
    } else {
        theme.border
    };
    let room = usize::from(width).saturating_sub(corner.chars().count() + 9);
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .title(span(format!(" {} ", clip(&title, room)), theme.strong));
    if corner.is_empty() {
        block
    } else {
        block.title_top(Line::from(span(format!(" {corner} "), theme.dim)).right_aligned())
    }
}

fn main(frame: &mut Frame<'_>, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    frame.render_widget(frame_of(screen, view, area.width, theme), area);
    let inner = inside(area);
    let content = content(screen, view, inner, theme);
    let parts = parts(inner, &content);
    let hidden = content
        .card
        .len()
        .saturating_sub(usize::from(parts.card.height));
    let down = screen.card_down.min(hidden);
    let mut card: Vec<Line<'_>> = content
        .card
        .into_iter()
        .skip(down)
        .take(usize::from(parts.card.height))
        .collect();
    if down < hidden
        && let Some(last) = card.last_mut()
    {
        *last = Line::from(span(
            format!("… {} more lines", hidden - down + 1),
            theme.dim,
        ));
    }
    frame.render_widget(Paragraph::new(card), parts.card);
    if let Some(area) = parts.output {
        main_output(frame, area, screen, view, theme);
    }
    if parts.choices.height > 0 {
        let rows = usize::from(parts.choices.height - 1);
        let skip = plan::scroll(Some(content.marked_line), content.choices.len(), rows);
        let lines: Vec<Line<'_>> = content.choices.into_iter().skip(skip).take(rows).collect();
        let area = Rect {
            y: parts.choices.y + 1,
            height: parts.choices.height - 1,
            ..parts.choices
        };
        frame.render_widget(Paragraph::new(lines), area);
    }
}

fn rule(frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let line = Rect { height: 1, ..area };
    let text = "─".repeat(usize::from(area.width));
    frame.render_widget(Paragraph::new(span(text, theme.border)), line);
}

fn main_output(
    frame: &mut Frame<'_>,
    area: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) {
    rule(frame, area, theme);
    let state = view.state;
    let Some(step) = screen.shown(state) else {
        return;
    };
    let body = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    if let Status::Deciding(deciding) = state.status(&step.id) {
        if let Some(text) = evidence_text(step, deciding) {
            evidence(frame, body, &text, theme);
        }
        return;
    }
    let Some((_, attempt)) = state.attempts_of(&step.id).last() else {
        return;
    };
    let text = Rect {
        height: body.height.saturating_sub(1),
        ..body
    };
    if let Some((_, log)) = &screen.log {
        output::draw(frame, text, log, theme);
    }
    let result = Rect {
        y: body.y + body.height - 1,
        height: 1,
        ..body
    };
    if attempt.status != AttemptStatus::Voided {
        let line = card::result(state, step, attempt, usize::from(body.width), theme);
        frame.render_widget(Paragraph::new(line), result);
    }
}

/// What the evidence command printed, or that it still runs; none without one.
fn evidence_text(
    step: &crate::runbook::Step,
    deciding: &crate::engine::state::Deciding,
) -> Option<String> {
    use crate::engine::observed::Ended;
    let crate::runbook::Kind::Gate(gate) = &step.kind else {
        return None;
    };
    gate.evidence.as_ref()?;
    Some(match &deciding.evidence {
        None => "Looking for evidence …".to_owned(),
        Some((text, Ended::Exit { code: 0 })) if text.is_empty() => {
            "The evidence command printed nothing.".to_owned()
        }
        Some((text, Ended::Exit { code: 0 })) => text.clone(),
        Some((text, ended)) => format!("{text}\n(the evidence command did not succeed: {ended:?})"),
    })
}

fn evidence(frame: &mut Frame<'_>, area: Rect, text: &str, theme: &Theme) {
    let lines: Vec<&str> = text.lines().collect();
    let rows = usize::from(area.height);
    let skip = lines.len().saturating_sub(rows);
    let lines: Vec<Line<'_>> = lines
        .iter()
        .skip(skip)
        .map(|line| Line::from(span(clip(line, usize::from(area.width)), theme.code)))
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn zoomed_output(
    frame: &mut Frame<'_>,
    area: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) {
    frame.render_widget(frame_of(screen, view, area.width, theme), area);
    match &screen.log {
        Some((_, log)) => output::draw(frame, inside(area), log, theme),
        None => frame.render_widget(
            Paragraph::new(span("There is no output.", theme.dim)),
            inside(area),
        ),
    }
}

/// The choices as lines, and the line of the marked one.
fn choice_lines(
    all: &[Choice],
    marked: Option<usize>,
    width: usize,
    brief: bool,
    theme: &Theme,
) -> (Vec<Line<'static>>, usize) {
    let checklist = all
        .iter()
        .all(|choice| matches!(choice.does, Does::Command(Command::Tick { .. })));
    let mut lines = Vec::new();
    let mut marked_line = 0;
    for (number, choice) in all.iter().enumerate() {
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
            let mut used = 2 + choice.label.width();
            if choice.destructive {
                // A colour alone would say nothing to some.
                let text = clip("  ✘ cannot be undone", width.saturating_sub(used));
                used += text.width();
                spans.push(span(text, theme.bad));
            }
            if let Some(because) = &choice.suggested {
                let text = if because.is_empty() {
                    "  ◂ suggested".to_owned()
                } else {
                    format!("  ◂ suggested: {because}")
                };
                spans.push(span(clip(&text, width.saturating_sub(used)), theme.good));
            }
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
        if !choice.route.is_empty() {
            let text = clip(&format!("    → {}", choice.route), width);
            lines.push(Line::from(span(text, theme.dim)));
        }
    }
    (lines, marked_line)
}
