//! Where a moment and a value stand, and which of them are written beside the picture.

use super::Span;

/// Beyond so many lines a picture is a grid.
const LINES: f64 = 4.0;
/// How many times stand between the first and the last.
const BETWEEN: i64 = 3;
/// What people count time in, in seconds.
const STEPS: [i64; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
    172_800, 604_800,
];

/// Round values from below the lowest to above the highest.
pub(super) struct Ticks {
    pub values: Vec<f64>,
    decimals: usize,
}

impl Ticks {
    pub fn over(low: f64, high: f64) -> Self {
        // What is never below nothing is shown from there, if that is not far.
        let low = if low > 0.0 && low <= high / 2.0 {
            0.0
        } else {
            low
        };
        let (low, high) = match (low, high) {
            (low, high) if low < high => (low, high),
            (0.0, _) => (0.0, 1.0),
            (value, _) => (value - value.abs() / 2.0, value + value.abs() / 2.0),
        };
        let span = high - low;
        let magnitude = 10f64.powf((span / LINES).log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * magnitude);
        let step = steps.into_iter().find(|step| span / step <= LINES);
        let Some(step) = step.filter(|step| step.is_normal() && span.is_finite()) else {
            return Self {
                values: vec![low, high],
                decimals: 3,
            };
        };
        let first = (low / step).floor();
        let last = (high / step).ceil();
        let mut values = Vec::new();
        let mut next = first;
        // Beside a number that is far larger, adding a step may change nothing.
        while next <= last && values.len() <= 8 {
            values.push(next * step);
            next += 1.0;
        }
        let decimals = (0..9).find(|decimals| step * 10f64.powi(*decimals) >= 0.999);
        Self {
            values,
            decimals: decimals
                .and_then(|it| usize::try_from(it).ok())
                .unwrap_or(9),
        }
    }

    /// A value as it is written.
    pub fn text(&self, value: f64) -> String {
        let text = format!("{value:.*}", self.decimals);
        let text = if text
            .trim_start_matches('-')
            .trim_matches(['0', '.'])
            .is_empty()
        {
            text.trim_start_matches('-').to_owned()
        } else {
            text
        };
        if text.len() <= 9 {
            text
        } else {
            format!("{value:.2e}")
        }
    }
}

/// From a moment and a value to a place in the picture, as shares of it.
pub(super) struct Scale {
    pub span: Span,
    low: f64,
    high: f64,
}

impl Scale {
    pub fn new(span: Span, ticks: &Ticks) -> Self {
        let first = ticks.values.first().copied();
        let last = ticks.values.last().copied();
        Self {
            span,
            low: first.unwrap_or_default(),
            high: last.unwrap_or_default(),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of a run, drawn on a few hundred columns"
    )]
    pub fn x(&self, at: i64) -> f64 {
        let all = self.span.to.saturating_sub(self.span.from).max(1) as f64;
        let here = at.saturating_sub(self.span.from) as f64;
        (here / all).clamp(0.0, 1.0)
    }

    /// From the top.
    pub fn y(&self, value: f64) -> f64 {
        // Halves first: the span of two huge numbers would be infinite.
        let all = self.high / 2.0 - self.low / 2.0;
        if all > 0.0 {
            1.0 - ((value / 2.0 - self.low / 2.0) / all).clamp(0.0, 1.0)
        } else {
            0.5
        }
    }
}

/// A time below the picture.
pub(super) struct Clock {
    pub at: i64,
    pub text: String,
    /// At which end of the picture it stands.
    pub edge: Option<&'static str>,
}

/// The first and the last moment, and round ones between them.
pub(super) fn clocks(span: Span) -> Vec<Clock> {
    let length = span.to.saturating_sub(span.from).max(0);
    let format = |at: i64, seconds: bool| {
        let format = match (length > 86_400, seconds) {
            (true, _) => "%m-%d %H:%M",
            (false, true) => "%H:%M:%S",
            (false, false) => "%H:%M",
        };
        chrono::DateTime::from_timestamp(at, 0)
            .map(|at| at.format(format).to_string())
            .unwrap_or_default()
    };
    let mut clocks = vec![Clock {
        at: span.from,
        text: format(span.from, true),
        edge: Some("start"),
    }];
    let step = STEPS.into_iter().find(|step| length / step <= BETWEEN);
    if let Some(step) = step {
        let mut at = (span.from.div_euclid(step) + 1).saturating_mul(step);
        while at < span.to {
            // Beside the first and the last there is no room.
            let from_edge = (at - span.from).min(span.to - at);
            if from_edge * 5 >= length {
                clocks.push(Clock {
                    at,
                    text: format(at, step < 60),
                    edge: None,
                });
            }
            at += step;
        }
    }
    if length > 0 {
        clocks.push(Clock {
            at: span.to,
            text: format(span.to, true),
            edge: Some("end"),
        });
    }
    clocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn ticks(low: f64, high: f64, wanted: &[&str]) {
        let ticks = Ticks::over(low, high);
        let texts: Vec<String> = ticks.values.iter().map(|it| ticks.text(*it)).collect();
        assert_eq!(texts, wanted);
        let scale = Scale::new(Span { from: 0, to: 1 }, &ticks);
        for value in [low, high] {
            assert!((0.0..=1.0).contains(&scale.y(value)), "{value}");
        }
    }

    #[test]
    fn values_are_round_and_reach_around_all() {
        ticks(0.2, 7.2, &["0", "2", "4", "6", "8"]);
        ticks(0.0, 0.03, &["0.00", "0.01", "0.02", "0.03"]);
        ticks(0.0, 0.0, &["0.0", "0.5", "1.0"]);
        ticks(5.0, 5.0, &["2", "4", "6", "8"]);
        ticks(-3.0, 3.0, &["-4", "-2", "0", "2", "4"]);
        ticks(120.0, 131.0, &["120", "125", "130", "135"]);
        ticks(
            0.0,
            2.0e9,
            &["0", "500000000", "1.00e9", "1.50e9", "2.00e9"],
        );
        ticks(-1.7e308, 1.7e308, &["-1.70e308", "1.70e308"]);
    }

    #[test]
    fn times_are_round_and_leave_room() {
        let at = |from, to| -> Vec<String> {
            let clocks = clocks(Span { from, to });
            clocks.into_iter().map(|clock| clock.text).collect()
        };
        assert_eq!(at(0, 0), ["00:00:00"]);
        assert_eq!(at(3, 43), ["00:00:03", "00:00:15", "00:00:30", "00:00:43"]);
        assert_eq!(at(60, 3660), ["00:01:00", "00:30", "01:01:00"]);
        assert_eq!(at(0, 7 * 86_400).first().unwrap(), "01-01 00:00");
        assert!(at(0, i64::MAX / 2).len() >= 2);
    }
}
