//! The plan as it was decided: phases and steps, what became of each, and why
//! something is not taken.

mod breadcrumb;
mod room;
mod said;

use std::{collections::HashMap, ops::Range, time::Duration};

use ratatui::{
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Block,
};

use super::{Focus, RunScreen, View, card::was_passed};
use crate::engine::{
    State, Status,
    event::Conclusion,
    state::PhaseStatus,
    step::{all_elapsed, fill_or_source},
};
use crate::runbook::{Kind, Phase, Step, duration::clock};
pub use breadcrumb::breadcrumb;
pub use room::granted;
use said::{Said, TIME};

use crate::tui::{frame::Frame, markdown, outline::Outline, rows::Rows, theme::Theme, words::span};

/// A line of the plan.
enum Row<'a> {
    Phase(&'a Phase),
    Step(&'a Step),
}

/// The phases in the order of the plan: visited ones in the order in which they
/// were visited, then those to come, the cleanup last. What the route leaves out
/// stays where it stands in the file, behind its neighbour.
pub fn order(state: &State) -> Vec<&Phase> {
    let visited = state.phases.iter().map(|known| known.id.as_str());
    let upcoming = state.upcoming.iter().map(String::as_str);
    let mut order: Vec<&str> = visited.chain(upcoming).collect();
    let mut before: Option<&str> = None;
    for phase in state.runbook.all_phases() {
        if !order.contains(&phase.id.as_str()) {
            let at = match before {
                _ if state.is_cleanup(phase) => order.len(),
                Some(before) => order
                    .iter()
                    .position(|id| *id == before)
                    .map_or(order.len(), |at| at + 1),
                None => 0,
            };
            order.insert(at, &phase.id);
        }
        before = Some(&phase.id);
    }
    order
        .into_iter()
        .filter_map(|id| state.runbook.phase(id))
        .collect()
}

/// The lines: each phase, and the steps of those on the route.
fn rows(state: &State) -> Vec<Row<'_>> {
    let mut all = Vec::new();
    for phase in order(state) {
        all.push(Row::Phase(phase));
        if state.is_on_route(&phase.id) {
            all.extend(phase.steps.iter().map(Row::Step));
        }
    }
    all
}

/// The step of the route that comes behind another one and was not settled yet.
pub fn after<'a>(state: &'a State, step: &str) -> Option<&'a Step> {
    let steps = rows(state).into_iter().filter_map(|row| match row {
        Row::Step(step) => Some(step),
        Row::Phase(_) => None,
    });
    steps
        .skip_while(|known| known.id != step)
        .skip(1)
        .find(|known| matches!(state.status(&known.id), Status::Pending))
}

/// The step above or below another one.
pub fn neighbour(state: &State, of: Option<&str>, by: i64) -> Option<String> {
    let steps: Vec<&str> = rows(state)
        .into_iter()
        .filter_map(|row| match row {
            Row::Step(step) => Some(step.id.as_str()),
            Row::Phase(_) => None,
        })
        .collect();
    let at = of.and_then(|id| steps.iter().position(|known| *known == id));
    let last = i64::try_from(steps.len().checked_sub(1)?).unwrap_or(0);
    let new = match at {
        Some(at) => (i64::try_from(at).unwrap_or(0) + by).clamp(0, last),
        None if by < 0 => last,
        None => 0,
    };
    steps
        .get(usize::try_from(new).ok()?)
        .map(|id| (*id).to_owned())
}

/// Draws the plan as a pane.
pub fn draw(frame: &mut Frame, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let border = if screen.focus == Focus::Plan {
        theme.focus
    } else {
        theme.border
    };
    frame.render_widget(Outline::new(border, span(" Plan ", theme.dim)), area);
    let inner = Block::bordered().inner(area);
    let lines = arranged(inner, screen, view, theme);
    let lines: Vec<Line<'_>> = lines.into_iter().map(|(_, line)| line).collect();
    frame.render_widget(Rows(lines), inner);
}

/// The step at a place of the plan that is drawn in an area.
pub fn step_at(
    at: Position,
    area: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) -> Option<String> {
    let inner = Block::bordered().inner(area);
    if !inner.contains(at) {
        return None;
    }
    let lines = arranged(inner, screen, view, theme);
    let (row, _) = lines.get(usize::from(at.y - inner.y))?;
    match rows(view.state).get(*row)? {
        Row::Step(step) => Some(step.id.clone()),
        Row::Phase(_) => None,
    }
}

