//! `runs --prune`: the one way in which runs are removed.

use std::{
    fmt::Write as _,
    fs,
    io::{self, BufRead, IsTerminal},
    os::unix::fs::DirBuilderExt,
    path::Path,
    time::Duration,
};

use super::{Exit, Failure, args, common, report};
use crate::history::{self, RunStatus, RunSummary};
use crate::journal;
use crate::run_dir::{RunDir, write_private};
use crate::runbook::{human, parse_duration};
use crate::session::system_clock;
use crate::settings::Settings;

/// Removes closed runs that are older than was asked for.
pub fn prune(settings: &Settings, given: &args::Runs) -> Result<Exit, Failure> {
    let wanted = given.older_than.as_deref().unwrap_or_default();
    let age = age(wanted).map_err(|why| Failure::usage(format!("--older-than: {why}")))?;
    let now = system_clock();
    let old: Vec<RunSummary> = history::list(&settings.runs())
        .into_iter()
        .filter(|run| match &run.status {
            RunStatus::Closed { closed_at, .. } => {
                (now - *closed_at).to_std().is_ok_and(|ago| ago > age)
            }
            // What is open or cannot be read is nobody's to throw away.
            RunStatus::Open { .. } | RunStatus::Moved { .. } | RunStatus::Damaged { .. } => false,
        })
        .collect();
    if old.is_empty() {
        common::print(&format!("No closed run is older than {}.\n", human(age)))?;
        return Ok(Exit::Good);
    }
    let mut text = format!(
        "{}, closed more than {} ago:\n",
        runs(old.len()),
        human(age)
    );
    for run in &old {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {}", run.id);
    }
    let reports = settings.state.join("reports");
    let kept = if given.keep_reports {
        format!("Their reports are kept in {}.\n", reports.display())
    } else {
        "Their timelines and outputs are gone then; --keep-reports keeps their reports.\n"
            .to_owned()
    };
    common::print(&format!("{text}{kept}"))?;
    if !given.yes && !agreed(old.len())? {
        return Ok(Exit::Good);
    }
    let mut failed = false;
    let mut removed = 0;
    for run in &old {
        let keep = given.keep_reports.then_some(reports.as_path());
        match remove(run, keep) {
            Ok(()) => removed += 1,
            Err(why) => {
                eprintln!("rbconsole: {} stays: {why}", run.id);
                failed = true;
            }
        }
    }
    common::print(&format!("{} removed.\n", runs(removed)))?;
    Ok(if failed { Exit::Bad } else { Exit::Good })
}

fn agreed(count: usize) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(
            "nothing was removed: give --yes where nobody can be asked",
        ));
    }
    common::print(&format!("Remove {}? Type yes: ", runs(count)))?;
    io::Write::flush(&mut io::stdout()).map_err(Failure::fault)?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(Failure::fault)?;
    Ok(answer.trim() == "yes")
}

fn runs(count: usize) -> String {
    match count {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    }
}

/// Weeks and years, too: nobody counts a year in days.
fn age(text: &str) -> Result<Duration, String> {
    for (unit, days) in [('w', 7), ('y', 365)] {
        if let Some(count) = text.strip_suffix(unit).and_then(|it| it.parse().ok()) {
            let count: u64 = count;
            return parse_duration(&format!("{}d", count.saturating_mul(days)));
        }
    }
    parse_duration(text)
}

/// Removes a run, its report first written elsewhere if that is wanted.
fn remove(run: &RunSummary, reports: Option<&Path>) -> Result<(), String> {
    let dir = RunDir::open(&run.path).map_err(|error| error.to_string())?;
    // Nobody takes notes for it meanwhile.
    let _lock = journal::lock::Lock::hold(&dir).map_err(|error| error.to_string())?;
    if let Some(reports) = reports {
        let kept = report::of(&dir).map_err(|failure| failure.message)?;
        let path = reports.join(format!("{}.md", run.id));
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(reports)
            .and_then(|()| write_private(&path, kept.as_bytes()))
            .map_err(|error| format!("its report cannot be kept in {}: {error}", path.display()))?;
    }
    // Out of the way in one step: half a run is never listed. Links in it are removed
    // and not followed.
    let name = format!(".removed-{}", run.id);
    let aside = run.path.with_file_name(name);
    fs::rename(&run.path, &aside)
        .and_then(|()| fs::remove_dir_all(&aside))
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        let days = |days: u64| Duration::from_hours(24 * days);
        assert_eq!(age("1y"), Ok(days(365)));
        assert_eq!(age("12w"), Ok(days(84)));
        assert_eq!(age("90d"), Ok(days(90)));
        for wrong in ["", "y", "-1y", "1", "99999999999999999999y", "90y"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
