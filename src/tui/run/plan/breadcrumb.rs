//! The plan on one line, where there is no room for the pane.

use ratatui::{layout::Rect, text::Line, widgets::Paragraph};
use unicode_width::UnicodeWidthStr;

use super::order;
use crate::engine::State;
use crate::runbook::Phase;
use crate::tui::{
    frame::Frame,
    run::View,
    theme::Theme,
    words::{clip, span},
};

/// The cleanup that is still to come.
fn unentered_cleanup(state: &State) -> Option<&str> {
    let cleanup = state.runbook.cleanup.as_ref()?;
    let entered = state.phases.iter().any(|known| known.id == cleanup.id);
    (!entered).then_some(cleanup.id.as_str())
}

/// The plan on one line, where there is no room for the pane.
pub fn breadcrumb(frame: &mut Frame, area: Rect, view: &View<'_>, theme: &Theme) {
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
