//! A laboratory: a home of its own, a runbook, consoles that die in it, and what they left.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rbconsole::{
    engine::{Event, State},
    run_dir::RunDir,
    session::resume::read as read_run,
};

use crate::{
    books::Book,
    hygiene,
    sandbox::{Sandbox, now},
};

/// What went wrong in an experiment, in words.
pub type Found<T> = Result<T, String>;

/// How long one console may take. Only an experiment that fails waits for it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What a console was started with besides its arguments.
#[derive(Debug, Clone, Default)]
pub struct Env(pub Vec<(&'static str, String)>);

impl Env {
    /// It is killed there.
    pub fn killed_at(point: &str, trace: &Path) -> Self {
        Self(vec![
            ("RBCONSOLE_CRASH_AT", point.to_owned()),
            (
                "RBCONSOLE_CRASH_TRACE",
                trace.to_string_lossy().into_owned(),
            ),
        ])
    }

    /// The points that it passes are written down.
    pub fn traced(trace: &Path) -> Self {
        Self(vec![(
            "RBCONSOLE_CRASH_TRACE",
            trace.to_string_lossy().into_owned(),
        )])
    }
}

/// How a console ended and what it said.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn was_killed(&self) -> bool {
        self.status.signal() == Some(9)
    }
}

/// A home with one runbook.
pub struct Lab {
    pub sandbox: Sandbox,
    pub book: &'static Book,
    file: PathBuf,
    /// Every line in JSON that a console printed about the run.
    told: Vec<String>,
    consoles: usize,
    /// What is left was looked at, or no longer matters.
    looked: Cell<bool>,
}

impl Lab {
    pub fn new(book: &'static Book) -> Self {
        let sandbox = Sandbox::new();
        let file = sandbox.runbook("book", &book.text());
        for (name, text) in book.others() {
            sandbox.runbook(name, &text);
        }
        fs::create_dir(sandbox.path().join("runtime")).expect("a folder can be made");
        Self {
            file,
            sandbox,
            book,
            told: Vec::new(),
            consoles: 0,
            looked: Cell::new(false),
        }
    }

    /// The runbook.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Where commands note that they ran: a line each time, the step and the attempt.
    pub fn marks_file(&self) -> PathBuf {
        self.sandbox.path().join("marks")
    }

    pub fn trace(&self) -> PathBuf {
        self.sandbox.path().join("trace")
    }

    /// The points that were passed so far, and how often.
    pub fn passed(&self) -> BTreeMap<String, usize> {
        let mut passed = BTreeMap::new();
        let text = fs::read_to_string(self.trace()).unwrap_or_default();
        for line in text.lines() {
            let name = line.split(' ').next().unwrap_or_default();
            *passed.entry(name.to_owned()).or_default() += 1;
        }
        passed
    }

