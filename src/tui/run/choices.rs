//! What the operator can choose from, each saying what will happen.

pub mod answers;

use std::collections::BTreeMap;

use super::{View, rehearsal};
use crate::engine::{Command, Next, State, Status, command::Run, event::Advice, next};
use crate::runbook::{Effect, Fallback, Kind, Step};
use crate::tui::overlay::{Ask, Overlay, Then, ask::target_of};
use answers::{Agreement, answers};

/// One choice.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What it is.
    pub label: String,
    /// What will happen.
    pub follows: String,
    /// The phases that follow then.
    pub route: String,
    /// Why the facts speak for it.
    pub suggested: Option<String>,
    /// Who has to agree first.
    pub agreement: Option<Agreement>,
    /// It leads to something that cannot be undone.
    pub destructive: bool,
    /// It is marked before the operator moves.
    pub preselected: bool,
    /// An entry of a checklist that is ticked.
    pub done: bool,
    /// What choosing it does.
    pub does: Does,
}

/// What choosing does.
#[derive(Debug, Clone)]
pub enum Does {
    /// Asks the engine.
    Command(Command),
    /// Asks the operator for more.
    Ask(Ask),
    /// Opens the menu of outcomes.
    Close,
    /// Opens what can be done about an answer that lacks somebody's word.
    Approval {
        /// The gate.
        gate: String,
        /// The answer.
        answer: String,
        /// The facts speak for this one instead.
        against: Option<String>,
    },
}

impl Choice {
    pub(super) fn new(label: impl Into<String>, follows: impl Into<String>, does: Does) -> Self {
        Self {
            label: label.into(),
            follows: follows.into(),
            route: String::new(),
            suggested: None,
            agreement: None,
            destructive: false,
            preselected: false,
            done: false,
            does,
        }
    }
}

