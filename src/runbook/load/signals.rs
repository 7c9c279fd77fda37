//! What is measured during the whole run.

use std::time::Duration;

use super::fields::Reader;
use crate::runbook::{Code, Input, Signal, human, yaml::Node};

/// From one sample to the next, if nothing else is said.
const EVERY: Duration = Duration::from_secs(10);
/// Whoever is asked more often is kept busy by being asked.
const LEAST: Duration = Duration::from_secs(1);

pub fn signals(reader: &mut Reader, node: &Node, inputs: &[Input]) -> Vec<Signal> {
    reader.map(node, |reader, key, node| {
        let name = reader.name(&key.name, key.at);
        if let Some(name) = &name
            && inputs.iter().any(|input| input.name == *name)
        {
            reader.error_hint(
                Code::Twice,
                key.at,
                format!("`{name}` is already an input: `healthy` could mean either"),
                format!("call the signal `{name}_now`"),
            );
        }
        let mut fields = reader.fields(node, "a signal")?;
        let script = fields.need(reader, "run").and_then(|n| reader.text(n));
        let regex = fields.take("regex").and_then(|n| reader.grouped(n));
        let every_node = fields.take("every");
        let every = every_node.and_then(|n| reader.duration(n));
        let unit = fields.take("unit").and_then(|n| reader.string(n));
        let healthy = fields.take("healthy").and_then(|n| reader.expression(n));
        fields.finish(reader);
        if let (Some(every), Some(node)) = (every, every_node)
            && every < LEAST
        {
            reader.error(
                Code::Value,
                node.at,
                format!("a signal is measured every {} at most", human(LEAST)),
            );
        }
        Some(Signal {
            name: name?,
            script: script?,
            regex,
            every: every.unwrap_or(EVERY),
            unit: unit.unwrap_or_default(),
            healthy,
            at: key.at,
        })
    })
}
