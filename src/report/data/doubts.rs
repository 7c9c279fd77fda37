//! Commands of which nobody knew whether they took effect: what the author's probe
//! said, and what the operator concluded.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Moment, how};
use crate::engine::{
    AttemptId, Entry, Event,
    event::{Conclusion, Outcome},
};
use crate::report::{
    Source,
    timeline::{part_title, step_title},
};

/// A command whose outcome was unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Doubt {
    /// Its title.
    pub title: String,
    /// Why it was not known.
    pub reason: String,
    /// What the author's probe said.
    pub probe: Option<Probe>,
    /// What the operator concluded; none: it is still not known.
    pub concluded: Option<Concluded>,
}

/// What a probe said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Probe {
    /// Its advice in words.
    pub advice: &'static str,
    /// How it ended.
    pub how: String,
    /// What it printed.
    pub text: String,
}

/// What the operator concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Concluded {
    /// What.
    pub what: &'static str,
    /// How that is known.
    pub reason: String,
    /// Who said it.
    pub by: String,
    /// When.
    pub at: Moment,
}

struct Open<'a> {
    step: &'a str,
    attempt: AttemptId,
    doubt: Doubt,
}

pub(super) fn doubts(source: &Source<'_>) -> Vec<Doubt> {
    let mut open: Vec<Open<'_>> = Vec::new();
    for entry in source.entries {
        match &entry.event {
            Event::AttemptFinished {
                attempt,
                outcome: Outcome::Unknown { reason },
                ..
            } => {
                // Of those that ran together the round is judged.
                let known = source.state.attempts.get(attempt);
                if let Some(known) = known.filter(|known| known.launch.round == 0) {
                    open.push(doubt(source, &known.launch.step, *attempt, reason));
                }
            }
            Event::RoundFinished {
                step,
                attempt,
                outcome: Outcome::Unknown { reason },
                ..
            } => open.push(doubt(source, step, *attempt, reason)),
            Event::ProbeAnswered { attempt, probed } => {
                let of = open.iter_mut().rfind(|open| open.attempt == *attempt);
                if let Some(open) = of {
                    open.doubt.probe = Some(Probe {
                        advice: probed.advice.word(),
                        how: how(&probed.ended),
                        text: probed.text.clone(),
                    });
                }
            }
            Event::OffScriptDeclared {
                attempt,
                took_effect,
                reason,
            } => {
                let what = if *took_effect {
                    "it took effect"
                } else {
                    "it took no effect"
                };
                let of = open.iter_mut().rfind(|open| open.attempt == *attempt);
                if let Some(open) = of {
                    open.doubt.concluded = Some(concluded(entry, what, reason));
                }
            }
            Event::EffectDenied { step, reason } => {
                conclude(&mut open, entry, step, "it took no effect", reason);
            }
            Event::StepConcluded {
                step,
                conclusion: Conclusion::TookEffect { reason },
                ..
            } => conclude(&mut open, entry, step, "it took effect", reason),
            Event::StepConcluded {
                step,
                conclusion: Conclusion::Skipped { reason },
                ..
            } => conclude(&mut open, entry, step, "the step was left out", reason),
            _ => {}
        }
    }
    open.into_iter().map(|open| open.doubt).collect()
}

fn doubt<'a>(source: &'a Source<'_>, step: &'a str, attempt: AttemptId, reason: &str) -> Open<'a> {
    Open {
        step,
        attempt,
        doubt: Doubt {
            title: match source.state.attempts.get(&attempt) {
                Some(known) if known.is_off_script() => part_title(source.state, &known.launch),
                _ => step_title(source.state, step),
            },
            reason: reason.to_owned(),
            probe: None,
            concluded: None,
        },
    }
}

fn conclude(open: &mut [Open<'_>], entry: &Entry, step: &str, what: &'static str, reason: &str) {
    let latest = open
        .iter_mut()
        .rfind(|open| open.step == step && open.doubt.concluded.is_none());
    if let Some(open) = latest {
        open.doubt.concluded = Some(concluded(entry, what, reason));
    }
}

fn concluded(entry: &Entry, what: &'static str, reason: &str) -> Concluded {
    Concluded {
        what,
        reason: reason.to_owned(),
        by: entry.by.to_string(),
        at: entry.at.into(),
    }
}
