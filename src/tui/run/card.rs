//! The step card: why, the exact command, what counts as success, and how it went.

mod command;
mod gate;
mod manual;
mod over;
mod place;
mod wait;

use ratatui::{style::Style, text::Line};

use super::{View, plan};
use crate::engine::{
    State, Status,
    state::PhaseStatus,
    step::{self, fill_or_source},
    untaken::why_not,
};
use crate::runbook::{Kind, Step, duration::clock};
use crate::tui::{
    markdown,
    theme::Theme,
    words::{LONGEST, span, wrap},
};
pub use command::{how, result};
use gate::gate_lines;
use manual::manual_lines;
pub use manual::was_passed;
use wait::wait_lines;

/// The title of the pane and what stands at its right.
pub fn title(view: &View<'_>, step: Option<&Step>) -> (String, String) {
    let state = view.state;
    let Some(step) = step else {
        return match &state.closed {
            Some(closed) => (format!("Closed: {}", closed.outcome.word()), String::new()),
            None => ("Nothing is left to do".to_owned(), String::new()),
        };
    };
    let place = state.runbook.step(&step.id).map(|(phase, _)| {
        let phase_number = plan::order(state)
            .iter()
            .position(|known| known.id == phase.id);
        let step_number = phase.steps.iter().position(|other| other.id == step.id);
        match (phase_number, step_number) {
            (Some(p), Some(s)) => format!("{}.{}  ", p + 1, s + 1),
            _ => String::new(),
        }
    });
    let title = fill_or_source(&step.title, state.scope());
    let title = format!("{}{}", place.unwrap_or_default(), markdown::plain(&title));
    (title, corner(view, step))
}

fn corner(view: &View<'_>, step: &Step) -> String {
    let state = view.state;
    let mut parts = Vec::new();
    match &step.kind {
        Kind::Run(_) => parts.push(step.effect.word().to_owned()),
        Kind::Gate(_) => parts.push("gate".to_owned()),
        Kind::Manual(_) => parts.push("by hand".to_owned()),
        Kind::Wait(_) => parts.push("wait".to_owned()),
    }
    if let Some((_, attempt)) = state.attempts_of(&step.id).last() {
        if attempt.launch.number > 1 {
            parts.push(format!("attempt {}", attempt.launch.number));
        }
        if let Some(time) = step::elapsed(state, &step.id, view.now) {
            parts.push(clock(time));
        }
    }
    parts.join(" · ")
}

/// From so many rows on a wait has large digits.
const LARGE: u16 = 13;

/// With fewer rows what one decides by stands before why it is asked.
const LOW: u16 = 10;

/// The card's lines, in a pane of so many rows.
pub fn lines(
    view: &View<'_>,
    step: Option<&Step>,
    width: usize,
    height: u16,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let state = view.state;
    let Some(step) = step else {
        return over::over(view, width, theme);
    };
    let scope = state.scope();
    let mut lines = Vec::new();
    place::place(&mut lines, view, step, width, theme);
    let why = fill_or_source(&step.why, scope);
    let why = markdown::lines(
        &why,
        width.saturating_sub(6).min(LONGEST),
        theme.text,
        theme,
    );
    let large = height >= LARGE;
    if height < LOW && matches!(state.status(&step.id), Status::Deciding(_)) {
        gate_lines(&mut lines, view, step, width, theme);
        beside(&mut lines, "why", why, theme);
        return lines;
    }
    beside(&mut lines, "why", why, theme);
    match &step.kind {
        Kind::Run(run) => command::run_lines(&mut lines, view, step, run, width, theme),
        Kind::Gate(_) => {
            let mut of_gate = Vec::new();
            gate_lines(&mut of_gate, view, step, width, theme);
            if !lines.is_empty() && !of_gate.is_empty() {
                lines.push(Line::default());
            }
            lines.append(&mut of_gate);
        }
        Kind::Manual(_) => {
            if large && !lines.is_empty() {
                lines.push(Line::default());
            }
            manual_lines(&mut lines, view, step, width, theme);
        }
        Kind::Wait(_) => wait_lines(&mut lines, view, step, (width, large), theme),
    }
    turn(&mut lines, state, step, width, theme);
    lines
}

/// Why it is not this step's turn.
fn turn(lines: &mut Vec<Line<'static>>, state: &State, step: &Step, width: usize, theme: &Theme) {
    let of_phase = state.runbook.step(&step.id).and_then(|(phase, _)| {
        let known = state.phases.iter().find(|known| known.id == phase.id);
        known.map(|known| &known.status)
    });
    let (text, style) = match (state.status(&step.id), of_phase) {
        (Status::Pending, Some(PhaseStatus::NotTaken { because })) => (
            format!("Its phase is not taken: {}.", why_not(state, because)),
            theme.warn,
        ),
        (Status::Pending, _) => ("It is not this step's turn yet.".to_owned(), theme.dim),
        (Status::NotTaken { because }, _) => (
            format!("Not taken: {}.", why_not(state, because)),
            theme.warn,
        ),
        _ => return,
    };
    let text = wrap(&markdown::plain(&text), width.min(LONGEST));
    lines.extend(text.into_iter().map(|text| Line::from(span(text, style))));
}

/// Drawn lines behind a short word.
fn beside(lines: &mut Vec<Line<'static>>, label: &str, texts: Vec<Line<'static>>, theme: &Theme) {
    for (number, mut text) in texts.into_iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        text.spans.insert(0, span(format!("{label:<6}"), theme.dim));
        lines.push(text);
    }
}

/// Lines behind a short word.
fn labelled(
    lines: &mut Vec<Line<'static>>,
    label: &str,
    texts: &[String],
    style: Style,
    theme: &Theme,
) {
    for (number, text) in texts.iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        lines.push(Line::from(vec![
            span(format!("{label:<6}"), theme.dim),
            span(text.clone(), style),
        ]));
    }
}
