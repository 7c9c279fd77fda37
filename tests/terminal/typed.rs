//! Commands with a terminal of their own: what is typed goes to them, and is recorded nowhere.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::process::Signal;

use super::{
    pty::Terminal,
    sandbox::{self, Sandbox},
};

/// A command asks for a password in a terminal of its own: typed with `i`, seen by the command, recorded nowhere.
#[test]
fn a_password_is_typed_into_a_command() {
    let sandbox = Sandbox::new();
    let path = sandbox.runbook(
        "ask",
        r"
version: 1
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
          stty -echo # before it asks, as sudo does: keys may come at once
          printf '\033[2J\033[5;3H%s: ' Password
          read -r answer
          stty echo
          printf '\033[H\033[2Jit has %s characters\n' ${#answer}
          stty size
          for n in 10 55 100; do printf '\r%s %%' $n; done; echo
          read -r line
          echo got $line
",
    );
    let mut terminal = Terminal::start(&sandbox, &["run", &path.to_string_lossy()]);
    terminal.sees(&["▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["Enter run ‘Ask’"]);
    terminal.press("Enter");
    // The script does not say it so: it stands there once the echo is off.
    terminal.sees(&["Password:", "i types into it", "i type into it"]);
    terminal.press("i");
    terminal.sees(&["Ctrl-] back"]);
    // The letters are keys of the console too: none of them may act.
    terminal.press("qxn/sekrit");
    terminal.press("Enter");
    terminal.sees(&["it has 10 characters", "100 %"]);
    terminal.until("the old value is overwritten", |screen| {
        !screen.contents().contains("55 %")
    });
    terminal.press("\u{1d}");
    terminal.until("the keys are the console's again", |screen| {
        !screen.contents().contains("Ctrl-] back")
    });
    // The log has what scrolled away, and nothing that was typed in secret.
    terminal.press("l");
    terminal.sees(&["following"]);
    terminal.press("l");
    terminal.sees(&["l shows the log"]);
    // A console that dies changes nothing, and the next one builds the same screen.
    terminal.signal(Signal::KILL);
    terminal.ends();
    drop(terminal);
    let mut terminal = Terminal::start(&sandbox, &["resume", "last"]);
    terminal.sees(&["it has 10 characters", "100 %"]);
    terminal.press("i");
    terminal.sees(&["Ctrl-] back"]);
    terminal.press("words");
    terminal.press("Enter");
    terminal.sees(&["the command has ended, keys go nowhere"]);
    // The rest of what somebody types acts on nothing.
    terminal.press("Enter");
    terminal.press("q");
    terminal.press("\u{1d}");
    terminal.sees(&["Enter close the run"]);
    terminal.press("q");
    assert_eq!(terminal.ends().code(), Some(3), "it is detached");
    terminal.is_restored();
    let files = files_below(&sandbox.run_dir());
    let log = files.iter().find(|file| file.ends_with("output.log"));
    let log = fs::read_to_string(log.expect("a log")).expect("text");
    assert!(log.contains("got words"), "{log}");
    for file in files {
        let text = fs::read(&file).unwrap_or_default();
        assert!(
            !String::from_utf8_lossy(&text).contains("sekrit"),
            "{}",
            file.display()
        );
    }
    sandbox.nothing_left();
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).expect("a folder").flatten() {
        if item.path().is_dir() {
            found.extend(files_below(&item.path()));
        } else {
            found.push(item.path());
        }
    }
    found
}

/// Nothing below a run's folder holds these words.
fn is_kept_nowhere(sandbox: &Sandbox, words: &str) {
    for file in files_below(&sandbox.run_dir()) {
        let text = fs::read(&file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(words), "{}", file.display());
    }
}

/// The real sudo asks an off-script command, as a user who may do nothing, at an open gate.
#[test]
fn sudo_asks_an_off_script_command() {
    if !sandbox::sudo_can_ask("sudo_asks_an_off_script_command") {
        return;
    }
    let sandbox = Sandbox::new();
    let path = sandbox.runbook(
        "gate",
        "version: 1
title: Ask first
phases:
  - id: only
    title: Only
    steps:
      - id: sure
        title: Sure?
        gate: { answers: { yes: { label: Go on } } }
",
    );
    let mut terminal = Terminal::start(&sandbox, &["run", &path.to_string_lossy()]);
    terminal.sees(&["▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["Sure?", "Go on"]);
    terminal.press("!");
    terminal.sees(&["Off-script command"]);
    terminal.press(
        "cd /; exec setpriv --reuid 65534 --regid 65534 --clear-groups sudo -k -p 'Your key: ' true",
    );
    // Ctrl-s.
    terminal.press("\u{13}");
    terminal.sees(&["Your key:", "i types into it"]);
    terminal.press("i");
    terminal.sees(&["Ctrl-] back"]);
    // Letters that are keys of the console too.
    terminal.press("qx correct horse");
    terminal.press("Enter");
    terminal.sees(&["try again"]);
    terminal.press("\u{3}");
    terminal.sees(&["the command has ended, keys go nowhere"]);
    terminal.press("\u{1d}");
    // The gate waits as before.
    terminal.sees(&["Sure?", "Go on", "✘"]);
    terminal.press("q");
    assert_eq!(terminal.ends().code(), Some(3), "it is detached");
    terminal.is_restored();
    is_kept_nowhere(&sandbox, "correct horse");
    sandbox.nothing_left();
}
