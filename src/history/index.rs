//! What was found out about closed runs, kept so that a long list appears at once.
//!
//! Never the source of truth: an entry holds for a journal of the same length, time
//! and inode in a directory in which nothing was made, renamed or removed since, and
//! everything can be found out again. A file that is missing, torn or
//! of another version costs a second look at the runs, and nothing else.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Write as _,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Course, RunStatus, RunSummary, look};
use crate::journal::recovery;
use crate::run_dir::{RunDir, journal_in, private_file, read_private};

/// Of the file; another one is made anew.
const VERSION: u32 = 2;
/// Its name, beside the folder of the runs.
const NAME: &str = "history.jsonl";
/// The largest file that is read: enough for 100,000 runs.
const LARGEST: u64 = 256 << 20;

/// What is known of the runs of one folder.
#[derive(Debug)]
pub struct Index {
    runs: PathBuf,
    /// Nobody else can put another directory in the place of a run's.
    safe: bool,
    known: BTreeMap<String, Known>,
    changed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    rbconsole_index: u32,
}

/// A closed run.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    id: String,
    journal: Stamp,
    /// Its directory, when all that stands in it was found to be the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Stamp>,
    status: RunStatus,
    /// The hash of its journal's last line; found out when it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    /// Found out when it is asked for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    course: Option<Course>,
}

/// What changes when a journal is written to, or a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    length: u64,
    modified_ns: i64,
    inode: u64,
}

impl Stamp {
    /// Of a directory the time at which its entries, its owner or its mode changed.
    fn of_folder(meta: &fs::Metadata) -> Self {
        Self {
            length: meta.len(),
            modified_ns: meta
                .ctime()
                .saturating_mul(1_000_000_000)
                .saturating_add(meta.ctime_nsec()),
            inode: meta.ino(),
        }
    }

    fn of(journal: &Path) -> io::Result<Self> {
        let meta = fs::symlink_metadata(journal)?;
        Ok(Self {
            length: meta.len(),
            modified_ns: meta
                .mtime()
                .saturating_mul(1_000_000_000)
                .saturating_add(meta.mtime_nsec()),
            inode: meta.ino(),
        })
    }
}

impl Index {
    /// Reads the index of a folder of runs, as far as there is one.
    pub fn open(runs: &Path) -> Self {
        Self {
            safe: RunDir::holds_safely(runs),
            known: load(&runs.with_file_name(NAME)).unwrap_or_default(),
            runs: runs.to_owned(),
            changed: false,
        }
    }

    /// All runs, unfinished first, then the latest first.
    pub fn list(&mut self) -> Vec<RunSummary> {
        let mut earlier = std::mem::take(&mut self.known);
        let all = fs::read_dir(&self.runs).into_iter().flatten();
        let mut found: Vec<RunSummary> = Vec::new();
        for item in all.filter_map(Result::ok) {
            let name = item.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                let known = earlier.remove(&name);
                found.push(self.look(&item.path(), name, known));
            }
        }
        // What is left there is gone from the disk.
        self.changed |= !earlier.is_empty();
        found.sort_by(|a, b| (b.is_open(), &b.id).cmp(&(a.is_open(), &a.id)));
        found
    }

    fn look(&mut self, path: &Path, id: String, mut known: Option<Known>) -> RunSummary {
        let damaged = |why: String| RunSummary {
            id: id.clone(),
            path: path.to_owned(),
            status: RunStatus::Damaged { why },
        };
        // Whether it is the operator's alone is asked each time; whether all in it is, only
        // after something was put there.
        let place = RunDir::glance(path).map(|meta| Stamp::of_folder(&meta));
        let as_it_was = |known: &mut Known| {
            self.safe
                && known.place.is_some()
                && known.place == place
                && Stamp::of(&journal_in(path)).ok() == Some(known.journal)
        };
        if let Some(known) = known.take_if(as_it_was) {
            let status = known.status.clone();
            self.known.insert(id.clone(), known);
            return RunSummary {
                id,
                path: path.to_owned(),
                status,
            };
        }
        let dir = match RunDir::open(path) {
            Ok(dir) => dir,
            Err(error) => return damaged(error.to_string()),
        };
        // Before the look: what is written meanwhile shows as a change the next time.
        let stamp = Stamp::of(&dir.journal()).ok();
        if let Some(mut known) = known {
            if Some(known.journal) == stamp {
                let status = known.status.clone();
                self.changed |= known.place != place;
                known.place = place;
                self.known.insert(id.clone(), known);
                return RunSummary {
                    id,
                    path: path.to_owned(),
                    status,
                };
            }
            self.changed = true;
        }
        let summary = look::summarize(path);
        if let (Some(journal), RunStatus::Closed { .. }) = (stamp, &summary.status) {
            let known = Known {
                id: summary.id.clone(),
                journal,
                place,
                status: summary.status.clone(),
                head: None,
                course: None,
            };
            self.known.insert(summary.id.clone(), known);
            self.changed = true;
        }
        summary
    }

    /// The hash of the last line of a run's journal.
    pub fn head(&mut self, run: &RunSummary) -> Option<String> {
        if let Some(head) = self.known.get(&run.id).and_then(|it| it.head.clone()) {
            return Some(head);
        }
        let dir = RunDir::open(&run.path).ok()?;
        let head = recovery::head(&dir.journal())?.to_string();
        if let Some(known) = self.known.get_mut(&run.id) {
            known.head = Some(head.clone());
            self.changed = true;
        }
        Some(head)
    }

    /// How a run went; what is found out about a closed one is kept.
    ///
    /// None: its journal cannot be read, or is damaged.
    pub fn course(&mut self, run: &RunSummary) -> Option<Course> {
        if let Some(course) = self.known.get(&run.id).and_then(|it| it.course.clone()) {
            return Some(course);
        }
        let dir = RunDir::open(&run.path).ok()?;
        let recovered = recovery::read(&dir.journal()).ok()?;
        if recovered.damage.is_some() {
            return None;
        }
        let course = Course::of(recovered.entries.iter());
        if let Some(known) = self.known.get_mut(&run.id) {
            known.course = Some(course.clone());
            self.changed = true;
        }
        Some(course)
    }

    /// Writes down what was found out. Where that cannot be, it is found out again.
    pub fn keep(self) {
        if self.changed {
            // A full or read-only disk takes nothing but time.
            let _ = self.write();
        }
    }

    fn write(&self) -> io::Result<()> {
        let mut text = Vec::new();
        let header = Header {
            rbconsole_index: VERSION,
        };
        serde_json::to_writer(&mut text, &header)?;
        text.push(b'\n');
        for known in self.known.values() {
            serde_json::to_writer(&mut text, known)?;
            text.push(b'\n');
        }
        let path = self.runs.with_file_name(NAME);
        let temporary = path.with_extension(std::process::id().to_string());
        let written = private_file()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

fn load(path: &Path) -> Option<BTreeMap<String, Known>> {
    let bytes = read_private(path, LARGEST).ok()?;
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let header: Header = serde_json::from_slice(lines.next()?).ok()?;
    let known = lines.filter_map(|line| serde_json::from_slice::<Known>(line).ok());
    (header.rbconsole_index == VERSION).then(|| known.map(|it| (it.id.clone(), it)).collect())
}
