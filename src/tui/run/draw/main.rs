//! The main pane: the step's card, its output and what can be chosen.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
    widgets::{Block, BorderType, Paragraph},
};

use super::{
    choices::{Listed, choice_lines},
    layout::{inside, zoomed},
    layout_of, panes,
};
use crate::engine::{AttemptId, Next, State, Status, next, observed::Ended, state::Deciding};
use crate::runbook::{Kind, Step};
use crate::tui::{
    overlay,
    run::{Focus, RunScreen, View, Zoom, card, choices, progress},
    theme::Theme,
    words::{clip, span},
};

/// The parts of the main pane.
struct Parts {
    card: Rect,
    output: Option<Rect>,
    /// How it went, where its output has no room.
    result: Option<Rect>,
    choices: Rect,
}

/// From so many rows on there is room for air.
const ROOMY: u16 = 10;

/// So many rows are kept for evidence, so that little moves when it comes.
const LEAST_EVIDENCE: u16 = 6;

/// So many rows are kept for an off-script command that runs where a choice waits.
const LEAST_BESIDE: u16 = 8;

/// What the main pane shows, measured.
struct Content {
    card: Vec<Line<'static>>,
    choices: Listed,
    /// An off-script command has the keys where a choice waits: whether it still runs.
    beside: Option<bool>,
    has_output: bool,
    /// How many lines of evidence there are. Then the card says what one decides by, and
    /// comes before any output.
    evidence: Option<u16>,
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
    let mut choices = choice_lines(&all, marked, width, false, theme);
    if choices.lines.len() > usize::from(inner.height) * 2 / 5 || beside(screen, state).is_some() {
        // Where there is no room, only the marked choice says what follows.
        choices = choice_lines(&all, marked, width, true, theme);
    }
    let evidence = step.and_then(|step| match state.status(&step.id) {
        Status::Deciding(deciding) => evidence_text(step, deciding),
        _ => None,
    });
    let evidence = evidence.map(|text| u16::try_from(text.lines().count()).unwrap_or(u16::MAX));
    Content {
        card: card::lines(view, step, width, theme),
        choices,
        beside: beside(screen, state),
        has_output: evidence.is_some() || screen.shown_attempt(state).is_some(),
        evidence,
    }
}

/// An off-script command is looked at where a choice waits; whether it still runs, and wants
/// more room than what there is to choose. One that is over is looked at until Esc.
fn beside(screen: &RunScreen, state: &State) -> Option<bool> {
    let shown = screen.shown_attempt(state)?;
    let attempt = state.attempts.get(&shown)?;
    let waits = matches!(next(state), Next::Decide(..)) && screen.shows_current(state);
    let live = attempt.status.is_live();
    let wanted = live || screen.looks_off_script();
    (waits && wanted && attempt.is_off_script()).then_some(live)
}

fn parts(inner: Rect, content: &Content) -> Parts {
    let height = inner.height;
    let count = |lines: &[Line<'_>]| u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let wanted = count(&content.choices.lines);
    // A line between it and what stands above, where there is room for air.
    let air = u16::from(height >= ROOMY);
    let choices_height = if wanted == 0 {
        0
    } else {
        (wanted + air).min(height * 3 / 5)
    };
    let left = height - choices_height;
    let card_wanted = count(&content.card);
    let card_height = if content.beside.is_some() {
        card_wanted.min(left.saturating_sub(LEAST_BESIDE).max(2))
    } else if content.evidence.is_some() {
        card_wanted.min(left)
    } else if content.has_output {
        card_wanted.min((left / 2).max(left.saturating_sub(9)))
    } else {
        card_wanted.min(left)
    };
    let mut output_height = left - card_height;
    if let (Some(lines), None) = (content.evidence, content.beside) {
        // What there is to decide stands under what one decides by, not at the far end.
        output_height = output_height.min(lines.max(LEAST_EVIDENCE) + 1);
    }
    let output = (content.has_output && output_height > 2).then_some(Rect {
        y: inner.y + card_height,
        height: output_height,
        ..inner
    });
    // How it went is said where there is no room for what was printed.
    let result = output.is_none() && content.has_output && content.evidence.is_none() && left > 1;
    let card_height = match output {
        Some(_) => card_height,
        None => card_wanted.min(left - u16::from(result)),
    };
    let after_card = inner.y + card_height;
    let result = result.then_some(Rect {
        y: after_card,
        height: 1,
        ..inner
    });
    let above_choices = output
        .or(result)
        .map_or(after_card, |area| area.y + area.height);
    Parts {
        card: Rect {
            height: card_height,
            ..inner
        },
        output,
        result,
        choices: Rect {
            y: above_choices + air,
            height: choices_height.saturating_sub(air),
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
            let Some(output) = beneath_evidence(output, screen, view).1 else {
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

/// The room for a gate's evidence and for panes beneath it: at an open gate there is
/// evidence, if it has any, and what is run off the script there.
fn beneath_evidence(
    output: Rect,
    screen: &RunScreen,
    view: &View<'_>,
) -> (Option<Rect>, Option<Rect>) {
    let step = screen.shown(view.state);
    let evidence = step.is_some_and(|step| {
        matches!(view.state.status(&step.id), Status::Deciding(deciding) if evidence_text(step, deciding).is_some())
    });
    match (evidence, screen.shown_attempt(view.state).is_some()) {
        (true, true) if output.height >= 10 => {
            let upper = output.height / 2;
            let above = Rect {
                height: upper,
                ..output
            };
            let beneath = Rect {
                y: output.y + upper,
                height: output.height - upper,
                ..output
            };
            (Some(above), Some(beneath))
        }
        (true, true) if beside(screen, view.state).is_none() => (Some(output), None),
        // Where there is no room for both, one looks at what one has begun.
        (_, true) => (None, Some(output)),
        (evidence, false) => (evidence.then_some(output), None),
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
    if let Some(area) = parts.result
        && let Some(step) = screen.shown(view.state)
    {
        let line = progress::line(screen, view, step, usize::from(area.width), theme);
        frame.render_widget(Paragraph::new(line), area);
    }
    let rows = usize::from(parts.choices.height);
    let lines = overlay::draw::window(content.choices.lines, content.choices.marked, rows, theme);
    frame.render_widget(Paragraph::new(lines), parts.choices);
}

/// The choice at a place of the screen, by its number.
pub fn choice_at(
    at: Position,
    area: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) -> Option<usize> {
    let inner = inside(area);
    let content = content(screen, view, inner, theme);
    let parts = parts(inner, &content);
    let place = parts.choices;
    let lines = &content.choices.lines;
    let skip = crate::tui::run::plan::scroll(
        Some(content.choices.marked),
        lines.len(),
        usize::from(place.height),
    );
    let line = skip + usize::from(at.y.checked_sub(place.y)?);
    if !place.contains(at) || line >= lines.len() {
        return None;
    }
    let starts = &content.choices.starts;
    starts
        .partition_point(|start| *start <= line)
        .checked_sub(1)
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
    let step = screen.shown(state);
    let (above, beneath) = beneath_evidence(area, screen, view);
    if let (Some(area), Some(step)) = (above, step)
        && let Status::Deciding(deciding) = state.status(&step.id)
        && let Some(text) = evidence_text(step, deciding)
    {
        let body = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
        rule(frame, area, theme);
        evidence(frame, body, &text, theme);
    }
    let Some(area) = beneath else { return };
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
    if let Some(step) = step {
        let line = progress::line(screen, view, step, usize::from(area.width), theme);
        frame.render_widget(Paragraph::new(line), result);
    }
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
