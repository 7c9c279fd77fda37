//! The schema says what loading says.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{HINT, schema, text};
use crate::runbook::{
    library::BUILT_IN,
    load,
    load::asked,
    yaml::{self, Node, Value},
};

/// A file in which every kind of map stands at least once.
const EVERYTHING: &str = include_str!("tests/everything.yaml");
const GUIDE: &str = include_str!("../../../runbooks/README.md");
const CHECKED_IN: &str = include_str!("../../../runbooks/runbook.schema.json");

/// What loading calls a map, and the definition that describes it.
const KINDS: &[(&str, &str)] = &[
    ("a runbook", ""),
    ("requires", "Requires"),
    ("drill", "Drill"),
    ("an input", "Input"),
    ("options_from", "OptionsFrom"),
    ("an environment", "Environment"),
    ("defaults", "Defaults"),
    ("a signal", "Signal"),
    ("a phase", "Phase"),
    ("a step", "Step"),
    ("retry", "Retry"),
    ("poll", "Poll"),
    ("expect", "Expect"),
    ("an output", "Output"),
    ("a fallback", "Fallback"),
    ("a manual step", "Manual"),
    ("an entry of a checklist", "Item"),
    ("a wait", "Wait"),
    ("a gate", "Gate"),
    ("evidence", "Evidence"),
    ("a criterion", "Criterion"),
    ("a suggestion", "Suggestion"),
    ("an answer", "Answer"),
    ("approvals", "Approvals"),
];

fn properties(schema: &Json, definition: &str) -> BTreeSet<String> {
    let object = if definition.is_empty() {
        schema
    } else {
        &schema["$defs"][definition]
    };
    object["properties"]
        .as_object()
        .unwrap_or_else(|| panic!("the schema has no object `{definition}`"))
        .keys()
        .cloned()
        .collect()
}

#[test]
fn the_schema_and_loading_know_the_same_fields() {
    asked::take();
    load(EVERYTHING);
    for found in BUILT_IN {
        load(found.text);
    }
    load(&step("uses: other, with: { service: x }"));
    let asked = asked::take();
    let schema = schema();
    // A step that uses a runbook is read by another function, and is a step all the same.
    let mut asked = asked;
    let uses = asked
        .remove("a step that uses a runbook")
        .expect("one is read");
    asked.entry("a step").or_default().extend(uses);
    for what in asked.keys() {
        assert!(
            KINDS.iter().any(|(known, _)| known == what),
            "no definition is known for {what}: {asked:?}"
        );
    }
    let mut missing = BTreeSet::new();
    for (what, definition) in KINDS {
        let described = properties(&schema, definition);
        let none = BTreeSet::new();
        let asked = asked.get(what).unwrap_or(&none);
        for name in asked {
            assert!(
                described.contains(*name),
                "the schema does not know `{name}` of {what}"
            );
        }
        for name in described {
            if !asked.contains(name.as_str()) {
                missing.insert((*what, name));
            }
        }
    }
    assert!(missing.is_empty(), "loading does not ask for {missing:?}");
}

/// Every object of the schema is closed and one of the kinds above.
#[test]
fn every_object_is_compared() {
    let schema = schema();
    let definitions = schema["$defs"].as_object().expect("definitions");
    for (name, definition) in definitions {
        if definition.get("properties").is_some() {
            assert_eq!(definition["additionalProperties"], false, "{name}");
            assert!(KINDS.iter().any(|(_, known)| known == name), "{name}");
        }
    }
    assert_eq!(schema["additionalProperties"], false);
}

/// An editor shows a description for every field and every word.
#[test]
fn every_field_has_a_description() {
    let schema = schema();
    for (_, definition) in KINDS {
        let object = if definition.is_empty() {
            &schema
        } else {
            &schema["$defs"][definition]
        };
        assert!(object["description"].is_string(), "{definition}");
        for (name, property) in object["properties"].as_object().expect("properties") {
            let description = property["description"].as_str().unwrap_or_default();
            assert!(
                description.ends_with('.') || description.contains(". "),
                "{definition}.{name}: {property}"
            );
        }
    }
}

#[test]
fn the_file_for_editors_is_what_the_program_prints() {
    assert!(
        CHECKED_IN == text(),
        "out of date: rbconsole schema > runbooks/runbook.schema.json"
    );
}

/// A node as JSON; what is empty counts as left out, as loading has it.
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
    let validator = jsonschema::draft202012::new(&schema()).expect("the schema is one");
    validator
        .iter_errors(&json_of(&node))
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn the_schema_is_a_schema() {
    jsonschema::draft202012::meta::validate(&schema()).expect("by the schema of schemas");
}

#[test]
fn what_ships_fits_the_schema() {
    for found in BUILT_IN {
        assert_eq!(faults(found.text), Vec::<String>::new(), "{}", found.name);
    }
    let everything = load(EVERYTHING);
    assert_eq!(
        everything.errors(),
        0,
        "{}",
        everything.render("everything.yaml", EVERYTHING, false)
    );
    assert_eq!(faults(EVERYTHING), Vec::<String>::new());
    let uses = step("uses: other, with: { service: '{{ service }}', count: 3 }");
    assert_eq!(faults(&uses), Vec::<String>::new());
    let mut examples = 0;
    for (number, part) in GUIDE.split("```yaml\n").skip(1).enumerate() {
        let example = part.split("\n```").next().unwrap_or_default();
        assert_eq!(faults(example), Vec::<String>::new(), "example {number}");
        examples += 1;
    }
    assert!(examples >= 5, "{examples}");
}

