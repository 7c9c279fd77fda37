use std::time::Instant;

use super::*;
use crate::runbook::load;

/// The routes of a runbook, each as what is decided on it and the steps it takes.
fn routes(body: &str) -> Vec<String> {
    let routes = walk(&book(body), Limits::default());
    assert_eq!(routes.cut, None);
    assert_eq!(routes.total, routes.routes.len() as u128);
    routes.routes.iter().map(shown).collect()
}

fn book(body: &str) -> Runbook {
    let text = format!("version: 1\ntitle: A test\n{body}");
    let loaded = load(&text);
    let findings = loaded.render("test.yaml", &text, false);
    loaded.runbook.expect(&findings)
}

fn shown(route: &Route) -> String {
    let steps: Vec<&str> = route.steps().collect();
    let end = if route.stands_down { " []" } else { "" };
    format!(
        "{} | {}{end}",
        route.decisions().join(", "),
        steps.join(" ")
    )
}

#[test]
fn answers_and_conditions_make_routes() {
    let body = r#"
inputs: { unit: { default: "" } }
phases:
  - id: one
    title: one
    steps:
      - id: ask
        gate:
          answers:
            yes_: { label: Yes }
            no_: { label: No, then: [three] }
            end: { label: Stop, then: [] }
      - { id: rest, run: echo }
  - id: two
    title: two
    when: unit != ""
    steps:
      - { id: reload, run: echo }
      - { id: again, when: unit != "", run: echo }
      - { id: never, when: unit == "", run: echo }
  - id: three
    title: three
    steps:
      - { id: tell, when: answers.ask != "end", run: echo }
"#;
    assert_eq!(
        routes(body),
        [
            "ask=yes_, if unit != \"\" | ask rest reload again tell",
            "ask=yes_, if not (unit != \"\") | ask rest tell",
            "ask=no_ | ask rest tell",
            "ask=end | ask rest []",
        ]
    );
}

#[test]
fn what_cannot_happen_is_left_out() {
    let steps = |whens: &[&str]| {
        let steps: Vec<String> = whens
            .iter()
            .enumerate()
            .map(|(n, when)| format!("      - {{ id: s{n}, when: '{when}', run: echo }}\n"))
            .collect();
        let inputs = "inputs:\n  n: { type: number }\n  b: { type: boolean }\n  t: {}\n  u: {}\n";
        routes(&format!(
            "{inputs}phases:\n  - id: one\n    title: One\n    steps:\n{}",
            steps.concat()
        ))
    };
    assert_eq!(
        steps(&["n > 3", "n > 1", "n <= 1"]),
        [
            "if n > 3 | s0 s1",
            "if not (n > 3), if n > 1 | s1",
            "if not (n > 3), if not (n > 1) | s2",
        ]
    );
    assert_eq!(steps(&["b", "not b", "b or n > 1"]).len(), 3);
    assert_eq!(
        steps(&[r#"t == "x""#, r#"t == "y""#, r#"t != "x""#]).len(),
        3
    );
    assert_eq!(steps(&["t == u", "u == t", "t != u"]).len(), 2);
    assert_eq!(
        steps(&["b and n > 1", "b and n > 1", "n > 1 and b"]).len(),
        3
    );
    assert_eq!(
        steps(&[
            r#"run.kind == "drill""#,
            r#"run.kind == "incident""#,
            r#"run.kind == "rehearsal""#
        ])
        .len(),
        3
    );
}

#[test]
fn a_gate_that_is_not_taken_says_so() {
    let body = r#"
inputs: { b: { type: boolean } }
phases:
  - id: one
    title: one
    steps:
      - id: first
        gate: { answers: { go: { label: Go }, leave: { label: Leave, then: [three] } } }
  - id: two
    title: two
    steps:
      - id: second
        when: b
        gate: { answers: { go: { label: Go }, wait: { label: Wait } } }
  - id: three
    title: three
    steps:
      - { id: nothing, when: answers.second == "not_taken", run: echo }
      - { id: go, when: answers.second == "go", run: echo }
"#;
    assert_eq!(
        routes(body),
        [
            "first=go, if b, second=go | first second go",
            "first=go, if b, second=wait | first second",
            "first=go, if not (b) | first nothing",
            "first=leave | first nothing",
        ]
    );
}

#[test]
fn many_independent_questions_are_walked_once() {
    let gates = |count: usize| -> String {
        let gate = |n: usize| {
            format!(
                "      - id: g{n}\n        gate: {{ answers: {{ a: {{ label: A }}, b: {{ label: B }} }} }}\n      - {{ id: s{n}, when: 'b{n}', run: echo }}\n"
            )
        };
        (0..count).map(gate).collect::<Vec<_>>().concat()
    };
    let inputs: Vec<String> = (0..20)
        .map(|n| format!("  b{n}: {{ type: boolean }}\n"))
        .collect();
    let inputs = inputs.concat();
    let body = format!(
        "inputs:\n{inputs}phases:\n  - id: one\n    title: One\n    steps:\n{}",
        gates(20)
    );
    let begun = Instant::now();
    let found = walk(
        &book(&body),
        Limits {
            routes: 10,
            ..Limits::default()
        },
    );
    assert!(begun.elapsed().as_secs() < 5);
    assert_eq!((found.total, found.cut), (1 << 40, Some(Cut::Routes)));
    assert_eq!(found.graph.nodes.len(), 40);
    assert_eq!(found.routes.len(), 10);

    // Where the end looks at all of them, the bound says so.
    let all: Vec<String> = (0..20).map(|n| format!("answers.g{n} == \"a\"")).collect();
    let body = format!(
        "{body}      - {{ id: last, when: '{}', run: echo }}\n",
        all.join(" and ")
    );
    let begun = Instant::now();
    let found = walk(&book(&body), Limits::default());
    assert!(begun.elapsed().as_secs() < 20);
    assert_eq!(found.cut, Some(Cut::States));
}
