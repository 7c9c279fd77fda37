//! The words of what people write into a run and do beside its script.

use chrono::{DateTime, Utc};

use super::{Mark, of_attempt, step_title, with_values};
use crate::engine::{
    AttemptId, Entry, Event, State,
    effect::Launch,
    event::{Conclusion, Reopened, Todo},
    off_script,
    state::Note,
};

type Told = Option<(Mark, String, bool)>;

/// A note as it stands; nothing of one that was struck.
pub(super) fn note(note: &Note) -> Told {
    if note.struck.is_some() {
        return None;
    }
    let text = match (&note.source, &note.todo) {
        (Some(source), _) => format!("{} (from {})", note.text, source.from),
        (None, Some(todo)) => format!("{}: to do: {}{}", note.by, note.text, whose(todo)),
        // As most are: there may be thousands.
        (None, None) => [&*note.by, ": ", &*note.text].concat(),
    };
    Some((Mark::Note, text, false))
}

/// Who is to do it and until when, as it stands behind a text.
fn whose(todo: &Todo) -> String {
    let due = todo.due.map(|due| format!("by {due}"));
    let parts: Vec<String> = todo.owner.clone().into_iter().chain(due).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

/// What became of a note: the record keeps what it said before.
pub(super) fn amended(state: &State, entry: &Entry, number: u32, struck: bool) -> Told {
    let note = state.note(number)?;
    let by = &entry.by;
    let text = if struck {
        format!("{by} struck a note of {}’s: “{}”", note.by, note.text)
    } else {
        let said = |at: DateTime<Utc>| {
            let known = note.earlier.iter().find(|known| known.at == at);
            known.map_or("", |known| &*known.text)
        };
        format!(
            "{by} changed a note of {}’s; it said “{}”",
            note.by,
            said(entry.at)
        )
    };
    Some((Mark::Note, text, true))
}

/// A command of the operator's own begins.
pub(super) fn begins(state: &State, launch: &Launch, beside: Option<&str>) -> (Mark, String, bool) {
    let place = beside.map_or_else(String::new, |step| {
        format!(" · beside ‘{}’", step_title(state, step))
    });
    let text = format!("Off-script: {}{place}", off_script::title(launch));
    (Mark::Decision, text, false)
}

/// The rest of what is done beside the script.
pub(super) fn words(state: &State, entry: &Entry) -> Told {
    let step = |id: &str| step_title(state, id);
    let by = &entry.by;
    let text = match &entry.event {
        Event::OffScriptDeclared {
            attempt,
            took_effect,
            reason,
        } => {
            let took = if *took_effect {
                "took effect"
            } else {
                "took no effect"
            };
            format!(
                "{} {took}, says {by}: {reason}",
                of_attempt(state, *attempt)
            )
        }
        Event::StepConcluded {
            step: id,
            conclusion: Conclusion::DoneOffScript { reason, attempt },
            values,
        } => {
            let means = attempt.map_or_else(String::new, |attempt| done_by(state, attempt));
            let text = format!(
                "{} was done off the script, says {by}: {reason}{means}",
                step(id)
            );
            with_values(text, values)
        }
        Event::GateReopened(reopened) => {
            let Reopened {
                gate,
                reason,
                again,
                done,
                ..
            } = &**reopened;
            let mut text = format!("{} is asked again, says {by}: {reason}", step(gate));
            let gates: Vec<String> = again
                .iter()
                .filter(|id| *id != gate && is_gate(state, id))
                .map(|id| step(id))
                .collect();
            if !gates.is_empty() {
                text = format!("{text} · so are: {}", gates.join(", "));
            }
            if !done.is_empty() {
                let done: Vec<String> = done.iter().map(|id| step(id)).collect();
                text = format!("{text} · what stays done: {}", done.join(", "));
            }
            text
        }
        _ => return None,
    };
    Some((Mark::Decision, text, false))
}

fn done_by(state: &State, attempt: AttemptId) -> String {
    let known = state.attempts.get(&attempt);
    known.map_or_else(String::new, |known| {
        format!(" (by {})", off_script::title(&known.launch))
    })
}

fn is_gate(state: &State, id: &str) -> bool {
    let known = state.runbook.step(id);
    known.is_some_and(|(_, step)| matches!(step.kind, crate::runbook::Kind::Gate(_)))
}
