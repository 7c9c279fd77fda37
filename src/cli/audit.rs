//! `audit`.

use std::collections::BTreeSet;

use super::{Exit, Failure, args, common};
use crate::journal::audit as journal_audit;
use crate::run_dir::RunDir;

/// Checks a run's journal and logs.
pub fn audit(given: &args::Audit) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let found = common::find_run(&settings, &given.run)?;
    let dir = RunDir::open(&found.path).map_err(Failure::refused)?;
    let head = given
        .head
        .as_ref()
        .map(|text| text.parse())
        .transpose()
        .map_err(|error| Failure::usage(format!("--head: {error}")))?;
    let audit = journal_audit::audit(&dir, head).map_err(Failure::fault)?;
    let mut broken = BTreeSet::new();
    for finding in &audit.findings {
        eprintln!("✘ {} ({})", finding.words, finding.promise.word());
        broken.insert(finding.promise);
    }
    for promise in &broken {
        eprintln!("  {}: {}", promise.word(), promise.broken());
    }
    common::print(&format!(
        "{} lines and {} logs checked; head {}\n",
        audit.lines, audit.logs, audit.head
    ))?;
    if audit.findings.is_empty() {
        common::print("✔ The journal and the logs are what was written.\n")?;
        Ok(Exit::Good)
    } else {
        Ok(Exit::Bad)
    }
}
