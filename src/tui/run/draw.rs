//! Drawing the run screen.

mod choices;
mod evidence;
mod layout;
mod main;
mod panes;
mod spot;

use ratatui::layout::Rect;

use super::{Focus, RunScreen, View, Zoom, footer, header, plan, signals, timeline};
use crate::engine::{Next, next};
use crate::tui::{frame::Frame, overlay, rows, small, theme::Theme};
use layout::{Layout, layout, zoomed};
pub use main::output_panes;
pub use spot::{Spot, spot};

/// Where the panes of this run stand.
fn layout_of(area: Rect, view: &View<'_>) -> Layout {
    let signals = !view.state.runbook.signals.is_empty();
    // Somebody has to decide: what they decide by comes before what happened.
    let decides = matches!(next(view.state), Next::Decide(..) | Next::Failed(..));
    layout(area, signals, decides)
}

/// What becomes of the run while nothing of it can be shown.
fn meanwhile(view: &View<'_>) -> &'static str {
    if view.state.live().next().is_some() {
        "What runs goes on."
    } else {
        "The run is as it was."
    }
}

/// Draws the run screen.
pub fn draw(frame: &mut Frame, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let area = frame.area();
    rows::fill(frame.buffer_mut(), area, theme.base);
    if small::is_said(frame, meanwhile(view), theme) {
        return;
    }
    let layout = layout_of(area, view);
    header::draw(frame, layout.header, view, theme);
    match screen.zoom {
        Some(Zoom::Timeline) => timeline::draw(frame, zoomed(&layout), screen, view, theme),
        Some(Zoom::Signals) => signals::zoomed(frame, zoomed(&layout), screen, view, theme),
        Some(Zoom::Output) => main::zoomed_output(frame, zoomed(&layout), screen, view, theme),
        None => {
            if let Some(area) = layout.plan {
                plan::draw(frame, area, screen, view, theme);
            }
            if let Some(area) = layout.breadcrumb {
                plan::breadcrumb(frame, area, view, theme);
            }
            if let Some(area) = layout.signals_line {
                signals::in_a_line(frame, area, screen, view, theme);
            }
            main::main(frame, layout.main, screen, view, theme);
            if let Some(area) = layout.signals {
                signals::draw(frame, area, screen, view, theme);
            }
            if let Some(area) = layout.timeline {
                timeline::draw(frame, area, screen, view, theme);
            }
            // Where the plan has no pane, Tab lays it over the step.
            if layout.plan.is_none() && screen.focus == Focus::Plan {
                rows::clear(frame.buffer_mut(), layout.main, theme.base);
                plan::draw(frame, layout.main, screen, view, theme);
            }
        }
    }
    footer::draw(frame, layout.footer, screen, view, theme);
    for layer in screen.overlays.iter() {
        overlay::draw::draw(frame, area, layer, view, theme);
    }
}
