//! A wrong expectation of each kind is found, and said so that it can be mended.

use super::{fails, passes};

#[test]
fn what_is_right_passes() {
    passes(
        r#"
answers: { go: back }
expect:
  route: [assess, act, verify]
  not_taken: [destroy, drop]
  ran: [measure, undo, check]
  failed: []
  skipped: []
  suggested: { go: back }
  outputs: { rate: 7.5, left: 0.0, ticket: OPS-1 }
  scripts: { undo: "undo 'shop'", go: logs, measure: [rate, shop] }
  outcome: resolved
  report: ["| Outcome | **resolved** |", "Roll back? → Roll back"]
"#,
    );
}

#[test]
fn another_route_is_shown_beside_the_expected_one() {
    let told = fails(
        "answers: { go: back }\nexpect: { route: [assess, destroy, verify], outcome: resolved }",
        &[
            "the run took another route",
            "t.test.yaml:13:15",
            "the answer `back` to `go` leads to act, verify",
        ],
    );
    let table = "\
      expected  taken
      assess    assess
    ≠ destroy   –   <- they part here
    ≠ –         act
      verify    verify";
    assert!(told.contains(table), "{told}");
}

#[test]
fn another_outcome_is_found_with_the_last_trouble() {
    fails(
        "answers: { go: { answer: leave, reason: No } }\nexpect: { outcome: resolved }",
        &[
            "expected the outcome resolved, got stood_down",
            "t.test.yaml:13:",
        ],
    );
    fails(
        "answers: { go: back }\ncommands: { undo: { exit: 3 } }\nfailures: { undo: { close: failed } }\nexpect: { outcome: resolved }",
        &[
            "expected the outcome resolved, got failed",
            "the last thing that went wrong: `undo` failed (exit 3)",
        ],
    );
}

#[test]
fn another_value_is_found() {
    fails(
        "answers: { go: back }\nexpect: { outcome: resolved, outputs: { rate: 7.25, ticket: OPS-2 } }",
        &[
            "`rate` is not as expected",
            "expected  7.25\n    got       7.5",
            "expected  OPS-2\n    got       OPS-1",
        ],
    );
    fails(
        "answers: { go: { answer: leave, reason: No } }\nexpect: { outcome: stood_down, outputs: { left: 0 } }",
        &["expected  0\n    got       nothing"],
    );
}

#[test]
fn another_suggestion_is_found() {
    fails(
        "answers: { go: back }\nexpect: { outcome: resolved, suggested: { go: ~ } }",
        &[
            "the facts do not speak for that at `go`",
            "expected  nothing\n    got       back",
        ],
    );
    fails(
        "commands: { measure: { stdout: rate=0 } }\nanswers: { go: back }\nexpect: { outcome: resolved, suggested: { go: back } }",
        &["expected  back\n    got       nothing"],
    );
}

#[test]
fn another_script_is_found() {
    fails(
        "answers: { go: back }\nexpect: { outcome: resolved, scripts: { undo: undo --hard } }",
        &[
            "what `undo` runs does not contain this",
            "what ran:",
            "undo 'shop'",
        ],
    );
    fails(
        "answers: { go: back }\nexpect: { outcome: resolved, scripts: { drop: drop } }",
        &[
            "`drop` did not run",
            "the answer `back` to `go` leads to act, verify",
        ],
    );
}

#[test]
fn a_missing_line_of_the_report_is_found() {
    fails(
        "answers: { go: back }\nexpect: { outcome: resolved, report: [Run closed as aborted] }",
        &[
            "no line of the report contains this",
            "the nearest line: ",
            "closed as resolved",
        ],
    );
}

#[test]
fn what_is_allowed_or_refused_otherwise_is_found() {
    fails(
        "answers: { go: back }\nexpect: { outcome: resolved, refused: [ { run: undo } ] }",
        &["this was allowed, not refused"],
    );
    fails(
        "answers: { go: back }\nexpect: { outcome: resolved, refused: [ { run: undo, when: go, says: it is Sunday } ] }",
        &[
            "refused in other words",
            "…it is Sunday…",
            "Answer ‘Roll back?’ first",
        ],
    );
    fails(
        "answers: { go: back }\nexpect: { outcome: resolved, refused: [ { run: drop, says: undone } ] }",
        &["`drop` never had its turn"],
    );
    passes(
        r#"
answers: { go: { answer: destroy, reason: Ada agrees } }
expect:
  outcome: resolved
  route: [assess, destroy, verify]
  refused:
    - { run: drop, says: "type the target's name, db-shop" }
    - { run: drop, confirm: db-other, says: "type the target's name, db-shop" }
    - { run: drop, when: go, confirm: db-shop, says: "Answer ‘Roll back?’ first" }
    - { answer: { go: destroy }, says: needs a reason }
    - { answer: { go: nothing }, says: has no answer }
    - { skip: go, reason: Why not, says: a gate ends in one of its answers }
    - { skip: drop, says: why is the step left out }
    - { done: tell, says: of the checklist is open }
"#,
    );
}

#[test]
fn steps_that_went_otherwise_are_found() {
    fails(
        "answers: { go: back }\nexpect: { outcome: resolved, not_taken: [undo, act], ran: [drop], failed: [undo], skipped: [tell] }",
        &[
            "`undo` was taken",
            "`act` was taken",
            "`drop` did not run",
            "the failed steps are not as expected",
            "expected  undo\n    got       none",
            "expected  tell\n    got       none",
        ],
    );
}

#[test]
fn what_the_scenario_says_in_vain_is_found() {
    fails(
        r"
commands: { drop: {}, check: [ { stdout: left=0 }, { stdout: left=0 } ] }
answers: { go: back }
failures: { undo: retry }
skips: { drop: No }
expect: { outcome: resolved }
",
        &[
            "`drop` never runs in this scenario",
            "`check` has 1 run and results for 2",
            "`undo` never fails",
            "`drop` is never left out",
        ],
    );
}

#[test]
fn a_run_that_waits_is_expected_or_found() {
    passes("expect: { waits_for: go, route: [assess] }");
    passes("expect: { outcome: open }");
    fails(
        "expect: { outcome: resolved }",
        &[
            "`go` waits for an answer, and nothing says which",
            "answers: { go: back | destroy | leave }; the facts speak for `back`",
        ],
    );
    fails(
        "expect: { waits_for: tell }",
        &["expected the run to wait for `tell`, it waits for `go`"],
    );
    fails(
        "answers: { go: back }\nexpect: { waits_for: tell }",
        &["expected the run to wait for `tell`, it closed as resolved"],
    );
    fails(
        "answers: { go: back }\nexpect: { outcome: open }",
        &["expected the outcome open, got resolved"],
    );
}
