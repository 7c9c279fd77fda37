//! The plan as it was decided: phases and steps, what became of each, and why
//! something is not taken.

use std::{ops::Range, time::Duration};

use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Block, BorderType, Paragraph},
};
use unicode_width::UnicodeWidthStr;

use super::{Focus, RunScreen, View, card::was_passed};
use crate::engine::{
    State, Status,
    event::Conclusion,
    state::PhaseStatus,
    step::{all_elapsed, fill_or_source},
};
use crate::runbook::{Phase, Step, duration::clock};
use crate::tui::{
    theme::Theme,
    words::{clip, span},
};

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
pub fn draw(frame: &mut Frame<'_>, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let border = if screen.focus == Focus::Plan {
        theme.focus
    } else {
        theme.border
    };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .title(span(" Plan ", theme.dim));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let shown = screen.shown(view.state).map(|step| step.id.as_str());
    let rows = rows(view.state);
    let is_shown = |row: &Row<'_>| matches!(row, Row::Step(step) if shown == Some(&step.id));
    let marked = rows.iter().position(is_shown);
    let height = usize::from(inner.height);
    let skip = scroll(marked, rows.len(), height);
    let visible = skip..rows.len().min(skip + height);
    let lines = lines(view, &rows, visible, shown, usize::from(inner.width), theme);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The step at a place of the plan that is drawn in an area.
pub fn step_at(at: Position, area: Rect, screen: &RunScreen, view: &View<'_>) -> Option<String> {
    let inner = Block::bordered().inner(area);
    if !inner.contains(at) {
        return None;
    }
    let shown = screen.shown(view.state).map(|step| step.id.as_str());
    let rows = rows(view.state);
    let is_shown = |row: &Row<'_>| matches!(row, Row::Step(step) if shown == Some(&step.id));
    let marked = rows.iter().position(is_shown);
    let skip = scroll(marked, rows.len(), usize::from(inner.height));
    match rows.get(skip + usize::from(at.y - inner.y))? {
        Row::Step(step) => Some(step.id.clone()),
        Row::Phase(_) => None,
    }
}

/// How many lines to leave out above, so that the marked one stands in view.
pub fn scroll(marked: Option<usize>, total: usize, height: usize) -> usize {
    let marked = marked.unwrap_or(0);
    marked
        .saturating_sub(height.saturating_sub(1) / 2)
        .min(total.saturating_sub(height))
}

/// The lines of the rows that are visible: those of a long run are many, and each
/// is filled in and measured.
fn lines(
    view: &View<'_>,
    rows: &[Row<'_>],
    visible: Range<usize>,
    shown: Option<&str>,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let is_phase = |row: &&Row<'_>| matches!(row, Row::Phase(_));
    let times = all_elapsed(view.state, view.now);
    let mut number = rows[..visible.start].iter().filter(is_phase).count();
    rows[visible]
        .iter()
        .map(|row| match row {
            Row::Phase(phase) => {
                number += 1;
                phase_line(view, phase, number, width, theme)
            }
            Row::Step(step) => {
                let time = beside(view.state, step, times.get(step.id.as_str()).copied());
                step_line(view, step, time, shown == Some(&step.id), width, theme)
            }
        })
        .collect()
}

fn step_line(
    view: &View<'_>,
    step: &Step,
    time: String,
    is_shown: bool,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let state = view.state;
    let (glyph, style) = glyph(state.status(&step.id), theme);
    let is_current = state.current_step().is_some_and(|it| it.id == step.id);
    let text_style = if is_current {
        theme.strong
    } else if is_quiet(state.status(&step.id)) {
        theme.dim
    } else {
        theme.text
    };
    let room = width.saturating_sub(5 + time.width() + 1);
    let title = clip(&fill_or_source(&step.title, state.scope()), room);
    let gap = width.saturating_sub(5 + title.width() + time.width());
    let line = Line::from(vec![
        Span::raw("   "),
        span(format!("{glyph} "), style),
        span(title, text_style),
        Span::raw(" ".repeat(gap)),
        span(time, theme.dim),
    ]);
    if is_shown {
        line.patch_style(theme.selection)
    } else {
        line
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

fn phase_line(
    view: &View<'_>,
    phase: &Phase,
    number: usize,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
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
    let prefix = format!(" {glyph} ");
    let label = format!("{number} {}", phase.title);
    let room = width.saturating_sub(prefix.width() + time.width() + 1);
    let label = clip(&label, room);
    let gap = width.saturating_sub(prefix.width() + label.width() + time.width());
    Line::from(vec![
        span(prefix, style),
        span(label, text_style),
        Span::raw(" ".repeat(gap)),
        span(time, theme.dim),
    ])
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

/// The cleanup that is still to come.
fn unentered_cleanup(state: &State) -> Option<&str> {
    let cleanup = state.runbook.cleanup.as_ref()?;
    let entered = state.phases.iter().any(|known| known.id == cleanup.id);
    (!entered).then_some(cleanup.id.as_str())
}

/// The plan on one line, where there is no room for the pane.
pub fn breadcrumb(frame: &mut Frame<'_>, area: Rect, view: &View<'_>, theme: &Theme) {
    let state = view.state;
    let current = state.current_phase().map(|(phase, _)| phase.id.as_str());
    let mut parts = Vec::new();
    let on_route: Vec<&Phase> = state
        .phases
        .iter()
        .map(|known| known.id.as_str())
        .chain(state.upcoming.iter().map(String::as_str))
        .chain(unentered_cleanup(state))
        .filter_map(|id| state.runbook.phase(id))
        .collect();
    let at = on_route
        .iter()
        .position(|phase| Some(phase.id.as_str()) == current);
    let mut left = usize::from(area.width).saturating_sub(2);
    parts.push(span(" ", theme.text));
    // By the numbers that the plan and the step's title have: not all are on the route.
    let all = order(state);
    let number = all
        .iter()
        .position(|phase| Some(phase.id.as_str()) == current);
    if let (Some(number), Some((phase, _))) = (number, state.current_phase()) {
        let place = phase
            .steps
            .iter()
            .position(|step| !state.status(&step.id).is_settled())
            .map_or_else(String::new, |step| {
                format!(" · step {} of {}", step + 1, phase.steps.len())
            });
        let text = clip(
            &format!(
                "phase {} of {}: {}{place}",
                number + 1,
                all.len(),
                phase.title
            ),
            left,
        );
        left = left.saturating_sub(text.width());
        parts.push(span(text, theme.strong));
    }
    for phase in on_route.iter().skip(at.map_or(0, |at| at + 1)) {
        let gap = if parts.len() > 1 { " › " } else { "" };
        let text = format!("{gap}{}", phase.title);
        if text.width() > left {
            if left >= 3 {
                parts.push(span(" › …", theme.dim));
            }
            break;
        }
        left -= text.width();
        parts.push(span(text, theme.dim));
    }
    frame.render_widget(Paragraph::new(Line::from(parts)), area);
}
