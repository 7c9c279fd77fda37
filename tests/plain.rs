//! Plain mode in a real pseudo-terminal that can only print: the demo from its first line to its report, what fails,
//! gates, secrets, and consoles that are killed or told to end.

#[path = "plain/beside.rs"]
mod beside;
#[path = "plain/hostile.rs"]
mod hostile;
#[path = "plain/people.rs"]
mod people;
#[path = "plain/pipe.rs"]
mod pipe;
#[path = "terminal/pty.rs"]
mod pty;
#[path = "terminal/sandbox.rs"]
mod sandbox;
#[path = "plain/typist.rs"]
mod typist;

use std::fs;

use rustix::process::Signal;
use sandbox::Sandbox;
use typist::Typist;

/// The whole night in lines, to a report, without one byte that moves a cursor.
#[test]
fn the_demo_in_lines() {
    let sandbox = Sandbox::new();
    let mut ana = Typist::start(&sandbox, &["demo"]);
    ana.hears("This terminal only prints (TERM=dumb): prompted lines");
    ana.hears("LIVE: step 1.1 Measure the error rate (read)");
    ana.hears("Enter: run 'Measure the error rate'");
    ana.types("?");
    ana.hears("where: where the run stands");
    ana.types("");
    ana.hears("ok: Measure the error rate, error_rate = ");
    ana.hears("Enter: run 'Ask for the health'");
    ana.types("a");
    ana.hears("LIVE: step 1.4 Roll back? (gate)");
    ana.hears("Error rate: ");
    ana.hears("met (above 1 %)");
    ana.hears("Evidence:");
    ana.hears("The latest failed requests:");
    ana.hears("  1. Roll back: Deployments are locked");
    ana.hears("Suggested: More requests fail");
    ana.hears("Enter: number 1");
    ana.types("n -20m the first complaint came in");
    ana.hears("note: ana: the first complaint came in");
    ana.hears("LIVE>");
    ana.types("plan");
    ana.hears("1.4 Roll back?: waits for an answer");
    ana.types("1");
    ana.hears("decided: Roll back?, then Roll back");
    ana.hears("Did this release change the database schema? (gate)");
    ana.hears("  2. Yes, it only added");
    ana.types("2");
    ana.hears("  1. open: Posted in the incident channel");
    ana.types("1");
    ana.hears("  1. done: Posted in the incident channel");
    ana.types("2");
    ana.hears("  2. done: ");
    ana.hears("Enter: done");
    ana.types("");
    ana.hears("  1. open: The change is reverted");
    for number in 1..=5 {
        ana.types(&number.to_string());
        ana.hears(&format!("  {number}. done: "));
    }
    ana.hears("Enter: done");
    ana.types("");
    ana.hears("Enter: close the run");
    ana.types("");
    ana.hears("Close the run as ...");
    ana.hears("  1. Resolved: The trouble is over.");
    ana.hears("Enter for 1");
    ana.types("");
    ana.hears("Close as resolved");
    ana.types("");
    ana.hears("Run closed as resolved");
    ana.hears("The report is written");
    ana.hears("Enter: leave");
    ana.types("");
    assert_eq!(ana.terminal.ends().code(), Some(0));
    ana.terminal.is_restored();
    ana.only_prints();
    let report = fs::read_to_string(sandbox.run_dir().join("report.md")).expect("a report");
    for words in ["the first complaint came in", "Yes, it only added", "ana"] {
        assert!(report.contains(words), "no {words} in\n{report}");
    }
    sandbox.nothing_left();
}

