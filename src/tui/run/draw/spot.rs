//! What stands at a place of the screen.

use ratatui::layout::{Position, Rect};

use super::{layout::zoomed, layout_of, main};
use crate::engine::AttemptId;
use crate::tui::{
    run::{Focus, RunScreen, View, Zoom, plan},
    theme::Theme,
};

/// What stands somewhere on the run screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// The plan, and the step of it if it is one.
    Plan(Option<String>),
    /// The step's pane.
    Step,
    /// The output of an attempt.
    Output(AttemptId),
    /// A choice, by its number.
    Choice(usize),
    /// The signals.
    Signals,
    /// The timeline.
    Timeline,
    /// Nothing that can be pointed at.
    Nothing,
}

/// What stands at a place, under no layer.
pub fn spot(at: Position, screen: &RunScreen, view: &View<'_>, theme: &Theme) -> Spot {
    let layout = layout_of(view.area, view);
    let within = |area: Option<Rect>| area.is_some_and(|area| area.contains(at));
    let output = || {
        let panes = main::output_panes(view.area, screen, view, theme);
        let found = panes.into_iter().find(|(_, area)| area.contains(at));
        found.map(|(attempt, _)| Spot::Output(attempt))
    };
    if let Some(zoom) = screen.zoom {
        return match zoom {
            _ if !zoomed(&layout).contains(at) => Spot::Nothing,
            Zoom::Timeline => Spot::Timeline,
            Zoom::Signals => Spot::Signals,
            Zoom::Output => output().unwrap_or(Spot::Step),
        };
    }
    let over_the_step = layout.plan.is_none() && screen.focus == Focus::Plan;
    let plan_area = if over_the_step {
        Some(layout.main)
    } else {
        layout.plan
    };
    if let Some(area) = plan_area.filter(|area| area.contains(at)) {
        return Spot::Plan(plan::step_at(at, area, screen, view, theme));
    }
    if within(layout.breadcrumb) {
        return Spot::Plan(None);
    }
    if within(layout.signals) || within(layout.signals_line) {
        return Spot::Signals;
    }
    if within(layout.timeline) {
        return Spot::Timeline;
    }
    if !layout.main.contains(at) {
        return Spot::Nothing;
    }
    main::choice_at(at, layout.main, screen, view, theme)
        .map(Spot::Choice)
        .or_else(output)
        .unwrap_or(Spot::Step)
}
