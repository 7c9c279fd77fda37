//! Expressions: types, results, and precedence as Tera has it.

use proptest::prelude::*;

use super::scope;
use crate::template::expression::{Expression, Kind, parse};
use crate::template::{
    Type, Value, check_expression, evaluate, evaluate_value, names_in_expression,
    type_of_expression,
};

#[test]
fn evaluates() {
    for (source, expected) in [
        ("error_rate > 1", true),
        ("error_rate > 2 * replicas", false),
        ("answers.migrations_ran != \"none\"", false),
        ("steps.deploy.exit == 0 and not ready", false),
        ("not ready or steps.deploy.outcome == 'succeeded'", true),
        ("service in ['api', 'web']", true),
        ("service not in ['api', 'web']", false),
        ("'pi' in service", true),
        ("rate_text | float > 1.4", true),
        ("service | upper == 'API' and (service | length) == 3", true),
        ("error_rate | round == 2", true),
        ("-replicas | abs == 3", true),
        ("1 == 1.0", true),
        ("7 % 4 == 3", true),
        ("'a' < 'b'", true),
        ("ready == true", true),
        ("service ~ 1 == 'api1'", true),
    ] {
        assert_eq!(evaluate(source, &scope()), Ok(expected), "{source}");
        assert_eq!(
            check_expression(source, &scope().types(), Type::Boolean),
            Ok(()),
            "{source}"
        );
    }
}

#[test]
fn gives_values() {
    let value = |source: &str| evaluate_value(source, &scope()).unwrap();
    assert_eq!(value("error_rate"), Value::Number("1.5".parse().unwrap()));
    assert_eq!(value("replicas * 2"), Value::Number(6.into()));
    assert_eq!(value("service ~ '-x'"), Value::String("api-x".into()));
    assert_eq!(value("ready"), Value::Boolean(true));
    assert!(evaluate_value("1e3", &scope()).is_err());
    assert!(evaluate_value("api_token", &scope()).is_err());
    assert!(evaluate("service", &scope()).is_err());
    assert_eq!(
        evaluate("1 / 0 == 1", &scope()).unwrap_err().message,
        "this divides by zero"
    );
    assert_eq!(
        evaluate("1 % (replicas - 3) == 1", &scope())
            .unwrap_err()
            .message,
        "this divides by zero"
    );
    assert!(
        evaluate("nope == 1", &scope())
            .unwrap_err()
            .message
            .contains("not defined")
    );
    assert!(
        evaluate("nope == 1 or ready", &scope())
            .unwrap_err()
            .message
            .contains("not defined")
    );
    assert!(evaluate("service | int == 1", &scope()).is_err());
}

#[test]
fn refuses_what_can_never_hold() {
    let fault = |source: &str| {
        assert!(evaluate(source, &scope()).is_err(), "{source}");
        let faults = check_expression(source, &scope().types(), Type::Boolean).unwrap_err();
        (
            faults[0].message.clone(),
            faults[0].hint.clone().unwrap_or_default(),
        )
    };
    assert_eq!(
        fault("rate_text == 1"),
        (
            "`rate_text` is a string and `1` is a number: they are never equal".to_owned(),
            "declare `type: number` where `rate_text` is made".to_owned()
        )
    );
    for (source, because) in [
        ("1 > rate_text", "`>` cannot compare them"),
        ("ready == 'true'", "never equal"),
        ("service in [1]", "never equal"),
        ("1 in ['a', 1]", "one type"),
        ("ready < true", "no order"),
        ("1 < 2 < 3", "`<` cannot compare them"),
        ("rate_text + 1 == 2", "needs a number"),
        ("service and ready", "needs a boolean"),
        ("not replicas", "needs a boolean"),
        ("-service == 1", "needs a number"),
        ("service | round == 1", "needs a number"),
        ("replicas | upper == 'a'", "needs a string"),
        ("service", "is a string, and a boolean"),
        ("replicas + 1", "is a number, and a boolean"),
        ("service | default(value='x') == 'x'", "no filter"),
        ("error_rate | round(precision=99) == 1", "no such argument"),
        ("api_token == 'x'", "can only stand alone"),
        ("a = 1", "compares nothing"),
        ("ready && ready", "no meaning"),
        ("!ready", "no meaning"),
        ("2 ** 2 == 4", "not supported"),
        ("service is defined", "not supported"),
        ("'a' if ready else 'b'", "not supported"),
        ("now() == 1", "cannot be called"),
        ("service[0] == 'a'", "lists"),
        ("service?.x == 'a'", "no place"),
        ("not not ready", "cannot follow"),
        ("", "missing"),
        ("1 +", "breaks off"),
        ("(1", "breaks off"),
        ("1 2", "no place"),
        ("1 in [1] ~ 1", "applies to a list"),
        ("'a' not in ['a'] | upper == 'A'", "applies to a list"),
        ("99999999999999999999 == 1", "too large"),
    ] {
        let (message, _) = fault(source);
        assert!(message.contains(because), "{source}: {message}");
    }
    assert_eq!(
        type_of_expression("replicas / 2", &scope().types()),
        Ok(Type::Number)
    );
    let found = names_in_expression("steps.deploy.exit == 0 and ready");
    assert_eq!(
        (found[0].path.as_str(), found[1].column),
        ("steps.deploy.exit", 28)
    );
}

