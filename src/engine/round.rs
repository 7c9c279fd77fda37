//! Commands that are launched together: what they come to, and when a poll looks
//! again.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    effect::Part,
    event::{AttemptId, Event, Outcome, Scheduled},
    observed::Ended,
    state::{Attempt, AttemptStatus, State, Status},
    step,
};
use crate::runbook::{self, Effect, Kind, Poll, Run, Step, human};

/// What a round came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The attempt that decided it.
    pub attempt: AttemptId,
    /// The worst of its outcomes.
    pub outcome: Outcome,
}

/// What happens by itself: companions end with what they watched, a round whose
/// last command ended is judged, a poll looks again.
pub fn advance(state: &State, now: DateTime<Utc>) -> Option<Event> {
    orphan(state)
        .map(|attempt| Event::AttemptStopping { attempt })
        .or_else(|| {
            state
                .steps
                .iter()
                .find_map(|(step, status)| settle(state, step, status, now))
        })
}

/// A companion that runs on after the commands it was launched with.
fn orphan(state: &State) -> Option<AttemptId> {
    state
        .live()
        .find(|(_, companion)| {
            let launch = &companion.launch;
            launch.part == Part::Watch
                && companion.status.stopping().is_none()
                && !state
                    .mains_of_round(&launch.step, launch.first())
                    .any(|(_, main)| main.status.is_live())
        })
        .map(|(id, _)| id)
}

fn settle(state: &State, id: &str, status: &Status, now: DateTime<Utc>) -> Option<Event> {
    let Status::Active { attempt: round } = *status else {
        return None;
    };
    if state.attempts.get(&round)?.launch.round != round {
        return None;
    }
    let (_, step) = state.runbook.step(id)?;
    let Kind::Run(run) = &step.kind else {
        return None;
    };
    let verdict = verdict(state, step, run, round)?;
    let outcome = match run.poll {
        Some(poll)
            if step.effect != Effect::Destructive && goes_by_itself(state, verdict.attempt) =>
        {
            match look_again(state, step, &poll, round, &verdict, now) {
                Look::Again(event) => return Some(event),
                Look::Over(outcome) => outcome,
            }
        }
        _ => verdict.outcome,
    };
    Some(Event::RoundFinished {
        step: step.id.clone(),
        round,
        attempt: verdict.attempt,
        outcome,
    })
}

/// What a round came to, once none of its commands runs any more: an unknown end
/// counts more than a failure, and a failure more than success.
pub fn verdict(state: &State, step: &Step, run: &Run, round: AttemptId) -> Option<Verdict> {
    let parts: Vec<(AttemptId, &Attempt)> = state.mains_of_round(&step.id, round).collect();
    if parts.iter().any(|(_, part)| part.status.is_live()) {
        return None;
    }
    let worst = parts.iter().map(|(_, part)| rank(&part.status)).max()?;
    let (attempt, _) = parts.iter().find(|(_, part)| rank(&part.status) == worst)?;
    // All of them: who decides about an unknown end has to know of the failures too.
    let reasons = parts.iter().filter_map(|(_, part)| {
        let reason = reason(&part.status)?;
        Some(match part.launch.script.as_str() {
            "" => reason,
            name => format!("‘{name}’: {reason}"),
        })
    });
    let reason = reasons.collect::<Vec<_>>().join("; ");
    let outcome = match worst {
        UNKNOWN => Outcome::Unknown { reason },
        FAILED => Outcome::Failed { reason },
        _ if run.is_parallel() => step::expected(state.scope(), run),
        _ => Outcome::Succeeded,
    };
    Some(Verdict {
        attempt: *attempt,
        outcome,
    })
}

const SUCCEEDED: u8 = 0;
const FAILED: u8 = 1;
const UNKNOWN: u8 = 2;

fn rank(status: &AttemptStatus) -> u8 {
    match status {
        AttemptStatus::Finished { outcome, .. } => match outcome {
            Outcome::Succeeded => SUCCEEDED,
            Outcome::Failed { .. } => FAILED,
            Outcome::Unknown { .. } => UNKNOWN,
        },
        _ => FAILED,
    }
}

