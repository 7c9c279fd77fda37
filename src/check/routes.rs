//! Every route through a runbook: all answers, and both values of each
//! condition that the answers before it do not decide.
//!
//! A route is walked as the engine walks it ([`crate::engine::plan`]): a
//! phase's condition is evaluated on arrival, `then` replaces the phases after
//! the current one, no phase comes twice, a step that is not taken makes
//! nothing. What cannot happen is left out: contradictory conditions, values
//! that an input does not offer. Looking again (running a read step once more)
//! changes values but no route, so it is no route of its own.
//!
//! Ways that differ only in what nothing ahead looks at are walked once
//! ([`Graph`]), so twenty independent questions are no million ways. Single
//! [`Route`]s are read off the graph.

mod bits;
mod book;
mod domain;
mod explore;
mod graph;
mod state;
mod uses;

use std::collections::BTreeMap;

pub use bits::Bits;
pub use book::{Book, Origin, StepInfo, When};
pub use explore::{Came, Found, Site, Way, explore};
pub use graph::{Choice, Decision, Event, Graph, Node, Segment, To, entered};
pub use uses::Use;

use crate::engine::{State, Status, state::PhaseStatus};
use crate::runbook::Runbook;

/// How much is walked at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Single routes that are listed.
    pub routes: usize,
    /// Different situations, routes that go on alike counted once.
    pub states: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            routes: 1000,
            states: 20_000,
        }
    }
}

/// What a limit cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// All routes were walked; only the first ones are listed.
    Routes,
    /// Not even walked.
    States,
}

/// Every route through a runbook.
#[derive(Debug, Clone)]
pub struct Routes {
    /// In the order of the file: earlier answers first, true before false.
    pub routes: Vec<Route>,
    /// How many there are, also those that are not listed.
    pub total: u128,
    /// What a limit cut off.
    pub cut: Option<Cut>,
    /// All of them, merged.
    pub graph: Graph,
}

/// One route, as a run of the engine would take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// From 1, in the order of [`Routes::routes`].
    pub number: usize,
    /// What happens, in order.
    pub moves: Vec<Move>,
    /// An answer that nothing follows ended it.
    pub stands_down: bool,
}

/// One thing that happens on a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// A phase is entered.
    Phase {
        /// Its id.
        phase: String,
        /// What a condition had to come to that nothing before it decides.
        because: Option<String>,
    },
    /// A phase's condition is false.
    PhaseNotTaken {
        /// Its id.
        phase: String,
        /// The condition, if nothing before it decides.
        because: Option<String>,
    },
    /// It is a step's turn.
    Step {
        /// Its id.
        step: String,
        /// What a condition had to come to that nothing before it decides.
        because: Option<String>,
    },
    /// A step's condition is false.
    StepNotTaken {
        /// Its id.
        step: String,
        /// The condition, if nothing before it decides.
        because: Option<String>,
    },
    /// A gate is answered.
    Answer {
        /// The gate's id.
        gate: String,
        /// The answer's id.
        answer: String,
    },
}

impl Route {
    /// `R3`.
    pub fn name(&self) -> String {
        format!("R{}", self.number)
    }

    /// The answers that it takes, by gate.
    pub fn answers(&self) -> BTreeMap<&str, &str> {
        self.moves
            .iter()
            .filter_map(|step| match step {
                Move::Answer { gate, answer } => Some((gate.as_str(), answer.as_str())),
                _ => None,
            })
            .collect()
    }

    /// The steps whose turn comes, gates too, in order.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.moves.iter().filter_map(|step| match step {
            Move::Step { step, .. } => Some(step.as_str()),
            _ => None,
        })
    }

    /// The phases that are entered, in order.
    pub fn phases(&self) -> impl Iterator<Item = &str> {
        self.moves.iter().filter_map(|step| match step {
            Move::Phase { phase, .. } => Some(phase.as_str()),
            _ => None,
        })
    }

    /// What is decided on it, in words: `roll_back=yes`, `if x > 1`, `if not x > 1`.
    pub fn decisions(&self) -> Vec<String> {
        self.moves.iter().filter_map(Move::decision).collect()
    }

    /// Whether a run went this way, as far as it came.
    pub fn is_of(&self, state: &State) -> bool {
        let mut phases = state.phases.iter();
        for step in &self.moves {
            let fits = match step {
                Move::Phase { phase, .. } | Move::PhaseNotTaken { phase, .. } => {
                    let entered = matches!(step, Move::Phase { .. });
                    match phases.next() {
                        None => return true,
                        Some(seen) => {
                            let not_taken = matches!(seen.status, PhaseStatus::NotTaken { .. });
                            seen.id == *phase && entered != not_taken
                        }
                    }
                }
                Move::Step { step, .. } => match state.status(step) {
                    Status::Pending => return true,
                    status => !matches!(status, Status::NotTaken { .. }),
                },
                Move::StepNotTaken { step, .. } => match state.status(step) {
                    Status::Pending => return true,
                    status => matches!(status, Status::NotTaken { .. }),
                },
                Move::Answer { gate, answer } => match state.answers.get(gate) {
                    None => return true,
                    Some(given) => given == answer,
                },
            };
            if !fits {
                return false;
            }
        }
        phases.next().is_none()
    }
}

