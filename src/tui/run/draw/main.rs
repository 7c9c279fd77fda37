//! The main pane: the step's card, its output and what can be chosen.

use std::fmt::Write as _;

use ratatui::{
    layout::{Position, Rect},
    text::Line,
    widgets::Paragraph,
};

use super::{
    choices::{Listed, Room, choice_lines},
    evidence,
    layout::{inside, zoomed},
    layout_of, panes,
};
use crate::engine::{AttemptId, Next, State, Status, next};
use crate::tui::{
    frame::Frame,
    keymap::{Action, context::STEP},
    outline::Outline,
    overlay,
    rows::Rows,
    run::{Focus, RunScreen, View, Zoom, card, choices, progress, signals},
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

/// So many rows are kept for an off-script command that is looked at where a choice waits.
const LEAST_BESIDE: u16 = 8;

/// What the main pane shows, measured.
struct Content {
    card: Vec<Line<'static>>,
    choices: Listed,
    has_output: bool,
    /// How many panes its output has.
    panes: usize,
    /// An off-script command has the keys where a choice waits.
    beside: bool,
    /// How many rows the evidence wants. Then the card says what one decides by, and
    /// comes before any output.
    evidence: Option<u16>,
}

fn count(lines: &[Line<'_>]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
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
    let card = card::lines(view, step, width, inner.height, theme);
    let panes = screen.round(state).len();
    let evidence = step.and_then(|step| evidence::rows(state, step));
    let has_output = evidence.is_some() || screen.shown_attempt(state).is_some();
    let listed = |room| choice_lines(&all, marked, width, room, theme);
    // Beside what was printed the choices have half of the pane; what is decided by has
    // its rows first.
    let kept = match evidence {
        Some(rows) => count(&card).saturating_add(rows.min(evidence::LEAST) + 1),
        None if has_output => inner.height / 2,
        None => count(&card).min(inner.height / 2),
    };
    let room = inner.height.saturating_sub(kept.saturating_add(1));
    // Where no command prints beside them, they have all that is left.
    let most = if panes > 0 {
        inner.height * 3 / 5
    } else {
        inner.height
    };
    let room = room.min(most).max(inner.height * 2 / 5);
    let beside = beside(screen, state);
    let mut choices = listed(Room::Whole);
    if beside {
        choices = listed(Room::Brief);
    } else if count(&choices.lines) > room {
        choices = listed(Room::Short { spare: 0 });
        let spare = room.checked_sub(count(&choices.lines));
        choices = match spare {
            // What is cut has the rows that stay free.
            Some(spare) => listed(Room::Short {
                spare: usize::from(spare),
            }),
            None => listed(Room::Brief),
        };
    } else {
        let full = listed(Room::Full);
        if count(&full.lines) <= room {
            choices = full;
        }
    }
    if !beside && panes == 0 && count(&choices.lines) <= room {
        let airy = listed(Room::Airy);
        let rows = count(&card).saturating_add(evidence.unwrap_or(0) + 2);
        if count(&airy.lines).saturating_add(rows) <= inner.height {
            choices = airy;
        }
    }
    Content {
        card,
        choices,
        has_output,
        panes,
        beside,
        evidence,
    }
}

/// An off-script command is looked at where a choice waits, and wants more room than what
/// there is to choose. One that is over is looked at until Esc.
fn beside(screen: &RunScreen, state: &State) -> bool {
    let shown = screen.shown_attempt(state);
    let attempt = shown.and_then(|shown| state.attempts.get(&shown));
    let waits = matches!(next(state), Next::Decide(..)) && screen.shows_current(state);
    waits
        && attempt.is_some_and(|attempt| {
            let wanted = attempt.status.is_live() || screen.looks_off_script();
            wanted && attempt.is_off_script()
        })
}

fn parts(inner: Rect, content: &Content) -> Parts {
    let height = inner.height;
    let wanted = count(&content.choices.lines);
    // A line between it and what stands above, where there is room for air.
    let air = u16::from(height >= ROOMY);
    let card_wanted = count(&content.card);
    // Beside what was printed they have a part; what one decides by leaves them the rest.
    let others = match content.evidence {
        Some(rows) => card_wanted.saturating_add(rows.saturating_add(1)),
        None => card_wanted,
    };
    let most = if content.panes > 0 {
        height * 3 / 5
    } else {
        (height * 3 / 5).max(height.saturating_sub(others))
    };
    let choices_height = if wanted == 0 {
        0
    } else {
        (wanted + air).min(most)
    };
    let left = height - choices_height;
    let card_height = if content.beside {
        card_wanted.min(left.saturating_sub(LEAST_BESIDE).max(2))
    } else if content.evidence.is_some() {
        card_wanted.min(left)
    } else if content.has_output {
        // What is printed has the larger part.
        card_wanted.min(left / 2)
    } else {
        card_wanted.min(left)
    };
    let mut output_height = left - card_height;
    if let Some(lines) = content.evidence {
        // What there is to decide stands under what one decides by, not at the far end.
        let beneath = if content.panes > 0 {
            evidence::MOST_BENEATH
        } else {
            0
        };
        output_height = output_height.min(lines.saturating_add(1 + beneath));
    }
    // A rule, and a line of evidence or two of a pane.
    let least = if content.evidence.is_some() { 2 } else { 3 };
    let output = (content.has_output && output_height >= least).then_some(Rect {
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
            let Some(output) = evidence::beneath(output, screen, view).1 else {
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

fn frame_of(screen: &RunScreen, view: &View<'_>, width: u16, theme: &Theme) -> Outline<'static> {
    let (title, corner) = card::title(view, screen.shown(view.state));
    let border = if screen.focus == Focus::Step {
        theme.focus
    } else {
        theme.border
    };
    let room = usize::from(width).saturating_sub(corner.chars().count() + 9);
    let title = span(format!(" {} ", clip(&title, room)), theme.strong);
    let outline = Outline::new(border, title);
    if corner.is_empty() {
        outline
    } else {
        outline.corner(span(format!(" {corner} "), theme.dim))
    }
}

/// Draws the step: its card, its output, its choices.
pub fn main(frame: &mut Frame, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
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
        let mut text = format!("… {} more lines", hidden - down + 1);
        // Where a command printed something, the key moves that.
        let key = view.keys.key_of(STEP, Action::PageDown);
        if screen.log().is_none() && !key.is_empty() {
            let _ = write!(text, " · {key}");
        }
        *last = Line::from(span(text, theme.dim));
    }
    frame.render_widget(Rows(card), parts.card);
    if let Some(step) = screen.shown(view.state)
        && matches!(view.state.status(&step.id), Status::Waiting { .. })
        && let Some(free) = beneath(inner, parts.card)
    {
        // Whoever waits has time to look at how it goes.
        signals::beneath(frame, free, view, theme);
    }
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
    frame.render_widget(Rows(lines), parts.choices);
}

/// What is free under the card, behind a blank row.
fn beneath(inner: Rect, card: Rect) -> Option<Rect> {
    let used = card.height + 1;
    (inner.height > used).then(|| Rect {
        y: inner.y + used,
        height: inner.height - used,
        ..inner
    })
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

fn rule(frame: &mut Frame, area: Rect, theme: &Theme) {
    let line = Rect { height: 1, ..area };
    let text = "─".repeat(usize::from(area.width));
    frame.render_widget(Paragraph::new(span(text, theme.border)), line);
}

fn main_output(frame: &mut Frame, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let state = view.state;
    let step = screen.shown(state);
    let (above, beneath) = evidence::beneath(area, screen, view);
    if let (Some(area), Some(step)) = (above, step)
        && let Status::Deciding(deciding) = state.status(&step.id)
        && let Some(text) = evidence::text(state, step, deciding)
    {
        let body = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
        rule(frame, area, theme);
        evidence::draw(frame, body, &text, theme);
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

/// Draws the output over everything.
pub fn zoomed_output(
    frame: &mut Frame,
    area: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) {
    frame.render_widget(frame_of(screen, view, area.width, theme), area);
    let panes = panes::arranged_zoomed(inside(area), screen, view);
    let state = view.state;
    if panes.cells.is_empty()
        && let Some(step) = screen.shown(state)
        && let Status::Deciding(deciding) = state.status(&step.id)
        && let Some(text) = evidence::text(state, step, deciding)
    {
        evidence::draw(frame, inside(area), &text, theme);
    } else if panes.cells.is_empty() {
        let text = Paragraph::new(span("There is no output.", theme.dim));
        frame.render_widget(text, inside(area));
    } else {
        panes::draw(frame, &panes, screen, view, theme);
    }
}
