//! The main pane: the step's card, its output and what can be chosen.

use ratatui::{
    Frame,
    layout::Rect,
    text::Line,
    widgets::{Block, BorderType, Paragraph},
};

use super::{
    choices::choice_lines,
    layout::{inside, zoomed},
    layout_of, panes,
};
use crate::engine::{AttemptId, Status, observed::Ended, state::Deciding};
use crate::runbook::{Kind, Step};
use crate::tui::{
    run::{Focus, RunScreen, View, Zoom, card, choices, plan, progress},
    theme::Theme,
    words::{clip, span},
};

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
        choices::choices(view)
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

/// The outputs that the screen will show and where; read before drawing.
pub fn output_panes(
    area: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) -> Vec<(AttemptId, Rect)> {
    let layout = layout_of(area, view);
    match screen.zoom {
        Some(Zoom::Output) => panes::arranged_zoomed(inside(zoomed(&layout)), screen, view)
            .cells
            .iter()
            .map(|cell| (cell.attempt, cell.body))
            .collect(),
        Some(Zoom::Timeline | Zoom::Signals) => Vec::new(),
        None => {
            let inner = inside(layout.main);
            let content = content(screen, view, inner, theme);
            let Some(output) = parts(inner, &content).output else {
                return Vec::new();
            };
            panes::arranged(panes_of(output), screen, view)
                .cells
                .iter()
                .map(|cell| (cell.attempt, cell.body))
                .collect()
        }
    }
}

/// The part of the output without the result in its last row.
fn panes_of(output: Rect) -> Rect {
    Rect {
        height: output.height - 1,
        ..output
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

/// Draws the step: its card, its output, its choices.
pub fn main(frame: &mut Frame<'_>, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
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
            rule(frame, area, theme);
            evidence(frame, body, &text, theme);
        }
        return;
    }
    let panes = panes::arranged(panes_of(area), screen, view);
    if panes.tabs.is_none() && panes.cells.len() < 2 {
        rule(frame, area, theme);
    }
    panes::draw(frame, &panes, screen, view, theme);
    let result = Rect {
        y: area.y + area.height - 1,
        height: 1,
        ..area
    };
    let line = progress::line(screen, view, step, usize::from(area.width), theme);
    frame.render_widget(Paragraph::new(line), result);
}

/// What the evidence command printed, or that it still runs; none without one.
fn evidence_text(step: &Step, deciding: &Deciding) -> Option<String> {
    let Kind::Gate(gate) = &step.kind else {
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

/// Draws the output over everything.
pub fn zoomed_output(
    frame: &mut Frame<'_>,
    area: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) {
    frame.render_widget(frame_of(screen, view, area.width, theme), area);
    let panes = panes::arranged_zoomed(inside(area), screen, view);
    if panes.cells.is_empty() {
        let text = Paragraph::new(span("There is no output.", theme.dim));
        frame.render_widget(text, inside(area));
    } else {
        panes::draw(frame, &panes, screen, view, theme);
    }
}
