//! What was measured during the run.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Digest, Length};
use crate::engine::Event;
use crate::report::{
    Source,
    signals::{self, Worst},
};

/// The most points of a chart: more than it has columns show nothing.
const POINTS: usize = 600;

/// A signal over the whole run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// Its name as people say it: `Error rate` for `error_rate`.
    pub title: String,
    /// Of its values.
    pub unit: String,
    /// When it is as it should be, as the author wrote it.
    pub healthy: Option<String>,
    /// The same in words, where it is a plain comparison: `at most 1 %`.
    pub healthy_words: Option<String>,
    /// The number in it.
    pub limit: Option<f64>,
    /// The first value.
    pub first: Option<f64>,
    /// The worst value; none: it is not said which side is the worse.
    pub worst: Option<f64>,
    /// The lowest and the highest value, where it is not.
    pub range: Option<[f64; 2]>,
    /// The last value.
    pub last: Option<f64>,
    /// For how long it was not as it should be.
    pub unhealthy: Length,
    /// From when to when it was not, in seconds since 1970.
    pub breaches: Vec<(i64, i64)>,
    /// How often it went unmeasured.
    pub gaps: u32,
    /// For how long it did.
    pub unmeasured: Length,
    /// The values as they are read; none: there is none.
    pub read: Read,
    /// What was measured, thinned out to what a chart can show: seconds since 1970, and
    /// the value; none where it could not be measured.
    pub points: Vec<(i64, Option<f64>)>,
}

/// Values as they are read, with their unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Read {
    /// The first.
    pub first: Option<String>,
    /// The worst, or from the lowest to the highest.
    pub worst: Option<String>,
    /// The last.
    pub last: Option<String>,
}

pub(super) fn signals(source: &Source<'_>) -> Vec<Signal> {
    if source.state.is_rehearsal() {
        return Vec::new();
    }
    let measured = signals::measured(source.state, source.entries, source.samples, source.now);
    let of = |signal: signals::Measured| {
        let (worst, range) = match signal.worst {
            Worst::Nothing => (None, None),
            Worst::Value(worst) => (Some(worst), None),
            Worst::Range(low, high) => (None, Some([low, high])),
        };
        let read = |value: f64| format!("{value} {}", signal.unit).trim_end().to_owned();
        Signal {
            read: Read {
                first: signal.first.map(read),
                worst: match signal.worst {
                    Worst::Nothing => None,
                    Worst::Value(worst) => Some(read(worst)),
                    Worst::Range(low, high) if low < high => {
                        Some(format!("{low} to {}", read(high)))
                    }
                    Worst::Range(low, _) => Some(read(low)),
                },
                last: signal.last.map(read),
            },
            points: points(source, &signal.name),
            title: signals::title(&signal.name),
            healthy_words: signal.limit.map(|limit| limit.words(&signal.unit)),
            limit: signal.limit.map(|limit| limit.value),
            breaches: signal
                .breaches
                .iter()
                .map(|(from, until)| (from.timestamp(), until.timestamp()))
                .collect(),
            name: signal.name,
            unit: signal.unit,
            healthy: signal.healthy,
            first: signal.first,
            worst,
            range,
            last: signal.last,
            unhealthy: signal.unhealthy.into(),
            gaps: signal.gaps,
            unmeasured: signal.unmeasured.into(),
        }
    };
    measured.into_iter().map(of).collect()
}

/// Of each piece of a long run the value that is farthest from the first: a peak is
/// not thinned away.
fn points(source: &Source<'_>, name: &str) -> Vec<(i64, Option<f64>)> {
    let known = source.state.runbook.signals.iter();
    let longest = known
        .filter(|signal| signal.name == name)
        .map(signals::longest);
    let longest = longest.max().unwrap_or(Duration::MAX);
    let mut all: Vec<(i64, Option<f64>)> = Vec::new();
    let mut last: Option<&signals::Sample> = None;
    for sample in source.samples.iter().filter(|sample| sample.signal == name) {
        // Where nobody measured the line must not go on.
        let since = last.and_then(|last| (sample.at - last.at).to_std().ok());
        if let (Some(last), true) = (last, since.is_some_and(|since| since > longest)) {
            all.push((last.at.timestamp() + 1, None));
        }
        all.push((sample.at.timestamp(), sample.value));
        last = Some(sample);
    }
    let piece = all.len().div_ceil(POINTS).max(1);
    let first = all.iter().find_map(|(_, value)| *value).unwrap_or_default();
    let far = |value: Option<f64>| value.map_or(f64::INFINITY, |value| (value - first).abs());
    all.chunks(piece)
        .filter_map(|piece| {
            let farthest =
                |a: &&(i64, Option<f64>), b: &&(i64, Option<f64>)| far(a.1).total_cmp(&far(b.1));
            piece.iter().max_by(farthest).copied()
        })
        .collect()
}

pub(super) fn samples(source: &Source<'_>) -> Option<Digest> {
    let of = |entry: &crate::engine::Entry| match &entry.event {
        Event::RunClosed { signals, .. } => signals.as_ref().map(|digest| Digest {
            bytes: digest.bytes,
            blake3: digest.blake3.clone(),
        }),
        _ => None,
    };
    source.entries.iter().rev().find_map(of)
}
