//! Walking every route at once: ways that go on alike are walked once.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::{
    Cut, Limits,
    bits::Bits,
    book::{Book, Live, When},
    graph::{Choice, Decision, Event, Graph, Node, Segment, To},
    state::{Place, State, Verdict},
};

/// A name that a way does not make before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// In a phase's condition.
    PhaseWhen(usize, usize),
    /// In a step's condition.
    StepWhen(usize, usize),
    /// In what a step uses when its turn comes.
    Before(usize, usize),
    /// In what it uses once it has made its own.
    After(usize, usize),
}

/// How a condition came out on all ways together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Came {
    /// It was true for sure.
    pub yes: bool,
    /// It was false for sure.
    pub no: bool,
    /// It could be either, or could not be evaluated.
    pub open: bool,
}

impl Came {
    /// The one thing that it always came to.
    pub fn constant(self) -> Option<bool> {
        match self {
            Came {
                yes: true,
                no: false,
                open: false,
            } => Some(true),
            Came {
                yes: false,
                no: true,
                open: false,
            } => Some(false),
            _ => None,
        }
    }
}

/// A segment of the graph: a node's way out, or how all begins.
pub type Way = Option<(usize, usize)>;

/// What walking found.
#[derive(Debug)]
pub struct Found {
    /// All ways.
    pub graph: Graph,
    /// Names that are missing, and the shortest way to the place.
    pub missing: HashMap<Site, Way>,
    /// Destructive steps that no decision stands before.
    pub ungated: HashMap<usize, Way>,
    /// Conditions of phases.
    pub phases: Vec<Came>,
    /// Conditions of steps.
    pub steps: Vec<Came>,
    /// Why not everything was walked.
    pub cut: Option<Cut>,
}

/// Walks every way through a runbook.
pub fn explore(book: &Book<'_>, limits: Limits) -> Found {
    let mut walk = Walk {
        book,
        limits,
        live: HashMap::new(),
        known: HashMap::new(),
        queue: VecDeque::new(),
        events: 0,
        way: None,
        found: Found {
            graph: Graph::default(),
            missing: HashMap::new(),
            ungated: HashMap::new(),
            phases: vec![Came::default(); book.phases.len()],
            steps: vec![Came::default(); book.steps.len()],
            cut: None,
        },
    };
    let start = walk.segment(State::begin(book), Choice::Start);
    walk.found.graph.start = start;
    while let Some((number, state)) = walk.queue.pop_front() {
        walk.open(number, &state);
    }
    walk.found
}

struct Walk<'a> {
    book: &'a Book<'a>,
    limits: Limits,
    /// What is looked at from a place on, with these phases to come.
    live: HashMap<(Place, Vec<usize>), Rc<Live>>,
    known: HashMap<State, usize>,
    queue: VecDeque<(usize, State)>,
    events: usize,
    /// The segment that is being walked.
    way: Way,
    found: Found,
}