impl Move {
    /// What was decided here, in words, if something was.
    pub fn decision(&self) -> Option<String> {
        match self {
            Move::Answer { gate, answer } => Some(format!("{gate}={answer}")),
            Move::Phase { because, .. } | Move::Step { because, .. } => {
                because.as_ref().map(|text| format!("if {text}"))
            }
            Move::PhaseNotTaken { because, .. } | Move::StepNotTaken { because, .. } => {
                because.as_ref().map(|text| format!("if not ({text})"))
            }
        }
    }
}

impl Routes {
    /// The routes that a run may still be on; exactly one once it is closed, if
    /// all are listed.
    pub fn of<'a>(&'a self, state: &'a State) -> impl Iterator<Item = &'a Route> {
        self.routes.iter().filter(|route| route.is_of(state))
    }
}

/// Walks every route.
pub fn walk(runbook: &Runbook, limits: Limits) -> Routes {
    let book = Book::new(runbook);
    let found = explore(&book, limits);
    list(&book, found, limits)
}

/// Reads single routes off what was found.
pub fn list(book: &Book<'_>, found: Found, limits: Limits) -> Routes {
    let Found { graph, cut, .. } = found;
    let total = graph.count();
    let mut routes = Vec::new();
    // The choices taken so far, each with the next one to try.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut at = graph.start.to;
    'all: loop {
        match at {
            To::Node(node) => {
                open.push((node, 0));
                at = graph.nodes[node].ways[0].to;
                continue;
            }
            To::End => {
                if routes.len() >= limits.routes {
                    break;
                }
                routes.push(route(book, &graph, &open, routes.len() + 1));
            }
            To::Cut => {}
        }
        loop {
            let Some((node, way)) = open.last_mut() else {
                break 'all;
            };
            *way += 1;
            if let Some(segment) = graph.nodes[*node].ways.get(*way) {
                at = segment.to;
                break;
            }
            open.pop();
        }
    }
    let cut = cut.or((total > routes.len() as u128).then_some(Cut::Routes));
    Routes {
        routes,
        total,
        cut,
        graph,
    }
}

fn route(book: &Book<'_>, graph: &Graph, taken: &[(usize, usize)], number: usize) -> Route {
    let mut moves = Vec::new();
    let mut stands_down = false;
    let ways = taken.iter().map(|(node, way)| {
        let node = &graph.nodes[*node];
        (Some(node.decision), &node.ways[*way])
    });
    for (decision, segment) in std::iter::once((None, &graph.start)).chain(ways) {
        for (place, event) in segment.events.iter().enumerate() {
            // The first thing that follows a decision is what was decided.
            let because = decision
                .filter(|_| place == 0)
                .and_then(|decision| condition(book, decision));
            if let Event::Answer(gate, answer) = event {
                stands_down |= book.steps[*gate].answers[*answer].ends;
            }
            moves.push(named(book, *event, because));
        }
    }
    Route {
        number,
        moves,
        stands_down,
    }
}

/// The text of the condition that is decided.
pub fn condition(book: &Book<'_>, decision: Decision) -> Option<String> {
    let when = match decision {
        Decision::Phase(phase) => &book.phases[phase].when,
        Decision::Step(step) => &book.steps[step].when,
        Decision::Gate(_) => return None,
    };
    when.as_ref().map(|when| when.expression.source.clone())
}

/// What a segment's choice was, in words: `roll_back=yes`, `if x > 1`.
pub fn decided(book: &Book<'_>, decision: Decision, segment: &Segment) -> Option<String> {
    let event = segment.events.first()?;
    named(book, *event, condition(book, decision)).decision()
}

fn named(book: &Book<'_>, event: Event, because: Option<String>) -> Move {
    let phase = |number: usize| book.phases[number].phase.id.clone();
    let step = |number: usize| book.steps[number].step.id.clone();
    match event {
        Event::Phase(number) => Move::Phase {
            phase: phase(number),
            because,
        },
        Event::PhaseNotTaken(number) => Move::PhaseNotTaken {
            phase: phase(number),
            because,
        },
        Event::Step(number) => Move::Step {
            step: step(number),
            because,
        },
        Event::StepNotTaken(number) => Move::StepNotTaken {
            step: step(number),
            because,
        },
        Event::Answer(number, answer) => Move::Answer {
            gate: step(number),
            answer: book.steps[number]
                .gate()
                .and_then(|gate| gate.answers.get(answer))
                .map_or_else(String::new, |answer| answer.name.clone()),
        },
    }
}

#[cfg(test)]
mod runs_of_the_engine;
#[cfg(test)]
mod tests;
