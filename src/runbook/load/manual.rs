//! Something a person does.

use super::{
    fields::{Named, Reader},
    inputs, steps,
};
use crate::runbook::{
    Code, Duty, Item, Manual,
    yaml::{Node, Value as Yaml},
};

pub fn manual(reader: &mut Reader, node: &Node) -> Option<Manual> {
    let mut fields = reader.fields(node, "a manual step")?;
    let instructions = fields.take("instructions").and_then(|n| reader.text(n));
    let checklist = fields.take("checklist").map(|n| reader.list(n, item));
    let record = fields.take("record").map(|n| {
        if let Yaml::Map(entries) = &n.value {
            for (key, _) in entries {
                let (step, name) = (reader.step, key.name.clone());
                reader.places.insert(Named::Made { step, name }, key.at);
            }
        }
        inputs::recorded(reader, n)
    });
    let copy = fields.take("copy").and_then(|n| reader.text(n));
    let headless = fields.take("headless").and_then(|n| {
        reader.word(
            n,
            "a rule for headless runs",
            &[("stop", false), ("skip", true)],
        )
    });
    let place = fields.place();
    fields.finish(reader);
    if instructions.is_none() && checklist.as_ref().is_none_or(Vec::is_empty) {
        reader.error(
            Code::MissingField,
            place,
            "a manual step needs `instructions` or a `checklist`",
        );
    }
    Some(Manual {
        instructions: instructions.unwrap_or_default(),
        checklist: checklist.unwrap_or_default(),
        record: record.unwrap_or_default(),
        copy,
        headless_skip: headless.unwrap_or_default(),
    })
}

/// An entry of a checklist: a text, or the fields of one.
fn item(reader: &mut Reader, node: &Node) -> Option<Item> {
    if !matches!(node.value, Yaml::Map(_)) {
        return Some(Item {
            text: reader.text(node)?,
            duty: Duty::default(),
        });
    }
    let mut fields = reader.fields(node, "an entry of a checklist")?;
    let text = fields.need(reader, "text").and_then(|n| reader.text(n));
    let duty = steps::duty(reader, &mut fields);
    fields.finish(reader);
    Some(Item { text: text?, duty })
}
