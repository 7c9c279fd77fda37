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
    let how = match Journal::open(&dir, &format!("{by} (note)")) {
        Ok((mut journal, _)) => {
            let entry = Entry {
                at: now,
                by,
                event: Event::NoteAdded {
                    text: given.text.clone(),
                    happened_at,
                },
            };
            journal.append(&[entry], true).map_err(Failure::fault)?;
            "noted"
        }
        Err(JournalError::Driven(_)) => {
            let message = inbox::Message {
                by,
                text: given.text.clone(),
                happened_at,
            };
            let name = format!("{}-{}", now.format("%Y%m%dT%H%M%S%9f"), std::process::id());
            inbox::put(&dir, &message, &name).map_err(Failure::fault)?;
            "handed to the console that drives the run"
        }
        Err(other) => return Err(Failure::fault(other)),
    };
    let at = happened_at.map_or_else(String::new, |at| {
        format!(", for {} UTC", at.format("%Y-%m-%d %H:%M:%S"))
    });
    common::print(&format!("{how}{at}\n"))?;
    Ok(Exit::Good)
}
