//! The line that never scrolls away: what this is, where, and how long already.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::View;
use crate::engine::event::RunKind;
use crate::runbook::duration::clock;
use crate::tui::{
    frame::Frame,
    theme::Theme,
    words::{bar, clip, span},
};

/// From here on the phase's time fills a line of its budget.
const WITH_BAR: u16 = 110;
const BAR: usize = 10;
/// Between the title and what stands at the right.
const AIR: usize = 2;

/// Draws the header.
pub fn draw(frame: &mut Frame, area: Rect, view: &View<'_>, theme: &Theme) {
    let state = view.state;
    let (word, block) = match state.run.kind {
        RunKind::Incident => (" LIVE ", theme.live),
        RunKind::Drill => (" DRILL ", theme.drill),
        RunKind::Rehearsal => (" REHEARSAL ", theme.drill),
    };
    let end = state.closed.as_ref().map_or(view.now, |closed| closed.at);
    let since = (end - state.started_at).to_std().unwrap_or_default();
    let mut right = Vec::new();
    if let Some(closing) = state.closing.as_ref().filter(|_| state.closed.is_none()) {
        let text = format!("closing as {}   ", closing.outcome.word());
        right.push(span(text, theme.warn));
    }
    let asked = state
        .driving
        .asked
        .last()
        .filter(|_| state.closed.is_none());
    if let Some(asked) = asked {
        let text = format!("{} asks to take over   ", clip(&asked.by, 16));
        right.push(span(text, theme.warn));
    }
    if view.standing.proving {
        right.push(span("proving the place…   ", theme.warn));
    }
    if let Some(quiet) = view.standing.quiet {
        right.push(span(format!("{}   ", clip(quiet, 40)), theme.warn));
    }
    if view.standing.mouse_off {
        right.push(span("mouse off   ", theme.warn));
    }
    let running = state.live().count();
    if running > 0 {
        right.push(span(format!("{running} running   "), theme.accent));
    }
    if state.auto && state.closed.is_none() {
        right.push(span("auto   ", theme.warn));
    }
    // What belongs to the phase's bar goes with its clock.
    let mut bars = 0;
    if let Some((phase, entered)) = state.current_phase() {
        let spent = (end - entered).to_std().unwrap_or_default();
        let over = phase.budget.is_some_and(|budget| spent > budget);
        let style = if over { theme.bad } else { theme.dim };
        if let Some(budget) = phase.budget.filter(|_| area.width >= WITH_BAR) {
            let done = if over { theme.bad } else { theme.focus };
            right.push(span("phase ", style));
            right.extend(bar(spent, budget, BAR, done, theme.border));
            bars = 3;
        }
        let word = if bars > 0 { " " } else { "phase " };
        let text = match phase.budget {
            Some(budget) if over => format!("{word}{} over {}   ", clock(spent), clock(budget)),
            Some(budget) => format!("{word}{} of {}   ", clock(spent), clock(budget)),
            None => format!("{word}{}   ", clock(spent)),
        };
        right.push(span(text, style));
    }
    right.push(span(format!("T+{} ", clock(since)), theme.strong));
    let mut right_width: usize = right.iter().map(|part| part.content.width()).sum();
    let mut left = vec![span(word, block), span(" ", theme.text)];
    if let Some(environment) = &state.run.environment {
        let colored = state
            .runbook
            .environment(environment)
            .and_then(|environment| environment.color.as_deref());
        let style = match colored {
            Some("red") => theme.bad,
            Some("yellow") => theme.warn,
            Some("green") => theme.good,
            _ => theme.accent,
        };
        left.push(span(format!("{}  ", clip(environment, 20)), style));
    }
    if let Some(watching) = &view.watching {
        let words = watching.words(state);
        left.push(span(format!("{}  ", clip(&words, 40)), theme.warn));
    }
    let used: usize = left.iter().map(|part| part.content.width()).sum();
    let width = usize::from(area.width);
    // The title gives way first, then the phase's clock, then what is told before it;
    // how long it takes already stays.
    let mut room = width.saturating_sub(used + right_width + AIR);
    while room < 8 && right.len() > 1 {
        let goes = right.len() - 2;
        right.drain(goes - std::mem::take(&mut bars)..=goes);
        right_width = right.iter().map(|part| part.content.width()).sum();
        room = width.saturating_sub(used + right_width + AIR);
    }
    let title = clip(&state.run.title, room);
    let gap = width.saturating_sub(used + title.width() + right_width);
    left.push(span(title, theme.strong));
    left.push(Span::raw(" ".repeat(gap)));
    left.extend(right);
    frame.render_widget(Paragraph::new(Line::from(left)), area);
}