/// A runbook of one step, as a flow map.
fn step(fields: &str) -> String {
    format!(
        "version: 1\ntitle: T\nphases: [{{ id: p, title: P, steps: [{{ id: s, {fields} }}] }}]\n"
    )
}

/// A runbook with something more at the top.
fn top(fields: &str) -> String {
    format!("{}{fields}\n", step("run: 'true'"))
}

/// None of these fits the schema, and none loads.
fn wrong(table: &[(&str, String)]) {
    for (what, text) in table {
        assert!(!faults(text).is_empty(), "{what} fits:\n{text}");
        assert!(load(text).runbook.is_none(), "{what} loads:\n{text}");
    }
}

#[test]
fn what_is_right_fits() {
    assert_eq!(faults(&step("run: 'true'")), Vec::<String>::new());
    assert_eq!(faults(&top("")), Vec::<String>::new());
}

#[test]
fn wrong_steps_do_not_fit() {
    wrong(&[
        (
            "an unknown field of a step",
            step("run: 'true', tiemout: 5s"),
        ),
        ("no kind", step("title: Nothing")),
        ("two kinds", step("run: 'true', wait: { for: 5s }")),
        ("no version", "title: T\nphases: []\n".to_owned()),
        (
            "another version",
            step("run: 'true'").replace("version: 1", "version: 2"),
        ),
        ("no phases", "version: 1\ntitle: T\nphases: []\n".to_owned()),
        (
            "no steps",
            "version: 1\ntitle: T\nphases: [{ id: p, title: P, steps: [] }]\n".to_owned(),
        ),
        (
            "a wrong id",
            step("run: 'true'").replace("id: s", "id: S-1"),
        ),
        (
            "a word of the template language",
            step("run: 'true'").replace("id: s", "id: answers"),
        ),
        ("no unit", step("run: 'true', timeout: 5")),
        ("a wrong unit", step("run: 'true', timeout: 5 minutes")),
        ("an unknown effect", step("run: 'true', effect: writes")),
        (
            "a destructive step without a target",
            step("run: 'true', effect: destructive"),
        ),
        (
            "a gate with a shell",
            step("shell: sh, gate: { answers: { go: { label: Go } } }"),
        ),
    ]);
}

#[test]
fn wrong_parts_of_steps_do_not_fit() {
    wrong(&[
        ("a gate without answers", step("gate: { answers: {} }")),
        (
            "an answer without a label",
            step("gate: { answers: { go: {} } }"),
        ),
        (
            "an answer named stop",
            step("gate: { answers: { stop: { label: Stop } } }"),
        ),
        (
            "a poll that retries",
            step("run: 'true', poll: { timeout: 1m }, retry: { attempts: 2 }"),
        ),
        (
            "two scripts with one keyboard",
            step("parallel: { a: 'true', b: 'true' }, tty: true"),
        ),
        (
            "too many approvals",
            step("gate: { answers: { go: { label: Go, approvals: { count: 101 } } } }"),
        ),
        (
            "an output with two ways",
            step("run: 'true', outputs: { x: { line: 1, text: true } }"),
        ),
        ("line 0", step("run: 'true', outputs: { x: { line: 0 } }")),
        (
            "no pointer",
            step("run: 'true', outputs: { x: { json: a.b } }"),
        ),
        ("no attempts", step("run: 'true', retry: { attempts: 0 }")),
        (
            "a poll without an end",
            step("run: 'true', poll: { every: 5s }"),
        ),
        ("an empty shell", step("run: 'true', shell: []")),
        ("an unknown shell", step("run: 'true', shell: zsh")),
        ("a wait without a time", step("wait: { until: 'true' }")),
        (
            "a manual step without anything",
            step("manual: { copy: x }"),
        ),
        ("inputs for nobody", step("run: 'true', with: { a: b }")),
        ("no script", step("parallel: {}")),
    ]);
}

#[test]
fn a_wrong_top_does_not_fit() {
    wrong(&[
        ("an unknown field", top("colour: red")),
        (
            "a secret with a default",
            top("inputs: { t: { secret: true, default: x } }"),
        ),
        (
            "a secret with a type",
            top("inputs: { t: { secret: true, type: string } }"),
        ),
        ("an unknown type", top("inputs: { t: { type: integer } }")),
        (
            "an unknown colour",
            top("environments: { e: { color: pink } }"),
        ),
        (
            "yes is no boolean",
            top("environments: { e: { drill: 'yes' } }"),
        ),
        ("a variable with a dash", top("env: { A-B: c }")),
        ("a drill without a time", top("drill: {}")),
        (
            "a signal without a script",
            top("signals: { s: { every: 5s } }"),
        ),
    ]);
}

#[test]
fn the_hint_is_a_comment() {
    assert!(HINT.starts_with('#') && HINT.ends_with("$schema="));
}
