//! `check`: everything that is wrong with runbooks.

mod watch;

use std::path::{Path, PathBuf};

use super::{Exit, Failure, args, common};
use crate::check::{
    Checked, check_all,
    output::{self, Report},
};
use crate::runbook::{
    Severity,
    library::{self, Entry},
};
use crate::settings::Settings;

/// Checks runbooks and says everything that is wrong with each.
pub fn check(given: &args::Check) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    if given.watch {
        return watch::watch(given, &settings);
    }
    once(given, &settings)
}

/// Checks once.
fn once(given: &args::Check, settings: &Settings) -> Result<Exit, Failure> {
    let entries = entries(given, settings)?;
    let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
    let checked = check_all(&texts, |number| {
        library::load(&entries[number], &settings.runbooks)
    });
    match given.format {
        args::CheckFormat::Text => text(&entries, &checked)?,
        args::CheckFormat::Json => machine(&entries, &checked, output::json)?,
        args::CheckFormat::Sarif => machine(&entries, &checked, output::sarif)?,
        args::CheckFormat::Github => machine(&entries, &checked, output::github)?,
    }
    let count = |severity| -> usize { checked.iter().map(|one| one.count(severity)).sum() };
    let bad = count(Severity::Error) > 0 || given.strict && count(Severity::Warning) > 0;
    Ok(if bad { Exit::Bad } else { Exit::Good })
}

fn text(entries: &[Entry], all: &[Checked]) -> Result<(), Failure> {
    for (entry, checked) in entries.iter().zip(all) {
        let worst = checked
            .findings
            .iter()
            .any(|finding| finding.severity != Severity::Notice);
        for finding in &checked.findings {
            let shown = finding.render(&entry.shown(), &entry.text, common::color());
            eprintln!("{shown}\n");
        }
        if !worst {
            common::print(&format!("✔ {}\n", entry.shown()))?;
        }
    }
    let mut sums = Vec::new();
    for (severity, one, many) in [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Notice, "notice", "notices"),
    ] {
        let count: usize = all.iter().map(|checked| checked.count(severity)).sum();
        if count > 0 {
            sums.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    }
    if !sums.is_empty() {
        eprintln!(
            "{} in all; `rbconsole explain CODE` tells more",
            sums.join(", ")
        );
    }
    Ok(())
}

fn machine(
    entries: &[Entry],
    all: &[Checked],
    print: impl Fn(&[Report<'_>]) -> String,
) -> Result<(), Failure> {
    let files: Vec<String> = entries.iter().map(Entry::shown).collect();
    let reports: Vec<Report<'_>> = files
        .iter()
        .zip(all)
        .map(|(file, checked)| Report { file, checked })
        .collect();
    common::print(&print(&reports))
}

/// What was named: files, folders, or names; without any, everything that
/// `list` shows.
fn entries(given: &args::Check, settings: &Settings) -> Result<Vec<Entry>, Failure> {
    if given.paths.is_empty() {
        return Ok(library::list(&settings.runbooks));
    }
    let mut all = Vec::new();
    for path in &given.paths {
        if path.is_dir() {
            for file in files(path)? {
                all.push(library::read_file(&file).map_err(Failure::usage)?);
            }
        } else if path.exists() {
            all.push(library::read_file(path).map_err(Failure::usage)?);
        } else {
            let name = path.to_string_lossy();
            all.push(library::find(&name, &settings.runbooks).map_err(Failure::usage)?);
        }
    }
    Ok(all)
}

/// The runbooks of a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| Failure::usage(format!("cannot read {}: {error}", folder.display()));
    let mut files = Vec::new();
    for item in std::fs::read_dir(folder).map_err(unreadable)? {
        let file = item.map_err(unreadable)?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if (name.ends_with(".yaml") || name.ends_with(".yml")) && !name.contains(".test.") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}
