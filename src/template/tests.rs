//! Tests of the room as a whole, through its public functions.

mod expressions;
mod renames;
mod scripts;
mod texts;

use super::{Scope, Value};

/// A scope with one of everything.
fn scope() -> Scope {
    let mut scope = Scope::new();
    let text = |text: &str| Value::String(text.to_owned());
    let number = |text: &str| Value::Number(text.parse().unwrap());
    scope.insert("service", text("api"));
    scope.insert("v", text("it's $(echo PWNED) \"x\" !"));
    scope.insert("empty", text(""));
    scope.insert("hosts", text("a b,c"));
    scope.insert("error_rate", number("1.5"));
    scope.insert("replicas", number("3"));
    scope.insert("rate_text", text("1.5"));
    scope.insert("ready", Value::Boolean(true));
    scope.insert("answers.migrations_ran", text("none"));
    scope.insert("steps.deploy.exit", number("0"));
    scope.insert("steps.deploy.outcome", text("succeeded"));
    scope.insert("run.kind", text("incident"));
    scope.insert(
        "api_token",
        Value::Secret {
            variable: "PAYMENTS_TOKEN".to_owned(),
        },
    );
    scope
}
