//! What takes a console away in real life: its terminal, its connection, its memory, its clock. Each time a slow write
//! is running; it goes on, ends once, and whoever takes the run up is told its true end.

use std::{
    fs::{self, File},
    io::{Read, Write},
    num::NonZeroU16,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rbconsole::engine::{Event, observed};
use rustix::{
    fs::{Mode, OFlags},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::{
    books::Book,
    checks::{Crashed, End, entries, holds},
    hygiene,
    lab::{Env, Lab, PATIENCE, until, wait, words},
    matrix::to_the_end,
    sandbox::Sandbox,
};

#[path = "losses/clock.rs"]
mod clock;
#[path = "losses/memory.rs"]
mod memory;
#[path = "losses/remote.rs"]
mod remote;

/// A slow write that waits to be let go, and one after it.
fn slow() -> Lab {
    Lab::new(Book::named("slow"))
}

fn let_go(lab: &Lab) {
    fs::write(lab.sandbox.path().join("tmp/go"), "").expect("it can be written");
}

/// The commands of the run that are alive.
fn commands(lab: &Lab) -> Vec<hygiene::Process> {
    let run = lab.run_dir().expect("one run").id();
    hygiene::of_run(&run)
}

/// Until the first command has printed something.
fn in_the_middle(lab: &Lab) {
    let printed = until(PATIENCE, || {
        let dir = lab.run_dir()?;
        let log = fs::read_to_string(dir.attempts().join("001-one-1/output.log")).map_err(words)?;
        // The console has heard of it, too.
        let started = entries(lab)?
            .iter()
            .any(|entry| matches!(entry.event, Event::AttemptStarted { .. }));
        // Over ssh some shells complain about their settings first.
        let begun = log.lines().any(|line| line == "begun");
        (begun && started).then_some(()).ok_or(log)
    });
    printed.expect("the command began");
}

/// The console is gone and the command is not; then it ends, unseen, and the run is taken up to its end.
fn goes_on_without(lab: &mut Lab, told: &str) {
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(lab.marks(), [], "it is still waiting");
    assert!(!commands(lab).is_empty(), "the command goes on");
    let_go(lab);
    lab.is_quiet().expect("the command ends without a console");
    let ended = lab.resume(&Env::default()).expect("it is taken up");
    assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
    is_whole(lab, told);
}

fn is_whole(lab: &mut Lab, told: &str) {
    fs::remove_file(lab.sandbox.path().join("tmp/go")).expect("it was let go");
    let found: Vec<String> = entries(lab)
        .expect("a journal")
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::RunResumed(resumed) => Some(resumed.found.join("; ")),
            _ => None,
        })
        .collect();
    if !told.is_empty() {
        assert!(
            found.iter().any(|it| it.contains(told)),
            "{told}: {found:?}"
        );
    }
    let state = lab.state().expect("the run");
    let report = state
        .attempts
        .values()
        .find_map(|attempt| match &attempt.status {
            rbconsole::engine::state::AttemptStatus::Finished { report, .. } => {
                Some(report.clone())
            }
            _ => None,
        });
    let report = report.expect("the first attempt has ended");
    assert_eq!(
        report.ended,
        observed::Ended::Exit { code: 7 },
        "its true exit"
    );
    let end = End::of(&state);
    let tally =
        holds(lab, &end, Crashed { supervisors: false }).expect("everything that is promised");
    assert_eq!((tally.unknown, tally.logs), (0, 2));
    assert_eq!(lab.counts(), Book::named("slow").wanted());
}

/// A terminal with a program in it. Nobody else holds its end, so that letting go of it is a hang-up.
struct Glass {
    master: File,
    child: Child,
    parser: vt100::Parser,
}

