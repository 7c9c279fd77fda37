//! Killed again while it takes the run up: at each step of a resume, after each way in which a console can have died.

use std::collections::BTreeSet;

use rbconsole::crash::POINTS;

use crate::{
    books::Book,
    checks::{Crashed, End, holds},
    lab::{Env, Found, Lab},
    matrix::{all, calm, to_the_end},
};

/// How the first console died: half an append on the disk, a launch that nobody began, one that was begun, one that is
/// over by the time that somebody looks, and a note that is not folded in yet.
const FIRST: &[&str] = &[
    "console.append_half:3",
    "console.spec_written",
    "console.supervisor_spawned",
    "console.begin_sent",
    "console.report_heard",
    "console.note_found",
];

/// What a resume passes.
fn of_a_resume(point: &str) -> bool {
    [
        "console.torn_cut",
        "console.resume_",
        "console.claim_",
        "console.lock_taken",
        "console.append_",
        "console.event_folded",
        "console.report_heard",
        "console.note_",
        "console.launch_begun",
        "console.begin_sent",
    ]
    .iter()
    .any(|prefix| point.starts_with(prefix))
}

fn crashed_once(book: &'static Book, first: &str) -> Found<Lab> {
    let mut lab = Lab::new(book);
    let ended = lab.run(&Env::killed_at(first, &lab.trace()))?;
    if !ended.was_killed() {
        return Err(format!("{first} was not passed"));
    }
    if book.name == "notes" {
        // The program that leaves the note passes points too, after the console's death.
        lab.is_quiet()?;
    }
    // What is passed from here on counts for the second one.
    std::fs::remove_file(lab.trace()).map_err(|error| error.to_string())?;
    Ok(lab)
}

fn killed_twice(book: &'static Book, first: &str, second: &str, end: &End) -> Found<bool> {
    let mut lab = crashed_once(book, first)?;
    let env = Env::killed_at(second, &lab.trace());
    let ended = lab.resume(&env)?;
    let crashed = Crashed { supervisors: false };
    to_the_end(&mut lab, &Env::default())
        .and_then(|()| holds(&mut lab, end, crashed))
        .map_err(|error| format!("{first}, then {second}: {error}\n{}", lab.story()))?;
    Ok(ended.was_killed())
}

fn every_pair(name: &str) {
    let book = Book::named(name);
    let calm = calm(book).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut pairs = Vec::new();
    for first in FIRST {
        if first.starts_with("console.note_") != (name == "notes") {
            continue;
        }
        for second in POINTS.iter().filter(|point| of_a_resume(point)) {
            pairs.push((*first, *second));
        }
    }
    let reached = std::sync::Mutex::new(BTreeSet::new());
    let wrong = all(&pairs, |(first, second)| {
        if killed_twice(book, first, second, &calm.end)? {
            let mut reached = reached.lock().map_err(|error| error.to_string())?;
            reached.insert(*second);
        }
        Ok(())
    });
    assert!(
        wrong.is_empty(),
        "{} of {} experiments with {name}:\n{}",
        wrong.len(),
        pairs.len(),
        wrong.join("\n\n")
    );
    let reached = reached.into_inner().expect("nobody panicked");
    let mut wanted: BTreeSet<&str> = [
        "console.resume_read",
        "console.resume_folded",
        "console.resume_asked",
        "console.append_begun",
        "console.append_half",
        "console.append_synced",
    ]
    .into();
    // A note that waits is taken in by whoever comes first, be it the program that leaves
    // the next one: what a resume passes of it is left to chance.
    if name != "notes" {
        wanted.extend([
            "console.torn_cut",
            "console.resume_adopted",
            "console.claim_made",
            "console.claim_filled",
        ]);
    }
    let missing: Vec<_> = wanted.difference(&reached).collect();
    assert!(missing.is_empty(), "{name}: never killed at {missing:?}");
    println!("{name}: {} experiments", pairs.len());
}

#[test]
fn a_command_is_taken_up_twice() {
    every_pair("command");
}

#[test]
fn a_terminal_is_taken_up_twice() {
    every_pair("terminal");
}

#[test]
fn what_runs_side_by_side_is_taken_up_twice() {
    every_pair("parallel");
}

#[test]
fn a_guarded_run_is_taken_up_twice() {
    every_pair("guarded");
}

#[test]
fn notes_are_taken_up_twice() {
    every_pair("notes");
}

/// Every name of the list is passed by some run, so that none is there for show.
#[test]
fn every_point_is_passed() {
    let mut passed = BTreeSet::new();
    for name in ["command", "terminal", "uses", "notes", "gate", "deadline"] {
        let calm = calm(Book::named(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        passed.extend(calm.passed.into_keys());
    }
    for first in ["console.append_half:3", "console.spec_written"] {
        let mut lab = crashed_once(Book::named("command"), first).expect("a console that dies");
        let env = Env::traced(&lab.trace());
        to_the_end(&mut lab, &env).expect("the run is closed");
        lab.is_clean().expect("nothing is left");
        passed.extend(lab.passed().into_keys());
    }
    let known: BTreeSet<String> = POINTS.iter().map(|&point| point.to_owned()).collect();
    let never: Vec<_> = known.difference(&passed).collect();
    assert!(never.is_empty(), "nothing passes {never:?}");
}
