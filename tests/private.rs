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
      - {{ id: s, title: S, run: 'touch {0}/began; until [ -e {0}/go ]; do sleep 0.05; done; echo over'{more} }}
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

/// The forms in which a secret could be seen.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let encode = |bytes: &[u8]| {
        let mut child = Command::new("base64")
            .arg("-w0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("coreutils");
        child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(bytes)
            .expect("it reads");
        child.wait_with_output().expect("it ends").stdout
    };
    let url: String = secret
        .bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let base64 = encode(secret.as_bytes());
    vec![secret.as_bytes().to_vec(), base64, url.into_bytes()]
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn every_file(folder: &Path, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = item.path();
        match item.file_type() {
            Ok(kind) if kind.is_dir() => every_file(&path, found),
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
}

/// A runbook that tells its secret wherever it can.
fn telling(sandbox: &Sandbox) -> String {
    format!(
        r#"version: 1
title: Secret
inputs:
  token: {{ description: Token, secret: true }}
signals:
  s: {{ run: 'printf %s "$SECRET_TOKEN" | wc -c', every: 1s }}
phases:
  - id: p
    title: P
    steps:
      - id: s
        title: S
        shell: bash
        run: |
          t={{{{ token }}}}
          say() {{
            printf '%s\n' "$t"
            printf '%s' "$t" | base64 -w0; echo
            local LC_ALL=C i c
            for ((i = 0; i < ${{#t}}; i++)); do
              c=${{t:i:1}}
              case $c in [a-zA-Z0-9._~-]) printf %s "$c" ;; *) printf '%%%02X' "'$c" ;; esac
            done
            echo
          }}
          say; say >&2
          printf 'kept=%s\n' "$t" >>"$RBCONSOLE_OUTPUT"
          touch {0}/began
          until [ -e {0}/go ]; do sleep 0.05; done
          say
        outputs: {{ kept: {{ type: string }} }}
      - id: g
        title: Go on?
        gate:
          evidence: {{ run: 'printf "%s\n" {{{{ token }}}}; printf %s {{{{ token }}}} | base64 -w0' }}
          answers: {{ yes_go: {{ label: Go }}, no_stop: {{ label: Stop, then: [] }} }}
      - {{ id: f, title: F, run: 'printf "%s\n" {{{{ token }}}} {{{{ kept }}}}; exit 3', on_failure: continue }}
"#,
        sandbox.path().display()
    )
}

/// A secret is in the variables of its step and nowhere else: no file of the run, no
/// command line, nothing that is printed, neither as it is nor encoded once.
#[test]
fn a_secret_is_nowhere_but_with_its_step() {
    let secret = "hV7&qp 9/Zt+rW%u3=Kx?mB5~dY";
    let sandbox = Sandbox::new();
    let text = telling(&sandbox);
    let file = sandbox.runbook("secret", &text);
    let mut child = sandbox
        .command(Sandbox::program())
        .args([
            "run",
            "--headless",
            "--answer",
            "g=yes_go",
            "--format",
            "jsonl",
        ])
        .arg(file)
        .env("SECRET_TOKEN", secret)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let forms = forms(secret);
    let mut looked_at = 0;
    eventually("the command runs", || {
        for item in fs::read_dir("/proc").expect("there is /proc").flatten() {
            let line = fs::read(item.path().join("cmdline")).unwrap_or_default();
            looked_at += usize::from(holds(&line, b"__supervise"));
            for form in &forms {
                assert!(!holds(&line, form), "{}", String::from_utf8_lossy(&line));
            }
        }
        if let Ok(Some(status)) = child.try_wait() {
            let mut said = String::new();
            let _ = child
                .stderr
                .take()
                .expect("a pipe")
                .read_to_string(&mut said);
            panic!("it ended: {status}: {said}");
        }
        sandbox
            .path()
            .join("began")
            .exists()
            .then_some(())
            .ok_or_else(|| "not yet".to_owned())
    });
    assert!(looked_at > 0, "no supervisor was seen");
    let nowhere = |when: &str| {
        let mut files = Vec::new();
        every_file(&sandbox.path().join("state"), &mut files);
        assert!(
            files.iter().any(|file| file.ends_with("output.log")),
            "{files:?}"
        );
        for file in files {
            // Into this one its command writes; it is taken away at the end.
            if when == "while it runs" && file.ends_with("variables") {
                continue;
            }
            let bytes = fs::read(&file).unwrap_or_default();
            for (number, form) in forms.iter().enumerate() {
                assert!(
                    !holds(&bytes, form),
                    "{when}, form {number}: {}",
                    file.display()
                );
            }
            assert!(!file.ends_with("variables"), "{when}: it is left behind");
        }
    };
    nowhere("while it runs");
    fs::write(sandbox.path().join("go"), "").expect("it can be written");
    let output = child.wait_with_output().expect("it is our child");
    let report = run(&sandbox, &["report"]);
    exits(&report, 0);
    nowhere("afterwards");
    for said in [&output.stdout, &output.stderr, &report.stdout] {
        for form in &forms {
            assert!(!holds(said, form), "{}", String::from_utf8_lossy(said));
        }
    }
    // What was looked for had been printed: it was masked, not missing.
    let log = fs::read(attempt_of(&sandbox.run_dir(), "001-").join("output.log")).expect("a log");
    assert!(
        log.split(|&byte| byte == b'\n').count() >= 9,
        "{}",
        String::from_utf8_lossy(&log)
    );
    sandbox.nothing_left();
}

fn attempt_of(run: &Path, begins: &str) -> PathBuf {
    fs::read_dir(run.join("attempts"))
        .expect("it is there")
        .flatten()
        .map(|item| item.path())
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(begins))
        })
        .expect("the attempt")
}

