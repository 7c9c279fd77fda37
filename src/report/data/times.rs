//! The times that matter, measured by the roles of the phases.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Length, Moment, spent};
use crate::engine::{
    Event, State,
    event::Conclusion,
    state::{PhaseStatus, Status},
};
use crate::report::{Source, metrics, said};
use crate::runbook::{self, Role};

/// The times that matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Times {
    /// Each that can be told, in the order of an incident.
    pub marks: Vec<TimeMark>,
    /// For how much of the run something ran that needed nobody.
    pub machine: Length,
    /// For how much of it a person was waited for.
    pub person: Length,
    /// For how much of it nobody drove, and nothing ran.
    pub away: Length,
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
    let spent = spent::spent(source);
    let length = |time: chrono::TimeDelta| Length::from(time.to_std().unwrap_or_default());
    Times {
        marks: marks(source),
        machine: length(spent.machine),
        person: length(spent.person),
        away: length(spent.away),
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
    // What was only walked through took nobody any time.
    if state.is_rehearsal() {
        return marks;
    }
    // Only what somebody wrote down can tell when the trouble began.
    // What was imported may be much older than that.
    let typed = state
        .notes
        .iter()
        .filter(|note| note.struck.is_none() && note.source.is_none() && said::by(note).is_none());
    let trouble = typed.filter_map(|note| note.happened_at.filter(|at| *at < began));
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
        if let Some(end) = last_end(state, roles) {
            let but = match end.left_out {
                0 => String::new(),
                1 => ", one step of which was left out".to_owned(),
                steps => format!(", {steps} steps of which were left out"),
            };
            let how = format!("{since} to the end of ‘{}’{but}", end.title);
            let estimated = trouble.is_some() || end.left_out > 0;
            marks.push(mark((name, words), (from, end.at), estimated, how));
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

/// The end of the last phase of these roles in which something was done.
fn last_end<'a>(state: &'a State, roles: &[Role]) -> Option<End<'a>> {
    let ends = state.phases.iter().filter_map(|known| {
        let phase = state.runbook.phase(&known.id)?;
        let role = phase.role.filter(|role| roles.contains(role))?;
        let PhaseStatus::Finished { at, .. } = known.status else {
            return None;
        };
        end(state, phase, role, at)
    });
    ends.max_by_key(|end| end.at)
}

/// When what a phase is for was reached.
struct End<'a> {
    at: DateTime<Utc>,
    title: &'a str,
    /// How many of its steps were left out or failed.
    left_out: usize,
}

/// Of a phase in which nothing was done, or whose check failed, nothing is claimed.
fn end<'a>(
    state: &State,
    phase: &'a runbook::Phase,
    role: Role,
    finished: DateTime<Utc>,
) -> Option<End<'a>> {
    let mut last: Option<DateTime<Utc>> = None;
    let mut left_out = 0;
    for step in &phase.steps {
        let done = match state.status(&step.id) {
            Status::Answered { .. } => true,
            Status::Concluded { conclusion, .. } => match conclusion {
                Conclusion::Succeeded
                | Conclusion::TookEffect { .. }
                | Conclusion::DoneOffScript { .. } => true,
                Conclusion::FailureAccepted if role == Role::Verify => return None,
                Conclusion::FailureAccepted | Conclusion::Skipped { .. } => {
                    left_out += 1;
                    false
                }
                Conclusion::Rehearsed => false,
            },
            _ => false,
        };
        if done {
            last = last.max(metrics::settled_at(state, &step.id));
        }
    }
    Some(End {
        at: last?.min(finished),
        title: &phase.title,
        left_out,
    })
}

fn first_decision(source: &Source<'_>) -> Option<DateTime<Utc>> {
    let mut entries = source.entries.iter();
    let answered = entries.find(|entry| matches!(entry.event, Event::GateAnswered(_)));
    answered.map(|entry| entry.at)
}
