//! Where runbooks are found: folders in order, then the library built in.

pub mod changes;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use super::load::{Loaded, load_with};

/// A runbook file that is built into the program.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The name, without `.yaml`.
    pub name: &'static str,
    /// The file's text.
    pub text: &'static str,
    /// The text of its scenarios.
    pub scenarios: &'static str,
}

impl BuiltIn {
    /// It, as it is found by its name.
    pub fn entry(&self) -> Entry {
        Entry {
            name: self.name.to_owned(),
            origin: Origin::BuiltIn,
            text: self.text.to_owned(),
        }
    }

    /// It, checked, with the ones that it uses.
    pub fn load(&self) -> Loaded {
        load(&self.entry(), &[])
    }
}

/// A runbook of the folder `runbooks`, with its scenarios.
macro_rules! shipped {
    ($name:literal) => {
        BuiltIn {
            name: $name,
            text: include_str!(concat!("../../runbooks/", $name, ".yaml")),
            scenarios: include_str!(concat!("../../runbooks/", $name, ".test.yaml")),
        }
    };
}

/// The library: first what decides where to go, then what does it.
pub const BUILT_IN: &[BuiltIn] = &[
    shipped!("rollback-or-forward"),
    shipped!("service-down"),
    shipped!("aws-alb-blue-green"),
    shipped!("aws-codedeploy"),
    shipped!("aws-ecs"),
    shipped!("aws-rds-restore"),
    shipped!("database-migration"),
    shipped!("database-restore"),
    shipped!("docker-compose"),
    shipped!("docker-swarm"),
    shipped!("feature-flag"),
    shipped!("git-tag"),
    shipped!("haproxy-canary"),
    shipped!("kubernetes-blue-green"),
    shipped!("kubernetes-canary"),
    shipped!("kubernetes-rollout"),
    shipped!("nginx-blue-green"),
    shipped!("rollback-drill"),
    shipped!("symlink-release"),
    shipped!("terraform"),
    shipped!("vm-systemd"),
];

/// Where a runbook came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Built into the program.
    BuiltIn,
}

/// A runbook's text with its name and origin; not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name people call it by.
    pub name: String,
    /// From where.
    pub origin: Origin,
    /// The file's bytes, decoded.
    pub text: String,
}

impl Entry {
    /// The path, or `built-in:name`, as messages show it.
    pub fn shown(&self) -> String {
        match &self.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::BuiltIn => format!("built-in:{}", self.name),
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.origin {
            Origin::File(path) => Some(path.clone()),
            Origin::BuiltIn => None,
        }
    }

    /// The title by a quick look, without reading the whole file: for lists
    /// that must appear at once.
    pub fn quick_title(&self) -> &str {
        self.text
            .lines()
            .take(50)
            .find_map(|line| line.strip_prefix("title:"))
            .map_or(self.name.as_str(), |title| {
                title.trim().trim_matches(['"', '\''])
            })
    }
}

/// Why a runbook was not found.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Nothing has this name.
    #[error("there is no runbook `{name}`{}", suggestion.as_ref().map_or_else(|| "; `rbconsole list` shows what there is".to_owned(), |s| format!(": did you mean `{s}`?")))]
    NotFound {
        /// What was asked for.
        name: String,
        /// The nearest name that exists.
        suggestion: Option<String>,
    },
    /// The file is there and cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not text.
    #[error("{path}:{finding}")]
    NotText {
        /// The file.
        path: PathBuf,
        /// Where.
        finding: Box<super::Diagnostic>,
    },
}