/// A value that cannot be read fails its step: the author's default stands for what
/// was not written.
#[test]
fn a_default_does_not_stand_for_what_cannot_be_read() {
    for (write, told) in [
        (
            "head -c 2000000 /dev/zero >>\"$RBCONSOLE_OUTPUT\"",
            "larger than 1 MiB",
        ),
        (
            "printf \"replicas=\\377\\n\" >>\"$RBCONSOLE_OUTPUT\"",
            "UTF-8",
        ),
        (
            "rm \"$RBCONSOLE_OUTPUT\"; mkdir \"$RBCONSOLE_OUTPUT\"",
            "something else stands",
        ),
    ] {
        let sandbox = Sandbox::new();
        let text = format!(
            "version: 1
title: Values
phases:
  - id: p
    title: P
    steps:
      - id: s
        title: S
        run: |
          {write}
        outputs: {{ replicas: {{ type: number, default: 3 }} }}
      - {{ id: t, title: T, run: 'echo {{{{ replicas }}}}' }}
"
        );
        let file = sandbox.runbook("values", &text);
        let output = run(&sandbox, &["run", &file.to_string_lossy(), "--headless"]);
        exits(&output, 3);
        let said = format!("{}{}", out(&output), err(&output));
        assert!(said.contains(told), "{said}");
    }
}

/// What a command whose supervisor was killed wrote for the run to read is not left
/// lying about unmasked.
#[test]
fn the_values_of_a_lost_supervisor_are_taken_away() {
    let sandbox = Sandbox::new();
    let text = format!(
        "version: 1
title: Lost
phases:
  - id: p
    title: P
    steps:
      - {{ id: s, title: S, run: 'echo token=abc >>\"$RBCONSOLE_OUTPUT\"; touch {0}/began; until [ -e {0}/go ]; do sleep 0.05; done', outputs: {{ token: {{ type: string, default: none }} }} }}
",
        sandbox.path().display()
    );
    let file = sandbox.runbook("lost", &text);
    let mut child = driven(&sandbox, &file);
    let attempt = attempt(&sandbox.run_dir());
    assert!(attempt.join("variables").exists());
    let started: serde_json::Value =
        serde_json::from_slice(&fs::read(attempt.join("started.json")).expect("it began"))
            .expect("JSON");
    let supervisor = i32::try_from(started["supervisor"].as_i64().expect("a number")).unwrap();
    let supervisor = rustix::process::Pid::from_raw(supervisor).expect("a process");
    rustix::process::kill_process(supervisor, rustix::process::Signal::KILL).expect("it is ours");
    let status = child.wait().expect("it is our child");
    assert_eq!(status.code(), Some(3), "nobody knows what came of it");
    assert!(!attempt.join("variables").exists());
    fs::write(sandbox.path().join("go"), "").expect("it can be written");
    sandbox.nothing_left();
}

/// How a process that is killed by a fault ends: whether it left a core dump.
fn dumps(mut command: Command, ready: impl Fn(u32) -> bool) -> bool {
    let mut child = command.process_group(0).spawn().expect("it can be started");
    eventually("it is ready", || {
        ready(child.id())
            .then_some(())
            .ok_or_else(|| "not yet".to_owned())
    });
    let pid =
        rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::ABORT).expect("it is ours");
    child.wait().expect("it is our child").core_dumped()
}

#[test]
fn our_processes_leave_no_core_dump_and_commands_keep_their_limit() {
    let sandbox = Sandbox::new();
    let limited = |words: &str| {
        let mut command = sandbox.command("bash");
        command
            .args(["-c", &format!("ulimit -c unlimited && exec {words}")])
            .current_dir(sandbox.tmp())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    let began = |_| sandbox.path().join("began").exists();
    let sleeps = |pid| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "sleep")
    };
    if dumps(limited("sleep 60"), sleeps) {
        let file = sandbox.runbook("waits", &waiting(&sandbox, ""));
        let words = format!("{} run --headless {}", Sandbox::program(), file.display());
        assert!(
            !dumps(limited(&words), began),
            "the console left a core dump"
        );
        fs::write(sandbox.path().join("go"), "").expect("it can be written");
        sandbox.nothing_left();
    } else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED core_dump: no core dumps are made on this machine"
        );
    }
    let text = "version: 1
title: Limit
phases: [{ id: p, title: P, steps: [{ id: s, title: S, effect: read, run: 'ulimit -S -c; ulimit -H -c' }] }]
";
    let sandbox = Sandbox::new();
    let file = sandbox.runbook("limit", text);
    let output = sandbox
        .command("bash")
        .args([
            "-c",
            &format!(
                "ulimit -H -c 4096; ulimit -S -c 512; exec {} run --headless {}",
                Sandbox::program(),
                file.display()
            ),
        ])
        .output()
        .expect("bash");
    exits(&output, 0);
    let log = fs::read_to_string(attempt(&sandbox.run_dir()).join("output.log")).expect("a log");
    assert_eq!(log, "512\n4096\n");
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