const FAILS: &str = "version: 1
title: Something fails
phases:
  - id: work
    title: Work
    steps:
      - { id: breaks, title: It breaks, effect: write, run: \"echo before; exit 3\" }
      - { id: again, title: It breaks too, effect: write, run: \"echo mended; exit 4\" }
      - { id: last, title: The last one, effect: read, run: echo the end }
";

/// A failure waits for its answer: a changed command from an editor, and a reason to skip.
#[test]
fn what_fails_is_changed_or_left_out() {
    let sandbox = Sandbox::new();
    let path = sandbox.runbook("fails", FAILS);
    let mut ana = Typist::start_with(
        &sandbox,
        &["run", &path.to_string_lossy()],
        &[("EDITOR", "sed -i s/exit.3/true/")],
    );
    ana.hears("Enter begins the run");
    ana.types("");
    ana.hears("Enter: run 'It breaks'");
    ana.types("");
    ana.hears("  before");
    ana.hears("It failed: exit 3");
    ana.hears("  1. Retry: Runs the same command again.");
    ana.hears("  2. Edit and retry");
    // What changes something is never one thoughtless Enter away.
    ana.hears("type a number");
    ana.types("");
    ana.hears("Type the number of what shall be done.");
    ana.types("7");
    ana.hears("There is no number 7");
    ana.types("2");
    ana.hears("Change 'It breaks'");
    ana.hears("e: change it in your editor");
    ana.types("e");
    ana.hears("ok: It breaks");
    ana.hears("Enter: run 'It breaks too'");
    ana.types("");
    ana.hears("It failed: exit 4");
    ana.types("3");
    ana.hears("Skip 'It breaks too': why?");
    ana.types("");
    ana.hears("Say why in a few words");
    ana.types("it is not needed tonight");
    ana.hears("Skipped: It breaks too (it is not needed tonight)");
    ana.hears("Enter: run 'The last one'");
    ana.types("output");
    ana.hears("  mended");
    ana.types("p");
    ana.hears("  1. mended");
    ana.types("1");
    ana.hears("note: ana: mended (printed by 'It breaks too')");
    ana.types("x");
    ana.hears("Nothing is running");
    ana.types("q");
    ana.hears("Detached. The run stays open");
    assert_eq!(ana.terminal.ends().code(), Some(3));
    ana.only_prints();
    sandbox.nothing_left();
}

const ASKS: &str = "version: 1
title: It asks for much
environments:
  production: { confirm: type }
inputs:
  region: { description: In which region, options: [east, west] }
  token: { description: The key of the vault, secret: true }
  count: { description: How many, type: number, default: 3 }
phases:
  - id: work
    title: Work
    steps:
      - id: sure
        title: Drop it?
        gate:
          answers:
            drop: { label: Drop it, approvals: { from: [dba], count: 1 } }
            keep: { label: Keep it, reason: required }
      - { id: wipe, title: Wipe the region, effect: destructive, target: \"shop {{ region }}\", run: \"echo wiped {{ region }}\" }
";

/// Inputs one by one, a secret that nobody sees, a gate that needs another, a target to be typed.
#[test]
fn what_is_asked_before_something_is_done() {
    let sandbox = Sandbox::new();
    let path = sandbox.runbook("asks", ASKS);
    let mut ana = Typist::start(&sandbox, &["run", &path.to_string_lossy(), "--plain"]);
    ana.hears("region: In which region.");
    ana.hears("  1. east");
    ana.hears("region:");
    ana.types("north");
    ana.hears("it is one of: east, west");
    ana.types("1");
    ana.hears("token (nothing is shown while you type):");
    ana.types("hunter2-is-my-key");
    ana.hears("1. environment: production");
    ana.hears("3. token: (secret)");
    ana.hears("Enter begins the run");
    ana.types("4");
    ana.hears("count [3]:");
    ana.types("many");
    ana.hears("count: ");
    ana.types("5");
    ana.hears("4. count: 5");
    ana.hears("Enter begins the run");
    ana.types("");
    ana.hears("LIVE, production: step 1.1 Drop it? (gate)");
    ana.hears("needs 1 person of dba to agree");
    ana.types("1");
    ana.hears("'Drop it' needs approval");
    ana.hears("rbconsole approve ");
    ana.hears("  2. Attest it");
    ana.types("2");
    ana.hears("Who agreed?");
    ana.types("Kim");
    ana.hears("For whom does Kim speak?");
    ana.types("1");
    ana.hears("Where did Kim agree?");
    ana.types("by phone");
    ana.hears("approved");
    ana.types("1");
    ana.hears("Enter: run 'Wipe the region'");
    ana.types("");
    ana.hears("'Wipe the region' cannot be undone");
    ana.hears("Type shop east to run it.");
    ana.types("shop west");
    ana.hears("That is not shop east: nothing was run.");
    ana.types("shop east");
    ana.hears("  wiped east");
    ana.hears("Enter: close the run");
    ana.types("c");
    ana.hears("Close the run as ...");
    ana.types("5");
    ana.hears("LIVE>");
    ana.types("quit");
    assert_eq!(ana.terminal.ends().code(), Some(3));
    ana.terminal.is_restored();
    assert!(!ana.text().contains("hunter2"), "{}", ana.text());
    ana.only_prints();
    sandbox.nothing_left();
}

const LONG: &str = "version: 1
title: It takes its time
phases:
  - id: work
    title: Work
    steps:
      - { id: long, title: Work slowly, effect: write, run: \"echo begun; until test -e go; do sleep 0.05; done; echo over >> effect\" }
      - { id: hold, title: Let it settle, wait: { for: 10m } }
      - { id: side, title: Two at once, effect: read, parallel: { east: seq 1 20000, west: echo west is well } }
";

fn in_the_middle(sandbox: &Sandbox) -> Typist {
    let path = sandbox.runbook("long", LONG);
    let mut ana = Typist::start(sandbox, &["run", &path.to_string_lossy()]);
    ana.hears("Enter begins the run");
    ana.types("");
    ana.hears("Enter: run 'Work slowly'");
    ana.types("");
    ana.hears("  begun");
    ana.hears("'Work slowly' is running.");
    ana
}

/// A console that is killed, and one that loses its terminal: what runs goes on, once, and is taken up again.
#[test]
fn lost_consoles_lose_nothing() {
    let sandbox = Sandbox::new();
    let mut ana = in_the_middle(&sandbox);
    ana.terminal.signal(Signal::KILL);
    assert_eq!(ana.terminal.ends().code(), None);
    drop(ana);

    let mut ana = Typist::start(&sandbox, &["resume", "--plain"]);
    ana.hears("'Work slowly' is running.");
    ana.terminal.signal(Signal::HUP);
    assert_eq!(ana.terminal.ends().code(), Some(3));
    drop(ana);

    let mut ana = Typist::start(&sandbox, &["resume", "--plain"]);
    ana.hears("'Work slowly' is running.");
    // Ctrl-C asks, and Enter goes on.
    ana.terminal.press("\u{3}");
    ana.hears("  1. Leave: the run stays open and one command goes on");
    ana.hears("  2. Stop 'Work slowly': TERM to the command");
    ana.types("");
    ana.hears("LIVE>");
    fs::File::create(sandbox.path().join("go")).expect("a file");
    ana.hears("ok: Work slowly");
    ana.hears("step 1.2 Let it settle (wait)");
    ana.hears(" left of 10:00");
    ana.hears("Enter: end the wait early");
    ana.types("");
    ana.hears("End 'Let it settle' early: why?");
    ana.types("it is calm");
    ana.hears("Enter: run 'Two at once'");
    ana.types("");
    ana.hears("  east: 1\r\n");
    ana.hears(" lines more, in the log");
    ana.hears("  east: 20000\r\n");
    ana.hears("Enter: close the run");
    assert!(
        ana.text().contains("  west: west is well"),
        "{}",
        ana.text()
    );
    assert!(!ana.text().contains("  east: 15000"), "a flood is bounded");
    ana.types("/1999");
    ana.hears("12 lines with '1999', the last of them:");
    ana.types("");
    ana.hears("Enter for 1");
    ana.types("");
    ana.hears("Close as resolved");
    ana.types("");
    ana.hears("Enter: leave");
    ana.types("");
    assert_eq!(ana.terminal.ends().code(), Some(0));
    let effect = fs::read_to_string(sandbox.path().join("effect")).expect("its effect");
    assert_eq!(effect, "over\n", "it ran once");
    ana.only_prints();
    sandbox.nothing_left();
}

/// From the first line without an argument, by numbers alone, and the whole of it on forty columns.
#[test]
fn forty_columns_from_the_list() {
    let sandbox = Sandbox::new();
    sandbox.runbook(
        "small",
        "version: 1
title: A small runbook with a title that is too long for one line of forty
phases:
  - id: work
    title: Work
    steps:
      - { id: one, title: One, why: \"Because it has to be done by somebody at some time of the night.\", effect: read, run: echo one }
",
    );
    let mut ana = Typist::start(&sandbox, &["--plain"]);
    ana.terminal.resize(40, 24);
    ana.hears("Number to open");
    ana.types("/A small runbook");
    ana.hears("  1. A small runbook");
    ana.hears("leaves:");
    let from = ana.text().len();
    ana.types("rehearse 1");
    ana.hears("Enter begins the run");
    ana.types("");
    ana.hears("REHEARSAL: step 1.1 One (read)");
    ana.hears("REHEARSAL>");
    ana.types("");
    ana.hears("Enter: close the run");
    ana.hears("REHEARSAL>");
    ana.types("q");
    ana.hears("Detached");
    assert_eq!(ana.terminal.ends().code(), Some(3));
    let text = ana.text();
    let said = text[from..].split("Detached").next().expect("a part");
    for line in said
        .lines()
        .filter(|line| !line.contains('>') && !line.contains(':'))
    {
        assert!(line.chars().count() <= 40, "{line:?}");
    }
    ana.only_prints();
    sandbox.nothing_left();
}
