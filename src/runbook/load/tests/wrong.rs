//! A table of mistakes: the text with the place marked, the code, and what is said.

use super::{assert_shown, load, marked, with_step};
use crate::runbook::Code;

mod top;

/// The text has one finding of this code; it begins where `«` was, covers what
/// stands up to `»`, and its message and advice hold these words.
#[track_caller]
fn wrong(with_marks: &str, code: Code, told: &str) {
    let from = with_marks.find('«').expect("a mark");
    let covered = &with_marks[from + '«'.len_utf8()..with_marks.find('»').expect("its end")];
    let text = with_marks.replace(['«', '»'], "");
    let start = text[..from].rfind('\n').map_or(0, |n| n + 1);
    let place = (
        text[..from].matches('\n').count() + 1,
        text[start..from].chars().count() + 1,
    );
    let loaded = load(&text);
    let [finding] = &loaded.findings[..] else {
        panic!("{:#?} in\n{text}", loaded.findings)
    };
    assert_eq!(finding.code, code, "{finding} in\n{text}");
    assert!(finding.to_string().contains(told), "{finding} in\n{text}");
    assert_eq!(
        (finding.at.line, finding.at.column),
        place,
        "{finding} in\n{text}"
    );
    assert_eq!(marked(finding, &text), covered, "{finding}");
    assert_shown(&loaded, &text);
    let shown = loaded.render("book.yaml", &text, false);
    assert!(shown.contains(&format!("[{}]: ", code.number())), "{shown}");
}

#[track_caller]
fn steps(table: &[(&str, Code, &str)]) {
    for (step, code, told) in table {
        wrong(&with_step(step), *code, told);
    }
}

/// The lines stand at the top level of a runbook that is right but for them.
#[track_caller]
fn headers(table: &[(&str, Code, &str)]) {
    for (lines, code, told) in table {
        let text = format!(
            "version: 1\ntitle: T\n{lines}\nphases: [ {{ id: p, title: P, steps: [ {{ id: s, run: x, \
             outputs: {{ made: {{ line: 1, type: number }} }} }} ] }} ]\n"
        );
        wrong(&text, *code, told);
    }
}

#[test]
fn kinds_and_fields_of_steps() {
    steps(&[
        (
            "id: a\nrun: x\n«parallel»: { b: x }",
            Code::Kind,
            "this one has `run` and `parallel`",
        ),
        (
            "id: a\nwait: { for: 5s }\n«tty»: true",
            Code::Kind,
            "`tty` belongs to a `run` step",
        ),
        (
            "id: a\nmanual: { instructions: x }\n«probe»: x",
            Code::Kind,
            "this is a `manual`",
        ),
        (
            "id: a\nrun: x\n«hold»: 5s",
            Code::UnknownField,
            "it belongs to `poll`",
        ),
        (
            "id: a\nrun: x\n«attempts»: 5",
            Code::UnknownField,
            "it belongs to `retry`",
        ),
        (
            "id: a\nrun: x\n«fallback»: []",
            Code::UnknownField,
            "did you mean `fallbacks`?",
        ),
        (
            "id: a\nrun: x\ntimeout: «0s»",
            Code::Value,
            "more than nothing",
        ),
        (
            "id: a\nrun: x\nsilence: «soon»",
            Code::Value,
            "not a duration",
        ),
        (
            "id: a\nrun: x\nsilence: «0ms»",
            Code::Value,
            "more than nothing",
        ),
        ("id: a\nrun: x\ntty: «yes»", Code::Value, "write true"),
        (
            "id: a\nrun: x\nfallbacks:\n- { title: F, run: «x», effect: destructive }",
            Code::Target,
            "a destructive fallback needs",
        ),
        (
            "id: a\nrun: x\nfallbacks:\n- { «run»: x }",
            Code::MissingField,
            "a fallback needs `title`",
        ),
    ]);
}

#[test]
fn several_scripts() {
    steps(&[
        (
            "id: a\nparallel: «{»}",
            Code::MissingField,
            "at least one script",
        ),
        (
            "id: a\nparallel: «[» x ]",
            Code::Value,
            "expected a map, found a list",
        ),
        ("id: a\nparallel: { «Eu-West»: x }", Code::Id, "`eu_west`"),
        (
            "id: a\nparallel: { eu: «[» x ] }",
            Code::Value,
            "expected text, found a list",
        ),
        (
            "id: a\nparallel: { eu: 'echo {{ «naem» }}' }",
            Code::UnknownName,
            "did you mean `name`?",
        ),
        (
            "id: a\nparallel: { eu: x, us: x }\noutputs: { «o»: { line: 1 } }",
            Code::MissingField,
            "add `from`, one of: eu, us",
        ),
        (
            "id: a\nparallel: { eu: x, us: x }\noutputs: { «o»: }",
            Code::MissingField,
            "which script the output `o` comes from",
        ),
        (
            "id: a\nparallel: { europe: x, us: x }\noutputs: { o: { line: 1, from: «eurpoe» } }",
            Code::UnknownName,
            "did you mean `europe`?",
        ),
        (
            "id: a\nrun: x\noutputs: { o: { line: 1, from: «x» } }",
            Code::Conflict,
            "remove `from`",
        ),
        (
            "id: a\nparallel: { eu: x, us: x }\n«tty»: true",
            Code::Conflict,
            "only one command can have the keyboard",
        ),
        ("id: a\nrun: x\nwatch: { «Tail»: x }", Code::Id, "`tail`"),
        (
            "id: a\nrun: x\nwatch: { tail: 'x {{ «naem» }}' }",
            Code::UnknownName,
            "did you mean `name`?",
        ),
        (
            "id: a\nparallel: { eu: x }\nwatch: { «eu»: x }",
            Code::Twice,
            "already a script of this step",
        ),
        (
            "id: a\nrun: x\nshell: python3\nwatch: { tail: 'x «{{» name }}' }",
            Code::PlainShell,
            "cannot be quoted for this language",
        ),
    ]);
}

