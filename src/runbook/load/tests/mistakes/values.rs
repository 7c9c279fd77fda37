//! Values, outputs and expressions that do not fit.

use super::{assert_one, assert_step, header, load, with_step};

#[test]
fn values_that_do_not_fit() {
    for (lines, expected) in [
        (
            "drill: { every: 5 }",
            "3:17: `5` has no unit: write `5s` for seconds",
        ),
        (
            "drill: { every: soon }",
            "3:17: `soon` is not a duration: write 500ms, 90s, 2m, 1h30m or 30d",
        ),
        (
            "inputs: { a: { pattern: '(' } }",
            "3:25: this regular expression does not compile: unclosed group",
        ),
        (
            "inputs: { a: { type: number, default: x } }",
            "3:39: `x` is not a number",
        ),
        (
            "inputs: { a: { pattern: '^b$', default: c } }",
            "3:41: the default does not fit: a must match ^b$",
        ),
        (
            "inputs: { a: { options: [ b ], default: c } }",
            "3:41: the default does not fit: a must be one of b",
        ),
        (
            "inputs: { a: { type: text } }",
            "3:22: `text` is not a type (one of: string, number, boolean)",
        ),
        (
            "inputs: { a: { type: nubmer } }",
            "3:22: `nubmer` is not a type (did you mean `number`?)",
        ),
        (
            "inputs: { a: { secret: true, default: hunter2 } }",
            "3:39: a secret must not stand in the file (remove `default` and name the variable that holds it: `env: NAME`)",
        ),
        (
            "inputs: { a: { secret: true } }\nenvironments: { e: { inputs: { a: hunter2 } } }",
            "4:35: a secret must not stand in the file (give it by its environment variable)",
        ),
        (
            "inputs: { abc: {} }\nenvironments: { e: { inputs: { abd: x } } }",
            "4:32: there is no input `abd` (did you mean `abc`?)",
        ),
        (
            "defaults: { shell: zsh }",
            "3:20: `zsh` is not a shell (did you mean `sh`?)",
        ),
        (
            "defaults: { shell: [] }",
            "3:20: a shell needs at least the program's name",
        ),
    ] {
        assert_one(&header(lines), expected);
    }
    assert_step(
        "id: a\nrun: x\nretry: { attempts: 0 }",
        3,
        20,
        "`attempts` counts the first one too: from 1 to 100",
    );
    assert_step(
        "id: a\nrun: x\nexpect: { stdout: '[' }",
        3,
        19,
        "this regular expression does not compile: unclosed character class",
    );
}

#[test]
fn outputs() {
    for (output, column, message) in [
        (
            "{ regex: 'a' }",
            15,
            "this regular expression has no group: nothing says which part is the value (put the part in parentheses: 'error_rate ([\\d.]+)')",
        ),
        (
            "{ regex: '(' }",
            15,
            "this regular expression does not compile: unclosed group",
        ),
        (
            "{ json: a.b }",
            14,
            "a JSON pointer starts with `/` (json: /a/b)",
        ),
        ("{ line: 0 }", 14, "lines count from 1; -1 is the last"),
        (
            "{ line: 1, text: true }",
            3,
            "the output `o` is found in more than one way (keep one of `regex`, `json`, `line`, `text: true`; without any, the script writes NAME=value into the file that $RBCONSOLE_OUTPUT names)",
        ),
    ] {
        // The name is made all the same: its use elsewhere is no second mistake.
        let step = format!("id: a\nrun: x\ntitle: '{{{{ o }}}}'\noutputs:\n  o: {output}");
        assert_step(&step, 5, column, message);
    }
}

#[test]
fn names_and_types_in_expressions() {
    for (expression, column, message) in [
        (
            "cuont > 1",
            1,
            "`cuont` is not defined (did you mean `count`?)",
        ),
        (
            "1 < cuont",
            5,
            "`cuont` is not defined (did you mean `count`?)",
        ),
        (
            "answers.x == 'y'",
            1,
            "`answers.x` is not defined (a name is made by an input or an output of an earlier step)",
        ),
    ] {
        assert_step(
            &format!("id: a\nrun: x\nwhen: {expression}"),
            3,
            6 + column,
            message,
        );
    }
    for (expression, told) in [
        ("name > 1", "string"),
        ("count == 'x'", "string"),
        ("name", "this is a string, and a boolean is needed"),
        ("count +", ""),
        ("token == 'x'", "secret"),
    ] {
        let loaded = load(&with_step(&format!("id: a\nrun: x\nwhen: {expression}")));
        let [finding] = &loaded.findings[..] else {
            panic!("{expression}: {:?}", loaded.findings)
        };
        assert_eq!(finding.at.line, 13, "{expression}: {finding}");
        assert!(finding.at.column >= 13, "{expression}: {finding}");
        assert!(finding.message.contains(told), "{expression}: {finding}");
    }
}
