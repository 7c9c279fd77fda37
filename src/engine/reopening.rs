//! Asking an answered gate again: what stays done, what is asked anew, and where the
//! route may lead then.

use chrono::{DateTime, Utc};

use super::{
    event::Reopened,
    refusal::Refusal,
    state::{PhaseStatus, State, Status},
    step::fill_or_source,
};
use crate::runbook::{Effect, Kind, Phase, Step};

/// What follows when a gate is asked again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reopening {
    /// The phases that follow until it is answered, by id.
    pub route: Vec<String>,
    /// The phases that are left and may be come to again, by id.
    pub left: Vec<String>,
    /// Conditions around phases that are decided about anew.
    pub around: Vec<String>,
    /// The steps that are to be reached again, by id; the gate is the first.
    pub again: Vec<String>,
    /// The later gates whose answers are taken back with it, by id.
    pub gates: Vec<String>,
    /// What was done under the old answer and stays done.
    pub done: Vec<Done>,
    /// Phases that the old answer had shut out, by id.
    pub reachable: Vec<String>,
}

/// A step that was done under an answer which is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Its id.
    pub step: String,
    /// Whether it changed something.
    pub wrote: bool,
}

/// What follows when this gate is asked again.
///
/// # Errors
/// When it cannot be, in the operator's words.
pub fn reopening(state: &State, gate: &str) -> Result<Reopening, Refusal> {
    let (own, step) = state
        .runbook
        .step(gate)
        .ok_or_else(|| Refusal::NoSuchStep(gate.to_owned()))?;
    let misfit = |why: &str| Refusal::DoesNotFit {
        step: format!("‘{}’", title(state, step)),
        what: "be asked again",
        why: why.to_owned(),
    };
    if !matches!(step.kind, Kind::Gate(_)) {
        return Err(misfit("it is not a gate"));
    }
    let before = match state.status(gate) {
        Status::Answered { before, .. } => before,
        Status::Deciding(_) => return Err(misfit("it is open")),
        _ => return Err(misfit("it has no answer yet")),
    };
    if state.closed.is_some() {
        return Err(Refusal::Closed);
    }
    if state.closing.is_some() {
        return Err(misfit("the run is being closed"));
    }
    let place = state.phases.iter().position(|known| known.id == own.id);
    let Some(place) = place else {
        return Err(misfit("its phase was never entered"));
    };
    let mut follows = Reopening {
        again: vec![gate.to_owned()],
        ..Reopening::default()
    };
    let rest = own
        .steps
        .iter()
        .skip_while(|other| other.id != gate)
        .skip(1);
    for step in rest {
        consider(state, step, false, &mut follows)?;
    }
    let mut stays = vec![own.id.as_str()];
    for known in &state.phases[place + 1..] {
        let Some(phase) = state.runbook.phase(&known.id) else {
            continue;
        };
        let cleans_up = state.is_cleanup(phase);
        let asked = follows.again.len();
        for step in &phase.steps {
            consider(state, step, cleans_up, &mut follows)?;
        }
        let settled = |step: &Step| state.status(&step.id).is_settled();
        let is_done = matches!(known.status, PhaseStatus::Finished { .. })
            && follows.again.len() == asked
            && phase.steps.iter().all(settled);
        if is_done && !cleans_up {
            stays.push(&known.id);
        } else {
            follows.left.push(known.id.clone());
        }
    }
    follows.route = before
        .iter()
        .filter(|id| !stays.contains(&id.as_str()))
        .cloned()
        .collect();
    follows.reachable = follows
        .route
        .iter()
        .filter(|id| !state.is_on_route(id))
        .cloned()
        .collect();
    let stay = state.phases[..place]
        .iter()
        .map(|known| known.id.as_str())
        .chain(stays);
    follows.around = forgotten(state, &follows.left, &stay.collect::<Vec<_>>());
    Ok(follows)
}

/// What becomes of a step after the gate.
fn consider(
    state: &State,
    step: &Step,
    cleans_up: bool,
    follows: &mut Reopening,
) -> Result<(), Refusal> {
    if state
        .attempts_of(&step.id)
        .any(|(_, attempt)| attempt.status.is_live())
    {
        return Err(Refusal::Busy {
            step: title(state, step),
        });
    }
    match state.status(&step.id) {
        // That it failed is known, and what to do about it is asked when it is
        // come to again.
        Status::Pending | Status::Failed { .. } => {}
        Status::Unknown { .. } => return Err(Refusal::OutcomeUnknown(title(state, step))),
        Status::Answered { .. } => {
            follows.again.push(step.id.clone());
            follows.gates.push(step.id.clone());
        }
        Status::Concluded { .. } => {
            follows.done.push(Done {
                step: step.id.clone(),
                wrote: step.has_command() && step.effect != Effect::Read,
            });
            // What is tidied up at the end depends on all that was done until then.
            if cleans_up {
                follows.again.push(step.id.clone());
            }
        }
        _ => follows.again.push(step.id.clone()),
    }
    Ok(())
}

/// The conditions that were decided about with phases which are left, and with none
/// that stays.
fn forgotten(state: &State, left: &[String], stay: &[&str]) -> Vec<String> {
    let of = |phase: &Phase| {
        let around = phase.around.iter().map(|around| around.of.clone());
        around.collect::<Vec<String>>()
    };
    let kept: Vec<String> = stay
        .iter()
        .filter_map(|id| state.runbook.phase(id))
        .flat_map(of)
        .collect();
    let mut forgotten: Vec<String> = left
        .iter()
        .filter_map(|id| state.runbook.phase(id))
        .flat_map(of)
        .filter(|around| !kept.contains(around) && state.around.contains_key(around))
        .collect();
    forgotten.sort();
    forgotten.dedup();
    forgotten
}

fn title(state: &State, step: &Step) -> String {
    fill_or_source(&step.title, state.scope_for(&step.title.source))
}

/// Folds that a gate is asked again.
pub(super) fn apply(state: &mut State, at: DateTime<Utc>, reopened: &Reopened) {
    let Reopened {
        gate,
        route,
        left,
        around,
        again,
        ..
    } = reopened;
    let Some(own) = state.runbook.step(gate).map(|(phase, _)| phase.id.clone()) else {
        return;
    };
    for step in again {
        state.steps.remove(step);
        state.answers.remove(step);
        state.polls.remove(step);
        state.skipped_open.remove(step);
    }
    state.phases.retain(|known| !left.contains(&known.id));
    for known in &mut state.phases {
        known.status = match known.status {
            PhaseStatus::Finished { since, .. } | PhaseStatus::Left { since, .. }
                if known.id == own =>
            {
                PhaseStatus::Current { since }
            }
            PhaseStatus::Current { since } if known.id != own => PhaseStatus::Left { since, at },
            _ => continue,
        };
    }
    for of in around {
        state.around.remove(of);
    }
    state.upcoming.clone_from(route);
    state.stood_down = state
        .steps
        .values()
        .any(|status| matches!(status, Status::Answered { ends: true, .. }));
}
