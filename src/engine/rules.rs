//! Deciding: a request and a state give events and effects, or a refusal.

mod approving;
mod beside;
mod closing;
mod driving;
mod from;
mod noting;
mod reporting;
mod running;
mod settling;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    advance,
    command::Command,
    effect::Effect,
    event::{Approval, AttemptId, Entry, Event, Outcome, Started},
    fold::apply,
    gate, needs, probe,
    refusal::Refusal,
    state::{State, Status},
    step, untaken,
};
use crate::runbook::{GateHeadless, Kind, Runbook, Step};

pub use from::{From, FromError, start_from};

/// What follows from a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    /// To be made durable and folded, in this order.
    pub events: Vec<Event>,
    /// To be performed after that.
    pub effects: Vec<Effect>,
}

/// The first events of a run.
pub fn start(runbook: &Arc<Runbook>, started: Started, by: &str, now: DateTime<Utc>) -> Decision {
    let entry = Entry {
        at: now,
        by: by.into(),
        event: Event::RunStarted(Box::new(started)),
    };
    let Ok(state) = State::begin(Arc::clone(runbook), &entry) else {
        return Decision::default();
    };
    let mut draft = Draft::new(&state, by, now);
    draft.events.push(entry.event);
    draft.decision()
}

/// Decides about a request.
///
/// # Errors
/// The refusal, in the operator's words; then nothing happens.
pub fn decide(
    state: &State,
    command: Command,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    // Late reports of a closed run change nothing.
    if state.closed.is_some() {
        return match command {
            Command::Observed(_) | Command::Tock | Command::Resume(_) => Ok(Decision::default()),
            command @ (Command::Note { .. } | Command::Todo { .. } | Command::Import(_)) => {
                let mut draft = Draft::new(state, by, now);
                draft.handle(command)?;
                Ok(draft.decision())
            }
            _ => Err(Refusal::Closed),
        };
    }
    if state.driving.offer.is_some() && !driving::waits_for_nobody(&command) {
        return match command {
            Command::Tock => Ok(Decision::default()),
            _ => Err(Refusal::HandedOver),
        };
    }
    let mut draft = Draft::new(state, by, now);
    draft.handle(command)?;
    Ok(draft.decision())
}

/// A state that runs ahead while a decision is made.
struct Draft<'a> {
    state: State,
    events: Vec<Event>,
    by: &'a str,
    now: DateTime<Utc>,
}

impl<'a> Draft<'a> {
    fn new(state: &State, by: &'a str, now: DateTime<Utc>) -> Self {
        Self {
            state: state.clone(),
            events: Vec::new(),
            by,
            now,
        }
    }

    fn push(&mut self, event: Event) {
        let entry = Entry {
            at: self.now,
            by: self.by.into(),
            event,
        };
        apply(&mut self.state, &entry);
        self.events.push(entry.event);
    }

