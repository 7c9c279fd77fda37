//! Whether a runbook was saved, added or removed since one last looked.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// How the runbooks of the folders looked at one moment. Their contents are not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look(Vec<(PathBuf, Option<Stamp>)>);

/// What differs once a file was saved: an editor writes into it, or puts another in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    file: u64,
    length: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

/// Looks at the folders.
pub fn look(folders: &[PathBuf]) -> Look {
    let paths = folders.iter().flat_map(|folder| super::files(folder));
    Look(paths.map(|path| (path.clone(), stamp(&path))).collect())
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(path).ok()?;
    Some(Stamp {
        file: meta.ino(),
        length: meta.len(),
        written: (meta.mtime(), meta.mtime_nsec()),
        changed: (meta.ctime(), meta.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_dir::write_private;

    #[test]
    fn every_kind_of_change_is_seen_and_reading_is_none() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let folders = [folder.path().to_owned(), folder.path().join("missing")];
        let file = folder.path().join("a.yaml");
        let write = |path: &Path, text: &str| {
            write_private(path, text.as_bytes()).expect("a file can be written");
        };
        let empty = look(&folders);
        write(&file, "one");
        let added = look(&folders);
        assert_ne!(empty, added);
        std::fs::read(&file).expect("it can be read");
        write(&folder.path().join("a.test.yaml"), "no runbook");
        write(&folder.path().join("notes.txt"), "no runbook");
        assert_eq!(added, look(&folders));
        write(&file, "three");
        let longer = look(&folders);
        assert_ne!(added, longer);
        let other = folder.path().join("other");
        write(&other, "seven");
        std::fs::rename(&other, &file).expect("a file can be put in another's place");
        let replaced = look(&folders);
        assert_ne!(longer, replaced, "as long as before, and another file");
        std::fs::remove_file(&file).expect("a file can be removed");
        assert_eq!(empty, look(&folders));
    }
}
