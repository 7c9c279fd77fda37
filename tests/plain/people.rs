//! Two people, one of whom has lines: handing over, watching, asking, taking over; and steps with a terminal.

use std::fs;

use super::{in_the_middle, sandbox::Sandbox, typist::Typist};

fn ben(sandbox: &Sandbox, arguments: &[&str]) -> Typist {
    Typist::start_with(sandbox, arguments, &[("RBCONSOLE_OPERATOR", "ben")])
}

fn count(sandbox: &Sandbox, kind: &str) -> usize {
    let journal = sandbox.journal();
    let found = journal.iter().filter(|line| !line["event"][kind].is_null());
    found.count()
}

#[test]
fn one_hands_over_in_lines_and_the_other_goes_on() {
    let sandbox = Sandbox::new();
    let mut ana = in_the_middle(&sandbox);
    let mut ben = ben(&sandbox, &["watch", "--plain"]);
    ben.hears("LIVE, watching>");
    ben.types("x");
    ben.hears("You are watching: nothing can be done here");
    ben.types("! reboot");
    ben.hears("You are watching: nothing can be done here");
    ben.types("n I saw it too");
    ben.hears("You are watching: nothing can be done here");
    ben.types("output");
    ben.hears("  begun");
    ben.types("plan");
    ben.hears("1.1 Work slowly: running");
    ana.types("h");
    ana.hears("Hand over. This is what they will read:");
    ana.hears("To whom (Enter: whoever takes it; a dot: keep the run)>");
    ana.types(".");
    ana.hears("Left as it was.");
    ana.types("h");
    ana.hears("To whom");
    ana.types("ben");
    ana.hears("To ben. A note");
    ana.types("the disk is nearly full");
    ana.hears("Handed over: nothing was stopped, and you watch now.");
    ana.hears("LIVE, watching>");
    ben.hears("ana handed over");
    ben.types("");
    ben.hears("Take over. This is how it stands:");
    ben.hears("ana hands over to ben: the disk is nearly full");
    ben.hears("y: I have read it and take over");
    // To look at it is not to take it.
    ben.types("");
    ben.hears("LIVE, watching>");
    assert_eq!(count(&sandbox, "taken_over"), 0);
    ben.types("h");
    ben.hears("y: I have read it and take over");
    ben.types("y");
    ben.hears("'Work slowly' is running.");
    ana.types("where");
    ana.hears("Running: 'Work slowly'");
    fs::File::create(sandbox.path().join("go")).expect("a file");
    ben.hears("step 1.2 Let it settle (wait)");
    ana.hears("Let it settle");
    // Who gave it away asks for it, and gets no answer.
    ana.types("h");
    ana.hears("ben drives this run");
    ana.types(".");
    ana.hears("Left as it was.");
    ben.types("q");
    ben.hears("Detached");
    assert_eq!(ben.terminal.ends().code(), Some(3));
    ana.types("q");
    assert_eq!(ana.terminal.ends().code(), Some(0));
    assert_eq!(count(&sandbox, "handed_over"), 1);
    assert_eq!(count(&sandbox, "taken_over"), 1);
    let effect = fs::read_to_string(sandbox.path().join("effect")).expect("its effect");
    assert_eq!(effect, "over\n", "it ran once");
    ana.only_prints();
    ben.only_prints();
    sandbox.nothing_left();
}

/// Whoever resumes a run that somebody drives is shown who, and can ask.
#[test]
fn one_asks_in_lines() {
    let sandbox = Sandbox::new();
    let mut ana = in_the_middle(&sandbox);
    let mut ben = ben(&sandbox, &["resume", "--plain"]);
    ben.hears("ana drives this run");
    ben.hears("Ask to take over");
    ben.types("");
    ben.hears("Asked.");
    ana.hears("ben asks to take over");
    ana.hears("h: hand over to ben");
    ana.types("q");
    ana.hears("Detached");
    ana.terminal.ends();
    ben.types("q");
    ben.terminal.ends();
    fs::File::create(sandbox.path().join("go")).expect("a file");
    ana.only_prints();
    ben.only_prints();
    sandbox.nothing_left();
}

/// A step with a terminal is typed into, line by line, and nothing of what was hidden is told.
#[test]
fn a_step_with_a_terminal() {
    let sandbox = Sandbox::new();
    let path = sandbox.runbook(
        "ask",
        r#"version: 1
title: Ask for a password
phases:
  - id: only
    title: Only
    steps:
      - id: ask
        title: Ask
        effect: write
        tty: true
        run: |
          printf '\033[2J\033[5;3HPassword: '
          read -rs answer
          printf '\033[H\033[2Jit has %s characters\n' ${#answer}
          printf 'Go on? '
          read -r line
          echo "got <$line>"
          cat
          echo the end
"#,
    );
    let mut ana = Typist::start(&sandbox, &["run", &path.to_string_lossy()]);
    ana.hears("Enter begins the run");
    ana.types("");
    ana.hears("Enter: run 'Ask'");
    ana.types("");
    ana.hears("Password:");
    ana.types("i");
    ana.hears("a dot alone ends>");
    ana.types("qx sekrit");
    ana.hears("it has 9 characters");
    ana.hears("Go on?");
    // Enter alone is an answer too.
    ana.types("");
    ana.hears("got <>");
    ana.types(".");
    ana.hears("No longer typing into the command.");
    ana.types("i");
    ana.hears("a dot alone ends>");
    ana.types("echoed");
    ana.hears("echoed");
    ana.types("^D");
    ana.hears("the end");
    ana.hears("the command is over; Enter goes back>");
    ana.types("the rest of what somebody types");
    ana.hears("That command is over: nothing was typed into it.");
    ana.hears("Enter: close the run");
    ana.types("q");
    ana.hears("Detached");
    ana.terminal.ends();
    ana.terminal.is_restored();
    assert!(!ana.text().contains("sekrit"), "{}", ana.text());
    ana.only_prints();
    sandbox.nothing_left();
}
