//! Programs that draw: a pager, bars that climb back over their own lines.

use std::time::Duration;

use rustix::process::Signal;

use super::{
    pty::Terminal,
    sandbox::{PATIENCE, Sandbox, now},
};

const RUNBOOK: &str = r"
version: 1
title: Look around
phases:
  - id: only
    title: Only
    steps:
      - id: bars
        title: Draw bars
        effect: write
        tty: true
        run: |
          printf '\n\n'
          for n in 10 55 100; do printf '\033[2Aone at %s %%\ntwo at %s %%\n' $n $n; done
          read -r line
      - id: page
        title: Page
        effect: write
        tty: true
        run: |
          seq -f 'line-%g' 1 500 | LESS= less -P 'this is the pager'
";

/// The lines of the pager, without what stands beside them.
fn page(terminal: &Terminal) -> Vec<String> {
    let text = terminal.text();
    text.split_whitespace()
        .filter(|word| word.starts_with("line-"))
        .map(str::to_owned)
        .collect()
}

/// Presses a key until the page that it leads to is there: a pager that is told another size forgets what was typed.
fn goes_to(terminal: &mut Terminal, key: &str, wanted: &str) {
    let began = now();
    while !terminal.text().contains(wanted) && began.elapsed() < PATIENCE {
        terminal.press(key);
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// A console is killed while a pager shows the end of what it has: the next one shows the same page, and the pager goes
/// on from there.
#[test]
fn what_programs_draw_is_there_again() {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|at| at.join("less").is_file()));
    if !found {
        println!("SKIPPED what_programs_draw_is_there_again: less is not installed");
        return;
    }
    let sandbox = Sandbox::new();
    let path = sandbox.runbook("look", RUNBOOK);
    let mut terminal = Terminal::start(&sandbox, &["run", &path.to_string_lossy()]);
    terminal.sees(&["▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["Enter run ‘Draw bars’"]);
    terminal.press("Enter");
    terminal.sees(&["one at 100 %", "two at 100 %"]);
    for old in ["at 10 %", "at 55 %"] {
        assert!(!terminal.text().contains(old), "{}", terminal.text());
    }
    terminal.press("i");
    terminal.sees(&["Ctrl-] back"]);
    terminal.press("Enter");
    terminal.sees(&["the command has ended, keys go nowhere"]);
    terminal.press("\u{1d}");
    terminal.sees(&["Enter run ‘Page’"]);
    terminal.press("Enter");
    terminal.sees(&["line-1 ", "this is the pager", "i types into it"]);
    terminal.press("i");
    terminal.sees(&["Ctrl-] back"]);
    goes_to(&mut terminal, "G", "line-500");
    terminal.sees(&["line-499", "line-500"]);
    let before = page(&terminal);
    assert!(before.len() > 5, "{before:?}");

    terminal.signal(Signal::KILL);
    terminal.ends();
    drop(terminal);
    let mut terminal = Terminal::start(&sandbox, &["resume", "last"]);
    terminal.sees(&["line-499", "line-500", "i types into it"]);
    assert_eq!(page(&terminal), before);
    terminal.press("i");
    terminal.sees(&["Ctrl-] back"]);
    goes_to(&mut terminal, "g", "line-1 ");
    terminal.sees(&["line-1 ", "line-2 "]);
    terminal.press("q");
    terminal.sees(&["the command has ended, keys go nowhere"]);
    terminal.press("\u{1d}");
    terminal.sees(&["Enter close the run"]);
    terminal.press("q");
    assert_eq!(terminal.ends().code(), Some(3), "it is detached");
    terminal.is_restored();
    sandbox.nothing_left();
}
