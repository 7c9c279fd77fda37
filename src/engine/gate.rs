//! Gates: measuring, suggesting, and folding their events.

use std::collections::BTreeMap;

use super::{
    effect::{Query, Question},
    event::{Answered, Approval, Bound, Entry, Event, Facts, Measured, Suggested, Voucher},
    state::{Deciding, State, Status},
    step,
};
use crate::runbook::{Gate, Kind, Shell, Step};
use crate::template;

/// How long evidence may take, in milliseconds.
const EVIDENCE_TIMEOUT_MS: u64 = 60_000;

/// Runs in place of evidence that lacks a value.
const UNFILLED: &str =
    "echo 'The evidence command cannot be filled in: a value is missing.'; exit 1";

/// The table and the suggestion as of now.
pub fn measure(state: &State, gate: &Gate) -> Facts {
    let scope = state.scope();
    let criteria = gate
        .criteria
        .iter()
        .map(|criterion| Measured {
            name: criterion.name.clone(),
            value: template::evaluate_value(&criterion.value.source, scope).ok(),
            unit: criterion.unit.clone(),
            limit: criterion.limit.source.clone(),
            bound: Bound::of(&criterion.limit.source, &criterion.value.source, scope),
            exceeded: template::evaluate(&criterion.limit.source, scope).ok(),
        })
        .collect();
    let suggestion = gate
        .suggest
        .iter()
        .find(|suggestion| template::evaluate(&suggestion.when.source, scope) == Ok(true))
        .map(|suggestion| Suggested {
            answer: suggestion.answer.clone(),
            because: step::fill_or_source(&suggestion.because, scope),
        });
    Facts {
        criteria,
        suggestion,
    }
}

/// Whether the evidence of an open gate is still to come. A rehearsal has none.
pub fn awaits_evidence(state: &State, gate: &str) -> bool {
    let has = |step: &Step| matches!(&step.kind, Kind::Gate(gate) if gate.evidence.is_some());
    !state.is_rehearsal()
        && state.runbook.step(gate).is_some_and(|(_, step)| has(step))
        && matches!(state.status(gate), Status::Deciding(deciding) if deciding.evidence.is_none())
}

/// The evidence command of an open gate, values filled in.
pub fn query(state: &State, gate: &str) -> Option<Query> {
    if !awaits_evidence(state, gate) {
        return None;
    }
    let (phase, step) = state.runbook.step(gate)?;
    let Kind::Gate(definition) = &step.kind else {
        return None;
    };
    let own = state.runbook.env_of(&phase.scope);
    let evidence = definition.evidence.as_ref()?;
    let scope = state.scope();
    // What cannot be filled in runs as a command that says so: the operator
    // sees it where the evidence would stand.
    let script = template::render_script(&evidence.source, template::Shell::Bash, scope)
        .unwrap_or_else(|_| UNFILLED.to_owned());
    let (script, (env, secrets)) = match step::environment(state, own, &evidence.source) {
        Ok(variables) => (script, variables),
        Err(_) => (UNFILLED.to_owned(), step::Variables::default()),
    };
    Some(Query {
        of: Question::Evidence {
            gate: gate.to_owned(),
        },
        argv: Shell::Bash.argv(&script),
        env,
        secrets,
        timeout_ms: EVIDENCE_TIMEOUT_MS,
    })
}

/// Who agrees with an answer and who does not, so far: of each person the last
/// word, of the one who decides none.
pub fn words<'a>(
    approvals: &'a [Approval],
    answer: &str,
    decider: &str,
) -> (Vec<&'a Approval>, Vec<&'a Approval>) {
    let mut last: BTreeMap<String, &Approval> = BTreeMap::new();
    for approval in approvals.iter().filter(|known| known.answer == answer) {
        last.insert(person(approval), approval);
    }
    last.remove(&same(decider));
    last.into_values().partition(|approval| approval.agrees)
}

/// By what two words of the same person are known to be theirs.
pub(super) fn person(approval: &Approval) -> String {
    match &approval.how {
        Voucher::Account { user, .. } => same(user),
        Voucher::Attested { .. } => same(&approval.by_whom),
    }
}

/// A name as it is compared.
pub(super) fn same(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Folds a gate's event.
pub fn apply(state: &mut State, entry: &Entry) {
    match &entry.event {
        Event::GateOpened {
            gate,
            question,
            facts,
        } => {
            let status = Status::Deciding(Deciding {
                since: entry.at,
                question: question.clone(),
                facts: (**facts).clone(),
                evidence: None,
                approvals: Vec::new(),
            });
            state.steps.insert(gate.clone(), status);
        }
        Event::GateMeasured { gate, facts } => {
            if let Some(Status::Deciding(deciding)) = state.steps.get_mut(gate) {
                deciding.facts.clone_from(facts);
            }
        }
        Event::EvidenceCollected { gate, text, ended } => {
            if let Some(Status::Deciding(deciding)) = state.steps.get_mut(gate) {
                deciding.evidence = Some((text.clone(), ended.clone()));
            }
        }
        Event::ApprovalGiven { gate, approval } => {
            if let Some(Status::Deciding(deciding)) = state.steps.get_mut(gate) {
                deciding.approvals.push((**approval).clone());
            }
        }
        Event::GateAnswered(answered) => {
            let Answered { gate, answer, .. } = &**answered;
            let before = std::mem::replace(&mut state.upcoming, answered.route.clone());
            state.stood_down |= answered.ends;
            state.answers.insert(gate.clone(), answer.clone());
            let status = Status::Answered {
                at: entry.at,
                by: entry.by.to_string(),
                answer: answer.clone(),
                label: answered.label.clone(),
                reason: answered.reason.clone(),
                overrides: answered.overrides.clone(),
                unapproved: answered.unapproved,
                ends: answered.ends,
                before,
            };
            state.steps.insert(gate.clone(), status);
        }
        _ => {}
    }
}
