//! Checking a journal and the logs it vouches for.

mod chain;

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::Path,
};

use super::{JournalError, record::Hash, recovery};
use crate::engine::{AttemptId, Event, observed::OutputDigest};
use crate::run_dir::{AttemptDir, RunDir, private_file};

/// What an audit found.
#[derive(Debug)]
pub struct Audit {
    /// How many lines are good.
    pub lines: usize,
    /// The hash of the last good line.
    pub head: Hash,
    /// How many logs were compared with their digests.
    pub logs: usize,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// What is promised of everything that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// What was written is unchanged.
    Integrity,
    /// It stands in the order in which it was written.
    Order,
    /// Nothing was taken away, nothing was put in.
    Completeness,
}

impl Promise {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Promise::Integrity => "integrity",
            Promise::Order => "order",
            Promise::Completeness => "completeness",
        }
    }

    /// What it means that it does not hold.
    pub fn broken(self) -> &'static str {
        match self {
            Promise::Integrity => "something that was written was changed",
            Promise::Order => "lines stand elsewhere than where they were written",
            Promise::Completeness => {
                "something that was written is missing, or something was added"
            }
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which promise it breaks.
    pub promise: Promise,
    /// What and where, in words.
    pub words: String,
}

impl Finding {
    fn new(promise: Promise, words: impl Into<String>) -> Self {
        Self {
            promise,
            words: words.into(),
        }
    }
}

/// Checks the hash chain, the logs' digests, the pinned runbooks, and, if
/// given, that `expected` is the journal's head.
///
/// # Errors
/// When the journal cannot be read at all.
pub fn audit(dir: &RunDir, expected: Option<Hash>) -> Result<Audit, JournalError> {
    let bytes = recovery::bytes(&dir.journal())?;
    let mut is_inside = false;
    let recovered = recovery::parse_with(&bytes, |record| {
        is_inside |= Some(record.hash) == expected;
    });
    let mut findings = Vec::new();
    if let Some((line, what)) = &recovered.damage {
        findings = chain::broken(&bytes);
        if findings.is_empty() {
            // Its place is right and nobody changed it; still it cannot be read.
            let what = format!("journal line {line}: {what}");
            findings.push(Finding::new(Promise::Integrity, what));
        }
    }
    if recovered.damage.is_none() && recovered.torn_bytes > 0 {
        findings.push(Finding::new(
            Promise::Completeness,
            format!(
                "the journal ends in {} bytes of an append that never finished",
                recovered.torn_bytes
            ),
        ));
    }
    if let Some(expected) = expected
        && expected != recovered.head
    {
        findings.push(Finding::new(
            Promise::Completeness,
            if is_inside {
                format!("the journal goes on after the head {expected}")
            } else {
                format!(
                    "the journal's head is {}, not {expected}: it was cut or rewritten",
                    recovered.head
                )
            },
        ));
    }
    let mut names: BTreeMap<AttemptId, String> = BTreeMap::new();
    let mut logs = 0;
    for entry in &recovered.entries {
        match &entry.event {
            Event::RunStarted(started) => {
                let digest = file_digest(&dir.runbook(), Sha::default());
                if digest.as_ref() != Some(&started.digest) {
                    findings.push(Finding::new(
                        Promise::Integrity,
                        "the pinned runbook is not the one the run began with",
                    ));
                }
                for (name, digest) in &started.used {
                    let pinned = file_digest(&dir.used_runbook(name), Sha::default());
                    if pinned.as_ref() != Some(digest) {
                        findings.push(Finding::new(
                            Promise::Integrity,
                            format!(
                                "the pinned runbook {name} is not the one the run used at its beginning"
                            ),
                        ));
                    }
                }
            }
            Event::AttemptStarting { launch, .. } => {
                names.insert(launch.attempt, launch.directory());
            }
            Event::AttemptFinished {
                attempt, report, ..
            } if !report.output.blake3.is_empty() => {
                let Some(name) = names.get(attempt) else {
                    continue;
                };
                logs += 1;
                findings.extend(log_findings(dir, name, &report.output));
            }
            _ => {}
        }
    }
    Ok(Audit {
        lines: recovered.entries.len(),
        head: recovered.head,
        logs,
        findings,
    })
}

/// What is wrong with an attempt's log: every file of it is as it was when the attempt
/// ended, and there are no others.
pub(super) fn log_findings(dir: &RunDir, name: &str, output: &OutputDigest) -> Vec<Finding> {
    let attempt = dir.attempt(name);
    let mut findings = Vec::new();
    let first = (0, output.blake3.as_str());
    let later = (output.pieces.iter()).map(|piece| (piece.offset, piece.blake3.as_str()));
    for (offset, wanted) in std::iter::once(first).chain(later) {
        let which = if offset == 0 {
            format!("the log of {name}")
        } else {
            format!("the log of {name} from byte {offset} on")
        };
        match file_digest(&attempt.log_piece(offset), blake3::Hasher::new()) {
            // A log has files as soon as it has a byte.
            None if output.bytes == 0 && is_missing(&attempt.log_piece(offset)) => {}
            None => findings.push(Finding::new(
                Promise::Completeness,
                format!("{which} is missing or unreadable"),
            )),
            Some(digest) if digest != wanted => {
                findings.push(Finding::new(
                    Promise::Integrity,
                    format!("{which} was changed after the run"),
                ));
            }
            Some(_) => {}
        }
    }
    let known = |offset: &u64| *offset == 0 || output.pieces.iter().any(|it| it.offset == *offset);
    let mut foreign: Vec<u64> = std::fs::read_dir(attempt.path())
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|item| AttemptDir::piece_of(item.file_name().to_str()?))
        .filter(|offset| !known(offset))
        .collect();
    foreign.sort_unstable();
    for offset in foreign {
        findings.push(Finding::new(
            Promise::Completeness,
            format!(
                "the log of {name} has a piece from byte {offset} on that its supervisor did not leave"
            ),
        ));
    }
    findings
}

fn is_missing(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// A hash that is fed piece by piece.
trait Feed {
    fn feed(&mut self, bytes: &[u8]);
    fn hex(self) -> String;
}

#[derive(Default)]
struct Sha(sha2::Sha256);

impl Feed for Sha {
    fn feed(&mut self, bytes: &[u8]) {
        sha2::Digest::update(&mut self.0, bytes);
    }
    fn hex(self) -> String {
        use std::fmt::Write;
        let mut text = String::new();
        for byte in sha2::Digest::finalize(self.0) {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl Feed for blake3::Hasher {
    fn feed(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
    fn hex(self) -> String {
        self.finalize().to_hex().to_string()
    }
}

fn file_digest(path: &Path, mut hasher: impl Feed) -> Option<String> {
    let mut file = private_file().read(true).open(path).ok()?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some(hasher.hex()),
            n => hasher.feed(&buffer[..n]),
        }
    }
}
