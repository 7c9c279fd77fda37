//! What console and supervisor say to each other: JSON lines over a socket.

use serde::{Deserialize, Serialize};

use super::{Secrets, terminal::Size};
use crate::engine::{Launch, observed::Report};

/// The version of the protocol and of the files that a supervisor leaves.
pub const VERSION: u32 = 1;

/// The longest line that is read.
pub const MAX_LINE: usize = 32 << 20;

/// The longest line that is read after the first one.
pub const MAX_REQUEST: usize = 4096;

/// The most that is typed by one request: as JSON each byte is up to four long.
pub const MAX_INPUT: usize = 768;

/// From the console.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// The first line to a supervisor that is new or waits.
    Begin {
        /// Of the protocol.
        version: u32,
        /// What to run.
        launch: Box<Launch>,
        /// By input name; only those that the command needs.
        secrets: Secrets,
        /// Marks the command's processes.
        run: String,
        /// Of its terminal, if it has one.
        #[serde(default)]
        size: Size,
        /// What the console takes the time of day from.
        #[serde(default)]
        booted: Option<chrono::DateTime<chrono::Utc>>,
        /// How much of its output is kept, in bytes; none: all.
        #[serde(default)]
        keep: Option<u64>,
    },
    /// Stop the command.
    Stop {
        /// Which attempt is meant: a stale request is refused.
        attempt: u32,
    },
    /// How the command ended is recorded durably by the console: a supervisor that
    /// cannot write it down need not try on.
    Recorded {
        /// Which attempt is meant.
        attempt: u32,
    },
    /// Type into the command's terminal.
    Input {
        /// Which attempt is meant.
        attempt: u32,
        /// What was typed; at most [`MAX_INPUT`] of it.
        bytes: Vec<u8>,
    },
    /// Give the command's terminal another size.
    Resize {
        /// Which attempt is meant.
        attempt: u32,
        /// The new one.
        size: Size,
    },
}

/// From the supervisor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The command runs.
    Started {
        /// Its process.
        pid: u32,
    },
    /// The command has printed nothing for as long as its author finds normal.
    Silent {
        /// Since when.
        since: chrono::DateTime<chrono::Utc>,
    },
    /// The command ended; the exit record is on the disk.
    Finished {
        /// What it says.
        report: Box<Report>,
    },
    /// The command ended, and the exit record cannot be written; that is tried on.
    Unsaved {
        /// What the record will say.
        report: Box<Report>,
        /// What keeps it from being written.
        why: String,
    },
    /// Something is wrong with what is kept of the command.
    Trouble {
        /// In words; none: not any more.
        what: Option<String>,
    },
    /// The attempt has been claimed by someone else.
    Claimed,
    /// Said behind an end: nothing of the attempt is left here, and this process waits
    /// to be told the next one. One that does not say so ends.
    Waiting,
}

/// What a supervisor writes down when its command runs.
#[derive(Debug, Serialize, Deserialize)]
pub struct StartRecord {
    /// Of the file.
    pub version: u32,
    /// The supervisor.
    pub supervisor: u32,
    /// The command.
    pub pid: u32,
    /// The boot in which both run.
    pub boot_id: String,
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
}

/// The exit record.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExitRecord {
    /// Of the file.
    pub version: u32,
    /// Which attempt.
    pub attempt: u32,
    /// How it went.
    pub report: Report,
}
