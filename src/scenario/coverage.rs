//! What of a runbook no scenario walks over.

use std::collections::BTreeSet;

use super::play::Played;
use crate::engine::{Status, state::PhaseStatus};
use crate::runbook::{Kind, Runbook};

/// What one scenario walked over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The phases that were entered, in their order.
    pub phases: Vec<String>,
    /// Answers by gate.
    pub answers: BTreeSet<(String, String)>,
    /// The steps whose turn came.
    pub steps: BTreeSet<String>,
}

impl Trace {
    /// Of a scenario that was played.
    pub fn of(played: &Played) -> Self {
        let state = &played.state;
        let taken = |status: &&crate::engine::state::PhaseState| {
            !matches!(status.status, PhaseStatus::NotTaken { .. })
        };
        Self {
            phases: state
                .phases
                .iter()
                .filter(taken)
                .map(|phase| phase.id.clone())
                .collect(),
            answers: state
                .answers
                .iter()
                .map(|(gate, answer)| (gate.clone(), answer.clone()))
                .collect(),
            steps: state
                .steps
                .iter()
                .filter(|(_, status)| !matches!(status, Status::Pending | Status::NotTaken { .. }))
                .map(|(step, _)| step.clone())
                .collect(),
        }
    }
}

/// What there is of one kind, and what of it no scenario reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// How many there are.
    pub all: usize,
    /// Those that no scenario reached.
    pub missed: Vec<String>,
}

impl Share {
    fn of<T>(
        all: impl IntoIterator<Item = T>,
        reached: impl Fn(&T) -> bool,
        name: impl Fn(&T) -> String,
    ) -> Self {
        let mut share = Self::default();
        for one in all {
            share.all += 1;
            if !reached(&one) {
                share.missed.push(name(&one));
            }
        }
        share
    }
}

/// What of a runbook the scenarios reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Steps.
    pub steps: Share,
    /// Answers, as `gate: answer`.
    pub answers: Share,
}

impl Coverage {
    /// What these scenarios reach.
    pub fn of(book: &Runbook, traces: &[&Trace]) -> Self {
        let steps = Share::of(
            book.steps(),
            |step| traces.iter().any(|trace| trace.steps.contains(&step.id)),
            |step| step.id.clone(),
        );
        let answers = book.steps().flat_map(|step| match &step.kind {
            Kind::Gate(gate) => gate
                .answers
                .iter()
                .map(|answer| (step.id.clone(), answer.name.clone()))
                .collect(),
            _ => Vec::new(),
        });
        let answers = Share::of(
            answers,
            |given| traces.iter().any(|trace| trace.answers.contains(given)),
            |(gate, answer)| format!("{gate}: {answer}"),
        );
        Self { steps, answers }
    }

    /// Whether nothing is missed.
    pub fn is_whole(&self) -> bool {
        [&self.steps, &self.answers]
            .iter()
            .all(|share| share.missed.is_empty())
    }
}
