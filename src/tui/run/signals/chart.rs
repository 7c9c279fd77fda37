//! The signals large: with an axis, the limit, and when decisions were made.

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::{layout::Rect, style::Style, text::Line, widgets::Paragraph};
use unicode_width::UnicodeWidthStr;

use super::{
    Standing, Trace, number,
    spark::{Scale, block as filled, is_gap},
    traces,
};
use crate::engine::event::Bound;
use crate::report::timeline::Mark;
use crate::session::signals::Sample;
use crate::tui::{
    frame::Frame,
    keymap::{Action, context::SIGNALS},
    rows::Rows,
    run::{RunScreen, View},
    theme::Theme,
    words::{clip, ends, span},
};

/// What a chart takes at least: its name, four rows, the axis, the times, a blank.
const LOWEST: usize = 8;
/// More rows make no chart clearer.
const HIGHEST: usize = 20;
/// The numbers beside the axis.
const NUMBERS: usize = 9;
/// Decisions that are told under the charts.
const TOLD: usize = 3;

/// Draws the signals over everything.
pub fn zoomed(frame: &mut Frame, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let outline = super::outline(screen, theme).corner(span(" UTC ", theme.dim));
    frame.render_widget(outline, area);
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    let traces = traces(view);
    let Some(time) = Span::of(&traces, view) else {
        let text = if traces.is_empty() {
            "This runbook measures nothing."
        } else {
            "Nothing was measured yet."
        };
        frame.render_widget(Paragraph::new(span(text, theme.dim)), inner);
        return;
    };
    let down = screen.signals_down.min(traces.len().saturating_sub(1));
    let lines = charts(&traces, time, inner, Some(down), view, theme);
    frame.render_widget(Rows(lines), inner);
}

/// Draws as many signals as fit into what is left of a pane. Nothing, where nothing was measured
/// or there is no room.
pub fn beneath(frame: &mut Frame, area: Rect, view: &View<'_>, theme: &Theme) {
    let mut traces = traces(view);
    traces.retain(|trace| !trace.samples.is_empty());
    if usize::from(area.height) < LOWEST {
        return;
    }
    if let Some(time) = Span::of(&traces, view) {
        let lines = charts(&traces, time, area, None, view, theme);
        frame.render_widget(Rows(lines), area);
    }
}

