//! What the operator can choose from, each saying what will happen.

use std::collections::BTreeMap;

use crate::engine::{
    Command, Next, State,
    command::Run,
    needs, next,
    step::{self, fill_or_source},
};
use crate::runbook::{Effect, Kind, Step};
use crate::tui::overlay::{Ask, Overlay};

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
}

impl Choice {
    fn new(label: impl Into<String>, follows: impl Into<String>, does: Does) -> Self {
        Self {
            label: label.into(),
            follows: follows.into(),
            route: String::new(),
            suggested: None,
            destructive: false,
            preselected: false,
            done: false,
            does,
        }
    }
}

/// The choices that the run's next thing offers.
pub fn choices(state: &State) -> Vec<Choice> {
    match next(state) {
        Next::Decide(step, ..) => answers(state, step),
        Next::Failed(step, _) => after_failure(state, step),
        Next::Unknown(step, _) => after_unknown(step),
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

fn answers(state: &State, step: &Step) -> Vec<Choice> {
    let Kind::Gate(gate) = &step.kind else {
        return Vec::new();
    };
    let crate::engine::Status::Deciding(deciding) = state.status(&step.id) else {
        return Vec::new();
    };
    let scope = state.scope();
    let suggestion = deciding.facts.suggestion.as_ref();
    gate.answers
        .iter()
        .map(|answer| {
            let suggested = suggestion.filter(|suggested| suggested.answer == answer.name);
            let against = suggestion.filter(|suggested| suggested.answer != answer.name);
            let destructive = needs::leads_to_destruction(state, gate, &answer.name);
            let route = answer.then.as_ref().map_or_else(String::new, |then| {
                let titles: Vec<&str> = then
                    .iter()
                    .filter_map(|id| state.runbook.phase(id))
                    .map(|phase| phase.title.as_str())
                    .collect();
                if state.runbook.ends(&step.id, answer) {
                    "the run ends with this phase".to_owned()
                } else if titles.is_empty() {
                    "the rest of the used runbook is left out".to_owned()
                } else {
                    titles.join(" → ")
                }
            });
            let follows = fill_or_source(&answer.consequence, scope);
            let does = if answer.reason_required || against.is_some() {
                Does::Ask(Ask::AnswerReason {
                    gate: step.id.clone(),
                    answer: answer.name.clone(),
                    against: against.map(|suggested| suggested.answer.clone()),
                })
            } else {
                Does::Command(Command::Answer {
                    gate: step.id.clone(),
                    answer: answer.name.clone(),
                    reason: None,
                    without_approval: false,
                })
            };
            let mut choice = Choice::new(fill_or_source(&answer.label, scope), follows, does);
            choice.route = route;
            choice.suggested = suggested.map(|suggested| suggested.because.clone());
            choice.destructive = destructive;
            choice.preselected = suggested.is_some() && !destructive;
            choice
        })
        .collect()
}

fn after_failure(state: &State, step: &Step) -> Vec<Choice> {
    let mut all = Vec::new();
    if let Kind::Run(run) = &step.kind {
        let edited = state
            .attempts_of(&step.id)
            .last()
            .is_some_and(|(_, attempt)| attempt.edited);
        let mut retry = Choice::new(
            "Retry",
            if edited {
                "Runs the runbook's own command again, without your change."
            } else {
                "Runs the same command again."
            },
            retry(state, step, None),
        );
        retry.preselected = step.effect != Effect::Destructive;
        all.push(retry);
        all.push(Choice::new(
            "Edit and retry",
            "Change the command first; the change is recorded.",
            Does::Ask(Ask::Edit {
                step: step.id.clone(),
            }),
        ));
        for (index, fallback) in run.fallbacks.iter().enumerate() {
            let mut choice = Choice::new(
                format!("Fallback: {}", fallback.title),
                format!("The author's other way ({}).", fallback.effect.word()),
                if fallback.effect == Effect::Destructive {
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
                },
            );
            choice.destructive = fallback.effect == Effect::Destructive;
            all.push(choice);
        }
    }
    all.push(Choice::new(
        "Skip with a reason",
        "The run goes on without it; it becomes an open action item.",
        Does::Ask(Ask::SkipReason {
            step: step.id.clone(),
        }),
    ));
    all.push(Choice::new(
        "Stop here",
        "Close the run, as failed or aborted.",
        Does::Close,
    ));
    all
}

/// Retrying, confirmed where it must be.
pub fn retry(state: &State, step: &Step, script: Option<String>) -> Does {
    let run = Run {
        script,
        ..Run::step(&step.id)
    };
    if step.effect == Effect::Destructive {
        return Does::Ask(Ask::ConfirmRun {
            run,
            target: step::target(state, step).ok().flatten().unwrap_or_default(),
        });
    }
    Does::Command(Command::Retry(run))
}

fn after_unknown(step: &Step) -> Vec<Choice> {
    vec![
        Choice::new(
            "It took effect",
            "Counts as done; say how you know.",
            Does::Ask(Ask::TookEffect {
                step: step.id.clone(),
            }),
        ),
        Choice::new(
            "It took no effect",
            "It can run again; say how you know.",
            Does::Ask(Ask::TookNoEffect {
                step: step.id.clone(),
            }),
        ),
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

/// Does what a choice does: a command for the engine, or a layer on the screen.
pub fn perform(does: Does, state: &State) -> Result<Command, Overlay> {
    match does {
        Does::Command(command) => Ok(command),
        Does::Ask(ask) => Err(Overlay::ask(ask, state)),
        Does::Close => Err(Overlay::close(state)),
    }
}

/// Running the step whose turn it is.
pub fn run(state: &State, step: &Step) -> Does {
    if step.effect == Effect::Destructive {
        return Does::Ask(Ask::ConfirmRun {
            run: Run::step(&step.id),
            target: step::target(state, step).ok().flatten().unwrap_or_default(),
        });
    }
    Does::Command(Command::Run(Run::step(&step.id)))
}

/// A manual step whose checklist is done: done, or asked what it records.
pub fn manual_done(state: &State, step: &Step) -> Does {
    let Kind::Manual(manual) = &step.kind else {
        return Does::Close;
    };
    let _ = state;
    if manual.record.is_empty() {
        return Does::Command(Command::ManualDone {
            step: step.id.clone(),
            values: BTreeMap::new(),
        });
    }
    Does::Ask(Ask::Values {
        step: step.id.clone(),
        then: crate::tui::overlay::Then::ManualDone,
        missing: manual
            .record
            .iter()
            .map(|input| input.name.clone())
            .collect(),
        given: BTreeMap::new(),
    })
}
