//! Taking a run up again: what became of every unfinished attempt.

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use super::{
    Clock, Launcher, Parts, Seat, Session, Watch,
    begin::{BeginError, Folding, fold, from_variable},
    inbox,
    pins::{self, Changed},
    proof::{self, Opening, Proof},
    relocate, seat, times,
};
use crate::crash;
use crate::engine::{
    self, Command, Effect, Entry, Event, Launch, State,
    command::{Resume, Taking},
    effect::Part,
    off_script,
    state::AttemptStatus,
};
use crate::executor::{Secrets, Verdict, clock::boot_id};
use crate::journal::{
    Behind, Journal,
    recovery::{self, Recovered},
};
use crate::report::timeline::step_title;
use crate::run_dir::{RunDir, read_private};
use crate::runbook::{Input, Runbook, load_with};
use crate::template::Type;

/// The largest pinned runbook.
const MAX_RUNBOOK: u64 = 32 << 20;

/// A run taken up again.
pub struct Resumed {
    /// The session.
    pub session: Session,
    /// Bytes of an append that never finished and were cut off.
    pub torn_bytes: u64,
    /// Inputs whose secrets are not in the environment.
    pub missing_secrets: Vec<Input>,
    /// What became of the runbook's file since the run began.
    pub changed: Option<Changed>,
}

/// The pinned runbook of a run.
///
/// # Errors
/// When it cannot be read or does not load any more.
pub fn pinned(dir: &RunDir) -> Result<Arc<Runbook>, BeginError> {
    loaded(&pinned_text(dir)?, dir)
}

