//! `runs`.

use std::fmt::Write;

use serde::Serialize;

use super::{Exit, Failure, args, common, prune};
use crate::history::{Index, RunStatus, RunSummary};

/// A run and the head of its journal, which somebody may note elsewhere.
#[derive(Serialize)]
struct WithHead<'a> {
    #[serde(flatten)]
    run: &'a RunSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
}

impl<'a> WithHead<'a> {
    fn of(index: &mut Index, run: &'a RunSummary) -> Self {
        let head = index.head(run);
        Self { run, head }
    }
}

/// Lists runs, unfinished first.
pub fn runs(given: &args::Runs) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    if given.prune {
        return prune::prune(&settings, given);
    }
    let mut index = Index::open(&settings.runs());
    let all = index.list();
    if given.json {
        let all: Vec<WithHead<'_>> = all
            .iter()
            .map(|run| WithHead::of(&mut index, run))
            .collect();
        index.keep();
        let text = serde_json::to_string_pretty(&all).map_err(Failure::fault)?;
        common::print(&format!("{text}\n"))?;
        return Ok(Exit::Good);
    }
    index.keep();
    if all.is_empty() {
        common::print(
            "No runs yet. Try `rbconsole demo`, or start one with `rbconsole run RUNBOOK`.\n",
        )?;
        return Ok(Exit::Good);
    }
    let mut text = String::new();
    for run in all {
        let (word, about) = match &run.status {
            RunStatus::Open { about, driver, .. } => {
                let word = match driver {
                    Some(driver) => format!("open, driven by {driver}"),
                    None => "open".to_owned(),
                };
                (word, about.title.clone())
            }
            RunStatus::Closed { about, outcome, .. } => {
                (outcome.word().to_owned(), about.title.clone())
            }
            RunStatus::Moved { to } => ("moved".to_owned(), to.display().to_string()),
            RunStatus::Damaged { why } => ("damaged".to_owned(), why.clone()),
        };
        // A rehearsal or a drill must not be taken for the real thing.
        let kind = run.about().map_or("–", |about| about.kind.word());
        let about: String = about.chars().filter(|c| !c.is_control()).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<44} {word:<12} {kind:<10} {about}", run.id);
    }
    common::print(&text)?;
    Ok(Exit::Good)
}
