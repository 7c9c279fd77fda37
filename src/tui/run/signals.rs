//! The signals: what was measured beside the run, small and at a glance; one pane
//! over everything shows them large.

mod chart;
mod spark;

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{Focus, RunScreen, View};
use crate::engine::event::Health;
use crate::runbook::Signal;
use crate::session::signals::{Limit, Sample, limit};
use crate::tui::{
    frame::Frame,
    outline::Outline,
    rows::Rows,
    theme::Theme,
    words::{clip, ends, span},
};
pub use chart::{beneath, zoomed};

/// One signal, ready to be drawn.
struct Trace<'a> {
    signal: &'a Signal,
    /// Oldest first.
    samples: Vec<&'a Sample>,
    limit: Option<Limit>,
    standing: Standing,
}

/// How a signal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nothing was measured yet.
    Waiting,
    /// Nobody said how it should be.
    Plain,
    Healthy,
    Unhealthy,
    /// It could not be measured or judged.
    Gap,
}

impl Standing {
    fn glyph(self, theme: &Theme) -> (&'static str, Style) {
        match self {
            Standing::Waiting => ("○", theme.dim),
            Standing::Plain => ("·", theme.dim),
            Standing::Healthy => ("✔", theme.good),
            Standing::Unhealthy => ("✘", theme.bad),
            Standing::Gap => ("?", theme.unknown),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Standing::Waiting => "not measured yet",
            Standing::Plain => "",
            Standing::Healthy => "healthy",
            Standing::Unhealthy => "NOT healthy",
            Standing::Gap => "no value",
        }
    }

    fn style(self, theme: &Theme) -> Style {
        match self {
            Standing::Unhealthy => theme.bad,
            Standing::Gap => theme.unknown,
            Standing::Healthy => theme.good,
            Standing::Waiting | Standing::Plain => theme.dim,
        }
    }

    fn is_trouble(self) -> bool {
        matches!(self, Standing::Unhealthy | Standing::Gap)
    }
}

/// The run's signals in the order of the runbook.
fn traces<'a>(view: &View<'a>) -> Vec<Trace<'a>> {
    let signals = view.state.runbook.signals.iter();
    signals
        .map(|signal| {
            let samples: Vec<&Sample> = view.signals.of_signal(&signal.name).collect();
            let health = view.state.signals.get(&signal.name);
            let standing = match (samples.last(), health.map(|known| &known.health)) {
                (None, None) => Standing::Waiting,
                (Some(Sample { value: Err(_), .. }), _) | (_, Some(Health::Gap { .. })) => {
                    Standing::Gap
                }
                (_, Some(Health::Unhealthy)) => Standing::Unhealthy,
                _ if signal.healthy.is_none() => Standing::Plain,
                (_, Some(Health::Healthy)) => Standing::Healthy,
                (Some(_), None) => Standing::Waiting,
            };
            Trace {
                signal,
                samples,
                limit: limit(signal, view.state.scope()),
                standing,
            }
        })
        .collect()
}

impl Trace<'_> {
    /// The last number with its unit; a dash where there is none.
    fn value(&self) -> String {
        match self.samples.last().map(|sample| &sample.value) {
            Some(Ok(value)) => self.with_unit(*value),
            _ => "–".to_owned(),
        }
    }

    fn with_unit(&self, value: f64) -> String {
        format!("{} {}", number(value), self.signal.unit)
            .trim_end()
            .to_owned()
    }

    /// How long its name, its value and its limit are together.
    fn length(&self, theme: &Theme) -> usize {
        let limit = self.limited(theme).map_or(0, |part| part.content.width());
        self.signal.title().width() + self.measured(theme).content.width() + limit + 4
    }

    /// Its limit in words, behind some air.
    fn limited(&self, theme: &Theme) -> Option<Span<'static>> {
        let limit = self.limit?;
        let text = format!("  limit {}", clip(&self.with_unit(limit.value), 16));
        Some(span(text, theme.dim))
    }

    /// Glyph and name.
    fn called(&self, room: usize, theme: &Theme) -> Vec<Span<'static>> {
        let (glyph, style) = self.standing.glyph(theme);
        vec![
            span(format!("{glyph} "), style),
            span(
                clip(&self.signal.title(), room.saturating_sub(2)),
                theme.text,
            ),
        ]
    }

    fn measured(&self, theme: &Theme) -> Span<'static> {
        span(clip(&self.value(), 16), theme.strong)
    }

    /// How it stands, behind some air; nothing where nobody said how it should be.
    fn judged(&self, theme: &Theme) -> Option<Span<'static>> {
        let words = self.standing.words();
        let style = self.standing.style(theme);
        (!words.is_empty()).then(|| span(format!("  {words}"), style))
    }
}