/// The charts that fit into an area, and the last decisions; scrolled down by so many, where
/// keys scroll them.
fn charts(
    traces: &[Trace<'_>],
    time: Span,
    inner: Rect,
    scrolled: Option<usize>,
    view: &View<'_>,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let marks: Vec<(DateTime<Utc>, &str)> = view
        .lines
        .iter()
        .filter(|line| line.mark == Mark::Decision)
        .map(|line| (line.at, line.text.as_str()))
        .collect();
    // Where there is little room, what was measured comes first.
    let told = marks
        .len()
        .min(TOLD)
        .min(usize::from(inner.height).saturating_sub(LOWEST));
    let height = usize::from(inner.height).saturating_sub(told);
    let down = scrolled.unwrap_or(0);
    let shown = (height / LOWEST).clamp(1, traces.len() - down);
    let each = (height / shown).min(HIGHEST);
    let mut lines = Vec::new();
    for (at, trace) in traces.iter().enumerate().skip(down).take(shown) {
        let hidden = traces.len() - shown;
        let corner = if at == down && hidden > 0 && scrolled.is_some() {
            format!(
                "{} of {} · {} move",
                at + 1,
                traces.len(),
                view.keys.in_footer(SIGNALS, Action::Down)
            )
        } else {
            String::new()
        };
        let room = Room {
            width: usize::from(inner.width),
            rows: each.saturating_sub(4).max(1),
        };
        lines.extend(chart(trace, time, &marks, room, corner, view, theme));
        lines.push(Line::default());
    }
    lines.truncate(height);
    for (at, text) in &marks[marks.len() - told..] {
        let text = format!("{} {text}", at.format("%H:%M:%S"));
        lines.push(Line::from(vec![
            span("◆ ", theme.accent),
            span(clip(&text, usize::from(inner.width) - 2), theme.text),
        ]));
    }
    lines
}

#[derive(Debug, Clone, Copy)]
struct Room {
    width: usize,
    rows: usize,
}

/// The time that the charts show.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Span {
    fn of(traces: &[Trace<'_>], view: &View<'_>) -> Option<Self> {
        let samples = || traces.iter().flat_map(|trace| trace.samples.iter());
        let from = samples().map(|sample| sample.at).min()?;
        let last = samples().map(|sample| sample.at).max()?;
        let to = if view.state.closed.is_some() {
            last
        } else {
            last.max(view.now)
        };
        // Of one sample alone there is no span.
        let to = to.max(from + TimeDelta::seconds(1));
        Some(Self { from, to })
    }

    fn milliseconds(self) -> i64 {
        (self.to - self.from).num_milliseconds().max(1)
    }

    /// The column of a moment; none outside of it.
    fn column(self, at: DateTime<Utc>, columns: usize) -> Option<usize> {
        let past = i128::from((at - self.from).num_milliseconds());
        let columns = i128::try_from(columns).ok()?;
        let column = past * columns / i128::from(self.milliseconds());
        (past >= 0 && at <= self.to).then_some(())?;
        usize::try_from(column.min(columns - 1)).ok()
    }

    /// The end of a column.
    fn end_of(self, column: usize, columns: usize) -> DateTime<Utc> {
        let columns = i64::try_from(columns.max(1)).unwrap_or(1);
        let column = i64::try_from(column + 1).unwrap_or(columns);
        self.from + TimeDelta::milliseconds(self.milliseconds().saturating_mul(column) / columns)
    }
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    /// Before the first sample or after the last.
    Nothing,
    Gap,
    Value(f64),
}

/// The worst of a column's samples; between two of them the one before goes on.
fn columns(trace: &Trace<'_>, time: Span, count: usize) -> Vec<Column> {
    let mut rest = trace.samples.iter().peekable();
    let mut last: Option<&Sample> = None;
    let worse = |a: f64, b: f64| match trace.limit {
        Some(limit) if !limit.below => a.min(b),
        _ => a.max(b),
    };
    (0..count)
        .map(|column| {
            let end = time.end_of(column, count);
            let mut here: Option<f64> = None;
            let mut any = false;
            while let Some(sample) = rest.next_if(|sample| sample.at <= end) {
                any = true;
                if let Ok(value) = sample.value {
                    here = Some(here.map_or(value, |known| worse(known, value)));
                }
                last = Some(sample);
            }
            match (here, last) {
                (Some(value), _) => Column::Value(value),
                (None, None) => Column::Nothing,
                (None, Some(_)) if any => Column::Gap,
                (None, Some(before)) => match before.value {
                    Ok(value) if !is_gap(before.at, end, trace.signal.every) => {
                        Column::Value(value)
                    }
                    _ => Column::Gap,
                },
            }
        })
        .collect()
}

fn chart(
    trace: &Trace<'_>,
    time: Span,
    marks: &[(DateTime<Utc>, &str)],
    room: Room,
    corner: String,
    view: &View<'_>,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let wide = room.width.saturating_sub(NUMBERS + 2);
    let mut lines = vec![title(trace, corner, room.width, view, theme)];
    let columns = columns(trace, time, wide);
    let values = columns.iter().filter_map(|column| match column {
        Column::Value(value) => Some(*value),
        _ => None,
    });
    let Some(scale) = Scale::of(values, trace.limit).map(|scale| scale.airy(trace.limit)) else {
        lines.push(Line::from(span("  There is no value to draw.", theme.dim)));
        return lines;
    };
    let limit_row = trace
        .limit
        .map(|limit| (scale.eighths(limit.value, room.rows) - 1) / 8);
    for row in (0..room.rows).rev() {
        lines.push(plot_row(
            trace, &columns, scale, room.rows, row, limit_row, theme,
        ));
    }
    lines.push(axis(marks, time, wide, theme));
    lines.push(times(time, wide, theme));
    lines
}

fn title(
    trace: &Trace<'_>,
    corner: String,
    width: usize,
    view: &View<'_>,
    theme: &Theme,
) -> Line<'static> {
    let mut left = trace.called(width / 3, theme);
    left.push(span("  ", theme.text));
    left.push(trace.measured(theme));
    left.extend(trace.judged(theme));
    let known = view.state.signals.get(&trace.signal.name);
    if let Some(known) = known.filter(|_| trace.standing != Standing::Plain) {
        let since = known.since.format("%H:%M:%S");
        left.push(span(format!(" since {since}"), theme.dim));
    }
    if trace.standing == Standing::Gap
        && let Some(Sample {
            value: Err(why), ..
        }) = trace.samples.last()
    {
        left.push(span(format!(": {}", clip(why, width / 3)), theme.dim));
    }
    if let Some(healthy) = &trace.signal.healthy {
        let used: usize = left.iter().map(|part| part.content.width()).sum();
        let bound = Bound::of(&healthy.source, &trace.signal.name, view.state.scope());
        let words = bound.map(|bound| bound.words(&trace.signal.unit));
        let text = format!("  healthy: {}", words.unwrap_or(healthy.source.clone()));
        left.push(span(clip(&text, width.saturating_sub(used)), theme.dim));
    }
    ends(left, vec![span(corner, theme.dim)], width)
}

