//! Who sits at a console, who sat there before, and what can be done about a console
//! that does not answer.

use std::{fs, path::Path, time::Duration};

use chrono::{DateTime, Utc};

use super::{Session, inbox};
use crate::engine::{
    Entry, Event, State,
    command::Resume,
    event::{Departure, Manner, Who},
};
use crate::executor::clock::boot_id;
use crate::journal::{
    driver::Driver,
    lock::{self, Before},
};
use crate::run_dir::RunDir;
use crate::runbook::human;
use crate::settings;

/// How often a console that drives gives a sign.
pub(super) const SIGN_EVERY: Duration = Duration::from_secs(5);
/// After this long without a sign it hangs.
const HANGS_AFTER: Duration = Duration::from_secs(15);

/// Who sits at this console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The operator's name.
    pub by: String,
    /// What the system says of them.
    pub who: Who,
    /// The console has no screen.
    pub headless: bool,
}

impl Seat {
    /// Whoever started this program.
    pub fn here(headless: bool) -> Self {
        Self {
            by: settings::operator(),
            who: Who {
                host: settings::host(),
                login: settings::login(),
                tty: settings::terminal(),
                origin: settings::origin(),
            },
            headless,
        }
    }

    /// The same under another name, on another machine.
    #[must_use]
    pub fn called(mut self, by: &str, host: &str) -> Self {
        by.clone_into(&mut self.by);
        host.clone_into(&mut self.who.host);
        self
    }

    /// As it is written into the lock.
    pub(super) fn driver(&self, since: DateTime<Utc>) -> Driver {
        Driver {
            by: self.by.clone(),
            host: self.who.host.clone(),
            pid: Some(std::process::id()),
            tty: self.who.tty.clone(),
            origin: self.who.origin.clone(),
            headless: self.headless,
            since: Some(since),
            left: None,
        }
    }

    /// How this console takes a run up, as far as it says who it is.
    pub(super) fn resume(&self) -> Resume {
        Resume {
            host: self.who.host.clone(),
            boot_id: boot_id(),
            headless: self.headless,
            ..Resume::default()
        }
    }

    /// Whether somebody else drove the run last, or handed it over: then it is taken
    /// over, with the brief first.
    pub fn takes_over(&self, state: &State) -> bool {
        let driving = &state.driving;
        driving.offer.is_some() || driving.last().is_some_and(|last| last.by != self.by)
    }

    /// Leaves a request for whoever drives: to hand over.
    ///
    /// # Errors
    /// When it cannot be left there.
    pub fn ask(&self, dir: &RunDir, now: DateTime<Utc>) -> std::io::Result<()> {
        let message = inbox::Message {
            asks: Some(inbox::Asks {
                host: self.who.host.clone(),
            }),
            ..inbox::Message::note(self.by.clone(), "asks to take over".to_owned(), None)
        };
        inbox::put(dir, &message, &inbox::name(now))
    }
}

/// How the console before let go of a run, if that is known: it said so, or it never
/// got to say anything.
pub(super) fn departure(before: Option<&Before>, entries: &[Entry]) -> Option<Departure> {
    let before = before?;
    if before.driver.left.is_some() {
        return before.driver.left;
    }
    // A console of an earlier version says nothing at all.
    before.driver.since?;
    // Notes are written by others too, also when nobody drives.
    let by_others = |entry: &Entry| {
        matches!(
            entry.event,
            Event::NoteAdded { .. } | Event::NoteAmended { .. }
        )
    };
    let last = entries.iter().rfind(|entry| !by_others(entry));
    let last = last.map(|entry| entry.at);
    Some(Departure {
        at: before.seen.max(last)?,
        how: Manner::Vanished,
    })
}

/// Who drives a run, in words, and what can be done when they do not answer.
pub fn about(held: &Before, dir: &RunDir, now: DateTime<Utc>) -> About {
    let driver = &held.driver;
    let silent = held
        .seen
        .and_then(|seen| (now - seen).to_std().ok())
        .filter(|silent| *silent >= HANGS_AFTER);
    let process = driver
        .pid
        .filter(|_| driver.host == settings::host())
        .filter(|pid| holds(*pid, &dir.lock()));
    let stopped = process.is_some_and(is_stopped);
    let mut says = vec![format!("{driver} drives this run.")];
    if stopped {
        says.push("That console is stopped (Ctrl-Z, or SIGSTOP): it reads nothing.".to_owned());
    } else if let Some(silent) = silent {
        says.push(format!(
            "That console has given no sign for {}: it hangs.",
            human(Duration::from_secs(silent.as_secs()))
        ));
    }
    let kill = process.map(|pid| {
        if stopped || silent.is_some() {
            // What does not run reads no other signal.
            format!("kill -KILL {pid}")
        } else {
            format!("kill {pid}")
        }
    });
    if let Some(kill) = &kill {
        says.push(format!(
            "If nobody answers there: {kill} ends that console and loses nothing. What runs \
             goes on, and the run can be taken over here."
        ));
    }
    About { says, kill }
}

/// What is said of a console that drives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// In sentences.
    pub says: Vec<String>,
    /// What ends it, if that can be said for certain.
    pub kill: Option<String>,
}

/// Whether a process of this machine has a file open: its number alone proves
/// nothing, it may be another one's by now.
fn holds(pid: u32, file: &Path) -> bool {
    let Ok(file) = fs::canonicalize(file) else {
        return false;
    };
    fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .any(|item| fs::read_link(item.path()).is_ok_and(|open| open == file))
}

fn is_stopped(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state follows the name, which stands in parentheses.
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| rest.starts_with('T'))
}

impl Session {
    /// Says how this console lets go of the run, a moment before it does.
    pub fn say_farewell(&self, how: Manner) {
        let at = self.now();
        // Where it cannot be written, the console seems to have vanished: a pity only.
        let _ = lock::say_farewell(&self.dir, Departure { at, how });
    }

    /// Goes on showing others that this console lives, for ever: while it asks its
    /// operator something, nothing else of the session goes on. Safe to cancel.
    pub async fn give_signs(&mut self) {
        loop {
            self.give_sign();
            tokio::time::sleep(SIGN_EVERY).await;
        }
    }

    /// Shows others that this console lives.
    pub(super) fn give_sign(&mut self) {
        self.next_sign = tokio::time::Instant::now() + SIGN_EVERY;
        // Where it cannot be written, others may think that it hangs.
        let _ = lock::give_sign(&self.dir, self.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When it was last heard of is not when somebody else wrote a note.
    #[test]
    fn a_note_from_elsewhere_is_no_sign_of_a_console() {
        let at = |second: u32| -> DateTime<Utc> {
            let text = format!("2026-06-26T14:14:{second:02}Z");
            text.parse().unwrap()
        };
        let entry = |second, event: serde_json::Value| Entry {
            at: at(second),
            by: "ana".into(),
            event: serde_json::from_value(event).unwrap(),
        };
        let entries = [
            entry(3, serde_json::json!({ "auto_advance": { "on": true } })),
            entry(50, serde_json::json!({ "note_added": { "text": "x" } })),
        ];
        let before = Before {
            driver: Driver {
                since: Some(at(0)),
                ..Driver::from("ana")
            },
            seen: Some(at(2)),
        };
        let departure = departure(Some(&before), &entries).unwrap();
        assert_eq!((departure.at, departure.how), (at(3), Manner::Vanished));
    }
}
