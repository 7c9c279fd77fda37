//! `note`.

mod import;

use std::collections::BTreeSet;

use super::{Exit, Failure, args, common};
use crate::engine::{self, Command, Entry, Event, State, command::Import};
use crate::journal::{Journal, JournalError};
use crate::output::text::plain;
use crate::run_dir::RunDir;
use crate::session::{backdate, inbox, resume, said, system_clock};
use crate::settings;

/// How many entries one message carries: it is to stay below the size that is taken in.
const OF_ONE_MESSAGE: usize = 30;

/// Writes something into a run's timeline: through the driver's inbox, or, when
/// nobody drives, into the journal itself.
pub fn note(given: &args::Note) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let found = common::find_run(&settings, &given.run)?;
    let dir = RunDir::open(&found.path).map_err(Failure::refused)?;
    if let Some(file) = &given.import {
        return import(&dir, file, given.kind);
    }
    let now = system_clock();
    let by = settings::operator();
    if let Some(number) = given.strike {
        let said = existing(&dir, number)?;
        let amends = inbox::Amends {
            note: number,
            strike: true,
        };
        let message = inbox::Message {
            amends: Some(amends),
            ..inbox::Message::note(by, String::new(), None)
        };
        let how = hand_in(&dir, &message, "struck")?;
        common::print(&format!(
            "{how}: note {number}, “{}”\n",
            plain(said.as_bytes())
        ))?;
        return Ok(Exit::Good);
    }
    let Some(text) = given.text.as_ref().or(given.new_text.as_ref()) else {
        return list(&dir);
    };
    let happened_at = given
        .at
        .as_ref()
        .map(|at| backdate::parse(at, now))
        .transpose()
        .map_err(Failure::usage)?;
    let said = said::Said::of(text, happened_at, now);
    if said.text.trim().is_empty() {
        return Err(Failure::usage("the note is empty"));
    }
    let whose = said.todo.as_ref().map_or_else(String::new, |todo| {
        let owner = todo.owner.as_ref().map(|owner| format!(", for {owner}"));
        let due = todo.due.map(|due| format!(", until {due}"));
        format!(
            ", to do after the run{}{}",
            owner.unwrap_or_default(),
            due.unwrap_or_default()
        )
    });
    let mut message = inbox::Message {
        todo: said.todo,
        ..inbox::Message::note(by, said.text, said.happened_at)
    };
    let mut done = "noted".to_owned();
    if let Some(number) = given.edit {
        existing(&dir, number)?;
        message.amends = Some(inbox::Amends {
            note: number,
            strike: false,
        });
        done = format!("note {number} changed");
    }
    let how = hand_in(&dir, &message, &done)?;
    let at = happened_at.map_or_else(String::new, |at| {
        format!(", for {} UTC", at.format("%Y-%m-%d %H:%M:%S"))
    });
    common::print(&format!("{how}{at}{}\n", plain(whose.as_bytes())))?;
    Ok(Exit::Good)
}

/// Leaves a message, and takes it in where nobody else will: how it went.
fn hand_in(dir: &RunDir, message: &inbox::Message, done: &str) -> Result<String, Failure> {
    let name = inbox::name(system_clock());
    inbox::put(dir, message, &name).map_err(Failure::fault)?;
    Ok(if deliver(dir)? {
        done.to_owned()
    } else {
        "handed to the console that drives the run".to_owned()
    })
}

/// What a note that can be changed says.
fn existing(dir: &RunDir, number: u32) -> Result<String, Failure> {
    let (state, _) = resume::read(dir).map_err(common::begin_failure)?;
    if state.closed.is_some() {
        return Err(Failure::refused(
            "the run is closed: its notes stand as they are",
        ));
    }
    let count = state.notes.len();
    let Some(note) = state.note(number) else {
        return Err(Failure::usage(
            engine::Refusal::NoSuchNote {
                note: number,
                count,
            }
            .to_string(),
        ));
    };
    if note.struck.is_some() {
        return Err(Failure::usage(
            engine::Refusal::NoteStruck(number).to_string(),
        ));
    }
    Ok(note.text.to_string())
}

