//! What a brief says, part by part.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Part;
use crate::engine::{
    Entry, Event, Next, State,
    effect::Part as Of,
    event::{Conclusion, Health},
    gate, next, off_script,
    state::{Attempt, Status},
};
use crate::report::{
    items, signals,
    timeline::{answer_label, part_title, short, step_title, who_drove},
};
use crate::runbook::{Approvals, Effect, Kind, Step, human};

/// A line of a brief is one thought: what is longer stands in the report.
const LONGEST: usize = 150;

fn line(text: &str) -> String {
    short(text, LONGEST)
}

/// What the last driver says to the next.
pub(super) fn said(state: &State, entries: &[Entry]) -> Option<Part> {
    let offer = match &state.driving.offer {
        Some(offer) => (offer.by.clone(), offer.to.clone(), offer.note.clone()),
        // Just taken over: it is still what was said last.
        None => entries
            .iter()
            .rev()
            .take(4)
            .find_map(|entry| match &entry.event {
                Event::HandedOver { to, note } => {
                    Some((entry.by.to_string(), to.clone(), note.clone()))
                }
                _ => None,
            })?,
    };
    let (by, to, note) = offer;
    let to = to.map_or_else(String::new, |to| format!(" to {to}"));
    let note = if note.is_empty() {
        String::new()
    } else {
        format!(": {note}")
    };
    Part::of("Said", vec![line(&format!("{by} hands over{to}{note}"))]).map(Part::pressing)
}

/// Where it stands and what it waits for.
pub(super) fn now(state: &State, now: DateTime<Utc>) -> Option<Part> {
    let title = |step: &Step| step_title(state, &step.id);
    let mut lines = vec![place(state, now)];
    let since = |at: DateTime<Utc>| human_since(at, now);
    match next(state) {
        Next::Run(step, _) => lines.push(format!("‘{}’ comes next", title(step))),
        // What runs stands below.
        Next::Busy(..) => {}
        Next::Retry(step, _) => lines.push(format!("‘{}’ is tried again", title(step))),
        Next::Poll(step, polling, _) => lines.push(format!(
            "‘{}’ is looked at again and again since {}: {}",
            title(step),
            since(polling.since),
            polling.last
        )),
        Next::Failed(step, reason) => lines.push(format!("‘{}’ failed: {reason}", title(step))),
        Next::Unknown(step, reason) => lines.push(format!(
            "nobody knows whether ‘{}’ took effect: {reason}",
            title(step)
        )),
        Next::Decide(step, gate, deciding) => {
            lines.push(format!("open gate: {}", title(step)));
            if let Some(suggested) = &deciding.facts.suggestion {
                let label = answer_label(state, &step.id, &suggested.answer);
                lines.push(format!(
                    "the facts speak for ‘{label}’: {}",
                    suggested.because
                ));
            }
            for answer in &gate.answers {
                if let Some(wanted) = &answer.approvals {
                    let label = answer_label(state, &step.id, &answer.name);
                    let agreed = approvals(state, deciding, &answer.name, wanted);
                    lines.push(format!("‘{label}’ {agreed}"));
                }
            }
        }
        Next::Manual(step, _, manual) => {
            let open = manual.checklist.iter().filter(|(_, done)| done.is_none());
            let open = match (manual.checklist.len(), open.count()) {
                (0, _) => String::new(),
                (all, open) => format!(", {open} of {all} entries open"),
            };
            lines.push(format!("by hand: {}{open}", title(step)));
        }
        Next::Wait(step, until) => lines.push(format!(
            "waits at ‘{}’ until {} UTC",
            title(step),
            until.format("%H:%M:%S")
        )),
        Next::Close(outcome) => lines.push(format!(
            "nothing is left but to close it, probably as {}",
            outcome.word()
        )),
        Next::Closed => {
            let outcome = state.closed.as_ref().map_or("", |it| it.outcome.word());
            lines.push(format!("closed as {outcome}"));
        }
    }
    let lines = lines.iter().map(|text| line(text)).collect();
    Part::of("Now", lines).map(Part::pressing)
}

