//! What was decided, by whom, on what grounds, and who agreed.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Moment, how};
use crate::engine::{
    Entry, Event, State,
    event::{Answered, Approval, Facts},
    state::PhaseStatus,
};
use crate::report::{
    Source,
    timeline::{answer_label, step_title, voucher},
};
use crate::runbook::Kind;

/// A gate that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Decision {
    /// The question.
    pub title: String,
    /// The answer in words.
    pub answer: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Why, as the operator said.
    pub reason: Option<String>,
    /// Why it was suggested, if that was the answer.
    pub suggested: Option<String>,
    /// The answer that the facts spoke for, if the operator chose another.
    pub overrides: Option<String>,
    /// The same in words.
    pub overrides_label: Option<String>,
    /// It was given without the approvals that it needs.
    pub unapproved: bool,
    /// How many have to agree.
    pub approvals_wanted: Option<u32>,
    /// Who they have to be; empty: anybody else.
    pub approvals_from: Vec<String>,
    /// Who agreed or refused to.
    pub approvals: Vec<Word>,
    /// The run ends with it.
    pub ends: bool,
    /// The phases that follow.
    pub follows: Vec<Following>,
    /// The facts it rests on.
    pub criteria: Vec<Criterion>,
    /// What was asked for evidence.
    pub evidence: Option<Evidence>,
    /// It was asked again after that.
    pub taken_back: Option<TakenBack>,
}

/// That a gate was asked again after it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TakenBack {
    /// Who asked it again.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

/// A phase that was to follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Following {
    /// Its title.
    pub title: String,
    /// `not taken` or `not reached`; none: it did follow, or still may.
    pub but: Option<&'static str>,
}

/// What somebody said about an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Word {
    /// Who.
    pub by: String,
    /// Whether they agree.
    pub agrees: bool,
    /// With which answer, by its id.
    pub answer: String,
    /// The same in words.
    pub answer_label: String,
    /// When.
    pub at: Moment,
    /// How that is known.
    pub how: String,
    /// Why.
    pub reason: Option<String>,
}

/// A fact beside its limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Criterion {
    /// Its name.
    pub name: String,
    /// The value with its unit; none: unknown.
    pub value: Option<String>,
    /// The limit as the author wrote it.
    pub limit: String,
    /// The limit in words, with its value as it was then; none: it was no plain comparison.
    pub limit_words: Option<String>,
    /// Whether it was met; none: unknown.
    pub met: Option<bool>,
}

/// What a command said for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// How it ended.
    pub how: String,
    /// What it printed.
    pub text: String,
}

pub(super) fn decisions(source: &Source<'_>) -> Vec<Decision> {
    let answered = source.entries.iter().enumerate();
    answered
        .filter_map(|(place, entry)| {
            let (before, after) = source.entries.split_at(place);
            let mut decision = decision(source.state, before, entry)?;
            decision.taken_back = taken_back(entry, after);
            Some(decision)
        })
        .collect()
}

fn decision(state: &State, before: &[Entry], entry: &Entry) -> Option<Decision> {
    let Event::GateAnswered(answered) = &entry.event else {
        return None;
    };
    let Answered {
        gate,
        answer,
        label,
        reason,
        overrides,
        route,
        ends,
        unapproved,
        ..
    } = &**answered;
    // What was said and seen before it was asked again belongs to the answer then.
    let reopened = |entry: &Entry| matches!(&entry.event, Event::GateReopened(reopened) if reopened.again.contains(gate));
    let since = before.iter().rposition(reopened).unwrap_or(0);
    let before = &before[since..];
    let facts = before.iter().rev().find_map(|entry| match &entry.event {
        Event::GateOpened {
            gate: of, facts, ..
        }
        | Event::GateMeasured { gate: of, facts }
            if of == gate =>
        {
            Some(facts)
        }
        _ => None,
    });
    let wanted = state
        .runbook
        .step(gate)
        .and_then(|(_, step)| match &step.kind {
            Kind::Gate(gate) => gate.answer(answer)?.approvals.as_ref(),
            _ => None,
        });
    let words = before.iter().filter_map(|entry| match &entry.event {
        Event::ApprovalGiven { gate: of, approval } if of == gate => {
            Some(word(state, gate, entry, approval))
        }
        _ => None,
    });
    let evidence = before.iter().find_map(|entry| match &entry.event {
        Event::EvidenceCollected {
            gate: of,
            text,
            ended,
        } if of == gate => Some(Evidence {
            how: how(ended),
            text: text.clone(),
        }),
        _ => None,
    });
    Some(Decision {
        title: step_title(state, gate),
        answer: label.clone(),
        by: entry.by.to_string(),
        at: entry.at.into(),
        reason: reason.clone(),
        suggested: facts
            .and_then(|facts| facts.suggestion.as_ref())
            .filter(|suggestion| suggestion.answer == *answer)
            .map(|suggestion| suggestion.because.clone()),
        overrides: overrides.clone(),
        overrides_label: overrides
            .as_ref()
            .map(|suggested| answer_label(state, gate, suggested)),
        unapproved: *unapproved,
        approvals_wanted: wanted.map(|wanted| wanted.count),
        approvals_from: wanted.map(|wanted| wanted.from.clone()).unwrap_or_default(),
        approvals: words.collect(),
        ends: *ends,
        follows: route.iter().map(|id| following(state, id)).collect(),
        criteria: facts.map(|facts| criteria(facts)).unwrap_or_default(),
        evidence,
        taken_back: None,
    })
}

/// Whether the answer of a gate was taken back by what came after it.
fn taken_back(answered: &Entry, after: &[Entry]) -> Option<TakenBack> {
    let Event::GateAnswered(answered) = &answered.event else {
        return None;
    };
    after.iter().find_map(|entry| match &entry.event {
        Event::GateReopened(reopened) if reopened.again.contains(&answered.gate) => {
            Some(TakenBack {
                by: entry.by.to_string(),
                at: entry.at.into(),
                reason: reopened.reason.clone(),
            })
        }
        _ => None,
    })
}

/// A phase that was to follow, and whether it did.
fn following(state: &State, id: &str) -> Following {
    let title = state.runbook.phase(id).map_or(id, |phase| &phase.title);
    let known = state.phases.iter().find(|phase| phase.id == id);
    Following {
        title: title.to_owned(),
        but: match known.map(|phase| &phase.status) {
            Some(PhaseStatus::NotTaken { .. }) => Some("not taken"),
            None if state.closed.is_some() => Some("not reached"),
            _ => None,
        },
    }
}

fn word(state: &State, gate: &str, entry: &Entry, approval: &Approval) -> Word {
    Word {
        by: approval.by_whom.clone(),
        agrees: approval.agrees,
        answer: approval.answer.clone(),
        answer_label: answer_label(state, gate, &approval.answer),
        at: approval.at.into(),
        how: voucher(&approval.how, &entry.by),
        reason: approval.reason.clone(),
    }
}

fn criteria(facts: &Facts) -> Vec<Criterion> {
    let of = |line: &crate::engine::event::Measured| Criterion {
        name: line.name.clone(),
        value: line.value_words(),
        limit: line.limit.clone(),
        limit_words: line.limit_words(),
        met: line.exceeded,
    };
    facts.criteria.iter().map(of).collect()
}
