//! No terminal at all: lines come from a pipe and go into one, as from an editor or another program.

use std::{
    fs::File,
    io::{Read, Write},
    process::{Child, ChildStdin, ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use super::{
    sandbox::{Sandbox, eventually},
    typist::find,
};

struct Piped {
    child: Child,
    lines: Option<ChildStdin>,
    said: Arc<Mutex<Vec<u8>>>,
    heard: usize,
}

impl Piped {
    fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        let mut child = sandbox
            .command(Sandbox::program())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let said = Arc::new(Mutex::new(Vec::new()));
        let (into, out) = (Arc::clone(&said), child.stdout.take().expect("a pipe"));
        std::thread::spawn(move || {
            let mut out = File::from(std::os::fd::OwnedFd::from(out));
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut buffer) {
                into.lock().expect("nobody panics").extend(&buffer[..count]);
            }
        });
        Self {
            lines: child.stdin.take(),
            child,
            said,
            heard: 0,
        }
    }

    fn text(&self) -> String {
        let said = self.said.lock().expect("nobody panics");
        String::from_utf8_lossy(&said).into_owned()
    }

    fn hears(&mut self, words: &str) {
        let from = self.heard;
        self.heard = eventually(&format!("“{words}” is heard"), || {
            let text = self.text();
            let rest = text.get(from..).unwrap_or_default();
            find(rest, words)
                .map(|end| from + end)
                .ok_or_else(|| rest.to_owned())
        });
    }

    fn types(&mut self, line: &str) {
        let lines = self.lines.as_mut().expect("it is open");
        writeln!(lines, "{line}").expect("it is read");
    }

    fn ends(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("it ends", || {
            status = self.child.try_wait().expect("it can be waited for");
            status.map(|_| ()).ok_or_else(|| self.text())
        });
        status.expect("it has ended")
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const NIGHT: &str = "version: 1
title: Take the shop back
environments:
  production: { color: red }
  practice: { drill: true, guard: 'true' }
phases:
  - id: work
    title: Work
    steps:
      - id: breaks
        title: Take it back
        effect: write
        run: \"echo no cluster; exit 3\"
        fallbacks:
          - { title: Restart it, run: echo restarted }
      - id: sure
        title: Is it well?
        gate:
          answers:
            well: { label: It is well, reason: required }
      - id: tell
        title: Tell them
        manual:
          instructions: Write to the channel.
          checklist: [They know, Support knows]
          record:
            ticket: { description: Number of the ticket, pattern: '^INC-[0-9]+$' }
";

/// A drill with a failure, the author's other way, a gate and a step by hand, driven by lines from a pipe to its report.
#[test]
fn a_drill_from_a_pipe() {
    let sandbox = Sandbox::new();
    let path = sandbox.runbook("night", NIGHT);
    let path = path.to_string_lossy();
    let mut ana = Piped::start(&sandbox, &["run", &path, "--drill", "--plain"]);
    ana.hears("environment: practice");
    ana.hears("Enter begins the run");
    ana.types("");
    ana.hears("DRILL, practice: step 1.1 Take it back");
    ana.types("");
    ana.hears("  no cluster");
    ana.hears("It failed: exit 3");
    ana.hears("  3. Fallback: Restart it: The author's other way (write).");
    ana.types("3");
    ana.hears("  restarted");
    ana.hears("step 1.2 Is it well? (gate)");
    ana.types("1");
    ana.hears("This answer needs a reason");
    ana.types("the shop answers");
    ana.hears("  1. open: They know");
    ana.types("1");
    ana.hears("  1. done: They know");
    ana.types("2");
    ana.hears("Enter: done");
    ana.types("");
    ana.hears("Value of ticket");
    ana.types("INC-7");
    ana.hears("Enter: close the run");
    ana.types("");
    ana.hears("Enter for 1");
    ana.types("");
    ana.hears("Close as");
    ana.types("");
    ana.hears("The report is written");
    ana.types("");
    assert_eq!(ana.ends().code(), Some(0));
    assert!(ana.text().chars().all(|c| !c.is_control() || c == '\n'));
    for words in ["Restart it", "the shop answers", "INC-7"] {
        assert!(ana.text().contains(words), "no {words} in\n{}", ana.text());
    }
    sandbox.nothing_left();
}

/// The end of the input leaves the run open, and nothing is stopped by it.
#[test]
fn a_pipe_that_ends_leaves_the_run_open() {
    let sandbox = Sandbox::new();
    let path = sandbox.runbook("night", NIGHT);
    let path = path.to_string_lossy();
    let mut ana = Piped::start(
        &sandbox,
        &["run", &path, "-e", "production", "--rehearse", "--plain"],
    );
    ana.hears("Enter begins the run");
    ana.types("");
    ana.hears("REHEARSAL");
    ana.hears(": step 1.1 Take it back");
    ana.types("n the last words");
    drop(ana.lines.take());
    assert_eq!(ana.ends().code(), Some(3));
    assert!(ana.text().contains("Detached. The run stays open"));
    assert!(
        ana.text().contains("note: ana: the last words"),
        "{}",
        ana.text()
    );
    sandbox.nothing_left();
}
