//! What is known from elsewhere, to stand in a run's timeline: read from a file that
//! some other program wrote. Nothing in it is trusted: not its size, not its times.

mod alerts;
mod csv;
mod git;
mod kubectl;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use chrono::{DateTime, Utc};

use crate::cli::{Failure, args::Origin};
use crate::engine::{command::Import, event::Imported};

/// The largest file that is read.
const BYTES: u64 = 16 << 20;

/// How many entries are taken in at once: a timeline of more tells nobody anything.
const ENTRIES: usize = 2000;

/// The longest text of an entry, in characters.
const LENGTH: usize = 300;

/// The longest identity of an entry, in bytes.
const IDENTITY: usize = 400;

/// An entry as it was found, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    line: usize,
    at: DateTime<Utc>,
    id: String,
    text: String,
}

/// What is wrong with a file, and on which line.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: usize,
    why: String,
}

impl Wrong {
    fn new(line: usize, why: impl Into<String>) -> Self {
        Self {
            line,
            why: why.into(),
        }
    }

    fn json(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        // The line stands in front already.
        let why = text.split(" at line ").next().unwrap_or(&text);
        Self::new(
            error.line(),
            format!("this is not the JSON that was expected: {why}"),
        )
    }
}

/// Reads a file's entries, oldest first, and says of what kind it was.
pub fn read(
    file: &Path,
    kind: Option<Origin>,
    now: DateTime<Utc>,
) -> Result<(Origin, Vec<Import>), Failure> {
    let name = file.display().to_string();
    let bytes =
        bytes(file).map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > BYTES {
        return Err(Failure::usage(format!(
            "{name} is larger than 16 MiB: take in only what belongs to this run"
        )));
    }
    let text = String::from_utf8_lossy(&bytes);
    let kind = kind.or_else(|| detected(&text)).ok_or_else(|| {
        Failure::usage(format!(
            "it is not clear what {name} is: say so with --as git, kubectl, alerts or csv"
        ))
    })?;
    let all = entries(&text, kind, now).map_err(|Wrong { line, why }| {
        Failure::usage(format!("{name}:{line}: {why} (read as {})", kind.word()))
    })?;
    Ok((kind, all))
}

fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin().lock().take(BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(BYTES + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// What a file is, where its beginning says so.
fn detected(text: &str) -> Option<Origin> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('{') {
        let json: serde_json::Value = serde_json::from_str(text).ok()?;
        if json.pointer("/data/alerts").is_some() {
            return Some(Origin::Alerts);
        }
        return json.get("items").map(|_| Origin::Kubectl);
    }
    let first = text.lines().next()?;
    if git::begins(first) {
        return Some(Origin::Git);
    }
    csv::begins(text).then_some(Origin::Csv)
}

fn entries(text: &str, kind: Origin, now: DateTime<Utc>) -> Result<Vec<Import>, Wrong> {
    let text = text.trim_start_matches('\u{feff}');
    let mut found = match kind {
        Origin::Git => git::read(text),
        Origin::Kubectl => kubectl::read(text),
        Origin::Alerts => alerts::read(text),
        Origin::Csv => csv::read(text),
    }?;
    if let Some(one) = found.get(ENTRIES) {
        return Err(Wrong::new(
            one.line,
            format!("there are more than {ENTRIES} entries: take in only what belongs to this run"),
        ));
    }
    if let Some(late) = found.iter().find(|one| one.at > now) {
        let at = late.at.format("%Y-%m-%d %H:%M:%S");
        return Err(Wrong::new(late.line, format!("{at} UTC is in the future")));
    }
    found.sort_by_key(|one| one.at);
    Ok(found.into_iter().map(|one| of(one, kind)).collect())
}

fn of(found: Found, kind: Origin) -> Import {
    let mut id = found.id;
    id.truncate(id.floor_char_boundary(IDENTITY));
    Import {
        text: line(&found.text),
        happened_at: found.at,
        source: Imported {
            from: kind.word().to_owned(),
            id,
        },
    }
}

/// One line of a bounded length without control characters; never empty.
fn line(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    if text.is_empty() {
        return "(no text)".to_owned();
    }
    if text.chars().count() <= LENGTH {
        return text;
    }
    let mut cut: String = text.chars().take(LENGTH - 1).collect();
    cut.push('…');
    cut
}

/// A moment with its offset from UTC; without one nobody knows what is meant.
fn moment(text: &str, line: usize) -> Result<DateTime<Utc>, Wrong> {
    let text = text.trim();
    let known = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z"))
        .or_else(|_| DateTime::parse_from_str(text, "%a %b %e %H:%M:%S %Y %z"));
    known.map(|at| at.with_timezone(&Utc)).map_err(|_| {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
        Wrong::new(
            line,
            format!("`{shown}` is not a time with its offset: write 2026-06-26T14:15:00Z"),
        )
    })
}
