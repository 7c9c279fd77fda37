//! The whole program in a real pseudo-terminal: the demo by keys, and consoles that are killed, told to end, or left.

#[path = "terminal/approval.rs"]
mod approval;
#[path = "terminal/colours.rs"]
mod colours;
#[path = "terminal/driver.rs"]
mod driver;
#[path = "terminal/gone.rs"]
mod gone;
#[path = "terminal/kubernetes.rs"]
mod kubernetes;
#[path = "common/nobody.rs"]
mod nobody;
#[path = "terminal/one_screen.rs"]
mod one_screen;
#[path = "terminal/outside.rs"]
mod outside;
#[path = "terminal/panics.rs"]
mod panics;
#[path = "terminal/people.rs"]
mod people;
#[path = "terminal/programs.rs"]
mod programs;
#[path = "terminal/pty.rs"]
mod pty;
#[path = "terminal/repair.rs"]
mod repair;
#[path = "terminal/sandbox.rs"]
mod sandbox;
#[path = "terminal/secrets.rs"]
mod secrets;
#[path = "terminal/typed.rs"]
mod typed;

use std::{
    fs,
    path::{Path, PathBuf},
};

use driver::{attempts_of, kinds, spawned, to_the_end};
use pty::Terminal;
use rustix::process::Signal;
use sandbox::{Sandbox, eventually};

/// The happy path by keys alone: few of them, a report, and nothing left behind.
#[test]
fn the_demo_by_keys() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::start(&sandbox, &["demo"]);
    terminal.sees(&[
        "LIVE",
        "Demo: roll back the shop's bad release",
        "Measure the error rate",
    ]);
    terminal.until("the console's own screen", vt100::Screen::alternate_screen);
    let scratch = only_folder(&sandbox.tmp());
    assert!(live(&scratch).contains("bad"), "the bad release is live");
    // From here on it runs by itself while nobody is needed.
    terminal.press("a");
    terminal.sees(&[
        "Roll back?",
        "● Error rate",
        " met ",
        "◂ suggested",
        "Enter Roll back ",
    ]);
    terminal.press("Enter");
    terminal.sees(&[
        "Did this release change the database schema?",
        "0042_add_coupon",
        "Enter Yes, it only added",
    ]);
    terminal.press("Enter");
    terminal.sees(&["Posted in the incident channel", "Enter tick the entry"]);
    assert!(live(&scratch).contains("good"), "the good release is live");
    for item in [
        "✔ Posted in the incident channel",
        "✔ The author of the change knows",
    ] {
        terminal.press("Enter");
        terminal.sees(&[item]);
    }
    terminal.sees(&["Enter done"]);
    terminal.press("Enter");
    terminal.sees(&["The change is reverted"]);
    for count in 1..=5 {
        terminal.press("Enter");
        terminal.until(&format!("{count} ticks"), |screen| {
            screen.contents().matches("✔ A t").count()
                + screen.contents().matches("✔ The change is").count()
                + screen.contents().matches("✔ If the schema").count()
                + screen.contents().matches("✔ Data and").count()
                == count
        });
    }
    terminal.press("Enter");
    terminal.sees(&["Enter close the run"]);
    terminal.press("Enter");
    terminal.sees(&["Close the run as", "▸ Resolved"]);
    terminal.press("Enter");
    terminal.sees(&["Anything to say about it?"]);
    terminal.press("Enter");
    terminal.sees(&[
        "The run closed as resolved",
        "The report is written",
        "Enter leave",
    ]);
    terminal.press("Enter");
    let keys = terminal.keys;
    assert!(keys <= 20, "{keys} keys were pressed");

    assert_eq!(terminal.ends().code(), Some(0));
    terminal.is_restored();
    terminal.sees(&["The run closed as resolved."]);
    let report = sandbox.run_dir().join("report.md");
    let said = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(said.contains(&*report.to_string_lossy()), "{said}");
    let text = fs::read_to_string(&report).expect("the report is written");
    for words in [
        "Roll back?",
        "Did this release change the database schema?",
        "Yes, it only added",
        "ana",
    ] {
        assert!(text.contains(words), "no {words} in\n{text}");
    }
    sandbox.nothing_left();
    assert_eq!(
        folders(&sandbox.tmp()),
        [] as [PathBuf; 0],
        "the scratch folder is gone"
    );
}

/// Killed in the middle of every phase, taken up again, and every write took effect once.
#[test]
fn the_demo_survives_kills_in_every_phase() {
    std::thread::scope(|scope| {
        for phase in ["assess", "stop", "rollback_app", "verify", "post"] {
            scope.spawn(move || killed_in(phase));
        }
    });
}

