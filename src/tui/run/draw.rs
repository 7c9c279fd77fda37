//! Drawing the run screen.

mod choices;
mod layout;
mod main;
mod panes;

use ratatui::{
    Frame,
    layout::Rect,
    text::Line,
    widgets::{Clear, Paragraph},
};

use super::{Focus, RunScreen, View, Zoom, footer, header, plan, signals, timeline};
use crate::tui::{overlay, theme::Theme, words::wrap};
use layout::{Layout, SMALLEST, layout, zoomed};
pub use main::output_panes;

/// Where the panes of this run stand.
fn layout_of(area: Rect, view: &View<'_>) -> Layout {
    layout(area, !view.state.runbook.signals.is_empty())
}

/// Draws the run screen.
pub fn draw(frame: &mut Frame<'_>, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, theme.base);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!(
            "This window is too small: {} by {} at least.",
            SMALLEST.0, SMALLEST.1
        );
        let lines: Vec<Line<'_>> = wrap(&text, usize::from(area.width))
            .into_iter()
            .map(Line::from)
            .collect();
        frame.render_widget(Paragraph::new(lines), area);
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
                frame.render_widget(Clear, layout.main);
                frame.buffer_mut().set_style(layout.main, theme.base);
                plan::draw(frame, layout.main, screen, view, theme);
            }
        }
    }
    footer::draw(frame, layout.footer, screen, view, theme);
    for layer in &screen.overlays {
        overlay::draw::draw(frame, area, layer, view, theme);
    }
}
