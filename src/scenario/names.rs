//! The names that a scenario uses are names of its runbook.

use crate::runbook::diagnostic::Span;
use crate::runbook::load::fields::Reader;
use crate::runbook::{Code, Gate, Kind, Run, Runbook, Step};
use crate::template::similar;

/// What kind of step is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// Any.
    Step,
    /// A command.
    Command,
    /// A decision.
    Gate,
    /// Something a person does.
    Manual,
    /// What can fail: a command or a wait.
    Fallible,
}

impl Wants {
    fn fits(self, step: &Step) -> bool {
        match self {
            Wants::Step => true,
            Wants::Command => matches!(step.kind, Kind::Run(_)),
            Wants::Gate => matches!(step.kind, Kind::Gate(_)),
            Wants::Manual => matches!(step.kind, Kind::Manual(_)),
            Wants::Fallible => matches!(step.kind, Kind::Run(_) | Kind::Wait(_)),
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Wants::Step => "step",
            Wants::Command => "step with a command",
            Wants::Gate => "gate",
            Wants::Manual => "manual step",
            Wants::Fallible => "step that can fail",
        }
    }
}

/// Says that a name is not known, and which one may be meant.
pub fn unknown<'n>(
    reader: &mut Reader,
    at: Span,
    message: String,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) {
    let all: Vec<&str> = known.collect();
    let hint = similar::closest(name, all.iter().copied()).map_or_else(
        || {
            const SHOWN: usize = 12;
            let more = if all.len() > SHOWN { ", …" } else { "" };
            let shown = all[..all.len().min(SHOWN)].join(", ");
            if shown.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has: {shown}{more}")
            }
        },
        |near| format!("did you mean `{near}`?"),
    );
    reader.error_hint(Code::UnknownName, at, message, hint);
}

/// The step of this name.
pub fn step<'b>(
    reader: &mut Reader,
    book: &'b Runbook,
    name: &str,
    at: Span,
    wants: Wants,
) -> Option<&'b Step> {
    let found = book.step(name).map(|(_, step)| step);
    if let Some(step) = found.filter(|step| wants.fits(step)) {
        return Some(step);
    }
    let message = if found.is_some() {
        format!("`{name}` is no {}", wants.noun())
    } else {
        format!("the runbook has no {} `{name}`", wants.noun())
    };
    let known = book
        .steps()
        .filter(|step| wants.fits(step))
        .map(|step| step.id.as_str());
    unknown(reader, at, message, name, known);
    None
}

/// The gate of this name and its definition.
pub fn gate<'b>(reader: &mut Reader, book: &'b Runbook, name: &str, at: Span) -> Option<&'b Gate> {
    match &step(reader, book, name, at, Wants::Gate)?.kind {
        Kind::Gate(gate) => Some(gate),
        _ => None,
    }
}

/// An answer of a gate.
pub fn answer(reader: &mut Reader, gate: &str, definition: &Gate, name: &str, at: Span) {
    if definition.answer(name).is_none() {
        let known = definition.answers.iter().map(|answer| answer.name.as_str());
        let message = format!("`{gate}` has no answer `{name}`");
        unknown(reader, at, message, name, known);
    }
}

/// A phase or a step.
pub fn phase_or_step(reader: &mut Reader, book: &Runbook, name: &str, at: Span) {
    if book.phase(name).is_none() && book.step(name).is_none() {
        let known = book
            .all_phases()
            .map(|phase| phase.id.as_str())
            .chain(book.steps().map(|step| step.id.as_str()));
        let message = format!("the runbook has no phase and no step `{name}`");
        unknown(reader, at, message, name, known);
    }
}

/// A phase.
pub fn phase(reader: &mut Reader, book: &Runbook, name: &str, at: Span) {
    if book.phase(name).is_none() {
        let known = book.all_phases().map(|phase| phase.id.as_str());
        let message = format!("the runbook has no phase `{name}`");
        unknown(reader, at, message, name, known);
    }
}

/// The key of one of a step's fallbacks.
pub fn fallback_key(step: &str, index: usize) -> String {
    format!("{step}/fallback {}", index + 1)
}

/// A fallback by its number, from 1, or by its title.
pub fn fallback(run: &Run, name: &str) -> Option<usize> {
    let by_number = name
        .trim()
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1))
        .filter(|index| *index < run.fallbacks.len());
    by_number.or_else(|| {
        run.fallbacks
            .iter()
            .position(|fallback| fallback.title == name)
    })
}

/// The key of a command: `step`, `step/script`, `step/probe`, `step/fallback 1`,
/// or `gate` for its evidence.
pub fn command(reader: &mut Reader, book: &Runbook, name: &str, at: Span) -> Option<String> {
    let (id, part) = match name.split_once('/') {
        Some((id, part)) => (id, Some(part)),
        None => (name, None),
    };
    let step = step(reader, book, id, at, Wants::Step)?;
    let known = parts(step);
    match (&step.kind, part) {
        (Kind::Run(run), Some(part)) => {
            let number = part.strip_prefix("fallback ").unwrap_or(part);
            if let Some(index) = fallback(run, number) {
                return Some(fallback_key(id, index));
            }
            if known.iter().any(|known| known == part) {
                return Some(format!("{id}/{part}"));
            }
            let message = format!("`{id}` has no command `{part}`");
            unknown(reader, at, message, part, known.iter().map(String::as_str));
            None
        }
        (Kind::Run(run), None) if run.is_parallel() => {
            reader.error_hint(
                Code::UnknownName,
                at,
                format!("`{id}` has several scripts: say it for each"),
                known
                    .iter()
                    .map(|part| format!("`{id}/{part}`"))
                    .collect::<Vec<_>>()
                    .join(", "),
            );
            None
        }
        (Kind::Run(_), None) => Some(id.to_owned()),
        (Kind::Gate(gate), None) if gate.evidence.is_some() => Some(id.to_owned()),
        (Kind::Gate(_), None) => {
            reader.error(
                Code::UnknownName,
                at,
                format!("`{id}` asks for no evidence: it runs nothing"),
            );
            None
        }
        _ => {
            reader.error(
                Code::UnknownName,
                at,
                format!("`{id}` runs no command `{name}`"),
            );
            None
        }
    }
}

/// Whether a command's key names one that runs beside its step.
pub fn is_companion(book: &Runbook, key: &str) -> bool {
    let Some((id, part)) = key.split_once('/') else {
        return false;
    };
    matches!(book.step(id), Some((_, Step { kind: Kind::Run(run), .. }))
        if run.watch.iter().any(|script| script.name == part))
}

/// The commands of a step beside its own.
fn parts(step: &Step) -> Vec<String> {
    let Kind::Run(run) = &step.kind else {
        return Vec::new();
    };
    let mut parts: Vec<String> = run
        .scripts
        .iter()
        .chain(&run.watch)
        .map(|script| script.name.clone())
        .filter(|name| !name.is_empty())
        .collect();
    parts.extend((1..=run.fallbacks.len()).map(|number| format!("fallback {number}")));
    if run.probe.is_some() {
        parts.push("probe".to_owned());
    }
    parts
}
