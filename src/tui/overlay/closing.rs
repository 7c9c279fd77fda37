//! Closing the run: what comes first, what stays open, and how it ended.

use super::{Ask, Menu, MenuDoes, MenuItem, Overlay};
use crate::engine::{Next, State, event::RunOutcome, next, step::fill_or_source};
use crate::report::items;
use crate::runbook::Step;

/// How many steps are named before the rest is only counted.
const NAMED: usize = 3;

impl Overlay {
    /// The menu of outcomes; the probable one is marked. First it says what cleanup
    /// will be offered and what is left unfinished.
    pub fn close(state: &State) -> Self {
        let probable = match next(state) {
            Next::Close(outcome) => outcome,
            _ => RunOutcome::Aborted,
        };
        let outcomes = [
            (RunOutcome::Resolved, "Resolved", "The trouble is over."),
            (
                RunOutcome::StoodDown,
                "Stood down",
                "There was nothing to roll back.",
            ),
            (
                RunOutcome::Failed,
                "Failed",
                "It did not help; the incident goes on.",
            ),
            (RunOutcome::Aborted, "Aborted", "It was given up part-way."),
        ];
        let mut items: Vec<MenuItem> = outcomes
            .iter()
            .map(|(outcome, label, follows)| MenuItem {
                label: (*label).to_owned(),
                follows: (*follows).to_owned(),
                does: Some(MenuDoes::Ask(Ask::CloseNote { outcome: *outcome })),
            })
            .collect();
        items.push(MenuItem {
            label: "Keep it open".to_owned(),
            follows: "Back to the run.".to_owned(),
            does: None,
        });
        Overlay::Menu(Menu {
            title: "Close the run as …".to_owned(),
            says: [cleanup(state), unfinished(state), left_alive(state)]
                .into_iter()
                .flatten()
                .collect(),
            copy: None,
            cursor: outcomes
                .iter()
                .position(|(outcome, ..)| *outcome == probable)
                .unwrap_or(0),
            items,
        })
    }
}

/// What has to be offered before the end.
fn cleanup(state: &State) -> Option<String> {
    let cleanup = state.runbook.cleanup.as_ref()?;
    if state.phases.iter().any(|seen| seen.id == cleanup.id) {
        return None;
    }
    let names = names(state, cleanup.steps.iter());
    Some(format!("First the cleanup is offered: {names}."))
}

/// What commands have left running.
fn left_alive(state: &State) -> Option<String> {
    let left = items::left_alive(state);
    let (named, more) = left.split_at(left.len().min(NAMED));
    let mut text = named.join("; ");
    if !more.is_empty() {
        text = format!("{text}; and {} more", more.len());
    }
    (!left.is_empty()).then(|| format!("{text}."))
}

/// What is left open on the route.
fn unfinished(state: &State) -> Option<String> {
    let current = state.current_phase().map(|(phase, _)| phase);
    let upcoming = state
        .upcoming
        .iter()
        .filter_map(|id| state.runbook.phase(id));
    let open: Vec<&Step> = current
        .into_iter()
        .chain(upcoming)
        .flat_map(|phase| &phase.steps)
        .filter(|step| !state.status(&step.id).is_settled())
        .collect();
    if open.is_empty() {
        return None;
    }
    Some(format!(
        "Not done on this route: {}.",
        names(state, open.into_iter())
    ))
}

fn names<'a>(state: &State, steps: impl ExactSizeIterator<Item = &'a Step>) -> String {
    let more = steps.len().saturating_sub(NAMED);
    let mut names: Vec<String> = steps
        .take(NAMED)
        .map(|step| {
            let title = fill_or_source(&step.title, state.scope_for(&step.title.source));
            format!("‘{title}’")
        })
        .collect();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
