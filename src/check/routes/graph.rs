//! Every way through a runbook as a graph without circles: decisions, and what
//! happens between them. Ways that go on alike share what follows.

use super::bits::Bits;

/// Phases and steps by their number in the file, the cleanup's last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// A phase is entered.
    Phase(usize),
    /// A phase's condition is false.
    PhaseNotTaken(usize),
    /// It is a step's turn.
    Step(usize),
    /// A step's condition is false.
    StepNotTaken(usize),
    /// A gate gets this answer.
    Answer(usize, usize),
}

/// Something that can come out in more than one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// A phase's condition.
    Phase(usize),
    /// A step's condition.
    Step(usize),
    /// A gate.
    Gate(usize),
}

/// What a decision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Nothing was decided yet.
    Start,
    /// What a condition came to.
    Comes(bool),
    /// The answer of a gate, by number.
    Answer(usize),
}

/// From a choice to the next decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The choice.
    pub choice: Choice,
    /// What happens.
    pub events: Vec<Event>,
    /// Where it leads.
    pub to: To,
}

/// Where a segment leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum To {
    /// To a decision.
    Node(usize),
    /// The run closes.
    End,
    /// Not walked: there is too much.
    Cut,
}

/// A decision and what follows from each choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What is decided.
    pub decision: Decision,
    /// In the order of the file; true before false.
    pub ways: Vec<Segment>,
    /// The shortest way here: the decision before and its choice.
    pub from: Option<(usize, usize)>,
}

/// Every way through a runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// How all begins.
    pub start: Segment,
    /// The decisions.
    pub nodes: Vec<Node>,
}

impl Default for Graph {
    fn default() -> Self {
        Self {
            start: Segment {
                choice: Choice::Start,
                events: Vec::new(),
                to: To::End,
            },
            nodes: Vec::new(),
        }
    }
}

impl Graph {
    /// The segments from the start to a way out of a node, shortest.
    pub fn path(&self, mut way: Option<(usize, usize)>) -> Vec<(Option<Decision>, &Segment)> {
        let mut path = Vec::new();
        while let Some((number, choice)) = way {
            let Some(node) = self.nodes.get(number) else {
                break;
            };
            if let Some(segment) = node.ways.get(choice) {
                path.push((Some(node.decision), segment));
            }
            way = node.from;
        }
        path.push((None, &self.start));
        path.reverse();
        path
    }

    /// Every segment, with the node it leaves.
    pub fn segments(&self) -> impl Iterator<Item = (Option<(usize, usize)>, &Segment)> {
        let ways = self.nodes.iter().enumerate().flat_map(|(number, node)| {
            node.ways
                .iter()
                .enumerate()
                .map(move |(choice, segment)| (Some((number, choice)), segment))
        });
        std::iter::once((None, &self.start)).chain(ways)
    }

    /// The nodes so that each stands behind all that follow from it.
    pub fn last_first(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut begun = vec![false; self.nodes.len()];
        let To::Node(first) = self.start.to else {
            return order;
        };
        // The way out of a node that is followed next.
        let mut open = vec![(first, 0)];
        begun[first] = true;
        while let Some((node, way)) = open.last_mut() {
            let node = *node;
            if let Some(segment) = self.nodes[node].ways.get(*way) {
                *way += 1;
                if let To::Node(next) = segment.to
                    && !begun[next]
                {
                    begun[next] = true;
                    open.push((next, 0));
                }
            } else {
                open.pop();
                order.push(node);
            }
        }
        order
    }

    /// What each node comes to, from what its ways come to: last first.
    pub fn fold<T: Clone>(&self, nothing: T, mut join: impl FnMut(&Node, &[T]) -> T) -> Vec<T> {
        let mut all = vec![nothing; self.nodes.len()];
        for number in self.last_first() {
            all[number] = join(&self.nodes[number], &all);
        }
        all
    }

    /// How many ways there are from the start to an end.
    pub fn count(&self) -> u128 {
        let through = |to: To, all: &[u128]| match to {
            To::Node(next) => all[next],
            To::End | To::Cut => 1,
        };
        let all = self.fold(0u128, |node, all| {
            node.ways.iter().fold(0u128, |sum, segment| {
                sum.saturating_add(through(segment.to, all))
            })
        });
        through(self.start.to, &all)
    }

    /// The phases that can be entered from each node on.
    pub fn phases_ahead(&self) -> Vec<Bits> {
        self.fold(Bits::default(), |node, all| {
            let mut phases = Bits::default();
            for segment in &node.ways {
                phases.add(&entered(segment));
                if let To::Node(next) = segment.to {
                    phases.add(&all[next]);
                }
            }
            phases
        })
    }
}

/// The phases that a segment enters.
pub fn entered(segment: &Segment) -> Bits {
    let phases = segment.events.iter().filter_map(|event| match event {
        Event::Phase(phase) => Some(*phase),
        _ => None,
    });
    phases.collect()
}
