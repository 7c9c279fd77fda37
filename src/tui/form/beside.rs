//! What the runbook does, beside what is asked for or below it: where there is room nobody
//! fills a form in without seeing what it is for.

mod phases;

use ratatui::{layout::Rect, text::Line};

use super::{FormScreen, Tried};
use crate::runbook::{Runbook, human};
use crate::tui::{
    frame::Frame,
    home::{drilled, pane},
    markdown,
    rows::Rows,
    theme::Theme,
    words::{LONGEST, span, wrap},
};
use phases::{Steps, phases};

/// From so many columns on there is room beside the fields.
const WIDE: u16 = 150;

/// From so many rows on, their borders with them, there is room below the fields.
const LEAST: u16 = 7;

/// From so many columns on two parts stand beside each other in it.
const TWO: u16 = 100;

/// The air between them.
const AIR: u16 = 4;

/// So many lines of its description are enough.
const ABOUT: usize = 6;

/// The fields' part of the body, which asks for so many rows, and what stands beside or
/// below it.
pub fn split(body: Rect, form: &FormScreen, asked: u16) -> (Rect, Option<Rect>) {
    if form.beginning.is_none() {
        return (body, None);
    }
    if body.width < WIDE {
        let left = body.height.saturating_sub(asked);
        if left < LEAST {
            return (body, None);
        }
        let fields = Rect {
            height: asked,
            ..body
        };
        let below = Rect {
            y: body.y + asked,
            height: left,
            ..body
        };
        return (fields, Some(below));
    }
    let width = body.width * 11 / 20;
    let right = Rect {
        x: body.x + width,
        width: body.width - width,
        ..body
    };
    (Rect { width, ..body }, Some(right))
}

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, form: &FormScreen, theme: &Theme) {
    let Some(beginning) = &form.beginning else {
        return;
    };
    let inner = pane(frame, area, "What it does", theme);
    let rows = usize::from(inner.height);
    let runbook = &beginning.runbook;
    let is_two = area.width < WIDE && inner.width >= TWO;
    let half_width = usize::from(inner.width.saturating_sub(AIR) / 2);
    let said = about(form, runbook, half_width, theme);
    if is_two && !said.is_empty() {
        let half = Rect {
            width: (inner.width - AIR) / 2,
            ..inner
        };
        let right = Rect {
            x: half.x + half.width + AIR,
            ..half
        };
        frame.render_widget(Rows(fitting([said], rows, theme)), half);
        let all = Steps::ALL.map(|steps| phases(runbook, half_width, steps, theme));
        frame.render_widget(Rows(fitting(all, rows, theme)), right);
        return;
    }
    let width = usize::from(inner.width).min(LONGEST);
    let said = about(form, runbook, width, theme);
    let whole = Steps::ALL.map(|steps| {
        let mut lines = said.clone();
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(phases(runbook, width, steps, theme));
        lines
    });
    // Where it was tried and what it goes through is worth more than what it is.
    let mut least: Vec<Line<'static>> = tried(form, theme).into_iter().collect();
    least.extend(phases(runbook, width, Steps::InLine, theme));
    let all = whole.into_iter().chain([least]);
    frame.render_widget(Rows(fitting(all, rows, theme)), inner);
}

/// The first of them that fits; else the last, as far as it does.
fn fitting(
    all: impl IntoIterator<Item = Vec<Line<'static>>>,
    rows: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let mut last = Vec::new();
    for lines in all {
        if lines.len() <= rows {
            return lines;
        }
        last = lines;
    }
    last.truncate(rows.saturating_sub(1));
    last.push(Line::from(span("…", theme.dim)));
    last
}

/// When it was last drilled, if somebody looked.
fn tried(form: &FormScreen, theme: &Theme) -> Option<Line<'static>> {
    let Tried::Looked { drill, now } = &form.tried else {
        return None;
    };
    let runbook = &form.beginning.as_ref()?.runbook;
    let mut line = drilled(runbook, drill.as_ref(), *now, theme);
    line.spans
        .insert(0, span(format!("{:<NAMED$}", "tried"), theme.dim));
    Some(line)
}

/// What it is, when it was last tried, and what it needs.
fn about(form: &FormScreen, runbook: &Runbook, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = markdown::lines(&runbook.description, width, theme.text, theme);
    if lines.len() > ABOUT {
        lines.truncate(ABOUT);
        if let Some(last) = lines.last_mut() {
            last.push_span(span(" …", theme.dim));
        }
    }
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    let mut named = |name: &str, text: &str| {
        for (number, text) in wrap(text, width.saturating_sub(NAMED))
            .into_iter()
            .enumerate()
        {
            let name = if number == 0 { name } else { "" };
            lines.push(Line::from(vec![
                span(format!("{name:<NAMED$}"), theme.dim),
                span(text, theme.text),
            ]));
        }
    };
    let variables = runbook.requires.env.iter().map(|name| format!("${name}"));
    let needs: Vec<String> = runbook
        .requires
        .tools
        .iter()
        .cloned()
        .chain(variables)
        .collect();
    if !needs.is_empty() {
        named("needs", &needs.join(", "));
    }
    if !runbook.owners.is_empty() {
        named("owners", &runbook.owners.join(", "));
    }
    if let Some(every) = runbook.drill_every {
        named("drills", &format!("every {}", human(every)));
    }
    lines.extend(tried(form, theme));
    lines
}

/// The column of the names.
const NAMED: usize = 8;
