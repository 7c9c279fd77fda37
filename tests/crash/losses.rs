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
            Event::RunResumed { found, .. } => Some(found.join("; ")),
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

    /// By keys into the slow write.
    fn begins(&mut self, lab: &Lab) {
        self.sees("Start the run");
        self.press("\r");
        self.sees("run ‘One’");
        self.press("\r");
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

/// A server of one test: its own port, keys and settings.
struct Server {
    folder: tempfile::TempDir,
    daemon: Child,
    port: u16,
    /// Made for it, since it insists.
    made: Option<PathBuf>,
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    folders.iter().any(|folder| folder.join(program).is_file())
}

impl Server {
    fn start() -> Result<Self, String> {
        for program in ["sshd", "ssh", "ssh-keygen"] {
            if !is_there(program) {
                return Err(format!("{program} is not installed"));
            }
        }
        let folder = tempfile::tempdir().map_err(words)?;
        let file = |name: &str| folder.path().join(name);
        for key in ["host", "id"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(file(key))
                .status();
            if !made.map_err(words)?.success() {
                return Err("no key can be made".to_owned());
            }
        }
        // Root's server insists on this folder.
        let run = PathBuf::from("/run/sshd");
        let root = rustix::process::geteuid().is_root();
        let made = (root && !run.exists() && fs::create_dir(&run).is_ok()).then_some(run);
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(words)?
            .port();
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile none\nAuthorizedKeysFile {}\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n\
             PrintMotd no\nPrintLastLog no\n",
            file("host").display(),
            file("id.pub").display(),
        );
        fs::write(file("settings"), settings).map_err(words)?;
        let daemon = Command::new("/usr/sbin/sshd")
            .arg("-D")
            .arg("-f")
            .arg(file("settings"))
            .arg("-E")
            .arg(file("log"))
            .stdin(Stdio::null())
            .spawn()
            .map_err(words)?;
        let mut server = Self {
            folder,
            daemon,
            port,
            made,
        };
        let works = until(Duration::from_secs(20), || {
            let output = server.client("true", false).output().map_err(words)?;
            if output.status.success() {
                return Ok(());
            }
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        });
        if let Err(why) = works {
            let log = fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
            server.stop();
            return Err(format!("nobody can log in here: {why}{log}"));
        }
        Ok(server)
    }

    fn client(&self, command: &str, terminal: bool) -> Command {
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "/dev/null", "-o", "BatchMode=yes"])
            .args(["-o", "StrictHostKeyChecking=no"])
            .args(["-o", "UserKnownHostsFile=/dev/null"])
            .args(["-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes"])
            .arg("-i")
            .arg(self.folder.path().join("id"))
            .args(["-p", &self.port.to_string()])
            .args(terminal.then_some("-tt"))
            .arg("127.0.0.1")
            .arg(command);
        ssh
    }

    /// The processes of the server that hold the connections.
    fn sessions(&self) -> Vec<u32> {
        let mut family = vec![self.daemon.id()];
        let mut sessions = Vec::new();
        loop {
            let before = family.len();
            for (pid, parent, name) in process_list() {
                if family.contains(&parent) && !family.contains(&pid) && name.starts_with("sshd") {
                    family.push(pid);
                    sessions.push(pid);
                }
            }
            if family.len() == before {
                return sessions;
            }
        }
    }

    fn stop(&mut self) {
        for pid in self.sessions() {
            let _ = Pid::from_raw(i32::try_from(pid).unwrap_or(0))
                .map(|pid| kill_process(pid, Signal::KILL));
        }
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
        if let Some(made) = self.made.take() {
            let _ = fs::remove_dir(made);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Every process with its parent and its name.
fn process_list() -> Vec<(u32, u32, String)> {
    let stat = |item: fs::DirEntry| {
        let pid = item.file_name().to_string_lossy().parse().ok()?;
        let stat = fs::read_to_string(item.path().join("stat")).ok()?;
        let (before, rest) = stat.rsplit_once(") ")?;
        let name = before.split_once('(')?.1.to_owned();
        let parent = rest.split(' ').nth(1)?.parse().ok()?;
        Some((pid, parent, name))
    };
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(stat).collect()
}

/// The whole command line of the console for somebody who has nothing of our environment.
fn remote(lab: &Lab) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut line = "env".to_owned();
    for (name, value) in lab.command("env", &Env::default()).get_envs() {
        if let Some(value) = value {
            let pair = format!("{}={}", name.to_string_lossy(), value.to_string_lossy());
            line = format!("{line} {}", quoted(&pair));
        }
    }
    let words: Vec<String> = on_screen(lab).iter().map(|word| quoted(word)).collect();
    format!("{line} {}", words.join(" "))
}

/// The console in a real ssh connection whose one end or other is killed.
#[test]
fn an_ssh_connection_is_lost() {
    let mut server = match Server::start() {
        Ok(server) => server,
        Err(why) => {
            println!("SKIPPED an_ssh_connection_is_lost: {why}");
            return;
        }
    };
    for its_server in [true, false] {
        let mut lab = slow();
        let mut glass = Glass::start(server.client(&remote(&lab), true));
        glass.begins(&lab);
        if its_server {
            let sessions = server.sessions();
            assert!(!sessions.is_empty());
            for pid in sessions {
                send(pid, Signal::KILL);
            }
        } else {
            glass.child.kill().expect("it is ours");
        }
        let gone = until(PATIENCE, || {
            let left =
                hygiene::processes(|command, _| command.contains(&*on_screen(&lab).join(" ")));
            let consoles = left.iter().filter(|it| !it.words.contains("ssh ")).count();
            (consoles == 0).then_some(()).ok_or(format!("{left:?}"))
        });
        gone.expect("the console ends with its connection");
        drop(glass);
        goes_on_without(&mut lab, "finished while you were gone");
    }
    server.stop();
}

/// As many notes as a console cannot keep that gets no more memory.
fn leave_notes(lab: &mut Lab) {
    let text = "x".repeat(60_000);
    let dir = lab.run_dir().expect("one run");
    for number in 0..60 {
        let message = rbconsole::session::inbox::Message {
            asks: None,
            by: "bo".to_owned(),
            text: text.clone(),
            happened_at: None,
            attests: None,
        };
        rbconsole::session::inbox::put(&dir, &message, &format!("note-{number:02}"))
            .expect("a note can be left");
    }
}

/// An allocation that fails ends the console as a kill would; if it can do without, it goes on.
#[test]
fn a_console_gets_no_more_memory() {
    let mut lab = slow();
    let mut command = lab.run_command(&Env::default());
    let (mut child, said) = lab.begins(&mut command).expect("it begins");
    in_the_middle(&lab);
    let limited = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--as=4096"])
        .status();
    assert!(
        limited
            .expect("prlimit (util-linux) is installed")
            .success()
    );
    leave_notes(&mut lab);
    std::thread::sleep(Duration::from_millis(1500));
    let_go(&lab);
    let status = wait(&mut child, PATIENCE).expect("it ends");
    let out = fs::read_to_string(&said[0]).expect("what it said");
    assert!(!out.is_empty());
    println!("without memory the console ended with {status}");
    lab.is_quiet().expect("the command ends");
    // One that goes on may not be able to launch the next command, and says so.
    to_the_end(&mut lab, &Env::default()).expect("it is taken up");
    is_whole(&mut lab, "");
}

/// A control group of one test, gone with it.
struct Group {
    folder: PathBuf,
    limit: &'static str,
}

impl Group {
    fn make() -> Result<Self, String> {
        let name = format!("laboratory-{}", std::process::id());
        let (root, limit) = if Path::new("/sys/fs/cgroup/memory/cgroup.procs").exists() {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            ("/sys/fs/cgroup", "memory.max")
        };
        let folder = Path::new(root).join(name);
        fs::create_dir(&folder)
            .map_err(|error| format!("no control group can be made: {error}"))?;
        let group = Self { folder, limit };
        if !group.folder.join(limit).exists() {
            return Err("control groups have no memory here".to_owned());
        }
        Ok(group)
    }

    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        fs::write(self.folder.join(file), text).map_err(|error| format!("{file}: {error}"))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let removed = until(Duration::from_secs(10), || {
            fs::remove_dir(&self.folder).map_err(words)
        });
        if let Err(error) = removed {
            eprintln!("{}: {error}", self.folder.display());
        }
    }
}

