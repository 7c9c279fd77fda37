//! Approvals from the outside: by a second real user of this machine.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts the program as another user"
)]

#[path = "common/nobody.rs"]
mod nobody;
#[path = "common/program.rs"]
mod program;
#[path = "terminal/sandbox.rs"]
mod sandbox;

use std::{
    fs,
    io::{Read, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::PathBuf,
    process::{Child, Stdio},
};

use nobody::{as_nobody, can_switch};
use program::{err, exits, out, run};
use sandbox::{Sandbox, eventually};

/// A run whose gate is open until it is let go.
struct Driven {
    sandbox: Sandbox,
    child: Child,
}

impl Driven {
    fn new(from: &str) -> Self {
        let sandbox = Sandbox::new();
        let text = format!(
            "version: 1
title: Drop the table
phases:
  - id: work
    title: Work
    steps:
      - id: drop_it
        title: Drop it?
        gate:
          evidence: {{ run: 'until [ -e {}/go ]; do sleep 0.05; done' }}
          answers:
            yes_drop: {{ label: Drop it, approvals: {{ from: [{from}], count: 1 }} }}
            no_drop: {{ label: Keep it }}
      - {{ id: done, title: Done, effect: read, run: echo done }}
",
            sandbox.path().display()
        );
        let file = sandbox.runbook("drop", &text);
        let child = sandbox
            .command(Sandbox::program())
            .args(["run", "--headless", "--answer", "drop_it=yes_drop"])
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let driven = Self { sandbox, child };
        eventually("the gate is open", || {
            let open = driven.sandbox.run_dirs().len() == 1
                && driven
                    .sandbox
                    .journal()
                    .iter()
                    .any(|line| !line["event"]["gate_opened"].is_null());
            if open {
                Ok(())
            } else {
                Err("not yet".to_owned())
            }
        });
        // The gate is the first step: it is recorded before the console listens.
        let id = driven.id();
        eventually("the console listens", || {
            let asked = run(&driven.sandbox, &["approve", &id, "no_such_gate"]);
            if asked.status.code() == Some(4) {
                Ok(())
            } else {
                Err(err(&asked))
            }
        });
        driven
    }

    fn id(&self) -> String {
        let name = self.sandbox.run_dir();
        name.file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    }

    /// Lets the evidence end, and says how the run ended.
    fn end(mut self) -> (i32, String, Sandbox) {
        fs::write(self.sandbox.path().join("go"), "").unwrap();
        let mut said = String::new();
        self.child
            .stderr
            .take()
            .expect("a pipe")
            .read_to_string(&mut said)
            .expect("text");
        let status = self.child.wait().expect("it is our child");
        (status.code().unwrap_or(-1), said, self.sandbox)
    }
}

#[test]
fn another_user_approves_and_is_known_by_their_account() {
    if !can_switch() {
        return;
    }
    // `nogroup` is the group of that user.
    let driven = Driven::new("nogroup");
    let id = driven.id();
    let output = as_nobody(&["approve", &id, "drop_it", "--reason", "seen it"]);
    exits(&output, 0);
    assert!(out(&output).contains("recorded in"), "{}", out(&output));
    // It was said when it was durable, not before.
    let journal = driven.sandbox.journal();
    let given = journal
        .iter()
        .find(|line| !line["event"]["approval_given"].is_null())
        .expect("it is in the journal");
    let approval = &given["event"]["approval_given"]["approval"];
    assert_eq!(given["by"], "nobody");
    assert_eq!(approval["by_whom"], "nobody");
    assert_eq!(approval["how"]["user"], "nobody");
    assert_eq!(approval["how"]["groups"][0], "nogroup");
    assert_eq!(approval["agrees"], true);
    assert_eq!(approval["reason"], "seen it");
    let (code, said, sandbox) = driven.end();
    assert_eq!(code, 0, "{said}");
    exits(&run(&sandbox, &["audit"]), 0);
}

#[test]
fn who_is_not_asked_or_refuses_lets_nothing_through() {
    if !can_switch() {
        return;
    }
    let driven = Driven::new("dba");
    let id = driven.id();
    let output = as_nobody(&["approve", &id, "drop_it"]);
    exits(&output, 4);
    assert!(err(&output).contains("cannot approve"), "{}", err(&output));
    let output = as_nobody(&["approve", &id, "no_such_gate"]);
    exits(&output, 4);
    let (code, said, _) = driven.end();
    assert_eq!(code, 3, "{said}");

    let driven = Driven::new("nobody");
    let output = as_nobody(&["approve", &driven.id(), "drop_it", "--deny"]);
    exits(&output, 2);
    let output = as_nobody(&[
        "approve",
        &driven.id(),
        "drop_it",
        "--deny",
        "--reason",
        "no backup",
    ]);
    exits(&output, 0);
    let (code, said, _) = driven.end();
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("refused by nobody"), "{said}");
}

