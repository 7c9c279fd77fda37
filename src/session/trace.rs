//! What goes through a session, for the trace file: names and numbers, never a value, a script
//! or a line of output. What is not traced costs a comparison.

use serde_json::Value;

use crate::engine::{
    Effect, Event,
    effect::Question,
    observed::{Ended, Observed, Report},
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
        Effect::Query(query) => log::debug!("ask for the {}", asked(&query.of)),
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
            log::debug!("{} answered with {} bytes", asked(of), text.len());
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

fn asked(question: &Question) -> String {
    match question {
        Question::Evidence { gate } => format!("evidence of {gate}"),
        Question::Probe { attempt } => format!("probe of attempt {attempt}"),
    }
}

fn finished(attempt: u32, report: &Report) {
    log::debug!(
        "attempt {attempt} ended after {} ms: {}, {} bytes of output",
        report.milliseconds,
        how(&report.ended),
        report.output.bytes
    );
}

/// How a command ended, without the reason, which may name a value.
fn how(ended: &Ended) -> String {
    match ended {
        Ended::Exit { code } => format!("exit {code}"),
        Ended::Signal { signal } => format!("signal {signal}"),
        Ended::Deadline => "deadline".to_owned(),
        Ended::Stopped => "stopped".to_owned(),
        Ended::Lost => "lost".to_owned(),
        Ended::NotStarted { .. } => "not started".to_owned(),
    }
}

/// The word by which the journal calls an event.
fn name(event: &Event) -> String {
    match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}
