//! What people are asked for: the runbook's inputs, and what a manual step records.

use super::fields::{Fields, Reader};
use crate::runbook::{
    Code, Input, OptionsFrom,
    yaml::{Node, Value as Yaml},
};
use crate::template::{Type, Value};

/// The runbook's inputs.
pub fn inputs(reader: &mut Reader, node: &Node) -> Vec<Input> {
    read(reader, node, false)
}

/// What a manual step asks for; it becomes outputs.
pub fn recorded(reader: &mut Reader, node: &Node) -> Vec<Input> {
    read(reader, node, true)
}

fn read(reader: &mut Reader, node: &Node, recorded: bool) -> Vec<Input> {
    reader.map(node, |reader, key, node| {
        let name = reader.name(&key.name, key.at);
        Some(input(
            reader,
            name.unwrap_or_else(|| key.name.clone()),
            node,
            recorded,
        ))
    })
}

/// An input of which nothing but the name is told.
fn bare(name: String) -> Input {
    Input {
        name,
        description: String::new(),
        kind: Type::String,
        default: None,
        pattern: None,
        options: Vec::new(),
        options_from: None,
        env: None,
    }
}

fn input(reader: &mut Reader, name: String, node: &Node, recorded: bool) -> Input {
    if node.value == Yaml::Null {
        return bare(name);
    }
    // What uses the name must not be called wrong because of what stands here.
    let Some(mut fields) = reader.fields(node, "an input") else {
        return bare(name);
    };
    let description = fields.take("description").and_then(|n| reader.string(n));
    let given = fields.take("type").and_then(|n| value_type(reader, n));
    let secret = fields.take("secret").and_then(|n| reader.boolean(n)) == Some(true);
    let kind = match given {
        Some(_) if secret => {
            reader.error_hint(
                Code::Conflict,
                fields.key_at("type"),
                "a secret has no type: it is never shown or compared",
                "remove `type`",
            );
            Type::Secret
        }
        Some(kind) => kind,
        None if secret => Type::Secret,
        None => Type::String,
    };
    let default_node = fields.take("default");
    if let Some(node) = default_node
        && secret
    {
        reader.error_hint(
            Code::SecretInFile,
            node.at,
            "a secret must not stand in the file",
            "remove `default` and name the variable that holds it: `env: NAME`",
        );
    }
    let default = default_node
        .filter(|_| !secret)
        .and_then(|n| value(reader, n, kind));
    let pattern = fields.take("pattern").and_then(|n| reader.pattern(n));
    let options = fields
        .take("options")
        .map(|n| reader.list(n, |r, n| value(r, n, kind)))
        .unwrap_or_default();
    let options_from = options_from(reader, &mut fields, secret);
    let env = fields.take("env").and_then(|n| reader.string(n));
    if recorded {
        only_before_the_run(reader, &fields, secret);
    }
    fields.finish(reader);
    let input = Input {
        name,
        description: description.unwrap_or_default(),
        kind,
        default,
        pattern,
        options,
        options_from,
        env,
    };
    // An empty default means "leave it out" and need not match.
    if let Some(default) = &input.default
        && !default.to_string().is_empty()
        && let Err(message) = input.read(&default.to_string())
    {
        let at = default_node.map_or(node.at, |n| n.at);
        reader.error(
            Code::Value,
            at,
            format!("the default does not fit: {message}"),
        );
    }
    input
}

/// What only an input can be: it is asked for before anything runs.
fn only_before_the_run(reader: &mut Reader, fields: &Fields<'_>, secret: bool) {
    if secret {
        reader.error_hint(
            Code::Conflict,
            fields.key_at("secret"),
            "a secret cannot be recorded: what is recorded is kept with the run",
            "make it an input of the runbook",
        );
    }
    for name in ["options_from", "env"] {
        if fields.has(name) && !(secret && name == "env") {
            reader.error_hint(
                Code::Conflict,
                fields.key_at(name),
                format!("`{name}` fills in what is asked for before the run; this is asked for during it"),
                "remove it, or make this an input of the runbook",
            );
        }
    }
}

/// A script that prints the values to choose from.
fn options_from(reader: &mut Reader, outer: &mut Fields<'_>, secret: bool) -> Option<OptionsFrom> {
    let node = outer.take("options_from")?;
    if secret {
        reader.error_hint(
            Code::Conflict,
            outer.key_at("options_from"),
            "a secret cannot be chosen from a list: its values would be shown",
            "remove `options_from`",
        );
    } else if outer.has("options") {
        reader.error_hint(
            Code::Conflict,
            outer.key_at("options_from"),
            "`options` and `options_from` exclude each other",
            "keep one of them",
        );
    }
    let mut fields = reader.fields(node, "options_from")?;
    let script = fields.need(reader, "run").and_then(|n| reader.text(n));
    let regex = fields.take("regex").and_then(|n| reader.grouped(n));
    fields.finish(reader);
    Some(OptionsFrom {
        script: script?,
        regex,
    })
}

pub fn value_type(reader: &mut Reader, node: &Node) -> Option<Type> {
    reader.word(
        node,
        "a type",
        &[
            ("string", Type::String),
            ("number", Type::Number),
            ("boolean", Type::Boolean),
        ],
    )
}

/// A value of a type, as it stands in the file.
pub fn value(reader: &mut Reader, node: &Node, kind: Type) -> Option<Value> {
    let text = match &node.value {
        Yaml::Bool(value) => value.to_string(),
        _ => reader.string(node)?,
    };
    match Value::parse(&text, kind) {
        Ok(value) => Some(value),
        Err(message) => {
            reader.error(Code::Value, node.at, message);
            None
        }
    }
}
