//! What console and supervisor say to each other: JSON lines over a socket.

use serde::{Deserialize, Serialize};

use super::Secrets;
use crate::engine::{Launch, observed::Report};

/// The version of the protocol and of the files that a supervisor leaves.
pub const VERSION: u32 = 1;

/// The longest line that is read.
pub const MAX_LINE: usize = 32 << 20;

/// From the console.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// The first line to a new supervisor.
    Begin {
        /// Of the protocol.
        version: u32,
        /// What to run.
        launch: Box<Launch>,
        /// By input name; only those that the command needs.
        secrets: Secrets,
        /// Marks the command's processes.
        run: String,
    },
    /// Stop the command.
    Stop {
        /// Which attempt is meant: a stale request is refused.
        attempt: u32,
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
    /// The command ended; the exit record is on the disk.
    Finished {
        /// What it says.
        report: Box<Report>,
    },
    /// The attempt has been claimed by someone else.
    Claimed,
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
