//! What was decided, by whom, on what grounds, and who agreed.

use std::fmt::{self, Write};

use super::{Source, how, utc};
use crate::engine::{
    Entry, Event, State,
    event::{Approval, Facts},
    state::PhaseStatus,
};
use crate::report::{
    escape::{code, fence, inline},
    timeline::{step_title, voucher},
};
use crate::runbook::Kind;

/// A section for each answered gate.
pub(super) fn write(out: &mut String, source: &Source<'_>) -> fmt::Result {
    writeln!(out, "{}", source.heading(2, "Decisions"))?;
    let mut any = false;
    for (place, entry) in source.entries.iter().enumerate() {
        if matches!(entry.event, Event::GateAnswered { .. }) {
            any = true;
            decision(out, source, &source.entries[..place], entry)?;
        }
    }
    if !any {
        writeln!(out, "None.\n")?;
    }
    Ok(())
}

fn decision(out: &mut String, source: &Source<'_>, before: &[Entry], entry: &Entry) -> fmt::Result {
    let Event::GateAnswered {
        gate,
        answer,
        label,
        reason,
        overrides,
        route,
        ends,
        unapproved,
        ..
    } = &entry.event
    else {
        return Ok(());
    };
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
    let title = inline(&step_title(source.state, gate));
    writeln!(out, "{}", source.heading(3, &title))?;
    writeln!(out, "- Answer: **{}**", inline(label))?;
    let at = utc(entry.at);
    writeln!(out, "- Decided by: {} at {at}", inline(&entry.by))?;
    let suggestion = facts
        .and_then(|facts| facts.suggestion.as_ref())
        .filter(|suggestion| suggestion.answer == *answer)
        .map(|suggestion| format!("as suggested: {}", inline(&suggestion.because)));
    let reason = match (reason.as_deref().map(inline), suggestion) {
        (Some(reason), Some(suggested)) => format!("{reason} ({suggested})"),
        (Some(reason), None) => reason,
        (None, Some(suggested)) => suggested,
        (None, None) => "none given".to_owned(),
    };
    writeln!(out, "- Reason: {reason}")?;
    if let Some(suggested) = overrides {
        let suggested = code(suggested);
        writeln!(out, "- **Override:** the facts spoke for {suggested}")?;
    }
    approvals(out, source.state, before, gate, answer)?;
    if *unapproved {
        writeln!(
            out,
            "- **Override:** it was given without the approvals that it needs"
        )?;
    }
    let after = if *ends {
        "nothing: the run ends here".to_owned()
    } else if route.is_empty() {
        "nothing more: the route is at its end".to_owned()
    } else {
        let after: Vec<String> = route.iter().map(|id| after(source.state, id)).collect();
        after.join(" → ")
    };
    writeln!(out, "- What follows: {after}\n")?;
    if let Some(facts) = facts.filter(|facts| !facts.criteria.is_empty()) {
        criteria(out, facts)?;
    }
    let evidence = before.iter().find_map(|entry| match &entry.event {
        Event::EvidenceCollected {
            gate: of,
            text,
            ended,
        } if of == gate => Some((text, ended)),
        _ => None,
    });
    if let Some((text, ended)) = evidence {
        writeln!(out, "Evidence ({}):\n", how(ended))?;
        writeln!(out, "{}", fence(text, "text"))?;
    }
    Ok(())
}

/// A phase that was to follow, and whether it did.
fn after(state: &State, id: &str) -> String {
    let title = inline(state.runbook.phase(id).map_or(id, |phase| &phase.title));
    let known = state.phases.iter().find(|phase| phase.id == id);
    match known.map(|phase| &phase.status) {
        Some(PhaseStatus::NotTaken { .. }) => format!("({title}: not taken)"),
        None if state.closed.is_some() => format!("({title}: not reached)"),
        _ => title,
    }
}

fn approvals(
    out: &mut String,
    state: &State,
    before: &[Entry],
    gate: &str,
    answer: &str,
) -> fmt::Result {
    let wanted = state
        .runbook
        .step(gate)
        .and_then(|(_, step)| match &step.kind {
            Kind::Gate(gate) => gate.answer(answer)?.approvals.as_ref(),
            _ => None,
        });
    if let Some(wanted) = wanted {
        let from = match wanted.from.as_slice() {
            [] => "anybody else".to_owned(),
            from => inline(&from.join(" or ")),
        };
        writeln!(out, "- Approvals asked for: {} of {from}", wanted.count)?;
    }
    for entry in before {
        match &entry.event {
            Event::ApprovalGiven { gate: of, approval } if of == gate => {
                word(out, entry, approval)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn word(out: &mut String, entry: &Entry, approval: &Approval) -> fmt::Result {
    let does = if approval.agrees {
        "agrees with"
    } else {
        "**refuses**"
    };
    let reason = match approval.reason.as_deref() {
        Some(reason) => format!(": {}", inline(reason)),
        None => String::new(),
    };
    writeln!(
        out,
        "- {} {does} {} at {}, {}{reason}",
        inline(&approval.by_whom),
        code(&approval.answer),
        approval.at.format("%H:%M:%S"),
        inline(&voucher(&approval.how, &entry.by))
    )
}

fn criteria(out: &mut String, facts: &Facts) -> fmt::Result {
    writeln!(
        out,
        "| Criterion | Value | Limit | Verdict |\n|---|---|---|---|"
    )?;
    for line in &facts.criteria {
        let value = line.value.as_ref().map_or("unknown".to_owned(), |value| {
            inline(format!("{value} {}", line.unit).trim())
        });
        let verdict = match line.exceeded {
            Some(true) => "**met**",
            Some(false) => "not met",
            None => "unknown",
        };
        writeln!(
            out,
            "| {} | {value} | {} | {verdict} |",
            inline(&line.name),
            code(&line.limit)
        )?;
    }
    writeln!(out)
}
