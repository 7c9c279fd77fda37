//! The times that matter, measured by the roles of the phases.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Length, Moment};
use crate::engine::{Event, State, state::PhaseStatus};
use crate::history::Course;
use crate::report::Source;
use crate::runbook::Role;

/// The times that matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Times {
    /// Each that can be told, in the order of an incident.
    pub marks: Vec<TimeMark>,
    /// How long commands ran, all of them together.
    pub machine: Length,
    /// How long a person was waited for.
    pub person: Length,
    /// What the phases that were come to should have taken together.
    pub budget: Option<Length>,
}

/// From one moment to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimeMark {
    /// `detect`, `decide`, `stop`, `mitigate` or `verify`.
    pub name: &'static str,
    /// In words.
    pub words: &'static str,
    /// How long it took.
    pub took: Length,
    /// Until when.
    pub until: Moment,
    /// It rests on what somebody remembered, or on another phase than one made for it.
    pub estimated: bool,
    /// From what to what.
    pub how: String,
}

pub(super) fn times(source: &Source<'_>) -> Times {
    let state = source.state;
    let course = Course::of(source.entries);
    let total = |ms: u64| Length::from(std::time::Duration::from_millis(ms));
    Times {
        marks: marks(source),
        machine: total(course.steps.iter().map(|step| step.machine_ms).sum()),
        person: total(course.steps.iter().map(|step| step.person_ms).sum()),
        budget: budget(state),
    }
}

fn budget(state: &State) -> Option<Length> {
    let come_to = state
        .phases
        .iter()
        .filter(|phase| !matches!(phase.status, PhaseStatus::NotTaken { .. }));
    let budgets = come_to.filter_map(|phase| state.runbook.phase(&phase.id)?.budget);
    budgets.reduce(std::ops::Add::add).map(Length::from)
}

fn marks(source: &Source<'_>) -> Vec<TimeMark> {
    let state = source.state;
    let began = state.started_at;
    let mut marks = Vec::new();
    // Only what somebody wrote down can tell when the trouble began.
    let trouble = source
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::NoteAdded { happened_at, .. } => happened_at.filter(|at| *at < began),
            _ => None,
        });
    let trouble = trouble.min();
    if let Some(trouble) = trouble {
        marks.push(mark(
            ("detect", "To detect"),
            (trouble, began),
            true,
            "from the earliest note about it to the beginning of the run".to_owned(),
        ));
    }
    let from = trouble.unwrap_or(began);
    let since = if trouble.is_some() {
        "from the earliest note"
    } else {
        "from the beginning of the run"
    };
    let kinds: [(&'static str, &'static str, &[Role]); 4] = [
        ("decide", "To decide", &[Role::Assess]),
        ("stop", "To stop", &[Role::Stop]),
        (
            "mitigate",
            "To mitigate",
            &[Role::RollbackApp, Role::RollbackDb],
        ),
        ("verify", "To verify", &[Role::Verify]),
    ];
    for (name, words, roles) in kinds {
        if let Some((at, title)) = last_end(state, roles) {
            let how = format!("{since} to the end of ‘{title}’");
            marks.push(mark((name, words), (from, at), trouble.is_some(), how));
        } else if name == "decide"
            && let Some(at) = first_decision(source)
        {
            let how = format!("{since} to the first decision");
            marks.push(mark((name, words), (from, at), true, how));
        }
    }
    marks
}

fn mark(
    (name, words): (&'static str, &'static str),
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    estimated: bool,
    how: String,
) -> TimeMark {
    TimeMark {
        name,
        words,
        took: Length::between(from, until),
        until: until.into(),
        estimated,
        how,
    }
}

/// When the last phase of these roles ended, and its title.
fn last_end<'a>(state: &'a State, roles: &[Role]) -> Option<(DateTime<Utc>, &'a str)> {
    let ends = state.phases.iter().filter_map(|known| {
        let phase = state.runbook.phase(&known.id)?;
        let role = phase.role?;
        match known.status {
            PhaseStatus::Finished { at, .. } if roles.contains(&role) => {
                Some((at, phase.title.as_str()))
            }
            _ => None,
        }
    });
    ends.max_by_key(|(at, _)| *at)
}

fn first_decision(source: &Source<'_>) -> Option<DateTime<Utc>> {
    let mut entries = source.entries.iter();
    let answered = entries.find(|entry| matches!(entry.event, Event::GateAnswered { .. }));
    answered.map(|entry| entry.at)
}
