//! Where a file stands: whose it is, and who else could change it.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::settings::login_name;

/// Writable by the group or by everybody.
const BY_OTHERS: u32 = 0o022;
/// In such a folder only the owner of an entry can replace it.
const STICKY: u32 = 0o1000;

/// Whose a file is and who may change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// In words.
    pub words: String,
    /// Somebody else than the operator and root could change it.
    pub doubtful: bool,
}

/// Whose a file is, and who else could change it or put another in its place.
pub fn owner(file: &Path) -> Owner {
    let meta = match fs::metadata(file) {
        Ok(meta) => meta,
        Err(error) => {
            return Owner {
                words: format!("its owner is not known: {error}"),
                doubtful: true,
            };
        }
    };
    let name = user(meta.uid());
    match open_to_others(file) {
        None => Owner {
            words: format!("belongs to {name}; nobody else can change it"),
            doubtful: false,
        },
        Some(why) => Owner {
            words: format!("belongs to {name}; {why}"),
            doubtful: true,
        },
    }
}

/// Why a file is not trusted for the place where it stands; none if it stands in
/// the folder `runbooks` of the operator's config directory, which nobody else can
/// write to.
pub fn not_the_operators(file: &Path, config: &Path) -> Option<String> {
    let elsewhere = || {
        let words =
            "it is neither built in nor stands in the folder runbooks of your config directory";
        Some(words.to_owned())
    };
    let Ok(folder) = fs::canonicalize(config).map(|config| config.join("runbooks")) else {
        return elsewhere();
    };
    // A link out of the folder leads to a file that stands elsewhere.
    match fs::canonicalize(file) {
        Ok(file) if file.starts_with(&folder) => open_to_others(&file)
            .map(|why| format!("it stands in your config directory, but {why}")),
        _ => elsewhere(),
    }
}

/// Who else than the operator could change a file or put another in its place: the
/// file and every folder above it are looked at.
fn open_to_others(file: &Path) -> Option<String> {
    let Ok(file) = fs::canonicalize(file) else {
        return Some("it cannot be found".to_owned());
    };
    file.ancestors().find_map(|path| {
        let what = if path == file {
            "it".to_owned()
        } else {
            super::difference::plain(&path.display().to_string())
        };
        weakness(path).map(|why| format!("{what} {why}"))
    })
}

/// Why others could change what stands at a path, as the end of a sentence.
pub fn weakness(path: &Path) -> Option<String> {
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) => return Some(format!("cannot be looked at: {error}")),
    };
    let ours = rustix::process::geteuid().as_raw();
    if meta.uid() != ours && meta.uid() != 0 {
        return Some(format!("belongs to {}", user(meta.uid())));
    }
    let guarded = meta.is_dir() && meta.mode() & STICKY != 0;
    (meta.mode() & BY_OTHERS != 0 && !guarded).then(|| {
        format!(
            "can be written by others (mode {:o}; mend it with chmod go-w)",
            meta.mode() & 0o7777
        )
    })
}

/// A user's name, or at least the number.
fn user(uid: u32) -> String {
    match login_name(uid) {
        Some(name) => format!("{name} ({uid})"),
        None => format!("the user {uid}"),
    }
}

/// A file's path without links, which is the same wherever one stands.
pub fn canonical(file: &Path) -> PathBuf {
    fs::canonicalize(file)
        .or_else(|_| std::path::absolute(file))
        .unwrap_or_else(|_| file.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn config() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("config/runbooks");
        fs::create_dir_all(&folder).unwrap();
        mode(&scratch.path().join("config"), 0o755);
        mode(&folder, 0o755);
        let file = folder.join("a.yaml");
        fs::write(&file, "text").unwrap();
        mode(&file, 0o644);
        let config = scratch.path().join("config");
        (scratch, config, file)
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_config_directory_is_trusted_while_nobody_else_can_write_there() {
        let (_scratch, config, file) = config();
        assert_eq!(not_the_operators(&file, &config), None);
        for (path, told) in [
            (file.clone(), "but it can be written by others (mode 664"),
            (config.join("runbooks"), "runbooks can be written by others"),
            (config.clone(), "config can be written by others"),
        ] {
            let was = fs::metadata(&path).unwrap().permissions().mode();
            mode(&path, was | 0o020);
            let why = not_the_operators(&file, &config).unwrap();
            assert!(why.contains(told), "{why}");
            mode(&path, was);
        }
        assert_eq!(not_the_operators(&file, &config), None);
    }

    #[test]
    fn what_a_link_leads_to_stands_elsewhere() {
        let (scratch, config, _) = config();
        let other = scratch.path().join("other.yaml");
        fs::write(&other, "text").unwrap();
        let link = config.join("runbooks/link.yaml");
        symlink(&other, &link).unwrap();
        let why = not_the_operators(&link, &config).unwrap();
        assert!(why.contains("neither built in"), "{why}");
        let beside = config.join("beside.yaml");
        fs::write(&beside, "text").unwrap();
        assert!(not_the_operators(&beside, &config).is_some());
        assert!(not_the_operators(&config.join("runbooks/gone.yaml"), &config).is_some());
    }

    #[test]
    fn whose_a_file_is_is_told() {
        let (_scratch, _, file) = config();
        let found = owner(&file);
        assert!(!found.doubtful, "{}", found.words);
        assert!(
            found.words.contains("nobody else can change it"),
            "{}",
            found.words
        );
        mode(&file, 0o666);
        let found = owner(&file);
        assert!(
            found.doubtful && found.words.contains("written by others"),
            "{}",
            found.words
        );
        assert!(owner(Path::new("/nowhere/at/all")).doubtful);
    }
}
