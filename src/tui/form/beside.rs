//! What the runbook does, beside what is asked for: on a wide screen nobody fills a form in
//! without seeing what it is for.

use ratatui::{Frame, layout::Rect, style::Style, text::Line};
use unicode_width::UnicodeWidthStr;

use super::{FormScreen, Tried};
use crate::runbook::{Effect, Kind, Runbook, Step, duration::clock, human};
use crate::tui::{
    home::{drilled, pane},
    markdown,
    rows::Rows,
    theme::Theme,
    words::{LONGEST, clip, ends, span, wrap},
};

/// From so many columns on there is room beside the fields.
const WIDE: u16 = 150;

/// So many lines of its description are enough.
const ABOUT: usize = 6;

/// The fields' part of the body, and what stands beside it.
pub fn split(body: Rect, form: &FormScreen) -> (Rect, Option<Rect>) {
    if body.width < WIDE || form.beginning.is_none() {
        return (body, None);
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
pub fn draw(frame: &mut Frame<'_>, area: Rect, form: &FormScreen, theme: &Theme) {
    let Some(beginning) = &form.beginning else {
        return;
    };
    let inner = pane(frame, area, "What it does", theme);
    let width = usize::from(inner.width).min(LONGEST);
    let rows = usize::from(inner.height);
    let runbook = &beginning.runbook;
    let mut lines = about(form, runbook, width, theme);
    let fitting = [Steps::Told, Steps::Counted, Steps::LeftOut]
        .map(|steps| phases(runbook, width, steps, theme))
        .into_iter()
        .find(|phases| lines.len() + phases.len() <= rows);
    lines.extend(fitting.unwrap_or_else(|| phases(runbook, width, Steps::LeftOut, theme)));
    if lines.len() > rows {
        lines.truncate(rows.saturating_sub(1));
        lines.push(Line::from(span("…", theme.dim)));
    }
    frame.render_widget(Rows(lines), inner);
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
    if let Tried::Looked { drill, now } = &form.tried {
        let mut line = drilled(runbook, drill.as_ref(), *now, theme);
        line.spans
            .insert(0, span(format!("{:<NAMED$}", "tried"), theme.dim));
        lines.push(line);
    }
    lines
}

/// The column of the names.
const NAMED: usize = 8;

/// How much is said of a phase's steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Steps {
    Told,
    Counted,
    LeftOut,
}

/// The phases, each with its steps and what those may do, as far as they are said.
fn phases(runbook: &Runbook, width: usize, steps: Steps, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut number = 0;
    let mut counts = Counts::default();
    for phase in runbook.all_phases() {
        // What goes on after a used runbook stands under the phase that it is of.
        if !phase.continues {
            lines.extend(counts.line(steps, theme));
            counts = Counts::default();
            number += 1;
            if steps != Steps::LeftOut || number == 1 {
                lines.push(Line::default());
            }
            let beside = match (&phase.when, phase.budget) {
                (Some(_), _) => "if needed".to_owned(),
                (None, Some(budget)) => clock(budget),
                (None, None) => String::new(),
            };
            let title = format!("{number} {}", markdown::plain(&phase.title));
            lines.push(row(&title, theme.strong, &beside, theme.dim, width));
        }
        for step in &phase.steps {
            let (word, style) = may_do(step, theme);
            counts.add(word, style);
            if steps == Steps::Told {
                let title = format!("  · {}", markdown::plain(&step.title.source));
                lines.push(row(&title, theme.text, word, style, width));
            }
        }
    }
    lines.extend(counts.line(steps, theme));
    lines
}

/// How many steps of each kind a phase has, in the order in which they come.
#[derive(Default)]
struct Counts(Vec<(&'static str, usize, Style)>);

impl Counts {
    fn add(&mut self, word: &'static str, style: Style) {
        match self.0.iter_mut().find(|(known, ..)| *known == word) {
            Some((_, count, _)) => *count += 1,
            None => self.0.push((word, 1, style)),
        }
    }

    fn line(&self, steps: Steps, theme: &Theme) -> Option<Line<'static>> {
        if steps != Steps::Counted || self.0.is_empty() {
            return None;
        }
        let mut line = Line::from("  ");
        for (number, (word, count, style)) in self.0.iter().enumerate() {
            if number > 0 {
                line.push_span(span(" · ", theme.dim));
            }
            let word = match (*word, *count) {
                (DECISION, 2..) => "decisions",
                (WAIT, 2..) => "waits",
                (word, _) => word,
            };
            line.push_span(span(format!("{count} {word}"), *style));
        }
        Some(line)
    }
}

const DECISION: &str = "decision";
const WAIT: &str = "wait";

fn row(left: &str, of_left: Style, right: &str, of_right: Style, width: usize) -> Line<'static> {
    let left = clip(left, width.saturating_sub(right.width() + 2));
    ends(
        vec![span(left, of_left)],
        vec![span(right.to_owned(), of_right)],
        width,
    )
}

/// What a step may do, in the words of its card.
fn may_do(step: &Step, theme: &Theme) -> (&'static str, Style) {
    match &step.kind {
        Kind::Run(_) if step.effect == Effect::Destructive => ("destructive", theme.bad),
        Kind::Run(_) if step.effect == Effect::Write => ("write", theme.warn),
        Kind::Run(_) => ("read", theme.dim),
        Kind::Gate(_) => (DECISION, theme.accent),
        Kind::Manual(_) => ("by hand", theme.dim),
        Kind::Wait(_) => (WAIT, theme.dim),
    }
}