fn killed_in(phase: &str) {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::start(&sandbox, &["demo"]);
    terminal.sees(&["run ‘Measure the error rate’"]);
    // The moment after a command of the phase was launched.
    driver::until_launched(&mut terminal, &sandbox, phase);
    terminal.signal(Signal::KILL);
    assert_eq!(terminal.ends().code(), None, "it was killed");
    drop(terminal);

    let mut terminal = Terminal::start(&sandbox, &["resume", "last"]);
    terminal.until("the console's own screen", vt100::Screen::alternate_screen);
    to_the_end(&mut terminal);
    terminal.press("Enter");
    assert_eq!(terminal.ends().code(), Some(0), "{phase}");
    terminal.is_restored();

    let journal = sandbox.journal();
    let kinds = kinds(&journal);
    assert!(kinds.iter().any(|kind| kind == "run_resumed"), "{kinds:?}");
    for step in ["lock", "swap", "mark_bad", "unlock"] {
        assert_eq!(
            spawned(&sandbox, step),
            1,
            "killed in {phase}, ‘{step}’ ran once"
        );
        assert!(!attempts_of(&journal, step).is_empty());
    }
    let report = fs::read_to_string(sandbox.run_dir().join("report.md")).expect("a report");
    for words in [
        "Roll back?",
        "resolved",
        "Taken up again",
        "## Decisions",
        "## Verification",
    ] {
        assert!(
            report.contains(words),
            "killed in {phase}: no {words} in\n{report}"
        );
    }
    sandbox.nothing_left();
    assert_eq!(
        folders(&sandbox.tmp()),
        [] as [PathBuf; 0],
        "killed in {phase}"
    );
}

/// A write step that goes on until it is let go, and counts how often it did.
fn slow_runbook(folder: &Path) -> String {
    format!(
        "version: 1
title: Append slowly
inputs:
  folder: {{ description: Where, default: '{}' }}
phases:
  - id: work
    title: Work
    steps:
      - id: first
        title: Append slowly
        effect: write
        run: |
          echo begun
          until [ -e {{{{ folder }}}}/go ]; do sleep 0.05; done
          echo first >>{{{{ folder }}}}/effects
          echo ended
      - id: second
        title: Append again
        effect: write
        run: echo second >>{{{{ folder }}}}/effects
",
        folder.display()
    )
}

