//! The stage of a story: systems of its own, a person at a console of their own, and what is left when it is over.

#![allow(dead_code, reason = "each story uses another part of the stage")]

#[path = "stage/person.rs"]
mod person;

use std::{
    collections::BTreeMap,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU16, Ordering},
};

pub use person::{Act, Play};

use super::sandbox::{Sandbox, eventually};

/// How many ports a lab has, and where the first lab's begin: below those that the machine gives away by itself.
const PORTS: u16 = 60;
const FIRST: u16 = 20_000;
const LABS: u16 = 200;

/// Systems that are up, and go down with it.
pub struct Stage {
    sandbox: Sandbox,
    port: u16,
    /// The last of the ports is held open as the sign that all of them are taken.
    _taken: TcpListener,
    facts: BTreeMap<String, String>,
    env: Vec<(String, String)>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Told {
    /// `resolved`, `stood_down`, `failed`, `aborted`.
    pub outcome: String,
    /// The steps whose commands ran, their fallbacks among them.
    pub ran: Vec<String>,
    /// What the console printed.
    pub printed: String,
    /// The report.
    pub report: String,
}

impl Told {
    /// The run ended so; else everything that it printed is shown.
    pub fn ended(&self, outcome: &str) -> &Self {
        assert_eq!(self.outcome, outcome, "{}", self.printed);
        self
    }

    /// These steps ran.
    pub fn did(&self, steps: &[&str]) -> &Self {
        for step in steps {
            assert!(
                self.ran.iter().any(|ran| ran == step),
                "{step} did not run:\n{}",
                self.printed
            );
        }
        self
    }

    /// These steps did not run.
    pub fn did_not(&self, steps: &[&str]) -> &Self {
        for step in steps {
            assert!(
                !self.ran.iter().any(|ran| ran == step),
                "{step} ran:\n{}",
                self.printed
            );
        }
        self
    }

    /// The report says all of this.
    pub fn reports(&self, words: &[&str]) -> &Self {
        for words in words {
            assert!(
                self.report.contains(words),
                "no {words}:\n{}\n{}",
                self.report,
                self.printed
            );
        }
        self
    }
}

fn lab() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/lab")
}