    /// Lets happen what happens by itself and collects the effects.
    fn decision(mut self) -> Decision {
        loop {
            let events = advance::advance(&self.state, self.now);
            if events.is_empty() {
                break;
            }
            for event in events {
                let failed = match &event {
                    Event::RoundFinished {
                        attempt,
                        outcome: Outcome::Failed { .. },
                        ..
                    } => Some(*attempt),
                    _ => None,
                };
                self.push(event);
                if let Some(attempt) = failed {
                    self.after_failure(attempt);
                }
            }
        }
        let effects = self
            .events
            .iter()
            .filter_map(|event| effect_of(&self.state, event))
            .collect();
        Decision {
            events: self.events,
            effects,
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm a request: in one place it can be seen who deals with it"
    )]
    fn handle(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Resume(resume) => {
                self.resume(*resume);
                Ok(())
            }
            Command::HandOver { to, note } => {
                self.hand_over(to.as_deref(), &note);
                Ok(())
            }
            Command::AskHandOver { host } => self.ask_hand_over(host),
            Command::Auto(on) => {
                if self.state.auto != on {
                    self.push(Event::AutoAdvance { on });
                }
                Ok(())
            }
            Command::Run(run) => self.run(run),
            Command::Retry(run) => self.retry(run),
            Command::Fallback {
                step,
                index,
                confirmation,
            } => self.fallback(&step, index, confirmation.as_deref()),
            Command::Stop(attempt) => self.stop(attempt),
            Command::Skip {
                step,
                reason,
                values,
            } => self.skip(&step, reason, &values),
            Command::TookEffect {
                step,
                reason,
                values,
            } => self.took_effect(&step, reason, &values),
            Command::TookNoEffect { step, reason } => self.took_no_effect(step, reason),
            Command::Answer {
                gate,
                answer,
                reason,
                without_approval,
            } => self.answer(gate, &answer, reason, without_approval),
            Command::Approve {
                gate,
                answer,
                by_whom,
                how,
                agrees,
                reason,
            } => {
                let approval = Approval {
                    at: self.now,
                    answer,
                    by_whom,
                    how,
                    agrees,
                    reason,
                };
                self.approve(gate, approval)
            }
            Command::Tick { step, item, done } => self.tick(step, item, done),
            Command::ManualDone { step, values } => self.manual_done(&step, &values),
            Command::EndWait { step, reason } => self.end_wait(&step, reason),
            Command::OffScript(command) => self.off_script(&command),
            Command::DeclareOffScript {
                attempt,
                took_effect,
                reason,
            } => self.declare_off_script(attempt, took_effect, reason),
            Command::DeclareDone {
                step,
                reason,
                attempt,
                values,
            } => self.declare_done(&step, reason, attempt, &values),
            Command::Reopen { gate, reason } => self.reopen(gate, reason),
            Command::Note { text, happened_at } => self.note(text, happened_at, None, None),
            Command::Todo {
                text,
                happened_at,
                todo,
            } => self.note(text, happened_at, Some(todo.into()), None),
            Command::Import(all) => all.into_iter().try_for_each(|known| {
                self.note(
                    known.text,
                    Some(known.happened_at),
                    None,
                    Some(known.source.into()),
                )
            }),
            Command::Amend {
                note,
                text,
                happened_at,
                todo,
            } => self.amend(note, text, happened_at, todo.map(Into::into)),
            Command::Close { outcome, note } => self.close(outcome, note),
            Command::Tock => self.tock(),
            Command::Observed(observed) => {
                self.observed(observed);
                Ok(())
            }
        }
    }

    fn find(&self, id: &str) -> Result<Step, Refusal> {
        self.state
            .runbook
            .step(id)
            .map(|(_, step)| step.clone())
            .ok_or_else(|| Refusal::NoSuchStep(id.to_owned()))
    }

    fn title(&self, step: &Step) -> String {
        step::fill_or_source(&step.title, self.state.scope_for(&step.title.source))
    }

    /// Refuses what would begin something in a run that is being closed.
    fn open(&self, step: &Step, what: &'static str) -> Result<(), Refusal> {
        let phase = self.state.runbook.step(&step.id).map(|(phase, _)| phase);
        if phase.is_none_or(|phase| self.state.is_open(phase)) {
            return Ok(());
        }
        Err(self.misfit(
            step,
            what,
            "the run is being closed: only its cleanup is left",
        ))
    }

    fn misfit(&self, step: &Step, what: &'static str, why: &str) -> Refusal {
        Refusal::DoesNotFit {
            step: format!("‘{}’", self.title(step)),
            what,
            why: why.to_owned(),
        }
    }

    /// Why a step that is not reached cannot run.
    fn not_yet(&self, step: &Step) -> Refusal {
        if let Status::NotTaken { because } = self.state.status(&step.id) {
            let because = untaken::why_not(&self.state, because);
            let why = format!("it is not taken because {because}");
            return self.misfit(step, "run", &why);
        }
        match self.state.current_step() {
            Some(current) if matches!(current.kind, Kind::Gate(_)) => Refusal::GateFirst {
                question: self.title(current),
            },
            Some(current) => Refusal::OutOfTurn {
                step: self.title(current),
            },
            None => self.misfit(step, "run", "it is not on the route"),
        }
    }
}

fn effect_of(state: &State, event: &Event) -> Option<Effect> {
    match event {
        Event::AttemptStarting { launch, .. } => Some(Effect::Launch((**launch).clone())),
        Event::AttemptStopping { attempt } => Some(Effect::Stop(*attempt)),
        // It began while a stop was asked for: the stop may have come too early.
        Event::AttemptStarted { attempt, .. } => state
            .attempts
            .get(attempt)
            .and_then(|known| known.status.stopping())
            .map(|_| Effect::Stop(*attempt)),
        // Of a round its own event asks: both would ask twice.
        Event::AttemptFinished { attempt, .. } if in_round(state, *attempt) => None,
        Event::AttemptFinished { attempt, .. } | Event::RoundFinished { attempt, .. } => {
            probe::query(state, *attempt).map(Effect::Query)
        }
        Event::GateOpened { gate, .. } => gate::query(state, gate).map(Effect::Query),
        Event::WaitStarted { until, .. } => Some(Effect::WakeAt(*until)),
        Event::RetryScheduled { due, .. } => Some(Effect::WakeAt(*due)),
        Event::PollScheduled(poll) => Some(Effect::WakeAt(poll.due)),
        _ => None,
    }
}

fn in_round(state: &State, attempt: AttemptId) -> bool {
    let known = state.attempts.get(&attempt);
    known.is_some_and(|known| known.launch.round != 0)
}

/// What a gate answers without a person: an answer, or why a person is needed.
///
/// # Errors
/// In words, why a person is needed.
pub fn headless_answer(state: &State, gate: &str) -> Result<String, String> {
    let Some((_, step)) = state.runbook.step(gate) else {
        return Err(format!("there is no gate `{gate}`"));
    };
    let (Kind::Gate(definition), Status::Deciding(deciding)) = (&step.kind, state.status(gate))
    else {
        return Err(format!("`{gate}` is not an open gate"));
    };
    match &definition.headless {
        GateHeadless::Answer(answer) => Ok(answer.clone()),
        GateHeadless::Stop => Err("the runbook wants a person to answer it".to_owned()),
        GateHeadless::Suggested => match &deciding.facts.suggestion {
            None => Err("the facts speak for no answer".to_owned()),
            Some(suggested)
                if needs::leads_to_destruction(state, definition, &suggested.answer) =>
            {
                Err(format!(
                    "the suggested answer `{}` leads to something destructive",
                    suggested.answer
                ))
            }
            Some(suggested) => Ok(suggested.answer.clone()),
        },
    }
}
