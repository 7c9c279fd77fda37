//! A signal in one row: a block a sample, a question mark where there is none.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui::{style::Style, text::Span};

use super::Trace;
use crate::session::signals::{Limit, Sample};
use crate::tui::{theme::Theme, words::span};

const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The lowest and the highest number of a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
}

impl Scale {
    /// A scale that holds these numbers and the limit; none without numbers. What
    /// hardly moves is not blown up to look as if it did.
    pub fn of(values: impl Iterator<Item = f64>, limit: Option<Limit>) -> Option<Self> {
        let (low, high) = values.fold(None, |known: Option<(f64, f64)>, value| {
            let (low, high) = known.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        })?;
        let (low, high) = match limit {
            Some(limit) => (low.min(limit.value), high.max(limit.value)),
            None => (low, high),
        };
        let least = (low.abs().max(high.abs()) / 10.0).max(f64::MIN_POSITIVE);
        let missing = (least - (high - low)).max(0.0) / 2.0;
        Some(Self {
            low: low - missing,
            high: high + missing,
        })
    }

    /// With air beyond the limit and what is farthest from it: neither stands at the edge.
    pub fn airy(self, limit: Option<Limit>) -> Self {
        if limit.is_none() {
            return self;
        }
        // Halves first: the span of two huge numbers would be infinite.
        let air = (self.high / 2.0 - self.low / 2.0) * 0.6;
        let low = if self.low >= 0.0 {
            (self.low - air).max(0.0)
        } else {
            (self.low - air).max(f64::MIN)
        };
        Self {
            low,
            high: (self.high + air).min(f64::MAX),
        }
    }

    /// How high a number stands, in eighths of a row, of so many rows; at least one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "between 1 and 8 times the rows of a screen"
    )]
    pub fn eighths(self, value: f64, rows: usize) -> usize {
        let all = (rows * 8) as f64;
        // Halves first: the span of two huge numbers would be infinite.
        let share = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        ((share * all).round().clamp(1.0, all)) as usize
    }
}

/// The block that fills so many eighths of a row; a blank for none.
pub(super) fn block(eighths: usize) -> &'static str {
    match eighths {
        0 => " ",
        some => BLOCKS[some.min(8) - 1],
    }
}

/// Whether so much time between two samples means that nobody measured.
pub(super) fn is_gap(from: DateTime<Utc>, to: DateTime<Utc>, every: Duration) -> bool {
    let long = (to - from).to_std().unwrap_or_default();
    long > every.saturating_mul(5) / 2 + Duration::from_secs(5)
}

/// A column of a sparkline.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    /// Before anything was measured.
    Blank,
    /// Measured without a number, or not measured for too long.
    Gap,
    Value(f64),
}

/// The last samples as far as they fit, the newest at the right, with a mark where time
/// passed without any.
fn cells(samples: &[&Sample], every: Duration, width: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (at, sample) in samples.iter().enumerate().rev() {
        if cells.len() == width {
            break;
        }
        cells.push(match sample.value {
            Ok(value) => Cell::Value(value),
            Err(_) => Cell::Gap,
        });
        let before = at.checked_sub(1).map(|before| samples[before]);
        if before.is_some_and(|before| is_gap(before.at, sample.at, every)) {
            cells.push(Cell::Gap);
        }
    }
    cells.resize(width, Cell::Blank);
    cells.reverse();
    cells
}

/// A sparkline of some rows.
pub(super) struct Spark {
    /// The rows, the upper one first.
    pub rows: Vec<Vec<Span<'static>>>,
    /// The row of the limit, from above.
    pub limit: Option<usize>,
}

/// How high things stand in a sparkline.
#[derive(Clone, Copy)]
struct Plot {
    scale: Scale,
    limit: Option<Limit>,
    rows: usize,
}

impl Plot {
    /// In one row the limit is its middle, so that both sides of it can be told apart.
    fn eighths(self, value: f64) -> usize {
        let whole = self.scale;
        match self.limit {
            Some(limit) if self.rows == 1 => {
                let (low, high, least) = if value > limit.value {
                    (limit.value, whole.high, 4)
                } else {
                    (whole.low, limit.value, 0)
                };
                let half = Scale { low, high }.eighths(value, 1).div_ceil(2);
                least + half
            }
            _ => whole.eighths(value, self.rows),
        }
    }

    /// The row of the limit, 0 being the lowest.
    fn limit_row(self) -> Option<usize> {
        let limit = self.limit?;
        Some((self.eighths(limit.value) - 1) / 8)
    }

    fn draw(self, cell: Cell, row: usize, theme: &Theme) -> (&'static str, Style) {
        let on_limit = self.limit_row() == Some(row);
        let blank = if on_limit {
            ("┄", theme.warn)
        } else {
            (" ", theme.text)
        };
        let value = match cell {
            Cell::Gap if row == 0 => return ("?", theme.unknown),
            Cell::Gap | Cell::Blank => return blank,
            Cell::Value(value) => value,
        };
        let all = self.eighths(value);
        let beyond = self.limit.is_some_and(|limit| limit.is_beyond(value));
        let style = if beyond { theme.bad } else { theme.accent };
        match all.saturating_sub(row * 8) {
            0 => blank,
            // The limit is seen across what stands higher, unless it would be half of it.
            more if more > 8 && on_limit && self.rows > 2 => ("▒", theme.warn),
            more if more > 8 => ("░", style),
            some => (block(some), style),
        }
    }
}