fn reason(status: &AttemptStatus) -> Option<String> {
    match status {
        AttemptStatus::Finished { outcome, .. } => match outcome {
            Outcome::Succeeded => None,
            Outcome::Failed { reason } | Outcome::Unknown { reason } => Some(reason.clone()),
        },
        AttemptStatus::Voided => Some("it was never started".to_owned()),
        AttemptStatus::Starting { .. } | AttemptStatus::Running { .. } => None,
    }
}

/// Of the round of an attempt a script that failed or never began, with the reason.
pub fn failed_part(state: &State, attempt: AttemptId) -> Option<(&str, String)> {
    let launch = &state.attempts.get(&attempt)?.launch;
    state
        .mains_of_round(&launch.step, launch.first())
        .find(|(_, part)| rank(&part.status) == FAILED)
        .map(|(_, part)| {
            let reason = reason(&part.status).unwrap_or_default();
            (part.launch.script.as_str(), reason)
        })
}

/// Whether what follows from the round of an attempt may happen by itself: not
/// when a person stopped one of its commands, nor when one never began, which
/// might have been for a reason.
pub fn goes_by_itself(state: &State, attempt: AttemptId) -> bool {
    let Some(known) = state.attempts.get(&attempt) else {
        return false;
    };
    let launch = &known.launch;
    state
        .mains_of_round(&launch.step, launch.first())
        .all(|(_, part)| match &part.status {
            AttemptStatus::Finished { report, .. } => report.ended != Ended::Stopped,
            _ => false,
        })
}

enum Look {
    Again(Event),
    Over(Outcome),
}

fn look_again(
    state: &State,
    step: &Step,
    poll: &Poll,
    round: AttemptId,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Look {
    let known = state.polls.get(&step.id);
    let began = state
        .attempts
        .get(&round)
        .map_or(now, |attempt| attempt.starting_at);
    let since = known.map_or(began, |known| known.since);
    let until = known.map_or_else(|| later(since, poll.timeout), |known| known.until);
    let (holding, last) = match (&verdict.outcome, poll.hold) {
        // What may have changed the world is never repeated by itself.
        (Outcome::Unknown { .. }, _) | (Outcome::Succeeded, None) => {
            return Look::Over(verdict.outcome.clone());
        }
        (Outcome::Succeeded, Some(hold)) => {
            // While nobody looked, for instance with the console gone, nobody
            // knows whether it held.
            let seen = known.filter(|known| began <= later(known.due, poll.every));
            let holding = seen.and_then(|known| known.holding).unwrap_or(now);
            if later(holding, hold) <= now {
                return Look::Over(Outcome::Succeeded);
            }
            (Some(holding), format!("it must hold for {}", human(hold)))
        }
        (Outcome::Failed { reason }, _) => (None, reason.clone()),
    };
    let due = later(now, poll.every);
    if due >= until {
        return Look::Over(Outcome::Failed {
            reason: format!(
                "the time to wait for it ({}) is over: {last}",
                human(poll.timeout)
            ),
        });
    }
    Look::Again(Event::PollScheduled(Box::new(Scheduled {
        step: step.id.clone(),
        attempt: verdict.attempt,
        since,
        until,
        holding,
        last,
        due,
    })))
}

/// A time and a duration; where that is beyond all time, the time itself.
pub fn later(at: DateTime<Utc>, length: std::time::Duration) -> DateTime<Utc> {
    TimeDelta::from_std(length)
        .ok()
        .and_then(|length| at.checked_add_signed(length))
        .unwrap_or(at)
}

/// The scripts that are launched now: all of them, or of parallel ones that were
/// tried before those that have not succeeded yet. What succeeded is not done twice.
pub fn remaining<'r>(state: &State, step: &Step, run: &'r Run) -> Vec<&'r runbook::Script> {
    let all = || run.scripts.iter().collect();
    let goes_on = matches!(
        state.status(&step.id),
        Status::Ready { .. } | Status::Failed { .. } | Status::RetryDue { .. }
    );
    if !run.is_parallel() || run.poll.is_some() || !goes_on {
        return all();
    }
    let succeeded = |script: &runbook::Script| {
        state
            .mains_of(&step.id)
            .filter(|(_, attempt)| attempt.launch.script == script.name)
            .last()
            .is_some_and(|(_, attempt)| rank(&attempt.status) == SUCCEEDED)
    };
    let open: Vec<_> = run
        .scripts
        .iter()
        .filter(|script| !succeeded(script))
        .collect();
    if open.is_empty() { all() } else { open }
}
