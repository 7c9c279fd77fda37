//! What follows from an answer that takes more than one question.

use std::collections::BTreeMap;

use super::{Ask, Then, target_of};
use crate::engine::{Command, State, command::Run, needs};
use crate::runbook::Effect;
use crate::tui::overlay::{Overlay, Reaction};

/// A changed script runs; a destructive step is confirmed first.
pub fn edited(state: &State, id: &str, text: &str) -> Reaction {
    let run = Run {
        script: Some(text.to_owned()),
        ..Run::step(id)
    };
    let destructive = state
        .runbook
        .step(id)
        .is_some_and(|(_, step)| step.effect == Effect::Destructive);
    if destructive {
        let target = target_of(state, id);
        return Reaction::Next(Overlay::ask(Ask::ConfirmRun { run, target }, state));
    }
    Reaction::Do(Command::Retry(run))
}

/// A step is settled by the operator: first its values, if others need them.
pub fn settle(state: &State, id: &str, then: Then) -> Reaction {
    let missing: Vec<String> = state
        .runbook
        .step(id)
        .map(|(_, step)| {
            needs::missing(state, step)
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect()
        })
        .unwrap_or_default();
    values(state, id, then, missing, BTreeMap::new())
}

/// Asks for the next value, or does what they were given for.
pub fn values(
    state: &State,
    id: &str,
    then: Then,
    missing: Vec<String>,
    given: BTreeMap<String, String>,
) -> Reaction {
    let step = id.to_owned();
    if !missing.is_empty() {
        let ask = Ask::Values {
            step,
            then,
            missing,
            given,
        };
        return Reaction::Next(Overlay::ask(ask, state));
    }
    Reaction::Do(match then {
        Then::ManualDone => Command::ManualDone {
            step,
            values: given,
        },
        Then::Skip { reason } => Command::Skip {
            step,
            reason,
            values: given,
        },
        Then::TookEffect { reason } => Command::TookEffect {
            step,
            reason,
            values: given,
        },
        Then::Done { reason, attempt } => Command::DeclareDone {
            step,
            reason,
            attempt,
            values: given,
        },
        Then::Pass => Command::Run(Run {
            values: Some(given),
            ..Run::step(step)
        }),
    })
}

/// Somebody agreed elsewhere: for whom they speak is asked where their name does
/// not say it, then where they said it.
///
/// # Errors
/// When nobody is named.
pub fn attested(state: &State, gate: &str, answer: &str, who: &str) -> Result<Reaction, String> {
    let who = who.trim();
    if who.is_empty() {
        return Err("Say who agreed: a name that others know.".to_owned());
    }
    let from = super::asked_of(state, gate, answer);
    let named = |name: &String| name.trim().eq_ignore_ascii_case(who);
    if from.is_empty() || from.iter().any(named) {
        let ask = Ask::AttestChannel {
            gate: gate.to_owned(),
            answer: answer.to_owned(),
            who: who.to_owned(),
            stands_for: None,
        };
        return Ok(Reaction::Next(Overlay::ask(ask, state)));
    }
    Ok(Reaction::Next(Overlay::stands_for(
        gate, answer, who, &from,
    )))
}
