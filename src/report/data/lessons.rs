//! What went well and what did not: what the events themselves say, and what people
//! have noted. Nobody is blamed: a fact has no author here.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Phase, Signal};
use crate::engine::{
    Entry, Event, State,
    effect::Part,
    event::{Departure, Health, Manner, Outcome},
    state::AttemptStatus,
};
use crate::report::{
    Source, metrics, said, signals,
    timeline::{departed, is_look, step_title},
};
use crate::runbook::human;

/// What a postmortem learns from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lessons {
    /// What went well.
    pub well: Vec<String>,
    /// What did not.
    pub badly: Vec<String>,
    /// Where luck helped, as was noted.
    pub luck: Vec<String>,
    /// What was learned, as was noted.
    pub learned: Vec<String>,
}

/// Whom it hurt and for how long: as given, as noted, and as the signals show.
pub(super) fn impact(source: &Source<'_>, signals: &[Signal]) -> Vec<String> {
    let mut told: Vec<String> = source.state.run.impact.iter().cloned().collect();
    told.extend(said::of(source.state, said::Part::Impact));
    for signal in signals.iter().filter(|signal| signal.unhealthy.ms > 0) {
        let worst = signal.read.worst.as_deref().unwrap_or_default();
        let healthy = match (&signal.healthy_words, &signal.healthy) {
            (Some(words), _) => format!("; healthy is {words}"),
            (None, Some(source)) => format!("; healthy is ‘{source}’"),
            (None, None) => String::new(),
        };
        let long = &signal.unhealthy.words;
        told.push(format!(
            "{} was not healthy for {long} of the run: {worst} at its worst{healthy}",
            signal.title
        ));
    }
    told
}

pub(super) fn lessons(source: &Source<'_>, phases: &[Phase], signals: &[Signal]) -> Lessons {
    let mut well = said::of(source.state, said::Part::Well);
    let mut badly = said::of(source.state, said::Part::Badly);
    if !source.state.is_rehearsal() {
        well.extend(verified(source.state));
        well.extend(in_budget(phases));
        well.extend(recovered(source));
        badly.extend(over_budget(phases));
        badly.extend(failures(source.state));
        badly.extend(lost_consoles(source.entries));
        badly.extend(unmeasured(signals));
    }
    Lessons {
        well,
        badly,
        luck: said::of(source.state, said::Part::Luck),
        learned: said::of(source.state, said::Part::Lesson),
    }
}

fn verified(state: &State) -> Option<String> {
    let checks = metrics::verification(state);
    let made: Vec<_> = checks
        .iter()
        .filter(|(_, word, _)| word != "not taken")
        .collect();
    let passed = made.iter().all(|(_, word, _)| word == "passed");
    match made.len() {
        _ if !passed => None,
        0 => None,
        1 => Some(format!(
            "The check of the verification passed: {}",
            made[0].0
        )),
        2 => Some("Both checks of the verification passed".to_owned()),
        checks => Some(format!("All {checks} checks of the verification passed")),
    }
}

fn in_budget(phases: &[Phase]) -> Option<String> {
    let kept: Vec<String> = phases
        .iter()
        .filter(|phase| phase.state == "done" && phase.over.is_none())
        .filter_map(|phase| {
            let (actual, budget) = (phase.actual.as_ref()?, phase.budget.as_ref()?);
            Some(format!(
                "{} ({} of {})",
                phase.title, actual.words, budget.words
            ))
        })
        .collect();
    (!kept.is_empty()).then(|| format!("Within the budget: {}", kept.join(", ")))
}

fn over_budget(phases: &[Phase]) -> Vec<String> {
    let over = phases.iter().filter_map(|phase| {
        let (over, actual) = (phase.over.as_ref()?, phase.actual.as_ref()?);
        let title = &phase.title;
        Some(format!(
            "‘{title}’ took {}, {} over its budget",
            actual.words, over.words
        ))
    });
    over.collect()
}