impl Walk<'_> {
    /// Takes every way out of a node.
    fn open(&mut self, number: usize, state: &State) {
        let choices: Vec<Choice> = match self.found.graph.nodes[number].decision {
            Decision::Phase(_) | Decision::Step(_) => {
                vec![Choice::Comes(true), Choice::Comes(false)]
            }
            Decision::Gate(step) => (0..self.book.steps[step].answers.len())
                .map(Choice::Answer)
                .collect(),
        };
        for (place, choice) in choices.into_iter().enumerate() {
            self.way = Some((number, place));
            let segment = self.segment(state.clone(), choice);
            self.found.graph.nodes[number].ways.push(segment);
        }
    }

    /// From a choice to the next decision.
    fn segment(&mut self, mut state: State, choice: Choice) -> Segment {
        let mut events = Vec::new();
        match (choice, state.at) {
            (Choice::Comes(truth), Place::Between) => {
                let phase = state.upcoming[0];
                if let Some(when) = &self.book.phases[phase].when {
                    state.learn(self.book, &when.cond, truth);
                }
                self.phase(&mut state, truth, &mut events);
            }
            (Choice::Comes(truth), Place::Step(phase, step)) => {
                if let Some(when) = &self.book.steps[step].when {
                    state.learn(self.book, &when.cond, truth);
                }
                self.step(&mut state, (phase, step), truth, &mut events);
            }
            (Choice::Answer(answer), Place::Gate(phase, step)) => {
                self.answer(&mut state, (phase, step), answer, &mut events);
            }
            // The start decides nothing; a gate is only answered, a condition only decided.
            _ => {}
        }
        let decision = self.advance(&mut state, &mut events);
        self.events += events.len();
        let to = match decision {
            None => To::End,
            Some(decision) => self.node(state, decision),
        };
        Segment { choice, events, to }
    }

    fn node(&mut self, mut state: State, decision: Decision) -> To {
        let live = self.live(&state);
        state.forget(self.book, &live);
        if let Some(number) = self.known.get(&state) {
            return To::Node(*number);
        }
        let number = self.found.graph.nodes.len();
        if number >= self.limits.states || self.events > self.limits.states * 100 {
            self.found.cut = Some(Cut::States);
            return To::Cut;
        }
        self.found.graph.nodes.push(Node {
            decision,
            ways: Vec::new(),
            from: self.way,
        });
        self.known.insert(state.clone(), number);
        self.queue.push_back((number, state));
        To::Node(number)
    }

    /// Goes on until something must be decided; `None` at the end.
    fn advance(&mut self, state: &mut State, events: &mut Vec<Event>) -> Option<Decision> {
        loop {
            match state.at {
                Place::Between => {
                    let Some(&phase) = state.upcoming.first() else {
                        // The cleanup stands behind the phases that a run begins with.
                        if state.cleaning || self.book.begins_with == self.book.phases.len() {
                            return None;
                        }
                        state.cleaning = true;
                        state.upcoming = vec![self.book.begins_with];
                        continue;
                    };
                    let verdict = match &self.book.phases[phase].when {
                        None => Verdict::Known(true),
                        Some(when) => {
                            let verdict = state.verdict(self.book, when);
                            self.missing(state, when, |n| Site::PhaseWhen(phase, n));
                            note(&mut self.found.phases[phase], verdict);
                            verdict
                        }
                    };
                    match verdict {
                        Verdict::Open => return Some(Decision::Phase(phase)),
                        Verdict::Known(truth) => self.phase(state, truth, events),
                        Verdict::Doubt => self.phase(state, true, events),
                    }
                }
                Place::Step(phase, step) if step == self.book.phases[phase].steps.end => {
                    state.at = Place::Between;
                }
                Place::Step(phase, step) => {
                    let verdict = match &self.book.steps[step].when {
                        None => Verdict::Known(true),
                        Some(when) => {
                            let verdict = state.verdict(self.book, when);
                            self.missing(state, when, |n| Site::StepWhen(step, n));
                            note(&mut self.found.steps[step], verdict);
                            verdict
                        }
                    };
                    match verdict {
                        Verdict::Open => return Some(Decision::Step(step)),
                        Verdict::Known(truth) => self.step(state, (phase, step), truth, events),
                        Verdict::Doubt => self.step(state, (phase, step), true, events),
                    }
                }
                Place::Gate(_, step) => return Some(Decision::Gate(step)),
            }
        }
    }

    fn phase(&mut self, state: &mut State, taken: bool, events: &mut Vec<Event>) {
        let phase = state.upcoming.remove(0);
        state.seen.insert(phase);
        if taken {
            state.entered.insert(phase);
            state.at = Place::Step(phase, self.book.phases[phase].steps.start);
            events.push(Event::Phase(phase));
        } else {
            events.push(Event::PhaseNotTaken(phase));
        }
    }

    fn step(
        &mut self,
        state: &mut State,
        (phase, number): (usize, usize),
        taken: bool,
        events: &mut Vec<Event>,
    ) {
        let book = self.book;
        let info = &book.steps[number];
        state.at = Place::Step(phase, number + 1);
        if !taken {
            events.push(Event::StepNotTaken(number));
            for name in info.outcome.into_iter().chain(info.answer) {
                let cells = book.names[name].domain.cell_of_text("not_taken");
                state.define(book, name, Some(cells));
            }
            return;
        }
        events.push(Event::Step(number));
        for (n, (name, _)) in info.before.iter().enumerate() {
            if !state.defines(book, *name) {
                self.found
                    .missing
                    .entry(Site::Before(number, n))
                    .or_insert(self.way);
            }
        }
        if info.can_destroy() && !state.gated {
            self.found.ungated.entry(number).or_insert(self.way);
        }
        for name in info.makes.iter().chain(&info.report) {
            state.define(book, *name, None);
        }
        for (n, (name, _)) in info.after.iter().enumerate() {
            if !state.defines(book, *name) {
                self.found
                    .missing
                    .entry(Site::After(number, n))
                    .or_insert(self.way);
            }
        }
        if info.gate().is_some() {
            state.at = Place::Gate(phase, number);
        } else if let Some(name) = info.outcome {
            let domain = &book.names[name].domain;
            let cells = domain.all() & !domain.cell_of_text("not_taken");
            state.define(book, name, (cells != 0).then_some(cells));
        }
    }

    fn answer(
        &mut self,
        state: &mut State,
        (phase, number): (usize, usize),
        answer: usize,
        events: &mut Vec<Event>,
    ) {
        let book = self.book;
        let info = &book.steps[number];
        let chosen = &info.answers[answer];
        events.push(Event::Answer(number, answer));
        state.at = Place::Step(phase, number + 1);
        state.gated = true;
        if let Some(name) = info.answer {
            state.define(book, name, Some(chosen.cells));
        }
        if let Some(name) = info.outcome {
            let cells = book.names[name].domain.cell_of_text("answered");
            state.define(book, name, Some(cells));
        }
        if let Some(then) = &chosen.then {
            let others = state.upcoming.iter().copied();
            let others = others.filter(|other| info.outside.has(*other));
            let mut route: Vec<usize> = then
                .iter()
                .copied()
                .filter(|phase| !state.seen.has(*phase))
                .collect();
            route.extend(others);
            state.upcoming = route;
        }
    }

    fn missing(&mut self, state: &State, when: &When<'_>, site: impl Fn(usize) -> Site) {
        let wanting = state.wanting(self.book, when);
        for (n, (name, _)) in when.names.iter().enumerate() {
            if wanting.contains(name) {
                self.found.missing.entry(site(n)).or_insert(self.way);
            }
        }
    }

    /// What is looked at from here on.
    fn live(&mut self, state: &State) -> Rc<Live> {
        let key = (state.at, state.upcoming.clone());
        if let Some(live) = self.live.get(&key) {
            return Rc::clone(live);
        }
        let book = self.book;
        let mut live = Live::default();
        match state.at {
            Place::Step(phase, step) if step < book.phases[phase].steps.end => {
                live.add(&book.steps[step].live);
            }
            Place::Gate(phase, step) => {
                for then in book.steps[step].answers.iter().flat_map(|a| &a.then) {
                    for phase in then {
                        live.then.insert(*phase);
                    }
                }
                if step + 1 < book.phases[phase].steps.end {
                    live.add(&book.steps[step + 1].live);
                }
            }
            Place::Between | Place::Step(..) => {}
        }
        let mut joined: Bits = Bits::default();
        let mut todo: Vec<usize> = state.upcoming.clone();
        if book.begins_with < book.phases.len() {
            todo.push(book.begins_with);
        }
        loop {
            todo.extend((0..book.phases.len()).filter(|phase| live.then.has(*phase)));
            todo.retain(|phase| !joined.has(*phase));
            if todo.is_empty() {
                break;
            }
            for phase in todo.drain(..) {
                joined.insert(phase);
                live.add(&book.phases[phase].live);
            }
        }
        let live = Rc::new(live);
        self.live.insert(key, Rc::clone(&live));
        live
    }
}

fn note(came: &mut Came, verdict: Verdict) {
    match verdict {
        Verdict::Known(true) => came.yes = true,
        Verdict::Known(false) => came.no = true,
        Verdict::Open | Verdict::Doubt => came.open = true,
    }
}
