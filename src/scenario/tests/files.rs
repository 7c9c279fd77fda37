//! Files that cannot be read say why, where, and how to mend it.

use std::fmt::Write;

use super::{SHARED, file, wrong};

#[test]
fn unknown_fields_and_names_are_located_with_what_may_be_meant() {
    let told = wrong(
        &file(
            r"
inptus: { a: 1 }
inputs: { servce: x }
commands: { measur: {}, undo/fallback 7: {}, pause: {}, tell: {}, measure: { exitt: 1 } }
answers: { go: bakc, undo: back, og: back }
failures: { undo: retyr, go: retry }
skips: { tel: x }
manual: { undo: done }
environment: lap
expect:
  route: [asess]
  not_taken: [verfy]
  outputs: { rat: 1, rate: many }
  suggested: { go: abck }
  scripts: { drpo: x }
  refused: [ { run: undoo }, { run: undo, skip: undo }, { close: aborted } ]
  outcome: rseolved
",
        ),
        &[
            "a scenario has no field `inptus`",
            "did you mean `inputs`?",
            "no input `servce`",
            "did you mean `service`?",
            "no step `measur`",
            "did you mean `measure`?",
            "`undo` has no command `fallback 7`",
            "`pause` runs no command",
            "has no field `exitt`",
            "`go` has no answer `bakc`",
            "did you mean `back`?",
            "`undo` is no gate",
            "no gate `og`",
            "`retyr` is not what an operator does about a failure",
            "`go` is no step that can fail",
            "no step `tel`",
            "`undo` is no manual step",
            "no environment `lap`",
            "no phase `asess`",
            "no phase and no step `verfy`",
            "no step makes a value `rat`",
            "rate: `many` is not a number",
            "`go` has no answer `abck`",
            "no step `drpo`",
            "no step with a command `undoo`",
            "asks for one thing",
            "when is this asked for?",
            "`rseolved` is not an outcome",
            "did you mean `resolved`?",
        ],
    );
    assert!(told.contains("t.test.yaml:13:"), "{told}");
}

#[test]
fn what_is_missing_is_said() {
    wrong("version: 1\n", &["a file of scenarios needs `scenarios`"]);
    wrong("version: 1\nscenarios: []\n", &["needs at least one"]);
    wrong("scenarios: []\n", &["a file of scenarios needs `version`"]);
    wrong(
        "version: 2\nscenarios: []\n",
        &["this file is of version 2"],
    );
    wrong(
        "version: 1\nscenarios: [ {} ]\n",
        &["a scenario needs `name`", "needs `expect`"],
    );
    wrong(
        &file("expect: { route: [assess] }"),
        &["must say how the run ends"],
    );
    wrong(
        &file("kind: drill\nexpect: { outcome: open }"),
        &["a drill needs an environment"],
    );
    wrong(
        &format!(
            "{SHARED}  - {{ name: A, expect: {{ outcome: open }} }}\n  - {{ name: A, expect: {{ outcome: open }} }}\n"
        ),
        &["two scenarios are called `A`", "line 11"],
    );
}

#[test]
fn wrong_types_are_said() {
    for (body, says) in [
        (
            "inputs: [a]\nexpect: { outcome: open }",
            "expected a map, found a list",
        ),
        (
            "inputs: { limit: many }\nexpect: { outcome: open }",
            "limit: `many` is not a number",
        ),
        (
            "commands: { undo: true }\nexpect: { outcome: open }",
            "expected the fields of a command's result",
        ),
        (
            "commands: { undo: [] }\nexpect: { outcome: open }",
            "an empty list says nothing",
        ),
        (
            "commands: { undo: { exit: one } }\nexpect: { outcome: open }",
            "expected an exit code",
        ),
        (
            "commands: { undo: { takes: long } }\nexpect: { outcome: open }",
            "long",
        ),
        (
            "commands: { undo: { exit: 1, ends: lost } }\nexpect: { outcome: open }",
            "not both",
        ),
        (
            "commands: { undo: { ends: badly } }\nexpect: { outcome: open }",
            "`badly` is not an end",
        ),
        (
            "answers: { go: { reason: x } }\nexpect: { outcome: open }",
            "an answer needs `answer`",
        ),
        (
            "failures: { undo: { skip: a, close: failed } }\nexpect: { outcome: open }",
            "one thing at a time",
        ),
        (
            "failures: { undo: { fallback: 2 } }\nexpect: { outcome: open }",
            "no fallback `2`",
        ),
        (
            "failures: { pause: { fallback: 1 } }\nexpect: { outcome: open }",
            "`pause` has no fallbacks",
        ),
        (
            "manual: { tell: later }\nexpect: { outcome: open }",
            "`later` is not what is said of a manual step",
        ),
        (
            "manual: { tell: { values: { tiket: X } } }\nexpect: { outcome: open }",
            "did you mean `ticket`?",
        ),
        ("expect: 1", "expected the fields of what is expected"),
        (
            "expect: { outcome: resolved, waits_for: go }",
            "a run that waits for a person is `open`",
        ),
        (
            "expect: { outcome: open, route: assess }",
            "expected a list",
        ),
        (
            "expect: { outcome: open, report: [[x]] }",
            "expected text, found a list",
        ),
    ] {
        wrong(&file(body), &[says]);
    }
    wrong(
        "- 1\n",
        &["expected the fields of a file of scenarios, found a list"],
    );
    wrong(
        "version: 1\nscenarios: 7\n",
        &["expected a list, found a number"],
    );
}

#[test]
fn hostile_files_end_in_an_error() {
    let deep = format!("version: 1\nscenarios: {}\n", "[".repeat(50_000));
    wrong(&deep, &["error["]);
    wrong(&"x".repeat(17 << 20), &["at most 16 MB"]);
    wrong("version: 1\nscenarios: [ \u{1b}[31m ]\n", &["error["]);
    wrong(
        "version: 1\nversion: 1\nscenarios: []\n",
        &["`version` is given twice"],
    );
    let mut bomb = String::from("version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let refs = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{refs}]").unwrap();
    }
    wrong(&bomb, &["error["]);
}
