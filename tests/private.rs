//! What belongs to the operator alone: a run's directory, the way to its commands, and
//! its secrets.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts the program, also as another user"
)]

#[path = "common/program.rs"]
mod program;
#[path = "terminal/sandbox.rs"]
mod sandbox;
#[path = "private/secrets.rs"]
mod secrets;

use std::{
    fs,
    io::{Read, Write},
    os::unix::{
        fs::{PermissionsExt, symlink},
        net::UnixStream,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use program::{err, exits, out, run};
use sandbox::{Sandbox, eventually};

/// A user that every machine has.
const NOBODY: &str = "65534";

/// A command as the second user.
fn as_nobody(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"])
        .arg(program)
        .current_dir("/");
    command
}

/// Whether this test can be another user; that it cannot is printed.
fn can_switch(test: &str) -> bool {
    let can = as_nobody(Path::new("true"))
        .status()
        .is_ok_and(|status| status.success());
    if !can {
        // Past the capture of test output: what is skipped is counted by who runs all tests.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED {test}: only root can be a second user (setpriv --reuid failed)"
        );
    }
    can
}

/// A runbook of one step that waits until it is let go.
fn waiting(sandbox: &Sandbox, more: &str) -> String {
    format!(
        "version: 1
title: Waits
phases:
  - id: p
    title: P
    steps:
      - {{ id: s, title: S, run: 'echo begun; touch {0}/began; until [ -e {0}/go ]; do sleep 0.05; done; echo over'{more} }}
",
        sandbox.path().display()
    )
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

/// A run whose command runs, and nobody attends to it any more.
fn left_alone(sandbox: &Sandbox) -> PathBuf {
    let file = sandbox.runbook("waits", &waiting(sandbox, ""));
    let mut child = driven(sandbox, &file);
    child.kill().expect("it is our child");
    child.wait().expect("it is our child");
    sandbox.run_dir()
}

fn driven(sandbox: &Sandbox, file: &Path) -> Child {
    let child = sandbox
        .command(Sandbox::program())
        .args(["run", "--headless"])
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    eventually("the command runs", || {
        sandbox
            .path()
            .join("began")
            .exists()
            .then_some(())
            .ok_or_else(|| "not yet".to_owned())
    });
    child
}

/// The directory of the only attempt.
fn attempt(run: &Path) -> PathBuf {
    let mut all = fs::read_dir(run.join("attempts")).expect("it is there");
    all.next().expect("one attempt").expect("readable").path()
}

#[test]
fn a_run_in_which_something_was_planted_is_not_taken_up() {
    let sandbox = Sandbox::new();
    let run_dir = left_alone(&sandbox);
    let attempt = attempt(&run_dir);
    let theirs = sandbox.path().join("theirs");
    fs::write(&theirs, "theirs").expect("it can be written");
    let refused = |told: &str| {
        for arguments in [&["resume", "--headless"][..], &["report"], &["audit"]] {
            let id = run_dir.file_name().expect("a name").to_string_lossy();
            let mut all = arguments.to_vec();
            all.insert(1, &id);
            // What is in an attempt is looked at when the attempt is.
            if told.contains("attempt:") && arguments[0] != "resume" {
                continue;
            }
            let output = run(&sandbox, &all);
            let said = format!("{}{}", out(&output), err(&output));
            assert!(!output.status.success(), "{all:?}: {said}");
            let told = told.trim_start_matches("attempt:");
            assert!(said.contains(told), "{all:?}: {told}: {said}");
        }
    };
    for (folder, prefix, files) in [
        (&run_dir, "", &["journal.jsonl", "runbook.yaml", "lock"][..]),
        (
            &attempt,
            "attempt:",
            &["claim", "lock", "spec.json", "output.log"],
        ),
    ] {
        for file in files {
            let path = folder.join(file);
            let aside = sandbox.path().join("aside");
            fs::rename(&path, &aside).expect("it is ours");
            symlink(&aside, &path).expect("a link");
            refused(&format!("{prefix}symbolic link"));
            fs::remove_file(&path).expect("it is ours");
            exits(
                &Command::new("mkfifo")
                    .arg(&path)
                    .output()
                    .expect("coreutils"),
                0,
            );
            mode(&path, 0o600);
            refused(&format!("{prefix}no regular file"));
            fs::remove_file(&path).expect("it is ours");
            fs::hard_link(&aside, &path).expect("a second name");
            refused(&format!("{prefix}2 hard links"));
            fs::remove_file(&path).expect("it is ours");
            fs::rename(&aside, &path).expect("it is ours");
        }
        mode(folder, 0o722);
        refused(&format!("{prefix}others can write to it"));
        mode(folder, 0o700);
    }
    let control = attempt.join("control");
    eventually("the supervisor listens", || {
        control
            .exists()
            .then_some(())
            .ok_or_else(|| "not yet".to_owned())
    });
    let aside = attempt.join("aside");
    fs::rename(&control, &aside).expect("it is ours");
    symlink(&theirs, &control).expect("a link");
    refused("attempt:no socket");
    fs::remove_file(&control).expect("it is ours");
    fs::rename(&aside, &control).expect("it is ours");
    assert_eq!(fs::read_to_string(&theirs).expect("text"), "theirs");
    // Nothing was lost by all that.
    fs::write(sandbox.path().join("go"), "").expect("it can be written");
    exits(&run(&sandbox, &["resume", "--headless"]), 0);
    sandbox.nothing_left();
}

/// In the place of the socket's other end: a test that is nothing without this variable.
const SOCKET: &str = "RBCONSOLE_TEST_SOCKET";

#[test]
fn says_stop_as_another_user() {
    let Some(path) = std::env::var_os(SOCKET) else {
        return;
    };
    let mut stream = UnixStream::connect(&path).expect("the way is open");
    let mut request =
        serde_json::to_vec(&rbconsole::executor::protocol::Request::Stop { attempt: 1 })
            .expect("JSON");
    request.push(b'\n');
    // It may hang up before.
    let _ = stream.write_all(&request);
    let mut said = String::new();
    let _ = stream.read_to_string(&mut said);
    assert_eq!(said, "", "nothing is told to others");
    println!("hung up");
}

#[test]
fn a_supervisor_listens_to_its_operator_alone() {
    if !can_switch("control_socket") {
        return;
    }
    let sandbox = Sandbox::new();
    let file = sandbox.runbook("waits", &waiting(&sandbox, ""));
    let mut child = driven(&sandbox, &file);
    let run_dir = sandbox.run_dir();
    let control = attempt(&run_dir).join("control");
    eventually("the supervisor listens", || {
        control
            .exists()
            .then_some(())
            .ok_or_else(|| "not yet".to_owned())
    });
    // Only since all doors are opened the other user gets as far as that.
    let mut folders = vec![control.clone()];
    folders.extend(
        control
            .ancestors()
            .skip(1)
            .take_while(|path| *path != Path::new("/"))
            .map(Path::to_owned),
    );
    for folder in folders
        .iter()
        .filter(|path| path.starts_with(sandbox.path()))
    {
        mode(folder, 0o777);
    }
    let program = sandbox.path().join("client");
    fs::copy(std::env::current_exe().expect("a path"), &program).expect("a copy");
    mode(&program, 0o755);
    let output = as_nobody(&program)
        .args(["--exact", "says_stop_as_another_user", "--nocapture"])
        .env(SOCKET, &control)
        .output()
        .expect("setpriv can be started");
    let said = out(&output);
    assert!(
        output.status.success() && said.contains("hung up"),
        "{said}{}",
        err(&output)
    );
    for folder in folders
        .iter()
        .filter(|path| path.starts_with(sandbox.path()))
    {
        mode(folder, 0o700);
    }
    fs::write(sandbox.path().join("go"), "").expect("it can be written");
    let status = child.wait().expect("it is our child");
    assert_eq!(status.code(), Some(0), "the command was not stopped");
    sandbox.nothing_left();
}

/// The whole house as an ordinary user: a supervisor that nobody can look into still
/// finds its own way, also into a terminal.
#[test]
fn an_ordinary_user_runs_and_takes_up() {
    if !can_switch("ordinary_user") {
        return;
    }
    let sandbox = Sandbox::new();
    let text = "version: 1
title: Ordinary
phases:
  - id: p
    title: P
    steps:
      - { id: a, title: A, effect: read, run: 'echo token=7 >>\"$RBCONSOLE_OUTPUT\"', outputs: { token: { type: string } } }
      - { id: b, title: B, effect: read, tty: true, run: 'tty' }
      - { id: c, title: C, effect: read, run: 'test {{ token }} = 7' }
";
    let file = sandbox.runbook("ordinary", text);
    let program = sandbox.path().join("rbconsole");
    fs::copy(Sandbox::program(), &program).expect("a copy");
    mode(&program, 0o755);
    exits(
        &Command::new("chown")
            .args(["-R", NOBODY])
            .arg(sandbox.path())
            .output()
            .expect("coreutils"),
        0,
    );
    let output = as_nobody(&program)
        .args(["run", "--headless"])
        .arg(&file)
        .current_dir(sandbox.path())
        .env("HOME", sandbox.path())
        .env("TMPDIR", sandbox.tmp())
        .env("RBCONSOLE_STATE_DIR", sandbox.path().join("state"))
        .env("RBCONSOLE_CONFIG_DIR", sandbox.path().join("config"))
        .env("USER", "nobody")
        .output()
        .expect("setpriv can be started");
    exits(&output, 0);
    // Root takes up nothing of theirs.
    let id = sandbox.run_dir();
    let id = id.file_name().expect("a name").to_string_lossy();
    let output = run(&sandbox, &["report", &id]);
    exits(&output, 4);
    assert!(
        err(&output).contains("belongs to the user 65534"),
        "{}",
        err(&output)
    );
    sandbox.nothing_left();
}
