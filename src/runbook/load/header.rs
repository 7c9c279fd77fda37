//! The top level of the file: everything but the steps.

use super::{
    fields::{Fields, Named, Reader},
    steps::{self, Defaults},
};
use crate::runbook::{
    Code,
    model::{Confirm, Environment, Input, Phase, Requires, Role, Runbook},
    yaml::{Node, Value as Yaml},
};
use crate::template::{Type, Types, Value};

pub fn runbook(reader: &mut Reader, root: &Node) -> Option<Runbook> {
    let mut fields = reader.fields(root, "a runbook")?;
    let f = &mut fields;
    version(reader, f);
    let title = f.need(reader, "title").and_then(|n| reader.string(n));
    let description = f.take("description").and_then(|n| reader.string(n));
    let owners = f.take("owners").map(|n| reader.strings(n));
    let tags = f.take("tags").map(|n| reader.strings(n));
    let when_to_use = f.take("when_to_use").map(|n| reader.strings(n));
    let links = f.take("links").map(|n| reader.texts(n));
    let requires = f.take("requires").and_then(|n| requires(reader, n));
    let drill_every = f.take("drill").and_then(|n| {
        let mut fields = reader.fields(n, "drill")?;
        let every = fields
            .need(reader, "every")
            .and_then(|n| reader.duration(n));
        fields.finish(reader);
        every
    });
    let inputs: Vec<Input> = f
        .take("inputs")
        .map(|n| inputs(reader, n))
        .unwrap_or_default();
    let environments = f
        .take("environments")
        .map(|n| environments(reader, n, &inputs))
        .unwrap_or_default();
    let env = f.take("env").map(|n| reader.env(n));
    let defaults = f
        .take("defaults")
        .and_then(|n| steps::defaults(reader, n))
        .unwrap_or_default();
    let phases = f
        .need(reader, "phases")
        .map(|n| (n, reader.list(n, |r, n| phase(r, n, &defaults))));
    fields.finish(reader);
    let (node, phases) = phases?;
    if Reader::is_empty(node) {
        reader.error_hint(
            Code::MissingField,
            node.at,
            "a runbook needs at least one phase",
            "phases: [ { id: assess, title: Assess, steps: [ … ] } ]",
        );
    }
    Some(Runbook {
        title: title.unwrap_or_default(),
        description: description.unwrap_or_default(),
        owners: owners.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        when_to_use: when_to_use.unwrap_or_default(),
        links: links.unwrap_or_default(),
        requires: requires.unwrap_or_default(),
        drill_every,
        inputs,
        environments,
        env: env.unwrap_or_default(),
        signals: Vec::new(),
        phases,
        cleanup: None,
        bindings: Vec::new(),
        used: Vec::new(),
        types: Types::default(),
    })
}

fn version(reader: &mut Reader, fields: &mut Fields<'_>) {
    let Some(node) = fields.need(reader, "version") else {
        return;
    };
    let Some(version) = reader.number::<u32>(node, "the number 1") else {
        return;
    };
    if version != 1 {
        reader.error_hint(
            Code::Version,
            node.at,
            format!("this file is of version {version}; this rbconsole reads version 1"),
            "update rbconsole, or write `version: 1`",
        );
    }
}

fn requires(reader: &mut Reader, node: &Node) -> Option<Requires> {
    let mut fields = reader.fields(node, "requires")?;
    let tools = fields.take("tools").map(|n| reader.strings(n));
    let env = fields.take("env").map(|n| reader.strings(n));
    fields.finish(reader);
    Some(Requires {
        tools: tools.unwrap_or_default(),
        env: env.unwrap_or_default(),
    })
}

