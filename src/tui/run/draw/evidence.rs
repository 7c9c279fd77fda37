//! What a gate is decided by: what its evidence command printed, and beneath it what was
//! run off the script there.

use ratatui::{layout::Rect, text::Line};

use crate::engine::{State, Status, observed::Ended, state::Deciding};
use crate::runbook::{Kind, Step};
use crate::tui::{
    frame::Frame,
    rows::Rows,
    run::{RunScreen, View, card},
    theme::Theme,
    words::{clip, span},
};

/// So many rows are kept for evidence that is still looked for, so that little moves
/// when it comes.
pub const LEAST: u16 = 6;

/// What is run off the script at a gate has so many rows there: a rule, its lines, its
/// place and how it went.
const LEAST_BENEATH: u16 = 5;
pub const MOST_BENEATH: u16 = 12;

/// How many rows the evidence of an open gate wants.
pub fn rows(state: &State, step: &Step) -> Option<u16> {
    let Status::Deciding(deciding) = state.status(&step.id) else {
        return None;
    };
    let text = text(state, step, deciding)?;
    let lines = u16::try_from(text.lines().count()).unwrap_or(u16::MAX);
    // In a rehearsal nothing comes.
    let is_there = deciding.evidence.is_some() || state.is_rehearsal();
    Some(if is_there { lines } else { LEAST })
}

/// The room for a gate's evidence and for panes beneath it: at an open gate there is
/// evidence, if it has any, and what is run off the script there.
pub fn beneath(output: Rect, screen: &RunScreen, view: &View<'_>) -> (Option<Rect>, Option<Rect>) {
    let step = screen.shown(view.state);
    let evidence = step.and_then(|step| rows(view.state, step));
    match (evidence, screen.shown_attempt(view.state).is_some()) {
        // What one decides by stays, if only its last line.
        (Some(lines), true) if output.height >= LEAST_BENEATH + 2 => {
            let upper = (lines + 1).min(output.height - LEAST_BENEATH).max(2);
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
        // Where there is no room for both, one looks at what one has begun.
        (_, true) => (None, Some(output)),
        (evidence, false) => (evidence.map(|_| output), None),
    }
}

/// What the evidence command printed, or that it still runs; none without one.
pub fn text(state: &State, step: &Step, deciding: &Deciding) -> Option<String> {
    let Kind::Gate(gate) = &step.kind else {
        return None;
    };
    gate.evidence.as_ref()?;
    Some(match &deciding.evidence {
        None if state.is_rehearsal() => "A rehearsal looks for no evidence.".to_owned(),
        None => "Looking for evidence …".to_owned(),
        Some((text, Ended::Exit { code: 0 })) if text.is_empty() => {
            "The evidence command printed nothing.".to_owned()
        }
        Some((text, Ended::Exit { code: 0 })) => text.clone(),
        Some((text, ended)) => format!(
            "{text}\n(the evidence command did not succeed: {})",
            card::how(ended)
        ),
    })
}

pub fn draw(frame: &mut Frame, area: Rect, text: &str, theme: &Theme) {
    let lines: Vec<&str> = text.lines().collect();
    let rows = usize::from(area.height);
    let skip = lines.len().saturating_sub(rows);
    let lines: Vec<Line<'_>> = lines
        .iter()
        .skip(skip)
        .map(|line| Line::from(span(clip(line, usize::from(area.width)), theme.code)))
        .collect();
    frame.render_widget(Rows(lines), area);
}
