//! Where a run screen gets its run from: a session that drives it, or a watch.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{
    helm,
    run::standing::{Standing, Watching},
};
use crate::engine::{AttemptId, Command, Entry, Refusal, State, event::Manner};
use crate::session::{
    LogView, News, Session, TerminalView, Watch, signals::Signals, watch::Looked,
};

/// A run to show.
pub enum Source {
    /// This console drives it.
    Drive(Box<Session>),
    /// Someone else does, or nobody.
    Watch(Box<Watch>),
}

/// What changed.
pub enum Change {
    /// These entries are new.
    Entries(Vec<Entry>),
    /// Everything may have changed.
    All,
    /// A request was refused.
    Refused(Refusal),
    /// The place is not proven, in words: nothing is launched.
    Unproven(String),
    /// The journal that is watched cannot be read, in words.
    Unreadable(String),
    /// Who drives, or what was measured.
    Aside,
    /// Only what the footer says.
    Nothing,
}

impl Source {
    /// The run as it stands.
    pub fn state(&self) -> &State {
        match self {
            Source::Drive(session) => session.state(),
            Source::Watch(watch) => &watch.state,
        }
    }

    /// Everything that happened.
    pub fn entries(&self) -> &[Entry] {
        match self {
            Source::Drive(session) => session.entries(),
            Source::Watch(watch) => &watch.entries,
        }
    }

    /// The folder of all runs.
    pub fn runs(&self) -> PathBuf {
        match self {
            Source::Drive(session) => session.dir().runs(),
            Source::Watch(watch) => watch.runs(),
        }
        .to_owned()
    }

    /// A view of an attempt's output.
    pub fn log(&self, attempt: AttemptId) -> Option<LogView> {
        match self {
            Source::Drive(session) => session.log(attempt),
            Source::Watch(watch) => watch.log(attempt),
        }
    }

    /// The screen of an attempt that has a terminal.
    pub fn terminal(&self, attempt: AttemptId) -> Option<TerminalView> {
        match self {
            Source::Drive(session) => session.terminal(attempt),
            Source::Watch(watch) => watch.terminal(attempt),
        }
    }

    /// The samples of the run's signals.
    pub fn signals(&self) -> &Signals {
        match self {
            Source::Drive(session) => session.signals(),
            Source::Watch(watch) => watch.signals(),
        }
    }

    /// Types into an attempt's terminal; who watches types nothing.
    pub fn type_in(&mut self, attempt: AttemptId, bytes: &[u8]) {
        if let Source::Drive(session) = self {
            session.type_in(attempt, bytes);
        }
    }

    /// Gives an attempt's terminal another size; who watches leaves it as it is.
    pub fn resize(&mut self, attempt: AttemptId, cols: u16, rows: u16) {
        if let Source::Drive(session) = self {
            session.resize(attempt, cols, rows);
        }
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Source::Drive(session) => session.now(),
            Source::Watch(watch) => (watch.clock)(),
        }
    }

    /// Why nothing can be recorded at present.
    pub fn stalled(&self) -> Option<&str> {
        match self {
            Source::Drive(session) => session.stalled(),
            Source::Watch(_) => None,
        }
    }

    /// Whom one watches.
    pub fn watching(&self) -> Option<Watching> {
        match self {
            Source::Drive(_) => None,
            Source::Watch(watch) => Some(helm::watching(watch)),
        }
    }

    /// Who sits here, and what the session waits for.
    pub fn standing(&self) -> Standing<'_> {
        match self {
            Source::Drive(session) => Standing {
                operator: session.operator(),
                deaf: session.deaf(),
                proving: session.is_proving(),
                trouble: session.trouble(),
                quiet: None,
                mouse_off: false,
            },
            Source::Watch(_) => Standing::default(),
        }
    }

    /// Makes a request; a watch makes none.
    pub fn submit(&mut self, command: Command) {
        if let Source::Drive(session) = self {
            session.submit(command);
        }
    }

    /// Before the run is let go: what others wrote is taken in, and it is said how.
    pub async fn let_go(&mut self, how: Manner) {
        if let Source::Drive(session) = self {
            session.take_in_last_notes().await;
            session.say_farewell(how);
        }
    }

    /// Waits for something to change. Safe to cancel.
    pub async fn changed(&mut self) -> Change {
        match self {
            Source::Drive(session) => match session.changed().await {
                News::Entries(entries) => Change::Entries(entries),
                News::Refused(refusal) | News::Declined(refusal) => Change::Refused(refusal),
                News::Unproven(words) => Change::Unproven(words),
                News::JournalFailed(_) | News::JournalWorks | News::Trouble(_) => Change::Nothing,
            },
            Source::Watch(watch) => loop {
                watch.stirred().await;
                match watch.refresh() {
                    Ok(Looked::Anew) => return Change::All,
                    Ok(Looked::Entries(entries)) => return Change::Entries(entries),
                    Ok(Looked::Aside) => return Change::Aside,
                    Ok(Looked::AsBefore) => {}
                    Err(error) => return Change::Unreadable(error.to_string()),
                }
            },
        }
    }
}