/// The phase, the step's number in it, and the time.
fn place(state: &State, now: DateTime<Utc>) -> String {
    let end = state.closed.as_ref().map_or(now, |closed| closed.at);
    let clock = format!("{} since the start", human_since(state.started_at, end));
    let Some((phase, entered)) = state.current_phase() else {
        return clock;
    };
    let settled = phase
        .steps
        .iter()
        .filter(|step| state.status(&step.id).is_settled())
        .count();
    let budget = phase
        .budget
        .map_or_else(String::new, |budget| format!(" (budget {})", human(budget)));
    format!(
        "phase ‘{}’, {settled} of {} steps done, {} in it{budget}; {clock}",
        phase.title,
        phase.steps.len(),
        human_since(entered, end),
    )
}

fn approvals(
    state: &State,
    deciding: &crate::engine::state::Deciding,
    answer: &str,
    wanted: &Approvals,
) -> String {
    let driver = state.driving.last().map_or("", |last| last.by.as_str());
    let (agreed, denied) = gate::words(&deciding.approvals, answer, driver);
    let names = |words: &[&crate::engine::event::Approval]| -> String {
        let names: Vec<&str> = words.iter().map(|word| word.by_whom.as_str()).collect();
        names.join(", ")
    };
    let from = if wanted.from.is_empty() {
        "anybody but the driver".to_owned()
    } else {
        wanted.from.join(" or ")
    };
    let mut text = format!("needs {} to agree (from {from})", wanted.count);
    if !agreed.is_empty() {
        text = format!("{text}; so far {}", names(&agreed));
    }
    if !denied.is_empty() {
        text = format!("{text}; refused by {}", names(&denied));
    }
    text
}

/// What runs.
pub(super) fn running(state: &State, now: DateTime<Utc>) -> Option<Part> {
    let lines = state
        .live()
        .map(|(_, attempt)| line(&live(state, attempt, now)));
    Part::of("Runs", lines.collect()).map(Part::pressing)
}

fn live(state: &State, attempt: &Attempt, now: DateTime<Utc>) -> String {
    let title = part_title(state, &attempt.launch);
    let mut text = format!(
        "‘{title}’ ({}), for {}",
        attempt.launch.effect.word(),
        human_since(attempt.starting_at, now)
    );
    if let crate::engine::state::AttemptStatus::Running { pid, .. } = &attempt.status {
        text = format!("{text}, process {pid}");
    }
    if attempt.status.stopping().is_some() {
        text.push_str(", asked to stop");
    }
    if let Some(silent) = attempt.silent {
        text = format!("{text}, silent for {}", human_since(silent, now));
    }
    text
}

/// What may go wrong yet, or is not as it was before.
pub(super) fn risks(state: &State) -> Option<Part> {
    let items = items::action_items(state);
    let mut lines: Vec<String> = items.iter().map(items::Item::words).collect();
    if state.closed.is_none() {
        lines.extend(to_clean_up(state));
        for (id, status) in &state.steps {
            // Where it is its turn, that stands above.
            let current = state.current_step().is_some_and(|step| step.id == *id);
            if let Status::Failed { reason, .. } = status
                && !current
            {
                lines.push(format!("Failed: {} ({reason})", step_title(state, id)));
            }
        }
        for (signal, known) in &state.signals {
            let signal = signals::title(signal);
            match &known.health {
                Health::Unhealthy => lines.push(format!("Not healthy: {signal}")),
                Health::Gap { reason } => lines.push(format!("Not known: {signal} ({reason})")),
                Health::Healthy => {}
            }
        }
    }
    let lines: Vec<String> = lines.iter().map(|text| line(text)).collect();
    Part::of("Risks", lines).map(Part::pressing)
}

/// What was paused, locked or taken away for the time of the run and is to be put
/// right by its cleanup.
fn to_clean_up(state: &State) -> Option<String> {
    let cleanup = state.runbook.cleanup.as_ref()?;
    // Before that there is nothing to put right.
    if !has_changed(state) {
        return None;
    }
    let open: Vec<String> = cleanup
        .steps
        .iter()
        .filter(|step| !state.status(&step.id).is_settled())
        .map(|step| format!("‘{}’", step_title(state, &step.id)))
        .collect();
    (!open.is_empty()).then(|| format!("Not cleaned up yet: {}", open.join(", ")))
}

