//! A secret is with its step alone: in no file, no argument, no core dump.

use super::*;

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
    // The command may be faster than its supervisor, which notes its start only then.
    let started: serde_json::Value = eventually("its start is noted", || {
        let noted = fs::read(attempt.join("lock")).map_err(|error| error.to_string())?;
        serde_json::from_slice(&noted).map_err(|error| error.to_string())
    });
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
