//! A gate that needs a second person, who agrees from their own account.

use super::{
    driver::to_the_end,
    nobody::{as_nobody, can_switch},
    pty::Terminal,
    sandbox::Sandbox,
};

#[test]
fn a_second_person_agrees_from_their_own_account() {
    if !can_switch() {
        return;
    }
    let sandbox = Sandbox::new();
    // `nogroup` is the group of that user.
    let path = sandbox.runbook(
        "drop",
        "version: 1
title: Drop the table
phases:
  - id: work
    title: Work
    steps:
      - id: drop_it
        title: Drop it?
        gate:
          answers:
            yes_drop: { label: Drop it, approvals: { from: [nogroup], count: 1 } }
            no_drop: { label: Keep it }
      - { id: after, title: Look after it, effect: read, run: echo looked }
",
    );
    let mut terminal = Terminal::start(&sandbox, &["run", &path.to_string_lossy()]);
    terminal.sees(&["▸ Start the run"]);
    terminal.press("Enter");
    terminal.sees(&["Drop it?", "0 of 1 agreed"]);
    terminal.press("j");
    terminal.press("Enter");
    let name = sandbox.run_dir();
    let id = name.file_name().expect("a name").to_string_lossy();
    let command = format!("rbconsole approve {id} drop_it");
    terminal.sees(&["‘Drop it’ needs approval", &command]);
    terminal.press("Enter");

    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let output = as_nobody(&words);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    // It stands on the driver's screen without a key.
    terminal.sees(&["✔ approved", "✔ nobody agreed, from their own account"]);
    terminal.press("Enter");
    terminal.sees(&["run ‘Look after it’"]);
    to_the_end(&mut terminal);
    terminal.press("Enter");
    assert_eq!(terminal.ends().code(), Some(0));
    terminal.is_restored();
    let report = std::fs::read_to_string(sandbox.run_dir().join("report.md")).expect("a report");
    assert!(report.contains("known by the account nobody"), "{report}");
    sandbox.nothing_left();
}
