//! The phases of a runbook and what their steps may do, before it begins.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use crate::runbook::{Effect, Kind, Phase, Runbook, Step, duration::clock};
use crate::tui::{
    markdown,
    theme::Theme,
    words::{clip, ends, span},
};

/// How much is said of a phase's steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steps {
    /// Each on its line.
    Told,
    /// By what they may do, under the phase.
    Counted,
    /// The same on the phase's own line.
    InLine,
}

impl Steps {
    /// The most that can be said first.
    pub const ALL: [Self; 3] = [Self::Told, Self::Counted, Self::InLine];
}

/// The phases, each with its steps and what those may do, as far as they are said.
pub(super) fn phases(
    runbook: &Runbook,
    width: usize,
    steps: Steps,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let mut told: Vec<Told<'_>> = Vec::new();
    for phase in runbook.all_phases() {
        // What goes on after a used runbook stands under the phase that it is of.
        match told.last_mut().filter(|_| phase.continues) {
            Some(last) => last.steps.extend(&phase.steps),
            None => told.push(Told {
                phase,
                steps: phase.steps.iter().collect(),
            }),
        }
    }
    let times = told.iter().map(|told| told.time().width());
    let times = times.max().unwrap_or(0);
    let mut lines = Vec::new();
    for (number, told) in told.iter().enumerate() {
        if number > 0 && steps != Steps::InLine {
            lines.push(Line::default());
        }
        lines.extend(told.lines(number + 1, (width, times), steps, theme));
    }
    lines
}

/// A phase with all that stands under it.
struct Told<'a> {
    phase: &'a Phase,
    steps: Vec<&'a Step>,
}

impl Told<'_> {
    /// How long it may take, or that it may not come.
    fn time(&self) -> String {
        match (&self.phase.when, self.phase.budget) {
            (Some(_), _) => "if needed".to_owned(),
            (None, Some(budget)) => clock(budget),
            (None, None) => String::new(),
        }
    }

    fn lines(
        &self,
        number: usize,
        (width, times): (usize, usize),
        steps: Steps,
        theme: &Theme,
    ) -> Vec<Line<'static>> {
        let title = format!("{number} {}", markdown::plain(&self.phase.title));
        let time = self.time();
        let mut counts = Counts::default();
        for step in &self.steps {
            let (word, style) = may_do(step, theme);
            counts.add(word, style);
        }
        if steps == Steps::InLine {
            // Times stand under each other.
            let time = format!("  {time:>times$}");
            let room = width.saturating_sub(title.width() + 2 + time.width());
            let mut right = counts.spans(theme);
            if wide(&right) > room {
                counts.0.retain(|(word, ..)| !QUIET.contains(word));
                right = counts.spans(theme);
            }
            right.push(span(time, theme.dim));
            return vec![row(&title, theme.strong, right, width)];
        }
        let right = vec![span(time, theme.dim)];
        let mut lines = vec![row(&title, theme.strong, right, width)];
        if steps == Steps::Counted && !self.steps.is_empty() {
            let mut line = Line::from("  ");
            line.spans.extend(counts.spans(theme));
            lines.push(line);
        }
        if steps == Steps::Told {
            for step in &self.steps {
                let (word, style) = may_do(step, theme);
                let title = format!("  · {}", markdown::plain(&step.title.source));
                lines.push(row(&title, theme.text, vec![span(word, style)], width));
            }
        }
        lines
    }
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

    fn spans(&self, theme: &Theme) -> Vec<Span<'static>> {
        let mut spans = Vec::new();
        for (number, (word, count, style)) in self.0.iter().enumerate() {
            if number > 0 {
                spans.push(span(" · ", theme.dim));
            }
            let word = match (*word, *count) {
                (DECISION, 2..) => "decisions",
                (WAIT, 2..) => "waits",
                (word, _) => word,
            };
            spans.push(span(format!("{count} {word}"), *style));
        }
        spans
    }
}

const DECISION: &str = "decision";
const WAIT: &str = "wait";
const READ: &str = "read";
const BY_HAND: &str = "by hand";

/// Where there is no room for all, these are left out: they change nothing by themselves.
const QUIET: [&str; 3] = [READ, BY_HAND, WAIT];

fn wide(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|part| part.content.width()).sum()
}

fn row(left: &str, of_left: Style, right: Vec<Span<'static>>, width: usize) -> Line<'static> {
    let left = clip(left, width.saturating_sub(wide(&right) + 2));
    ends(vec![span(left, of_left)], right, width)
}

/// What a step may do, in the words of its card.
fn may_do(step: &Step, theme: &Theme) -> (&'static str, Style) {
    match &step.kind {
        Kind::Run(_) if step.effect == Effect::Destructive => ("destructive", theme.bad),
        Kind::Run(_) if step.effect == Effect::Write => ("write", theme.warn),
        Kind::Run(_) => (READ, theme.dim),
        Kind::Gate(_) => (DECISION, theme.accent),
        Kind::Manual(_) => (BY_HAND, theme.dim),
        Kind::Wait(_) => (WAIT, theme.dim),
    }
}
