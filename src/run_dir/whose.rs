//! Whose a file or a folder is: only what is the operator's alone is used.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

use rustix::io::Errno;

use super::RunDirError;

/// Whether anything stands there, be it a link that leads nowhere.
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Makes sure that a folder is the operator's alone.
pub(super) fn safe_folder(path: &Path, what: &'static str) -> Result<(), RunDirError> {
    let looked = fs::symlink_metadata(path);
    let owner = looked.as_ref().ok().and_then(not_ours);
    safe_kind(path, looked.map(|meta| meta.file_type()), what)?;
    refuse(path, owner, what)
}

/// Makes sure that what stands there is a folder itself, not a link to one.
pub(super) fn safe_kind(
    path: &Path,
    looked: io::Result<fs::FileType>,
    what: &'static str,
) -> Result<(), RunDirError> {
    let kind = looked.map_err(|source| RunDirError::Unusable {
        path: path.to_owned(),
        source,
    })?;
    let wrong = if kind.is_symlink() {
        Some("it is a symbolic link")
    } else if !kind.is_dir() {
        Some("it is not a directory")
    } else {
        None
    };
    refuse(path, wrong.map(str::to_owned), what)
}

/// Makes sure that a file, if it is there, is the operator's alone.
pub(super) fn safe_file(path: &Path) -> Result<(), RunDirError> {
    let Ok(meta) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let wrong = if meta.file_type().is_symlink() {
        Some("it is a symbolic link".to_owned())
    } else {
        not_private(&meta)
    };
    refuse(path, wrong, "What stands in a run's directory")
}

pub(super) fn refuse(
    path: &Path,
    wrong: Option<String>,
    what: &'static str,
) -> Result<(), RunDirError> {
    match wrong {
        None => Ok(()),
        Some(why) => Err(RunDirError::Unsafe {
            path: path.to_owned(),
            why,
            what,
        }),
    }
}

/// Why others could put something else in the place of what stands in a folder.
pub(super) fn replaceable(folder: &Path) -> Option<String> {
    const STICKY: u32 = 0o1000;
    let meta = fs::metadata(folder).ok()?;
    if meta.uid() != 0
        && let Some(why) = foreign(&meta)
    {
        return Some(why);
    }
    (meta.mode() & STICKY == 0)
        .then(|| writable(&meta))
        .flatten()
}

/// What the operating system says of a link or a pipe, in words.
pub(super) fn in_words(path: &Path, error: io::Error) -> io::Error {
    match Errno::from_io_error(&error) {
        Some(Errno::LOOP) => refused(path, "it is a symbolic link"),
        // A pipe that nobody reads, or a socket.
        Some(Errno::NXIO) => refused(path, "it is no regular file"),
        _ => error,
    }
}

/// An error that says what is wrong with a file of a private directory.
pub(super) fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{} is not safe to use: {why}", path.display()),
    )
}

/// Why a file is not used, if it is not the operator's own alone.
pub(super) fn not_private(meta: &fs::Metadata) -> Option<String> {
    if !meta.is_file() {
        return Some("it is no regular file".to_owned());
    }
    if meta.nlink() > 1 {
        return Some(format!(
            "it is also known under another name ({} hard links)",
            meta.nlink()
        ));
    }
    not_ours(meta)
}

/// Whose it is, if it is not the operator's, or that others can write to it.
pub(super) fn not_ours(meta: &fs::Metadata) -> Option<String> {
    foreign(meta).or_else(|| writable(meta))
}

/// Whose it is, if it is not the operator's.
pub(super) fn foreign(meta: &fs::Metadata) -> Option<String> {
    (meta.uid() != rustix::process::geteuid().as_raw())
        .then(|| format!("it belongs to the user {}", meta.uid()))
}

pub(super) fn writable(meta: &fs::Metadata) -> Option<String> {
    (meta.mode() & 0o022 != 0)
        .then(|| format!("others can write to it (mode {:o})", meta.mode() & 0o777))
}
