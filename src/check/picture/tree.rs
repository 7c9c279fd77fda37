//! Routes as a tree for the terminal.

use std::collections::HashMap;

use super::{answer_of, lines};
use crate::check::routes::{
    Book, Choice, Cut, Decision, Graph, Limits, Segment, To, condition, explore,
};
use crate::runbook::Runbook;

/// How wide a line may be where it can be broken.
const WIDTH: usize = 100;

/// Every route in the terminal: what is shared stands once, above its branches,
/// and what goes on like something above it is named by those routes.
pub fn tree(runbook: &Runbook, limits: Limits) -> String {
    let book = Book::new(runbook);
    let found = explore(&book, limits);
    let graph = found.graph;
    let kinds = Kinds::of(&book, &graph);
    let mut draw = Tree {
        book: &book,
        graph: &graph,
        kinds: &kinds,
        out: String::new(),
        next: 1,
        drawn: HashMap::new(),
        left: limits.routes,
    };
    draw.line("", &runbook.title);
    draw.segment(&graph.start, "");
    let cut = if draw.left == 0 {
        Some(Cut::Routes)
    } else {
        found.cut
    };
    let shown = draw.next - 1;
    let mut out = draw.out;
    out.push('\n');
    out.push_str(&summary(kinds.routes_of(&graph.start), shown, cut));
    out
}

/// How many routes there are, and whether all are shown.
fn summary(total: u128, shown: u128, cut: Option<Cut>) -> String {
    let many = if total == 1 { "route" } else { "routes" };
    match cut {
        None => format!("{total} {many}\n"),
        Some(Cut::Routes) => format!("{total} {many}; the first {shown} are shown\n"),
        Some(Cut::States) => format!("More routes than can be walked; {shown} are shown\n"),
    }
}

/// Which decisions look and go on alike, whatever was known before them.
struct Kinds {
    /// The kind of each decision, by number.
    of: Vec<usize>,
    /// How many routes go on from each decision.
    routes: Vec<u128>,
}

impl Kinds {
    fn of(book: &Book<'_>, graph: &Graph) -> Self {
        let mut known: HashMap<(Decision, Vec<Branch>), usize> = HashMap::new();
        let of = graph.fold(0, |node, all: &[usize]| {
            let ways = node.ways.iter().map(|way| {
                let next = match way.to {
                    To::Node(next) => Next::Kind(all[next]),
                    To::End => Next::End,
                    To::Cut => Next::Cut,
                };
                (way.choice, lines(book, way), next)
            });
            let number = known.len();
            *known
                .entry((node.decision, ways.collect()))
                .or_insert(number)
        });
        let routes = graph.fold(0u128, |node, all: &[u128]| {
            let ways = node.ways.iter().map(|way| through(way.to, all));
            ways.fold(0, u128::saturating_add)
        });
        Self { of, routes }
    }

    fn routes_of(&self, segment: &Segment) -> u128 {
        through(segment.to, &self.routes)
    }
}

fn through(to: To, routes: &[u128]) -> u128 {
    match to {
        To::Node(next) => routes[next],
        To::End | To::Cut => 1,
    }
}

/// A choice, what is drawn below it, and how it goes on.
type Branch = (Choice, Vec<String>, Next);

#[derive(PartialEq, Eq, Hash)]
enum Next {
    Kind(usize),
    End,
    Cut,
}

struct Tree<'a> {
    book: &'a Book<'a>,
    graph: &'a Graph,
    kinds: &'a Kinds,
    out: String,
    /// The number of the next route.
    next: u128,
    /// The first route of each kind of decision that was drawn.
    drawn: HashMap<usize, u128>,
    /// How many ends may still be drawn.
    left: usize,
}

impl Tree<'_> {
    /// A line; where it is too long it goes on below, further in.
    fn line(&mut self, indent: &str, text: &str) {
        // What a hostile file holds must not steer the terminal.
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect();
        let room = WIDTH.saturating_sub(indent.chars().count()).max(30);
        let mut line = indent.to_owned();
        let mut used = 0;
        for word in text.split(' ') {
            let long = word.chars().count();
            if used > 0 && used + 1 + long > room {
                self.out.push_str(&line);
                self.out.push('\n');
                // Branches become what goes past them.
                line = indent.replace('├', "│").replace(['└', '─'], " ");
                line.push_str("  ");
                used = 2;
            } else if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += long;
        }
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn segment(&mut self, segment: &Segment, indent: &str) {
        for text in lines(self.book, segment) {
            self.line(indent, &text);
        }
        match segment.to {
            To::End => {
                let text = format!("■ R{}", self.next);
                self.line(indent, &text);
                self.next = self.next.saturating_add(1);
                self.left = self.left.saturating_sub(1);
            }
            To::Cut => self.line(indent, "… not walked"),
            To::Node(next) => self.decision(next, indent),
        }
    }

    fn decision(&mut self, number: usize, indent: &str) {
        let node = &self.graph.nodes[number];
        let first = self.next;
        if let Some(like) = self.drawn.get(&self.kinds.of[number]) {
            let many = self.kinds.routes[number];
            let text = format!(
                "■ {}: as {} from here",
                range(first, many),
                range(*like, many)
            );
            self.line(indent, &text);
            self.next = first.saturating_add(many);
            self.left = self.left.saturating_sub(1);
            return;
        }
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
            let label = self.choice(node.decision, way.choice);
            self.line(&format!("{indent}{branch}"), &label);
            self.segment(way, &format!("{indent}{below}"));
        }
        self.drawn.insert(self.kinds.of[number], first);
    }

    /// A choice in words.
    fn choice(&self, decision: Decision, choice: Choice) -> String {
        match (choice, decision) {
            (Choice::Answer(_), Decision::Gate(step)) => format!(
                "{} = {}",
                self.book.steps[step].step.id,
                answer_of(self.book, decision, choice)
            ),
            (Choice::Comes(false), _) => "otherwise".to_owned(),
            _ => format!("if {}", condition(self.book, decision).unwrap_or_default()),
        }
    }
}

/// `R3–R4`.
fn range(first: u128, many: u128) -> String {
    format!("R{first}–R{}", first.saturating_add(many).saturating_sub(1))
}