/// A number that a person reads: three digits that count.
fn number(value: f64) -> String {
    const BIG: [(f64, &str); 3] = [(1e9, "G"), (1e6, "M"), (1e4, "k")];
    for (least, unit) in BIG {
        if value.abs() >= least {
            let scale = if unit == "k" { 1e3 } else { least };
            return format!("{}{unit}", number(value / scale));
        }
    }
    let digits = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn outline(screen: &RunScreen, theme: &Theme) -> Outline<'static> {
    let border = if screen.focus == Focus::Signals {
        theme.focus
    } else {
        theme.border
    };
    Outline::new(border, span(" Signals ", theme.dim))
}

/// So many rows of a sparkline are enough beside everything else.
const HIGHEST: usize = 4;

/// Draws the pane: a small chart of each signal where there is room, one row otherwise.
pub fn draw(frame: &mut Frame, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let mut outline = outline(screen, theme);
    if let Some(trouble) = view.signals.trouble() {
        let text = clip(trouble, usize::from(area.width).saturating_sub(28));
        outline = outline.corner(span(format!(" not saved: {text} "), theme.warn));
    }
    frame.render_widget(outline, area);
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let mut traces = traces(view);
    let all = traces.len();
    let each = height / all.max(1);
    if all > height {
        // What is wrong must not be among those that do not fit.
        traces.sort_by_key(|trace| !trace.standing.is_trouble());
    }
    let down = screen.signals_down.min(all.saturating_sub(height));
    // Beside the values stand all limits or none: values are read down their column.
    let limits = each < 3 && traces.iter().all(|trace| trace.length(theme) <= width);
    // What is newest stands under each other.
    let words = traces.iter().map(|trace| {
        let limited = trace.limited(theme).filter(|_| each > 2);
        let words = trace.judged(theme).into_iter().chain(limited);
        words.map(|part| part.content.width()).max().unwrap_or(0)
    });
    let words = words.max().unwrap_or(0);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for trace in traces.iter().skip(down) {
        if each < 2 {
            lines.push(in_a_row(trace, width, theme));
            continue;
        }
        if each > 3 && !lines.is_empty() {
            lines.push(Line::default());
        }
        let rows = if each > 3 { each - 2 } else { each - 1 };
        lines.extend(in_rows(
            trace,
            width,
            rows.min(HIGHEST),
            (limits, words),
            theme,
        ));
    }
    if lines.len() > height {
        lines.truncate(height.saturating_sub(1));
        let more = all - down - lines.len();
        lines.push(Line::from(span(format!("… {more} more"), theme.dim)));
    }
    frame.render_widget(Rows(lines), inner);
}

