//! What is not taken says why in words.

use super::fixture::*;
use crate::engine::{State, untaken};
use crate::template::Value;

/// A run at its gate; its first step failed and was accepted.
fn at_the_gate() -> State {
    let mut b = Bench::with(
        r#"
inputs:
  rate: { type: number, default: 7 }
  limit: { type: number, default: 1 }
  database: { type: string, default: none }
  ready: { type: boolean, default: false }
phases:
  - id: only
    title: Only
    steps:
      - { id: hold, title: Hold the deployers, run: "exit 3", on_failure: continue }
      - id: gate
        title: Roll back?
        gate:
          criteria: [{ name: Error rate, value: rate, unit: "%", limit: rate > limit }]
          answers: { back: { label: Roll back }, stay: { label: Not ours } }
      - { id: act, run: "true", when: answers.gate == "back" }
"#,
        |started| {
            started.inputs.insert(
                "rate".to_owned(),
                Value::Number(serde_json::Number::from_f64(0.4).unwrap()),
            );
            started.inputs.insert("limit".to_owned(), number(1));
            started.inputs.insert("database".to_owned(), string("none"));
            started
                .inputs
                .insert("ready".to_owned(), Value::Boolean(false));
        },
    );
    b.run("hold");
    b.exits("hold", 3, &[]);
    b.answer("gate", "stay");
    b.state
}

#[test]
fn conditions_are_said_in_words() {
    let state = at_the_gate();
    for (condition, now, then) in [
        (
            "rate > 1",
            "Error rate 0.4 % is not above 1 %",
            "Error rate is not above 1 %",
        ),
        (
            "limit < rate",
            "limit 1 is not below 0.4",
            "limit is not below Error rate",
        ),
        (
            "rate >= 5",
            "Error rate 0.4 % is below 5 %",
            "Error rate is below 5 %",
        ),
        (
            "database != \"none\"",
            "database is ‘none’",
            "database is ‘none’",
        ),
        (
            "database == \"pg\"",
            "database is ‘none’",
            "database is not ‘pg’",
        ),
        (
            "database == \"\"",
            "database is ‘none’",
            "database is not empty",
        ),
        (
            "database in [\"a\", \"b\"]",
            "database is ‘none’",
            "database is not ‘a’ and database is not ‘b’",
        ),
        ("ready", "ready is false", "ready is false"),
        (
            "rate > 1 and database == \"none\"",
            "Error rate 0.4 % is not above 1 %",
            "Error rate is not above 1 % or database is not ‘none’",
        ),
        (
            "rate > 1 or ready",
            "Error rate 0.4 % is not above 1 % and ready is false",
            "Error rate is not above 1 % and ready is false",
        ),
        (
            "answers.gate == \"back\"",
            "‘Roll back?’ was answered ‘Not ours’",
            "‘Roll back?’ was not answered ‘Roll back’",
        ),
        (
            "answers.gate != \"stay\"",
            "‘Roll back?’ was answered ‘Not ours’",
            "‘Roll back?’ was answered ‘Not ours’",
        ),
        (
            "steps.hold.outcome == \"succeeded\"",
            "‘Hold the deployers’ failed",
            "‘Hold the deployers’ did not succeed",
        ),
        (
            "steps.hold.outcome != \"failed\"",
            "‘Hold the deployers’ failed",
            "‘Hold the deployers’ failed",
        ),
        (
            "steps.hold.exit == 0",
            "the exit of ‘Hold the deployers’ is 3",
            "the exit of ‘Hold the deployers’ is not 0",
        ),
        (
            "run.kind == \"drill\"",
            "this run is not a drill",
            "this run is not a drill",
        ),
        (
            "rate * 2 > 9",
            "rate * 2 > 9 is false",
            "rate * 2 > 9 is false",
        ),
    ] {
        assert_eq!(untaken::why_not(&state, condition), now, "{condition}");
        assert_eq!(
            untaken::why_not_then(&state, condition),
            then,
            "{condition}"
        );
    }
}

#[test]
fn a_value_that_speaks_for_the_opposite_by_now_is_not_named() {
    let state = at_the_gate();
    assert_eq!(
        untaken::why_not(&state, "rate < 5"),
        "Error rate is not below 5 %"
    );
    assert_eq!(
        untaken::why_not(&state, "answers.gate == \"stay\""),
        "‘Roll back?’ was not answered ‘Not ours’"
    );
}

#[test]
fn what_is_no_condition_any_more_stays_as_it_was_written() {
    let state = at_the_gate();
    for condition in ["rate >", "", "gone == 1 and", "not false"] {
        assert_eq!(
            untaken::why_not(&state, condition),
            format!("{condition} is false")
        );
    }
}
