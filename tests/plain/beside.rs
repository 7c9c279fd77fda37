//! What is done beside the script, in lines: commands of one's own with a terminal, steps declared done, gates asked
//! again, notes of several lines.

use super::{
    sandbox::{self, Sandbox},
    typist::Typist,
};

const CACHE: &str = "version: 1
title: Warm the cache
phases:
  - id: work
    title: Work
    steps:
      - id: sure
        title: Warm it?
        gate:
          answers:
            warm: { label: Warm it, consequence: It takes a minute }
            leave: { label: Leave it cold }
      - { id: warm, title: Warm it, effect: write, run: echo warmed }
      - id: tell
        title: Tell them
        manual:
          instructions: Write to the channel.
          checklist: [They know]
          record:
            ticket: { description: Number of the ticket, pattern: '^INC-[0-9]+$' }
";

fn at_the_gate(sandbox: &Sandbox) -> Typist {
    let path = sandbox.runbook("cache", CACHE);
    let mut ana = Typist::start(sandbox, &["run", &path.to_string_lossy()]);
    ana.hears("Enter begins the run");
    ana.types("");
    ana.hears("step 1.1 Warm it? (gate)");
    ana.hears("LIVE>");
    ana
}

/// The journal's events of a kind.
fn events(sandbox: &Sandbox, kind: &str) -> Vec<serde_json::Value> {
    let all = sandbox.journal().into_iter();
    all.map(|line| line["event"][kind].clone())
        .filter(|event| !event.is_null())
        .collect()
}

#[test]
fn commands_of_ones_own_steps_done_and_gates_asked_again() {
    let sandbox = Sandbox::new();
    let mut ana = at_the_gate(&sandbox);
    // Asked for, and left again.
    ana.types("!");
    ana.hears("Off-script command");
    ana.hears("It runs with bash in a terminal");
    ana.types(".");
    ana.hears("Left as it was.");
    ana.types("! test -t 0 && read -rsp 'The key: ' key && echo \"${#key} letters\"");
    ana.hears("decided: Off-script: test -t 0");
    ana.hears("Command 1 runs; i and Enter type into it, x stops it.");
    ana.hears("The key:");
    ana.types("i");
    ana.hears("What you type is not shown here");
    ana.types("hunter2");
    ana.hears("  7 letters");
    ana.hears("the command is over; Enter goes back>");
    ana.types("");
    ana.hears("That command is over");
    // What comes next is told again.
    ana.hears("  1. Warm it: It takes a minute");
    ana.types("1");
    ana.hears("Enter: run 'Warm it'");
    ana.types("D");
    ana.hears("'Warm it' was done by ...");
    ana.hears("  1. test -t 0");
    ana.types("2");
    ana.hears("'Warm it' is done: how do you know?");
    ana.types("");
    ana.hears("Say why in a few words");
    ana.types("it answers at once");
    ana.hears("step 1.3 Tell them");
    ana.types("o 1.1");
    ana.hears("Ask 'Warm it?' again?");
    ana.types("");
    ana.hears("LIVE>");
    ana.types("o");
    ana.hears("  2. Ask it again");
    ana.types("2");
    ana.hears("again: why?");
    ana.types("it is cold again");
    ana.hears("step 1.1 Warm it? (gate)");
    ana.types("q");
    ana.hears("Detached");
    assert_eq!(ana.terminal.ends().code(), Some(3));
    assert!(!ana.text().contains("hunter2"), "{}", ana.text());
    ana.only_prints();

    let [launch] = events(&sandbox, "attempt_starting")
        .try_into()
        .expect("one launch");
    assert_eq!(launch["launch"]["part"], "off_script");
    assert_eq!(launch["launch"]["tty"], true);
    assert_eq!(launch["beside"], "sure");
    let [done] = events(&sandbox, "step_concluded")
        .try_into()
        .expect("one step");
    assert_eq!(done["step"], "warm");
    let [again] = events(&sandbox, "gate_reopened")
        .try_into()
        .expect("one gate");
    assert_eq!(again["reason"], "it is cold again");
    sandbox.nothing_left();
}