impl Glass {
    fn start(mut command: Command) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).expect("there are pseudo-terminals");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it can be unlocked");
        let name = ptsname(&master, Vec::new()).expect("it has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let line = rustix::fs::open(name, flags, Mode::empty()).expect("its other side");
        let size = Winsize {
            ws_row: 30,
            ws_col: 100,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&line, size).expect("it has a size");
        rustix::io::ioctl_fionbio(&master, true).expect("it can be read without waiting");
        let end = |line: &OwnedFd| Stdio::from(line.try_clone().expect("a copy"));
        let child = command
            .stdin(end(&line))
            .stdout(end(&line))
            .stderr(end(&line))
            .spawn()
            .expect("it can be started");
        let (rows, columns) = (ROWS, COLUMNS);
        Self {
            master: File::from(master),
            child,
            parser: vt100::Parser::new(rows, columns, 0),
        }
    }

    fn read(&mut self) {
        let mut buffer = vec![0; 65536];
        while let Ok(count @ 1..) = self.master.read(&mut buffer) {
            self.parser.process(&buffer[..count]);
        }
    }

    fn sees(&mut self, words: &str) {
        let seen = until(PATIENCE, || {
            self.read();
            let text = self.parser.screen().contents();
            text.contains(words).then_some(()).ok_or(text)
        });
        if let Err(text) = seen {
            panic!("waited in vain for {words}:\n{text}");
        }
    }

    fn press(&mut self, keys: &str) {
        self.master
            .write_all(keys.as_bytes())
            .expect("it takes keys");
    }

    /// By keys into the slow write; what a key does is looked at before it is pressed.
    fn begins(&mut self, lab: &Lab) {
        for words in ["Start the run", "run ‘One’"] {
            self.sees(words);
            std::thread::sleep(LOOK);
            self.press("\r");
        }
        self.sees("running (process");
        in_the_middle(lab);
    }
}

impl Drop for Glass {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Longer than the console waits for that, also where it is given little time.
const LOOK: Duration = Duration::from_millis(500);
const ROWS: NonZeroU16 = NonZeroU16::new(30).unwrap();
const COLUMNS: NonZeroU16 = NonZeroU16::new(100).unwrap();

/// The console on a screen.
fn on_screen(lab: &Lab) -> Vec<String> {
    [Sandbox::program(), "run", &lab.file().to_string_lossy()]
        .map(str::to_owned)
        .into()
}

fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a number"), signal).expect("it can be signalled");
}

#[test]
fn the_terminal_hangs_up() {
    let mut lab = slow();
    let mut command = lab.command("setsid", &Env::default());
    command.arg("--ctty").args(on_screen(&lab));
    let mut glass = Glass::start(command);
    glass.begins(&lab);
    // Its window is closed.
    let Glass { master, child, .. } = &mut glass;
    *master = File::open("/dev/null").expect("it is there");
    wait(child, PATIENCE).expect("the console ends");
    drop(glass);
    goes_on_without(&mut lab, "finished while you were gone");
}

/// Without a screen: told to end, it lets go.
#[test]
fn a_headless_console_is_told_to_end() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut lab = slow();
        let mut command = lab.run_command(&Env::default());
        let (mut child, said) = lab.begins(&mut command).expect("it begins");
        in_the_middle(&lab);
        send(child.id(), signal);
        let status = wait(&mut child, PATIENCE).expect("it ends");
        let ended = lab.said(status, &said).expect("what it said");
        assert_eq!(status.code(), Some(3), "{}", ended.err);
        assert!(
            ended.err.contains("one command goes on without you"),
            "{}",
            ended.err
        );
        goes_on_without(&mut lab, "finished while you were gone");
    }
}

/// Stopped and continued, or stopped and killed.
#[test]
fn a_console_that_stands_still_loses_nothing() {
    for killed in [false, true] {
        let mut lab = slow();
        let mut command = lab.run_command(&Env::default());
        let (mut child, said) = lab.begins(&mut command).expect("it begins");
        in_the_middle(&lab);
        send(child.id(), Signal::STOP);
        let_go(&lab);
        let done = until(PATIENCE, || {
            let exit = lab.run_dir()?.attempts().join("001-one-1/exit.json");
            fs::metadata(exit).map_err(words)
        });
        done.expect("the command ends while the console stands still");
        send(child.id(), if killed { Signal::KILL } else { Signal::CONT });
        let status = wait(&mut child, PATIENCE).expect("it ends");
        lab.said(status, &said).expect("what it said");
        if killed {
            lab.resume(&Env::default()).expect("it is taken up");
            is_whole(&mut lab, "finished while you were gone");
        } else {
            assert_eq!(status.code(), Some(0));
            is_whole(&mut lab, "");
        }
    }
}

/// A command holds nothing of its supervisor's: it could speak for it, or keep others from noticing its death.
#[test]
fn a_command_inherits_no_descriptor() {
    let mut lab = Lab::new(Book::named("descriptors"));
    let ended = lab.run(&Env::default()).expect("it runs");
    assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
    let dir = lab.run_dir().expect("one run");
    for attempt in ["001-piped-1", "002-seen-1"] {
        let log = dir.attempts().join(attempt).join("output.log");
        let log = fs::read_to_string(log).expect("a log");
        assert!(log.lines().count() >= 3, "{log}");
        for ours in ["socket:", "lock", "output.", "memfd", "ptmx"] {
            assert!(!log.contains(ours), "{attempt} has {ours}: {log}");
        }
    }
    lab.is_clean().expect("nothing is left");
}
