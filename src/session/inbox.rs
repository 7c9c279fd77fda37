//! What others say to the driver: one file a note, put there atomically.

use std::{fs, io, path::Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::crash;
use crate::engine::{Command, command::Import, event::Todo};
use crate::run_dir::{RunDir, read_private, write_private};

/// The longest note that is taken in.
const LIMIT: u64 = 64 << 10;

/// A note of someone who does not drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
    /// When it happened, if earlier.
    pub happened_at: Option<DateTime<Utc>>,
    /// It is no note but the word of somebody who was asked to approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attests: Option<Attests>,
    /// It is no note but a request to hand over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asks>,
    /// Somebody has to do it after the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub todo: Option<Todo>,
    /// It is no new note but changes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amends: Option<Amends>,
    /// It is no note but what is known from elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<Import>,
}

impl Message {
    /// A note of somebody.
    pub fn note(by: String, text: String, happened_at: Option<DateTime<Utc>>) -> Self {
        Self {
            by,
            text,
            happened_at,
            attests: None,
            asks: None,
            todo: None,
            amends: None,
            imports: Vec::new(),
        }
    }

    /// What is asked of the rules with it, if it is about what is written down.
    pub fn written(&self) -> Option<Command> {
        if self.attests.is_some() || self.asks.is_some() {
            return None;
        }
        if !self.imports.is_empty() {
            return Some(Command::Import(self.imports.clone()));
        }
        let (text, happened_at) = (self.text.clone(), self.happened_at);
        Some(match (&self.amends, &self.todo) {
            (Some(amends), todo) => Command::Amend {
                note: amends.note,
                text: (!amends.strike).then_some(text),
                happened_at,
                todo: todo.clone(),
            },
            (None, Some(todo)) => Command::Todo {
                text,
                happened_at,
                todo: todo.clone(),
            },
            (None, None) => Command::Note { text, happened_at },
        })
    }
}

/// That a note is to say something else, or nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amends {
    /// Which note of the run, from 1.
    pub note: u32,
    /// It is struck.
    #[serde(default)]
    pub strike: bool,
}

/// That somebody would like to drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asks {
    /// The machine of their console.
    #[serde(default)]
    pub host: String,
}

/// That somebody approved elsewhere: the driver vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attests {
    /// The gate's id.
    pub gate: String,
    /// The answer's id; the only one that needs approval, if absent.
    #[serde(default)]
    pub answer: Option<String>,
    /// Whose word it is.
    pub by_whom: String,
    /// Where they said it.
    pub channel: String,
    /// Which of those who are asked they are, if their name does not say it.
    #[serde(default)]
    pub stands_for: Option<String>,
    /// Whether they agree.
    pub agrees: bool,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The name of a message that is left now.
pub fn name(now: DateTime<Utc>) -> String {
    format!("{}-{}", now.format("%Y%m%dT%H%M%S%9f"), std::process::id())
}

/// Takes away what was asked of a driver who drives no more.
pub(super) fn forget_what_was_asked(dir: &RunDir) {
    for (file, message) in waiting(dir) {
        if message.asks.is_some() {
            // One that stays is asked of the new driver: a nuisance only.
            let _ = fs::remove_file(file);
        }
    }
}

/// Leaves a message for the driver.
///
/// # Errors
/// When it cannot be written.
pub fn put(dir: &RunDir, message: &Message, name: &str) -> io::Result<()> {
    let inbox = dir.inbox();
    let temporary = inbox.join(format!(".{name}"));
    let bytes = serde_json::to_vec(message)?;
    if bytes.len() as u64 > LIMIT {
        return Err(io::Error::other("the note is too long: 64 KiB at most"));
    }
    write_private(&temporary, &bytes)?;
    crash::point("console.note_written");
    fs::rename(temporary, inbox.join(format!("{name}.json")))
}

/// The messages that wait, oldest first, each with its file, which the driver
/// removes once the note is durable.
pub fn waiting(dir: &RunDir) -> Vec<(std::path::PathBuf, Message)> {
    let mut paths: Vec<_> = fs::read_dir(dir.inbox())
        .into_iter()
        .flatten()
        .filter_map(|item| item.ok().map(|item| item.path()))
        .filter(|path| is_message(path))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let bytes = read_private(&path, LIMIT).ok()?;
            let message = serde_json::from_slice(&bytes).ok()?;
            Some((path, message))
        })
        .collect()
}

fn is_message(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with('.') && name.ends_with(".json")
}