/// Two of one's own at once: each line says whose it is, and each can be stopped.
#[test]
fn one_of_two_commands_is_stopped() {
    let sandbox = Sandbox::new();
    let mut ana = at_the_gate(&sandbox);
    ana.types("!echo first; sleep 600");
    ana.hears("Command 1 runs; i and Enter type into it, x stops it.");
    ana.types("!echo second; sleep 600");
    ana.hears("Command 2 runs;");
    ana.hears("command 2: second");
    ana.types("where");
    ana.hears("Running: 'echo first; sleep 600'");
    ana.hears("(command 1)");
    ana.types("x");
    ana.hears("  2. Stop 'echo first; sleep 600'");
    ana.hears("  3. Stop 'echo second; sleep 600'");
    ana.types("3");
    ana.hears("echo second; sleep 600");
    ana.types("where");
    ana.hears("Running: 'echo first; sleep 600'");
    ana.types("x");
    ana.hears("Stop 'echo first; sleep 600'?");
    ana.types("2");
    super::sandbox::eventually("both have ended", || {
        let ended = events(&sandbox, "attempt_finished").len();
        if ended == 2 {
            Ok(())
        } else {
            Err(ended.to_string())
        }
    });
    ana.types("q");
    ana.hears("Detached");
    ana.terminal.ends();
    let stopped = events(&sandbox, "attempt_finished");
    assert_eq!(stopped.len(), 2, "{stopped:?}");
    ana.only_prints();
    sandbox.nothing_left();
}

#[test]
fn notes_of_several_lines_are_changed_and_struck() {
    let sandbox = Sandbox::new();
    let mut ana = at_the_gate(&sandbox);
    ana.types("n two customers\\");
    ana.hears("the next line, or a dot to go back>");
    ana.types("both in Lyon");
    ana.hears("note: ana: two customers");
    ana.types("n");
    ana.hears("A backslash at the end goes on");
    ana.types("nothing\\");
    ana.hears("the next line");
    ana.types(".");
    ana.hears("Left as it was.");
    ana.types("n by mistake");
    ana.hears("note: ana: by mistake");
    ana.types("notes");
    ana.hears("  1. ");
    ana.hears("  2. ");
    ana.hears("by mistake");
    ana.types("strike 2");
    ana.hears("Strike this note?");
    ana.types("2");
    ana.hears("LIVE>");
    ana.types("change 1");
    ana.hears("Enter takes: two customers");
    ana.types("three customers");
    ana.hears("LIVE>");
    ana.types("strike 2");
    ana.hears("There is no note '2'");
    ana.types("notes");
    ana.hears("three customers");
    ana.types("q");
    ana.hears("Detached");
    ana.terminal.ends();
    let noted = events(&sandbox, "note_added");
    assert_eq!(noted[0]["text"], "two customers\nboth in Lyon");
    assert_eq!(noted.len(), 2, "{noted:?}");
    ana.only_prints();
    sandbox.nothing_left();
}

/// A manual step with what it records, a step out of its turn, and the lines of an output by number.
#[test]
fn what_is_done_by_hand_and_lines_by_their_numbers() {
    let sandbox = Sandbox::new();
    let mut ana = at_the_gate(&sandbox);
    ana.types("!seq 1 300");
    ana.hears("  300\r\n");
    // It is over, and what comes next is told again.
    ana.hears("  2. Leave it cold");
    ana.types("# 120");
    ana.hears("from line 120:");
    ana.hears("  120\r\n");
    ana.hears("  139\r\n");
    ana.types("#999");
    ana.hears("It has 300 lines.");
    ana.types("# first");
    ana.hears("the number of a line, such as # 120");
    ana.types("1");
    ana.hears("Enter: run 'Warm it'");
    ana.types("");
    ana.hears("  1. open: They know");
    ana.types("");
    ana.hears("  1. done: They know");
    ana.types("");
    ana.hears("Value of ticket");
    ana.hears("Number of the ticket");
    ana.types("none");
    ana.hears("ticket");
    ana.types("INC-2041");
    ana.hears("Enter: close the run");
    ana.types("r 1.2");
    ana.hears("is done and changes something. Run it again?");
    ana.types("");
    ana.hears("LIVE>");
    ana.types("E");
    ana.hears("The report as it stands is in ");
    ana.hears("INC-2041");
    ana.types("q");
    ana.hears("Detached");
    ana.terminal.ends();
    ana.only_prints();
    sandbox.nothing_left();
}

/// The real sudo, as a user who may do nothing: it asks in its terminal, and what is typed is kept nowhere.
#[test]
fn sudo_asks_a_command_of_ones_own() {
    if !sandbox::sudo_can_ask("sudo_asks_a_command_of_ones_own") {
        return;
    }
    let sandbox = Sandbox::new();
    let mut ana = at_the_gate(&sandbox);
    ana.types(
        "! cd /; exec setpriv --reuid 65534 --regid 65534 --clear-groups sudo -k -p 'Your password: ' true",
    );
    // The command that was typed has these words too.
    ana.hears("Command 1 runs;");
    ana.hears("Your password:");
    ana.types("i");
    ana.hears("What you type is not shown here");
    ana.types("correct horse");
    ana.hears("try again");
    ana.types("^C");
    ana.hears("the command is over; Enter goes back>");
    ana.types("");
    ana.hears("LIVE>");
    ana.types("q");
    ana.hears("Detached");
    ana.terminal.ends();
    assert!(!ana.text().contains("correct horse"), "{}", ana.text());
    ana.only_prints();
    sandbox.nothing_left();
}
