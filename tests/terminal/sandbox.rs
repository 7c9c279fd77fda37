//! A home of its own for each test: state, configuration and scratch folders, and whoever still runs in it.

#![allow(
    dead_code,
    reason = "each test file that shares this uses another part of it"
)]

use std::{
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long anything may take. Only a test that fails waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Now, for measuring how long something took.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test waits is no time of the product"
)]
pub fn now() -> Instant {
    Instant::now()
}

/// A home that nobody else uses.
pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for name in ["state", "config", "config/runbooks", "tmp", "runbooks"] {
            // Whatever the umask is: in a folder of others nothing is trusted.
            std::fs::DirBuilder::new()
                .mode(0o700)
                .create(folder.path().join(name))
                .expect("a folder can be made");
        }
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the demo makes its scratch folder.
    pub fn tmp(&self) -> PathBuf {
        self.path().join("tmp")
    }

    /// Where runs and the trace stand.
    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// Writes the operator's config file.
    pub fn config(&self, text: &str) {
        let path = self.path().join("config/config.yaml");
        rbconsole::run_dir::write_private(&path, text.as_bytes()).expect("a file can be written");
    }

    /// Puts a runbook into the operator's config directory, where it is trusted, and
    /// says where.
    pub fn runbook(&self, name: &str, text: &str) -> PathBuf {
        self.put("config/runbooks", name, text)
    }

    /// Puts a runbook into the folder where one works, where it is not trusted.
    pub fn foreign_runbook(&self, name: &str, text: &str) -> PathBuf {
        self.put("runbooks", name, text)
    }

    fn put(&self, folder: &str, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(folder).join(format!("{name}.yaml"));
        rbconsole::run_dir::write_private(&path, text.as_bytes()).expect("a file can be written");
        path
    }

    /// The program in this home; `program` is what starts it.
    #[expect(
        clippy::disallowed_methods,
        reason = "these tests are about the program as a process"
    )]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env("HOME", self.path())
            .env("TMPDIR", self.tmp())
            .env("RBCONSOLE_STATE_DIR", self.path().join("state"))
            .env("RBCONSOLE_CONFIG_DIR", self.path().join("config"))
            .env("RBCONSOLE_OPERATOR", "ana")
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .env_remove("COLORTERM");
        command
    }

    /// The program's own file.
    pub fn program() -> &'static str {
        env!("CARGO_BIN_EXE_rbconsole")
    }

    /// The only run there is.
    pub fn run_dir(&self) -> PathBuf {
        let mut all = self.run_dirs();
        assert_eq!(all.len(), 1, "one run: {all:?}");
        all.remove(0)
    }

    /// Where runs are kept.
    pub fn runs(&self) -> PathBuf {
        self.path().join("state/runs")
    }

    pub fn run_dirs(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = std::fs::read_dir(self.runs())
            .into_iter()
            .flatten()
            .map(|item| item.expect("readable").path())
            .collect();
        all.sort();
        all
    }

    /// The run's journal, one JSON object a line; a line that is being written is left out.
    pub fn journal(&self) -> Vec<serde_json::Value> {
        // A run's folder is there a moment before its journal.
        let text = std::fs::read_to_string(self.run_dir().join("journal.jsonl"));
        let text = text.unwrap_or_default();
        let end = text.rfind('\n').map_or(0, |at| at + 1);
        text[..end]
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of the journal is JSON"))
            .collect()
    }

    /// The processes that belong to this home, by their command lines.
    pub fn processes(&self) -> Vec<String> {
        let home = self.path().to_string_lossy().into_owned();
        let mut found = Vec::new();
        for item in std::fs::read_dir("/proc")
            .expect("there is /proc")
            .flatten()
        {
            let pid = item.file_name().to_string_lossy().into_owned();
            if !pid.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let read = |name: &str| {
                let bytes = std::fs::read(item.path().join(name)).unwrap_or_default();
                String::from_utf8_lossy(&bytes).replace('\0', " ")
            };
            let command = read("cmdline");
            // A process that has ended but was not waited for has no command line.
            if !command.is_empty() && (command.contains(&home) || read("environ").contains(&home)) {
                found.push(format!("{pid}: {command}"));
            }
        }
        found
    }

    /// Nothing of this home runs any more, within the time that ending takes.
    pub fn nothing_left(&self) {
        eventually("nothing is left running", || {
            let left = self.processes();
            if left.is_empty() {
                Ok(())
            } else {
                Err(format!("{left:?}"))
            }
        });
    }
}

/// Waits until something holds; `Err` says what stands instead.
pub fn eventually<T>(what: &str, mut check: impl FnMut() -> Result<T, String>) -> T {
    let began = now();
    loop {
        match check() {
            Ok(made) => return made,
            Err(instead) if began.elapsed() > PATIENCE => {
                panic!("waited in vain until {what}: {instead}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Whether sudo can ask here as a user who may do nothing; says so where not.
pub fn sudo_can_ask(test: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let find = |name: &str| {
        let mut all = std::env::split_paths(&path).map(|folder| folder.join(name));
        all.find(|file| file.exists())
    };
    let is_set_up = |sudo: &Path| {
        let known = std::fs::metadata(sudo);
        known.is_ok_and(|file| file.mode() & 0o4000 != 0)
    };
    let why = match find("sudo") {
        None => "sudo is not installed",
        Some(_) if !rustix::process::geteuid().is_root() || find("setpriv").is_none() => {
            "only root can ask as a user who may do nothing (setpriv)"
        }
        Some(sudo) if !is_set_up(&sudo) => "sudo is not set up here",
        Some(_) => return true,
    };
    println!("SKIPPED {test}: {why}");
    false
}
