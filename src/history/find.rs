//! A run by what people call it.

use std::path::{Path, PathBuf};

use super::{RunSummary, list, summarize};

/// Why no run was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There are no runs.
    #[error("there are no runs yet: start one with `rbconsole run RUNBOOK`")]
    Empty,
    /// None fits.
    #[error("no run is called `{0}`: `rbconsole runs` lists them")]
    None(String),
    /// Several fit.
    #[error("several runs begin with `{wanted}`: {}", found.join(", "))]
    Several {
        /// What was asked for.
        wanted: String,
        /// What fits.
        found: Vec<String>,
    },
}

/// A run by its id, a unique beginning of one, or `last`.
///
/// # Errors
/// When none or several fit.
pub fn find(runs: &Path, wanted: &str) -> Result<RunSummary, FindError> {
    if let Some(itself) = by_its_whole_name(runs, wanted) {
        return Ok(summarize(&itself));
    }
    let all = list(runs);
    if wanted == "last" {
        return all
            .into_iter()
            .max_by(|a, b| {
                a.about()
                    .map(|x| x.started_at)
                    .cmp(&b.about().map(|x| x.started_at))
            })
            .ok_or(FindError::Empty);
    }
    let mut found: Vec<RunSummary> = all
        .into_iter()
        .filter(|run| run.id.starts_with(wanted))
        .collect();
    if let Some(exact) = found.iter().position(|run| run.id == wanted) {
        return Ok(found.swap_remove(exact));
    }
    match found.len() {
        0 => Err(FindError::None(wanted.to_owned())),
        1 => Ok(found.swap_remove(0)),
        _ => Err(FindError::Several {
            wanted: wanted.to_owned(),
            found: found.into_iter().map(|run| run.id).collect(),
        }),
    }
}

/// The directory of such a run, for who reads all of it anyway.
///
/// # Errors
/// As [`find`].
pub fn find_dir(runs: &Path, wanted: &str) -> Result<PathBuf, FindError> {
    by_its_whole_name(runs, wanted).map_or_else(|| Ok(find(runs, wanted)?.path), Ok)
}

/// As programs and what we print ourselves call it: nobody needs to look at all the others.
fn by_its_whole_name(runs: &Path, wanted: &str) -> Option<PathBuf> {
    let itself = runs.join(wanted);
    (is_one_name(wanted) && itself.is_dir()).then_some(itself)
}

/// Whether it names something in a folder, and nothing that lies elsewhere.
fn is_one_name(wanted: &str) -> bool {
    !wanted.starts_with('.') && !wanted.is_empty() && !wanted.contains('/') && wanted != "last"
}
