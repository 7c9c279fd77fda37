//! One mistake, one finding.

use super::{assert_one, assert_step, load, said, with_step};

mod values;

/// A runbook that is right but for its header.
fn header(lines: &str) -> String {
    format!(
        "version: 1\ntitle: T\n{lines}\nphases: [ {{ id: p, title: P, steps: [ {{ id: s, run: \"true\" }} ] }} ]\n"
    )
}

#[test]
fn fields_unknown_missing_and_twice() {
    assert_one(
        &header("onwers: [me]"),
        "3:1: a runbook has no field `onwers` (did you mean `owners`?)",
    );
    assert_step(
        "id: a\nrun: x\ntimeuot: 5s",
        3,
        1,
        "a step has no field `timeuot` (did you mean `timeout`?)",
    );
    assert_step(
        "id: a\nrun: x\nretry: { attempts: 2, zzzzzzzz: 1 }",
        3,
        23,
        "retry has no field `zzzzzzzz` (retry has: attempts, delay, backoff)",
    );
    assert_step(
        "id: a\nrun: x\nid: b",
        3,
        1,
        "`id` is given twice (the first one stands at line 11: keep one of them)",
    );
    assert_step("run: x", 1, 1, "a step needs `id`");
    assert_step(
        "id: a\nrun: x\nretry: { delay: 5s }",
        3,
        10,
        "retry needs `attempts`",
    );
    assert_one(
        "version: 1\nphases: [ { id: p, title: P, steps: [ { id: s, run: x } ] } ]",
        "1:1: a runbook needs `title`",
    );
    assert_one("version: 1\ntitle: T\n", "1:1: a runbook needs `phases`");
    // An explicit nothing is pointed at.
    assert_one(
        "version: 1\ntitle: T\nphases:\n",
        "3:1: a runbook needs `phases`",
    );
    assert_step("id: a\ngate: {}", 2, 7, "a gate needs `answers`");
}

#[test]
fn a_key_three_times_and_in_several_maps() {
    let text = header("tags: [a]\ntags: [b]\nenv: { A: x, A: x, A: y }\ntags: [a]");
    assert_eq!(
        said(&load(&text)),
        [
            "4:1: `tags` is given twice (the first one stands at line 3: keep one of them)",
            "5:14: `A` is given twice (the first one stands at line 5: keep one of them)",
            "5:20: `A` is given twice (the first one stands at line 5: keep one of them)",
            "6:1: `tags` is given twice (the first one stands at line 3: keep one of them)",
        ]
    );
}

#[test]
fn wrong_types() {
    for (lines, expected) in [
        ("tags: fast", "3:7: expected a list, found text"),
        ("tags: [ { a: b } ]", "3:9: expected text, found a map"),
        ("env: [ A ]", "3:6: expected a map, found a list"),
        (
            "inputs: { a: 5 }",
            "3:14: expected the fields of an input, found a number",
        ),
        (
            "drill: 30d",
            "3:8: expected the fields of drill, found text",
        ),
        ("links: { A: [ b ] }", "3:13: expected text, found a list"),
        (
            "inputs: { a: { secret: yes, env: A } }",
            "3:24: expected true or false, found the text `yes` (write true)",
        ),
        (
            "environments: { a: { drill: off } }",
            "3:29: expected true or false, found the text `off` (write false)",
        ),
        (
            "environments: { a: { drill: 1 } }",
            "3:29: expected true or false, found a number",
        ),
    ] {
        assert_one(&header(lines), expected);
    }
    assert_step("id: a\nrun: [ x ]", 2, 6, "expected text, found a list");
    assert_step(
        "id: a\nrun: x\nretry: { attempts: many }",
        3,
        20,
        "expected a whole number, found text",
    );
    assert_one(
        "version: one\ntitle: T\nphases: [ { id: p, title: P, steps: [ { id: s, run: x } ] } ]",
        "1:10: expected the number 1, found text",
    );
    assert_one(
        "version: 2\ntitle: T\nphases: [ { id: p, title: P, steps: [ { id: s, run: x } ] } ]",
        "1:10: this file is of version 2; this rbconsole reads version 1 (update rbconsole, or write `version: 1`)",
    );
}

#[test]
fn kinds_of_a_step() {
    assert_step(
        "id: a\nrun: x\nwait: { for: 5s }",
        3,
        1,
        "a step has one kind; this one has `run` and `wait` (make two steps of it)",
    );
    assert_step(
        "title: x\nid: a",
        2,
        5,
        "this step does nothing (give it exactly one of `run`, `parallel`, `gate`, `manual`, `wait`, `uses`)",
    );
    assert_step(
        "id: a\nwait: { for: 5s }\ntimeout: 5s",
        3,
        1,
        "`timeout` belongs to a `run` step; this is a `wait`",
    );
    assert_step(
        "id: a\nmanual: { copy: x }",
        2,
        11,
        "a manual step needs `instructions` or a `checklist`",
    );
    assert_step(
        "id: a\nrun: x\neffect: destructive",
        1,
        5,
        "a destructive step needs `target`: the name that the operator types to confirm (target: \"{{ service }}\")",
    );
}