/// A map of inputs, at the top level or in a manual step's `record`.
pub fn inputs(reader: &mut Reader, node: &Node) -> Vec<Input> {
    reader.map(node, |reader, key, node| {
        let name = reader.name(&key.name, key.at);
        Some(input(
            reader,
            name.unwrap_or_else(|| key.name.clone()),
            node,
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

fn input(reader: &mut Reader, name: String, node: &Node) -> Input {
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
    let env = fields.take("env").and_then(|n| reader.string(n));
    fields.finish(reader);
    let input = Input {
        name,
        description: description.unwrap_or_default(),
        kind,
        default,
        pattern,
        options,
        options_from: None,
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

fn environments(reader: &mut Reader, node: &Node, inputs: &[Input]) -> Vec<Environment> {
    reader.map(node, |reader, key, node| {
        let mut fields = reader.fields(node, "an environment")?;
        let drill = fields.take("drill").and_then(|n| reader.boolean(n));
        let color = fields.take("color").and_then(|n| {
            const COLORS: &[&str] = &[
                "red", "green", "yellow", "blue", "magenta", "cyan", "white", "gray",
            ];
            let words: Vec<(&str, &str)> = COLORS.iter().map(|&c| (c, c)).collect();
            reader.word(n, "a colour", &words).map(str::to_owned)
        });
        let confirm = fields.take("confirm").and_then(|n| {
            reader.word(
                n,
                "a way to confirm",
                &[("type", Confirm::Type), ("key", Confirm::Key)],
            )
        });
        let values = fields
            .take("inputs")
            .map(|n| environment_inputs(reader, n, inputs))
            .unwrap_or_default();
        let env = fields.take("env").map(|n| reader.env(n));
        fields.finish(reader);
        Some(Environment {
            name: key.name.clone(),
            drill: drill.unwrap_or_default(),
            color,
            confirm: confirm.unwrap_or_default(),
            inputs: values,
            env: env.unwrap_or_default(),
            guard: None,
        })
    })
}

fn environment_inputs(reader: &mut Reader, node: &Node, inputs: &[Input]) -> Vec<(String, Value)> {
    reader.map(node, |reader, key, node| {
        let Some(input) = inputs.iter().find(|input| input.name == key.name) else {
            let names = inputs.iter().map(|input| input.name.as_str());
            let hint = crate::template::similar::closest(&key.name, names).map_or_else(
                || "declare it under `inputs`".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            reader.error_hint(
                Code::UnknownName,
                key.at,
                format!("there is no input `{}`", key.name),
                hint,
            );
            return None;
        };
        if input.kind == Type::Secret {
            reader.error_hint(
                Code::SecretInFile,
                node.at,
                "a secret must not stand in the file",
                "give it by its environment variable",
            );
            return None;
        }
        let value = value(reader, node, input.kind)?;
        if let Err(message) = input.read(&value.to_string()) {
            reader.error(Code::Value, node.at, message);
        }
        Some((key.name.clone(), value))
    })
}

fn phase(reader: &mut Reader, node: &Node, defaults: &Defaults) -> Option<Phase> {
    let mut fields = reader.fields(node, "a phase")?;
    let number = reader.phases;
    reader.phases += 1;
    let id = fields.need(reader, "id").and_then(|n| {
        reader.places.insert(Named::Phase(number), n.at);
        let name = reader.string(n)?;
        reader.id(&name, n.at)
    });
    let title = fields.need(reader, "title").and_then(|n| reader.string(n));
    let role = fields.take("role").and_then(|n| role(reader, n));
    let budget = fields.take("budget").and_then(|n| reader.duration(n));
    let when = fields.take("when").and_then(|n| reader.expression(n));
    let steps_node = fields.need(reader, "steps");
    let steps = steps_node.map(|n| reader.list(n, |r, n| steps::step(r, n, defaults)));
    fields.finish(reader);
    if let Some(node) = steps_node
        && Reader::is_empty(node)
    {
        reader.error(
            Code::MissingField,
            node.at,
            "a phase needs at least one step",
        );
    }
    Some(Phase {
        id: id.unwrap_or_default(),
        title: title.unwrap_or_default(),
        role,
        budget,
        when,
        scope: String::new(),
        steps: steps.unwrap_or_default(),
    })
}

fn role(reader: &mut Reader, node: &Node) -> Option<Role> {
    reader.word(
        node,
        "a role",
        &[
            ("assess", Role::Assess),
            ("stop", Role::Stop),
            ("rollback_app", Role::RollbackApp),
            ("rollback_db", Role::RollbackDb),
            ("verify", Role::Verify),
            ("post", Role::Post),
        ],
    )
}
