//! What the people of a scenario say and do, and the clock.

use std::time::Duration;

use super::{fails, passes, play};

#[test]
fn no_command_succeeds_that_says_nothing() {
    let text = super::file("answers: { go: back }\nexpect: { outcome: resolved }")
        .replace("    undo: {}\n", "");
    let suite = super::read(&text).expect("it is read");
    let told = super::tell::failures(&suite, &suite.run(""), false);
    for part in [
        "`undo` would run `undo 'shop'`, and nothing says what it prints",
        "commands: { undo: { exit: 0, stdout: … } }",
        "t.test.yaml:10:",
        "the route so far: assess → act",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn no_person_does_what_nobody_says() {
    let text = super::file("answers: { go: back }\nexpect: { outcome: resolved }")
        .replace("  manual: { tell: { values: { ticket: OPS-1 } } }\n", "");
    let suite = super::read(&text).expect("it is read");
    let told = super::tell::failures(&suite, &suite.run(""), false);
    assert!(
        told.contains("`tell` is done by a person, and nothing says so"),
        "{told}"
    );
    fails(
        "answers: { go: back }\nmanual: { tell: { values: { ticket: seven } } }\nexpect: { outcome: resolved }",
        &["finishing `tell` is refused: ticket must match"],
    );
}

#[test]
fn failures_are_met_one_after_another() {
    passes(
        r#"
answers: { go: back }
commands:
  undo: [ { exit: 1 }, { exit: 2 } ]
  undo/fallback 1: { exit: 4 }
failures: { undo: [ retry, { fallback: Scale to zero }, { skip: It went back by itself } ] }
expect: { outcome: resolved, failed: [undo], skipped: [undo], report: ["(It went back by itself)"] }
"#,
    );
    fails(
        "answers: { go: back }\ncommands: { undo: { exit: 1 } }\nfailures: { undo: retry }\nexpect: { outcome: resolved }",
        &["`undo` failed (exit 1), and everything that is said was done"],
    );
    fails(
        "answers: { go: back }\ncommands: { undo: [ { exit: 1 } ] }\nfailures: { undo: retry }\nexpect: { outcome: resolved }",
        &["`undo` runs again, and what it prints is said for 1 run only"],
    );
    fails(
        "answers: { go: back }\ncommands: { undo: { exit: 1 } }\nexpect: { outcome: resolved }",
        &[
            "`undo` failed (exit 1), and nothing says what is done then",
            "failures: { undo: retry | abort",
        ],
    );
}

#[test]
fn what_nobody_knows_is_declared() {
    for ends in [
        "takes: 2m",
        "ends: deadline",
        "ends: lost",
        "ends: { signal: 9 }",
    ] {
        passes(&format!(
            "answers: {{ go: back }}\ncommands: {{ undo: {{ {ends} }} }}\nfailures: {{ undo: {{ took_effect: I looked }} }}\nexpect: {{ outcome: resolved, failed: [] }}"
        ));
    }
    passes(
        r"
answers: { go: back }
commands: { undo: [ { ends: lost }, { exit: 0 } ] }
failures: { undo: [ { took_no_effect: Nothing changed }, retry ] }
expect: { outcome: resolved }
",
    );
    passes(
        r"
answers: { go: back }
commands: { undo: [ { ends: not_started, reason: no such folder }, {} ] }
failures: { undo: retry }
expect: { outcome: resolved, failed: [undo] }
",
    );
    fails(
        "answers: { go: back }\ncommands: { undo: { ends: lost } }\nfailures: { undo: retry }\nexpect: { outcome: resolved }",
        &["running `undo` is refused: Nobody knows whether ‘Undo’ took effect"],
    );
}

#[test]
fn time_passes_on_a_clock_of_its_own() {
    // 1 s measure, 1 s evidence, 1 s undo, three checks 10 s apart, five minutes.
    let (told, verdicts) = play(
        r"
answers: { go: back }
commands: { check: [ { stdout: left=9, times: 2 }, { stdout: left=1 } ] }
expect: { outcome: resolved, failed: [check] }
",
    );
    assert!(told.is_empty(), "{told}");
    assert_eq!(verdicts[0].lasted, Duration::from_secs(3 + 3 + 20 + 300));
    let (_, verdicts) = play(
        "answers: { go: back }\nskips: { pause: Seen enough }\nexpect: { outcome: resolved, skipped: [pause] }",
    );
    assert_eq!(verdicts[0].lasted, Duration::from_secs(4));
}

#[test]
fn inputs_come_from_the_scenario_the_place_and_the_defaults() {
    passes(
        "kind: drill\nenvironment: lab\nanswers: { go: back }\nexpect: { outcome: resolved, scripts: { undo: \"undo 'lab'\" }, report: [DRILL] }",
    );
    passes(
        "environment: lab\ninputs: { service: mine }\nanswers: { go: back }\nexpect: { outcome: resolved, scripts: { undo: \"undo 'mine'\" } }",
    );
}
