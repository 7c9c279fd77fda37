//! `report`.

use super::{Exit, Failure, args, common};
use crate::engine::Entry;
use crate::report::markdown::{Source, markdown};
use crate::run_dir::RunDir;
use crate::session::{past, resume, signals, system_clock};

/// Prints a run's report.
pub fn report(given: &args::Report) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let found = common::find_run(&settings, &given.run)?;
    let dir = RunDir::open(&found.path).map_err(Failure::refused)?;
    let text = of(&dir)?;
    if given.output.as_os_str() == "-" {
        common::print(&text)?;
    } else {
        crate::run_dir::write_as_asked(&given.output, text.as_bytes()).map_err(|error| {
            Failure::fault(format!("cannot write {}: {error}", given.output.display()))
        })?;
    }
    Ok(Exit::Good)
}

/// The report of a run.
pub fn of(dir: &RunDir) -> Result<String, Failure> {
    let (state, recovered) = resume::read(dir).map_err(common::begin_failure)?;
    if let Some((line, what)) = &recovered.damage {
        eprintln!(
            "rbconsole: the journal is damaged at line {line} ({what}); the report ends there"
        );
    }
    let entries: Vec<Entry> = recovered
        .records
        .into_iter()
        .map(|record| record.entry)
        .collect();
    Ok(markdown(&Source {
        state: &state,
        entries: &entries,
        samples: &signals::for_report(dir),
        earlier: &past::earlier(dir, &state),
        head: recovered.head.to_string(),
        dir,
        now: system_clock(),
    }))
}
