//! `check`: everything that is wrong with runbooks.

mod watch;

use std::path::{Path, PathBuf};

use super::{Exit, Failure, args, color, common};
use crate::check::{
    Checked, check_all,
    output::{self, Report},
};
use crate::runbook::{
    Code, Diagnostic, Loaded, Severity,
    diagnostic::Span,
    library::{self, Entry, LibraryError, Origin},
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
    let read = entries(given, settings)?;
    let entries: Vec<Entry> = read.iter().map(|read| read.entry.clone()).collect();
    let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
    let mut checked = check_all(&texts, |number| match &read[number].wrong {
        Some(finding) => Loaded {
            runbook: None,
            findings: vec![finding.clone()],
        },
        None => library::load(&entries[number], &settings.runbooks),
    });
    if given.paths.is_empty() {
        only_what_counts(&entries, &mut checked);
    }
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

/// Nobody asked for the built-in runbooks, and nobody can mend them: their
/// notices would only hide what is wrong with the others.
fn only_what_counts(entries: &[Entry], all: &mut [Checked]) {
    for (entry, checked) in entries.iter().zip(all) {
        if entry.origin == Origin::BuiltIn {
            checked
                .findings
                .retain(|finding| finding.severity != Severity::Notice);
        }
    }
}

fn text(entries: &[Entry], all: &[Checked]) -> Result<(), Failure> {
    for (entry, checked) in entries.iter().zip(all) {
        let worst = checked
            .findings
            .iter()
            .any(|finding| finding.severity != Severity::Notice);
        for finding in &checked.findings {
            let shown = finding.render(&entry.shown(), &entry.text, color::on(&std::io::stderr()));
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

/// A file, and why it cannot be checked.
struct Read {
    entry: Entry,
    wrong: Option<Diagnostic>,
}

/// What was named: files, folders, or names; without any, everything that
/// `list` shows.
fn entries(given: &args::Check, settings: &Settings) -> Result<Vec<Read>, Failure> {
    let fine = |entry| Read { entry, wrong: None };
    if given.paths.is_empty() {
        let all = library::list(&settings.runbooks);
        return Ok(all.into_iter().map(fine).collect());
    }
    let mut all = Vec::new();
    for path in &given.paths {
        if path.is_dir() {
            let found = files(path)?;
            if found.is_empty() {
                let folder = path.display();
                return Err(Failure::usage(format!(
                    "{folder} holds no runbooks (NAME.yaml)"
                )));
            }
            all.extend(found.iter().map(|file| read(file)));
        } else if path.exists() && is_scenarios(path) {
            // `check *.yaml` names them too.
            let shown = path.display();
            eprintln!("{shown} holds scenarios, no runbook: `rbconsole test` plays them");
        } else if path.exists() {
            all.push(read(path));
        } else {
            let name = path.to_string_lossy();
            all.push(
                library::find(&name, &settings.runbooks)
                    .map_or_else(|error| Err(Failure::usage(error)), |entry| Ok(fine(entry)))?,
            );
        }
    }
    if all.is_empty() {
        return Err(Failure::usage("no runbook was named"));
    }
    Ok(all)
}

/// One file; that it cannot be read is a finding, and the others are checked.
fn read(path: &Path) -> Read {
    let error = match library::read_file(path) {
        Ok(entry) => return Read { entry, wrong: None },
        Err(error) => error,
    };
    let (text, finding) = match error {
        LibraryError::NotText { finding, .. } => (before_damage(path), *finding),
        LibraryError::Unreadable { source, .. } => {
            let message = format!("this file cannot be read: {source}");
            let finding = Diagnostic::error(Span::default(), message).code(Code::File);
            (String::new(), finding)
        }
        other @ LibraryError::NotFound { .. } => {
            let finding = Diagnostic::error(Span::default(), other.to_string());
            (String::new(), finding.code(Code::File))
        }
    };
    let stem = path.file_stem().unwrap_or_default();
    Read {
        entry: Entry {
            name: stem.to_string_lossy().into_owned(),
            origin: Origin::File(path.to_owned()),
            text,
        },
        wrong: Some(finding),
    }
}

/// The text up to what is none, to be shown with the finding.
fn before_damage(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = bytes.utf8_chunks().next();
    format!("{}\u{fffd}", text.map_or("", |chunk| chunk.valid()))
}

fn is_scenarios(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().contains(".test."))
}

/// The runbooks of a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| Failure::usage(format!("cannot read {}: {error}", folder.display()));
    let mut files = Vec::new();
    for item in std::fs::read_dir(folder).map_err(unreadable)? {
        let file = item.map_err(unreadable)?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if (name.ends_with(".yaml") || name.ends_with(".yml")) && !is_scenarios(&file) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_of_built_in_runbooks_are_left_out_and_worse_is_not() {
        let entry = |origin| Entry {
            name: "x".to_owned(),
            origin,
            text: String::new(),
        };
        let entries = [entry(Origin::BuiltIn), entry(Origin::File("x.yaml".into()))];
        let finding = |severity| Diagnostic {
            severity,
            ..Diagnostic::error(Span::default(), "wrong")
        };
        let all = [Severity::Notice, Severity::Warning, Severity::Error];
        let mut checked = entries.each_ref().map(|_| Checked {
            runbook: None,
            findings: all.map(finding).to_vec(),
        });
        only_what_counts(&entries, &mut checked);
        let left = checked.map(|one| all.map(|severity| one.count(severity)));
        assert_eq!(left, [[0, 1, 1], [1, 1, 1]]);
    }
}
