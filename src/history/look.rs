//! What a run's directory says at a glance.

use std::{
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use chrono::{DateTime, Utc};

use super::{About, RunStatus, RunSummary};
use crate::engine::{Event, Started};
use crate::journal;
use crate::run_dir::{RunDir, private_file};

/// How much of a journal's end is looked at.
const TAIL: u64 = 256 << 10;
/// How much of a journal's beginning is looked at, and how much of it at first.
const HEAD: u64 = 1 << 20;
const FIRST: u64 = 16 << 10;

/// One run by its directory.
pub fn summarize(path: &Path) -> RunSummary {
    let id = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let status = match RunDir::open(path) {
        Ok(dir) => look(&dir).unwrap_or_else(|why| RunStatus::Damaged { why }),
        Err(error) => RunStatus::Damaged {
            why: error.to_string(),
        },
    };
    RunSummary {
        id,
        path: path.to_owned(),
        status,
    }
}

/// Looks at the first and the last lines only: a list must appear at once. What
/// stands between is checked when the run is opened.
fn look(dir: &RunDir) -> Result<RunStatus, String> {
    if let Some(moved) = dir.moved_to() {
        return Ok(RunStatus::Moved { to: moved.to });
    }
    let say = |error: std::io::Error| format!("its journal cannot be read: {error}");
    let mut file = private_file().read(true).open(dir.journal()).map_err(say)?;
    let mut head = Vec::new();
    for more in [FIRST, HEAD - FIRST] {
        if memchr::memchr(b'\n', &head).is_none() {
            file.by_ref()
                .take(more)
                .read_to_end(&mut head)
                .map_err(say)?;
        }
    }
    let first = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let beginning = journal::record::Record::open(first, 1, journal::record::Hash::default())
        .map_err(|why| format!("the first line of its journal: {why}"))?;
    let Event::RunStarted(started) = &beginning.entry.event else {
        return Err("its journal has no beginning".to_owned());
    };
    let about = about(started, &beginning.entry.by, beginning.entry.at);
    let length = file.metadata().map_err(say)?.len();
    let mut tail = head;
    if length > tail.len() as u64 {
        tail.clear();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
            .map_err(say)?;
        file.take(TAIL).read_to_end(&mut tail).map_err(say)?;
    }
    let mut last_at = beginning.entry.at;
    let mut known = false;
    for line in tail.split(|&byte| byte == b'\n').rev() {
        // When the last thing happened is known, and no note says how the run ended.
        if known && is_note(line) {
            continue;
        }
        let Some((at, event)) = peek(line) else {
            continue;
        };
        known = true;
        last_at = last_at.max(at);
        if let Event::RunClosed { outcome, .. } = event {
            return Ok(RunStatus::Closed {
                about,
                outcome,
                closed_at: at,
            });
        }
        // Only notes can follow the end of a run.
        if !matches!(event, Event::NoteAdded { .. }) {
            break;
        }
    }
    Ok(RunStatus::Open {
        about,
        driver: journal::lock::holder(dir).map(|driver| driver.to_string()),
        last_at,
    })
}

fn about(started: &Started, by: &str, at: DateTime<Utc>) -> About {
    About {
        title: started.title.clone(),
        runbook: started.runbook.clone(),
        kind: started.kind,
        environment: started.environment.clone(),
        by: by.to_owned(),
        started_at: at,
    }
}

/// Whether a line is a note, by its bytes: a quote within a text before that is escaped.
fn is_note(line: &[u8]) -> bool {
    const EVENT: &[u8] = br#","event":{"#;
    const NOTE: &[u8] = br#""note_added":"#;
    memchr::memmem::find(line, EVENT).is_some_and(|at| line[at + EVENT.len()..].starts_with(NOTE))
}

fn peek(line: &[u8]) -> Option<(DateTime<Utc>, Event)> {
    #[derive(serde::Deserialize)]
    struct Peek {
        at: DateTime<Utc>,
        event: Event,
    }
    let peek: Peek = serde_json::from_slice(line).ok()?;
    Some((peek.at, peek.event))
}