/// One row of the plot; 0 is the lowest.
fn plot_row(
    trace: &Trace<'_>,
    columns: &[Column],
    scale: Scale,
    rows: usize,
    row: usize,
    limit_row: Option<usize>,
    theme: &Theme,
) -> Line<'static> {
    let is_limit = limit_row == Some(row);
    let (label, of_label) = match trace.limit {
        Some(limit) if is_limit => (number(limit.value), theme.warn),
        _ if row + 1 == rows => (number(scale.high), theme.dim),
        _ if row == 0 => (number(scale.low), theme.dim),
        _ => (String::new(), theme.dim),
    };
    let label = if is_limit {
        clip(&format!("limit {label}"), NUMBERS + 1)
    } else {
        clip(&label, NUMBERS)
    };
    let mut spans = vec![
        span(format!("{label:>NUMBERS$} "), of_label),
        span(if label.is_empty() { "│" } else { "┤" }, theme.border),
    ];
    let mut run = String::new();
    let mut of_run = theme.text;
    for column in columns {
        let (cell, style) = plot_cell(trace, *column, scale, rows, row, is_limit, theme);
        if style != of_run && !run.is_empty() {
            spans.push(span(std::mem::take(&mut run), of_run));
        }
        of_run = style;
        run.push_str(cell);
    }
    spans.push(span(run, of_run));
    Line::from(spans)
}

fn plot_cell(
    trace: &Trace<'_>,
    column: Column,
    scale: Scale,
    rows: usize,
    row: usize,
    is_limit: bool,
    theme: &Theme,
) -> (&'static str, Style) {
    let blank = if is_limit {
        ("┄", theme.warn)
    } else {
        (" ", theme.text)
    };
    match column {
        Column::Value(value) => {
            let eighths = scale.eighths(value, rows).saturating_sub(row * 8).min(8);
            if eighths == 0 {
                return blank;
            }
            let beyond = trace.limit.is_some_and(|limit| limit.is_beyond(value));
            let style = if beyond { theme.bad } else { theme.focus };
            if scale.eighths(value, rows) > (row + 1) * 8 {
                if is_limit {
                    // The limit is seen across what stands higher.
                    return blank;
                }
                // Under the curve it is light: a wall of colour says no more.
                return ("░", style);
            }
            (filled(eighths), style)
        }
        Column::Gap if row == 0 => ("?", theme.unknown),
        Column::Gap | Column::Nothing => blank,
    }
}

/// The axis with a mark where a decision was made.
fn axis(marks: &[(DateTime<Utc>, &str)], time: Span, wide: usize, theme: &Theme) -> Line<'static> {
    let decided: Vec<usize> = marks
        .iter()
        .filter_map(|(at, _)| time.column(*at, wide))
        .collect();
    let mut spans = vec![span(format!("{}└", " ".repeat(NUMBERS + 1)), theme.border)];
    for column in 0..wide {
        spans.push(if decided.contains(&column) {
            span("◆", theme.accent)
        } else {
            span("─", theme.border)
        });
    }
    Line::from(spans)
}

/// When it begins and ends, and the middle where there is room.
fn times(time: Span, wide: usize, theme: &Theme) -> Line<'static> {
    const LENGTH: usize = 8;
    let of = |at: DateTime<Utc>| at.format("%H:%M:%S").to_string();
    let mut text = " ".repeat(NUMBERS + 2);
    text.push_str(&of(time.from));
    let left = wide.saturating_sub(LENGTH * 2);
    if left > LENGTH + 4 {
        let before = (left - LENGTH) / 2;
        let middle = time.from + TimeDelta::milliseconds(time.milliseconds() / 2);
        let after = left - LENGTH - before;
        text.push_str(&" ".repeat(before));
        text.push_str(&of(middle));
        text.push_str(&" ".repeat(after));
    } else {
        text.push_str(&" ".repeat(left));
    }
    text.push_str(&of(time.to));
    Line::from(span(text, theme.dim))
}