/// The choices that the run's next thing offers; who watches has none.
pub fn choices(view: &View<'_>) -> Vec<Choice> {
    let state = view.state;
    if view.watching.is_some() {
        return Vec::new();
    }
    match next(state) {
        Next::Decide(step, ..) => answers(view, step),
        Next::Failed(step, _) => after_failure(state, step),
        Next::Unknown(step, _) => after_unknown(state, step),
        Next::Manual(step, _, manual) => manual
            .checklist
            .iter()
            .enumerate()
            .map(|(item, (text, ticked))| {
                let mut choice = Choice::new(
                    text,
                    "",
                    Does::Command(Command::Tick {
                        step: step.id.clone(),
                        item,
                        done: ticked.is_none(),
                    }),
                );
                choice.done = ticked.is_some();
                choice
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn after_failure(state: &State, step: &Step) -> Vec<Choice> {
    let mut all = Vec::new();
    if let Kind::Run(run) = &step.kind {
        let edited = state
            .attempts_of(&step.id)
            .last()
            .is_some_and(|(_, attempt)| attempt.edited);
        let follows = if edited {
            "Runs the runbook's own command again, without your change."
        } else if run.is_parallel() {
            "Runs what did not succeed again."
        } else {
            "Runs the same command again."
        };
        let mut retry = Choice::new("Retry", follows, retry(state, step, None));
        // What changes something is never one thoughtless Enter away.
        retry.preselected = step.effect == Effect::Read;
        all.push(retry);
        if state.is_rehearsal() {
            all.push(Choice::new(
                "Pass it with values",
                "Counts as rehearsed; you give what later steps need.",
                rehearsal::pass_with_values(state, step),
            ));
        } else {
            if !run.is_parallel() {
                all.push(Choice::new(
                    "Edit and retry",
                    "Change the command first; the change is recorded.",
                    Does::Ask(Ask::Edit {
                        step: step.id.clone(),
                    }),
                ));
            }
            let fallbacks = run.fallbacks.iter().enumerate();
            all.extend(fallbacks.map(|(index, known)| fallback(step, index, known)));
        }
    }
    all.extend(leave_out(step));
    all
}

fn fallback(step: &Step, index: usize, fallback: &Fallback) -> Choice {
    let destructive = fallback.effect == Effect::Destructive;
    let does = if destructive {
        Does::Ask(Ask::ConfirmFallback {
            step: step.id.clone(),
            index,
        })
    } else {
        Does::Command(Command::Fallback {
            step: step.id.clone(),
            index,
            confirmation: None,
        })
    };
    let mut choice = Choice::new(
        format!("Fallback: {}", fallback.title),
        format!("The author's other way ({}).", fallback.effect.word()),
        does,
    );
    choice.destructive = destructive;
    choice
}

/// What ends every failure.
fn leave_out(step: &Step) -> [Choice; 2] {
    [
        Choice::new(
            "Skip with a reason",
            "The run goes on without it; it becomes an open action item.",
            Does::Ask(Ask::SkipReason {
                step: step.id.clone(),
            }),
        ),
        Choice::new(
            "Stop here",
            "Close the run, as failed or aborted.",
            Does::Close,
        ),
    ]
}

/// Retrying, confirmed where it must be.
pub fn retry(state: &State, step: &Step, script: Option<String>) -> Does {
    let run = Run {
        script,
        ..Run::step(&step.id)
    };
    if step.effect == Effect::Destructive && !state.is_rehearsal() {
        return Does::Ask(Ask::ConfirmRun {
            run,
            target: target_of(state, &step.id),
        });
    }
    Does::Command(Command::Retry(run))
}

fn after_unknown(state: &State, step: &Step) -> Vec<Choice> {
    let mut took = Choice::new(
        "It took effect",
        "Counts as done; say how you know.",
        Does::Ask(Ask::TookEffect {
            step: step.id.clone(),
        }),
    );
    let mut not = Choice::new(
        "It took no effect",
        "It can run again; say how you know.",
        Does::Ask(Ask::TookNoEffect {
            step: step.id.clone(),
        }),
    );
    // A probe advises; the operator concludes, so nothing is marked for them.
    if let Status::Unknown {
        probe: Some(probed),
        ..
    } = state.status(&step.id)
    {
        let because = Some("its probe says so".to_owned());
        match probed.advice {
            Advice::TookEffect => took.suggested = because,
            Advice::NoEffect => not.suggested = because,
            Advice::DontKnow => {}
        }
    }
    let mut all = vec![took, not];
    all.extend(leave_out(step));
    all
}

/// Does what a choice does: a command for the engine, or a layer on the screen.
pub fn perform(does: Does, view: &View<'_>) -> Result<Command, Overlay> {
    match does {
        Does::Command(command) => Ok(command),
        Does::Ask(ask) => Err(Overlay::ask(ask, view.state)),
        Does::Close => Err(Overlay::close(view.state)),
        Does::Approval {
            gate,
            answer,
            against,
        } => Err(Overlay::approval(view, &gate, &answer, against)),
    }
}

/// Running the step whose turn it is.
pub fn run(state: &State, step: &Step) -> Does {
    if state.is_rehearsal() {
        return rehearsal::enter(state, step);
    }
    if step.effect == Effect::Destructive {
        return Does::Ask(Ask::ConfirmRun {
            run: Run::step(&step.id),
            target: target_of(state, &step.id),
        });
    }
    Does::Command(Command::Run(Run::step(&step.id)))
}

/// A manual step whose checklist is done: done, or asked what it records.
pub fn manual_done(step: &Step) -> Does {
    let Kind::Manual(manual) = &step.kind else {
        return Does::Close;
    };
    if manual.record.is_empty() {
        return Does::Command(Command::ManualDone {
            step: step.id.clone(),
            values: BTreeMap::new(),
        });
    }
    Does::Ask(Ask::Values {
        step: step.id.clone(),
        then: Then::ManualDone,
        missing: manual
            .record
            .iter()
            .map(|input| input.name.clone())
            .collect(),
        given: BTreeMap::new(),
    })
}
