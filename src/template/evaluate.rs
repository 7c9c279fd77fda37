//! Evaluating one expression, by Tera itself.

use std::sync::LazyLock;

use tera::{Context, ErrorKind, Tera};

use super::expression::{self, Expression, Kind};
use super::fault::Fault;
use super::typing::{Checker, Known};
use super::value::{Type, Value, Values, parse_number};

/// The most text, in bytes, that may flow into or out of one rendering.
pub(super) const MOST_OUTPUT: usize = 4 << 20;

/// Holds Tera's filters; nothing is ever added to it.
static TERA: LazyLock<Tera> = LazyLock::new(Tera::default);

/// The text and the type of an expression's value.
///
/// Names and types are checked against the scope first, so an undefined name,
/// a secret or a comparison that can never hold is a fault, not a surprise.
pub(super) fn evaluate(
    source: &str,
    expression: &Expression,
    values: Values<'_>,
) -> Result<(String, Type), Fault> {
    let mut checker = Checker::new(source, Known::Values(values));
    let Some(ty) = checker.type_of(expression) else {
        return Err(first(source, expression, checker.faults));
    };
    let written = &source[expression.span.clone()];
    if let Some(text) = name_alone(source, expression, values)? {
        return Ok((text, ty));
    }
    let text = render(
        source,
        expression,
        values,
        &format!("{{{{ ({written}) }}}}"),
    )?;
    Ok((text, ty))
}

/// The items of a loop, as text, and their type.
pub(super) fn items(
    source: &str,
    items: &Expression,
    values: Values<'_>,
) -> Result<(Vec<String>, Type), Fault> {
    let mut checker = Checker::new(source, Known::Values(values));
    let Some(ty) = checker.type_of_items(items) else {
        return Err(first(source, items, checker.faults));
    };
    if let Kind::List(list) = &items.kind {
        let texts = list
            .iter()
            .map(|item| evaluate(source, item, values).map(|(text, _)| text));
        return Ok((texts.collect::<Result<_, _>>()?, ty));
    }
    // No value contains a NUL, so it can part the items.
    let written = &source[items.span.clone()];
    let template = format!("{{% for item in {written} %}}{{{{ item }}}}\0{{% endfor %}}");
    let text = render(source, items, values, &template)?;
    let parts = text.strip_suffix('\0').unwrap_or(&text);
    Ok((parts.split('\0').map(str::to_owned).collect(), ty))
}

/// An expression's value. A name gives what it stands for, unchanged.
pub(super) fn value(
    source: &str,
    expression: &Expression,
    values: Values<'_>,
) -> Result<Value, Fault> {
    let (text, ty) = evaluate(source, expression, values)?;
    if let Kind::Name(path) = &expression.kind
        && let Some(value) = values.get(path)
    {
        return Ok(value.clone());
    }
    match of_type(text, ty) {
        Some(value) => Ok(value),
        None => Err(Fault::at(
            source,
            &expression.span,
            "the result is not a finite number",
        )),
    }
}

/// Reads what Tera printed back as a value.
pub(super) fn of_type(text: String, ty: Type) -> Option<Value> {
    match ty {
        Type::Number => parse_number(&text).map(Value::Number),
        Type::Boolean => text.parse().ok().map(Value::Boolean),
        Type::String => Some(Value::String(text)),
        Type::Secret => None,
    }
}

fn first(source: &str, expression: &Expression, faults: Vec<Fault>) -> Fault {
    faults
        .into_iter()
        .next()
        .unwrap_or_else(|| Fault::at(source, &expression.span, "this cannot be evaluated"))
}

/// What Tera prints for a name alone, as most sites are: it need not be asked. How it
/// writes a fraction is its own business.
fn name_alone(
    source: &str,
    expression: &Expression,
    values: Values<'_>,
) -> Result<Option<String>, Fault> {
    let Kind::Name(path) = &expression.kind else {
        return Ok(None);
    };
    used(source, expression, values, 0)?;
    Ok(match values.get(path) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Boolean(truth)) => Some(truth.to_string()),
        Some(Value::Number(number)) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    })
}

/// Renders a template made of one expression, with only the names it uses.
fn render(
    source: &str,
    expression: &Expression,
    values: Values<'_>,
    template: &str,
) -> Result<String, Fault> {
    let mut level = serde_json::Map::new();
    for (path, value) in used(source, expression, values, template.len())? {
        put(&mut level, path, value);
    }
    let mut context = Context::new();
    for (name, value) in level {
        context.insert(name, &value);
    }
    // The result is quoted by whoever places it, so Tera must not escape it.
    TERA.render_str(template, &context, false).map_err(|error| {
        let message = match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
                report.message().to_owned()
            }
            other => other.to_string(),
        };
        Fault::at(source, &expression.span, reworded(&message))
    })
}

/// The values that an expression uses, if they may flow through a template.
fn used<'a>(
    source: &str,
    expression: &'a Expression,
    values: Values<'a>,
    mut size: usize,
) -> Result<Vec<(&'a str, &'a Value)>, Fault> {
    let mut names = Vec::new();
    expression::names(expression, &mut names);
    let mut found = Vec::with_capacity(names.len());
    for (path, span) in names {
        let Some(value) = values.get(path) else {
            continue;
        };
        if let Value::String(text) = value {
            size = size.saturating_add(text.len());
            if text.contains('\0') {
                let message = format!("the value of `{path}` contains a NUL character");
                return Err(Fault::at(source, &span, message)
                    .hint("neither a command line nor a variable can carry one"));
            }
        }
        found.push((path, value));
    }
    // Tera builds the result in memory, so the bound stands before it.
    if size > MOST_OUTPUT {
        let message = "the values used here are too long together";
        return Err(Fault::at(source, &expression.span, message).hint(format!(
            "at most {} MiB may flow through a template",
            MOST_OUTPUT >> 20
        )));
    }
    Ok(found)
}

fn reworded(message: &str) -> String {
    if message.contains("Cannot divide by 0") {
        return "this divides by zero".to_owned();
    }
    format!("this cannot be evaluated: {message}")
}

fn put(level: &mut serde_json::Map<String, serde_json::Value>, path: &str, value: &Value) {
    let Some((group, rest)) = path.split_once('.') else {
        let leaf = match value {
            Value::String(text) => serde_json::Value::String(text.clone()),
            Value::Number(number) => serde_json::Value::Number(number.clone()),
            Value::Boolean(truth) => serde_json::Value::Bool(*truth),
            // Never reached by a checked expression; and never a secret's text.
            Value::Secret { .. } => serde_json::Value::Null,
        };
        level.insert(path.to_owned(), leaf);
        return;
    };
    let below = level
        .entry(group.to_owned())
        .or_insert_with(|| serde_json::Value::Object(serde_json::Map::new()));
    if let serde_json::Value::Object(below) = below {
        put(below, rest, value);
    }
}
