//! Two people at two consoles: one drives, the other watches, asks, and takes over.

use rustix::process::Signal;

use super::{
    driver::{kinds, to_the_end},
    effects, in_the_middle, let_go,
    pty::Terminal,
    sandbox::Sandbox,
};

/// Ben's console.
fn ben(sandbox: &Sandbox, arguments: &[&str]) -> Terminal {
    Terminal::start_with(sandbox, arguments, &[("RBCONSOLE_OPERATOR", "ben")])
}

fn count(sandbox: &Sandbox, kind: &str) -> usize {
    let kinds = kinds(&sandbox.journal());
    kinds.iter().filter(|known| *known == kind).count()
}

/// What the journal says of a kind of event.
fn event(sandbox: &Sandbox, kind: &str) -> serde_json::Value {
    let journal = sandbox.journal();
    let found = journal.iter().find(|line| !line["event"][kind].is_null());
    let line = found.unwrap_or_else(|| panic!("no {kind} in {:?}", kinds(&journal)));
    let mut event = line["event"][kind].clone();
    event["by"] = line["by"].clone();
    event
}

#[test]
fn one_hands_over_and_the_other_goes_on() {
    let sandbox = Sandbox::new();
    let mut ana = in_the_middle(&sandbox);
    let mut ben = ben(&sandbox, &["watch"]);
    ben.sees(&["watching ana@", "begun", "running (process"]);
    ana.press("h");
    ana.sees(&["Hand over", "‘Append slowly’ (write)", "(whoever takes it)"]);
    ana.press("ben\t");
    ana.press("the disk is nearly full");
    ana.sees(&["the disk is nearly full"]);
    ana.press("Enter");
    ana.sees(&["nobody drives", "running (process"]);
    ben.sees(&["nobody drives", "Enter take over (ana handed over at"]);
    assert_eq!(effects(&sandbox), [] as [&str; 0], "nothing was stopped");

    ben.press("Enter");
    ben.sees(&["ana hands over to ben: the disk is nearly full"]);
    ben.press("Enter");
    ben.sees(&["running (process", "x stop it"]);
    ana.sees(&["watching ben@"]);
    ana.press("x");
    ana.sees(&["You are watching: nothing can be done here; h asks ben@"]);
    let_go(&sandbox);
    ben.sees(&["run ‘Append again’"]);
    ana.sees(&["▶ Append again"]);
    to_the_end(&mut ben);
    ana.sees(&["The run closed as resolved", "watching, closed"]);
    ben.press("Enter");
    assert_eq!(ben.ends().code(), Some(0));
    ben.is_restored();
    ana.press("q");
    assert_eq!(ana.ends().code(), Some(0));
    ana.is_restored();

    assert_eq!(effects(&sandbox), ["first", "second"]);
    assert_eq!(count(&sandbox, "handed_over"), 1);
    assert_eq!(
        count(&sandbox, "attempt_finished"),
        2,
        "each end is told once"
    );
    let taken = event(&sandbox, "taken_over");
    assert_eq!(
        (&taken["by"], &taken["from"]),
        (&"ben".into(), &"ana".into())
    );
    assert_eq!(taken["how"]["how"], "handed_over");
    assert_eq!(taken["read"], true);
    let tty = taken["who"]["tty"].as_str().unwrap_or_default();
    assert!(tty.starts_with("pts/"), "{taken}");
    let report = std::fs::read_to_string(sandbox.run_dir().join("report.md")).expect("a report");
    for words in [
        "ana handed over to ben: the disk is nearly full",
        "; ben took over",
        "| Operators | ana on ",
        "; ben on ",
    ] {
        assert!(report.contains(words), "no {words} in\n{report}");
    }
    sandbox.nothing_left();
}

#[test]
fn one_is_killed_and_the_other_takes_over() {
    let sandbox = Sandbox::new();
    let mut ana = in_the_middle(&sandbox);
    let mut ben = ben(&sandbox, &["watch"]);
    ben.sees(&["watching ana@", "begun", "running (process"]);
    ana.signal(Signal::KILL);
    assert_eq!(ana.ends().code(), None);
    drop(ana);
    ben.sees(&[
        "nobody drives",
        "Enter take over (ana’s console vanished at",
    ]);
    ben.press("Enter");
    ben.sees(&["ana’s console vanished at", "I have read it and take over"]);
    ben.press("Enter");
    ben.sees(&["is still running", "x stop it"]);
    let_go(&sandbox);
    ben.sees(&["run ‘Append again’"]);
    to_the_end(&mut ben);
    ben.press("Enter");
    assert_eq!(ben.ends().code(), Some(0));
    assert_eq!(effects(&sandbox), ["first", "second"]);
    assert_eq!(count(&sandbox, "attempt_starting"), 2);
    assert_eq!(
        count(&sandbox, "attempt_finished"),
        2,
        "each end is told once"
    );
    let taken = event(&sandbox, "taken_over");
    assert_eq!(taken["how"]["how"], "vanished");
    let report = std::fs::read_to_string(sandbox.run_dir().join("report.md")).expect("a report");
    let line = regex::Regex::new("ana’s console vanished at [0-9:]{8}; ben took over").unwrap();
    assert!(line.is_match(&report), "{report}");
    sandbox.nothing_left();
}

/// A console that reads nothing any more cannot be asked; what ends it is said, and
/// ends nothing else.
#[test]
fn one_asks_and_one_hangs() {
    let sandbox = Sandbox::new();
    let mut ana = in_the_middle(&sandbox);
    let mut ben = ben(&sandbox, &["resume"]);
    let kill = format!("kill {}", ana.pid());
    ben.sees(&["ana drives this run", "Ask to take over", &kill]);
    ben.press("Enter");
    ana.sees(&["ben asks to take over", "h hand over to ben"]);
    assert_eq!(event(&sandbox, "hand_over_asked")["by"], "ben");
    ben.sees(&["✎ ben asks to take over"]);
    ana.signal(Signal::STOP);
    ana.is_stopped();
    ben.press("h");
    let kill = format!("kill -KILL {}", ana.pid());
    ben.sees(&["That console is stopped", &kill, "You have asked"]);
    ana.signal(Signal::KILL);
    assert_eq!(ana.ends().code(), None);
    drop(ana);
    // What was opened gives way to the brief.
    ben.sees(&["ana’s console vanished at", "I have read it and take over"]);
    ben.press("Enter");
    ben.sees(&["is still running", "x stop it"]);
    let_go(&sandbox);
    ben.sees(&["run ‘Append again’"]);
    ben.press("q");
    assert_eq!(ben.ends().code(), Some(3));
    assert_eq!(effects(&sandbox), ["first"]);
    sandbox.nothing_left();
    // Ana comes back: ben drove last, so she is told how it stands first.
    let mut ana = Terminal::start(&sandbox, &["resume"]);
    ana.sees(&["ben left at", "I have read it and take over"]);
    ana.press("q");
    ana.until("only watching", |screen| {
        !screen.contents().contains("I have read it")
    });
    ana.sees(&["nobody drives"]);
    ana.press("q");
    assert_eq!(ana.ends().code(), Some(3), "it was not taken over");
    assert_eq!(count(&sandbox, "taken_over"), 1);
}
