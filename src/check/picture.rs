//! Routes as pictures: a tree for the terminal, a flowchart, JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use super::routes::{
    Book, Choice, Cut, Decision, Event, Found, Graph, Limits, Move, Routes, Segment, To, condition,
    explore, list,
};
use crate::runbook::Runbook;

/// Every route in the terminal: what is shared stands once, above its branches.
pub fn tree(runbook: &Runbook, limits: Limits) -> String {
    let book = Book::new(runbook);
    let found = explore(&book, limits);
    let graph = found.graph.clone();
    let routes = list(&book, found, limits);
    let mut out = format!("{}\n", runbook.title);
    let mut draw = Tree {
        book: &book,
        graph: &graph,
        out: &mut out,
        next: 1,
        left: limits.routes,
    };
    draw.segment(&graph.start, "");
    out.push('\n');
    out.push_str(&summary(&routes));
    out
}

/// How many routes there are, and whether all are shown.
fn summary(routes: &Routes) -> String {
    let many = |count: u128| if count == 1 { "route" } else { "routes" };
    match routes.cut {
        None => format!("{} {}\n", routes.total, many(routes.total)),
        Some(Cut::Routes) => format!(
            "{} routes; the first {} are shown\n",
            routes.total,
            routes.routes.len()
        ),
        Some(Cut::States) => format!(
            "More routes than can be walked; {} are shown\n",
            routes.routes.len()
        ),
    }
}

struct Tree<'a> {
    book: &'a Book<'a>,
    graph: &'a Graph,
    out: &'a mut String,
    next: usize,
    left: usize,
}

impl Tree<'_> {
    fn line(&mut self, indent: &str, text: &str) {
        // What a hostile file holds must not steer the terminal.
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect();
        self.out.push_str(indent.trim_end_matches(' '));
        let blanks = indent.len() - indent.trim_end_matches(' ').len();
        self.out.push_str(&" ".repeat(blanks));
        self.out.push_str(&text);
        self.out.push('\n');
    }

    fn segment(&mut self, segment: &Segment, indent: &str) {
        if self.left == 0 {
            return;
        }
        for text in lines(self.book, segment) {
            self.line(indent, &text);
        }
        match segment.to {
            To::End => {
                let text = format!("■ R{}", self.next);
                self.line(indent, &text);
                self.next += 1;
                self.left -= 1;
            }
            To::Cut => self.line(indent, "… not walked"),
            To::Node(next) => {
                let node = &self.graph.nodes[next];
                for (place, way) in node.ways.iter().enumerate() {
                    if self.left == 0 {
                        return;
                    }
                    let last = place + 1 == node.ways.len();
                    let (branch, below) = if last {
                        ("└─ ", "   ")
                    } else {
                        ("├─ ", "│  ")
                    };
                    let label = choice(self.book, node.decision, way.choice);
                    self.line(&format!("{indent}{branch}"), &label);
                    self.segment(way, &format!("{indent}{below}"));
                }
            }
        }
    }
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

/// A choice in words.
fn choice(book: &Book<'_>, decision: Decision, choice: Choice) -> String {
    let text = condition(book, decision).unwrap_or_default();
    match (choice, decision) {
        (Choice::Answer(number), Decision::Gate(step)) => {
            let info = &book.steps[step];
            let answer = info.gate().and_then(|gate| gate.answers.get(number));
            let name = answer.map_or("", |answer| answer.name.as_str());
            format!("{} = {name}", info.step.id)
        }
        (Choice::Comes(false), _) => format!("if not ({text})"),
        _ => format!("if {text}"),
    }
}

/// A Mermaid flowchart, as GitHub draws it. Ways that go on alike meet again.
pub fn mermaid(runbook: &Runbook, limits: Limits) -> String {
    let book = Book::new(runbook);
    let Found { graph, cut, .. } = explore(&book, limits);
    let mut out = "flowchart TD\n".to_owned();
    let mut draw = Flow {
        book: &book,
        out: &mut out,
        boxes: 0,
    };
    draw.part("start", &graph.start, None);
    for (number, node) in graph.nodes.iter().enumerate() {
        let title = match node.decision {
            Decision::Gate(step) => book.steps[step].step.title.source.clone(),
            other => format!("{}?", condition(&book, other).unwrap_or_default()),
        };
        draw.put(&format!("  d{number}{{{{\"{}\"}}}}\n", label(&title)));
        for way in &node.ways {
            let text = match way.choice {
                Choice::Comes(true) => "yes".to_owned(),
                Choice::Comes(false) => "no".to_owned(),
                other => answer_of(&book, node.decision, other),
            };
            draw.part(&format!("d{number}"), way, Some(&text));
        }
    }
    out.push_str("  start([\"Start\"])\n  done([\"End\"])\n");
    if cut.is_some() {
        out.push_str("  cut[\"… not walked\"]\n");
    }
    out
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

struct Flow<'a> {
    book: &'a Book<'a>,
    out: &'a mut String,
    boxes: usize,
}

impl Flow<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// From a decision over what happens to the next one.
    fn part(&mut self, from: &str, segment: &Segment, text: Option<&str>) {
        let to = match segment.to {
            To::Node(next) => format!("d{next}"),
            To::End => "done".to_owned(),
            To::Cut => "cut".to_owned(),
        };
        let arrow = text.map_or_else(
            || "-->".to_owned(),
            |text| format!("-->|\"{}\"|", label(text)),
        );
        let lines = lines(self.book, segment);
        if lines.is_empty() {
            self.put(&format!("  {from} {arrow} {to}\n"));
            return;
        }
        self.boxes += 1;
        let lines: Vec<String> = lines.iter().map(|line| label(line)).collect();
        let text = lines.join("<br>");
        let name = format!("b{}", self.boxes);
        self.put(&format!(
            "  {from} {arrow} {name}[\"{text}\"]\n  {name} --> {to}\n"
        ));
    }
}

/// A label that Mermaid takes as text, whatever is in it.
fn label(text: &str) -> String {
    const LONGEST: usize = 120;
    let mut out = String::new();
    for c in text.chars().take(LONGEST) {
        match c {
            c if c.is_alphanumeric() || " .,:!?_-+=/()…".contains(c) => out.push(c),
            c if c.is_control() => out.push(' '),
            // Mermaid's own escapes: by number.
            c => {
                // Writing to a text cannot fail.
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

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
│  └─ if not (run.kind == 'drill')
│     ■ R2
└─ ask = leave
   ├─ if run.kind == 'drill'
   │  drop_it!
   │  ■ R3
   └─ if not (run.kind == 'drill')
      ■ R4

4 routes
"
        );
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