/// The kernel kills the console because memory is short; its commands are elsewhere.
#[test]
fn the_kernel_takes_the_console_for_its_memory() {
    let skipped =
        |why: &str| println!("SKIPPED the_kernel_takes_the_console_for_its_memory: {why}");
    let group = match Group::make() {
        Ok(group) => group,
        Err(why) => return skipped(&why),
    };
    let mut lab = slow();
    let mut command = lab.run_command(&Env::default());
    let (mut child, _) = lab.begins(&mut command).expect("it begins");
    in_the_middle(&lab);
    let confined = group
        .write(group.limit, "65536")
        .and_then(|()| group.write("cgroup.procs", &child.id().to_string()));
    if let Err(why) = confined {
        let _ = child.kill();
        let _ = child.wait();
        return skipped(&why);
    }
    leave_notes(&mut lab);
    let status = wait(&mut child, PATIENCE).expect("it is killed");
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(9),
        "{status}"
    );
    goes_on_without(&mut lab, "finished while you were gone");
}

/// The library that changes the time of a program, if it is there.
fn faked_time() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|item| item.path());
    folders
        .map(|folder| folder.join("faketime/libfaketime.so.1"))
        .find(|library| library.is_file())
}

/// The clock of the first console is two days fast, that of the second a day slow: a run's times go on evenly by the
/// first, the step is noted, and how long a command took is no question of the time of day.
#[test]
fn the_clock_is_set_in_between() {
    let Some(library) = faked_time() else {
        println!("SKIPPED the_clock_is_set_in_between: libfaketime is not installed");
        return;
    };
    let faked = |offset: &str| {
        Env(vec![
            ("LD_PRELOAD", library.to_string_lossy().into_owned()),
            ("FAKETIME", offset.to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_DISABLE_SHM", "1".to_owned()),
        ])
    };
    let mut lab = slow();
    let mut command = lab.run_command(&faked("+2d"));
    let (mut child, said) = lab.begins(&mut command).expect("it begins");
    in_the_middle(&lab);
    child.kill().expect("it is ours");
    let status = wait(&mut child, PATIENCE).expect("it is killed");
    lab.said(status, &said).expect("what it said");
    let_go(&lab);
    lab.is_quiet().expect("the command ends");
    let ended = lab.resume(&faked("-1d")).expect("it is taken up");
    assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
    let entries = entries(&lab).expect("a journal");
    let times: Vec<_> = entries.iter().map(|it| it.at).collect();
    assert!(times.is_sorted(), "{times:?}");
    let took = times[times.len() - 1] - times[0];
    assert!(took < chrono::TimeDelta::minutes(2), "{times:?}");
    let state = lab.state().expect("the run");
    for attempt in state.attempts.values() {
        if let rbconsole::engine::state::AttemptStatus::Finished { report, .. } = &attempt.status {
            assert!(report.milliseconds < 60_000, "{report:?}");
        }
    }
    remove_traces_of_faked_time();
    is_whole(&mut lab, "finished while you were gone");
    let report = lab.sandbox.run_dir().join("report.md");
    let report = fs::read_to_string(report).expect("the report");
    assert!(report.contains("exit 7"), "{report}");
}

/// Older versions of that library leave a piece of shared memory behind for each program that is killed.
fn remove_traces_of_faked_time() {
    for item in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        let name = item.file_name().to_string_lossy().into_owned();
        let pid = name.rsplit('_').next().unwrap_or_default().to_owned();
        if name.contains("faketime_") && !Path::new("/proc").join(&pid).exists() {
            let _ = fs::remove_file(item.path());
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
