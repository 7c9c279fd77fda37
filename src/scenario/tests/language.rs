//! Parallel scripts, polls, probes, approvals, rehearsals, companions and the cleanup, as a scenario tells them.

use std::time::Duration;

use super::{read_for, tell};
use crate::scenario::Verdict;

const BOOK: &str = r#"
version: 1
title: All of it
phases:
  - id: act
    title: Act
    steps:
      - { id: halt, title: Halt, run: "halt", probe: "is it halted" }
      - id: both
        title: Both
        retry: { attempts: 2, delay: 5s }
        parallel: { eu: "undo eu", us: "undo us" }
        outputs:
          eu_revision: { from: eu, line: 1, type: number }
          us_revision: { from: us, type: number }
        expect: { that: "eu_revision == us_revision" }
      - id: steady
        title: Steady
        effect: read
        run: "look"
        watch: { log: "tail -f" }
        poll: { every: 10s, timeout: 2m, hold: 30s }
      - id: sure
        title: Sure?
        gate:
          answers:
            drop: { label: Drop it, approvals: { from: [dba], count: 1 } }
            keep: { label: Keep it, then: [] }
  - id: dropping
    title: Dropping
    steps:
      - id: drop
        title: Drop
        run: "drop"
        rehearse: "drop --dry-run"
cleanup:
  - { id: go_on, title: Go on, run: "go on", when: 'steps.halt.outcome != "not_taken"' }
"#;

const SHARED: &str = r"version: 1
defaults:
  commands:
    halt: {}
    both/eu: { stdout: '7' }
    both/us: { variables: { us_revision: 7 } }
    steady: {}
    drop: {}
    go_on: {}
  answers: { sure: keep }
scenarios:
  - name: One
";

fn file(body: &str) -> String {
    let lines = body.trim().lines().map(|line| format!("    {line}\n"));
    SHARED.to_owned() + &lines.collect::<String>()
}

#[track_caller]
fn play(body: &str) -> (String, Verdict) {
    let suite = match read_for(BOOK, &file(body)) {
        Ok(suite) => suite,
        Err(findings) => panic!("{findings}"),
    };
    let mut verdicts = suite.run("");
    let told = tell::failures(&suite, &verdicts, false);
    (told, verdicts.remove(0))
}

/// A scenario that passes, and how long its run lasted.
#[track_caller]
fn passes(body: &str) -> Duration {
    let (told, verdict) = play(body);
    assert!(told.is_empty(), "{told}");
    verdict.lasted
}

#[track_caller]
fn fails(body: &str, says: &str) {
    let (told, _) = play(body);
    assert!(told.contains(says), "expected {says:?} in:\n{told}");
}

#[track_caller]
fn wrong(body: &str, says: &str) {
    match read_for(BOOK, &file(body)) {
        Ok(_) => panic!("it was read"),
        Err(told) => assert!(told.contains(says), "expected {says:?} in:\n{told}"),
    }
}

const GOOD: &str =
    "expect: { outcome: stood_down, failed: [], outputs: { eu_revision: 7, us_revision: 7 } }";

#[test]
fn scripts_side_by_side_are_told_one_by_one() {
    // A second each for the halt, both scripts at once and the cleanup; four looks 11 s apart.
    assert_eq!(passes(GOOD), Duration::from_secs(3 + 34));
    wrong(
        &format!("commands: {{ both: {{}} }}\n{GOOD}"),
        "`both` has several scripts: say it for each",
    );
    wrong(
        &format!("commands: {{ both/asia: {{}} }}\n{GOOD}"),
        "`both` has no command `asia`",
    );
    fails(
        "commands: { both/us: { variables: { us_revision: 8 } } }\nexpect: { outcome: stood_down }",
        "`both` failed",
    );
}

#[test]
fn only_the_script_that_failed_is_tried_again() {
    let lasted = passes(
        r"
commands:
  both/eu: [ { stdout: '7' } ]
  both/us: [ { exit: 1, takes: 3s }, { variables: { us_revision: 7 } } ]
expect: { outcome: stood_down, failed: [both] }
",
    );
    assert_eq!(lasted, Duration::from_secs(3 + 34 + 3 + 5));
}

