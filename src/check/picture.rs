//! Routes as pictures: a tree for the terminal, a flowchart, JSON.

mod mermaid;
mod tree;

use serde_json::{Value, json};

use super::routes::{Book, Choice, Cut, Decision, Event, Limits, Move, Segment};
use crate::runbook::Runbook;
pub use mermaid::mermaid;
pub use tree::tree;

/// Every route as data.
pub fn json(runbook: &Runbook, limits: Limits) -> String {
    let routes = super::routes::walk(runbook, limits);
    let all: Vec<Value> = routes
        .routes
        .iter()
        .map(|route| {
            json!({
                "name": route.name(),
                "decisions": route.decisions(),
                "answers": route.answers(),
                "stands_down": route.stands_down,
                "phases": route.phases().collect::<Vec<_>>(),
                "steps": route.steps().collect::<Vec<_>>(),
                "not_taken": route.moves.iter().filter_map(|step| match step {
                    Move::StepNotTaken { step, .. } => Some(step.as_str()),
                    Move::PhaseNotTaken { phase, .. } => Some(phase.as_str()),
                    _ => None,
                }).collect::<Vec<_>>(),
            })
        })
        .collect();
    let cut = match routes.cut {
        None => Value::Null,
        Some(Cut::Routes) => "routes".into(),
        Some(Cut::States) => "states".into(),
    };
    // Beyond what JSON's readers count exactly, a text.
    let total = u64::try_from(routes.total)
        .ok()
        .filter(|total| *total < 1 << 53)
        .map_or_else(|| Value::String(routes.total.to_string()), Value::from);
    let value = json!({ "title": runbook.title, "total": total, "cut": cut, "routes": all });
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    format!("{text}\n")
}

/// What happens on a segment, a phase a line.
fn lines(book: &Book<'_>, segment: &Segment) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for event in &segment.events {
        match *event {
            Event::Phase(phase) => lines.push(format!("{}:", book.phases[phase].phase.id)),
            Event::PhaseNotTaken(phase) => {
                lines.push(format!("({} is not taken)", book.phases[phase].phase.id));
            }
            Event::Step(step) => {
                let info = &book.steps[step];
                let mark = if info.is_destructive() { "!" } else { "" };
                let sign = if info.gate().is_some() { "?" } else { mark };
                let text = format!("{}{sign}", info.step.id);
                match lines.last_mut() {
                    Some(line) if !line.starts_with('(') => {
                        line.push(' ');
                        line.push_str(&text);
                    }
                    _ => lines.push(text),
                }
            }
            Event::StepNotTaken(_) | Event::Answer(..) => {}
        }
    }
    lines
}

fn answer_of(book: &Book<'_>, decision: Decision, choice: Choice) -> String {
    match (decision, choice) {
        (Decision::Gate(step), Choice::Answer(number)) => book.steps[step]
            .gate()
            .and_then(|gate| gate.answers.get(number))
            .map_or_else(String::new, |answer| answer.name.clone()),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::load;

    fn book() -> Runbook {
        let text = "version: 1
title: A
phases:
  - id: one
    title: One
    steps:
      - id: ask
        title: 'Really \"now\"; end]] --> x <b>?'
        gate: { answers: { go: { label: Go }, leave: { label: Leave, then: [] } } }
      - { id: drop_it, effect: destructive, target: db, when: run.kind == 'drill', run: echo }
";
        load(text).runbook.unwrap()
    }

    #[test]
    fn a_tree_shares_what_is_the_same() {
        assert_eq!(
            tree(&book(), Limits::default()),
            "A
one: ask?
├─ ask = go
│  ├─ if run.kind == 'drill'
│  │  drop_it!
│  │  ■ R1
│  └─ otherwise
│     ■ R2
└─ ask = leave
   ■ R3–R4: as R1–R2 from here

4 routes
"
        );
    }

    #[test]
    fn a_tree_of_very_many_routes_is_short_and_names_all() {
        let inputs: Vec<String> = (0..20)
            .map(|n| format!("  b{n}: {{ type: boolean }}\n"))
            .collect();
        let steps: Vec<String> = (0..20)
            .map(|n| format!("      - {{ id: s{n}, when: b{n}, effect: read, run: echo }}\n"))
            .collect();
        let text = format!(
            "version: 1\ntitle: A\ninputs:\n{}phases:\n  - id: one\n    title: One\n    steps:\n{}",
            inputs.concat(),
            steps.concat()
        );
        let drawn = tree(&load(&text).runbook.unwrap(), Limits::default());
        assert!(drawn.lines().count() < 120, "{drawn}");
        assert!(
            drawn.contains("■ R524289–R1048576: as R1–R524288 from here"),
            "{drawn}"
        );
        assert!(drawn.ends_with("\n\n1048576 routes\n"), "{drawn}");
    }

    #[test]
    fn a_long_line_goes_on_below() {
        let steps: Vec<String> = (0..40)
            .map(|n| format!("      - {{ id: step_{n}, effect: read, run: echo }}\n"))
            .collect();
        let text = format!(
            "version: 1\ntitle: A\nphases:\n  - id: one\n    title: One\n    steps:\n{}",
            steps.concat()
        );
        let drawn = tree(&load(&text).runbook.unwrap(), Limits::default());
        assert!(
            drawn.lines().all(|line| line.chars().count() <= 100),
            "{drawn}"
        );
        assert!(drawn.contains("\n  step_"), "{drawn}");
    }

    #[test]
    fn a_label_is_never_syntax() {
        let chart = mermaid(&book(), Limits::default());
        assert!(chart.starts_with("flowchart TD\n"));
        assert!(
            chart.contains("Really #34;now#34;#59; end#93;#93; --#62; x #60;b#62;?"),
            "{chart}"
        );
        for line in chart.lines().skip(1) {
            assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        }
    }

    #[test]
    fn data_has_every_route() {
        let value: Value = serde_json::from_str(&json(&book(), Limits::default())).unwrap();
        assert_eq!(value["total"], 4);
        assert_eq!(value["routes"][2]["name"], "R3");
        assert_eq!(value["routes"][2]["answers"]["ask"], "leave");
        assert_eq!(value["routes"][2]["stands_down"], true);
    }
}
