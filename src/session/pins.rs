//! The pinned runbook and the file that it was: a run goes on with what it began
//! with, and says so when the file has changed since.

use std::path::{Path, PathBuf};

use crate::engine::Started;
use crate::journal::record::Hash;
use crate::runbook::library::{self, LibraryError};
use crate::trust::difference::{counts, unified};

/// What became of the file since the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The file, or `built-in:name`.
    pub file: String,
    /// In one sentence.
    pub words: String,
    /// From the pinned text to what stands there now, unified; empty when nothing
    /// stands there.
    pub difference: String,
}

/// Compares a run's pinned runbook with what is found now where it came from.
pub fn compare(started: &Started, pinned: &str, folders: &[PathBuf]) -> Option<Changed> {
    let on = "the run goes on with the runbook that it began with";
    let found = match &started.file {
        Some(file) => library::read_file(Path::new(file)),
        None => library::find(&started.runbook, folders),
    };
    let entry = match found {
        Ok(entry) => entry,
        // A name that nobody knows here says nothing: the run may come from a file.
        Err(LibraryError::NotFound { .. }) if started.file.is_none() => return None,
        Err(error) => {
            return Some(Changed {
                file: started
                    .file
                    .clone()
                    .unwrap_or_else(|| started.runbook.clone()),
                words: format!("the runbook's file cannot be compared ({error}): {on}"),
                difference: String::new(),
            });
        }
    };
    if Hash::of(entry.text.as_bytes()).to_string() == started.digest {
        return None;
    }
    let file = entry.shown();
    let difference = unified(pinned, &entry.text, "runbook.yaml (of the run)", &file);
    let (added, removed) = counts(&difference);
    Some(Changed {
        words: format!(
            "{file} has changed since the run began ({added} lines added, {removed} removed): {on}"
        ),
        file,
        difference,
    })
}
