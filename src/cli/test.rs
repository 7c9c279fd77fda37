//! `test`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Exit, Failure, args, color, common};
use crate::check::routes::{Limits, walk};
use crate::runbook::{
    Diagnostic,
    library::{self, Entry, Origin},
};
use crate::scenario::{
    File, Suite, Verdict,
    coverage::{Coverage, Share, went_to_the_end},
    junit, tell,
};

/// Plays scenarios and says what is not as expected.
pub fn test(given: &args::Test) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let files = if given.paths.is_empty() {
        everything(&settings.runbooks)?
    } else {
        let mut files = Vec::new();
        for path in &given.paths {
            files.extend(named(path, &settings.runbooks)?);
        }
        files
    };
    let mut suites = Vec::new();
    let mut unreadable = 0;
    for file in files {
        match suite(&file, &settings.runbooks) {
            Ok(suite) => suites.push(suite),
            Err(message) => {
                eprintln!("{message}\n");
                unreadable += 1;
            }
        }
    }
    let only = given.only.as_deref().unwrap_or_default();
    let played: Vec<(&Suite, Vec<Verdict>)> = suites
        .iter()
        .map(|suite| (suite, suite.run(only)))
        .collect();
    let all: Vec<&Verdict> = played.iter().flat_map(|(_, verdicts)| verdicts).collect();
    if all.is_empty() && unreadable == 0 {
        return Err(Failure::usage(match &given.only {
            Some(text) => format!("no scenario has `{text}` in its name"),
            None => "there are no scenarios: write NAME.test.yaml beside NAME.yaml".to_owned(),
        }));
    }
    let covered: Vec<(&str, Coverage)> = played
        .iter()
        .filter(|_| given.coverage)
        .map(|(suite, verdicts)| {
            let routes = routes(suite, verdicts);
            let coverage = Coverage::of(&suite.book, verdicts, routes);
            (suite.name.as_str(), coverage)
        })
        .collect();
    let tables: Vec<String> = covered
        .iter()
        .map(|(name, coverage)| tell::coverage(name, coverage))
        .collect();
    let summary = tell::summary(&all);
    match given.format {
        args::TestFormat::Text => {
            let color = given.output.is_none() && color::on(&std::io::stdout());
            let mut text: String = played
                .iter()
                .map(|(suite, verdicts)| tell::failures(suite, verdicts, color))
                .collect();
            text.push_str(&tables.concat());
            text.push_str(&summary);
            write(given.output.as_deref(), &text)?;
        }
        args::TestFormat::Junit => {
            let suites: Vec<(&Suite, &[Verdict])> = played
                .iter()
                .map(|(suite, verdicts)| (*suite, verdicts.as_slice()))
                .collect();
            write(given.output.as_deref(), &junit::junit(&suites))?;
            eprint!("{}{summary}", tables.concat());
        }
    }
    let failed = all.iter().any(|verdict| !verdict.failures.is_empty());
    let missed = given.strict && covered.iter().any(|(_, coverage)| !coverage.is_whole());
    if unreadable > 0 {
        Ok(Exit::Usage)
    } else if failed || missed {
        Ok(Exit::Bad)
    } else {
        Ok(Exit::Good)
    }
}

/// Which routes a scenario walks to its end.
fn routes(suite: &Suite, verdicts: &[Verdict]) -> Share {
    let walked = walk(&suite.book, Limits::default());
    let ended: Vec<&Verdict> = verdicts
        .iter()
        .filter(|verdict| went_to_the_end(&verdict.state))
        .collect();
    let mut share = Share::of(
        &walked.routes,
        |route| ended.iter().any(|verdict| route.is_of(&verdict.state)),
        |route| format!("{}: {}", route.name(), route.decisions().join(", ")),
    );
    share.cut = walked.cut.is_some();
    share
}

fn write(output: Option<&Path>, text: &str) -> Result<(), Failure> {
    match output {
        Some(path) if path != Path::new("-") => {
            crate::run_dir::write_as_asked(path, text.as_bytes()).map_err(|error| {
                Failure::fault(format!("cannot write {}: {error}", path.display()))
            })
        }
        _ => common::print(text),
    }
}

