//! `note`.

use super::{Exit, Failure, args, common};
use crate::engine::{Entry, Event};
use crate::journal::{Journal, JournalError};
use crate::run_dir::RunDir;
use crate::session::{backdate, inbox, system_clock};
use crate::settings;

/// Writes something into a run's timeline: through the driver's inbox, or, when
/// nobody drives, into the journal itself.
pub fn note(given: &args::Note) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let found = common::find_run(&settings, &given.run)?;
    let now = system_clock();
    let happened_at = given
        .at
        .as_ref()
        .map(|at| backdate::parse(at, now))
        .transpose()
        .map_err(Failure::usage)?;
    if given.text.trim().is_empty() {
        return Err(Failure::usage("the note is empty"));
    }
    let by = settings::operator();
    let dir = RunDir::open(&found.path).map_err(Failure::refused)?;
    let message = inbox::Message {
        by,
        text: given.text.clone(),
        happened_at,
        attests: None,
        asks: None,
    };
    let name = inbox::name(now);
    inbox::put(&dir, &message, &name).map_err(Failure::fault)?;
    let how = if deliver(&dir)? {
        "noted"
    } else {
        "handed to the console that drives the run"
    };
    let at = happened_at.map_or_else(String::new, |at| {
        format!(", for {} UTC", at.format("%Y-%m-%d %H:%M:%S"))
    });
    common::print(&format!("{how}{at}\n"))?;
    Ok(Exit::Good)
}

/// Writes what waits in a run's inbox into its journal, unless someone drives the
/// run and will do so: whether it was done.
pub fn deliver(dir: &RunDir) -> Result<bool, Failure> {
    let mut journal = match Journal::open_in_passing(dir) {
        Ok((journal, _)) => journal,
        Err(JournalError::Driven(_)) => return Ok(false),
        Err(other) => return Err(Failure::fault(other)),
    };
    // Under the lock: nobody else takes the same files.
    let waiting: Vec<_> = inbox::waiting(dir)
        .into_iter()
        // An approval is judged by the rules: the next driver takes it in. To hand over
        // was asked of somebody who drives no more.
        .filter(|(_, message)| message.attests.is_none() && message.asks.is_none())
        .collect();
    let entries: Vec<Entry> = waiting
        .iter()
        .map(|(_, message)| Entry {
            at: system_clock(),
            by: message.by.clone(),
            event: Event::NoteAdded {
                text: message.text.clone(),
                happened_at: message.happened_at,
                todo: None,
                source: None,
            },
        })
        .collect();
    if entries.is_empty() {
        return Ok(true);
    }
    journal.append(&entries, true).map_err(Failure::fault)?;
    for (file, _) in waiting {
        // A file that stays is taken in again: a note twice is better than none.
        let _ = std::fs::remove_file(file);
    }
    Ok(true)
}