/// Runs a command that must succeed, and gives what it printed.
fn good(command: &mut Command) -> String {
    let output = command.output().expect("it can be started");
    assert!(
        output.status.success(),
        "{command:?} ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A shipped runbook's file.
fn runbook(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("runbooks")
        .join(format!("{name}.yaml"))
}

/// Ports that no other lab of this machine has.
fn ports() -> (u16, TcpListener) {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let somewhere = u16::try_from(std::process::id() % u32::from(LABS)).unwrap_or(0);
    for _ in 0..LABS {
        let lab = (somewhere + NEXT.fetch_add(1, Ordering::Relaxed)) % LABS;
        let first = FIRST + lab * PORTS;
        if let Ok(taken) = TcpListener::bind(("127.0.0.1", first + PORTS - 1)) {
            return (first, taken);
        }
    }
    panic!("all {LABS} labs are taken");
}

/// Says past the capture of test output that a story is skipped: such lines are counted.
pub fn skipped(system: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED lab {system}: {why}");
}

/// A figure for the report of the test run, past the capture as well.
pub fn figure(story: &str, what: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "LAB {story}: {what}");
}

impl Stage {
    /// Brings these systems up; `None`, with a line that says why, where one is not installed.
    pub fn with(systems: &[&str]) -> Option<Self> {
        Self::set(systems, &[])
    }

    /// The same, with variables that the systems look at.
    pub fn set(systems: &[&str], variables: &[(&str, &str)]) -> Option<Self> {
        for system in systems {
            let asked = Command::new(lab()).args(["present", system]).output();
            let asked = asked.expect("the lab's command can be started");
            if !asked.status.success() {
                skipped(system, String::from_utf8_lossy(&asked.stdout).trim());
                return None;
            }
        }
        let (port, taken) = ports();
        let mut stage = Self {
            sandbox: Sandbox::new(),
            port,
            _taken: taken,
            facts: BTreeMap::new(),
            env: Vec::new(),
        };
        // Databases and workers of servers are other users where root runs the test.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(stage.sandbox.path(), open).expect("it is ours");
        stage.env = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        for system in systems {
            good(&mut stage.lab(&["up", system]));
            let facts = std::fs::read_to_string(stage.dir().join(system).join("facts"));
            let facts = facts.expect("a system that is up has told its facts");
            for (name, value) in facts.lines().filter_map(|line| line.split_once('=')) {
                stage.facts.insert(name.to_owned(), value.to_owned());
            }
        }
        let home = stage.sandbox.path().to_string_lossy().into_owned();
        stage.facts.insert("STAGE".to_owned(), home);
        stage.env.extend(stage.facts.clone());
        Some(stage)
    }

    fn dir(&self) -> PathBuf {
        self.sandbox.path().join("lab")
    }

    fn lab(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(lab());
        command.args(arguments);
        self.at_home(&mut command);
        command
    }

    fn at_home(&self, command: &mut Command) {
        command
            .env("RBCONSOLE_LAB_DIR", self.dir())
            .env("RBCONSOLE_LAB_PORT", self.port.to_string())
            .envs(self.env.iter().cloned());
    }

    /// What a system has told of itself.
    pub fn fact(&self, name: &str) -> &str {
        self.facts
            .get(name)
            .unwrap_or_else(|| panic!("there is no fact {name}: {:?}", self.facts))
    }

    /// A text in which `$NAME` stands for a fact.
    pub fn filled(&self, text: &str) -> String {
        // Longer names first: FRONT must not be taken for the beginning of FRONTEND.
        let mut facts: Vec<_> = self.facts.iter().collect();
        facts.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        facts.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${name}"), value)
        })
    }

    /// A script of the world around the run, which finds the facts as variables.
    pub fn sh(&self, script: &str) -> String {
        let mut command = Command::new("bash");
        command
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(self.sandbox.path());
        self.at_home(&mut command);
        good(&mut command)
    }

    /// A file of the story's own.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.sandbox.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        std::fs::write(&path, self.filled(text)).expect("it can be written");
        path
    }

    /// More that the commands of runs and scripts find in their environment.
    pub fn also(&mut self, name: &str, value: &str) {
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Drives a runbook to its end, without a screen and with the answers and acts of this play.
    pub fn play(&self, name: &str, play: &Play) -> Told {
        let play = play.clone().filled(&|text| self.filled(text));
        let mut command = self
            .sandbox
            .command(&std::env::current_exe().expect("a path").to_string_lossy());
        self.at_home(&mut command);
        let output = person::send(&mut command, &runbook(name), self.sandbox.path(), &play);
        let output = output.expect("the person can be sent");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let (outcome, ran) = person::result(self.sandbox.path()).unwrap_or_else(|| {
            panic!(
                "the run did not end:\n{printed}\n{}\n{}",
                String::from_utf8_lossy(&output.stderr),
                self.sh("cd state/runs 2>/dev/null || exit 0; tail -n 20 */attempts/*/output.log")
            )
        });
        let audit = self.console(&["audit", "last"]);
        assert!(
            audit.status.success(),
            "{}",
            String::from_utf8_lossy(&audit.stderr)
        );
        let report = self.console(&["report", "last"]);
        let report = String::from_utf8_lossy(&report.stdout).into_owned();
        assert!(
            report.contains("| Outcome |") || report.contains("| DRILL: Outcome |"),
            "{report}"
        );
        Told {
            outcome,
            ran,
            printed,
            report,
        }
    }

    /// The program in this stage's home.
    pub fn console(&self, arguments: &[&str]) -> Output {
        let mut command = self.sandbox.command(Sandbox::program());
        self.at_home(&mut command);
        command.args(arguments).output().expect("it can be started")
    }

    /// Takes everything down and makes sure that nothing is left: process, mount or port.
    pub fn over(self) {
        good(&mut self.lab(&["down"]));
        self.sandbox.nothing_left();
        let home = self.sandbox.path().to_string_lossy().into_owned();
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        assert!(!mounts.contains(&home), "{mounts}");
        eventually("the ports are free", || {
            (self.port..self.port + PORTS - 1)
                .try_for_each(|port| TcpListener::bind(("127.0.0.1", port)).map(drop))
                .map_err(|error| error.to_string())
        });
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // After a failed test, and a second time after a good one, where there is nothing left to do.
        let _ = self.lab(&["down"]).output();
    }
}