/// The scenarios of every runbook that can be found by name.
fn everything(folders: &[PathBuf]) -> Result<Vec<Entry>, Failure> {
    let found = library::list(folders)
        .iter()
        .map(|entry| library::scenarios(entry).map_err(Failure::usage))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The scenarios that a path or a name stands for.
fn named(name: &Path, folders: &[PathBuf]) -> Result<Vec<Entry>, Failure> {
    if name.is_dir() {
        return in_folder(name);
    }
    if name.is_file() && is_scenarios(name) {
        return Ok(vec![library::read_file(name).map_err(Failure::usage)?]);
    }
    let entry = library::find(&name.to_string_lossy(), folders).map_err(Failure::usage)?;
    let found = library::scenarios(&entry).map_err(Failure::usage)?;
    let file = found.ok_or_else(|| {
        let beside = match &entry.origin {
            Origin::File(path) => path.with_extension("test.yaml").display().to_string(),
            Origin::BuiltIn => format!("{}.test.yaml", entry.name),
        };
        Failure::usage(format!(
            "{} has no scenarios: write them into {beside}",
            entry.shown()
        ))
    })?;
    Ok(vec![file])
}

/// Whether a file holds scenarios, by its name.
pub fn is_scenarios(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".test.yaml") || name.ends_with(".test.yml")
}

fn in_folder(folder: &Path) -> Result<Vec<Entry>, Failure> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(Failure::usage)?
        .filter_map(|item| item.ok().map(|item| item.path()))
        .filter(|path| is_scenarios(path))
        .collect();
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::usage(format!(
            "{} holds no scenarios (NAME.test.yaml)",
            folder.display()
        )));
    }
    paths
        .iter()
        .map(|path| library::read_file(path).map_err(Failure::usage))
        .collect()
}

/// Reads scenarios and their runbook; everything that is wrong is one message.
fn suite(file: &Entry, folders: &[PathBuf]) -> Result<Suite, String> {
    let shown = match &file.origin {
        Origin::File(path) => path.display().to_string(),
        Origin::BuiltIn => format!("built-in:{}.test", file.name),
    };
    let told = |findings: &[Diagnostic]| {
        let parts: Vec<String> = findings
            .iter()
            .map(|finding| finding.render(&shown, &file.text, color::on(&std::io::stderr())))
            .collect();
        parts.join("\n\n")
    };
    let parsed = File::parse(&file.text).map_err(|error| told(&[*error]))?;
    let entry = runbook(file, parsed.runbook(), folders)
        .map_err(|error| format!("{shown}: its runbook: {error}"))?;
    let loaded = library::load(&entry, folders);
    let rendered = loaded.render(&entry.shown(), &entry.text, color::on(&std::io::stderr()));
    let book = loaded
        .runbook
        .ok_or_else(|| format!("{} cannot be used:\n\n{rendered}", entry.shown()))?;
    Suite::read(&entry.name, &shown, &file.text, parsed, Arc::new(book))
        .map_err(|findings| told(&findings))
}

/// The runbook of a file of scenarios: the one that it names, or the one beside it.
fn runbook(
    file: &Entry,
    named: Option<&str>,
    folders: &[PathBuf],
) -> Result<Entry, library::LibraryError> {
    let Origin::File(path) = &file.origin else {
        return library::find(&file.name, &[]);
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    if let Some(name) = named {
        let path = folder.join(name);
        return if path.is_file() {
            library::read_file(&path)
        } else {
            library::find(name, folders)
        };
    }
    let name = file.name.trim_end_matches(".test");
    let beside = ["yaml", "yml"]
        .map(|ending| folder.join(format!("{name}.{ending}")))
        .into_iter()
        .find(|path| path.is_file());
    library::read_file(&beside.unwrap_or_else(|| folder.join(format!("{name}.yaml"))))
}
