//! One driver at a time: a lock that dies with its holder.

use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, Write},
    time::Duration,
};

use super::JournalError;
use crate::crash;
use crate::run_dir::{RunDir, private_file};

/// How often a lock that is held is tried again.
const LOOKS: u32 = 10;
/// From one try to the next.
const BETWEEN: Duration = Duration::from_millis(10);

/// Held by whoever drives a run. The kernel frees it when the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock and writes the driver's name into it for others to read.
    ///
    /// # Errors
    /// When someone else holds it.
    pub fn take(dir: &RunDir, driver: &str) -> Result<Self, JournalError> {
        let path = dir.lock();
        let fail = |source| JournalError::Io {
            doing: "lock",
            path: path.clone(),
            source,
        };
        let mut file = private_file()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(fail)?;
        match patiently(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.take(200).read_to_string(&mut holder);
                let holder: String = holder.chars().filter(|c| !c.is_control()).collect();
                return Err(JournalError::Driven(if holder.is_empty() {
                    "another console".to_owned()
                } else {
                    holder
                }));
            }
            Err(TryLockError::Error(source)) => return Err(fail(source)),
        }
        crash::point("console.lock_taken");
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(driver.as_bytes()))
            .map_err(fail)?;
        Ok(Self { _file: file })
    }
}

impl Lock {
    /// Takes the lock of a run that is not driven on here, so that nothing is written: its disk may
    /// be full or read-only.
    ///
    /// # Errors
    /// When someone else holds it.
    pub fn hold(dir: &RunDir) -> Result<Self, JournalError> {
        let path = dir.lock();
        let fail = |source| JournalError::Io {
            doing: "lock",
            path: path.clone(),
            source,
        };
        let file = private_file().read(true).open(&path).map_err(fail)?;
        match patiently(&file) {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Driven(
                holder(dir).unwrap_or_else(|| "another console".to_owned()),
            )),
            Err(TryLockError::Error(source)) => Err(fail(source)),
        }
    }
}

/// Takes the lock, looking again for a moment: a process that was forked just now
/// shares every lock until it runs its own program.
fn patiently(file: &File) -> Result<(), TryLockError> {
    for _ in 0..LOOKS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN),
            taken => return taken,
        }
    }
    file.try_lock()
}

/// Who drives the run now, if anyone does.
pub fn holder(dir: &RunDir) -> Option<String> {
    let file = private_file().read(true).open(dir.lock()).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.take(200).read_to_string(&mut holder);
            Some(holder.chars().filter(|c| !c.is_control()).collect())
        }
        _ => None,
    }
}
