//! Every path inside one run's directory, and who may read it.

mod moved;
mod private;
mod unwritable;
mod whose;

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

pub use moved::{MovedFrom, MovedTo};
pub use private::{Private, private_file, read_private, write_as_asked, write_private};
use rustix::fs::OFlags;
pub use unwritable::unwritable;
use whose::{
    exists, foreign, in_words, refuse, refused, replaceable, safe_file, safe_folder, safe_kind,
};

/// A run's directory: `0700`, its files `0600`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    root: PathBuf,
    /// Attempts that ran on while the run was moved here.
    elsewhere: Vec<(String, AttemptDir)>,
}

/// The directory of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptDir {
    root: PathBuf,
}

/// Why a run's directory is not used.
#[derive(Debug, thiserror::Error)]
pub enum RunDirError {
    /// The directory is missing or unreadable.
    #[error("cannot open the run's directory {path}: {source}")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could have written into it.
    #[error(
        "{path} is not safe to use: {why}. {what} belongs to its operator alone (folders have the mode 0700, files 0600)"
    )]
    Unsafe {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What it is, at the beginning of a sentence.
        what: &'static str,
    },
}

/// Where the journal of a run stands in its directory.
pub fn journal_in(root: &Path) -> PathBuf {
    root.join("journal.jsonl")
}

impl RunDir {
    /// Makes the directory of a new run.
    ///
    /// # Errors
    /// When it exists already or cannot be made.
    pub fn create(runs: &Path, id: &str) -> io::Result<Self> {
        make_private(runs, true)?;
        if let Some(why) = replaceable(runs) {
            return Err(refused(runs, &why));
        }
        let root = runs.join(id);
        make_private(&root, false)?;
        make_private(&root.join("attempts"), false)?;
        make_private(&root.join("inbox"), false)?;
        Ok(Self {
            root,
            elsewhere: Vec::new(),
        })
    }

    /// Opens an existing run's directory, if it is the operator's alone.
    ///
    /// # Errors
    /// When it, or what stands in it, is a link, someone else's or writable by others.
    pub fn open(root: &Path) -> Result<Self, RunDirError> {
        safe_folder(root, "A run's directory")?;
        // Who can rename the directory can put another in its place.
        if let Some(runs) = root.parent().filter(|runs| !runs.as_os_str().is_empty())
            && let Some(why) = replaceable(runs)
        {
            return Err(RunDirError::Unsafe {
                path: runs.to_owned(),
                why,
                what: "The directory of the runs",
            });
        }
        let mut dir = Self {
            root: root.to_owned(),
            elsewhere: Vec::new(),
        };
        for folder in [dir.attempts(), dir.inbox(), dir.used_runbooks()] {
            if exists(&folder) {
                safe_folder(&folder, "What stands in a run's directory")?;
            }
        }
        for file in [dir.journal(), dir.runbook(), dir.lock(), dir.signals()] {
            safe_file(&file)?;
        }
        dir.elsewhere = dir.elsewhere();
        Ok(dir)
    }

    /// Looks at a directory from outside only: what the system says of it, where it is the
    /// operator's alone. Nothing of it may be used before it is opened.
    pub fn glance(root: &Path) -> Option<fs::Metadata> {
        let meta = fs::symlink_metadata(root).ok()?;
        (meta.is_dir() && whose::not_ours(&meta).is_none()).then_some(meta)
    }

    /// Whether nobody else can put another directory in the place of one of these.
    pub fn holds_safely(runs: &Path) -> bool {
        replaceable(runs).is_none()
    }

    /// The directory of a run that has none, as a scenario's: nothing can be read or
    /// made in it.
    pub fn nowhere() -> Self {
        Self {
            root: PathBuf::from("/dev/null/run"),
            elsewhere: Vec::new(),
        }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The folder in which it stands with all others.
    pub fn runs(&self) -> &Path {
        self.root.parent().unwrap_or(&self.root)
    }

    /// The run's id.
    pub fn id(&self) -> String {
        self.root
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        journal_in(&self.root)
    }

    /// The runbook as it was when the run began.
    pub fn runbook(&self) -> PathBuf {
        self.root.join("runbook.yaml")
    }

    /// The runbooks that it uses, as they were when the run began.
    pub fn used_runbooks(&self) -> PathBuf {
        self.root.join("used")
    }

    /// One of them, by its name.
    pub fn used_runbook(&self, name: &str) -> PathBuf {
        self.used_runbooks().join(format!("{name}.yaml"))
    }

    /// Makes the folder for the runbooks that it uses.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_used_runbooks(&self) -> io::Result<()> {
        make_private(&self.used_runbooks(), false)
    }

    /// The samples of the run's signals.
    pub fn signals(&self) -> PathBuf {
        self.root.join("signals.jsonl")
    }

    /// What a later console takes the time of day from.
    pub fn clock(&self) -> PathBuf {
        self.root.join("clock.json")
    }

    /// Held by whoever drives the run.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Where others leave notes for the driver.
    pub fn inbox(&self) -> PathBuf {
        self.root.join("inbox")
    }

