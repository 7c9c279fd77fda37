//! A run seen from outside, live and without touching it: any number of consoles may
//! look, and the one that drives does not notice.

use std::{fs, io, path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::{
    Clock, LogView, Seat, TerminalView,
    beat::{self, Beat},
    begin::{BeginError, fold},
    growth::Growth,
    resume,
    seat::{self, About},
    signals::Signals,
    system_clock,
};
use crate::engine::{self, AttemptId, Entry, State, event::Departure};
use crate::journal::{
    driver::Driver,
    lock::{self, Look},
    recovery::{self, Known, Recovered},
};
use crate::run_dir::RunDir;
use crate::runbook::Runbook;

/// How soon after a look the next one comes, however much is written.
const LOOK: Duration = Duration::from_millis(300);

/// A run that someone else drives, or nobody.
pub struct Watch {
    dir: RunDir,
    runbook: Arc<Runbook>,
    /// How long the journal was when it was looked at last.
    length: u64,
    /// How much of it was taken in.
    known: Known,
    signals: Signals,
    /// The run as it stands.
    pub state: State,
    /// Everything that happened.
    pub entries: Vec<Entry>,
    /// How its lock stands.
    look: Look,
    /// Not before this the journal is looked at again.
    next_look: Instant,
    /// Something was heard since the last look, or time has passed.
    is_due: bool,
    /// What is heard of the run's folder; nothing before the first look.
    growth: Option<Growth>,
    /// Whether it can be heard. A lock that is let go cannot be, so it is looked at with
    /// the beat as well.
    hears: bool,
    beat: Option<Beat>,
    /// Where time comes from.
    pub clock: Clock,
}

/// What another look showed.
#[derive(Debug, Clone, PartialEq)]
pub enum Looked {
    /// Nothing new.
    AsBefore,
    /// Something that stands in no event: a sample, another driver.
    Aside,
    /// These entries are new.
    Entries(Vec<Entry>),
    /// The journal is another one than before.
    Anew,
}

/// How a run stands, if it can be read and its journal is no longer than this: for
/// lists, which must appear at once.
pub fn glance(path: &Path, longest: u64) -> Option<State> {
    let dir = RunDir::open(path).ok()?;
    let length = fs::metadata(dir.journal()).ok()?.len();
    if length > longest {
        return None;
    }
    resume::read(&dir).ok().map(|(state, _)| state)
}

impl Watch {
    /// Opens a run for reading.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(dir: RunDir) -> Result<Self, BeginError> {
        let (state, recovered) = resume::read(&dir)?;
        Ok(Self {
            runbook: Arc::clone(&state.runbook),
            length: recovered.good_bytes,
            known: Known::of(&recovered),
            signals: Signals::watched(&dir, &state),
            entries: recovered.entries,
            look: lock::look(&dir),
            next_look: Instant::now(),
            is_due: true,
            growth: None,
            hears: false,
            beat: None,
            clock: system_clock,
            state,
            dir,
        })
    }

    /// The same by its directory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn at(path: &Path) -> Result<Self, BeginError> {
        Self::open(RunDir::open(path)?)
    }

    /// The folder of all runs.
    pub fn runs(&self) -> &Path {
        self.dir.runs()
    }

    /// The run's directory.
    pub fn dir(&self) -> &RunDir {
        &self.dir
    }

    /// Who drives it, if anyone does.
    pub fn driver(&self) -> Option<&Driver> {
        match &self.look {
            Look::Held(held) => Some(&held.driver),
            Look::Free(_) => None,
        }
    }

    /// Who drives it, in words, and what can be done when they do not answer.
    pub fn about(&self, now: DateTime<Utc>) -> Option<About> {
        match &self.look {
            Look::Held(held) => Some(seat::about(held, &self.dir, now)),
            Look::Free(_) => None,
        }
    }

    /// How the last driver let go, where nobody drives it and that is known.
    pub fn departure(&self) -> Option<Departure> {
        match &self.look {
            Look::Free(before) => seat::departure(before.as_ref(), &self.entries),
            Look::Held(_) => None,
        }
    }

    /// Asks whoever drives it to hand over.
    ///
    /// # Errors
    /// When the request cannot be left there.
    pub fn ask(&self, seat: &Seat, now: DateTime<Utc>) -> io::Result<()> {
        seat.ask(&self.dir, now)
    }

    /// The report of the run as it stands; it is written nowhere.
    pub fn report(&self) -> String {
        let (head, now) = (self.known.head.to_string(), (self.clock)());
        super::report_of(&self.dir, &self.state, &self.entries, head, now)
    }

    /// A view of an attempt's output.
    pub fn log(&self, attempt: AttemptId) -> Option<LogView> {
        super::log_view::of(&self.dir, &self.state, attempt)
    }

    /// The screen of an attempt that has a terminal.
    pub fn terminal(&self, attempt: AttemptId) -> Option<TerminalView> {
        super::terminal_view::of(&self.dir, &self.state, attempt)
    }

    /// The samples of the run's signals.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Waits until it is worth looking again; in a runtime. Safe to cancel.
    pub async fn stirred(&mut self) {
        if !self.is_due && self.hears {
            let growth = self.growth.get_or_insert_with(Growth::begin);
            tokio::select! {
                () = growth.heard() => {}
                () = beat::next(&mut self.beat) => {}
            }
        }
        self.is_due = true;
        if Instant::now() < self.next_look {
            tokio::time::sleep_until(self.next_look).await;
        }
        (self.is_due, self.next_look) = (false, Instant::now() + LOOK);
        // Before the look, so that nothing is missed that is written after it.
        let growth = self.growth.get_or_insert_with(Growth::begin);
        self.hears = growth.listen(self.dir.path());
    }

    /// Looks again.
    ///
    /// # Errors
    /// When the journal cannot be read any more.
    pub fn refresh(&mut self) -> Result<Looked, BeginError> {
        let io = |source: io::Error| BeginError::Io {
            doing: "look at the journal",
            source,
        };
        let look = lock::look(&self.dir);
        // Each sign of life is written there too; only who drives is news.
        let other = match (&look, &self.look) {
            (Look::Held(now), Look::Held(before)) => now.driver != before.driver,
            (Look::Free(_), Look::Free(_)) => false,
            _ => true,
        };
        self.look = look;
        let aside = self.signals.look(&self.dir, &self.state) || other;
        let aside = if aside {
            Looked::Aside
        } else {
            Looked::AsBefore
        };
        let length = fs::symlink_metadata(self.dir.journal()).map_err(io)?.len();
        if length == self.length {
            return Ok(aside);
        }
        self.length = length;
        let new = recovery::read_on(&self.dir.journal(), &self.known)?;
        if let Some(new) = new.filter(|new| new.damage.is_none()) {
            return Ok(self.take_in(new).unwrap_or(aside));
        }
        // What was taken in stands there no more: a torn end was cut off.
        self.again()
    }

    /// What is known of its journal.
    pub(super) fn known(&self) -> &Known {
        &self.known
    }

    /// Takes in what was added to it.
    pub(super) fn take_in(&mut self, new: Recovered) -> Option<Looked> {
        self.known = Known {
            bytes: self.known.bytes + new.good_bytes,
            lines: self.known.lines + new.entries.len(),
            head: new.head,
        };
        let new = new.entries;
        for entry in &new {
            engine::apply(&mut self.state, entry);
        }
        self.entries.extend(new.iter().cloned());
        (!new.is_empty()).then_some(Looked::Entries(new))
    }

    fn again(&mut self) -> Result<Looked, BeginError> {
        let recovered = recovery::read(&self.dir.journal())?;
        // What cannot be read as a run leaves what was seen of it.
        let _ = self.begin_again(recovered);
        Ok(Looked::Anew)
    }

    /// Takes all of it in again.
    ///
    /// # Errors
    /// When it is no run's journal.
    pub(super) fn begin_again(&mut self, whole: Recovered) -> Result<(), BeginError> {
        let known = Known::of(&whole);
        let entries = whole.entries;
        self.state = fold(&self.runbook, &entries)?;
        self.known = known;
        self.entries = entries;
        Ok(())
    }
}
