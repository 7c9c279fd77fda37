//! Disks that are full, read-only or failing: what runs goes on, nothing new starts, nothing durable is lost, and
//! the operator is told and can go on elsewhere.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts programs and reads their files"
)]

#[path = "faults/place.rs"]
mod place;
#[path = "common/program.rs"]
mod program;
#[path = "terminal/sandbox.rs"]
mod sandbox;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use place::{Disk, injector, may_mount};
use program::{err, exits, out, run};
use sandbox::{Sandbox, eventually};

/// A step that waits for a file, prints much and says that it is through; and one after it.
const BOOK: &str = "
version: 1
title: Book
phases:
  - id: work
    title: Work
    steps:
      - id: print
        title: Print
        effect: write
        timeout: 2m
        run: |
          touch TMP/ready
          while [ ! -e TMP/go ]; do sleep 0.02; done
          head -c 300000 /dev/zero | tr '\\0' x
          touch TMP/through
      - { id: then, title: Then, effect: write, run: 'echo then >> TMP/then' }
";

fn book(sandbox: &Sandbox) -> String {
    let text = BOOK.replace("TMP", &sandbox.tmp().to_string_lossy());
    let file = sandbox.runbook("book", &text);
    file.to_string_lossy().into_owned()
}

/// Starts a run without a screen and waits until its first command runs.
fn begin(mut command: Command, sandbox: &Sandbox) -> Child {
    let child = command
        .args(["run", &book(sandbox), "--headless"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    there(&sandbox.tmp().join("ready"));
    child
}

fn there(path: &Path) {
    eventually(&format!("{} is there", path.display()), || {
        path.exists().then_some(()).ok_or_else(String::new)
    });
}

fn go(sandbox: &Sandbox) {
    fs::write(sandbox.tmp().join("go"), b"").unwrap();
}

fn ended(child: Child) -> Output {
    child.wait_with_output().expect("it can be waited for")
}

fn attempt(run: &Path) -> PathBuf {
    run.join("attempts/001-print-1")
}

fn record(run: &Path) -> serde_json::Value {
    let bytes = fs::read(attempt(run).join("exit.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The step after the one that was in trouble ran exactly so often.
fn ran(sandbox: &Sandbox, times: usize) {
    let said = fs::read_to_string(sandbox.tmp().join("then")).unwrap_or_default();
    assert_eq!(said, "then\n".repeat(times));
}

/// The program with its state elsewhere.
fn elsewhere(sandbox: &Sandbox, state: &Path, arguments: &[&str]) -> Output {
    sandbox
        .command(Sandbox::program())
        .env("RBCONSOLE_STATE_DIR", state)
        .args(arguments)
        .output()
        .expect("the program can be started")
}

/// A command whose console is gone ends on a disk that is full.
fn full_disk(sandbox: &Sandbox, disk: &Disk) {
    let mut console = begin(sandbox.command(Sandbox::program()), sandbox);
    console.kill().unwrap();
    console.wait().unwrap();
    disk.fill();
    go(sandbox);
    // The log takes nothing any more, and the command does not notice.
    there(&sandbox.tmp().join("through"));
}

#[test]
fn the_end_of_a_command_waits_for_room() {
    if !may_mount("the_end_of_a_command_waits_for_room") {
        return;
    }
    let sandbox = Sandbox::new();
    let disk = Disk::mount(sandbox.path().join("state"), "4m");
    full_disk(&sandbox, &disk);
    assert!(!attempt(&sandbox.run_dir()).join("exit.json").exists());
    disk.empty();
    there(&attempt(&sandbox.run_dir()).join("exit.json"));
    let report = &record(&sandbox.run_dir())["report"];
    assert_eq!(
        report["ended"],
        serde_json::json!({"how": "exit", "code": 0})
    );
    let (kept, lost) = (&report["output"]["bytes"], &report["output"]["lost"]);
    assert_eq!(kept.as_u64().unwrap() + lost.as_u64().unwrap(), 300_000);
    assert!(lost.as_u64().unwrap() > 0);
    exits(&run(&sandbox, &["resume", "last", "--headless"]), 0);
    exits(&run(&sandbox, &["audit", "last"]), 0);
    ran(&sandbox, 1);
    sandbox.nothing_left();
}

#[test]
fn on_a_full_disk_nothing_new_starts_and_the_reason_is_told() {
    if !may_mount("on_a_full_disk_nothing_new_starts_and_the_reason_is_told") {
        return;
    }
    let sandbox = Sandbox::new();
    let disk = Disk::mount(sandbox.path().join("state"), "4m");
    let console = begin(sandbox.command(Sandbox::program()), &sandbox);
    disk.fill();
    go(&sandbox);
    let output = ended(console);
    exits(&output, 3);
    let said = err(&output);
    assert!(
        said.contains("its output is lost: the disk is full"),
        "{said}"
    );
    // The journal's last page may have had room for how the first command ended, not for more.
    assert!(
        said.contains("the journal cannot be written (the disk is full)")
            || said.contains("cannot be launched: No space left on device"),
        "{said}"
    );
    ran(&sandbox, 0);
    disk.empty();
    sandbox.nothing_left();
}

#[test]
fn a_run_goes_on_elsewhere_while_its_command_still_belongs_to_the_full_disk() {
    if !may_mount("a_run_goes_on_elsewhere_while_its_command_still_belongs_to_the_full_disk") {
        return;
    }
    let sandbox = Sandbox::new();
    let disk = Disk::mount(sandbox.path().join("state"), "4m");
    full_disk(&sandbox, &disk);
    let old = sandbox.run_dir();
    let other = sandbox.path().join("other");
    let other_dir = other.to_string_lossy().into_owned();
    // The command's end is known to its supervisor alone, which cannot write it down.
    let resume = ["resume", "last", "--headless", "--state-dir", &other_dir];
    let output = run(&sandbox, &resume);
    exits(&output, 0);
    ran(&sandbox, 1);
    let new = other.join("runs").join(old.file_name().unwrap());
    let journal = fs::read_to_string(new.join("journal.jsonl")).unwrap();
    let moved = format!("the run was moved here from {}", old.display());
    assert!(journal.contains(&moved), "{journal}");
    assert_eq!(journal.matches("attempt_finished").count(), 2, "{journal}");
    exits(&elsewhere(&sandbox, &other, &["audit", "last"]), 0);
    let timeline = elsewhere(&sandbox, &other, &["report", "last"]);
    assert!(
        out(&timeline).contains("moved here from"),
        "{}",
        out(&timeline)
    );

    // Nobody drives it twice: not on the full disk, and not when there is room again.
    for room in [false, true] {
        if room {
            disk.empty();
        }
        let refused = run(&sandbox, &["resume", "last", "--headless"]);
        assert_ne!(refused.status.code(), Some(0), "{}", out(&refused));
        ran(&sandbox, 1);
    }
    let listed = out(&run(&sandbox, &["runs"]));
    assert!(listed.contains("moved"), "{listed}");
    sandbox.nothing_left();
}

#[test]
fn a_command_that_runs_on_while_its_run_is_moved_is_followed_and_brought_home() {
    let sandbox = Sandbox::new();
    let mut console = begin(sandbox.command(Sandbox::program()), &sandbox);
    console.kill().unwrap();
    console.wait().unwrap();
    let old = sandbox.run_dir();
    let other = sandbox.path().join("other");
    let resumed = sandbox
        .command(Sandbox::program())
        .args(["resume", "last", "--headless", "--state-dir"])
        .arg(&other)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let new = other.join("runs").join(old.file_name().unwrap());
    there(&new.join("journal.jsonl"));
    // The old place knows at once.
    there(&old.join("moved_to.json"));
    let refused = run(&sandbox, &["resume", "last", "--headless"]);
    exits(&refused, 4);
    assert!(
        err(&refused).contains("this run was moved to"),
        "{}",
        err(&refused)
    );
    go(&sandbox);
    exits(&ended(resumed), 0);
    ran(&sandbox, 1);
    assert_eq!(record(&old)["report"]["output"]["bytes"], 300_000);
    exits(&elsewhere(&sandbox, &other, &["audit", "last"]), 0);
    // What it left there came home: the old place may go.
    eventually("the log is in the new place", || {
        let log = attempt(&new).join("output.log");
        let length = fs::metadata(&log).map_or(0, |meta| meta.len());
        (length == 300_000).then_some(()).ok_or(format!("{length}"))
    });
    sandbox.nothing_left();
    fs::remove_dir_all(&old).unwrap();
    exits(&elsewhere(&sandbox, &other, &["audit", "last"]), 0);
}

#[test]
fn a_run_on_a_read_only_disk_is_moved_whole() {
    if !may_mount("a_run_on_a_read_only_disk_is_moved_whole") {
        return;
    }
    let sandbox = Sandbox::new();
    let disk = Disk::mount(sandbox.path().join("state"), "16m");
    let mut console = begin(sandbox.command(Sandbox::program()), &sandbox);
    console.kill().unwrap();
    console.wait().unwrap();
    go(&sandbox);
    sandbox.nothing_left();
    disk.read_only();
    let refused = run(&sandbox, &["resume", "last", "--headless"]);
    assert!(
        err(&refused).contains("Read-only file system"),
        "{}",
        err(&refused)
    );
    let other = sandbox.path().join("other");
    let other_dir = other.to_string_lossy().into_owned();
    let resume = ["resume", "last", "--headless", "--state-dir", &other_dir];
    let output = run(&sandbox, &resume);
    exits(&output, 0);
    let warned = err(&output);
    assert!(
        warned.contains("cannot be told that the run was moved"),
        "{warned}"
    );
    ran(&sandbox, 1);
    exits(&elsewhere(&sandbox, &other, &["audit", "last"]), 0);
    // Whoever comes later reads it too.
    let report = elsewhere(&sandbox, &other, &["report", "last", "--full"]);
    let told = out(&report);
    assert!(told.contains("nobody may take it up there"), "{told}");
    // Asked again, it is found where it is: closed.
    let again = run(&sandbox, &resume);
    assert_ne!(again.status.code(), Some(0));
    ran(&sandbox, 1);
}

#[test]
fn a_place_that_is_taken_and_a_run_that_is_driven_are_not_touched() {
    let sandbox = Sandbox::new();
    let console = begin(sandbox.command(Sandbox::program()), &sandbox);
    let old = sandbox.run_dir();
    let other = sandbox.path().join("other");
    let other_dir = other.to_string_lossy().into_owned();
    let resume = ["resume", "last", "--headless", "--state-dir", &other_dir];
    let driven = run(&sandbox, &resume);
    exits(&driven, 4);
    assert!(err(&driven).contains("is driven by"), "{}", err(&driven));
    assert!(!other.join("runs").join(old.file_name().unwrap()).exists());
    go(&sandbox);
    exits(&ended(console), 0);
    sandbox.nothing_left();
}

/// What a failing write means, by what is written.
#[test]
fn writes_that_fail_are_told_and_lose_nothing_that_was_durable() {
    let folder = tempfile::tempdir().unwrap();
    let name = "writes_that_fail_are_told_and_lose_nothing_that_was_durable";
    let Some(library) = injector(name, folder.path()) else {
        return;
    };
    for (errno, words) in [
        (5, "Input/output error"),
        (122, "the disk quota is used up"),
        (30, "the disk is read-only"),
    ] {
        for file in ["journal.jsonl", "output.", "exit.json"] {
            let sandbox = Sandbox::new();
            let fault = sandbox.tmp().join("fault");
            let mut command = sandbox.command(Sandbox::program());
            command
                .env("LD_PRELOAD", &library)
                .env("FAULT_WHILE", &fault)
                .env("FAULT_MATCH", file)
                .env("FAULT_ERRNO", errno.to_string());
            let console = begin(command, &sandbox);
            // A command may be faster than the news that it runs.
            eventually("its start is in the journal", || {
                let journal = sandbox.run_dir().join("journal.jsonl");
                let journal = fs::read_to_string(journal).unwrap_or_default();
                let known = journal.contains("attempt_started");
                known.then_some(()).ok_or(journal)
            });
            fs::write(&fault, b"").unwrap();
            go(&sandbox);
            let output = ended(console);
            let said = format!("{file} {errno}: {}{}", out(&output), err(&output));
            assert!(err(&output).contains(words), "{said}");
            assert!(sandbox.tmp().join("through").exists());
            let run_dir = sandbox.run_dir();
            match file {
                "journal.jsonl" => {
                    assert_eq!(output.status.code(), Some(3), "{said}");
                    ran(&sandbox, 0);
                    fs::remove_file(&fault).unwrap();
                    exits(&run(&sandbox, &["resume", "last", "--headless"]), 0);
                    assert_eq!(record(&run_dir)["report"]["output"]["lost"], 0);
                }
                "output." => {
                    assert_eq!(output.status.code(), Some(0), "{said}");
                    let lost = &record(&run_dir)["report"]["output"]["lost"];
                    assert_eq!(*lost, 300_000);
                    assert!(out(&output).contains("could not be written"), "{said}");
                }
                _ => {
                    // The journal has the end: the supervisor was let go without its record.
                    assert_eq!(output.status.code(), Some(0), "{said}");
                    assert!(
                        err(&output).contains("its end cannot be written down"),
                        "{said}"
                    );
                    sandbox.nothing_left();
                    assert!(!attempt(&run_dir).join("exit.json").exists());
                }
            }
            ran(&sandbox, 1);
            exits(&run(&sandbox, &["audit", "last"]), 0);
            sandbox.nothing_left();
        }
    }
}

#[test]
fn output_beyond_its_share_loses_its_middle_alone() {
    let sandbox = Sandbox::new();
    let config = "output: { per_attempt: 1 MB, per_run: 40 MB }\n";
    fs::write(sandbox.path().join("config/config.yaml"), config).unwrap();
    let text = "
version: 1
title: Much
phases:
  - id: work
    title: Work
    steps:
      - { id: much, title: Much, effect: read, run: 'seq -f \"line %09.0f of many\" 1 300000' }
";
    let file = sandbox.runbook("much", text);
    let output = run(&sandbox, &["run", &file.to_string_lossy(), "--headless"]);
    exits(&output, 0);
    assert!(
        out(&output).contains("dropped from the middle"),
        "{}",
        out(&output)
    );
    let dir = sandbox.run_dir().join("attempts/001-much-1");
    let names = fs::read_dir(&dir).unwrap().map(|item| item.unwrap());
    let kept: u64 = names
        .filter(|item| item.file_name().to_string_lossy().ends_with(".log"))
        .map(|item| item.metadata().unwrap().len())
        .sum();
    assert!((600_000..=1_000_000).contains(&kept), "{kept}");
    exits(&run(&sandbox, &["audit", "last"]), 0);
    let report = out(&run(&sandbox, &["report", "last"]));
    assert!(report.contains("line 000300000 of many"), "{report}");
    let first = fs::read(dir.join("output.log")).unwrap();
    assert!(first.starts_with(b"line 000000001 of many\n"));
    // A later piece that was changed is found as the first is.
    let piece = fs::read_dir(&dir)
        .unwrap()
        .map(|item| item.unwrap().path())
        .find(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name != "output.log"
                && name
                    .strip_prefix("output.")
                    .is_some_and(|rest| rest.strip_suffix(".log").is_some())
        })
        .expect("a later piece");
    fs::remove_file(&piece).unwrap();
    fs::write(&piece, b"other").unwrap();
    let audit = run(&sandbox, &["audit", "last"]);
    exits(&audit, 1);
    assert!(
        err(&audit).contains("was changed after the run"),
        "{}",
        err(&audit)
    );
    sandbox.nothing_left();
}