    /// All attempts.
    pub fn attempts(&self) -> PathBuf {
        self.root.join("attempts")
    }

    /// The names of the attempts' directories. There may be thousands, so who else may
    /// write in one is asked when it is used.
    ///
    /// # Errors
    /// When something else stands among them, such as a link.
    pub fn attempt_names(&self) -> Result<Vec<String>, RunDirError> {
        let found = fs::read_dir(self.attempts()).into_iter().flatten();
        let names = found.flatten().map(|item| {
            safe_kind(&item.path(), item.file_type(), "An attempt's directory")?;
            Ok(item.file_name().to_string_lossy().into_owned())
        });
        names.collect()
    }

    /// One attempt, by the name of its directory.
    pub fn attempt(&self, name: &str) -> AttemptDir {
        let elsewhere = self.elsewhere.iter().find(|(known, _)| known == name);
        if let Some((_, dir)) = elsewhere {
            return dir.clone();
        }
        AttemptDir {
            root: self.attempts().join(name),
        }
    }
}

impl AttemptDir {
    /// An attempt's directory by its path.
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// Makes it.
    ///
    /// # Errors
    /// When it cannot be made; that it exists already is no error if it is ours.
    pub fn create(&self) -> io::Result<()> {
        match make_private(&self.root, false) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.is_ours(),
            other => other,
        }
    }

    /// Makes sure that nobody else can write to it, and that it is no link.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn is_ours(&self) -> io::Result<()> {
        safe_folder(&self.root, "An attempt's directory").map_err(|error| match error {
            RunDirError::Unusable { source, .. } => source,
            unsafe_one @ RunDirError::Unsafe { .. } => {
                io::Error::new(io::ErrorKind::PermissionDenied, unsafe_one.to_string())
            }
        })
    }

    /// Makes sure that all of what stands in it is the operator's own: before a run
    /// is taken up, since what became of the attempt is concluded from it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn is_safe(&self) -> Result<(), RunDirError> {
        if !exists(&self.root) {
            return Ok(());
        }
        safe_folder(&self.root, "An attempt's directory")?;
        for file in [
            self.claim(),
            self.lock(),
            self.spec(),
            self.started(),
            self.exit(),
        ] {
            safe_file(&file)?;
        }
        for file in ["output.log", "output.idx"] {
            safe_file(&self.root.join(file))?;
        }
        let control = self.root.join("control");
        let Ok(meta) = fs::symlink_metadata(&control) else {
            return Ok(());
        };
        let wrong = if meta.file_type().is_socket() {
            foreign(&meta)
        } else {
            Some("it is no socket".to_owned())
        };
        refuse(&control, wrong, "The socket of an attempt")
    }

    /// The directory itself, opened: never what a link leads to.
    ///
    /// # Errors
    /// When it is no directory.
    pub fn open(&self) -> io::Result<fs::File> {
        let flags = OFlags::NOFOLLOW | OFlags::DIRECTORY;
        fs::OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(&self.root)
            .map_err(|error| in_words(&self.root, error))
    }

    /// The directory itself; output log and index stand in it.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What was launched, without secrets.
    pub fn spec(&self) -> PathBuf {
        self.root.join("spec.json")
    }

    /// Who ran it, as earlier versions noted it; now that stands in the lock.
    pub fn started(&self) -> PathBuf {
        self.root.join("started.json")
    }

    /// The exit record. Its appearance is the commit point.
    pub fn exit(&self) -> PathBuf {
        self.root.join("exit.json")
    }

    /// The log's beginning, or all of it.
    pub fn log(&self) -> PathBuf {
        self.root.join("output.log")
    }

    /// A later piece of the log, which holds its bytes from `offset` on.
    pub fn log_piece(&self, offset: u64) -> PathBuf {
        if offset == 0 {
            return self.log();
        }
        self.root.join(format!("output.{offset}.log"))
    }

    /// Where the piece of the log begins that a file of this name holds, if it holds one.
    pub fn piece_of(name: &str) -> Option<u64> {
        if name == "output.log" {
            return Some(0);
        }
        let offset = name.strip_prefix("output.")?.strip_suffix(".log")?;
        let number: u64 = offset.parse().ok()?;
        // One spelling for each: not `+7`, not `007`.
        (number > 0 && number.to_string() == offset).then_some(number)
    }

    /// Who may run it: made once, by its supervisor or by a resume.
    pub fn claim(&self) -> PathBuf {
        self.root.join("claim")
    }

    /// The control group around its command, as long as there is one.
    pub fn cgroup(&self) -> PathBuf {
        self.root.join("cgroup")
    }

    /// Held by the supervisor as long as the attempt lasts; it says who that is.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }
}

/// Makes a folder that is the operator's alone, and with `parents` those around it that are
/// not there.
///
/// # Errors
/// When it cannot be made; that it is there already is one without `parents`.
pub fn make_private(path: &Path, parents: bool) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(parents)
        .mode(0o700)
        .create(path)
}

#[cfg(test)]
mod tests;