#[test]
fn the_driver_cannot_approve_but_can_attest() {
    let driven = Driven::new("dba");
    let id = driven.id();
    let sandbox = &driven.sandbox;
    let output = run(sandbox, &["approve", &id, "drop_it"]);
    exits(&output, 4);
    assert!(err(&output).contains("--attest"), "{}", err(&output));
    let output = run(
        sandbox,
        &[
            "approve",
            "last",
            "drop_it",
            "--attest",
            "carla",
            "--stands-for",
            "dba",
            "--via",
            "phone",
        ],
    );
    exits(&output, 0);
    let approval = eventually("it is in the journal", || {
        let journal = sandbox.journal();
        let given = journal
            .iter()
            .find(|line| !line["event"]["approval_given"].is_null());
        given
            .map(|line| line["event"]["approval_given"]["approval"].clone())
            .ok_or_else(|| "not yet".to_owned())
    });
    assert_eq!(approval["by_whom"], "carla");
    assert_eq!(approval["how"]["channel"], "phone");
    let (code, said, _) = driven.end();
    assert_eq!(code, 0, "{said}");
}

/// Nobody vouches for themselves under another name: the account counts too.
#[test]
fn the_drivers_own_word_is_not_attested() {
    let driven = Driven::new("dba");
    let sandbox = &driven.sandbox;
    let login = rbconsole::settings::login_name(rustix_uid()).expect("an account has a name");
    for name in ["ana", " ANA ", &login] {
        // Whatever the one who says it calls themselves.
        let output = sandbox
            .command(Sandbox::program())
            .env("RBCONSOLE_OPERATOR", "zoe")
            .args(["approve", "last", "drop_it", "--attest", name])
            .args(["--stands-for", "dba", "--via", "phone"])
            .output()
            .expect("the program can be started");
        exits(&output, 0);
    }
    let inbox = sandbox.run_dir().join("inbox");
    eventually("all are dealt with", || {
        match fs::read_dir(&inbox).expect("it is there").count() {
            0 => Ok(()),
            left => Err(format!("{left} are left")),
        }
    });
    let journal = sandbox.journal();
    assert!(
        journal
            .iter()
            .all(|line| line["event"]["approval_given"].is_null()),
        "{journal:?}"
    );
    let (code, said, _) = driven.end();
    assert_eq!(code, 3, "{said}");
}

/// The socket of a driven run: what it takes is bounded, and the run does not mind.
#[test]
fn nonsense_at_the_socket_holds_nobody_up() {
    let driven = Driven::new("dba");
    let uid = rustix_uid();
    let name = rbconsole::session::approvals::socket_name(&driven.id());
    let path = PathBuf::from(format!("/tmp/rbconsole-{uid}")).join(name);
    let folder = path.parent().unwrap();
    assert_eq!(
        fs::metadata(folder).unwrap().permissions().mode() & 0o777,
        0o711
    );
    for nonsense in [
        b"not json\n".to_vec(),
        vec![b'x'; 100_000],
        b"{}\n".to_vec(),
    ] {
        let mut reply = String::new();
        eventually("it is listened to", || {
            let mut stream = UnixStream::connect(&path).map_err(|error| error.to_string())?;
            // It may hang up before all of it is sent.
            let _ = stream.write_all(&nonsense);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            reply.clear();
            let _ = stream.read_to_string(&mut reply);
            if reply.is_empty() && nonsense.len() < 10_000 {
                return Err("one at a time".to_owned());
            }
            Ok(())
        });
        assert!(!reply.contains("recorded\":"), "{reply}");
    }
    // Somebody who says nothing at all.
    let silent = UnixStream::connect(&path).unwrap();
    let (code, said, _) = driven.end();
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("1 person to agree"), "{said}");
    drop(silent);
    assert!(!path.exists(), "the socket goes with the session");
}

fn rustix_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[test]
fn nobody_listens_for_a_run_that_nobody_drives() {
    let sandbox = Sandbox::new();
    let output = run(&sandbox, &["approve", "2026-01-01-0000-x-aaaa", "gate"]);
    exits(&output, 2);
    assert!(err(&output).contains("nobody drives"), "{}", err(&output));
}
