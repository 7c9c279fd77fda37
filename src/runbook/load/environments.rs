//! Where a runbook can run.

use std::collections::BTreeMap;

use super::{fields::Reader, inputs};
use crate::runbook::{Code, Confirm, Environment, Input, yaml::Node};
use crate::template::{Type, Value, similar};

pub fn environments(reader: &mut Reader, node: &Node, inputs: &[Input]) -> Vec<Environment> {
    let inputs: BTreeMap<&str, &Input> = inputs
        .iter()
        .map(|input| (input.name.as_str(), input))
        .collect();
    reader.map(node, |reader, key, node| {
        let mut fields = reader.fields(node, "an environment")?;
        let drill = fields.take("drill").and_then(|n| reader.boolean(n)) == Some(true);
        let guard = fields.take("guard").and_then(|n| reader.text(n));
        if drill && !fields.has("guard") {
            reader.warning(
                Code::NoGuard,
                fields.key_at("drill"),
                format!(
                    "nothing proves that `{}` is the place it is taken for, so that no drill will start there",
                    key.name
                ),
                "add a `guard`: a read-only command that succeeds there and nowhere else",
            );
        }
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
            .map(|n| environment_inputs(reader, n, &inputs))
            .unwrap_or_default();
        let env = fields.take("env").map(|n| reader.env(n));
        fields.finish(reader);
        Some(Environment {
            name: key.name.clone(),
            drill,
            color,
            confirm: confirm.unwrap_or_default(),
            inputs: values,
            env: env.unwrap_or_default(),
            guard,
        })
    })
}

fn environment_inputs(
    reader: &mut Reader,
    node: &Node,
    known: &BTreeMap<&str, &Input>,
) -> Vec<(String, Value)> {
    reader.map(node, |reader, key, node| {
        if reader.is_full() {
            return None;
        }
        let Some(input) = known.get(key.name.as_str()) else {
            let names = known.keys().copied();
            let hint = similar::closest(&key.name, names).map_or_else(
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
        let value = inputs::value(reader, node, input.kind)?;
        if let Err(message) = input.read(&value.to_string()) {
            reader.error(Code::Value, node.at, message);
        }
        Some((key.name.clone(), value))
    })
}
