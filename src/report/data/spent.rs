//! What the time of a run went to: something ran, a person was waited for, or nobody drove.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::engine::{Event, State, effect::Part, state::AttemptStatus};
use crate::report::{Source, metrics};

/// Which part of a run's time went where; together they are all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spent {
    /// A command ran, or a wait or the pause between two attempts went by.
    pub machine: TimeDelta,
    /// Nothing did, and somebody drove.
    pub person: TimeDelta,
    /// Nothing did, and nobody drove.
    pub away: TimeDelta,
}

type Span = (DateTime<Utc>, DateTime<Utc>);

pub(super) fn spent(source: &Source<'_>) -> Spent {
    let state = source.state;
    let end = state.closed.as_ref().map_or(source.now, |closed| closed.at);
    let all = (state.started_at, end);
    let busy = merged(busy(source, end), all);
    let mut with_away = busy.clone();
    with_away.extend(unattended(state, end));
    let machine = length(&busy);
    let away = length(&merged(with_away, all)) - machine;
    Spent {
        machine,
        person: (all.1 - all.0 - machine - away).max(TimeDelta::zero()),
        away,
    }
}

/// When something ran that needs nobody.
fn busy(source: &Source<'_>, end: DateTime<Utc>) -> Vec<Span> {
    let attempts = source.state.attempts.values();
    let mut spans: Vec<Span> = attempts
        .filter(|attempt| attempt.launch.part == Part::Main)
        .filter_map(|attempt| match &attempt.status {
            AttemptStatus::Starting { .. } | AttemptStatus::Running { .. } => {
                Some((attempt.starting_at, end))
            }
            AttemptStatus::Finished { .. } => {
                Some((attempt.starting_at, metrics::ended_at(attempt)?))
            }
            AttemptStatus::Voided => None,
        })
        .collect();
    let mut waits: BTreeMap<&str, Span> = BTreeMap::new();
    for entry in source.entries {
        match &entry.event {
            Event::RetryScheduled { step, due } => {
                waits.insert(step, (entry.at, *due));
            }
            Event::PollScheduled(poll) => {
                waits.insert(&poll.step, (entry.at, poll.due));
            }
            Event::WaitStarted { step, until } => {
                waits.insert(step, (entry.at, *until));
            }
            Event::AttemptStarting { launch, .. } => {
                spans.extend(ended(&mut waits, &launch.step, entry.at));
            }
            Event::StepConcluded { step, .. } | Event::WaitRanOut { step, .. } => {
                spans.extend(ended(&mut waits, step, entry.at));
            }
            _ => {}
        }
    }
    spans.extend(waits.into_values());
    spans
}

fn ended(waits: &mut BTreeMap<&str, Span>, step: &str, at: DateTime<Utc>) -> Option<Span> {
    let (from, until) = waits.remove(step)?;
    Some((from, until.min(at)))
}

/// Between a driver who let go and the next.
fn unattended(state: &State, end: DateTime<Utc>) -> Vec<Span> {
    let drives = &state.driving.drives;
    let gaps = drives.iter().enumerate().filter_map(|(place, drive)| {
        let from = drive.until?.at;
        let next = drives.get(place + 1);
        Some((from, next.map_or(end, |next| next.since)))
    });
    gaps.collect()
}

/// The spans within all of the run, none touching another.
fn merged(mut spans: Vec<Span>, (begin, end): Span) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for (from, until) in spans {
        let (from, until) = (from.clamp(begin, end.max(begin)), until.min(end));
        if until <= from {
            continue;
        }
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => merged.push((from, until)),
        }
    }
    merged
}

fn length(spans: &[Span]) -> TimeDelta {
    let lengths = spans.iter().map(|(from, until)| *until - *from);
    lengths.fold(TimeDelta::zero(), |sum, length| sum + length)
}
