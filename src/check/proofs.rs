//! What holds on every route, and the shortest route on which it does not.

use super::{
    file::File,
    routes::{Bits, Book, Cut, Event, Found, Graph, Node, Segment, Site, To, Use, Way, entered},
};
use crate::runbook::{Code, Diagnostic, diagnostic::Span};

/// Everything that is wrong on some route.
pub fn findings(file: &File<'_>, book: &Book<'_>, found: &Found) -> Vec<Diagnostic> {
    let proofs = Proofs { file, book, found };
    let mut all = proofs.missing();
    all.extend(proofs.ungated());
    all.extend(proofs.unverified());
    // What was not walked may still be reached, or come out otherwise.
    if found.cut == Some(Cut::States) {
        all.push(
            Diagnostic::warning(
                Span::default(),
                "this runbook has more routes than can be walked: what is said about them holds for those that were",
            )
            .code(Code::Bound)
            .hint("conditions that look at many answers at once multiply; split the runbook, or ask fewer questions"),
        );
    } else {
        all.extend(proofs.unreachable());
        all.extend(proofs.constant());
        all.extend(proofs.nowhere());
    }
    all
}

struct Proofs<'a> {
    file: &'a File<'a>,
    book: &'a Book<'a>,
    found: &'a Found,
}

impl Proofs<'_> {
    /// A route in words, up to a place in it.
    fn witness(&self, way: Way) -> String {
        let decided = self.decided(self.found.graph.path(way));
        if decided.is_empty() {
            "every route".to_owned()
        } else {
            format!("the route {}", decided.join(", "))
        }
    }

    fn decided(&self, path: Vec<(Option<super::routes::Decision>, &Segment)>) -> Vec<String> {
        path.into_iter()
            .filter_map(|(decision, segment)| super::routes::decided(self.book, decision?, segment))
            .collect()
    }

    fn missing(&self) -> Vec<Diagnostic> {
        let mut sites: Vec<(&Site, &Way)> = self.found.missing.iter().collect();
        sites.sort();
        // A table of criteria names the same thing often: once a step is enough.
        let mut said = std::collections::HashSet::new();
        sites
            .into_iter()
            .filter_map(|(site, way)| {
                let (name, used, phase) = self.used(*site)?;
                let owner = match *site {
                    Site::PhaseWhen(phase, _) => (Some(phase), None),
                    Site::StepWhen(step, _) | Site::Before(step, _) | Site::After(step, _) => {
                        (None, Some(step))
                    }
                };
                if !said.insert((owner, name)) {
                    return None;
                }
                let info = &self.book.names[name];
                let maker = match info.origin {
                    super::routes::Origin::Step(step) | super::routes::Origin::Fate(step) => {
                        Some(self.book.steps[step].step.id.as_str())
                    }
                    _ => None,
                };
                let message = format!(
                    "`{}` is used here before it is made on {}",
                    used.path,
                    self.witness(*way)
                );
                let hint = match maker {
                    Some(maker) => format!(
                        "`{maker}` makes it; let this be taken only where that was, or move `{maker}` before it"
                    ),
                    None => "it stands for names that are not made yet".to_owned(),
                };
                let at = self
                    .file
                    .within(self.scope(phase), used.at, used.text, used.bytes.clone());
                Some(Diagnostic::error(at, message).code(Code::NotMade).hint(hint))
            })
            .collect()
    }

    /// The name at a site, and the phase that it stands in.
    fn used(&self, site: Site) -> Option<(usize, &Use<'_>, usize)> {
        let (entry, phase) = match site {
            Site::PhaseWhen(phase, n) => {
                (self.book.phases[phase].when.as_ref()?.names.get(n)?, phase)
            }
            Site::StepWhen(step, n) => {
                let info = &self.book.steps[step];
                (info.when.as_ref()?.names.get(n)?, info.phase)
            }
            Site::Before(step, n) => {
                let info = &self.book.steps[step];
                (info.before.get(n)?, info.phase)
            }
            Site::After(step, n) => {
                let info = &self.book.steps[step];
                (info.after.get(n)?, info.phase)
            }
        };
        Some((entry.0, &entry.1, phase))
    }

    fn step_at(&self, step: usize) -> Span {
        let info = &self.book.steps[step];
        info.step.at
    }

    fn scope(&self, phase: usize) -> &str {
        &self.book.phases[phase].phase.scope
    }

    fn ungated(&self) -> Vec<Diagnostic> {
        let mut steps: Vec<(&usize, &Way)> = self.found.ungated.iter().collect();
        steps.sort();
        steps
            .into_iter()
            .map(|(step, way)| {
                let message = format!(
                    "no gate stands before {} on {}",
                    self.destroyer(*step),
                    self.witness(*way)
                );
                Diagnostic::warning(self.step_at(*step), message)
                    .code(Code::NoGate)
                    .hint("ask for the decision first: a `gate` whose answers say what it costs")
            })
            .collect()
    }

    /// Destructive steps that a route ends after without looking.
    fn unverified(&self) -> Vec<Diagnostic> {
        let graph = &self.found.graph;
        // A way from each node to the end on which nothing verifies, if there is one.
        let unseen: Vec<Option<usize>> = graph.fold(None, |node: &Node, all| {
            node.ways
                .iter()
                .position(|segment| !self.verifies(&segment.events) && ends(segment, all))
        });
        let mut reported = Bits::default();
        let mut findings = Vec::new();
        for (way, segment) in graph.segments() {
            for (place, event) in segment.events.iter().enumerate() {
                let Event::Step(step) = event else { continue };
                if !self.book.steps[*step].can_destroy()
                    || reported.has(*step)
                    || self.verifies(&segment.events[place + 1..])
                    || !ends(segment, &unseen)
                {
                    continue;
                }
                reported.insert(*step);
                let message = format!(
                    "nothing verifies {} after it on {}",
                    self.destroyer(*step),
                    self.unverified_route(graph, way, &unseen)
                );
                findings.push(
                    Diagnostic::warning(self.step_at(*step), message)
                        .code(Code::NoVerify)
                        .hint(
                            "let a read step with `expect` or `outputs`, a `poll`, or a phase of `role: verify` follow on every route",
                        ),
                );
            }
        }
        findings
    }

    fn destroyer(&self, step: usize) -> String {
        let info = &self.book.steps[step];
        let id = &info.step.id;
        if info.is_destructive() {
            format!("the destructive step `{id}`")
        } else {
            format!("the step `{id}`, which has a destructive fallback,")
        }
    }

    fn verifies(&self, events: &[Event]) -> bool {
        events
            .iter()
            .any(|event| matches!(event, Event::Step(step) if self.book.steps[*step].verifies))
    }

    fn unverified_route(&self, graph: &Graph, way: Way, unseen: &[Option<usize>]) -> String {
        let mut path = graph.path(way);
        let mut to = path.last().map_or(To::End, |(_, segment)| segment.to);
        while let To::Node(next) = to {
            let node = &graph.nodes[next];
            let Some(segment) = unseen[next].and_then(|way| node.ways.get(way)) else {
                break;
            };
            path.push((Some(node.decision), segment));
            to = segment.to;
        }
        let decided = self.decided(path);
        if decided.is_empty() {
            "every route".to_owned()
        } else {
            format!("the route {}", decided.join(", "))
        }
    }

    fn unreachable(&self) -> Vec<Diagnostic> {
        let mut phases = Bits::default();
        let mut steps = Bits::default();
        for (_, segment) in self.found.graph.segments() {
            for event in &segment.events {
                match event {
                    Event::Phase(phase) => phases.insert(*phase),
                    Event::Step(step) => steps.insert(*step),
                    _ => {}
                }
            }
        }
        let mut findings = Vec::new();
        for (number, info) in self.book.phases.iter().enumerate() {
            if !phases.has(number) {
                let written = || {
                    let own = info.phase.scope.is_empty() && !info.phase.continues;
                    own.then(|| self.file.phase(&info.phase.id)).flatten()
                };
                let at = match (&info.when, info.steps.clone().next()) {
                    (Some(when), _) if self.found.phases[number].constant().is_some() => {
                        when.expression.at
                    }
                    (_, Some(step)) => written().unwrap_or_else(|| self.step_at(step)),
                    _ => written().unwrap_or_default(),
                };
                findings.push(
                    Diagnostic::warning(
                        at,
                        format!("no route reaches the phase `{}`", info.phase.id),
                    )
                    .code(Code::UnreachablePhase)
                    .hint("name it in an answer's `then`, mend its `when`, or remove it"),
                );
                continue;
            }
            for step in info.steps.clone().filter(|step| !steps.has(*step)) {
                findings.push(
                    Diagnostic::warning(
                        self.step_at(step),
                        format!(
                            "no route takes the step `{}`",
                            self.book.steps[step].step.id
                        ),
                    )
                    .code(Code::UnreachableStep)
                    .hint("its `when` is false on every route that comes here: mend it, or remove the step"),
                );
            }
        }
        findings
    }

    fn constant(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        // What is false on every route is unreachable, which was said.
        for (number, info) in self.book.phases.iter().enumerate() {
            if let Some(when) = &info.when
                && self.found.phases[number].constant() == Some(true)
            {
                // The answers that lead to a phase say what its condition says again: two
                // locks on a dangerous door are no mistake.
                let led_to = self.book.steps.iter().any(|step| {
                    let mut then = step.answers.iter().flat_map(|answer| &answer.then);
                    then.any(|then| then.contains(&number))
                });
                if !led_to {
                    let source = &when.expression.source;
                    findings.push(constant(
                        when.expression.at,
                        &info.phase.id,
                        "phase",
                        source,
                    ));
                }
            }
        }
        for (number, info) in self.book.steps.iter().enumerate() {
            if let Some(when) = &info.when
                && self.found.steps[number].constant() == Some(true)
            {
                let at = when.expression.at;
                findings.push(constant(at, &info.step.id, "step", &when.expression.source));
            }
        }
        findings
    }

    /// Answers whose phases never come.
    fn nowhere(&self) -> Vec<Diagnostic> {
        let graph = &self.found.graph;
        let ahead = graph.phases_ahead();
        let mut given: std::collections::BTreeMap<(usize, usize), bool> =
            std::collections::BTreeMap::new();
        for (_, segment) in graph.segments() {
            let Some(Event::Answer(step, answer)) = segment.events.first() else {
                continue;
            };
            let answered = &self.book.steps[*step].answers[*answer];
            let Some(then) = &answered.then else {
                continue;
            };
            let mut phases = entered(segment);
            if let To::Node(next) = segment.to {
                phases.add(&ahead[next]);
            }
            let leads =
                answered.ends || then.is_empty() || then.iter().any(|phase| phases.has(*phase));
            *given.entry((*step, *answer)).or_default() |= leads;
        }
        given
            .into_iter()
            .filter(|(_, leads)| !leads)
            .filter_map(|((step, number), _)| {
                let info = &self.book.steps[step];
                let answer = info.gate()?.answers.get(number)?;
                let message = format!(
                    "the answer `{}` leads nowhere: none of its phases can come any more",
                    answer.name
                );
                let at = answer.label.at;
                Some(
                    Diagnostic::warning(at, message).code(Code::NoRoute).hint(
                        "they are past, or their `when` is false after this answer; write `then: []` if it ends the run",
                    ),
                )
            })
            .collect()
    }
}

/// Whether a way ends from here on without a look.
fn ends(segment: &Segment, unseen: &[Option<usize>]) -> bool {
    match segment.to {
        To::End => true,
        To::Node(next) => unseen[next].is_some(),
        To::Cut => false,
    }
}

fn constant(at: Span, id: &str, what: &str, source: &str) -> Diagnostic {
    Diagnostic::warning(
        at,
        format!("`{source}` is true on every route that comes to the {what} `{id}`"),
    )
    .code(Code::Constant)
    .hint("the answers before it say so already: leave the condition out, or mend it")
}