/// The lines that are seen, each with the row that it is of: titles take more of them where
/// there are some to spare.
fn arranged(
    inner: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) -> Vec<(usize, Line<'static>)> {
    let shown = screen.shown(view.state).map(|step| step.id.as_str());
    let rows = rows(view.state);
    // A column of air at the right.
    let width = usize::from(inner.width.saturating_sub(1));
    let height = usize::from(inner.height);
    let is_shown = |row: &Row<'_>| matches!(row, Row::Step(step) if shown == Some(&step.id));
    let marked = rows.iter().position(is_shown);
    let skip = scroll(marked, rows.len(), height);
    // Those of a long run are many, and each is filled in and measured.
    let visible = skip..rows.len().min(skip + height);
    let said = said(view, &rows, visible.clone(), theme);
    let wanted: Vec<usize> = said.iter().map(|said| said.wanted(width)).collect();
    let granted = granted(&wanted, height, current(view.state, &rows[visible.clone()]));
    let mut lines = Vec::new();
    for ((at, said), granted) in visible.zip(said).zip(granted) {
        for line in said.lines(width, granted, theme) {
            let line = if Some(at) == marked {
                line.patch_style(theme.selection)
            } else {
                line
            };
            lines.push((at, line));
        }
    }
    lines
}

/// Which of these rows are of the phase that one is in; once there is none, of the last one
/// that was entered.
fn current(state: &State, rows: &[Row<'_>]) -> Range<usize> {
    let phase = state.current_phase().map(|(phase, _)| &phase.id);
    let phase = phase.or_else(|| state.phases.last().map(|known| &known.id));
    let begins = |row: &Row<'_>| matches!(row, Row::Phase(known) if Some(&known.id) == phase);
    // What begins above what is seen goes on at its top.
    let from = rows.iter().position(begins).unwrap_or(0);
    let ends = |row: &Row<'_>| matches!(row, Row::Phase(known) if Some(&known.id) != phase);
    let length = rows[from..].iter().position(ends);
    from..length.map_or(rows.len(), |length| from + length)
}

/// How many lines to leave out above, so that the marked one stands in view.
pub fn scroll(marked: Option<usize>, total: usize, height: usize) -> usize {
    let marked = marked.unwrap_or(0);
    marked
        .saturating_sub(height.saturating_sub(1) / 2)
        .min(total.saturating_sub(height))
}

/// What the rows that are visible say.
fn said(view: &View<'_>, rows: &[Row<'_>], visible: Range<usize>, theme: &Theme) -> Vec<Said> {
    let is_phase = |row: &&Row<'_>| matches!(row, Row::Phase(_));
    let times = all_elapsed(view.state, view.now);
    let mut number = rows[..visible.start].iter().filter(is_phase).count();
    let of_row = |row: &Row<'_>| match row {
        Row::Phase(phase) => {
            number += 1;
            of_phase(view, phase, number, theme)
        }
        Row::Step(step) => of_step(view, step, &times, theme),
    };
    rows[visible].iter().map(of_row).collect()
}

fn of_step(view: &View<'_>, step: &Step, times: &HashMap<&str, Duration>, theme: &Theme) -> Said {
    let state = view.state;
    let (glyph, style) = glyph(state.status(&step.id), theme);
    let is_current = state.current_step().is_some_and(|it| it.id == step.id);
    let title = fill_or_source(&step.title, state.scope());
    Said {
        before: vec![Span::raw("   "), span(format!("{glyph} "), style)],
        title: markdown::plain(&title).into_owned(),
        style: if is_current {
            theme.strong
        } else if is_quiet(state.status(&step.id)) {
            theme.dim
        } else {
            theme.text
        },
        time: beside(state, step, times.get(step.id.as_str()).copied()),
        kept: if matches!(step.kind, Kind::Run(_)) {
            TIME
        } else {
            0
        },
    }
}

