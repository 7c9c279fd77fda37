//! Putting the phases of used runbooks in the place of the steps that use them.
//!
//! A phase with such a step is parted: what stands before the step keeps the phase's
//! id, the used phases follow, and what stands after it is a phase of its own. This
//! happens in two goes: here everything is put in its place, so that names are
//! checked over the whole flat runbook; what depends on those checks, or would put
//! them in the wrong words, is left to `settle`.

use std::collections::BTreeSet;

use super::{
    Book, Books, DEEPEST, Uses, error,
    inputs::{self, Given},
    prefix::Renamer,
    too_deep,
};
use crate::runbook::{
    Around, Binding, CLEANUP, Code, Expression, Phase, Requires, Signal, Step, Used,
    diagnostic::{Diagnostic, Span},
    load::fields::{Named, Reader},
    model::Runbook,
    yaml::MAX_BYTES,
};
use crate::template;

/// How many steps, signals and inputs the used runbooks of one file may have, since
/// runbooks that use one another multiply.
const MOST_PARTS: usize = 10_000;

/// What is settled after the names are checked.
#[derive(Default)]
pub struct Splits {
    pub(super) groups: Vec<Group>,
    pub(super) uses: Vec<Uses>,
    /// Prefix and place of each step whose runbook cannot be used.
    pub(super) failed: Vec<(String, Span)>,
}

/// A phase of the file and the phases that it was parted into.
pub(super) struct Group {
    pub head: String,
    pub pieces: Vec<Piece>,
}

pub(super) struct Piece {
    pub phase: String,
    /// The step that it comes from, by its number; none for the file's own steps.
    pub uses: Option<usize>,
    /// The conditions that it got from around it.
    pub conditions: Vec<Around>,
}

/// A used runbook under its new names.
struct Part {
    phases: Vec<Phase>,
    cleanup: Vec<Step>,
    signals: Vec<Signal>,
    bindings: Vec<Binding>,
    used: Vec<Used>,
    requires: Requires,
}

/// Puts used phases in their places. The conditions around them and the routes are
/// left to `settle`.
pub fn splice(runbook: &mut Runbook, reader: &mut Reader, books: &mut Books<'_>) -> Splits {
    let mut splits = Splits {
        uses: std::mem::take(&mut reader.uses),
        ..Splits::default()
    };
    let mut size = Size::default();
    let mut parts: Vec<Option<Part>> = Vec::new();
    for (number, uses) in splits.uses.iter().enumerate() {
        let before = reader.findings.len();
        names_of_its_own(runbook, uses, &splits.uses[..number], &mut reader.findings);
        parts.push(part(runbook, uses, books, &mut size, &mut reader.findings));
        if reader.findings.len() > before {
            splits.failed.push((uses.prefix(), uses.at));
        }
    }
    books.height = size.height;
    books.bytes = size.bytes;
    if splits.uses.is_empty() {
        return splits;
    }
    for part in parts.iter_mut().flatten() {
        runbook.bindings.append(&mut part.bindings);
        runbook.used.append(&mut part.used);
        runbook.signals.append(&mut part.signals);
        join(&mut runbook.requires.tools, &part.requires.tools);
        join(&mut runbook.requires.env, &part.requires.env);
        offer(runbook, &mut part.cleanup);
    }
    let mut taken: BTreeSet<String> = runbook.phases.iter().map(|p| p.id.clone()).collect();
    let mut places = Vec::new();
    for (number, phase) in std::mem::take(&mut runbook.phases).into_iter().enumerate() {
        let place = reader.places.remove(&Named::Phase(number));
        let mine = |uses: &Uses| uses.phase == number;
        if !splits.uses.iter().any(mine) {
            places.push(place);
            runbook.phases.push(phase);
            continue;
        }
        let first = runbook.phases.len();
        let group = cut(
            phase,
            number,
            &splits.uses,
            &mut parts,
            &mut taken,
            &mut runbook.phases,
        );
        for (piece, _) in group.pieces.iter().zip(&runbook.phases[first..]) {
            places.push(piece.uses.map_or(place, |uses| Some(splits.uses[uses].at)));
        }
        splits.groups.push(group);
    }
    for (number, place) in places.into_iter().enumerate() {
        if let Some(place) = place {
            reader.places.insert(Named::Phase(number), place);
        }
    }
    splits
}