/// Draws the last samples of a signal; nothing where nothing was measured.
pub(super) fn spark(trace: &Trace<'_>, width: usize, rows: usize, theme: &Theme) -> Spark {
    let cells = cells(&trace.samples, trace.signal.every, width);
    let values = cells.iter().filter_map(|cell| match cell {
        Cell::Value(value) => Some(*value),
        _ => None,
    });
    let scale = Scale::of(values, trace.limit).map(|scale| scale.airy(trace.limit));
    let Some(scale) = scale else {
        // The limit of nothing would stand nowhere; gaps are told all the same.
        let gaps = cells.iter().map(|cell| match cell {
            Cell::Gap => span("?", theme.unknown),
            _ => Span::raw(" "),
        });
        let mut all = vec![vec![Span::raw(" ".repeat(width))]; rows.saturating_sub(1)];
        all.push(gaps.collect());
        return Spark {
            rows: all,
            limit: None,
        };
    };
    let plot = Plot {
        scale,
        limit: trace.limit,
        rows,
    };
    let row = |row: usize| -> Vec<Span<'static>> {
        let mut spans: Vec<Span<'static>> = Vec::new();
        for cell in &cells {
            let (text, style) = plot.draw(*cell, row, theme);
            match spans.last_mut() {
                Some(last) if last.style == style => last.content.to_mut().push_str(text),
                _ => spans.push(span(text, style)),
            }
        }
        spans
    };
    Spark {
        rows: (0..rows).rev().map(row).collect(),
        limit: plot.limit_row().map(|row| rows - 1 - row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Depth, built_in};

    fn sample(second: u32, value: Option<f64>) -> Sample {
        Sample {
            at: DateTime::from_timestamp(i64::from(second), 0).unwrap(),
            value: value.ok_or_else(|| "no answer".to_owned()),
        }
    }

    const EVERY: Duration = Duration::from_secs(5);

    fn text(samples: &[Sample], width: usize) -> String {
        let samples: Vec<&Sample> = samples.iter().collect();
        let cells = cells(&samples, EVERY, width);
        drawn(&cells, None, 1).remove(0)
    }

    fn drawn(cells: &[Cell], limit: Option<Limit>, rows: usize) -> Vec<String> {
        let values = cells.iter().filter_map(|cell| match cell {
            Cell::Value(value) => Some(*value),
            _ => None,
        });
        let plot = Plot {
            scale: Scale::of(values, limit).unwrap().airy(limit),
            limit,
            rows,
        };
        let theme = Theme::new(&built_in("mono").unwrap(), Depth::None);
        let row = |row| -> String {
            let signs = cells.iter().map(|cell| plot.draw(*cell, row, &theme).0);
            signs.collect()
        };
        (0..rows).rev().map(row).collect()
    }

    #[test]
    fn gaps_stand_where_nothing_was_measured() {
        let samples = [
            sample(0, Some(1.0)),
            sample(5, None),
            sample(10, Some(4.0)),
            // The console was away for a minute.
            sample(70, Some(8.0)),
        ];
        assert_eq!(text(&samples, 8), "   ▁?▃?█");
        // What is alone on the screen has no range to stand high in.
        assert_eq!(text(&samples, 2), "?▄");
    }

    #[test]
    fn what_hardly_moves_looks_so() {
        let calm: Vec<Sample> = (0..4)
            .map(|n| sample(n * 5, Some(410.0 + f64::from(n) * 0.1)))
            .collect();
        assert_eq!(text(&calm, 4), "▄▄▄▄");
        let still: Vec<Sample> = (0..3).map(|n| sample(n * 5, Some(0.0))).collect();
        assert_eq!(text(&still, 4).chars().count(), 4);
    }

    #[test]
    fn the_limit_is_seen_whatever_was_measured() {
        let below = |value| Some(Limit { value, below: true });
        let cells = |values: &[f64]| {
            let mut cells = vec![Cell::Blank; 6 - values.len()];
            cells.extend(values.iter().map(|value| Cell::Value(*value)));
            cells
        };
        // One sample is no wall, and the other side of the middle is the other side.
        assert_eq!(drawn(&cells(&[8.0]), below(2.0), 1), ["┄┄┄┄┄▇"]);
        assert_eq!(drawn(&cells(&[1.0, 2.0, 3.0]), below(2.0), 1), ["┄┄┄▂▄▇"]);
        assert_eq!(
            drawn(&cells(&[8.0, 8.0, 1.0]), below(2.0), 3),
            ["   ▃▃ ", "   ░░ ", "┄┄┄▒▒▂"]
        );
        let full = drawn(&cells(&[8.0, 8.5, 9.0, 8.0, 7.0, 9.0]), below(2.0), 3);
        assert_eq!(full[2], "▒▒▒▒▒▒", "{full:?}");
        let calm = drawn(&cells(&[0.1, 0.2]), below(2.0), 3);
        assert_eq!(calm[0], "┄┄┄┄┄┄", "{calm:?}");
    }

    #[test]
    fn huge_numbers_stay_on_the_scale() {
        let scale = Scale::of([f64::MIN, f64::MAX].into_iter(), None).unwrap();
        assert_eq!(scale.eighths(f64::MAX, 2), 16);
        assert_eq!(scale.eighths(f64::MIN, 2), 1);
    }
}