#[test]
fn a_poll_must_hold() {
    // It fails at 1 s, succeeds at 12 s, fails at 23 s, and holds from 34 s to 67 s.
    let lasted = passes(
        r"
commands: { steady: [ { exit: 1 }, {}, { exit: 1 }, { times: 4 } ] }
expect: { outcome: stood_down, failed: [steady] }
",
    );
    assert_eq!(lasted, Duration::from_secs(3 + 67));
    passes(
        r#"
commands: { steady: { exit: 1 } }
failures: { steady: { close: failed } }
expect: { outcome: failed, failed: [steady], ran: [go_on], report: ["the time to wait for it (2m) is over"] }
"#,
    );
    fails(
        "commands: { steady: [ {} ] }\nexpect: { outcome: stood_down }",
        "`steady` runs again, and what it prints is said for 1 run only",
    );
}

#[test]
fn a_companion_needs_no_result_and_its_script_can_be_compared() {
    passes("expect: { outcome: stood_down, scripts: { steady/log: tail -f } }");
    // It is stopped before it has begun, where its step is over at once or never begins.
    passes("commands: { steady: { takes: 0s } }\nexpect: { outcome: stood_down }");
    passes(
        "commands: { steady: { ends: not_started } }\nfailures: { steady: abort }\nexpect: { outcome: aborted, failed: [steady] }",
    );
    wrong(
        &format!("commands: {{ steady/log: {{}} }}\n{GOOD}"),
        "`steady/log` runs beside its step and decides nothing",
    );
}

#[test]
fn a_probe_is_asked_and_must_be_told() {
    passes(
        r"
commands: { halt: [ { ends: lost }, {} ], halt/probe: { exit: 1, takes: 2s } }
failures: { halt: [ { took_no_effect: It goes on }, retry ] }
expect: { outcome: stood_down, scripts: { halt/probe: is it halted } }
",
    );
    fails(
        "commands: { halt: { ends: lost } }\nfailures: { halt: { took_effect: I looked } }\nexpect: { outcome: stood_down }",
        "`halt/probe` would run `is it halted`, and nothing says what it prints",
    );
    fails(
        &format!("commands: {{ halt/probe: {{}} }}\n{GOOD}"),
        "`halt/probe` never runs in this scenario",
    );
}

#[test]
fn an_answer_waits_for_whoever_must_agree() {
    passes(
        r"
answers: { sure: { answer: drop, approved_by: [ { grace: dba } ] } }
expect:
  outcome: resolved
  ran: [drop]
  refused: [ { answer: { sure: drop }, says: dba } ]
  report: [grace]
",
    );
    fails(
        "answers: { sure: drop }\nexpect: { outcome: resolved }",
        "the answer `drop` to `sure` is refused",
    );
    fails(
        "answers: { sure: { answer: drop, approved_by: [ henry ] } }\nexpect: { outcome: resolved }",
        "is refused",
    );
    passes(
        "answers: { sure: { answer: drop, reason: It burns, without_approval: true } }\nexpect: { outcome: resolved, report: [It burns] }",
    );
}

#[test]
fn a_rehearsal_runs_only_what_it_may() {
    let (told, _) = play(
        r"
kind: rehearsal
answers: { sure: { answer: drop, approved_by: [ { grace: dba } ] } }
rehearse: { both: { eu_revision: 7, us_revision: 7 }, steady: {} }
expect: { outcome: resolved, scripts: { drop: drop --dry-run } }
",
    );
    assert!(told.is_empty(), "{told}");
    fails(
        r"
kind: rehearsal
rehearse: { both: { eu_revision: 7, us_revision: 7 }, steady: {} }
expect: { outcome: stood_down, scripts: { halt: halt } }
",
        "`halt` did not run",
    );
}

#[test]
fn the_cleanup_comes_before_the_end_and_after_nothing() {
    passes(
        r"
commands: { both/us: { exit: 1 } }
failures: { both: abort }
expect:
  outcome: aborted
  ran: [go_on]
  refused: [ { close: aborted, when: go_on, says: Go on } ]
",
    );
    passes(
        r"
commands: { both/us: { exit: 1 } }
failures: { both: abort }
skips: { go_on: Grace does it }
expect: { outcome: aborted, skipped: [go_on] }
",
    );
    passes(
        r"
commands: { halt: { exit: 1 } }
failures: { halt: abort }
expect: { outcome: aborted, failed: [halt] }
",
    );
}
