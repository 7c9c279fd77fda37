//! Copying a run's files so that they are on the disk before anything relies on it.

use std::{
    collections::BTreeSet,
    fs::{self, File, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use super::{MoveError, at, make};
use crate::run_dir::{AttemptDir, private_file};

/// Deeper than any folder of a run.
const DEPTH: usize = 8;

/// A log that could not be read.
#[derive(Debug)]
pub(super) struct Missing {
    /// Whose.
    pub attempt: String,
    /// Why, in words.
    pub words: String,
}

/// Copies what is durable: every regular file, no links, sockets or locks, nothing of the attempts
/// named. What could not be read of a log is told; of anything else it is an error.
pub(super) fn tree(
    from: &Path,
    to: &Path,
    without: &BTreeSet<String>,
) -> Result<Vec<Missing>, MoveError> {
    let mut missing = Vec::new();
    folder(from, to, without, DEPTH, &mut missing)?;
    Ok(missing)
}

fn folder(
    from: &Path,
    to: &Path,
    without: &BTreeSet<String>,
    depth: usize,
    missing: &mut Vec<Missing>,
) -> Result<(), MoveError> {
    for item in fs::read_dir(from).map_err(at("read", from))? {
        let item = item.map_err(at("read", from))?;
        let name = item.file_name();
        let (source, target) = (item.path(), to.join(&name));
        let meta = fs::symlink_metadata(&source).map_err(at("read", &source))?;
        let name = name.to_string_lossy();
        if meta.is_dir() {
            if depth > 0 && !without.contains(name.as_ref()) {
                make(&target, true)?;
                folder(&source, &target, without, depth - 1, missing)?;
            }
        } else if meta.is_file() && !is_of_the_place(&name) {
            file(&source, &target, meta.mode(), missing)?;
        }
    }
    sync(to)
}

/// Whether a file says something about this place, not about the run.
fn is_of_the_place(name: &str) -> bool {
    [
        "lock",
        "moved_from.json",
        "moved_to.json",
        "output_limit.json",
    ]
    .contains(&name)
}

fn file(
    source: &Path,
    target: &Path,
    mode: u32,
    missing: &mut Vec<Missing>,
) -> Result<(), MoveError> {
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    let is_log = AttemptDir::piece_of(&name).is_some() || name == crate::output::INDEX_NAME;
    let mut reading = private_file()
        .read(true)
        .open(source)
        .map_err(at("read", source))?;
    // What an earlier try left may be read-only.
    let _ = fs::remove_file(target);
    let mut writing = private_file()
        .write(true)
        .create_new(true)
        .open(target)
        .map_err(at("write", target))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = match reading.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if is_log => {
                // A log is worth less than the run: what there is of it goes along.
                let attempt = source.parent().and_then(Path::file_name);
                let attempt = attempt.unwrap_or_default().to_string_lossy().into_owned();
                let words = format!("the log of {attempt} could not be read to its end: {error}");
                missing.push(Missing { attempt, words });
                break;
            }
            Err(error) => return Err(at("read", source)(error)),
        };
        let piece = buffer.get(..count).unwrap_or_default();
        writing.write_all(piece).map_err(at("write", target))?;
    }
    // A full piece of a log is known by being read-only.
    writing
        .set_permissions(Permissions::from_mode(mode & 0o700))
        .and_then(|()| writing.sync_all())
        .map_err(at("write", target))
}

/// Makes a folder's names durable.
pub(super) fn sync(folder: &Path) -> Result<(), MoveError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(at("sync", folder))
}