/// Name and value, and under them the last samples with what is to be said of them at
/// their right.
fn in_rows(
    trace: &Trace<'_>,
    width: usize,
    rows: usize,
    (limits, words): (bool, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let mut value = vec![trace.measured(theme)];
    value.extend(trace.limited(theme).filter(|_| limits));
    let taken: usize = value.iter().map(|part| part.content.width()).sum();
    let called = trace.called(width.saturating_sub(taken + 2), theme);
    let mut lines = vec![ends(called, value, width)];
    let (judged, limited) = (trace.judged(theme), trace.limited(theme));
    let spark = spark::spark(trace, width.saturating_sub(words + 2), rows, theme);
    // The limit is told where it stands, unless how the signal stands is told there.
    let of_limit = spark.limit.map_or(1, |row| row.max(1));
    for (at, row) in spark.rows.into_iter().enumerate() {
        let mut left = vec![Span::raw("  ")];
        left.extend(row);
        let right = match at {
            0 => judged.clone(),
            at if at == of_limit => limited.clone(),
            _ => None,
        };
        lines.push(ends(left, right.into_iter().collect(), width));
    }
    lines
}

fn in_a_row(trace: &Trace<'_>, width: usize, theme: &Theme) -> Line<'static> {
    let mut right = vec![trace.measured(theme)];
    right.extend(trace.judged(theme));
    let taken: usize = right.iter().map(|part| part.content.width()).sum();
    let room = width.saturating_sub(taken + 2);
    let mut left = trace.called(room.min(width / 3), theme);
    let used: usize = left.iter().map(|part| part.content.width()).sum();
    let room = room.saturating_sub(used + 1);
    if room >= 4 {
        left.push(Span::raw(" "));
        left.extend(spark::spark(trace, room.min(16), 1, theme).rows.remove(0));
    }
    ends(left, right, width)
}

/// Draws as many as fit in one line: those in trouble first.
pub fn in_a_line(
    frame: &mut Frame,
    area: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) {
    let width = usize::from(area.width);
    let mut traces = traces(view);
    traces.sort_by_key(|trace| !trace.standing.is_trouble());
    let all = |limits: bool| -> Vec<Vec<Span<'static>>> {
        let traces = traces.iter();
        traces.map(|trace| shortly(trace, limits, theme)).collect()
    };
    let length = |one: &[Span<'_>]| -> usize { one.iter().map(|part| part.content.width()).sum() };
    // Behind the last one there is no air.
    let fits =
        |all: &[Vec<Span<'_>>]| all.iter().map(|one| length(one) + 3).sum::<usize>() < width + 3;
    let told = Some(all(true))
        .filter(|all| fits(all))
        .unwrap_or_else(|| all(false));
    let mut spans = vec![if screen.focus == Focus::Signals {
        span("▸", theme.focus)
    } else {
        Span::raw(" ")
    }];
    let mut used = 1;
    let mut shown = 0;
    for one in told {
        let last = shown + 1 == traces.len();
        // Room for how many are left out.
        let needed = length(&one) + if last { 0 } else { 11 };
        if used + needed > width && shown > 0 {
            break;
        }
        used += length(&one) + 3;
        shown += 1;
        spans.extend(one);
        spans.push(Span::raw("   "));
    }
    if shown < traces.len() {
        spans.push(span(format!("+{} more", traces.len() - shown), theme.dim));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// A signal in a part of a line.
fn shortly(trace: &Trace<'_>, limits: bool, theme: &Theme) -> Vec<Span<'static>> {
    let mut one = trace.called(20, theme);
    one.push(Span::raw(" "));
    if !trace.samples.is_empty() {
        one.extend(spark::spark(trace, 8, 1, theme).rows.remove(0));
        one.push(Span::raw(" "));
    }
    one.push(trace.measured(theme));
    one.extend(trace.limited(theme).filter(|_| limits));
    one.extend(trace.judged(theme));
    one
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_three_digits_that_count() {
        let all = [
            (0.0, "0"),
            (0.0342, "0.034"),
            (7.2, "7.2"),
            (7.0, "7"),
            (41.26, "41.3"),
            (410.4, "410"),
            (9_999.0, "9999"),
            (12_345.0, "12.3k"),
            (1_234_567.0, "1.23M"),
            (-3.5, "-3.5"),
        ];
        for (value, text) in all {
            assert_eq!(number(value), text);
        }
    }
}
