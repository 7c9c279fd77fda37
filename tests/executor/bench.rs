//! A run's directory, an executor over it, and what that reported.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use rbconsole::{
    engine::{
        AttemptId, Launch,
        effect::{Capture, Part},
        observed::{Observed, Report},
    },
    executor::{Executor, Secrets, Supervised, Verdict},
    run_dir::RunDir,
    runbook::Effect,
};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How long anything may take. Only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

const PROGRAM: &str = env!("CARGO_BIN_EXE_rbconsole");

pub struct Bench {
    folder: std::rc::Rc<TempDir>,
    dir: RunDir,
    pub executor: Supervised,
    pub secrets: Secrets,
    reports: UnboundedReceiver<Observed>,
    seen: Vec<Observed>,
    taken: Vec<bool>,
}

/// A command in bash.
pub fn launch(attempt: AttemptId, script: &str) -> Launch {
    Launch {
        attempt,
        step: "try".to_owned(),
        script: String::new(),
        part: Part::Main,
        round: 0,
        number: 1,
        argv: ["bash", "-c", script].map(str::to_owned).to_vec(),
        env: Vec::new(),
        secrets: Vec::new(),
        cwd: None,
        tty: false,
        silence_ms: None,
        timeout_ms: 60_000,
        kill_grace_ms: 5_000,
        effect: Effect::Write,
        capture: Capture::default(),
    }
}

fn supervised(dir: &RunDir, program: &Path) -> (Supervised, UnboundedReceiver<Observed>) {
    let (send, reports) = unbounded_channel();
    let program = program.to_owned();
    (Supervised::new(dir.clone(), program, send), reports)
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let dir = RunDir::create(&folder.path().join("runs"), "run").expect("a run's directory");
        let (executor, reports) = supervised(&dir, Path::new(PROGRAM));
        Self {
            folder: folder.into(),
            dir,
            executor,
            secrets: Secrets::new(),
            reports,
            seen: Vec::new(),
            taken: Vec::new(),
        }
    }

    /// Supervisors begin with these signals ignored, as those of a console that a shell has put into the
    /// background.
    pub fn ignoring(signals: &str) -> Self {
        let mut bench = Self::new();
        let program = bench.folder.path().join("ignoring");
        let script = format!("#!/bin/sh\ntrap '' {signals}\nexec {PROGRAM} \"$@\"\n");
        std::fs::write(&program, script).expect("a script can be written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(&program, mode).expect("it is ours");
        (bench.executor, bench.reports) = supervised(&bench.dir, &program);
        bench
    }

    pub fn launch(&mut self, launch: &Launch) {
        self.executor.launch(launch, &self.secrets);
    }

    /// Another console that takes up an attempt.
    pub fn another(&self, launch: &Launch) -> (Self, Verdict) {
        let (mut executor, reports) = supervised(&self.dir, Path::new(PROGRAM));
        let verdict = executor.adopt(launch, true);
        let other = Self {
            folder: self.folder.clone(),
            dir: self.dir.clone(),
            executor,
            secrets: Secrets::new(),
            reports,
            seen: Vec::new(),
            taken: Vec::new(),
        };
        (other, verdict)
    }

    pub fn scratch(&self) -> String {
        self.folder.path().to_string_lossy().into_owned()
    }

    pub fn dir(&self, launch: &Launch) -> PathBuf {
        self.dir.attempt(&launch.directory()).path().to_owned()
    }

    /// What the command printed so far.
    pub fn log(&self, launch: &Launch) -> String {
        let bytes = std::fs::read(self.dir(launch).join("output.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until the command has printed something.
    pub async fn prints(&self, launch: &Launch, words: &str) {
        let waited = tokio::time::timeout(PATIENCE, async {
            while !self.log(launch).contains(words) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let seen = waited.await;
        assert!(seen.is_ok(), "no ‘{words}’ in ‘{}’", self.log(launch));
    }

    /// A named pipe in the scratch folder.
    pub fn pipe(&self, name: &str) -> PathBuf {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let path = self.folder.path().join(name);
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
        path
    }

    /// Waits for the next report that is wanted, each once.
    async fn next<T>(&mut self, what: &str, wanted: impl Fn(&Observed) -> Option<T>) -> T {
        loop {
            for (at, observed) in self.seen.iter().enumerate() {
                if !self.taken[at]
                    && let Some(found) = wanted(observed)
                {
                    self.taken[at] = true;
                    return found;
                }
            }
            let next = tokio::time::timeout(PATIENCE, self.reports.recv()).await;
            let Ok(Some(observed)) = next else {
                panic!("waited in vain for {what}: {:?}", self.seen);
            };
            self.seen.push(observed);
            self.taken.push(false);
        }
    }

    pub async fn started(&mut self, of: AttemptId) -> u32 {
        self.next("a start", |observed| match observed {
            Observed::Started { attempt, pid } if *attempt == of => Some(*pid),
            _ => None,
        })
        .await
    }

    pub async fn finished(&mut self, of: AttemptId) -> Report {
        self.next("an end", |observed| match observed {
            Observed::Finished { attempt, report } if *attempt == of => Some((**report).clone()),
            _ => None,
        })
        .await
    }

    pub async fn silent(&mut self, of: AttemptId) -> DateTime<Utc> {
        self.next("a silence", |observed| match observed {
            Observed::Silent { attempt, since } if *attempt == of => Some(*since),
            _ => None,
        })
        .await
    }

    /// How many silences were told.
    pub fn silences(&self, of: AttemptId) -> usize {
        let of_it =
            |it: &&Observed| matches!(it, Observed::Silent { attempt, .. } if *attempt == of);
        self.seen.iter().filter(of_it).count()
    }

    pub fn is_finished(&self, of: AttemptId) -> bool {
        self.seen
            .iter()
            .any(|it| matches!(it, Observed::Finished { attempt, .. } if *attempt == of))
    }
}

/// Writes into a named pipe, once somebody reads it.
pub fn write(pipe: &Path, text: &str) {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    // An open that waits would wait for ever for a command that is gone.
    until("a reader of the pipe", || {
        open(pipe, flags, Mode::empty()).is_ok_and(|end| {
            rustix::io::write(end, text.as_bytes()).expect("the pipe can be written") == text.len()
        })
    });
}

/// Waits until a terminal shows no more what is typed into it: until then a prompt for a password is only text.
pub fn hides_what_is_typed(pid: u32) {
    use rustix::{
        fs::{Mode, OFlags, open},
        termios::{LocalModes, tcgetattr},
    };
    let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    until("a terminal without echo", || {
        open(format!("/proc/{pid}/fd/0"), flags, Mode::empty())
            .and_then(tcgetattr)
            .is_ok_and(|modes| !modes.local_modes.contains(LocalModes::ECHO))
    });
}

/// Waits until something is so.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process lives.
pub fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
    state.is_some_and(|rest| !rest.starts_with(['Z', 'X']))
}
