//! A runbook made ready for walking: names, conditions and steps by number.

mod build;

use super::{bits::Bits, domain::Domain, uses::Use};
use crate::runbook::{Effect, Expression, Gate, Kind, Phase, Runbook, Step};

/// The number of a name.
pub type NameId = usize;

/// A runbook made ready for walking.
#[derive(Debug)]
pub struct Book<'a> {
    /// The phases, the cleanup last.
    pub phases: Vec<PhaseInfo<'a>>,
    /// The steps of all phases.
    pub steps: Vec<StepInfo<'a>>,
    /// Everything that can be used.
    pub names: Vec<NameInfo>,
    /// Conditions that are known by their text alone.
    pub opaque: Vec<Opaque>,
    /// How many phases a run begins with; the cleanup is not among them.
    pub begins_with: usize,
}

/// A phase.
#[derive(Debug)]
pub struct PhaseInfo<'a> {
    /// The phase.
    pub phase: &'a Phase,
    /// Its condition.
    pub when: Option<When<'a>>,
    /// Its steps, by number.
    pub steps: std::ops::Range<usize>,
    /// What its condition and its steps use.
    pub live: Live,
}

/// A step.
#[derive(Debug)]
pub struct StepInfo<'a> {
    /// The step.
    pub step: &'a Step,
    /// Its phase.
    pub phase: usize,
    /// Its condition.
    pub when: Option<When<'a>>,
    /// What it uses when its turn comes.
    pub before: Vec<(NameId, Use<'a>)>,
    /// What it uses once it has made its own.
    pub after: Vec<(NameId, Use<'a>)>,
    /// What it makes.
    pub makes: Vec<NameId>,
    /// `steps.<id>.outcome`, `.exit`, `.seconds`, as far as they are used.
    pub outcome: Option<NameId>,
    /// `.exit` and `.seconds`.
    pub report: Vec<NameId>,
    /// `answers.<id>`, if it is used.
    pub answer: Option<NameId>,
    /// Where its answers lead.
    pub answers: Vec<AnswerInfo>,
    /// The phases that follow whatever its answers lead to: those outside of the
    /// used runbook that it belongs to.
    pub outside: Bits,
    /// Whether it proves something.
    pub verifies: bool,
    /// What it and the rest of its phase use.
    pub live: Live,
}

impl StepInfo<'_> {
    /// Whether it changes something for good.
    pub fn is_destructive(&self) -> bool {
        self.step.effect == Effect::Destructive
    }

    /// Whether it does, or one of its fallbacks.
    pub fn can_destroy(&self) -> bool {
        let fallbacks = match &self.step.kind {
            Kind::Run(run) => run.fallbacks.as_slice(),
            _ => &[],
        };
        self.is_destructive()
            || fallbacks
                .iter()
                .any(|fallback| fallback.effect == Effect::Destructive)
    }

    /// The gate that it is.
    pub fn gate(&self) -> Option<&Gate> {
        match &self.step.kind {
            Kind::Gate(gate) => Some(gate),
            _ => None,
        }
    }
}

/// One way to answer a gate.
#[derive(Debug)]
pub struct AnswerInfo {
    /// The cells of `answers.<gate>`.
    pub cells: u64,
    /// The phases that follow instead.
    pub then: Option<Vec<usize>>,
    /// Nothing follows but what is left of the gate's phase.
    pub ends: bool,
}

/// What a part of the runbook looks at.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// Names in conditions.
    pub asked: Bits,
    /// Conditions known by their text.
    pub opaque: Bits,
    /// Names used anywhere.
    pub used: Bits,
    /// Phases that gates lead to.
    pub then: Bits,
    /// Whether something destructive is in it.
    pub destructive: bool,
}

impl Live {
    /// What another part looks at, too.
    pub fn add(&mut self, other: &Live) {
        self.asked.add(&other.asked);
        self.opaque.add(&other.opaque);
        self.used.add(&other.used);
        self.then.add(&other.then);
        self.destructive |= other.destructive;
    }
}

/// A condition with everything by number.
#[derive(Debug)]
pub struct When<'a> {
    /// As it stands in the file.
    pub expression: &'a Expression,
    /// Its tree.
    pub cond: Cond,
    /// The names in it.
    pub names: Vec<(NameId, Use<'a>)>,
}

/// The tree of a condition.
#[derive(Debug, Clone)]
pub enum Cond {
    /// Always so.
    Constant(bool),
    /// The opposite.
    Not(Box<Cond>),
    /// All or any of them; the number stands for the whole.
    Join {
        /// All of them, or any.
        all: bool,
        /// The parts.
        parts: Vec<Cond>,
        /// The whole as an opaque condition.
        whole: usize,
    },
    /// The name stands for one of these cells.
    Cells {
        /// The name.
        name: NameId,
        /// The cells in which it holds.
        cells: u64,
    },
    /// Known by its text.
    Opaque(usize),
}

/// A condition known by its text.
#[derive(Debug)]
pub struct Opaque {
    /// Evaluates by itself; `None` for a whole of parts.
    pub source: Option<String>,
    /// The names in it.
    pub names: Vec<NameId>,
}

/// A name.
#[derive(Debug)]
pub struct NameInfo {
    /// Dotted.
    pub path: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What it can be.
    pub domain: Domain,
}

/// Where a name comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is there from the start.
    Start,
    /// A step makes it.
    Step(usize),
    /// Defined as `"not_taken"` while the step's phase is not on the route.
    Fate(usize),
    /// It stands for a text of other names.
    Bound(Vec<NameId>),
}

impl<'a> Book<'a> {
    /// Reads a runbook.
    pub fn new(runbook: &'a Runbook) -> Self {
        build::book(runbook)
    }
}
