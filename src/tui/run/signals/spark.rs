//! A signal in one row: a block a sample, a question mark where there is none.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui::text::Span;

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

/// The last samples as far as they fit, with a mark where time passed without any.
fn cells<'a>(samples: &[&'a Sample], every: Duration, width: usize) -> Vec<Option<&'a Sample>> {
    let mut cells: Vec<Option<&Sample>> = Vec::new();
    for (at, sample) in samples.iter().enumerate().rev() {
        if cells.len() == width {
            break;
        }
        cells.push(Some(sample));
        let before = at.checked_sub(1).map(|before| samples[before]);
        if before.is_some_and(|before| is_gap(before.at, sample.at, every)) {
            cells.push(None);
        }
    }
    cells.truncate(width);
    cells.reverse();
    cells
}

/// The row.
pub(super) fn line(trace: &Trace<'_>, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let cells = cells(&trace.samples, trace.signal.every, width);
    let values = cells
        .iter()
        .filter_map(|cell| cell.and_then(|sample| sample.value.as_ref().ok().copied()));
    let scale = Scale::of(values, trace.limit);
    cells
        .into_iter()
        .map(|cell| match (cell.map(|sample| &sample.value), scale) {
            (Some(Ok(value)), Some(scale)) => {
                let beyond = trace.limit.is_some_and(|limit| limit.is_beyond(*value));
                let style = if beyond { theme.bad } else { theme.accent };
                span(block(scale.eighths(*value, 1)), style)
            }
            _ => span("?", theme.unknown),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(second: u32, value: Option<f64>) -> Sample {
        Sample {
            at: DateTime::from_timestamp(i64::from(second), 0).unwrap(),
            value: value.ok_or_else(|| "no answer".to_owned()),
        }
    }

    fn text(samples: &[Sample], width: usize) -> String {
        let samples: Vec<&Sample> = samples.iter().collect();
        let cells = cells(&samples, Duration::from_secs(5), width);
        let values = cells
            .iter()
            .filter_map(|cell| cell.and_then(|sample| sample.value.as_ref().ok().copied()));
        let scale = Scale::of(values, None).unwrap();
        let of = |cell: Option<&Sample>| match cell.map(|sample| &sample.value) {
            Some(Ok(value)) => block(scale.eighths(*value, 1)),
            _ => "?",
        };
        cells.into_iter().map(of).collect()
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
        assert_eq!(text(&samples, 20), "▁?▃?█");
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
        assert_eq!(text(&still, 4).chars().count(), 3);
    }

    #[test]
    fn huge_numbers_stay_on_the_scale() {
        let scale = Scale::of([f64::MIN, f64::MAX].into_iter(), None).unwrap();
        assert_eq!(scale.eighths(f64::MAX, 2), 16);
        assert_eq!(scale.eighths(f64::MIN, 2), 1);
    }
}
