//! What comes next for the operator.

use chrono::{DateTime, Utc};

use super::{
    event::{AttemptId, Conclusion, RunOutcome},
    state::{Deciding, ManualState, Polling, State, Status},
};
use crate::runbook::{Gate, Kind, Manual, Run, Step};

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
    // A run that is being closed has left the steps of its phase behind.
    let goes_on = state
        .current_phase()
        .is_some_and(|(phase, _)| state.is_open(phase));
    let Some(step) = state.current_step().filter(|_| goes_on) else {
        // It is being closed and waits for what still runs.
        if state.closing.is_some()
            && let Some((id, live)) = state.live().next()
            && let Some((_, step)) = state.runbook.step(&live.launch.step)
        {
            return Next::Busy(step, id);
        }
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
