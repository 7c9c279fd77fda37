//! The schema of scenarios says what loading says.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{BOOK, File};
use crate::runbook::{
    library::BUILT_IN,
    load,
    load::asked,
    schema::{scenarios, scenarios_text},
    yaml::{self, Node, Value},
};

/// A file in which every kind of map stands at least once; names of the runbook do not matter.
const EVERYTHING: &str = include_str!("schema/everything.test.yaml");
const CHECKED_IN: &str = include_str!("../../../runbooks/scenarios.schema.json");

/// What loading calls a map, and the definition that describes it.
const KINDS: &[(&str, &str)] = &[
    ("a file of scenarios", ""),
    ("defaults", "Defaults"),
    ("a scenario", "Scenario"),
    ("a command's result", "Reply"),
    ("an end", "End"),
    ("an answer", "Answer"),
    ("an operator's act", "WholeAct"),
    ("a step that is left out", "WholeLeftOut"),
    ("a manual step that is done", "WholeDone"),
    ("what is expected", "Expect"),
    ("what is refused", "Refused"),
];

fn definition<'a>(schema: &'a Json, name: &str) -> &'a Json {
    if name.is_empty() {
        schema
    } else {
        &schema["$defs"][name]
    }
}

#[test]
fn the_schema_and_loading_know_the_same_fields() {
    let book = load(BOOK).runbook.expect("the runbook of these tests");
    asked::take();
    let loaded = File::parse(EVERYTHING).expect("it is YAML").load(&book);
    assert!(loaded.scenarios.is_some(), "{:?}", loaded.findings);
    let asked = asked::take();
    let schema = scenarios();
    let kinds: BTreeSet<&str> = KINDS.iter().map(|(what, _)| *what).collect();
    assert_eq!(asked.keys().copied().collect::<BTreeSet<_>>(), kinds);
    for (what, name) in KINDS {
        let definition = definition(&schema, name);
        assert_eq!(definition["additionalProperties"], false, "{what}");
        let described = definition["properties"].as_object().expect("properties");
        let described: BTreeSet<&str> = described.keys().map(String::as_str).collect();
        assert_eq!(described, asked[what], "{what}");
    }
    let definitions = schema["$defs"].as_object().expect("definitions");
    for (name, definition) in definitions {
        let known = KINDS.iter().any(|(_, known)| known == name);
        assert_eq!(definition.get("properties").is_some(), known, "{name}");
    }
}

#[test]
fn every_field_has_a_description() {
    let schema = scenarios();
    for (_, name) in KINDS {
        let object = definition(&schema, name);
        assert!(object["description"].is_string(), "{name}");
        for (field, property) in object["properties"].as_object().expect("properties") {
            let description = property["description"].as_str().unwrap_or_default();
            assert!(description.ends_with('.'), "{name}.{field}: {property}");
        }
    }
}

#[test]
fn the_file_for_editors_is_what_the_program_prints() {
    assert!(
        CHECKED_IN == scenarios_text(),
        "out of date: rbconsole schema --scenarios > runbooks/scenarios.schema.json"
    );
}

fn json_of(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        Value::Text(text) => json!(text),
        Value::List(items) => items.iter().map(json_of).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, item)| (key.name.clone(), json_of(item)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

fn faults(text: &str) -> Vec<String> {
    let (node, _) = yaml::parse(text).expect("the text is YAML");
    let validator = jsonschema::draft202012::new(&scenarios()).expect("the schema is one");
    validator
        .iter_errors(&json_of(&node))
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn what_ships_fits_the_schema() {
    jsonschema::draft202012::meta::validate(&scenarios()).expect("by the schema of schemas");
    assert_eq!(faults(EVERYTHING), Vec::<String>::new());
    for found in BUILT_IN {
        assert_eq!(
            faults(found.scenarios),
            Vec::<String>::new(),
            "{}",
            found.name
        );
    }
}

#[test]
fn what_is_wrong_does_not_fit_and_does_not_load() {
    let book = load(BOOK).runbook.expect("the runbook of these tests");
    let good = "version: 1\nscenarios: [ { name: a, expect: { outcome: open } } ]\n";
    assert_eq!(faults(good), Vec::<String>::new());
    for (from, to) in [
        ("version: 1", "version: 2"),
        ("version: 1", "verison: 1"),
        ("name: a,", ""),
        ("outcome: open", ""),
        ("outcome: open", "outcome: fine"),
        ("outcome: open", "outcome: open, refused: [ { says: x } ]"),
        ("name: a", "name: a, kind: real"),
        ("name: a", "name: a, commands: { measure: { ends: badly } }"),
        ("name: a", "name: a, commands: { measure: [] }"),
        (
            "name: a",
            "name: a, failures: { measure: { skip: x, close: failed } }",
        ),
        ("name: a", "name: a, manual: { tell: doen }"),
        ("name: a", "name: a, skips: { measure: { values: {} } }"),
    ] {
        let text = good.replace(from, to);
        assert!(!faults(&text).is_empty(), "it fits:\n{text}");
        let loaded = File::parse(&text).map(|file| file.load(&book).scenarios);
        assert!(!matches!(loaded, Ok(Some(_))), "it loads:\n{text}");
    }
}
