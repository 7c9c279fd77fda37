//! Every way to use a runbook wrongly: one finding, at the step that uses it.

use std::time::{Duration, Instant};

use super::uses::{file, loaded};
use super::{load, said};

/// The step's first line is line 6, the rest follows.
fn using(step: &str) -> String {
    file(&format!(
        "inputs: {{ name: {{}}, number: {{ type: number }}, api: {{ secret: true }}, api2: {{ secret: true }} }}
phases:
- {{ id: p, title: P, steps: [ {{ id: a, run: x, outputs: {{ word: {{ line: 1 }} }} }},
{step} ] }}"
    ))
}

/// The step, and what is said about it.
const MISTAKES: &[(&str, &str)] = &[
    (
        "{ id: u, uses: nothing }",
        "6:16: there is no runbook `nothing`",
    ),
    (
        "{ id: u, uses: ../leaf }",
        "6:16: `../leaf` is not the name of a runbook (name it without folder and `.yaml`: kubernetes-rollout)",
    ),
    (
        "{ id: u, uses: leaf }",
        "6:16: `leaf` needs its input `service` (with: { service: … })",
    ),
    (
        "{ id: u, uses: leaf, with: { service: web, cuont: 2 } }",
        "6:44: `leaf` has no input `cuont` (did you mean `count`?)",
    ),
    (
        "{ id: u, uses: here, with: { x: y } }",
        "6:16: `here` uses itself: here → there → here",
    ),
    (
        "{ id: u, uses: leaf, with: { service: WEB } }",
        "6:39: this does not fit the input of `leaf`: service must match [a-z]+ (`rbconsole show leaf` says what it takes)",
    ),
    (
        "{ id: u, uses: leaf, with: { service: web, count: many } }",
        "6:51: this does not fit the input of `leaf`: count: `many` is not a number (`rbconsole show leaf` says what it takes)",
    ),
    (
        "{ id: u, uses: leaf, with: { service: web, count: '{{ word }}' } }",
        "6:51: the input `count` is a number, and this is a string (give it a number)",
    ),
    (
        "{ id: u, uses: leaf, with: { service: '{{ wrod }}' } }",
        "6:43: `wrod` is not defined (did you mean `word`?)",
    ),
    (
        "{ id: u, uses: leaf, with: { service: '{{ api }}' } }",
        "6:43: the secret `api` can only stand alone in a script (write {{ api }} by itself in a bash or sh script: it becomes an environment variable there, and its text is never part of anything shown)",
    ),
    (
        "{ id: u, uses: leaf, with: { service: '{{ u__out }}' } }",
        "6:39: `u__out` is made by `u` itself, which runs only after this (use what is known before the step)",
    ),
    (
        "{ id: u, uses: leaf, when: answers.u__g == \"bad\", with: { service: web } }",
        "6:28: `answers.u__g` is made by `u` itself, which runs only after this (use what is known before the step)",
    ),
    (
        "{ id: u, uses: leaf, when: number, with: { service: web } }",
        "6:28: this is a number, and a boolean is needed (compare it with something, as in `error_rate > 1`)",
    ),
    (
        "{ id: u, uses: secret, with: { token: abc } }",
        "6:39: `token` is a secret there: only a secret can be given (give it an input with `secret: true`, alone: \"{{ token }}\")",
    ),
    (
        "{ id: u, uses: secret, with: { token: 'x{{ api }}' } }",
        "6:39: `token` is a secret there: only a secret can be given (give it an input with `secret: true`, alone: \"{{ token }}\")",
    ),
    (
        "{ id: u, uses: broken }, { id: z, run: 'echo {{ u__s }}' }",
        "6:16: `broken` has 2 errors, the first at line 3: `nope` is not defined (`rbconsole check` says all about it)",
    ),
    (
        "{ id: u, uses: leaf, run: x, with: { service: web } }",
        "6:22: a step has one kind; this one has `uses` and `run` (make two steps of it)",
    ),
    (
        "{ id: u, with: { service: web } }",
        "6:3: a step that uses a runbook needs `uses`",
    ),
    (
        "{ uses: leaf, with: { service: web } }",
        "6:3: a step that uses a runbook needs `id`",
    ),
    (
        "{ id: u, uses: leaf, target: x, with: { service: web } }",
        "6:22: a step that uses a runbook has no field `target` (a step that uses a runbook has: id, title, when, uses, with, run, gate, manual, wait, parallel)",
    ),
    (
        "{ id: u__v, uses: leaf, with: { service: web } }",
        "6:7: `u__v` cannot be the id of a step that uses a runbook (its names get this id and `__` before them: write it without `__` inside and `_` at its end)",
    ),
    (
        "{ id: a, uses: leaf, with: { service: web } }",
        "6:7: the id `a` is used twice (ids are unique in the file)",
    ),
    (
        "{ id: u, uses: leaf, with: { service: web } }, { id: u__s, run: x }",
        "6:7: `u__s` of this file has the name of something that `u` uses (names that begin with `u__` belong to `leaf`: call one of the two something else)",
    ),
    (
        "{ id: u, title: '{{ name }}', uses: leaf, with: { service: web } }",
        "6:17: nothing can be filled in here: it stands before the titles of the used phases (write plain text)",
    ),
    (
        "{ id: u, uses: deep9 }",
        "6:16: more than 8 runbooks use one another: deep9 → deep8 → deep7 → deep6 → deep5 → deep4 → deep3 → deep2 → deep1",
    ),
    (
        "{ id: u, uses: leaf, with: { service: web } }, { id: g, title: G, gate: { answers: { x: { label: X, then: [p] } } } }",
        "6:98: the answer `x` would run the phase `p` twice (name each phase that follows once, without the gate's own)",
    ),
];

#[test]
fn one_mistake_one_finding() {
    for (step, expected) in MISTAKES {
        let text = using(step);
        let loaded = loaded(&text);
        assert_eq!(said(&loaded), [*expected], "{step}");
        assert!(loaded.runbook.is_none());
    }
}

#[test]
fn a_file_by_itself_uses_nothing() {
    let text = using("{ id: u, uses: leaf, with: { service: web } }");
    assert_eq!(
        said(&load(&text)),
        ["6:16: `leaf` cannot be looked up here: this file is read by itself"]
    );
}

#[test]
fn what_multiplies_is_refused_at_once() {
    let began = Instant::now();
    let text = using("{ id: u, uses: wide7 }");
    let found = loaded(&text);
    assert!(found.runbook.is_none());
    let found = said(&found);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("more than 10000 steps"), "{found:?}");
    assert!(
        began.elapsed() < Duration::from_mins(1),
        "{:?}",
        began.elapsed()
    );
}