/// How much is used.
#[derive(Default)]
struct Size {
    parts: usize,
    bytes: usize,
    height: usize,
}

/// Names with the step's prefix belong to what it uses.
fn names_of_its_own(
    runbook: &Runbook,
    uses: &Uses,
    before: &[Uses],
    findings: &mut Vec<Diagnostic>,
) {
    let id = &uses.id;
    let twice = runbook.step(id).is_some() || before.iter().any(|other| other.id == *id);
    if twice {
        findings.push(
            Diagnostic::error(uses.at, format!("the id `{id}` is used twice"))
                .hint("ids are unique in the file")
                .code(Code::Twice),
        );
    }
    let prefix = uses.prefix();
    let phases = runbook.all_phases().map(|phase| phase.id.as_str());
    let inputs = runbook.inputs.iter().map(|input| input.name.as_str());
    let signals = runbook.signals.iter().map(|signal| signal.name.as_str());
    let steps = runbook.steps().map(|step| step.id.as_str());
    let made = runbook
        .steps()
        .flat_map(|step| step.makes().into_iter().map(|(name, _)| name));
    let mut names = phases.chain(inputs).chain(signals).chain(steps).chain(made);
    if let Some(name) = names.find(|name| name.starts_with(&prefix)) {
        findings.push(error(
            uses.at,
            format!("`{name}` of this file has the name of something that `{id}` uses"),
            format!("names that begin with `{prefix}` belong to `{}`: call one of the two something else", uses.name),
        ));
    }
}

fn part(
    runbook: &Runbook,
    uses: &Uses,
    books: &mut Books<'_>,
    size: &mut Size,
    findings: &mut Vec<Diagnostic>,
) -> Option<Part> {
    let refused = |message: String| Diagnostic::error(uses.name_at, message).code(Code::Uses);
    let found = books.book(&uses.name);
    let book = match found.as_ref() {
        Ok(book) => book,
        Err(message) => {
            findings.push(refused(message.clone()));
            return None;
        }
    };
    let inner = &book.runbook;
    size.parts += inner.steps().count() + inner.signals.len();
    size.parts += inner.inputs.len() + inner.bindings.len();
    size.bytes += book.bytes;
    size.height = size.height.max(book.height);
    if size.height > DEEPEST {
        findings.push(refused(too_deep(&uses.name)));
        return None;
    }
    if size.parts > MOST_PARTS || size.bytes > MAX_BYTES {
        let message = format!(
            "with `{}` the used runbooks have more than {MOST_PARTS} steps, signals and inputs, or are longer than {} MB",
            uses.name,
            MAX_BYTES >> 20
        );
        findings
            .push(refused(message).hint("runbooks that use one another multiply: part this one"));
        return None;
    }
    let given = inputs::given(uses, &inner.inputs, &runbook.inputs, findings);
    let (part, fault) = renamed(uses, book, given);
    if let Some(fault) = fault {
        findings.push(refused(format!(
            "`{}` cannot be used here: {fault}",
            uses.name
        )));
    }
    Some(part)
}

fn renamed(uses: &Uses, book: &Book, given: Given) -> (Part, Option<template::Fault>) {
    let inner = book.runbook.clone();
    let prefix = uses.prefix();
    let mut renamer = Renamer {
        prefix: &prefix,
        at: uses.at,
        secrets: &given.secrets,
        fault: None,
    };
    let env = renamer.env(&book.runbook);
    let mut part = Part {
        phases: inner.phases,
        cleanup: inner.cleanup.map(|phase| phase.steps).unwrap_or_default(),
        signals: inner.signals,
        bindings: inner.bindings,
        used: inner.used,
        requires: inner.requires,
    };
    for phase in &mut part.phases {
        renamer.phase(phase, &env);
        if let Some(title) = &uses.title {
            phase.title = format!("{title}: {}", phase.title);
        }
    }
    for step in &mut part.cleanup {
        renamer.step(step, &env);
    }
    for signal in &mut part.signals {
        renamer.signal(signal);
    }
    for binding in &mut part.bindings {
        renamer.binding(binding);
    }
    for inner in &mut part.used {
        renamer.used(inner, &env);
    }
    let fault = renamer.fault;
    // What an inner runbook is given is made of what this one is given.
    part.bindings.splice(0..0, given.bindings);
    let this = Used {
        prefix,
        name: uses.name.clone(),
        text: book.text.clone(),
        env,
    };
    part.used.insert(0, this);
    (part, fault)
}