    /// A command in this home; the commands of the runbook inherit its variables.
    pub fn command(&self, program: &str, env: &Env) -> Command {
        let mut command = self.sandbox.command(program);
        command
            .stdin(Stdio::null())
            .env("MARKS", self.marks_file())
            .env("PROGRAM", Sandbox::program())
            .env("TOKEN", "laboratory-token")
            .env("XDG_RUNTIME_DIR", self.sandbox.path().join("runtime"))
            .env_remove("RBCONSOLE_CRASH_AT")
            .env_remove("RBCONSOLE_CRASH_TRACE")
            .envs(env.0.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it and waits for its end; what it says goes into files, so that nothing that holds a pipe
    /// keeps the experiment.
    pub fn ends(&mut self, mut command: Command) -> Found<Ended> {
        let (mut child, said) = self.begins(&mut command)?;
        let status = wait(&mut child, PATIENCE)?;
        self.said(status, &said)
    }

    /// Starts it; what it says goes into two files.
    pub fn begins(&mut self, command: &mut Command) -> Found<(Child, [PathBuf; 2])> {
        self.consoles += 1;
        let number = self.consoles;
        let file = |name: &str| self.sandbox.path().join(format!("said-{number}.{name}"));
        let said = [file("out"), file("err")];
        let [out, err] = [&said[0], &said[1]].map(fs::File::create);
        let child = command
            .stdout(out.map_err(words)?)
            .stderr(err.map_err(words)?)
            .spawn()
            .map_err(words)?;
        Ok((child, said))
    }

    /// What it said, once it has ended.
    pub fn said(&mut self, status: ExitStatus, said: &[PathBuf; 2]) -> Found<Ended> {
        let [out, err] = [&said[0], &said[1]].map(fs::read_to_string);
        let ended = Ended {
            status,
            out: out.map_err(words)?,
            err: err.map_err(words)?,
        };
        if ended.err.contains("panicked") {
            return Err(format!("a console panicked:\n{}", ended.err));
        }
        // The last line of one that was killed may be half a line.
        let whole = ended.out.rfind('\n').map_or(0, |at| at + 1);
        let lines = ended.out[..whole].lines();
        self.told.extend(
            lines
                .filter(|line| line.starts_with('{'))
                .map(str::to_owned),
        );
        Ok(ended)
    }

    /// Begins the run without a screen.
    pub fn run(&mut self, env: &Env) -> Found<Ended> {
        let command = self.run_command(env);
        self.ends(command)
    }

    pub fn run_command(&self, env: &Env) -> Command {
        let mut command = self.command(Sandbox::program(), env);
        command
            .arg("run")
            .arg(&self.file)
            .args(["--headless", "--format", "jsonl"])
            .args(self.book.arguments());
        command
    }

    /// Takes the run up without a screen.
    pub fn resume(&mut self, env: &Env) -> Found<Ended> {
        let command = self.resume_command(env);
        self.ends(command)
    }

    pub fn resume_command(&self, env: &Env) -> Command {
        let mut command = self.command(Sandbox::program(), env);
        command
            .arg("resume")
            .args(["--headless", "--format", "jsonl"])
            .args(self.book.orders());
        command
    }

    /// What runs there are.
    pub fn lists(&mut self) -> Found<Ended> {
        let mut command = self.command(Sandbox::program(), &Env::default());
        command.arg("runs");
        self.ends(command)
    }

    /// An operator at a console: a process of its own that takes the run up and decides what headless
    /// leaves to a person.
    pub fn operator(&mut self, env: &Env) -> Found<Ended> {
        let command = self.operator_command(env)?;
        self.ends(command)
    }

    pub fn operator_command(&self, env: &Env) -> Found<Command> {
        let this = std::env::current_exe().map_err(words)?;
        let mut command = self.command(&this.to_string_lossy(), env);
        command
            .args(["--exact", "operator::takes_the_run_up", "--nocapture"])
            .env("RBCONSOLE_LAB_RUN", self.run_dir()?.path())
            .env("RBCONSOLE_LAB_BOOK", self.book.name);
        Ok(command)
    }

    /// The one run that began, if it did.
    pub fn run_dir(&self) -> Found<RunDir> {
        let mut all = self.sandbox.run_dirs();
        if all.len() != 1 {
            return Err(format!("one run was expected: {all:?}"));
        }
        RunDir::open(&all.remove(0)).map_err(words)
    }

    pub fn state(&self) -> Found<State> {
        let (state, recovered) = read_run(&self.run_dir()?).map_err(words)?;
        match recovered.damage {
            Some((line, what)) => Err(format!("journal line {line}: {what}")),
            None => Ok(state),
        }
    }

    /// What the commands noted, oldest first.
    pub fn marks(&self) -> Vec<(String, String)> {
        let text = fs::read_to_string(self.marks_file()).unwrap_or_default();
        text.lines()
            .map(|line| {
                let (step, attempt) = line.split_once(' ').unwrap_or((line, ""));
                (step.to_owned(), attempt.to_owned())
            })
            .collect()
    }

    /// How often each step's command ran.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (step, _) in self.marks() {
            *counts.entry(step).or_default() += 1;
        }
        counts
    }

    /// What consoles told about the run.
    pub fn told(&self) -> &[String] {
        &self.told
    }

    /// Waits until nothing of this home runs any more.
    pub fn is_quiet(&self) -> Found<()> {
        until(PATIENCE, || {
            let left = hygiene::of_home(self.sandbox.path());
            if left.is_empty() {
                Ok(())
            } else {
                Err(format!("still running: {left:?}"))
            }
        })
    }