/// Signals that were not healthy and were at the end.
fn recovered(source: &Source<'_>) -> Vec<String> {
    let mut since: BTreeMap<&str, (Option<DateTime<Utc>>, bool)> = BTreeMap::new();
    for entry in source.entries {
        let Event::SignalChanged { signal, health, .. } = &entry.event else {
            continue;
        };
        let known = since.entry(signal).or_default();
        match health {
            Health::Unhealthy => *known = (None, true),
            Health::Healthy if known.1 && known.0.is_none() => known.0 = Some(entry.at),
            Health::Healthy | Health::Gap { .. } => {}
        }
    }
    let back = since.into_iter().filter_map(|(signal, (at, _))| {
        let at = at?.format("%H:%M:%S");
        let title = signals::title(signal);
        Some(format!("{title} was healthy again from {at} on"))
    });
    back.collect()
}

/// Steps whose commands failed, or of which nobody knew what they did. A look of a poll
/// that says ‘not yet’ is no failure.
fn failures(state: &State) -> Vec<String> {
    let mut steps: Vec<(&str, usize, usize, &str)> = Vec::new();
    for attempt in state.attempts.values() {
        let launch = &attempt.launch;
        let AttemptStatus::Finished { outcome, .. } = &attempt.status else {
            continue;
        };
        let (failed, unknown, reason) = match outcome {
            Outcome::Succeeded => continue,
            Outcome::Failed { reason } => (1, 0, reason),
            Outcome::Unknown { reason } => (0, 1, reason),
        };
        if launch.part == Part::Watch || is_look(state, launch) {
            continue;
        }
        match steps.iter_mut().find(|(step, ..)| *step == launch.step) {
            Some(known) => *known = (known.0, known.1 + failed, known.2 + unknown, reason),
            None => steps.push((&launch.step, failed, unknown, reason)),
        }
    }
    let told = steps.into_iter().map(|(step, failed, unknown, reason)| {
        let title = step_title(state, step);
        let failed = match (failed, unknown) {
            (0, _) => format!("It was not known whether ‘{title}’ took effect: {reason}"),
            (1, 0) => format!("‘{title}’ failed: {reason}"),
            (times, 0) => format!("‘{title}’ failed {times} times, at last: {reason}"),
            (failed, unknown) => format!(
                "‘{title}’ did not succeed {} times, at last: {reason}",
                failed + unknown
            ),
        };
        match helped(state, step) {
            Some(fallback) => format!("{failed}; what helped was the fallback ‘{fallback}’"),
            None => failed,
        }
    });
    told.collect()
}

/// The fallback by which a step was brought to its end.
fn helped<'a>(state: &'a State, step: &'a str) -> Option<&'a str> {
    let last = state.mains_of(step).last().map(|(_, attempt)| attempt)?;
    let succeeded = matches!(
        &last.status,
        AttemptStatus::Finished {
            outcome: Outcome::Succeeded,
            ..
        }
    );
    last.fallback.as_deref().filter(|_| succeeded)
}

/// Consoles that went without a word, and how long nobody drove.
fn lost_consoles(entries: &[Entry]) -> Vec<String> {
    let lost = entries.iter().filter_map(|entry| {
        let (whose, departure) = match &entry.event {
            Event::RunResumed(resumed) => ("The console".to_owned(), resumed.before?),
            Event::TakenOver { from, how, .. } => (format!("{from}’s console"), (*how)?),
            _ => return None,
        };
        let lost = matches!(departure.how, Manner::Vanished | Manner::Disconnected);
        lost.then(|| unattended(&whose, departure, entry.at))
    });
    lost.collect()
}

fn unattended(whose: &str, departure: Departure, back: DateTime<Utc>) -> String {
    let away = human((back - departure.at).to_std().unwrap_or_default());
    format!(
        "{}; nobody drove for {away}",
        departed(whose, departure, back)
    )
}

fn unmeasured(signals: &[Signal]) -> Vec<String> {
    let gaps = signals.iter().filter(|signal| signal.unmeasured.ms > 0);
    gaps.map(|signal| {
        format!(
            "{} was not measured for {}",
            signal.title, signal.unmeasured.words
        )
    })
    .collect()
}
