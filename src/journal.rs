//! The durable record of a run: JSON lines, each carrying the hash of the one
//! before, appended and synced before anything follows from them.

pub mod audit;
pub mod driver;
pub mod lock;
pub mod record;
pub mod recovery;
pub mod writer;

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
};

use crate::crash;
use crate::engine::Entry;
use crate::run_dir::{RunDir, private_file};
use driver::Driver;
use lock::Lock;
use record::{Hash, Record};
use recovery::{Known, Recovered};

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system said no.
    #[error("cannot {doing} the journal {path}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another console drives the run.
    #[error("this run is driven by {0}: watch it with `rbconsole watch`")]
    Driven(Box<Driver>),
    /// A line is not what was written.
    #[error(
        "the journal {path} is damaged at line {line}: {what}. Nothing was changed; the run can be read up to there"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// What stands in a journal of which something was known.
#[derive(Debug)]
pub enum Behind {
    /// This was added, or nothing.
    New(Recovered),
    /// It is another one than before: this is all of it.
    Whole(Recovered),
}

/// A journal open for appending. Holds the run's lock.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Bytes that are known to be good.
    length: u64,
    next: u64,
    head: Hash,
    /// Half an append may stand behind `length`: it could not be cut off.
    torn: bool,
    lock: Lock,
}

impl Journal {
    /// Makes the journal of a new run and takes its lock.
    ///
    /// # Errors
    /// When it exists or cannot be made.
    pub fn create(dir: &RunDir, driver: impl Into<Driver>) -> Result<Self, JournalError> {
        let lock = Lock::take(dir, &driver.into())?;
        let path = dir.journal();
        let file = private_file()
            .append(true)
            .create_new(true)
            .open(&path)
            .map_err(|source| JournalError::Io {
                doing: "create",
                path: path.clone(),
                source,
            })?;
        Ok(Self {
            file,
            path,
            length: 0,
            next: 1,
            head: Hash::default(),
            torn: false,
            lock,
        })
    }

    /// Takes the lock of an existing run, cuts a torn last line off, and
    /// returns what is recorded.
    ///
    /// # Errors
    /// When someone else drives the run, or a line is damaged.
    pub fn open(
        dir: &RunDir,
        driver: impl Into<Driver>,
    ) -> Result<(Self, Recovered), JournalError> {
        let driver = driver.into();
        // A run that cannot be driven keeps saying who drove it.
        let (mut journal, recovered) = Self::open_in_passing(dir)?;
        journal.lock.write(dir, &driver)?;
        Ok((journal, recovered))
    }

    /// The same for who has read it just now and knows so much of it: only what was
    /// added since is read. Where that does not follow, or the file is shorter, all is
    /// read again.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_behind(
        dir: &RunDir,
        driver: impl Into<Driver>,
        known: &Known,
    ) -> Result<(Self, Behind), JournalError> {
        let driver = driver.into();
        let lock = Lock::hold_to_write(dir)?;
        let new = recovery::read_on(&dir.journal(), known)?;
        let (mut journal, behind) = if let Some(new) = new.filter(|new| new.damage.is_none()) {
            let all = Known {
                bytes: known.bytes + new.good_bytes,
                lines: known.lines + new.entries.len(),
                head: new.head,
            };
            let journal = Self::over(dir, lock, &all, new.torn_bytes)?;
            (journal, Behind::New(new))
        } else {
            let (journal, whole) = Self::whole(dir, lock)?;
            (journal, Behind::Whole(whole))
        };
        journal.lock.write(dir, &driver)?;
        Ok((journal, behind))
    }

    /// The same for a moment, to add something to a run that nobody drives.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_in_passing(dir: &RunDir) -> Result<(Self, Recovered), JournalError> {
        Self::whole(dir, Lock::hold_to_write(dir)?)
    }

    fn whole(dir: &RunDir, lock: Lock) -> Result<(Self, Recovered), JournalError> {
        let path = dir.journal();
        let recovered = recovery::read(&path)?;
        if let Some((line, what)) = recovered.damage.clone() {
            return Err(JournalError::Damaged { path, line, what });
        }
        let journal = Self::over(dir, lock, &Known::of(&recovered), recovered.torn_bytes)?;
        Ok((journal, recovered))
    }

    fn over(dir: &RunDir, lock: Lock, good: &Known, torn: u64) -> Result<Self, JournalError> {
        let path = dir.journal();
        let fail = |doing| {
            let path = path.clone();
            move |source| JournalError::Io {
                doing,
                path,
                source,
            }
        };
        let file = private_file()
            .append(true)
            .open(&path)
            .map_err(fail("open"))?;
        if torn > 0 {
            file.set_len(good.bytes)
                .inspect(|()| crash::point("console.torn_cut"))
                .and_then(|()| file.sync_data())
                .map_err(fail("mend"))?;
        }
        Ok(Self {
            file,
            length: good.bytes,
            next: good.lines as u64 + 1,
            head: good.head,
            torn: false,
            path,
            lock,
        })
    }

    /// Appends entries in one write; `durable` waits until they are on the disk.
    ///
    /// # Errors
    /// When they could not be written; then none of them counts.
    pub fn append(&mut self, entries: &[Entry], durable: bool) -> io::Result<Vec<Record>> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        let mut bytes = Vec::new();
        let mut records = Vec::with_capacity(entries.len());
        let (mut next, mut head) = (self.next, self.head);
        for entry in entries {
            let (record, line) = Record::seal(next, head, entry.clone())?;
            head = record.hash;
            next += 1;
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
            records.push(record);
        }
        crash::point("console.append_begun");
        crash::half("console.append_half", &bytes, &mut self.file);
        let written = self.file.write_all(&bytes).and_then(|()| {
            crash::point("console.append_written");
            if durable {
                self.file.sync_data()
            } else {
                Ok(())
            }
        });
        if let Err(error) = written {
            // Half a line must not stand before the next append. Where even this
            // fails, the next append tries again before it writes.
            self.torn = self.file.set_len(self.length).is_err();
            return Err(error);
        }
        crash::point("console.append_synced");
        self.length += bytes.len() as u64;
        self.next = next;
        self.head = head;
        Ok(records)
    }

    /// Who drove the run before.
    pub fn before(&self) -> Option<&lock::Before> {
        self.lock.before()
    }

    /// The file.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }
}

#[cfg(test)]
mod tests;