fn join(all: &mut Vec<String>, more: &[String]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

/// Appends cleanup. The condition of the step that uses it does not stand before it:
/// what was left behind must be offered even if that condition has become false.
fn offer(runbook: &mut Runbook, steps: &mut Vec<Step>) {
    if steps.is_empty() {
        return;
    }
    let cleanup = runbook.cleanup.get_or_insert_with(|| Phase {
        id: CLEANUP.to_owned(),
        title: "Cleanup".to_owned(),
        role: None,
        budget: None,
        when: None,
        scope: String::new(),
        continues: false,
        around: Vec::new(),
        own_when: None,
        steps: Vec::new(),
    });
    cleanup.steps.append(steps);
}

/// Parts one phase. Its own id stays with the first piece, even an empty one: names
/// and routes are checked in the author's words.
fn cut(
    phase: Phase,
    number: usize,
    all: &[Uses],
    parts: &mut [Option<Part>],
    taken: &mut BTreeSet<String>,
    out: &mut Vec<Phase>,
) -> Group {
    let mut group = Group {
        head: phase.id.clone(),
        pieces: Vec::new(),
    };
    let mut own = |steps: Vec<Step>, out: &mut Vec<Phase>, group: &mut Group| {
        let first = group.pieces.is_empty();
        let id = if first {
            phase.id.clone()
        } else {
            free(&phase.id, taken)
        };
        group.pieces.push(Piece {
            phase: id.clone(),
            uses: None,
            conditions: Vec::new(),
        });
        out.push(Phase {
            id,
            title: phase.title.clone(),
            role: phase.role,
            budget: phase.budget,
            when: phase.when.clone(),
            scope: String::new(),
            continues: !first,
            around: around(&phase.id, phase.when.as_ref()).collect(),
            own_when: None,
            steps,
        });
    };
    let total = phase.steps.len();
    let mut steps = phase.steps.into_iter();
    let mut done = 0;
    for (index, uses) in all
        .iter()
        .enumerate()
        .filter(|(_, uses)| uses.phase == number)
    {
        let before: Vec<Step> = steps
            .by_ref()
            .take(uses.before.saturating_sub(done))
            .collect();
        done = uses.before;
        if group.pieces.is_empty() || !before.is_empty() {
            own(before, out, &mut group);
        }
        for mut used in parts[index].take().into_iter().flat_map(|part| part.phases) {
            used.continues = true;
            used.role = used.role.or(phase.role);
            group.pieces.push(Piece {
                phase: used.id.clone(),
                uses: Some(index),
                conditions: around(&phase.id, phase.when.as_ref())
                    .chain(around(&uses.prefix(), uses.when.as_ref()))
                    .collect(),
            });
            out.push(used);
        }
    }
    if done < total {
        own(steps.collect(), out, &mut group);
    }
    group
}

/// An id for another piece of a phase. No step's prefix can make the same: a used
/// phase's id goes on with a letter.
fn free(head: &str, taken: &mut BTreeSet<String>) -> String {
    let mut number = 2;
    loop {
        let id = format!("{head}__{number}");
        if taken.insert(id.clone()) {
            return id;
        }
        number += 1;
    }
}

fn around(of: &str, when: Option<&Expression>) -> impl Iterator<Item = Around> {
    let of = of.to_owned();
    when.cloned().into_iter().map(move |when| Around {
        of: of.clone(),
        when,
    })
}
