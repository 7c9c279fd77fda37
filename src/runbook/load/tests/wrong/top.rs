//! Mistakes at the top level: inputs, guards, signals, cleanup.

use super::{headers, steps, wrong};
use crate::runbook::Code;

#[test]
fn choices_of_an_input() {
    headers(&[
        (
            "inputs: { a: { options: [ b ], «options_from»: { run: x } } }",
            Code::Conflict,
            "keep one of them",
        ),
        (
            "inputs: { a: { secret: true, «options_from»: { run: x } } }",
            Code::Conflict,
            "its values would be shown",
        ),
        (
            "inputs: { a: { options_from: { «regex»: '(x)' } } }",
            Code::MissingField,
            "options_from needs `run`",
        ),
        (
            "inputs: { a: { options_from: { run: x, regex: «'x'» } } }",
            Code::Value,
            "has no group",
        ),
        (
            "inputs: { a: { options_from: { run: 'x {{ «b» }}' } }, b: {} }",
            Code::UnknownName,
            "the inputs that stand before it",
        ),
        (
            "inputs: { a: { options_from: { run: 'x {{ «a» }}' } } }",
            Code::UnknownName,
            "`a` is not known here",
        ),
        (
            "inputs: { a: { options_from: { run: 'x {{ «run.id» }}' } } }",
            Code::UnknownName,
            "`run.id` is not known here",
        ),
        (
            "inputs: { a: { options_from: { run: 'x {{ «nothing» }}' } } }",
            Code::UnknownName,
            "`nothing` is not defined",
        ),
    ]);
    steps(&[
        (
            "id: a\nmanual: { instructions: x, record: { r: { «options_from»: { run: x } } } }",
            Code::Conflict,
            "asked for during it",
        ),
        (
            "id: a\nmanual: { instructions: x, record: { r: { «env»: X } } }",
            Code::Conflict,
            "asked for during it",
        ),
        (
            "id: a\nmanual: { instructions: x, record: { r: { «secret»: true } } }",
            Code::Conflict,
            "a secret cannot be recorded",
        ),
    ]);
}

#[test]
fn guards() {
    headers(&[
        (
            "environments: { e: { guard: «[» x ] } }",
            Code::Value,
            "expected text, found a list",
        ),
        (
            "environments: { e: { guard: 'test {{ «made» }}' } }",
            Code::UnknownName,
            "a guard sees the inputs and `run.*`",
        ),
        (
            "environments: { e: { guard: 'test {{ «steps.s.exit» }}' } }",
            Code::UnknownName,
            "`steps.s.exit` is not known here",
        ),
        (
            "environments: { e: { «gaurd»: x } }",
            Code::UnknownField,
            "did you mean `guard`?",
        ),
        (
            "environments: { e: { «drill»: true } }",
            Code::NoGuard,
            "add a `guard`",
        ),
    ]);
}

#[test]
fn signals() {
    headers(&[
        (
            "signals: { a: { «every»: 5s } }",
            Code::MissingField,
            "a signal needs `run`",
        ),
        (
            "signals: { a: { run: x, every: «500ms» } }",
            Code::Value,
            "every 1s at most",
        ),
        (
            "signals: { a: { run: x, regex: «'x'» } }",
            Code::Value,
            "has no group",
        ),
        ("signals: { «A»: { run: x } }", Code::Id, "small letters"),
        (
            "inputs: { a: {} }\nsignals: { «a»: { run: x } }",
            Code::Twice,
            "already an input",
        ),
        (
            "signals: { a: { run: x }, «a»: { run: y } }",
            Code::Duplicate,
            "given twice",
        ),
        (
            "signals: { a: { run: 'x {{ «made» }}' } }",
            Code::UnknownName,
            "a signal's script sees the inputs and `run.*`",
        ),
        (
            "signals: { a: { run: x, healthy: '«made» < 1' } }",
            Code::UnknownName,
            "`healthy` sees",
        ),
        (
            "signals: { a: { run: x }, b: { run: x, healthy: '«a» < 1' } }",
            Code::UnknownName,
            "`a` is not defined",
        ),
        (
            "signals: { a: { run: x, healthy: «a == 'x'» } }",
            Code::Types,
            "never equal",
        ),
        (
            "signals: { a: { run: x, healthy: «a» } }",
            Code::Types,
            "a boolean is needed",
        ),
    ]);
}

#[test]
fn cleanup() {
    let gate = "gate: { answers: { go: { label: Go } } }";
    headers(&[
        ("cleanup: «[»]", Code::MissingField, "at least one step"),
        (
            "cleanup: «{» id: c, run: x }",
            Code::Value,
            "expected a list, found a map",
        ),
        (
            &format!("cleanup: [ {{ id: «c», {gate} }} ]"),
            Code::Kind,
            "cannot hold a gate",
        ),
        (
            "cleanup: [ { id: «c» } ]",
            Code::Kind,
            "exactly one of `run`, `parallel`, `manual`, `wait`",
        ),
        (
            "cleanup: [ { id: c, «uses»: other, with: { service: x } } ]",
            Code::Uses,
            "a cleanup cannot use another runbook",
        ),
        (
            "cleanup: [ { id: c, run: x, when: «made == 'x'» } ]",
            Code::Types,
            "never equal",
        ),
        (
            "cleanup: [ { id: c, run: 'x {{ «mad» }}' } ]",
            Code::UnknownName,
            "did you mean `made`?",
        ),
    ]);
    for (text, code, told) in [
        (
            "version: 1\ntitle: T\ncleanup: [ { id: c, run: x } ]\nphases: [ { id: «cleanup», title: P, steps: [ { id: s, run: x } ] } ]\n",
            Code::Twice,
            "choose another id",
        ),
        (
            "version: 1\ntitle: T\ncleanup: [ { id: «s», run: x } ]\nphases: [ { id: p, title: P, steps: [ { id: s, run: x } ] } ]\n",
            Code::Twice,
            "the id `s` is used twice",
        ),
        (
            "version: 1\ntitle: T\ncleanup: [ { id: c, run: x } ]\nphases: [ { id: p, title: P, steps: [ { id: s, gate: { answers: { a: { label: A, then: [ «cleanup» ] } } } } ] } ]\n",
            Code::UnknownPhase,
            "offered at the end of every route",
        ),
    ] {
        wrong(text, code, told);
    }
}
