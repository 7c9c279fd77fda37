//! Which files may execute.
//!
//! What is built in, and what stands in the folder `runbooks` of the operator's
//! config directory while nobody else can write there, is trusted. Every other
//! runbook is trusted once: its own text and that of each runbook that it uses, by
//! their SHA-256. A file that changed is asked about again, and the difference is
//! shown. Folders that the config file names are not trusted: they mostly are
//! copies of what a team shares, where what others wrote arrives unseen.
//!
//! What is trusted are the texts that were read, never what stands at a path later:
//! [`Trusted`] knows their digests, and a run begins only with texts that it covers.

pub mod difference;
mod place;
mod store;
mod summary;
pub mod tell;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::runbook::{
    Runbook,
    library::{Entry, Origin},
};
use crate::settings::Settings;
use difference::plain;

pub use place::Owner;
pub use store::{Record, Store, StoreError};

/// SHA-256 in hexadecimal, as `sha256sum` prints it.
pub fn digest_of(text: &str) -> String {
    use std::fmt::Write;
    let mut hex = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Texts that may execute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted(BTreeSet<String>);

impl Trusted {
    /// These very texts. For who has just asked the operator, and for what the
    /// program itself brings along.
    pub fn given(text: &str, runbook: &Runbook) -> Self {
        Self(digests(text, runbook).collect())
    }

    /// Whether this runbook, of this text, may execute with all that it uses.
    pub fn covers(&self, text: &str, runbook: &Runbook) -> bool {
        digests(text, runbook).all(|digest| self.0.contains(&digest))
    }
}

fn digests<'a>(text: &'a str, runbook: &'a Runbook) -> impl Iterator<Item = String> + 'a {
    let used = runbook.used.iter().map(|used| used.text.as_str());
    std::iter::once(text).chain(used).map(digest_of)
}

/// Whether a runbook may execute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Trusted(Trusted),
    /// Not before the operator says so.
    Asked(Box<Question>),
}

impl Standing {
    /// Whether this runbook, of this text, may execute.
    pub fn covers(&self, text: &str, runbook: &Runbook) -> bool {
        match self {
            Self::Trusted(trusted) => trusted.covers(text, runbook),
            Self::Asked(_) => false,
        }
    }
}

/// What the operator is asked about before a runbook executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The runbook's title.
    pub title: String,
    /// What it would execute, in short.
    pub summary: Vec<String>,
    /// The files that are not trusted: the runbook's own first, if it is one of them.
    pub files: Vec<Doubted>,
    /// Why nothing that was trusted before counts.
    pub trouble: Option<StoreError>,
    /// All texts that it is about.
    covers: Trusted,
    store: Store,
}

/// A file that is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubted {
    /// Its path, without links.
    pub path: String,
    /// SHA-256 of its text.
    pub digest: String,
    /// Whose it is, and who else can change it.
    pub owner: Owner,
    /// The text that was read.
    pub text: String,
    /// Why its place alone does not make it trusted.
    pub why: String,
    /// What was trusted at this path before.
    pub before: Option<Before>,
}

/// What was trusted at a path before its file was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// From then to now, unified.
    pub difference: String,
}

/// Whether a runbook may execute, with those that it uses, as all of them were read.
pub fn look(entry: &Entry, used: &[Entry], runbook: &Runbook, settings: &Settings) -> Standing {
    let covers = Trusted::given(&entry.text, runbook);
    let doubted: Vec<(&Entry, String)> = std::iter::once(entry)
        .chain(used)
        .filter_map(|entry| Some((entry, out_of_place(entry, settings)?)))
        .collect();
    if doubted.is_empty() {
        return Standing::Trusted(covers);
    }
    let store = Store::in_state(&settings.state);
    let (known, trouble) = match store.read() {
        Ok(known) => (known, None),
        Err(trouble) => (Vec::new(), Some(trouble)),
    };
    let files: Vec<Doubted> = doubted
        .into_iter()
        .filter_map(|(entry, why)| doubt(entry, why, &known))
        .collect();
    if files.is_empty() {
        return Standing::Trusted(covers);
    }
    Standing::Asked(Box::new(Question {
        title: plain(&runbook.title),
        summary: summary::of(runbook),
        files,
        trouble,
        covers,
        store,
    }))
}