/// The expression with every bracket that its tree implies.
fn bracketed(source: &str, e: &Expression) -> String {
    match &e.kind {
        Kind::Text(_) | Kind::Number | Kind::Boolean(_) | Kind::Name(_) => {
            source[e.span.clone()].to_owned()
        }
        Kind::Not(x) => format!("(not {})", bracketed(source, x)),
        Kind::Negative(x) => format!("(-{})", bracketed(source, x)),
        Kind::Binary(o, a, b) => {
            format!(
                "({} {} {})",
                bracketed(source, a),
                o.sign(),
                bracketed(source, b)
            )
        }
        Kind::Filter(x, f) => format!("({} | {})", bracketed(source, x), &source[f.span.clone()]),
        Kind::List(items) => {
            let items: Vec<_> = items.iter().map(|item| bracketed(source, item)).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

/// Any words in any order: most of it is nonsense, and that is the point.
fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "1",
        "2",
        "3.5",
        "'a'",
        "'2'",
        "true",
        "false",
        "a",
        "b",
        "t",
        "s",
        "a",
        "b",
        "t",
        "(",
        ")",
        "+",
        "-",
        "*",
        "/",
        "%",
        "~",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "and",
        "or",
        "not",
        "in",
        "not in",
        "| abs",
        "| round",
        "| upper",
        "| length",
        "| int",
        "['a', 's']",
        "[1, 2]",
        "m.n",
    ])
}

/// Well-formed more often: operands and operators in turn.
fn formed() -> impl Strategy<Value = String> {
    let operand = prop::sample::select(vec![
        "1",
        "2",
        "3.5",
        "'a'",
        "true",
        "a",
        "b",
        "t",
        "s",
        "m.n",
        "-a",
        "not t",
        "a | abs",
        "-b | abs",
        "s | upper",
        "(a",
        "(not t",
        "b)",
        "t)",
        "s | length",
    ]);
    let operator = prop::sample::select(vec![
        "+", "-", "*", "/", "%", "~", "==", "!=", "<", ">=", "and", "or", "in", "not in", "and",
        "or",
    ]);
    (
        operand.clone(),
        prop::collection::vec((operator, operand), 0..7),
    )
        .prop_map(|(first, rest)| {
            rest.into_iter()
                .fold(first.to_owned(), |all, (o, x)| format!("{all} {o} {x}"))
        })
}

fn tera(expression: &str) -> Result<String, String> {
    let mut context = tera::Context::new();
    context.insert("a", &2);
    context.insert("b", &7.5);
    context.insert("t", &true);
    context.insert("s", "a");
    context.insert("m", &serde_json::json!({"n": -3}));
    let template = format!("{{{{ ({expression}) }}}}");
    tera::Tera::default()
        .render_str(&template, &context, false)
        .map_err(|error| match error.kind() {
            tera::ErrorKind::SyntaxError(report) => format!("syntax: {}", report.message()),
            _ => "evaluation".to_owned(),
        })
}

fn same_in_tera(source: &str) -> Result<(), TestCaseError> {
    let Ok(expression) = parse(source) else {
        return Ok(());
    };
    let plain = tera(source);
    prop_assert!(
        !matches!(&plain, Err(error) if error.starts_with("syntax")),
        "{source}: {plain:?}"
    );
    prop_assert_eq!(&plain, &tera(&bracketed(source, &expression)), "{}", source);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_mean_what_tera_means(words in prop::collection::vec(word(), 1..12)) {
        same_in_tera(&words.join(" "))?;
        same_in_tera(&words.concat())?;
    }

    #[test]
    fn formed_means_what_tera_means(source in formed()) {
        same_in_tera(&source)?;
        let opened = source.matches('(').count();
        let closed = source.matches(')').count();
        let balanced = "(".repeat(closed.saturating_sub(opened)) + &source
            + &")".repeat(opened.saturating_sub(closed));
        same_in_tera(&balanced)?;
    }

    #[test]
    fn nothing_panics(source in "\\PC{0,80}") {
        let _ = check_expression(&source, &scope().types(), Type::Boolean);
        let _ = evaluate_value(&source, &scope());
    }
}

#[test]
fn what_the_left_side_decides_needs_no_right_one() {
    // Nothing made `missing`: the step that would have was not taken.
    for (source, expected) in [
        ("error_rate > 1000 and missing > 3", false),
        ("error_rate > 1 or missing > 3", true),
        (
            "(error_rate > 1000 and missing > 3) or service == 'api'",
            true,
        ),
    ] {
        assert_eq!(evaluate(source, &scope()), Ok(expected), "{source}");
    }
    assert!(evaluate("error_rate > 1 and missing > 3", &scope()).is_err());
    assert!(evaluate("missing > 3 or error_rate > 1", &scope()).is_err());
}
