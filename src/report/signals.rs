//! What the samples of a run's signals say in one row each.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::engine::{Entry, Event, State, event::Health};
use crate::runbook::Signal;
use crate::template::{self, Value};

mod limit;

use limit::Limit;

/// After this many intervals without a sample nobody measured.
const MISSED: u32 = 3;
/// What a measurement may take longer than its interval before it counts as missed.
const SLACK: Duration = Duration::from_secs(5);
/// A number on either side of every one that is measured.
const FAR: f64 = 1e15;

/// A sample as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// When.
    pub at: DateTime<Utc>,
    /// Of which signal.
    pub signal: String,
    /// The number; none: it could not be measured.
    pub value: Option<f64>,
}

/// A signal over the whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// Of its values.
    pub unit: String,
    /// When it is as it should be, as the author wrote it.
    pub healthy: Option<String>,
    /// Up to where it is.
    pub limit: Option<Limit>,
    /// The first value.
    pub first: Option<f64>,
    /// The worst value.
    pub worst: Worst,
    /// The last value.
    pub last: Option<f64>,
    /// For how long it was not as it should be.
    pub unhealthy: Duration,
    /// From when to when it was not.
    pub breaches: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// How often it went unmeasured.
    pub gaps: u32,
    /// For how long it did.
    pub unmeasured: Duration,
}

/// The worst value of a signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Worst {
    /// There is none.
    Nothing,
    /// This one.
    Value(f64),
    /// Which side is the worse is not said: the lowest and the highest.
    Range(f64, f64),
}

/// A signal's id as people say it: `Error rate` for `error_rate`, with the step in front
/// where it is another runbook's.
pub fn title(name: &str) -> String {
    let words = name.replace("__", ": ").replace('_', " ");
    let mut letters = words.trim().chars();
    letters.next().map_or_else(
        || name.to_owned(),
        |first| first.to_uppercase().chain(letters).collect(),
    )
}

/// Every signal of the runbook in its order.
pub fn measured(
    state: &State,
    entries: &[Entry],
    samples: &[Sample],
    now: DateTime<Utc>,
) -> Vec<Measured> {
    let end = state.closed.as_ref().map_or(now, |closed| closed.at);
    let of = |signal| one(state, entries, samples, signal, end);
    state.runbook.signals.iter().map(of).collect()
}

/// After so long without a sample nobody measured.
pub fn longest(signal: &Signal) -> Duration {
    signal.every.saturating_mul(MISSED).saturating_add(SLACK)
}

fn one(
    state: &State,
    entries: &[Entry],
    samples: &[Sample],
    signal: &Signal,
    end: DateTime<Utc>,
) -> Measured {
    let changes: Vec<(DateTime<Utc>, Option<f64>, &Health)> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::SignalChanged {
                signal: name,
                value,
                health,
            } if *name == signal.name => Some((entry.at, *value, health)),
            _ => None,
        })
        .collect();
    let mut points: Vec<(DateTime<Utc>, Option<f64>)> = samples
        .iter()
        .filter(|sample| sample.signal == signal.name)
        .map(|sample| (sample.at, sample.value))
        .collect();
    // Where the file is gone, the journal still knows what changed.
    let dense = !points.is_empty();
    if !dense {
        points = changes.iter().map(|(at, value, _)| (*at, *value)).collect();
    }
    let longest = longest(signal);
    let (mut unhealthy, mut unmeasured, mut gaps) = (Duration::ZERO, Duration::ZERO, 0);
    let mut breaches: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    let mut in_gap = false;
    for (place, (at, value)) in points.iter().enumerate() {
        let until = points.get(place + 1).map_or(end, |(at, _)| *at);
        let length = (until - *at).to_std().unwrap_or_default();
        let missed = dense && length > longest;
        if value.is_none() || missed {
            gaps += u32::from(!in_gap);
            unmeasured += length;
            // What could be measured before the hole ends an earlier gap.
            in_gap = value.is_none();
            continue;
        }
        in_gap = false;
        let before = changes.partition_point(|(since, ..)| *since < until);
        let health = before.checked_sub(1).map(|last| &changes[last]);
        if matches!(health, Some((.., Health::Unhealthy))) {
            unhealthy += length;
            match breaches.last_mut() {
                Some(last) if last.1 == *at => last.1 = until,
                _ => breaches.push((*at, until)),
            }
        }
    }
    let values = || points.iter().filter_map(|(_, value)| *value);
    Measured {
        name: signal.name.clone(),
        unit: signal.unit.clone(),
        healthy: signal
            .healthy
            .as_ref()
            .map(|healthy| healthy.source.clone()),
        limit: Limit::of(state, signal),
        first: values().next(),
        last: values().next_back(),
        worst: worst(state, signal, values()),
        unhealthy,
        breaches,
        gaps,
        unmeasured,
    }
}

/// Which side is the worse one follows from what is healthy far out on either.
fn worst(state: &State, signal: &Signal, values: impl Iterator<Item = f64>) -> Worst {
    let bounds = values.fold(None, |bounds: Option<(f64, f64)>, value| {
        let (low, high) = bounds.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    let Some((low, high)) = bounds else {
        return Worst::Nothing;
    };
    let is_healthy = |value: f64| {
        let healthy = signal.healthy.as_ref()?;
        let mut scope = state.scope_of_run();
        let number = serde_json::Number::from_f64(value)?;
        scope.insert(&signal.name, Value::Number(number));
        template::evaluate(&healthy.source, &scope).ok()
    };
    match (is_healthy(-FAR), is_healthy(FAR)) {
        (Some(true), Some(false)) => Worst::Value(high),
        (Some(false), Some(true)) => Worst::Value(low),
        _ => Worst::Range(low, high),
    }
}
