//! The signals: what was measured beside the run, small and at a glance; one pane
//! over everything shows them large.

mod chart;
mod spark;

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Block, BorderType, Paragraph},
};
use unicode_width::UnicodeWidthStr;

use super::{Focus, RunScreen, View};
use crate::engine::event::Health;
use crate::runbook::Signal;
use crate::session::signals::{Limit, Sample, limit};
use crate::tui::{
    theme::Theme,
    words::{clip, ends, span},
};
pub use chart::zoomed;

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
                limit: limit(signal),
                standing,
            }
        })
        .collect()
}

impl Trace<'_> {
    /// The signal's name as people read it.
    fn name(&self) -> String {
        self.signal.name.replace('_', " ")
    }

    /// The last number with its unit; a dash where there is none.
    fn value(&self) -> String {
        match self.samples.last().map(|sample| &sample.value) {
            Some(Ok(value)) if self.signal.unit.is_empty() => number(*value),
            Some(Ok(value)) => format!("{} {}", number(*value), self.signal.unit),
            _ => "–".to_owned(),
        }
    }

    /// Glyph and name.
    fn called(&self, room: usize, theme: &Theme) -> Vec<Span<'static>> {
        let (glyph, style) = self.standing.glyph(theme);
        vec![
            span(format!("{glyph} "), style),
            span(clip(&self.name(), room.saturating_sub(2)), theme.text),
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

fn block(screen: &RunScreen, theme: &Theme) -> Block<'static> {
    let border = if screen.focus == Focus::Signals {
        theme.focus
    } else {
        theme.border
    };
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .title(span(" Signals ", theme.dim))
}

/// Draws the pane: two rows a signal where there is room, one otherwise.
pub fn draw(frame: &mut Frame<'_>, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let mut block = block(screen, theme);
    if let Some(trouble) = view.signals.trouble() {
        let text = clip(trouble, usize::from(area.width).saturating_sub(28));
        let line = Line::from(span(format!(" not saved: {text} "), theme.warn));
        block = block.title_top(line.right_aligned());
    }
    frame.render_widget(block, area);
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let mut traces = traces(view);
    let all = traces.len();
    let tall = all * 2 <= height;
    if !tall && all > height {
        // What is wrong must not be among those that do not fit.
        traces.sort_by_key(|trace| !trace.standing.is_trouble());
    }
    let down = screen.signals_down.min(all.saturating_sub(height));
    let mut lines: Vec<Line<'_>> = Vec::new();
    for trace in traces.iter().skip(down) {
        if tall {
            lines.extend(in_two_rows(trace, width, theme));
        } else {
            lines.push(in_a_row(trace, width, theme));
        }
    }
    if lines.len() > height {
        lines.truncate(height.saturating_sub(1));
        let more = all - down - lines.len();
        lines.push(Line::from(span(format!("… {more} more"), theme.dim)));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn in_two_rows(trace: &Trace<'_>, width: usize, theme: &Theme) -> [Line<'static>; 2] {
    let value = trace.measured(theme);
    let room = width.saturating_sub(value.content.width() + 2);
    let above = ends(trace.called(room, theme), vec![value], width);
    let word: Vec<Span<'static>> = trace.judged(theme).into_iter().collect();
    let taken: usize = word.iter().map(|part| part.content.width()).sum();
    let mut below = vec![Span::raw("  ")];
    let room = width.saturating_sub(taken + 2);
    below.extend(spark::line(trace, room, theme));
    [above, ends(below, word, width)]
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
        left.extend(spark::line(trace, room.min(16), theme));
    }
    ends(left, right, width)
}

/// Draws as many as fit in one line: those in trouble first.
pub fn in_a_line(
    frame: &mut Frame<'_>,
    area: Rect,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) {
    let width = usize::from(area.width);
    let mut traces = traces(view);
    traces.sort_by_key(|trace| !trace.standing.is_trouble());
    let mut spans = vec![if screen.focus == Focus::Signals {
        span("▸", theme.focus)
    } else {
        Span::raw(" ")
    }];
    let mut used = 1;
    let mut shown = 0;
    for trace in &traces {
        let mut one = trace.called(20, theme);
        one.push(Span::raw(" "));
        let spark = spark::line(trace, 8, theme);
        if !spark.is_empty() {
            one.extend(spark);
            one.push(Span::raw(" "));
        }
        one.push(trace.measured(theme));
        one.extend(trace.judged(theme));
        one.push(Span::raw("   "));
        let length: usize = one.iter().map(|part| part.content.width()).sum();
        // Room for how many are left out; behind the last one there is no air.
        let last = shown + 1 == traces.len();
        let needed = if last { length - 3 } else { length + 8 };
        if used + needed > width && shown > 0 {
            break;
        }
        used += length;
        shown += 1;
        spans.extend(one);
    }
    if shown < traces.len() {
        spans.push(span(format!("+{} more", traces.len() - shown), theme.dim));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
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