/// The run's notes with their numbers.
fn list(dir: &RunDir) -> Result<Exit, Failure> {
    let (state, _) = resume::read(dir).map_err(common::begin_failure)?;
    let mut lines = String::new();
    for (note, number) in state.notes.iter().zip(1..) {
        let struck = note
            .struck
            .as_ref()
            .map_or_else(String::new, |(_, by)| format!(" (struck by {by})"));
        let line = format!(
            "{number:>4}  {}  {}: {}{struck}",
            note.moment().format("%Y-%m-%d %H:%M:%S UTC"),
            note.by,
            note.text.replace('\n', " "),
        );
        lines.push_str(&plain(line.as_bytes()));
        lines.push('\n');
    }
    if lines.is_empty() {
        lines.push_str("no notes yet: rbconsole note RUN TEXT writes one\n");
    }
    common::print(&lines)?;
    Ok(Exit::Good)
}

/// Takes the entries of a file in, and says how many of them were new.
fn import(
    dir: &RunDir,
    file: &std::path::Path,
    kind: Option<args::Origin>,
) -> Result<Exit, Failure> {
    let (kind, all) = import::read(file, kind, system_clock())?;
    let (state, _) = resume::read(dir).map_err(common::begin_failure)?;
    let mut seen = BTreeSet::new();
    let new: Vec<Import> = all
        .iter()
        .filter(|known| !state.knows(&known.source) && seen.insert(known.source.clone()))
        .cloned()
        .collect();
    let mut how = "imported".to_owned();
    for (part, number) in new.chunks(OF_ONE_MESSAGE).zip(0u32..) {
        let message = inbox::Message {
            imports: part.to_vec(),
            ..inbox::Message::note(settings::operator(), String::new(), None)
        };
        let name = format!("{}-{number:04}", inbox::name(system_clock()));
        inbox::put(dir, &message, &name).map_err(Failure::fault)?;
    }
    if !new.is_empty() && !deliver(dir)? {
        "handed to the console that drives the run".clone_into(&mut how);
    }
    let known = all.len() - new.len();
    common::print(&format!(
        "{how}: {} new from {}, {known} known already\n",
        new.len(),
        kind.word()
    ))?;
    Ok(Exit::Good)
}

/// Writes what waits in a run's inbox into its journal, unless someone drives the
/// run and will do so: whether it was done.
pub fn deliver(dir: &RunDir) -> Result<bool, Failure> {
    let (mut journal, recovered) = match Journal::open_in_passing(dir) {
        Ok(opened) => opened,
        Err(JournalError::Driven(_)) => return Ok(false),
        Err(other) => return Err(Failure::fault(other)),
    };
    // Under the lock: nobody else takes the same files. An approval is judged by the rules of
    // a driver: the next one takes it in. To hand over was asked of somebody who drives no more.
    let waiting: Vec<_> = inbox::waiting(dir)
        .into_iter()
        .filter_map(|(file, message)| Some((file, message.written()?, message.by)))
        .collect();
    if waiting.is_empty() {
        return Ok(true);
    }
    let mut state = resume::state(dir, &recovered.entries).map_err(common::begin_failure)?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut refused = None;
    for (_, command, by) in &waiting {
        match written(&mut state, command, by) {
            Ok(more) => entries.extend(more),
            Err(refusal) => refused = Some(refusal),
        }
    }
    if !entries.is_empty() {
        journal.append(&entries, true).map_err(Failure::fault)?;
    }
    for (file, ..) in waiting {
        // A file that stays is taken in again: a note twice is better than none.
        let _ = std::fs::remove_file(file);
    }
    match refused {
        Some(refusal) => Err(Failure::refused(refusal.to_string())),
        None => Ok(true),
    }
}

/// What is recorded of something that somebody wrote: that alone, since nobody drives
/// who could answer for what else would follow.
fn written(state: &mut State, command: &Command, by: &str) -> Result<Vec<Entry>, engine::Refusal> {
    let now = system_clock();
    let decision = engine::decide(state, command.clone(), by, now)?;
    let is_written =
        |event: &Event| matches!(event, Event::NoteAdded { .. } | Event::NoteAmended { .. });
    let entries: Vec<Entry> = decision
        .events
        .into_iter()
        .filter(is_written)
        .map(|event| Entry {
            at: now,
            by: by.into(),
            event,
        })
        .collect();
    for entry in &entries {
        engine::apply(state, entry);
    }
    Ok(entries)
}
