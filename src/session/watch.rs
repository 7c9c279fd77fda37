//! A run seen from outside, live and without touching it.

use std::{fs, io, path::Path, sync::Arc};

use super::{
    LogView, TerminalView,
    begin::BeginError,
    resume::{self, pinned},
    signals::Signals,
};
use crate::engine::{self, AttemptId, Entry, State};
use crate::journal::{self, recovery};
use crate::run_dir::RunDir;
use crate::runbook::Runbook;

/// A run that someone else drives.
pub struct Watch {
    dir: RunDir,
    runbook: Arc<Runbook>,
    length: u64,
    signals: Signals,
    /// The run as it stands.
    pub state: State,
    /// Everything that happened.
    pub entries: Vec<Entry>,
    /// Who drives it, if anyone does.
    pub driver: Option<String>,
    /// When the journal is looked at next.
    pub next_look: tokio::time::Instant,
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
            runbook: pinned(&dir)?,
            length: recovered.good_bytes,
            signals: Signals::watched(&dir, &state),
            entries: recovered
                .records
                .into_iter()
                .map(|record| record.entry)
                .collect(),
            driver: journal::lock::holder(&dir),
            next_look: tokio::time::Instant::now(),
            state,
            dir,
        })
    }

    /// The folder of all runs.
    pub fn runs(&self) -> &Path {
        self.dir.runs()
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

    /// Looks again: whether anything changed.
    ///
    /// # Errors
    /// When the journal cannot be read any more.
    pub fn refresh(&mut self) -> Result<bool, BeginError> {
        let io = |source: io::Error| BeginError::Io {
            doing: "look at the journal",
            source,
        };
        let driver = journal::lock::holder(&self.dir);
        let changed = self.signals.look(&self.dir, &self.state) || driver != self.driver;
        self.driver = driver;
        let length = std::fs::symlink_metadata(self.dir.journal())
            .map_err(io)?
            .len();
        if length == self.length {
            return Ok(changed);
        }
        let recovered = recovery::read(&self.dir.journal())?;
        self.length = length;
        let entries: Vec<Entry> = recovered
            .records
            .into_iter()
            .map(|record| record.entry)
            .collect();
        let Some((first, rest)) = entries.split_first() else {
            return Ok(changed);
        };
        if let Ok(mut state) = State::begin(Arc::clone(&self.runbook), first) {
            for entry in rest {
                engine::apply(&mut state, entry);
            }
            self.state = state;
            self.entries = entries;
        }
        Ok(true)
    }
}
