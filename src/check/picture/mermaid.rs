//! Routes as a flowchart.

use std::fmt::Write;

use super::{answer_of, lines};
use crate::check::routes::{
    Book, Choice, Decision, Found, Limits, Segment, To, condition, explore,
};
use crate::runbook::Runbook;

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