fn pinned_text(dir: &RunDir) -> Result<String, BeginError> {
    let bytes = read_private(&dir.runbook(), MAX_RUNBOOK).map_err(|source| BeginError::Io {
        doing: "read the pinned runbook",
        source,
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn loaded(text: &str, dir: &RunDir) -> Result<Arc<Runbook>, BeginError> {
    load_with(text, &|name| used(dir, name))
        .runbook
        .map(Arc::new)
        .ok_or_else(|| BeginError::NotARun("its pinned runbook does not load".to_owned()))
}

/// The pinned text of a runbook that the run's runbook uses.
fn used(dir: &RunDir, name: &str) -> Result<String, String> {
    let file = dir.used_runbook(name);
    let bytes = read_private(&file, MAX_RUNBOOK)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The state of a run and all that happened, without driving it.
///
/// # Errors
/// When it cannot be read.
pub fn read(dir: &RunDir) -> Result<(State, Recovered), BeginError> {
    let (recovered, folding) = recovery::read_with(
        &dir.journal(),
        || pinned(dir).map(Folding::Nothing),
        |folding, entry| {
            if let Ok(folding) = folding {
                folding.take_in(entry);
            }
        },
    )?;
    Ok((folding?.end()?, recovered))
}

/// The state of a run whose journal was read already.
///
/// # Errors
/// When its runbook cannot be read or its journal has no beginning.
pub fn state<'a>(
    dir: &RunDir,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Result<State, BeginError> {
    fold(&pinned(dir)?, entries)
}

/// Takes in what was written since the run was looked at; the bytes of an append that
/// never finished.
fn catch_up(watch: &mut Watch, behind: Behind) -> Result<u64, BeginError> {
    match behind {
        Behind::New(new) => {
            let torn_bytes = new.torn_bytes;
            watch.take_in(new);
            Ok(torn_bytes)
        }
        Behind::Whole(whole) => {
            let torn_bytes = whole.torn_bytes;
            watch.begin_again(whole)?;
            Ok(torn_bytes)
        }
    }
}

/// Takes a run up again: asks the directory of every unfinished attempt, and
/// goes on where it stood. Where somebody else drove it, it is taken over; `read` says
/// that they have read the brief.
///
/// # Errors
/// When someone else drives it or its journal is damaged.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the run is the session's from here on"
)]
pub fn resume(
    path: PathBuf,
    seat: &Seat,
    read: bool,
    clock: Clock,
    folders: &[PathBuf],
    launcher: &Launcher,
) -> Result<Resumed, BeginError> {
    let dir = RunDir::open(&path)?;
    if let Some(moved) = dir.moved_to() {
        return Err(BeginError::Moved(relocate::gone(&moved)));
    }
    resume_watched(Watch::open(dir)?, seat, read, clock, folders, launcher)
}

/// The same for a run that was looked at already: what is known of it is not read again.
///
/// # Errors
/// As [`resume`].
pub fn resume_watched(
    mut watch: Watch,
    seat: &Seat,
    read: bool,
    clock: Clock,
    folders: &[PathBuf],
    launcher: &Launcher,
) -> Result<Resumed, BeginError> {
    let path = watch.dir().path().to_owned();
    let dir = RunDir::open(&path)?;
    if let Some(moved) = dir.moved_to() {
        return Err(BeginError::Moved(relocate::gone(&moved)));
    }
    let text = pinned_text(&dir)?;
    let (journal, behind) = Journal::open_behind(&dir, seat.driver(clock()), watch.known())?;
    crash::point("console.resume_read");
    let torn_bytes = catch_up(&mut watch, behind)?;
    let known = *watch.known();
    let Watch { state, entries, .. } = watch;
    let runbook = Arc::clone(&state.runbook);
    inbox::forget_what_was_asked(&dir);
    let brought = relocate::bring_home(&dir);
    let dir = RunDir::open(&path)?;
    let behind = times::go_on(&dir, entries.last());
    let unnamed = looked_through(&dir, &state)?;
    let before = seat::departure(journal.before(), &entries);
    let (secrets, missing_secrets) = secrets_here(&runbook);
    let (executor, reports) = launcher(dir.clone());
    let parts = Parts {
        dir,
        journal,
        seat: seat.clone(),
        clock,
        executor,
        reports,
        secrets,
    };
    let owed = engine::pending(&state);
    let unfinished = unfinished(&state);
    let mut session =
        Session::over(parts, state, entries, known.head).map_err(|source| BeginError::Io {
            doing: "start the journal",
            source,
        })?;
    crash::point("console.resume_folded");
    session.inherited = session.entries.len();
    let mut found = moved_words(&session);
    found.extend(brought);
    let changed = pins::compare(&session.state.run, &text, folders);
    found.extend(changed.as_ref().map(|changed| changed.words.clone()));
    if torn_bytes > 0 {
        found.push(format!(
            "an append that never finished was cut off ({torn_bytes} bytes)"
        ));
    }
    found.extend(behind);
    let rebooted = was_rebooted(&session.entries);
    if rebooted && !unfinished.is_empty() {
        found.push("the machine was restarted in between".to_owned());
    }
    for (launch, ran) in unfinished {
        let verdict = in_words(&session.executor.adopt(&launch, rebooted || ran));
        crash::point("console.resume_adopted");
        found.push(format!("‘{}’ {verdict}", called(&session.state, &launch)));
    }
    found.extend(unnamed);
    // The beginning stands first: verdicts are reported through the queue behind it.
    let mut queries = Vec::new();
    for effect in owed {
        match effect {
            // A question may need a secret that is still to be given: it is asked
            // when the resume has landed.
            Effect::Query(query) => queries.push(query),
            other => session.perform(other),
        }
    }
    let taking = seat.takes_over(&session.state).then(|| Taking {
        who: seat.who.clone(),
        read,
    });
    let resume = Resume {
        found,
        before,
        taking,
        ..seat.resume()
    };
    if proof::is_needed(&session.state) {
        session.proof = Proof::Wanted(Some(Opening {
            resume,
            owed: queries,
        }));
    } else {
        session.owed = queries;
        session.submit(Command::Resume(Box::new(resume)));
    }
    crash::point("console.resume_asked");
    Ok(Resumed {
        session,
        torn_bytes,
        missing_secrets,
        changed,
    })
}

impl Session {
    /// Gives a secret that a resume could not find.
    pub fn give_secret(&mut self, input: &str, value: String) {
        self.secrets.insert(input.to_owned(), value);
    }
}

/// What has not ended, and whether the journal saw it run, whatever its directory says
/// now.
fn unfinished(state: &State) -> Vec<(Arc<Launch>, bool)> {
    let live = state.live().map(|(_, attempt)| {
        let ran = matches!(attempt.status, AttemptStatus::Running { .. });
        (Arc::clone(&attempt.launch), ran)
    });
    live.collect()
}

/// What an attempt is called: its step, or the command where it has none.
fn called(state: &State, launch: &Launch) -> String {
    match launch.part {
        Part::OffScript => off_script::title(launch),
        Part::Main | Part::Watch => step_title(state, &launch.step),
    }
}

/// What became of an attempt.
fn in_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Finished(_) => "finished while you were gone".to_owned(),
        Verdict::Running => "is still running".to_owned(),
        Verdict::NeverStarted => "was never started".to_owned(),
        Verdict::Unknown(report) => {
            let unknown = "ended unseen: its outcome is unknown";
            let left = report.survivors_in_words();
            left.map_or_else(|| unknown.to_owned(), |left| format!("{unknown}; {left}"))
        }
    }
}

