//! `resume`.

use super::{Exit, Failure, args, common, run};
use crate::history;
use crate::session::{self, system_clock};
use crate::settings;
use crate::tui;

/// Takes a run up where it stands.
pub fn resume(given: &args::Resume) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    // The last one that can be taken up, if there is one.
    let open = (given.run == "last")
        .then(|| history::list(&settings.runs()))
        .and_then(|runs| runs.into_iter().find(history::RunSummary::is_open));
    let found = match open {
        Some(open) => open,
        None => common::find_run(&settings, &given.run)?,
    };
    if let history::RunStatus::Closed { outcome, .. } = &found.status {
        return Err(Failure::usage(format!(
            "the run {} is closed ({}): print its report with `rbconsole report {}`",
            found.id,
            outcome.word(),
            found.id
        )));
    }
    if !given.headless.headless {
        if !given.headless.answer.is_empty() {
            return Err(Failure::usage("--answer is for --headless"));
        }
        run::screen_or_refuse()?;
    }
    let runtime = common::runtime()?;
    let launcher = common::launcher()?;
    let _in_runtime = runtime.enter();
    let resumed = session::resume(
        found.path,
        &settings::operator(),
        &settings::host(),
        system_clock,
        &settings.runbooks,
        &*launcher,
    )
    .map_err(common::begin_failure)?;
    if given.headless.headless {
        let orders = common::orders(&given.headless)?;
        common::answers_fit(&orders, &resumed.session.state().runbook)?;
        if let Some(changed) = &resumed.changed {
            eprintln!("{}", changed.words);
            if !changed.difference.is_empty() {
                eprintln!("{}", changed.difference);
            }
        }
        if let Some(input) = resumed.missing_secrets.first() {
            return Err(Failure::usage(format!(
                "the secret `{}` is not set: set {}",
                input.name,
                input.secret_variable()
            )));
        }
        let mut session = resumed.session;
        eprintln!("{}", before(&session));
        let exit = common::headless(&runtime, &mut session, &orders)?;
        eprintln!(
            "report {}",
            session.write_report().map_err(Failure::fault)?.display()
        );
        return Ok(exit);
    }
    tui::resume(&runtime, &settings, resumed)
        .map(run::finish)
        .map_err(Failure::fault)
}

/// What a run without a screen does not print again.
fn before(session: &session::Session) -> String {
    let entries = session.inherited();
    let last = entries.last().map_or_else(String::new, |entry| {
        format!(", the last at {} UTC", entry.at.format("%Y-%m-%d %H:%M:%S"))
    });
    let id = session.dir().id();
    let events = match entries.len() {
        1 => "one event before this".to_owned(),
        n => format!("{n} events before this"),
    };
    format!("resumed {id}: {events}{last}; `rbconsole report {id}` tells them")
}
