//! What holds for any input, however hostile: the fuzz targets and their twins among the tests ask the same.
//! Each panics on what does not hold.

// Each target uses its own half.
#![allow(dead_code)]

use rbconsole::{
    runbook::{load as read, load::decode},
    template::{
        self, Scope, Shell, Type, Value, check_expression, check_plain, check_script, check_text,
        evaluate, evaluate_value, names_in_expression, names_in_text, render_script, render_text,
        type_of_expression,
    },
};

/// A file of these bytes loads or says why not: with places inside it, in words that steer no terminal, and the same
/// each time.
pub fn load(bytes: &[u8]) {
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(finding) => {
            assert!(finding.at.line > 0 && finding.at.offset <= bytes.len());
            harmless(&finding.to_string());
            return;
        }
    };
    let loaded = read(text);
    assert_eq!(loaded.runbook.is_some(), loaded.errors() == 0);
    for finding in &loaded.findings {
        let end = finding.at.offset + finding.at.length;
        assert!(end <= text.len(), "{finding:?} of {}", text.len());
        assert!(text.is_char_boundary(finding.at.offset), "{finding:?}");
        assert!(text.is_char_boundary(end), "{finding:?}");
        harmless(&finding.to_string());
        // Every kind of finding has a code that can be looked up.
        assert!(!finding.message.is_empty());
    }
    harmless(&loaded.render("book.yaml", text, false));
    let again = read(text);
    assert_eq!(
        again.findings, loaded.findings,
        "loading is no game of chance"
    );
}

/// Nothing in it that a terminal would act on.
fn harmless(text: &str) {
    let bad = text.chars().find(|c| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}')
    });
    assert_eq!(bad, None, "{text:?}");
}

/// What can be used in a template here; `v` is the value.
pub fn scope(value: &str) -> Scope {
    let mut scope = Scope::new();
    // NUL never reaches a value: reading one refuses it.
    let text = value.replace('\0', "");
    scope.insert("v", Value::String(text));
    scope.insert("n", Value::Number(7.into()));
    scope.insert("b", Value::Boolean(true));
    scope.insert(
        "secret",
        Value::Secret {
            variable: "TOKEN".to_owned(),
        },
    );
    scope.insert("answers.gate", Value::String("none".to_owned()));
    scope
}

/// What is checked renders, and what renders was checked; a template without sites is the same for every value.
pub fn template(source: &str, value: &str) {
    let values = scope(value);
    let types = values.types();
    let _ = names_in_text(source);
    let _ = names_in_expression(source);
    let _ = check_plain(source);

    let checked = check_text(source, &types);
    let rendered = render_text(source, &values);
    assert!(
        rendered.is_err() || checked.is_ok(),
        "it renders, and the check refuses it: {source:?} {checked:?}"
    );
    if template::is_plain(source) {
        let other = render_text(source, &scope("another value"));
        assert_eq!(rendered.ok(), other.ok(), "no value changes {source:?}");
    }
    for shell in [Shell::Bash, Shell::Sh] {
        let checked = check_script(source, shell, &types);
        let rendered = render_script(source, shell, &values);
        assert!(
            rendered.is_err() || checked.is_ok(),
            "it renders, and the check refuses it: {source:?} {checked:?}"
        );
    }
    let condition = check_expression(source, &types, Type::Boolean);
    let truth = evaluate(source, &values);
    assert!(
        truth.is_err() || condition.is_ok(),
        "it is {truth:?}, and the check refuses it: {source:?} {condition:?}"
    );
    if let (Ok(found), Ok(value)) = (
        type_of_expression(source, &types),
        evaluate_value(source, &values),
    ) {
        assert_eq!(value.type_of(), found, "{source:?} is of another type");
    }
}
