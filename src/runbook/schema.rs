//! The JSON Schemas of runbooks and their scenarios, for editors.
//!
//! Loading is written by hand over a tree that knows its places; here the same language stands once more as types, whose
//! doc comments are what an editor shows. A test compares every name with what loading asks for. The schema is a little
//! stricter than loading where that helps while typing: a field with nothing behind its colon is marked as unfinished.

mod file;
mod gates;
mod scenarios;
mod steps;
mod words;

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::Value;

/// The first line of a runbook that tells an editor where the schema stands.
pub const HINT: &str = "# yaml-language-server: $schema=";
/// What the schema's file is called beside runbooks.
pub const FILE: &str = "runbook.schema.json";

/// What the schema of scenarios is called beside them.
pub const SCENARIOS_FILE: &str = "scenarios.schema.json";

/// The schema of runbooks as a file: JSON Schema 2020-12, indented, with a last newline.
pub fn text() -> String {
    printed(&schema())
}

/// The schema of scenarios as a file.
pub fn scenarios_text() -> String {
    printed(&scenarios())
}

fn printed(schema: &Value) -> String {
    // Keys and strings alone: printing cannot fail.
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}

/// The schema of runbooks.
pub fn schema() -> Value {
    of::<file::Runbook>()
}

/// The schema of files of scenarios.
pub fn scenarios() -> Value {
    of::<scenarios::File>()
}

fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(without_null))
        .with_transform(RecursiveTransform(as_prose))
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// An optional field is left out, not written as `null`; and a plain reference completes better than a choice.
fn without_null(schema: &mut Schema) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        // The width of Rust's numbers is nobody's business.
        property.remove("format");
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                property.insert("type".to_owned(), only);
            }
        }
        let Some(Value::Array(choices)) = property.get_mut("anyOf") else {
            continue;
        };
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [Value::Object(only)] = choices.as_mut_slice() {
            let only = std::mem::take(only);
            property.remove("anyOf");
            for (name, value) in only {
                property.entry(name).or_insert(value);
            }
        }
    }
}

/// The lines of a doc comment are one text; an empty line parts two.
fn as_prose(schema: &mut Schema) {
    let Some(Value::String(text)) = schema.get_mut("description") else {
        return;
    };
    let paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| paragraph.replace('\n', " "))
        .collect();
    *text = paragraphs.join("\n\n");
}

#[cfg(test)]
mod tests;