#[test]
fn ids() {
    assert_step(
        "id: Roll-Back\nrun: x",
        1,
        5,
        "`Roll-Back` cannot be an id: templates use it as a name (small letters, digits and underscores: `roll_back`)",
    );
    assert_step(
        "id: 3rd\nrun: x",
        1,
        5,
        "`3rd` cannot be an id: templates use it as a name (small letters, digits and underscores: `_3rd`)",
    );
    assert_step(
        "id: steps\nrun: x",
        1,
        5,
        "`steps` is a word of the template language (choose another name)",
    );
    assert_step(
        "id: a\nrun: x\noutputs: { not: { line: 1 } }",
        3,
        12,
        "`not` is a word of the template language (choose another name)",
    );
    assert_one(
        &header("env: { 1A: x }"),
        "3:8: `1A` is not the name of an environment variable (letters, digits and underscores, not starting with a digit)",
    );
    assert_one(
        "version: 1\ntitle: T\nphases:\n- id: p\n  title: P\n  steps:\n  - { id: s, run: x }\n  - { run: x, id: s }",
        "8:19: the id `s` is used twice (the first one stands at line 7; ids are unique in the file)",
    );
    assert_one(
        "version: 1\ntitle: T\nphases:\n- id: p\n  title: P\n  steps: [ { id: s, run: x } ]\n- title: P\n  id: p\n  steps: [ { id: t, run: x } ]",
        "8:7: two phases have the id `p` (ids are unique in the file)",
    );
}

#[test]
fn names_made_twice() {
    assert_step(
        "id: a\nrun: x\noutputs:\n  fresh: { line: 1 }\n  name: { line: 2 }",
        5,
        3,
        "`name` is made twice: it is already an input (a name can be made once: call this one `name_a`)",
    );
    assert_step(
        "id: a\nmanual:\n  instructions: x\n  record: { count: {} }",
        4,
        13,
        "`count` is made twice: it is already an input (a name can be made once: call this one `count_a`)",
    );
    assert_one(
        "version: 1\ntitle: T\nphases:\n- id: p\n  title: P\n  steps:\n  - { id: s, run: x, outputs: { o: { line: 1 } } }\n  - { id: t, run: x, outputs: { o: { line: 1 } } }",
        "8:33: `o` is made twice: it is already an output of `s` (a name can be made once: call this one `o_t`)",
    );
}

#[test]
fn gates_and_routes() {
    let gate = |rest: &str| {
        format!(
            "id: g\ngate:\n  answers:\n    go: {{ label: Go }}\n    none: {{ label: No }}\n{rest}"
        )
    };
    assert_eq!(said(&load(&with_step(&gate("  headless: none")))), [""; 0]);
    assert_step(
        &gate("  headless: nome"),
        6,
        13,
        "the gate has no answer `nome` (did you mean `none`?)",
    );
    assert_step(
        &gate("  suggest: [ { when: 'true', answer: goo } ]"),
        6,
        38,
        "the gate has no answer `goo` (did you mean `go`?)",
    );
    assert_step(
        &gate("    up: { label: Up, then: [ pp ] }"),
        6,
        30,
        "the answer `up` leads to `pp`, which is no phase (did you mean `p`?)",
    );
    assert_step(
        &gate("    up:\n      label: Up\n      then:\n        - nowhere"),
        9,
        11,
        "the answer `up` leads to `nowhere`, which is no phase (the phases are: p)",
    );
    assert_step(
        &gate("    up: { label: Up, then: [ p ] }"),
        6,
        30,
        "the answer `up` would run the phase `p` twice (name each phase that follows once, without the gate's own)",
    );
    assert_step(
        &gate("    not_taken: { label: X }"),
        6,
        5,
        "`not_taken` cannot be an answer: it is the answer of a gate that was not taken (choose another name)",
    );
    assert_step(
        &gate("    stop: { label: X }"),
        6,
        5,
        "`stop` cannot be an answer: `headless` means something else by it (choose another name)",
    );
    assert_step(
        "id: g\ngate: { answers: {} }",
        2,
        18,
        "a gate needs at least one answer",
    );
    assert_one(
        "version: 1\ntitle: T\nphases:\n- id: p\n  title: P\n  steps:\n  - id: g\n    gate: { answers: { a: { then: [ q, q ], label: A } } }\n- { id: q, title: Q, steps: [ { id: s, run: x } ] }",
        "8:40: the answer `a` would run the phase `q` twice (name each phase that follows once, without the gate's own)",
    );
}

#[test]
fn no_phases_and_no_steps() {
    assert_one(
        "version: 1\ntitle: T\nphases: []\n",
        "3:9: a runbook needs at least one phase (phases: [ { id: assess, title: Assess, steps: [ … ] } ])",
    );
    assert_one(
        "version: 1\ntitle: T\nphases: [ { id: p, title: P, steps: [] } ]\n",
        "3:37: a phase needs at least one step",
    );
    assert_one(
        "version: 1\ntitle: T\nphases: 5\n",
        "3:9: expected a list, found a number",
    );
}

#[test]
fn eight_mistakes_are_eight_findings_in_the_order_of_the_file() {
    let text = "version: 1
tittle: T
inputs:
  a: { type: nmber }
  b: { secret: true, default: x }
phases:
- id: Bad
  title: P
  steps:
  - id: s
    run: echo {{ typo }}
    outputs: { o: { regex: '(' } }
  - id: s
    wait: { for: soon }
  - id: g
    gate: { answers: { x: { label: X, then: [ nowhere ] } } }
    when: o == 5
  - id: h
    title: '{{ b }'
    manual: {}
title: T
";
    let loaded = load(text);
    let places: Vec<(usize, usize)> = loaded
        .findings
        .iter()
        .map(|finding| (finding.at.line, finding.at.column))
        .collect();
    let mut sorted = places.clone();
    sorted.sort_unstable();
    assert_eq!(places, sorted);
    let lines: Vec<usize> = places.iter().map(|place| place.0).collect();
    assert_eq!(
        lines,
        [2, 4, 5, 7, 11, 12, 13, 14, 16, 17, 19, 20],
        "{}",
        said(&loaded).join("\n")
    );
    super::assert_shown(&loaded, text);
}
