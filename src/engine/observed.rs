//! What executors report, as data.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::MapAccess};

use super::{
    effect::Question,
    event::{AttemptId, moment},
    tagged::{self, Fields, Tagged},
};

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case", remote = "Self")]
pub enum Ended {
    /// By itself.
    Exit {
        /// Its exit code.
        code: i32,
    },
    /// By a signal that nobody here sent.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// Its time was over; the supervisor stopped it.
    Deadline,
    /// The operator stopped it.
    Stopped,
    /// Its supervisor vanished without leaving an exit record.
    Lost,
    /// It never ran.
    NotStarted {
        /// Why.
        reason: String,
    },
}

impl Serialize for Ended {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl<'de> Deserialize<'de> for Ended {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        tagged::read(from)
    }
}

impl Tagged for Ended {
    const TAG: &'static str = "how";

    fn known<'de, A: MapAccess<'de>>(
        name: &str,
        fields: &mut Fields<A>,
    ) -> Result<Option<Self>, A::Error> {
        Ok(Some(match name {
            "exit" => Self::Exit {
                code: fields.only("code")?,
            },
            "signal" => Self::Signal {
                signal: fields.only("signal")?,
            },
            _ => return Ok(None),
        }))
    }

    fn any<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::deserialize(from)
    }
}

/// An attempt's log when it was complete.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutputDigest {
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hexadecimal; empty when there is no log.
    pub blake3: String,
    /// Bytes that could not be written, on a full disk.
    #[serde(default)]
    pub lost: u64,
    /// Bytes from the middle that were written and dropped again: the log had grown as
    /// long as it may.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped: u64,
    /// What is kept behind the first piece of a log that was cut in pieces; `blake3` is
    /// the first piece's then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<LogPiece>,
}

/// A later piece of a log that was cut in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPiece {
    /// Where in the log it begins.
    pub offset: u64,
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub blake3: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What was taken from standard output, not yet typed or judged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Captured {
    /// By output name; `None` when it was not found.
    pub values: BTreeMap<String, Option<String>>,
    /// Whether the expected pattern was found, if one was asked for.
    pub stdout_matches: Option<bool>,
    /// Standard output was longer than what capture looks at.
    pub truncated: bool,
    /// Why what the command wrote into its file for values does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// A report about something that was launched or measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed {
    /// The command runs.
    Started {
        /// Whose.
        attempt: AttemptId,
        /// Its process.
        pid: u32,
    },
    /// The command ended.
    Finished {
        /// Whose.
        attempt: AttemptId,
        /// The complete report.
        report: Box<Report>,
    },
    /// Something is wrong with what is kept of the command. It is told, not recorded: where it is
    /// so, little can be.
    Trouble {
        /// Whose.
        attempt: AttemptId,
        /// In words; none: not any more.
        what: Option<String>,
    },
    /// A resume found that the command was never started.
    NeverStarted {
        /// Whose.
        attempt: AttemptId,
    },
    /// The command has printed nothing for as long as its author finds normal.
    Silent {
        /// Whose.
        attempt: AttemptId,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The machine's clock was set.
    ClockStepped {
        /// By how many milliseconds; negative: back.
        by_ms: i64,
    },
    /// A question was answered.
    Answered {
        /// Which.
        of: Question,
        /// What it printed.
        text: String,
        /// How it ended.
        ended: Ended,
    },
    /// A signal was measured, or could not be.
    Signal {
        /// Its name.
        signal: String,
        /// The number, or why there is none.
        value: Result<f64, String>,
        /// When.
        at: DateTime<Utc>,
    },
}

/// The exit record of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// How it ended.
    pub ended: Ended,
    /// When.
    #[serde(deserialize_with = "moment::read")]
    pub at: DateTime<Utc>,
    /// How long it ran, in milliseconds.
    pub milliseconds: u64,
    /// Its log.
    pub output: OutputDigest,
    /// What was taken from it.
    pub captured: Captured,
    /// What it started and what is still there: left in the background by a normal
    /// end, not to be stopped by a stop, or alive although its supervisor is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub survivors: Vec<Survivor>,
    /// Survivors beyond those that are named.
    #[serde(default, skip_serializing_if = "is_none_more")]
    pub more_survivors: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none_more(count: &u64) -> bool {
    *count == 0
}

/// A process that outlived the command that started it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survivor {
    /// Its number.
    pub pid: u32,
    /// What it is called, without control characters.
    pub name: String,
    /// Since when it runs.
    pub since: DateTime<Utc>,
}

impl Report {
    /// What is still there of the command, by name; `None` where nothing is.
    pub fn left_alive(&self) -> Option<String> {
        let mut names: Vec<String> = self
            .survivors
            .iter()
            .take(NAMED)
            .map(|Survivor { pid, name, .. }| format!("{name} (pid {pid})"))
            .collect();
        let more = self.survivors.len().saturating_sub(NAMED) as u64 + self.more_survivors;
        if more > 0 {
            names.push(format!("{more} more"));
        }
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// The command that ends all of them, for the person who has seen that these are still
    /// the same processes; `None` where not all are known by number.
    pub fn kill_left_alive(&self) -> Option<String> {
        let known = !self.survivors.is_empty() && self.more_survivors == 0;
        known.then(|| {
            let pids: Vec<String> = self.survivors.iter().map(|it| it.pid.to_string()).collect();
            format!("kill {}", pids.join(" "))
        })
    }

    /// The same as a sentence that says how it comes to be there.
    pub fn survivors_in_words(&self) -> Option<String> {
        let names = self.left_alive()?;
        Some(match self.ended {
            Ended::Stopped | Ended::Deadline => format!("could not be stopped: {names}"),
            Ended::Lost => format!("still alive: {names}"),
            Ended::Exit { .. } | Ended::Signal { .. } | Ended::NotStarted { .. } => {
                format!("left behind: {names}")
            }
        })
    }
}

/// So many survivors are named in a line; the others are counted.
const NAMED: usize = 8;
