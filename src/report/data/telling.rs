//! The run in a few sentences: what somebody reads who reads nothing else.

use super::{Comparison, Decision, TimeMark};
use crate::engine::{
    State,
    event::RunKind,
    state::{PhaseStatus, Status},
};
use crate::report::{Source, timeline::step_title};
use crate::runbook::human;

/// How many decisions are told; the others stand in their own section.
const DECISIONS: usize = 5;
/// How many steps are named that have become worse.
const NAMED: usize = 5;

/// A sentence a line.
pub(super) fn summary(
    source: &Source<'_>,
    decisions: &[Decision],
    marks: &[TimeMark],
    compared: Option<&Comparison>,
) -> Vec<String> {
    let mut sentences = vec![course(source)];
    sentences.extend(compared.map(beside_others));
    sentences.extend(compared.and_then(rotten));
    sentences.extend(stopped_at(source.state));
    sentences.extend(decided(decisions));
    sentences.extend(times(marks));
    sentences
}

/// Who followed which runbook where and when, and what came of it.
fn course(source: &Source<'_>) -> String {
    let state = source.state;
    let run = &state.run;
    let kind = match run.kind {
        RunKind::Incident => "",
        RunKind::Drill => "In a drill, ",
        RunKind::Rehearsal => "In a rehearsal, ",
    };
    let place = run
        .environment
        .as_ref()
        .map_or_else(String::new, |place| format!(" on {place}"));
    let who = who(state);
    let book = &state.runbook.title;
    let began = state.started_at;
    let date = began.format("%Y-%m-%d");
    let from = began.format("%H:%M:%S");
    let end = state.closed.as_ref();
    let until = end.map_or(source.now, |closed| closed.at);
    let took = human((until - began).to_std().unwrap_or_default());
    let Some(closed) = end else {
        return format!(
            "{kind}{who} began the runbook ‘{book}’{place} on {date} at {from} UTC; after {took} it is still open."
        );
    };
    let until = if closed.at.date_naive() == began.date_naive() {
        closed.at.format("%H:%M:%S").to_string()
    } else {
        closed.at.format("%Y-%m-%d %H:%M:%S").to_string()
    };
    let said = closed.note.trim().trim_end_matches('.');
    let said = if said.is_empty() {
        String::new()
    } else {
        format!(": {said}")
    };
    format!(
        "{kind}{who} followed the runbook ‘{book}’{place} on {date} from {from} to {until} UTC. After {took} the run was closed as {}{said}.",
        closed.outcome.word()
    )
}

/// A drill beside those before it: whether it can still be done, and how fast.
fn beside_others(compared: &Comparison) -> String {
    let drills = match compared.drills {
        1 => "the drill before it".to_owned(),
        drills => format!("the {drills} drills before it"),
    };
    let good = match (compared.good_drills, compared.drills) {
        (0, 1) => "did not end well".to_owned(),
        (1, 1) => "ended well".to_owned(),
        (0, _) => "none ended well".to_owned(),
        (good, all) if good == all => "all ended well".to_owned(),
        (good, _) => format!("{good} ended well"),
    };
    let took = compared.drills_took.as_ref();
    let took = took.map_or_else(String::new, |took| {
        format!(", with a median of {}", took.words)
    });
    let of = if compared.drills == 1 { "" } else { "of " };
    capital(&format!("{of}{drills} {good}{took}."))
}

/// What has become worse since.
fn rotten(compared: &Comparison) -> Option<String> {
    let worse: Vec<String> = compared
        .steps
        .iter()
        .filter(|step| !step.remarks.is_empty())
        .map(|step| format!("‘{}’ ({})", step.title, step.remarks.join(", ")))
        .collect();
    let (last, others) = worse.split_last()?;
    Some(match others.len() {
        0 => format!("To be looked at: {last}."),
        1..NAMED => format!("To be looked at: {} and {last}.", others.join(", ")),
        _ => format!(
            "To be looked at: {} and {} more steps.",
            worse[..NAMED].join(", "),
            worse.len() - NAMED
        ),
    })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Everyone who drove it, each once.
fn who(state: &State) -> String {
    let mut names: Vec<&str> = Vec::new();
    let first = std::iter::once(&state.started_by);
    for name in first.chain(state.driving.drives.iter().map(|drive| &drive.by)) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => {
            format!("{} and {last}", others.join(", "))
        }
        _ => names.concat(),
    }
}

/// Where a run ended that did not come to its end.
fn stopped_at(state: &State) -> Option<String> {
    let closed = state.closed.as_ref()?;
    let left = state
        .phases
        .iter()
        .rfind(|phase| matches!(phase.status, PhaseStatus::Left { .. }))?;
    let phase = state.runbook.phase(&left.id)?;
    let failed = phase.steps.iter().find_map(|step| {
        let title = || step_title(state, &step.id);
        match state.status(&step.id) {
            Status::Failed { reason, .. } => Some(format!(": ‘{}’ had failed ({reason})", title())),
            Status::Unknown { .. } => Some(format!(": the outcome of ‘{}’ was unknown", title())),
            _ => None,
        }
    });
    let left = match (failed, closed.unfinished.len()) {
        (Some(failed), _) => failed,
        (None, 0) => return None,
        (None, 1) => ", one step before its end".to_owned(),
        (None, steps) => format!(", {steps} steps before its end"),
    };
    Some(format!("It ended in the phase ‘{}’{left}.", phase.title))
}

fn decided(decisions: &[Decision]) -> Vec<String> {
    let mut sentences: Vec<String> = decisions.iter().take(DECISIONS).map(decision).collect();
    match decisions.len().saturating_sub(DECISIONS) {
        0 => {}
        1 => sentences.push("One more decision was taken.".to_owned()),
        more => sentences.push(format!("{more} more decisions were taken.")),
    }
    sentences
}

fn decision(decision: &Decision) -> String {
    let why = decision.reason.as_ref().or(decision.suggested.as_ref());
    let why = why.map_or_else(String::new, |why| {
        format!(" ({})", why.trim().trim_end_matches('.'))
    });
    let against = if decision.overrides.is_some() {
        ", against the suggestion"
    } else {
        ""
    };
    let taken_back = if decision.taken_back.is_some() {
        "; that was taken back later"
    } else {
        ""
    };
    format!(
        "To ‘{}’ {} answered ‘{}’{against}{why}{taken_back}.",
        decision.title, decision.by, decision.answer
    )
}

/// The times that matter, in one sentence.
fn times(marks: &[TimeMark]) -> Option<String> {
    let told: Vec<String> = marks
        .iter()
        .map(|mark| {
            let about = if mark.estimated { "about " } else { "" };
            let done = match mark.name {
                "detect" => "detected",
                "decide" => "decided",
                "stop" => "stopped",
                "mitigate" => "mitigated",
                _ => "verified",
            };
            format!("{done} after {about}{}", mark.took.words)
        })
        .collect();
    let (last, others) = told.split_last()?;
    let text = if others.is_empty() {
        last.clone()
    } else {
        format!("{} and {last}", others.join(", "))
    };
    // The other times begin with the run.
    let text = if marks.first().is_some_and(|mark| mark.name == "detect") {
        format!("counted from the earliest note, it was {text}")
    } else {
        text
    };
    Some(format!("{}.", capital(&text)))
}
