//! What is unwise rather than wrong: gates without a rule, times that do not add up.

use std::time::Duration;

use crate::runbook::{Code, Diagnostic, Kind, Phase, Runbook, Step, human};

/// Everything that is unwise.
pub fn findings(runbook: &Runbook) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for phase in runbook.all_phases() {
        for step in &phase.steps {
            all.extend(headless(step));
        }
        all.extend(budget(phase));
    }
    all
}

fn headless(step: &Step) -> Option<Diagnostic> {
    let Kind::Gate(gate) = &step.kind else {
        return None;
    };
    (!gate.headless_given).then(|| {
        Diagnostic::warning(
            step.at,
            format!(
                "the gate `{}` does not say what happens in a run without a person",
                step.id
            ),
        )
        .code(Code::GateHeadless)
        .hint("`headless: stop` waits for one; `headless: suggested` takes the answer that the facts speak for")
    })
}

/// The least that a step takes.
fn least(step: &Step) -> Duration {
    match &step.kind {
        Kind::Wait(wait) if wait.until.is_none() => wait.duration,
        Kind::Run(run) => run.poll.and_then(|poll| poll.hold).unwrap_or_default(),
        _ => Duration::ZERO,
    }
}

/// A phase whose waits alone take longer than it should.
fn budget(phase: &Phase) -> Option<Diagnostic> {
    let budget = phase.budget?;
    let mut sum = Duration::ZERO;
    let mut longest: Option<&Step> = None;
    for step in phase.steps.iter().filter(|step| step.when.is_none()) {
        sum = sum.saturating_add(least(step));
        if least(step) > longest.map_or(Duration::ZERO, least) {
            longest = Some(step);
        }
    }
    // Steps with a condition may exclude each other: each counts by itself.
    let optional = phase
        .steps
        .iter()
        .filter(|step| step.when.is_some())
        .max_by_key(|step| least(step));
    let mut at = longest;
    if sum <= budget
        && let Some(step) = optional
    {
        sum = sum.saturating_add(least(step));
        at = Some(step);
    }
    let at = at?;
    (sum > budget).then(|| {
        Diagnostic::warning(
            at.at,
            format!(
                "the phase `{}` should take {} and its waits alone take {}",
                phase.id,
                human(budget),
                human(sum)
            ),
        )
        .code(Code::Budgets)
        .hint("give the phase a longer `budget`, or wait less")
    })
}
