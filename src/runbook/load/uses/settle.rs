//! What is left to do for used runbooks once all names are checked: conditions, routes
//! and what is left of a phase.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Uses, error, inputs,
    splice::{Group, Splits},
};
use crate::runbook::{
    Code, Expression, Kind, Phase, Severity,
    diagnostic::{Diagnostic, Span},
    model::Runbook,
};
use crate::template::{self, Type};

/// How many phases all answers together may name once each stands for its pieces.
const MOST_NAMED: usize = 100_000;

/// How a condition is checked that stands in the file and in no phase of the flat runbook.
pub type Check<'a> = dyn FnMut(&Runbook, &Expression, &mut Vec<Diagnostic>) + 'a;

/// Finishes what `splice` began, with the types of all names at hand.
pub fn settle(
    runbook: &mut Runbook,
    splits: Splits,
    findings: &mut Vec<Diagnostic>,
    check: &mut Check<'_>,
) {
    for uses in &splits.uses {
        inputs::check(uses, &runbook.bindings, &runbook.types, findings);
        if let Some(when) = &uses.when {
            check(runbook, when, findings);
        }
    }
    // What is only wrong because a used runbook is was said once.
    findings.retain(|finding| {
        finding.code == Code::Uses
            || !splits
                .failed
                .iter()
                .any(|(prefix, at)| finding.at == *at || finding.message.contains(prefix.as_str()))
    });
    let mut heads: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut head_of: BTreeMap<String, String> = BTreeMap::new();
    for group in splits.groups {
        conditions(runbook, &group, &splits.uses, findings);
        let pieces = tidy(runbook, &group);
        for piece in &pieces {
            head_of.insert(piece.clone(), group.head.clone());
        }
        heads.insert(group.head, pieces);
    }
    if !heads.is_empty() {
        routes(runbook, &heads, &head_of, findings);
    }
}

/// A used phase is taken if its own condition holds and those around it do.
fn conditions(runbook: &mut Runbook, group: &Group, all: &[Uses], findings: &mut Vec<Diagnostic>) {
    let good = findings
        .iter()
        .all(|finding| finding.severity != Severity::Error);
    let mut phases = by_id(&mut runbook.phases);
    for piece in &group.pieces {
        let Some(phase) = phases.get_mut(piece.phase.as_str()) else {
            continue;
        };
        if piece.conditions.is_empty() {
            continue;
        }
        let at = piece.uses.map_or_else(Span::default, |uses| all[uses].at);
        let mut sources: Vec<&str> = piece
            .conditions
            .iter()
            .map(|c| c.when.source.as_str())
            .collect();
        sources.extend(phase.when.as_ref().map(|when| when.source.as_str()));
        let source = match sources.as_slice() {
            [one] => (*one).to_owned(),
            all => format!("({})", all.join(") and (")),
        };
        if good
            && let Err(faults) = template::check_expression(&source, &runbook.types, Type::Boolean)
        {
            let why = faults.first().map_or("", |fault| fault.message.as_str());
            findings.push(error(
                at,
                format!("the conditions of `{}` cannot be joined: {why}", phase.id),
                "make them shorter",
            ));
        }
        if phase.around.is_empty() {
            phase.own_when = phase.when.take();
        }
        phase.around.splice(0..0, piece.conditions.iter().cloned());
        phase.when = Some(Expression { source, at });
    }
}

fn by_id(phases: &mut [Phase]) -> BTreeMap<String, &mut Phase> {
    phases
        .iter_mut()
        .map(|phase| (phase.id.clone(), phase))
        .collect()
}

/// Takes out the pieces without steps and says which are the rest of another; the
/// phase's time counts once. Gives the pieces that remain.
fn tidy(runbook: &mut Runbook, group: &Group) -> Vec<String> {
    let mut budget = runbook.phase(&group.head).map(|head| head.budget);
    let own: BTreeSet<&str> = group
        .pieces
        .iter()
        .filter(|piece| piece.uses.is_none())
        .map(|piece| piece.phase.as_str())
        .collect();
    runbook
        .phases
        .retain(|phase| !own.contains(phase.id.as_str()) || !phase.steps.is_empty());
    let mut phases = by_id(&mut runbook.phases);
    let mut pieces = Vec::new();
    for piece in &group.pieces {
        let Some(phase) = phases.get_mut(piece.phase.as_str()) else {
            continue;
        };
        phase.continues = !pieces.is_empty();
        if piece.uses.is_none() {
            phase.budget = budget.take().flatten();
        }
        pieces.push(piece.phase.clone());
    }
    pieces
}

/// An answer that leads to a phase leads to all its pieces, and what is left of the
/// gate's own phase stands before them.
fn routes(
    runbook: &mut Runbook,
    heads: &BTreeMap<String, Vec<String>>,
    head_of: &BTreeMap<String, String>,
    findings: &mut Vec<Diagnostic>,
) {
    // What is left of each phase: how many of those after it.
    let mut rests = vec![0; runbook.phases.len()];
    for number in (1..runbook.phases.len()).rev() {
        if runbook.phases[number].continues {
            rests[number - 1] = rests[number] + 1;
        }
    }
    let ids: Vec<String> = runbook.phases.iter().map(|p| p.id.clone()).collect();
    let mut named = 0;
    for (number, phase) in runbook.phases.iter_mut().enumerate() {
        if !phase.scope.is_empty() {
            continue;
        }
        let rest = &ids[number + 1..=number + rests[number]];
        let head = head_of.get(&phase.id).filter(|head| **head != phase.id);
        let gates = phase
            .steps
            .iter_mut()
            .filter_map(|step| match &mut step.kind {
                Kind::Gate(gate) => Some(gate),
                _ => None,
            });
        for answer in gates.flat_map(|gate| &mut gate.answers) {
            let Some(then) = &mut answer.then else {
                continue;
            };
            if let Some(head) = head.filter(|head| then.contains(head)) {
                let name = &answer.name;
                findings.push(
                    Diagnostic::error(
                        answer.label.at,
                        format!("the answer `{name}` would run the phase `{head}` twice"),
                    )
                    .hint("name each phase that follows once, without the gate's own")
                    .code(Code::PhaseTwice),
                );
            }
            let length = |id: &String| heads.get(id).map_or(1, Vec::len);
            named += rest.len() + then.iter().map(length).sum::<usize>();
            if named > MOST_NAMED {
                findings.push(error(
                    answer.label.at,
                    "the answers of this file lead to too many phases of used runbooks",
                    "part this runbook",
                ));
                return;
            }
            let pieces = std::mem::take(then)
                .into_iter()
                .flat_map(|id| heads.get(&id).cloned().unwrap_or(vec![id]));
            *then = rest.iter().cloned().chain(pieces).collect();
        }
    }
}
