//! Who drives a run: what stands in its lock for others to read.
//!
//! The first line is for people, and for consoles that know no more; the second says
//! the same as JSON. It is rewritten when the driver lets go in an orderly way: a
//! lock that is free and does not say so was held by a console that vanished.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::engine::event::Departure;

/// Who drives a run, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Driver {
    /// The operator's name.
    pub by: String,
    /// The machine.
    pub host: String,
    /// The console's process.
    pub pid: Option<u32>,
    /// The terminal that it stands in.
    pub tty: Option<String>,
    /// Where the operator comes from, if over the network.
    pub origin: Option<String>,
    /// It has no screen.
    pub headless: bool,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// How they let go; absent as long as they drive, and where they could not say.
    pub left: Option<Departure>,
}

impl From<&str> for Driver {
    fn from(by: &str) -> Self {
        Self {
            by: by.to_owned(),
            ..Self::default()
        }
    }
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.by)?;
        if !self.host.is_empty() {
            write!(f, "@{}", self.host)?;
        }
        let place = self.tty.as_ref().map(|tty| format!("on {tty}"));
        let mut about: Vec<String> = self
            .pid
            .map(|pid| format!("process {pid}"))
            .into_iter()
            .chain(place)
            .collect();
        about.extend(self.origin.as_ref().map(|origin| format!("from {origin}")));
        if self.headless {
            about.push("without a screen".to_owned());
        }
        if let Some(since) = self.since {
            about.push(format!("since {} UTC", since.format("%H:%M")));
        }
        if about.is_empty() {
            return Ok(());
        }
        // "process 12 on pts/3 from 10.0.0.7 since 02:14 UTC" reads as one phrase.
        write!(f, " ({})", about.join(" "))
    }
}

impl Driver {
    /// As it stands in the lock.
    pub(super) fn text(&self) -> String {
        let words = plain(&self.to_string());
        // A struct of strings and numbers is always JSON.
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("{words}\n{json}\n")
    }

    /// What stands in a lock; none where nothing does.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let words = plain(lines.next().unwrap_or_default());
        let driver = lines
            .next()
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_else(|| Self::from(words.as_str()));
        (!driver.by.is_empty()).then(|| driver.cleaned())
    }

    /// Without what could disturb a terminal: whoever can write the file can write
    /// anything into it.
    fn cleaned(mut self) -> Self {
        self.by = plain(&self.by);
        self.host = plain(&self.host);
        self.tty = self.tty.map(|tty| plain(&tty));
        self.origin = self.origin.map(|origin| plain(&origin));
        self
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
