//! What comes next: for the operator ([`next`]) and by itself ([`advance`]).

use std::cell::LazyCell;

use chrono::{DateTime, Utc};

use super::{
    effect::Launch,
    event::{AttemptId, Conclusion, Event, RunOutcome},
    gate,
    state::{Deciding, ManualState, Polling, State, Status},
    step,
};
use crate::runbook::{Effect, Gate, Kind, Manual, Run, Step};
use crate::template;

/// The one thing that the run waits for.
#[derive(Debug)]
pub enum Next<'a> {
    /// Run this command.
    Run(&'a Step, &'a Run),
    /// Wait for a command that runs.
    Busy(&'a Step, AttemptId),
    /// Wait for the next attempt.
    Retry(&'a Step, DateTime<Utc>),
    /// Wait for the next look of a poll.
    Poll(&'a Step, &'a Polling, DateTime<Utc>),
    /// Decide what to do about a failure.
    Failed(&'a Step, &'a str),
    /// Say whether it took effect.
    Unknown(&'a Step, &'a str),
    /// Answer a gate.
    Decide(&'a Step, &'a Gate, &'a Deciding),
    /// Do something by hand.
    Manual(&'a Step, &'a Manual, &'a ManualState),
    /// Let time pass.
    Wait(&'a Step, DateTime<Utc>),
    /// Close the run, probably with this outcome.
    Close(RunOutcome),
    /// Nothing: the run is over.
    Closed,
}

/// The one thing that the run waits for.
pub fn next(state: &State) -> Next<'_> {
    if state.closed.is_some() {
        return Next::Closed;
    }
    let Some(step) = state.current_step() else {
        return Next::Close(suggested_outcome(state));
    };
    match (state.status(&step.id), &step.kind) {
        (Status::Active { attempt }, _) => Next::Busy(step, *attempt),
        (Status::RetryDue { due, .. }, _) => Next::Retry(step, *due),
        (Status::PollDue { due, .. }, _) => match state.polls.get(&step.id) {
            Some(polling) => Next::Poll(step, polling, *due),
            None => Next::Retry(step, *due),
        },
        (Status::Failed { reason, .. }, _) => Next::Failed(step, reason),
        (Status::Unknown { reason, .. }, _) => Next::Unknown(step, reason),
        (Status::Deciding(deciding), Kind::Gate(gate)) => Next::Decide(step, gate, deciding),
        (Status::Manual(state), Kind::Manual(manual)) => Next::Manual(step, manual, state),
        (Status::Waiting { until, .. }, _) => Next::Wait(step, *until),
        (_, Kind::Run(run)) => Next::Run(step, run),
        // Only a journal that no rule wrote gets here; closing is the way out.
        _ => Next::Close(RunOutcome::Aborted),
    }
}

fn suggested_outcome(state: &State) -> RunOutcome {
    let accepted = state.steps.values().any(|status| {
        matches!(
            status,
            Status::Concluded {
                conclusion: Conclusion::FailureAccepted,
                ..
            }
        )
    });
    if state.stood_down {
        RunOutcome::StoodDown
    } else if accepted {
        RunOutcome::Failed
    } else {
        RunOutcome::Resolved
    }
}

/// What happens by itself: phases and steps are reached, conditions evaluated,
/// gates opened, and in auto-advance the next harmless command starts.
pub fn advance(state: &State, now: DateTime<Utc>) -> Option<Event> {
    if state.closed.is_some() {
        return None;
    }
    let Some((phase, _)) = state.current_phase() else {
        return enter(state);
    };
    let Some(current) = state.current_step() else {
        return Some(Event::PhaseFinished {
            phase: phase.id.clone(),
        });
    };
    match state.status(&current.id) {
        Status::Pending => Some(reach(state, current, now)),
        Status::Deciding(deciding) => {
            let Kind::Gate(definition) = &current.kind else {
                return None;
            };
            let facts = gate::measure(state, definition);
            (facts != deciding.facts).then(|| Event::GateMeasured {
                gate: current.id.clone(),
                facts,
            })
        }
        Status::Waiting { since, until } => wait(state, current, *since, *until, now),
        Status::Ready { doubt: None } if state.auto => auto(state, current),
        _ => None,
    }
}

fn enter(state: &State) -> Option<Event> {
    let id = state.upcoming.first()?.clone();
    let when = state
        .runbook
        .phase(&id)
        .and_then(|phase| phase.when.as_ref());
    let verdict = when.map(|when| template::evaluate(&when.source, &state.scope()));
    Some(match (verdict, when) {
        (Some(Ok(false)), Some(when)) => Event::PhaseNotTaken {
            phase: id,
            because: when.source.clone(),
        },
        (Some(Err(fault)), _) => Event::PhaseEntered {
            phase: id,
            doubt: Some(fault.message),
        },
        _ => Event::PhaseEntered {
            phase: id,
            doubt: None,
        },
    })
}

fn reach(state: &State, step: &Step, now: DateTime<Utc>) -> Event {
    let scope = LazyCell::new(|| state.scope());
    // A phase in doubt is not gone through by itself either.
    let mut doubt = state.phases.last().and_then(|phase| phase.doubt.clone());
    if let Some(when) = &step.when {
        match template::evaluate(&when.source, &scope) {
            Ok(true) => {}
            Ok(false) => {
                return Event::StepNotTaken {
                    step: step.id.clone(),
                    because: when.source.clone(),
                };
            }
            Err(fault) => doubt = Some(fault.message),
        }
    }
    let id = step.id.clone();
    match &step.kind {
        Kind::Run(_) => Event::StepReached { step: id, doubt },
        Kind::Gate(definition) => Event::GateOpened {
            question: step::fill_or_source(&step.title, &scope),
            facts: gate::measure(state, definition),
            gate: id,
        },
        Kind::Manual(manual) => Event::ManualOpened {
            step: id,
            instructions: step::fill_or_source(&manual.instructions, &scope),
            checklist: manual
                .checklist
                .iter()
                .map(|item| step::fill_or_source(item, &scope))
                .collect(),
            copy: manual
                .copy
                .as_ref()
                .map(|text| step::fill_or_source(text, &scope)),
        },
        Kind::Wait(wait) => Event::WaitStarted {
            step: id,
            until: chrono::TimeDelta::from_std(wait.duration)
                .ok()
                .and_then(|length| now.checked_add_signed(length))
                .unwrap_or(now),
        },
    }
}

fn wait(
    state: &State,
    step: &Step,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<Event> {
    let Kind::Wait(definition) = &step.kind else {
        return None;
    };
    let done = Event::StepConcluded {
        step: step.id.clone(),
        conclusion: Conclusion::Succeeded,
        values: std::collections::BTreeMap::new(),
    };
    match &definition.until {
        None => (now >= until).then_some(done),
        Some(condition) => {
            if template::evaluate(&condition.source, &state.scope()) == Ok(true) {
                return Some(done);
            }
            (now >= until).then(|| Event::WaitRanOut {
                step: step.id.clone(),
                waited_ms: u64::try_from((now - since).num_milliseconds()).unwrap_or(0),
            })
        }
    }
}

/// Auto-advance starts what can be undone, once: what was never started after
/// all, or took no effect, may have been another script and is offered again. A
/// script that cannot be filled in waits for the operator.
fn auto(state: &State, current: &Step) -> Option<Event> {
    let Kind::Run(run) = &current.kind else {
        return None;
    };
    if current.effect == Effect::Destructive || state.attempts_of(&current.id).next().is_some() {
        return None;
    }
    let launch: Launch = step::launch(state, current, run, &step::Variant::default()).ok()?;
    Some(Event::AttemptStarting {
        launch: Box::new(launch),
        edited_from: None,
        fallback: None,
    })
}