/// Reads one file.
///
/// # Errors
/// When it cannot be read, is too large or is not UTF-8.
pub fn read_file(path: &Path) -> Result<Entry, LibraryError> {
    use std::io::Read;
    let unreadable = |source| LibraryError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    // One byte over the limit is enough to say that it is too large.
    std::fs::File::open(path)
        .map_err(unreadable)?
        .take(super::yaml::MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() > super::yaml::MAX_BYTES {
        bytes.truncate(bytes.len().min(super::yaml::MAX_BYTES + 1));
        let reason = format!("larger than {} MB", super::yaml::MAX_BYTES >> 20);
        return Err(unreadable(std::io::Error::other(reason)));
    }
    let text = super::load::decode(&bytes).map_err(|finding| LibraryError::NotText {
        path: path.to_owned(),
        finding,
    })?;
    let name = path
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    Ok(Entry {
        name,
        origin: Origin::File(path.to_owned()),
        text: text.to_owned(),
    })
}

/// Finds a runbook: a path to a file, or a name in the folders, then built in.
///
/// # Errors
/// When nothing has this name or the file cannot be read.
pub fn find(name: &str, folders: &[PathBuf]) -> Result<Entry, LibraryError> {
    let path = Path::new(name);
    if path.is_file() {
        return read_file(path);
    }
    by_name(name, folders).map_err(|error| match error {
        // A new runbook stands in the working directory, where no name is looked up.
        LibraryError::NotFound { name, .. } if Path::new(&format!("{name}.yaml")).is_file() => {
            LibraryError::NotFound {
                suggestion: Some(format!("{name}.yaml")),
                name,
            }
        }
        error => error,
    })
}

/// Finds a runbook by its name alone, never a file that happens to be called so.
fn by_name(name: &str, folders: &[PathBuf]) -> Result<Entry, LibraryError> {
    for folder in folders {
        for ending in ["yaml", "yml"] {
            let path = folder.join(format!("{name}.{ending}"));
            if path.is_file() {
                return read_file(&path);
            }
        }
    }
    if let Some(found) = BUILT_IN.iter().find(|found| found.name == name) {
        return Ok(found.entry());
    }
    let known: Vec<String> = list(folders).into_iter().map(|entry| entry.name).collect();
    Err(LibraryError::NotFound {
        name: name.to_owned(),
        suggestion: crate::template::similar::closest(name, known.iter().map(String::as_str))
            .map(str::to_owned),
    })
}

/// The scenarios of a runbook: the file beside it, or what is built in with it. The
/// name stays the runbook's.
///
/// # Errors
/// When there is a file that cannot be read.
pub fn scenarios(runbook: &Entry) -> Result<Option<Entry>, LibraryError> {
    match &runbook.origin {
        Origin::File(path) => {
            let beside = ["test.yaml", "test.yml"]
                .map(|ending| path.with_extension(ending))
                .into_iter()
                .find(|path| path.is_file());
            beside.map(|path| read_file(&path)).transpose()
        }
        Origin::BuiltIn => Ok(BUILT_IN
            .iter()
            .find(|found| found.name == runbook.name)
            .map(|found| Entry {
                name: found.name.to_owned(),
                origin: Origin::BuiltIn,
                text: found.scenarios.to_owned(),
            })),
    }
}

/// Reads and checks a runbook; the ones that it uses are found by name beside it,
/// in the folders, then built in.
pub fn load(entry: &Entry, folders: &[PathBuf]) -> Loaded {
    load_whole(entry, folders).0
}

/// Reads and checks a runbook, and says where each of those that it uses was found.
pub fn load_whole(entry: &Entry, folders: &[PathBuf]) -> (Loaded, Vec<Entry>) {
    let beside = match &entry.origin {
        Origin::File(path) => path.parent().map(Path::to_owned),
        Origin::BuiltIn => None,
    };
    let folders: Vec<PathBuf> = beside.into_iter().chain(folders.iter().cloned()).collect();
    let found = RefCell::new(Vec::new());
    let loaded = load_with(&entry.text, &|name| {
        let entry = by_name(name, &folders).map_err(|error| error.to_string())?;
        let text = entry.text.clone();
        found.borrow_mut().push(entry);
        Ok(text)
    });
    (loaded, found.into_inner())
}

/// The runbooks of a folder, in order; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|item| item.ok().map(|item| item.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (name.ends_with(".yaml") || name.ends_with(".yml")) && !name.contains(".test.")
        })
        .collect();
    paths.sort();
    paths
}

/// Every runbook that can be found by name; an earlier folder hides a later one.
/// Files that cannot be read are left out here: asking for one by name says why.
pub fn list(folders: &[PathBuf]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for folder in folders {
        for path in files(folder) {
            if let Ok(entry) = read_file(&path)
                && !entries.iter().any(|known| known.name == entry.name)
            {
                entries.push(entry);
            }
        }
    }
    for found in BUILT_IN {
        if !entries.iter().any(|known| known.name == found.name) {
            entries.push(found.entry());
        }
    }
    entries
}