    /// Nothing is left: no process, no file of ours outside the run's own directory.
    pub fn is_clean(&self) -> Found<()> {
        self.is_quiet()?;
        let runs = self.sandbox.run_dirs();
        let ids: Vec<String> = runs
            .iter()
            .filter_map(|path| path.file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        let mut strays = hygiene::strays(&ids);
        if let [socket] = &*strays
            && self.book.name == "approval"
            && self.state()?.closed.is_some()
        {
            // Killed between the end of the run and its own. The next console sweeps up after it.
            let socket = socket.clone();
            next_console_removes(&socket)?;
            strays = hygiene::strays(&ids);
        }
        strays.retain(|stray| !self.outlived_its_supervisor(stray));
        if !strays.is_empty() {
            return Err(format!("files outside the run's directory: {strays:?}"));
        }
        let ours = |name: &str| {
            let fixed = [
                "state", "config", "tmp", "runbooks", "runtime", "marks", "trace",
            ];
            fixed.contains(&name) || name.starts_with("said-")
        };
        let mut beside = names(self.sandbox.path());
        beside.retain(|name| !ours(name));
        for folder in ["tmp", "runtime", "config"] {
            let folder = self.sandbox.path().join(folder);
            let names = names(&folder).into_iter();
            // The operator's own.
            beside.extend(names.filter(|name| name != "runbooks"));
        }
        let state = names(&self.sandbox.path().join("state")).into_iter();
        // The runs, and what lists of them are made from.
        beside.extend(state.filter(|name| name != "runs" && name != "history.jsonl"));
        if beside.is_empty() {
            self.looked.set(true);
            Ok(())
        } else {
            Err(format!("files that nobody expects: {beside:?}"))
        }
    }

    /// Whether it is the control group of an attempt whose supervisor was killed and whose command was named as a
    /// survivor, which ended after the run was closed: nobody looks at its attempts then. The next console, of
    /// whichever run, takes it away.
    fn outlived_its_supervisor(&self, stray: &Path) -> bool {
        let name = stray.file_name().unwrap_or_default().to_string_lossy();
        let named = crate::checks::entries(self)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|entry| match entry.event {
                Event::AttemptFinished {
                    attempt, report, ..
                } if !report.survivors.is_empty() => Some(attempt),
                _ => None,
            });
        let of = |attempt: u32| name.contains(&format!("-{attempt:03}-"));
        stray.join("cgroup.procs").exists()
            && named.into_iter().any(of)
            && next_console_clears(stray).is_ok()
    }

    /// All that is known, for a report about an experiment that failed.
    pub fn story(&self) -> String {
        self.looked.set(true);
        let mut text = String::new();
        for path in self.sandbox.run_dirs() {
            let journal = fs::read_to_string(path.join("journal.jsonl")).unwrap_or_default();
            for line in journal.lines() {
                text.push_str(&line[..line.len().min(400)]);
                text.push('\n');
            }
        }
        for number in 1..=self.consoles {
            let path = self.sandbox.path().join(format!("said-{number}.err"));
            let said = fs::read_to_string(path).unwrap_or_default();
            let _ = writeln!(text, "-- console {number} said:\n{said}");
        }
        let _ = writeln!(text, "-- marks: {:?}", self.marks());
        text
    }
}

/// The guard of every experiment: whoever forgot to look what is left is told.
impl Drop for Lab {
    fn drop(&mut self) {
        let left = (!self.looked.get() && !std::thread::panicking()).then(|| self.is_clean());
        // Of an experiment that failed half-way; otherwise there is nothing.
        for process in hygiene::of_home(self.sandbox.path()) {
            if let Some(pid) = rustix::process::Pid::from_raw(process.pid)
                && pid != rustix::process::getpid()
            {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
        if let Some(Err(left)) = left {
            panic!("left behind: {left}");
        }
    }
}

/// Makes a socket look old and has another run, which listens in the same folder, begin and end.
fn next_console_removes(socket: &Path) -> Found<()> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
    let long_ago = Timespec {
        tv_sec: 1_000_000,
        tv_nsec: 0,
    };
    let times = Timestamps {
        last_access: long_ago,
        last_modification: long_ago,
    };
    utimensat(CWD, socket, &times, AtFlags::SYMLINK_NOFOLLOW).map_err(words)?;
    let mut other = Lab::new(crate::books::Book::named("approval"));
    other.run(&Env::default())?;
    other.operator(&Env::default())?;
    other.is_quiet()
}

/// Has another run begin and end.
fn next_console_clears(group: &Path) -> Found<()> {
    let mut other = Lab::new(crate::books::Book::named("command"));
    other.run(&Env::default())?;
    other.is_clean()?;
    if group.exists() {
        return Err(format!("{} is left", group.display()));
    }
    Ok(())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|item| item.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Waits for a process's end.
pub fn wait(child: &mut Child, patience: Duration) -> Found<ExitStatus> {
    let began = now();
    loop {
        if let Some(status) = child.try_wait().map_err(words)? {
            return Ok(status);
        }
        if began.elapsed() > patience {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("a console did not end within {patience:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until something holds.
pub fn until<T>(patience: Duration, mut holds: impl FnMut() -> Found<T>) -> Found<T> {
    let began: Instant = now();
    loop {
        match holds() {
            Ok(made) => return Ok(made),
            Err(instead) if began.elapsed() > patience => return Err(instead),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// An error in words.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
pub fn words(error: impl ToString) -> String {
    error.to_string()
}