/// Whether anything was done that may have changed something: by a command, or by hand.
fn has_changed(state: &State) -> bool {
    let by_hand = |step: &Step| {
        matches!(step.kind, Kind::Manual(_))
            && matches!(
                state.status(&step.id),
                Status::Manual(_) | Status::Concluded { .. }
            )
    };
    let mut attempts = state.attempts.values();
    let mut phases = state.runbook.all_phases();
    attempts.any(|attempt| attempt.launch.effect != Effect::Read)
        || phases.any(|phase| phase.steps.iter().any(by_hand))
}

/// What was decided.
pub(super) fn decided(state: &State, entries: &[Entry]) -> Option<Part> {
    let lines = entries.iter().filter_map(|entry| {
        let at = entry.at.format("%H:%M");
        let by = &entry.by;
        match &entry.event {
            Event::GateAnswered(answered) => {
                let reason = answered.reason.as_ref();
                let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
                let (title, label) = (step_title(state, &answered.gate), &answered.label);
                Some(line(&format!("{at} {by}: {title} → {label}{reason}")))
            }
            Event::EffectDenied { step, reason } => {
                let title = step_title(state, step);
                Some(line(&format!(
                    "{at} {by}: ‘{title}’ took no effect ({reason})"
                )))
            }
            Event::GateReopened(reopened) => {
                let (title, reason) = (step_title(state, &reopened.gate), &reopened.reason);
                Some(line(&format!("{at} {by}: {title} asked again ({reason})")))
            }
            Event::AttemptStarting { launch, .. } if launch.part == Of::OffScript => {
                let title = off_script::title(launch);
                Some(line(&format!("{at} {by}: off the script: {title}")))
            }
            Event::StepConcluded {
                step,
                conclusion: Conclusion::DoneOffScript { reason, .. },
                ..
            } => {
                let title = step_title(state, step);
                Some(line(&format!(
                    "{at} {by}: ‘{title}’ done off the script ({reason})"
                )))
            }
            _ => None,
        }
    });
    Part::of("Decided", lines.collect())
}

/// What is still to come.
pub(super) fn to_come(state: &State) -> Option<Part> {
    let phases: Vec<String> = state
        .upcoming
        .iter()
        .filter_map(|id| state.runbook.phase(id))
        .map(|phase| phase.title.clone())
        .collect();
    if phases.is_empty() || state.closed.is_some() {
        return None;
    }
    let destructive = state
        .upcoming
        .iter()
        .filter_map(|id| state.runbook.phase(id))
        .flat_map(|phase| &phase.steps)
        .filter(|step| matches!(step.kind, Kind::Run(_)) && step.effect == Effect::Destructive)
        .count();
    let destructive = match destructive {
        0 => String::new(),
        1 => "; one step of it cannot be undone".to_owned(),
        n => format!("; {n} steps of it cannot be undone"),
    };
    let text = format!("{}{destructive}", phases.join(" → "));
    Part::of("To come", vec![line(&text)])
}

/// What people wrote down.
pub(super) fn notes(state: &State) -> Option<Part> {
    const MOST: usize = 5;
    // What was taken from elsewhere is not what somebody wants the next one to know.
    let all = state.notes.iter().rev();
    let said = all.filter(|note| note.struck.is_none() && note.source.is_none());
    let words = said.map(|note| (note.moment(), format!("{}: {}", note.by, note.text)));
    let mut last: Vec<(DateTime<Utc>, String)> = words.take(MOST).collect();
    last.reverse();
    let lines = last
        .iter()
        .map(|(at, text)| line(&format!("{} {text}", at.format("%H:%M"))));
    Part::of("Notes", lines.collect())
}

/// Who drove.
pub(super) fn drove(state: &State) -> Option<Part> {
    let mut lines = who_drove(state);
    if lines.is_empty() {
        let last = state.driving.last()?;
        lines.push(format!(
            "{} on {}, from {} on",
            last.by,
            last.host,
            state.started_at.format("%Y-%m-%d %H:%M:%S UTC")
        ));
    }
    Part::of("Drove", lines.iter().map(|text| line(text)).collect())
}

fn human_since(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let time = (now - at).to_std().unwrap_or_default();
    human(Duration::from_secs(time.as_secs()))
}
