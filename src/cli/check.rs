//! `check`.

use std::path::PathBuf;

use super::{Exit, Failure, args, common};
use crate::runbook::library::{self, Entry};

/// Checks runbooks and says everything that is wrong with each.
pub fn check(given: &args::Check) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let entries = if given.paths.is_empty() {
        library::list(&settings.runbooks)
    } else {
        given
            .paths
            .iter()
            .map(entries)
            .collect::<Result<Vec<_>, _>>()?
            .concat()
    };
    let mut errors = 0;
    for entry in &entries {
        let loaded = library::load(entry, &settings.runbooks);
        errors += loaded.errors();
        if loaded.findings.is_empty() {
            common::print(&format!("✔ {}\n", entry.shown()))?;
        } else {
            eprintln!(
                "{}\n",
                loaded.render(&entry.shown(), &entry.text, common::color())
            );
        }
    }
    if errors == 0 {
        return Ok(Exit::Good);
    }
    eprintln!(
        "{errors} {} in all",
        if errors == 1 { "error" } else { "errors" }
    );
    Ok(Exit::Bad)
}

fn entries(path: &PathBuf) -> Result<Vec<Entry>, Failure> {
    if path.is_dir() {
        let mut files: Vec<PathBuf> = std::fs::read_dir(path)
            .map_err(Failure::usage)?
            .filter_map(|item| item.ok().map(|item| item.path()))
            .filter(|file| {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                (name.ends_with(".yaml") || name.ends_with(".yml")) && !name.contains(".test.")
            })
            .collect();
        files.sort();
        return files
            .iter()
            .map(|file| library::read_file(file).map_err(Failure::usage))
            .collect();
    }
    Ok(vec![library::read_file(path).map_err(Failure::usage)?])
}