fn effects(sandbox: &Sandbox) -> Vec<String> {
    let text = fs::read_to_string(sandbox.path().join("effects")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn let_go(sandbox: &Sandbox) {
    rbconsole::run_dir::write_private(&sandbox.path().join("go"), b"")
        .expect("a file can be written");
}

/// The console in the middle of the slow write.
fn in_the_middle(sandbox: &Sandbox) -> Terminal {
    let runbook = sandbox.runbook("slow", &slow_runbook(sandbox.path()));
    let mut terminal = Terminal::start(sandbox, &["run", &runbook.to_string_lossy()]);
    terminal.sees(&["Before it begins", "▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["run ‘Append slowly’"]);
    terminal.press("Enter");
    terminal.sees(&["begun", "running (process"]);
    terminal
}

/// Through the second step to the close; what the report says.
fn finish(terminal: &mut Terminal, sandbox: &Sandbox) -> String {
    to_the_end(terminal);
    terminal.press("Enter");
    assert_eq!(terminal.ends().code(), Some(0));
    terminal.is_restored();
    assert_eq!(
        effects(sandbox),
        ["first", "second"],
        "each write took effect once"
    );
    sandbox.nothing_left();
    fs::read_to_string(sandbox.run_dir().join("report.md")).expect("a report")
}

#[test]
fn killed_in_a_write_that_ends_meanwhile() {
    let sandbox = Sandbox::new();
    let mut terminal = in_the_middle(&sandbox);
    terminal.signal(Signal::KILL);
    assert_eq!(terminal.ends().code(), None);
    drop(terminal);
    let_go(&sandbox);
    eventually("the command ends without a console", || {
        match sandbox.processes() {
            left if left.is_empty() => Ok(()),
            left => Err(format!("{left:?}")),
        }
    });
    assert_eq!(effects(&sandbox), ["first"]);
    let mut terminal = Terminal::start(&sandbox, &["resume", "last"]);
    terminal.sees(&["‘Append slowly’ finished", "run ‘Append again’"]);
    let report = finish(&mut terminal, &sandbox);
    assert!(report.contains("finished while you were gone"), "{report}");
}

#[test]
fn killed_in_a_write_that_goes_on() {
    let sandbox = Sandbox::new();
    let mut terminal = in_the_middle(&sandbox);
    terminal.signal(Signal::KILL);
    assert_eq!(terminal.ends().code(), None);
    drop(terminal);
    let mut terminal = Terminal::start(&sandbox, &["resume", "last"]);
    terminal.sees(&["is still running", "begun", "running (process"]);
    let_go(&sandbox);
    terminal.sees(&["run ‘Append again’"]);
    let report = finish(&mut terminal, &sandbox);
    assert!(report.contains("is still running"), "{report}");
}

/// Nobody knows what became of it, so somebody is asked; nothing runs a second time by itself.
#[test]
fn killed_with_the_supervisor() {
    let sandbox = Sandbox::new();
    let mut terminal = in_the_middle(&sandbox);
    terminal.signal(Signal::KILL);
    assert_eq!(terminal.ends().code(), None);
    drop(terminal);
    // One that waited for the next attempt ends with its console.
    let supervisor = eventually("one supervisor is left", || {
        let mut all = sandbox.processes();
        all.retain(|process| process.contains("__supervise"));
        match all.as_slice() {
            [one] => Ok(one.clone()),
            _ => Err(format!("{all:?}")),
        }
    });
    let pid = supervisor
        .split(':')
        .next()
        .and_then(|number| number.parse().ok());
    let pid = rustix::process::Pid::from_raw(pid.expect("a number")).expect("a process");
    rustix::process::kill_process(pid, Signal::KILL).expect("it is ours");
    eventually("the supervisor is gone", || {
        let left = sandbox.processes();
        if left.iter().any(|process| process.contains("__supervise")) {
            Err(format!("{left:?}"))
        } else {
            Ok(())
        }
    });
    let_go(&sandbox);
    let mut terminal = Terminal::start(&sandbox, &["resume", "last"]);
    terminal.sees(&[
        "outcome unknown",
        "It took effect",
        "It took no effect",
        "↑↓ choose",
    ]);
    terminal.press("j");
    terminal.press("Enter");
    terminal.sees(&["took effect: how do you know?"]);
    terminal.press("the file says so");
    terminal.press("Enter");
    terminal.sees(&["run ‘Append again’"]);
    let report = finish(&mut terminal, &sandbox);
    assert!(report.contains("the file says so"), "{report}");
    assert_eq!(spawned(&sandbox, "first"), 1);
}

/// Asked to end, it gives the terminal back, leaves the command running and says with its exit code that the run is
/// open.
fn ended_by(signal: Signal) {
    let sandbox = Sandbox::new();
    let mut terminal = in_the_middle(&sandbox);
    terminal.signal(signal);
    assert_eq!(terminal.ends().code(), Some(3), "the run stays open");
    terminal.is_restored();
    terminal.sees(&[
        "Detached. One command goes on without you",
        "rbconsole resume",
    ]);
    drop(terminal);
    assert_eq!(effects(&sandbox), [] as [&str; 0]);
    let_go(&sandbox);
    sandbox.nothing_left();
    assert_eq!(
        effects(&sandbox),
        ["first"],
        "the command finished on its own"
    );
    let mut terminal = Terminal::start(&sandbox, &["resume", "last"]);
    terminal.sees(&["‘Append slowly’ finished"]);
    finish(&mut terminal, &sandbox);
}

#[test]
fn a_term_signal_detaches() {
    ended_by(Signal::TERM);
}

#[test]
fn a_lost_connection_detaches() {
    ended_by(Signal::HUP);
}

/// `q` is the same by hand; a second console only watches, and changes nothing.
#[test]
fn a_second_console_watches() {
    let sandbox = Sandbox::new();
    let mut first = in_the_middle(&sandbox);
    let mut second = Terminal::start(&sandbox, &["watch"]);
    second.sees(&["watching ana@", "begun", "running (process"]);
    second.press("x");
    second.sees(&["You are watching: nothing can be done here"]);
    let_go(&sandbox);
    second.sees(&["▶ Append again"]);
    second.press("q");
    assert_eq!(second.ends().code(), Some(0));
    second.is_restored();
    first.sees(&["run ‘Append again’"]);
    first.press("q");
    assert_eq!(first.ends().code(), Some(3));
    first.is_restored();
    first.sees(&["Detached. The run stays open"]);
}

/// The shell's job control: stopped with the terminal given back, and there again afterwards.
#[test]
fn suspended_and_back() {
    let sandbox = Sandbox::new();
    let mut terminal = in_the_middle(&sandbox);
    terminal.signal(Signal::TSTP);
    terminal.until("the shell's screen", |screen| !screen.alternate_screen());
    terminal.is_stopped();
    terminal.signal(Signal::CONT);
    terminal.until("the console's screen", vt100::Screen::alternate_screen);
    terminal.sees(&["begun", "running (process"]);
    let_go(&sandbox);
    terminal.sees(&["run ‘Append again’"]);
    finish(&mut terminal, &sandbox);
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    fs::read_dir(parent)
        .expect("a folder")
        .map(|item| item.expect("readable").path())
        .collect()
}

fn only_folder(parent: &Path) -> PathBuf {
    let mut all = folders(parent);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The release that is live.
fn live(scratch: &Path) -> String {
    let link = fs::read_link(scratch.join("current")).expect("there is a link");
    link.to_string_lossy().into_owned()
}
