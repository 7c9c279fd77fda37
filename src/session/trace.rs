//! What goes through a session, for the trace file: names and numbers, never a value, a script
//! or a line of output. What is not traced costs a comparison.

use serde_json::Value;

use crate::engine::{
    Effect, Event,
    effect::Question,
    observed::{Observed, Report},
};
use crate::journal::record::Record;

/// What was written into the journal.
pub fn recorded(records: &[Record]) {
    if log::log_enabled!(log::Level::Debug) {
        for record in records {
            log::debug!("event {} {}", record.seq, name(&record.entry.event));
        }
    }
}

/// What is about to be done.
pub fn performed(effect: &Effect) {
    match effect {
        Effect::Launch(launch) => log::debug!(
            "launch attempt {} of step {} {}",
            launch.attempt,
            launch.step,
            launch.script
        ),
        Effect::Stop(attempt) => log::debug!("stop attempt {attempt}"),
        Effect::Query(query) => match &query.of {
            Question::Evidence { gate } => log::debug!("ask for the evidence of {gate}"),
            Question::Probe { attempt } => log::debug!("probe attempt {attempt}"),
        },
        Effect::WakeAt(due) => log::trace!("wake at {due}"),
    }
}

/// What an executor reported.
pub fn observed(observed: &Observed) {
    match observed {
        Observed::Started { attempt, pid } => {
            log::debug!("attempt {attempt} started as process {pid}");
        }
        Observed::Finished { attempt, report } => finished(*attempt, report),
        Observed::Trouble { attempt, what } => log::warn!(
            "attempt {attempt}: {}",
            what.as_deref().unwrap_or("no trouble any more")
        ),
        Observed::NeverStarted { attempt } => log::debug!("attempt {attempt} never started"),
        Observed::Silent { attempt, since } => {
            log::debug!("attempt {attempt} has been silent since {since}");
        }
        Observed::ClockStepped { by_ms } => log::debug!("the clock was set by {by_ms} ms"),
        Observed::Answered { of, text, .. } => {
            log::debug!("{of:?} answered with {} bytes", text.len());
        }
        Observed::Signal { signal, value, .. } => log::trace!(
            "signal {signal} {}",
            if value.is_ok() {
                "measured"
            } else {
                "could not be measured"
            }
        ),
    }
}

fn finished(attempt: u32, report: &Report) {
    log::debug!(
        "attempt {attempt} ended after {} ms: {:?}, {} bytes of output",
        report.milliseconds,
        report.ended,
        report.output.bytes
    );
}

/// The word by which the journal calls an event.
fn name(event: &Event) -> String {
    match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}
