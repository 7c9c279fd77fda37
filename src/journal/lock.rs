//! One driver at a time: a lock that dies with its holder.

use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};

use super::{JournalError, driver::Driver};
use crate::crash;
use crate::engine::event::Departure;
use crate::run_dir::{RunDir, private_file};

/// How often a lock that is held is tried again: who adds a note in passing holds it
/// for the time of a sync, and disks can be slow.
const LOOKS: u32 = 50;
/// From one try to the next.
const BETWEEN: Duration = Duration::from_millis(10);
/// The longest text that is read from it.
const LONGEST: u64 = 4 << 10;

/// Held by whoever drives a run. The kernel frees it when the process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    before: Option<Before>,
}

/// Who held the lock before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// Who.
    pub driver: Driver,
    /// When their console last gave a sign.
    pub seen: Option<DateTime<Utc>>,
}

/// How a run's lock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Somebody holds it.
    Held(Before),
    /// Nobody does; who did, if anybody.
    Free(Option<Before>),
}

impl Lock {
    /// Takes the lock and writes the driver into it for others to read.
    ///
    /// # Errors
    /// When someone else holds it.
    pub fn take(dir: &RunDir, driver: &Driver) -> Result<Self, JournalError> {
        let mut lock = Self::hold_to_write(dir)?;
        lock.write(dir, driver)?;
        Ok(lock)
    }

    /// Writes the driver into it for others to read.
    pub(super) fn write(&mut self, dir: &RunDir, driver: &Driver) -> Result<(), JournalError> {
        write(&mut self.file, driver).map_err(|source| fail(dir, source))
    }

    /// Takes the lock; who drove the run stays written there.
    ///
    /// # Errors
    /// When someone else holds it.
    pub fn hold_to_write(dir: &RunDir) -> Result<Self, JournalError> {
        let file = private_file()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.lock())
            .map_err(|source| fail(dir, source))?;
        Self::taken(dir, file)
    }

    /// Takes the lock of a run that is not driven on here, so that nothing is written:
    /// its disk may be full or read-only.
    ///
    /// # Errors
    /// When someone else holds it.
    pub fn hold(dir: &RunDir) -> Result<Self, JournalError> {
        let file = private_file()
            .read(true)
            .open(dir.lock())
            .map_err(|source| fail(dir, source))?;
        Self::taken(dir, file)
    }

    fn taken(dir: &RunDir, mut file: File) -> Result<Self, JournalError> {
        match patiently(&file) {
            Ok(()) => {
                crash::point("console.lock_taken");
                let before = before(&mut file);
                Ok(Self { file, before })
            }
            Err(TryLockError::WouldBlock) => {
                let driver = before(&mut file).map_or_else(unnamed, |before| before.driver);
                Err(JournalError::Driven(Box::new(driver)))
            }
            Err(TryLockError::Error(source)) => Err(fail(dir, source)),
        }
    }

    /// Who held it before.
    pub fn before(&self) -> Option<&Before> {
        self.before.as_ref()
    }
}

fn fail(dir: &RunDir, source: io::Error) -> JournalError {
    JournalError::Io {
        doing: "lock",
        path: dir.lock(),
        source,
    }
}

fn unnamed() -> Driver {
    Driver::from("another console")
}

/// Takes the lock, looking again for a moment: a process that was forked just now
/// shares every lock until it runs its own program, and who only looks holds it for an
/// instant.
fn patiently(file: &File) -> Result<(), TryLockError> {
    for _ in 0..LOOKS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN),
            taken => return taken,
        }
    }
    file.try_lock()
}

/// What stands in the file.
fn before(file: &mut File) -> Option<Before> {
    let mut bytes = Vec::new();
    file.rewind().ok()?;
    Read::by_ref(file)
        .take(LONGEST)
        .read_to_end(&mut bytes)
        .ok()?;
    let driver = Driver::read(&String::from_utf8_lossy(&bytes))?;
    let seen = file.metadata().and_then(|meta| meta.modified()).ok();
    Some(Before {
        driver,
        seen: seen.map(DateTime::from),
    })
}

fn write(file: &mut File, driver: &Driver) -> io::Result<()> {
    let text = driver.text();
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

/// How a run's lock stands, without taking it.
pub fn look(dir: &RunDir) -> Look {
    let Ok(mut file) = private_file().read(true).open(dir.lock()) else {
        return Look::Free(None);
    };
    let held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    let known = before(&mut file);
    if !held {
        return Look::Free(known);
    }
    Look::Held(known.unwrap_or_else(|| Before {
        driver: unnamed(),
        seen: None,
    }))
}

/// Who drives the run now, if anyone does.
pub fn holder(dir: &RunDir) -> Option<Driver> {
    match look(dir) {
        Look::Held(held) => Some(held.driver),
        Look::Free(_) => None,
    }
}

/// The holder gives a sign of life: others see when it last did.
///
/// # Errors
/// When the file cannot be touched.
pub fn give_sign(dir: &RunDir, now: DateTime<Utc>) -> io::Result<()> {
    let file = private_file().write(true).open(dir.lock())?;
    file.set_modified(SystemTime::from(now))
}

/// The holder says how it lets go, a moment before it does.
///
/// # Errors
/// When it cannot be written; then its console seems to have vanished.
pub fn say_farewell(dir: &RunDir, left: Departure) -> io::Result<()> {
    let mut file = private_file().read(true).write(true).open(dir.lock())?;
    let driver = before(&mut file).map_or_else(unnamed, |before| before.driver);
    write(
        &mut file,
        &Driver {
            left: Some(left),
            ..driver
        },
    )
}