/// What stands at the right of a step: its time, or why it has none.
fn beside(state: &State, step: &Step, elapsed: Option<Duration>) -> String {
    if was_passed(state, step) {
        return "passed over".to_owned();
    }
    match state.status(&step.id) {
        Status::Concluded {
            conclusion: Conclusion::Skipped { .. },
            ..
        } => "skipped".to_owned(),
        Status::NotTaken { .. } => "not taken".to_owned(),
        _ => elapsed.map(clock).unwrap_or_default(),
    }
}

/// Whether the run began behind this phase.
fn is_passed(state: &State, phase: &Phase) -> bool {
    let mut steps = phase.steps.iter().peekable();
    state.run.from.is_some()
        && steps.peek().is_some()
        && steps.all(|step| {
            was_passed(state, step)
                || matches!(
                    state.status(&step.id),
                    Status::NotTaken { .. } | Status::Answered { .. }
                )
        })
}

fn of_phase(view: &View<'_>, phase: &Phase, number: usize, theme: &Theme) -> Said {
    let state = view.state;
    let known = state.phases.iter().find(|known| known.id == phase.id);
    let end = state.closed.as_ref().map_or(view.now, |closed| closed.at);
    let (glyph, style, time, text_style) = match known.map(|known| &known.status) {
        Some(PhaseStatus::Finished { .. }) if is_passed(state, phase) => {
            ("–", theme.dim, "passed over".to_owned(), theme.dim)
        }
        Some(PhaseStatus::Finished { since, at }) => {
            let spent = (*at - *since).to_std().unwrap_or_default();
            ("✔", theme.good, clock(spent), theme.text)
        }
        Some(PhaseStatus::Current { since }) => {
            let spent = (end - *since).to_std().unwrap_or_default();
            ("▶", theme.accent, clock(spent), theme.strong)
        }
        Some(PhaseStatus::Left { since, at }) => {
            let spent = (*at - *since).to_std().unwrap_or_default();
            ("–", theme.warn, clock(spent), theme.dim)
        }
        Some(PhaseStatus::NotTaken { .. }) => ("○", theme.dim, "not taken".to_owned(), theme.dim),
        None if !state.is_on_route(&phase.id) => {
            ("○", theme.dim, "off route".to_owned(), theme.dim)
        }
        None if state.is_cleanup(phase) => ("·", theme.dim, "at the end".to_owned(), theme.dim),
        None => {
            let time = match (&phase.when, phase.budget) {
                (Some(_), _) => "if…".to_owned(),
                (None, Some(budget)) => clock(budget),
                (None, None) => String::new(),
            };
            ("·", theme.dim, time, theme.dim)
        }
    };
    Said {
        before: vec![
            span(format!(" {glyph} "), style),
            span(format!("{number} "), text_style),
        ],
        title: phase.title.clone(),
        style: text_style,
        time,
        kept: TIME,
    }
}

fn is_quiet(status: &Status) -> bool {
    matches!(status, Status::Pending | Status::NotTaken { .. })
}

/// The glyph of a status; a word stands beside it wherever there is room.
pub fn glyph(status: &Status, theme: &Theme) -> (&'static str, Style) {
    match status {
        Status::Pending => ("·", theme.dim),
        Status::NotTaken { .. } => ("○", theme.dim),
        Status::Ready { .. } => ("▶", theme.accent),
        Status::Active { .. } => ("●", theme.accent),
        Status::RetryDue { .. } | Status::PollDue { .. } => ("↻", theme.warn),
        Status::Failed { .. } => ("✘", theme.bad),
        Status::Unknown { .. } => ("?", theme.unknown),
        Status::Deciding(_) => ("◆", theme.accent),
        Status::Manual(_) => ("☐", theme.accent),
        Status::Waiting { .. } => ("◷", theme.accent),
        Status::Answered { overrides, .. } => match overrides {
            Some(_) => ("◆", theme.warn),
            None => ("◆", theme.good),
        },
        Status::Concluded { conclusion, .. } => match conclusion {
            Conclusion::Succeeded | Conclusion::Rehearsed => ("✔", theme.good),
            Conclusion::TookEffect { .. } | Conclusion::DoneOffScript { .. } => ("✔", theme.warn),
            Conclusion::FailureAccepted => ("✘", theme.warn),
            Conclusion::Skipped { .. } => ("–", theme.warn),
        },
    }
}