/// Why a file is not trusted for the place where it stands, if it is not.
fn out_of_place(entry: &Entry, settings: &Settings) -> Option<String> {
    match &entry.origin {
        Origin::BuiltIn => None,
        Origin::File(file) => place::not_the_operators(file, &settings.config),
    }
}

/// What is asked about a file; nothing if its text was trusted.
fn doubt(entry: &Entry, why: String, known: &[Record]) -> Option<Doubted> {
    let Origin::File(file) = &entry.origin else {
        return None;
    };
    let path = place::canonical(file).to_string_lossy().into_owned();
    let digest = digest_of(&entry.text);
    let before = known.iter().find(|record| record.path == path);
    if before.is_some_and(|record| record.digest == digest) {
        return None;
    }
    let before = before.map(|record| Before {
        at: record.at,
        by: plain(&record.by),
        difference: difference::unified(&record.text, &entry.text, "as it was trusted", &path),
    });
    Some(Doubted {
        owner: place::owner(file),
        text: entry.text.clone(),
        path,
        digest,
        why,
        before,
    })
}

impl Question {
    /// In one sentence, for who cannot be asked.
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        if let Some(trouble) = &self.trouble {
            words.push(format!("{trouble}."));
        }
        for file in &self.files {
            let path = plain(&file.path);
            words.push(match &file.before {
                None => format!(
                    "{path} is not trusted yet (sha256 {}): {}.",
                    file.digest, file.why
                ),
                Some(before) => {
                    let (more, fewer) = difference::counts(&before.difference);
                    format!(
                        "{path} has changed since {} trusted it on {} (lines: {more} added, {fewer} removed; sha256 {} now).",
                        before.by,
                        before.at.format("%Y-%m-%d %H:%M UTC"),
                        file.digest
                    )
                }
            });
        }
        words.join("\n")
    }

    /// Keeps that these texts are trusted.
    ///
    /// # Errors
    /// When that cannot be kept: then it is not trusted.
    pub fn grant(&self, by: &str, now: DateTime<Utc>) -> Result<Trusted, StoreError> {
        let records: Vec<Record> = self
            .files
            .iter()
            .map(|file| Record {
                path: file.path.clone(),
                digest: file.digest.clone(),
                at: now,
                by: by.to_owned(),
                text: file.text.clone(),
            })
            .collect();
        self.store.keep(&records)?;
        Ok(self.covers.clone())
    }
}

/// What a list says of a runbook's own file. Those that it uses are looked at when it
/// is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It may execute.
    Trusted,
    /// Nobody has trusted it yet.
    New,
    /// It is another text than the one that was trusted.
    Changed,
}

impl Mark {
    /// In the operator's words; nothing where there is nothing to say.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Trusted => None,
            Self::New => Some("not trusted"),
            Self::Changed => Some("changed since it was trusted"),
        }
    }
}

/// What a list says of each of these.
pub fn marks(entries: &[Entry], settings: &Settings) -> Vec<Mark> {
    let known = Store::in_state(&settings.state).read().unwrap_or_default();
    let mark = |entry: &Entry| {
        let Origin::File(file) = &entry.origin else {
            return Mark::Trusted;
        };
        if out_of_place(entry, settings).is_none() {
            return Mark::Trusted;
        }
        let path = place::canonical(file);
        match known
            .iter()
            .find(|record| path.to_string_lossy() == record.path)
        {
            None => Mark::New,
            Some(record) if record.digest == digest_of(&entry.text) => Mark::Trusted,
            Some(_) => Mark::Changed,
        }
    };
    entries.iter().map(mark).collect()
}

/// The key under which a path is kept.
pub fn key(path: &std::path::Path) -> String {
    place::canonical(path).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