#[test]
fn outputs_are_found_in_one_way() {
    steps(&[
        (
            "id: a\nrun: x\noutputs: { «o»: { line: 1, json: /a } }",
            Code::Conflict,
            "found in more than one way",
        ),
        (
            "id: a\nrun: x\noutputs: { o: «5» }",
            Code::Value,
            "expected the fields of an output",
        ),
        (
            "id: a\nrun: x\noutputs: { «name»: }",
            Code::Twice,
            "already an input",
        ),
        (
            "id: a\nrun: x\noutputs: { o: { type: number } }\nwhen: «o == 'x'»",
            Code::Types,
            "never equal",
        ),
    ]);
}

#[test]
fn polls() {
    steps(&[
        (
            "id: a\nrun: x\npoll: { «every»: 5s }",
            Code::MissingField,
            "poll needs `timeout`",
        ),
        (
            "id: a\nrun: x\npoll: «5m»",
            Code::Value,
            "expected the fields of poll",
        ),
        (
            "id: a\nrun: x\npoll: { timeout: 5m, every: «0s» }",
            Code::Value,
            "more than nothing",
        ),
        (
            "id: a\nrun: x\npoll: { timeout: 5m, hold: «5m» }",
            Code::Value,
            "a poll of 5m can never succeed for 5m",
        ),
        (
            "id: a\nrun: x\npoll: { timeout: 5m, «until»: x }",
            Code::UnknownField,
            "poll has: every, timeout, hold",
        ),
        (
            "id: a\nrun: x\npoll: { timeout: 5m }\n«retry»: { attempts: 2 }",
            Code::Conflict,
            "keep one of them",
        ),
        (
            "id: a\nrun: x\nretry: { attempts: 2, backoff: «0.5» }",
            Code::Value,
            "a factor from 1 to 10",
        ),
    ]);
}

#[test]
fn probes_and_rehearsals_are_scripts_of_the_step() {
    steps(&[
        (
            "id: a\nrun: x\nprobe: test {{ «naem» }}",
            Code::UnknownName,
            "did you mean `name`?",
        ),
        (
            "id: a\nrun: x\nprobe: 'echo `id «{{ name }}»`'",
            Code::Quoting,
            "back-quotes",
        ),
        (
            "id: a\nshell: python3\nrun: x\nrehearse: 'print(«{{» name }})'",
            Code::PlainShell,
            "cannot be quoted for this language",
        ),
        (
            "id: a\nrun: x\nrehearse: «{» run: x }",
            Code::Value,
            "expected text, found a map",
        ),
    ]);
}

#[test]
fn approvals() {
    let answer = |approvals: &str| {
        format!("id: g\ngate:\n  answers:\n    go: {{ label: Go, approvals: {approvals} }}")
    };
    for (approvals, code, told) in [
        ("{ count: «0» }", Code::Value, "from 1 to 100"),
        ("{ count: «one» }", Code::Value, "expected a whole number"),
        ("{ from: «dba» }", Code::Value, "expected a list"),
        ("{ from: [ «''» ] }", Code::Value, "is empty"),
        (
            "{ «form»: [ dba ] }",
            Code::UnknownField,
            "did you mean `from`?",
        ),
        ("«dba»", Code::Value, "expected the fields of approvals"),
    ] {
        wrong(&with_step(&answer(approvals)), code, told);
    }
}

#[test]
fn expressions_say_what_their_operator_cannot_do() {
    steps(&[
        (
            "id: a\nrun: x\nwhen: «count > 'x'»",
            Code::Types,
            "`>` cannot compare them",
        ),
        (
            "id: a\nrun: x\nwhen: «count == 'x'»",
            Code::Types,
            "they are never equal",
        ),
        (
            "id: a\nrun: x\nwhen: '«{{» naem }} > 1'",
            Code::Template,
            "write the names alone",
        ),
        (
            "id: a\nrun: x\ntarget: 'x {{ «token» }}'",
            Code::SecretPlace,
            "can only stand alone in a script",
        ),
    ]);
}
