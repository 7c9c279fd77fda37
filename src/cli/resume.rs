//! `resume`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::runtime::Runtime;

use super::{
    Exit, Failure, args, common,
    run::{self, Face},
};
use crate::engine::event::{Manner, RunOutcome};
use crate::headless::Orders;
use crate::history::{self, RunStatus, RunSummary};
use crate::report::brief;
use crate::run_dir::RunDir;
use crate::session::{self, Resumed, Seat, Watch, relocate, system_clock};
use crate::settings::{self, Settings};
use crate::{plain, tui};

/// How often it is looked whether a lock is let go, and how long between two looks:
/// who adds a note in passing holds it for the time of a sync.
const LOOKS: u32 = 10;
const BETWEEN: Duration = Duration::from_millis(100);

/// Takes a run up where it stands.
pub fn resume(given: &args::Resume) -> Result<Exit, Failure> {
    let mut settings = common::settings()?;
    let found = to_take_up(&settings, given)?;
    let face = || {
        if given.headless.headless {
            return Ok(Face::Lines);
        }
        if !given.headless.answer.is_empty() {
            return Err(Failure::usage("--answer is for --headless"));
        }
        run::face(given.headless.plain)
    };
    let path = match &given.state_dir {
        Some(state) => {
            refuse_closed(&found)?;
            face()?;
            let path = moved(&found, state)?;
            settings.state.clone_from(state);
            path
        }
        None => found,
    };
    let runtime = common::runtime()?;
    let launcher = common::launcher()?;
    let _in_runtime = runtime.enter();
    let seat = Seat::here(given.headless.headless);
    let dir = RunDir::open(&path).map_err(Failure::refused)?;
    if let Some(moved) = dir.moved_to() {
        return Err(Failure::refused(relocate::gone(&moved)));
    }
    let mut watch = Watch::open(dir).map_err(common::begin_failure)?;
    if let Some(over) = &watch.state.closed {
        return Err(closed(watch.dir(), over.outcome));
    }
    let face = face()?;
    for _ in 0..LOOKS {
        if !seat.headless || watch.driver().is_none() {
            break;
        }
        std::thread::sleep(BETWEEN);
        watch.refresh().map_err(common::begin_failure)?;
    }
    let takes_over = seat.takes_over(&watch.state);
    if !seat.headless && (takes_over || watch.driver().is_some()) {
        // The brief comes first, or the driver is asked.
        let show = match face {
            Face::Screen => tui::watch,
            Face::Lines => plain::watch,
        };
        return match show(&runtime, &settings, &*launcher, watch, true) {
            // It was not taken over: it is as open as it was.
            Ok(tui::Ended::Left) => Ok(Exit::Person),
            Ok(ended) => Ok(run::finish(ended)),
            Err(error) => Err(Failure::fault(error)),
        };
    }
    if seat.headless
        && let Some(held) = watch.about(system_clock())
    {
        return Err(Failure::refused(format!(
            "{}\nWatch it with `rbconsole watch {}`",
            held.says.join("\n"),
            watch.dir().id()
        )));
    }
    let orders = common::orders(&given.headless)?;
    common::orders_fit(&orders, &watch.state.runbook)?;
    let brief = takes_over
        .then(|| brief::markdown(brief::brief(&watch.state, &watch.entries, system_clock())));
    let resumed = session::resume_watched(
        watch,
        &seat,
        false,
        system_clock,
        &settings.runbooks,
        &*launcher,
    )
    .map_err(common::begin_failure)?;
    if let Some(brief) = brief {
        // Nobody acknowledges it here; but who reads the log finds how it stood.
        eprintln!("{brief}");
    }
    if given.headless.headless {
        return on_its_own(&runtime, resumed, &orders);
    }
    let resume = match face {
        Face::Screen => tui::resume,
        Face::Lines => plain::resume,
    };
    resume(&runtime, &settings, &*launcher, resumed)
        .map(run::finish)
        .map_err(Failure::fault)
}

/// Goes on without a screen.
fn on_its_own(runtime: &Runtime, resumed: Resumed, orders: &Orders) -> Result<Exit, Failure> {
    if let Some(changed) = &resumed.changed {
        eprintln!("{}", changed.words);
        if !changed.difference.is_empty() {
            eprintln!("{}", changed.difference);
        }
    }
    if let Some(input) = resumed.missing_secrets.first() {
        resumed.session.say_farewell(Manner::Left);
        return Err(Failure::usage(format!(
            "the secret `{}` is not set: set {}",
            input.name,
            input.secret_variable()
        )));
    }
    let mut session = resumed.session;
    eprintln!("{}", before(&session));
    let exit = common::headless(runtime, &mut session, orders)?;
    common::tell_report(&session);
    Ok(exit)
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

/// Moves the run to another state directory; its directory there.
fn moved(path: &Path, state: &Path) -> Result<PathBuf, Failure> {
    if let RunStatus::Closed { outcome, .. } = history::summarize(path).status {
        return Err(closed(
            &RunDir::open(path).map_err(Failure::refused)?,
            outcome,
        ));
    }
    let moved = relocate::relocate(path, state, &settings::operator(), system_clock())
        .map_err(Failure::refused)?;
    for words in moved.missing.iter().chain(&moved.unmarked) {
        eprintln!("rbconsole: {words}");
    }
    eprintln!(
        "the run is in {} now; later commands find it with RBCONSOLE_STATE_DIR={}",
        moved.path.display(),
        state.display()
    );
    Ok(moved.path)
}

/// The directory of the run that is meant.
fn to_take_up(settings: &Settings, given: &args::Resume) -> Result<PathBuf, Failure> {
    let runs = settings.runs();
    // The last one that can be taken up, if there is one.
    let open = (given.run == "last")
        .then(|| history::list(&runs))
        .and_then(|runs| runs.into_iter().find(RunSummary::is_open));
    match open {
        Some(open) => Ok(open.path),
        None => history::find_dir(&runs, &given.run).map_err(Failure::usage),
    }
}

/// What is closed is not moved either.
fn refuse_closed(path: &Path) -> Result<(), Failure> {
    match history::summarize(path).status {
        RunStatus::Closed { outcome, .. } => {
            let dir = RunDir::open(path).map_err(Failure::refused)?;
            Err(closed(&dir, outcome))
        }
        _ => Ok(()),
    }
}

/// A run that is closed is not taken up.
fn closed(dir: &RunDir, outcome: RunOutcome) -> Failure {
    let id = dir.id();
    Failure::usage(format!(
        "the run {id} is closed ({}): print its report with `rbconsole report {id}`",
        outcome.word()
    ))
}
