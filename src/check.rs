//! What is wrong with a runbook beyond its shape: on every route through it,
//! in its scripts, and in sight of everyone who reads it.
//!
//! Nothing of a runbook is ever executed here; its scripts are handed to
//! their shells to be parsed (`bash -n`).

pub mod explain;
mod file;
mod hazards;
mod literals;
mod manners;
pub mod output;
pub mod picture;
mod proofs;
pub mod routes;
mod scripts;
mod secrets;

use std::collections::HashMap;
use std::sync::Mutex;

use crate::runbook::{Diagnostic, Loaded, Runbook, Severity, load};
use file::File;
use routes::{Book, Limits, explore};
use scripts::{
    Job,
    parse::{Said, Script, parse, side_by_side},
};

/// What is known of one file.
#[derive(Debug)]
pub struct Checked {
    /// The runbook, if it has no error of shape.
    pub runbook: Option<Runbook>,
    /// All findings, of loading too, in the order of the file.
    pub findings: Vec<Diagnostic>,
}

impl Checked {
    /// How many findings are this bad.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

/// Checks one runbook's text.
pub fn check(text: &str) -> Checked {
    let mut all = check_all(&[text], |_| load(text));
    // One text, one answer.
    all.pop().unwrap_or_else(|| Checked {
        runbook: None,
        findings: Vec::new(),
    })
}

/// Checks many runbooks' texts, each loaded by its number; the shells are asked
/// about all scripts together.
pub fn check_all(texts: &[&str], load: impl Fn(usize) -> Loaded + Sync) -> Vec<Checked> {
    let numbered: Vec<(usize, &str)> = texts.iter().copied().enumerate().collect();
    let done = Mutex::new(Vec::new());
    side_by_side(&numbered, |(number, text)| {
        let checked = alone(text, load(*number));
        if let Ok(mut done) = done.lock() {
            done.push((*number, checked));
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(number, _)| *number);
    let mut all: Vec<Checked> = done.into_iter().map(|(_, checked)| checked).collect();
    let said = shells(texts, &all);
    for (checked, said) in all.iter_mut().zip(said) {
        checked.findings.extend(said);
        checked
            .findings
            .sort_by_key(|finding| (finding.at.line, finding.at.column, finding.code));
        checked.findings.dedup();
    }
    all
}

/// Everything that takes no other program.
fn alone(text: &str, loaded: Loaded) -> Checked {
    let Loaded {
        runbook,
        mut findings,
    } = loaded;
    findings.extend(secrets::findings(text));
    if let Some(runbook) = &runbook {
        let file = File::new(text);
        let book = Book::new(runbook);
        let found = explore(&book, Limits::default());
        findings.extend(proofs::findings(&file, &book, &found));
        findings.extend(scripts::hazards(&file, runbook, &scripts::of(runbook)));
        findings.extend(manners::findings(runbook));
        findings.extend(literals::findings(&file, runbook));
        findings.extend(secrets::of_inputs(&file, runbook));
    }
    Checked { runbook, findings }
}

/// What the shells say of each file's scripts.
fn shells(texts: &[&str], all: &[Checked]) -> Vec<Vec<Diagnostic>> {
    let jobs: Vec<Vec<Job<'_>>> = all
        .iter()
        .map(|checked| match &checked.runbook {
            Some(runbook) => scripts::jobs(runbook, &scripts::of(runbook)),
            None => Vec::new(),
        })
        .collect();
    let said: HashMap<&Script, Said> = parse(jobs.iter().flatten().flat_map(|job| &job.scripts));
    jobs.iter()
        .zip(texts)
        .map(|(jobs, text)| {
            let file = File::new(text);
            let mut findings: Vec<Diagnostic> = Vec::new();
            for job in jobs {
                let finding = job
                    .scripts
                    .iter()
                    .filter_map(|script| said.get(script))
                    .find_map(|said| scripts::finding(&file, job, said));
                findings.extend(finding);
            }
            findings
        })
        .collect()
}

#[cfg(test)]
mod robust;
#[cfg(test)]
mod tests;
