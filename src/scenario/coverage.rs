//! What of a runbook no scenario walks over.

use super::suite::Verdict;
use crate::engine::{State, Status};
use crate::runbook::{Kind, Runbook};

/// What there is of one kind, and what of it no scenario reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// How many there are.
    pub all: usize,
    /// Those that no scenario reached.
    pub missed: Vec<String>,
    /// There are more than could be looked at.
    pub cut: bool,
}

impl Share {
    /// Counts what is reached, and names the rest.
    pub fn of<T>(
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
    /// Routes, each walked to its end.
    pub routes: Share,
    /// Steps whose turn came.
    pub steps: Share,
    /// Answers, as `gate: answer`.
    pub answers: Share,
}

impl Coverage {
    /// What these scenarios reach; the routes are counted by whoever knows them.
    pub fn of(book: &Runbook, verdicts: &[Verdict], routes: Share) -> Self {
        let states = || verdicts.iter().map(|verdict| &verdict.state);
        let came = |state: &State, step: &str| {
            !matches!(
                state.status(step),
                Status::Pending | Status::NotTaken { .. }
            )
        };
        let steps = Share::of(
            book.steps(),
            |step| states().any(|state| came(state, &step.id)),
            |step| step.id.clone(),
        );
        let answers = book.steps().flat_map(|step| match &step.kind {
            Kind::Gate(gate) => gate
                .answers
                .iter()
                .map(|answer| (step.id.as_str(), answer.name.as_str()))
                .collect(),
            _ => Vec::new(),
        });
        let answers = Share::of(
            answers,
            |(gate, answer)| {
                states().any(|state| {
                    state
                        .answers
                        .get(*gate)
                        .is_some_and(|given| given == answer)
                })
            },
            |(gate, answer)| format!("{gate}: {answer}"),
        );
        Self {
            routes,
            steps,
            answers,
        }
    }

    /// Whether nothing is missed.
    pub fn is_whole(&self) -> bool {
        [&self.routes, &self.steps, &self.answers]
            .iter()
            .all(|share| share.missed.is_empty() && !share.cut)
    }
}

/// Whether a run went its route to the end, and was not closed on the way.
pub fn went_to_the_end(state: &State) -> bool {
    state.closed.is_some() && state.upcoming.is_empty() && state.current_step().is_none()
}
