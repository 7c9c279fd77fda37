//! What happens by itself: phases and steps are reached, conditions evaluated,
//! gates opened, rounds judged, and in auto-advance the next harmless command starts.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    event::{Conclusion, Event, Opened},
    gate,
    launching::{self, Variant},
    needs, round,
    state::{State, Status},
    step,
};
use crate::runbook::{Around, Effect, Expression, Kind, Phase, Step, Text};
use crate::template::{self, Value};

/// What happens next by itself; nothing, when the run waits for somebody.
pub fn advance(state: &State, now: DateTime<Utc>) -> Vec<Event> {
    if state.closed.is_some() {
        return Vec::new();
    }
    if let Some(event) = round::advance(state, now) {
        return vec![event];
    }
    let phase = state.current_phase().map(|(phase, _)| phase);
    let Some(phase) = phase.filter(|phase| state.is_open(phase)) else {
        let next = match state.closing {
            None => enter(state),
            Some(_) => None,
        };
        return next.or_else(|| wind_up(state)).into_iter().collect();
    };
    let Some(current) = state.current_step() else {
        return vec![Event::PhaseFinished {
            phase: phase.id.clone(),
        }];
    };
    let event = match state.status(&current.id) {
        Status::Pending => Some(reach(state, current, now)),
        Status::Deciding(deciding) => {
            let Kind::Gate(definition) = &current.kind else {
                return Vec::new();
            };
            let facts = gate::measure(state, definition);
            (facts != deciding.facts).then(|| Event::GateMeasured {
                gate: current.id.clone(),
                facts: facts.into(),
            })
        }
        Status::Waiting { since, until } => wait(state, current, *since, *until, now),
        Status::Ready { doubt: None } if state.auto => return auto(state, phase, current, now),
        _ => None,
    };
    event.into_iter().collect()
}

/// After the route, or when the run is being closed: the cleanup, then the end.
fn wind_up(state: &State) -> Option<Event> {
    if let Some(cleanup) = state
        .runbook
        .cleanup
        .as_ref()
        .filter(|_| is_cleanup_due(state))
    {
        return Some(Event::PhaseEntered {
            phase: cleanup.id.clone(),
            doubt: None,
            around: BTreeMap::new(),
        });
    }
    let closing = state.closing.as_ref()?;
    state.live().next().is_none().then(|| Event::RunClosed {
        outcome: closing.outcome,
        note: closing.note.clone(),
        unfinished: closing.unfinished.clone(),
        signals: None,
    })
}

/// Whether the cleanup is still to be offered: one of its steps is, or nobody can
/// tell that it is not.
fn is_cleanup_due(state: &State) -> bool {
    let Some(cleanup) = &state.runbook.cleanup else {
        return false;
    };
    !state.phases.iter().any(|known| known.id == cleanup.id)
        && cleanup.steps.iter().any(|step| {
            step.when
                .as_ref()
                .is_none_or(|when| template::evaluate(&when.source, state.scope()) != Ok(false))
        })
}

pub(super) fn enter(state: &State) -> Option<Event> {
    let id = state.upcoming.first()?.clone();
    let phase = state.runbook.phase(&id);
    let mut around = BTreeMap::new();
    // What a phase was parted into stands under conditions that are decided about once.
    let shared = phase.map_or(&[][..], |phase| &phase.around);
    let own = phase.and_then(|phase| {
        if phase.around.is_empty() {
            phase.when.as_ref()
        } else {
            phase.own_when.as_ref()
        }
    });
    let mut doubt = None;
    for Around { of, when } in shared {
        let verdict = match state.around.get(of) {
            Some(known) => Ok(*known),
            None => template::evaluate(&when.source, state.scope()),
        };
        match verdict {
            Ok(verdict) => {
                around.insert(of.clone(), verdict);
                if !verdict {
                    return Some(not_taken(id, when, around));
                }
            }
            Err(fault) => doubt = doubt.or(Some(fault.message)),
        }
    }
    if let Some(when) = own {
        match template::evaluate(&when.source, state.scope()) {
            Ok(true) => {}
            Ok(false) => return Some(not_taken(id, when, around)),
            Err(fault) => doubt = doubt.or(Some(fault.message)),
        }
    }
    Some(Event::PhaseEntered {
        phase: id,
        doubt,
        around,
    })
}

fn not_taken(phase: String, when: &Expression, around: BTreeMap<String, bool>) -> Event {
    Event::PhaseNotTaken {
        phase,
        because: when.source.clone(),
        around,
    }
}

pub(super) fn reach(state: &State, step: &Step, now: DateTime<Utc>) -> Event {
    // A phase in doubt is not gone through by itself either.
    let mut doubt = state.doubt_about_phase().map(str::to_owned);
    if let Some(when) = &step.when {
        match template::evaluate(&when.source, state.scope()) {
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
    let filled = |text: &Text| step::fill_or_source(text, state.scope_for(&text.source));
    match &step.kind {
        Kind::Run(_) => Event::StepReached { step: id, doubt },
        Kind::Gate(definition) => Event::GateOpened {
            question: filled(&step.title),
            facts: gate::measure(state, definition).into(),
            gate: id,
        },
        Kind::Manual(manual) => Event::ManualOpened(Box::new(Opened {
            step: id,
            instructions: filled(&manual.instructions),
            checklist: manual
                .checklist
                .iter()
                .map(|item| filled(&item.text))
                .collect(),
            copy: manual.copy.as_ref().map(filled),
        })),
        // Nothing was done that would need time to settle.
        Kind::Wait(_) if state.is_rehearsal() => rehearsed(id, BTreeMap::new()),
        Kind::Wait(wait) => Event::WaitStarted {
            step: id,
            until: round::later(now, wait.duration),
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
        values: BTreeMap::new(),
    };
    match &definition.until {
        None => (now >= until).then_some(done),
        Some(condition) => {
            if template::evaluate(&condition.source, state.scope()) == Ok(true) {
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
/// script that cannot be filled in waits for the operator; so does the cleanup of
/// a run that was given up.
fn auto(state: &State, phase: &Phase, current: &Step, now: DateTime<Utc>) -> Vec<Event> {
    let Kind::Run(run) = &current.kind else {
        return Vec::new();
    };
    let given_up = state
        .closing
        .as_ref()
        .is_some_and(|closing| !closing.outcome.is_good());
    if current.effect == Effect::Destructive
        || state.attempts_of(&current.id).next().is_some()
        || given_up && state.is_cleanup(phase)
    {
        return Vec::new();
    }
    let mut variant = Variant::default();
    if state.is_rehearsal() {
        variant.rehearse = run.rehearse.as_ref();
        match (&run.rehearse, current.effect) {
            (Some(_), _) => {}
            // To run a read step in a rehearsal the operator has to agree.
            (None, Effect::Read) => return Vec::new(),
            (None, _) => {
                let values = needs::substitutes(state, current, &BTreeMap::new());
                return values
                    .map(|values| rehearsed(current.id.clone(), values))
                    .into_iter()
                    .collect();
            }
        }
    }
    let launches = launching::launches(state, current, run, &variant, now);
    launches
        .unwrap_or_default()
        .into_iter()
        .map(|launch| Event::AttemptStarting {
            launch: Arc::new(launch),
            edited_from: None,
            fallback: None,
            beside: None,
        })
        .collect()
}

/// A step is walked through in a rehearsal and not done.
pub(super) fn rehearsed(step: String, values: BTreeMap<String, Value>) -> Event {
    Event::StepConcluded {
        step,
        conclusion: Conclusion::Rehearsed,
        values,
    }
}