/// Where the run was before, unless its timeline says so already.
fn moved_words(session: &Session) -> Vec<String> {
    let Some(moved) = session.dir.moved_from() else {
        return Vec::new();
    };
    let words = format!("the run was moved here from {}", moved.from.display());
    let known = session.entries.iter().any(|entry| match &entry.event {
        Event::RunResumed { found, .. } => found.contains(&words),
        _ => false,
    });
    if known {
        return Vec::new();
    }
    // A disk that takes nothing could not be told.
    let untold = RunDir::open(&moved.from).is_ok_and(|old| old.moved_to().is_none());
    let warning = format!(
        "{} could not be told that the run was moved: nobody may take it up there",
        moved.from.display()
    );
    let mut all = vec![words];
    all.extend(untold.then_some(warning));
    all
}

/// The values of the secrets that the environment has, and the inputs whose it has not.
fn secrets_here(runbook: &Runbook) -> (Secrets, Vec<Input>) {
    let mut secrets = Secrets::new();
    let mut missing = Vec::new();
    for input in runbook.inputs.iter().filter(|i| i.kind == Type::Secret) {
        match from_variable(input) {
            Some(value) => {
                secrets.insert(input.name.clone(), value);
            }
            None => missing.push(input.clone()),
        }
    }
    (secrets, missing)
}

/// Makes sure that what stands there is ours: what became of the unfinished attempts is
/// concluded from it. Says which attempts no event names: launches of a console whose
/// journal lost its end.
fn looked_through(dir: &RunDir, state: &State) -> Result<Vec<String>, BeginError> {
    let mut found = dir.attempt_names()?;
    for (_, attempt) in state.live() {
        dir.attempt(&attempt.launch.directory()).is_safe()?;
    }
    let known: HashSet<String> = state
        .attempts
        .values()
        .map(|attempt| attempt.launch.directory())
        .collect();
    found.retain(|name| !known.contains(name));
    found.sort();
    let unnamed = found.into_iter().map(|name| {
        format!("the directory of an attempt that the journal does not know: {name}; its outcome is unknown")
    });
    Ok(unnamed.collect())
}

/// Whether this is another boot of the machine than the one that last drove the
/// run: files that were not synced may be gone, so nothing can be concluded from
/// their absence.
fn was_rebooted(entries: &[Entry]) -> bool {
    let last = entries.iter().rev().find_map(|entry| match &entry.event {
        Event::RunStarted(started) => Some(started.boot_id.as_str()),
        Event::RunResumed { boot_id, .. } => Some(boot_id.as_str()),
        _ => None,
    });
    let now = boot_id();
    last.is_some_and(|last| !last.is_empty() && !now.is_empty() && last != now)
}
