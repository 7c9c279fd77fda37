//! Where a walk stands and what is known there.

use std::collections::BTreeMap;

use super::{
    bits::Bits,
    book::{Book, Cond, Live, NameId, Origin, When},
};
use crate::template::{self, Scope};

/// Where a walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Before the next phase.
    Between,
    /// Before a step of a phase.
    Step(usize, usize),
    /// At an open gate of a phase.
    Gate(usize, usize),
}

/// Where a walk stands and what is known there. Two equal states go on alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// Where.
    pub at: Place,
    /// Phases still to come.
    pub upcoming: Vec<usize>,
    /// Phases that were reached.
    pub seen: Bits,
    /// Those of them that were entered.
    pub entered: Bits,
    /// Names that are defined.
    pub made: Bits,
    /// What a name can still be, by cells.
    pub facts: BTreeMap<NameId, u64>,
    /// Conditions that are known by their text.
    pub texts: BTreeMap<usize, bool>,
    /// Whether a decision was made.
    pub gated: bool,
    /// Whether the cleanup has begun.
    pub cleaning: bool,
}

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is decided.
    Known(bool),
    /// Both can be.
    Open,
    /// A name in it is not defined: the engine goes on in doubt.
    Doubt,
}

impl State {
    /// Before the first phase.
    pub fn begin(book: &Book<'_>) -> Self {
        Self {
            at: Place::Between,
            upcoming: (0..book.begins_with).collect(),
            seen: Bits::default(),
            entered: Bits::default(),
            made: Bits::default(),
            facts: BTreeMap::new(),
            texts: BTreeMap::new(),
            gated: false,
            cleaning: false,
        }
    }

    /// Whether a phase can still come or was entered.
    fn on_route(&self, phase: usize) -> bool {
        self.upcoming.contains(&phase) || self.entered.has(phase)
    }

    /// Whether a template can use a name here.
    pub fn defines(&self, book: &Book<'_>, name: NameId) -> bool {
        match &book.names[name].origin {
            Origin::Start => true,
            Origin::Step(_) => self.made.has(name),
            Origin::Fate(step) => self.made.has(name) || !self.on_route(book.steps[*step].phase),
            Origin::Bound(used) => used.iter().all(|name| self.defines(book, *name)),
        }
    }

    fn possible(&self, book: &Book<'_>, name: NameId) -> u64 {
        if let Some(cells) = self.facts.get(&name) {
            return *cells;
        }
        let info = &book.names[name];
        match info.origin {
            Origin::Fate(step)
                if !self.made.has(name) && !self.on_route(book.steps[step].phase) =>
            {
                info.domain.cell_of_text("not_taken")
            }
            _ => info.domain.all(),
        }
    }

    /// What a condition comes to here.
    pub fn verdict(&self, book: &Book<'_>, when: &When<'_>) -> Verdict {
        if !self.wanting(book, when).is_empty() {
            return Verdict::Doubt;
        }
        self.truth(book, &when.cond)
            .map_or(Verdict::Open, Verdict::Known)
    }

    /// The names that a condition needs here and that nothing made: what is decided by
    /// a part needs none of those behind it.
    pub fn wanting(&self, book: &Book<'_>, when: &When<'_>) -> Vec<NameId> {
        let mut wanting = Vec::new();
        let undefined = |(name, _): &(NameId, _)| !self.defines(book, *name);
        if when.names.iter().any(undefined) {
            self.wanted(book, &when.cond, &mut wanting);
        }
        wanting
    }

    fn wanted(&self, book: &Book<'_>, cond: &Cond, wanting: &mut Vec<NameId>) {
        let mut add = |name: NameId| {
            if !self.defines(book, name) {
                wanting.push(name);
            }
        };
        match cond {
            Cond::Constant(_) => {}
            Cond::Not(inner) => self.wanted(book, inner, wanting),
            Cond::Cells { name, .. } => add(*name),
            Cond::Opaque(number) => book.opaque[*number].names.iter().copied().for_each(add),
            Cond::Join { all, parts, .. } => {
                for part in parts {
                    self.wanted(book, part, wanting);
                    if self.truth(book, part) == Some(!*all) {
                        break;
                    }
                }
            }
        }
    }

    fn truth(&self, book: &Book<'_>, cond: &Cond) -> Option<bool> {
        match cond {
            Cond::Constant(truth) => Some(*truth),
            Cond::Not(inner) => self.truth(book, inner).map(|truth| !truth),
            Cond::Join { all, parts, whole } => {
                let mut known = true;
                for part in parts {
                    match self.truth(book, part) {
                        Some(truth) if truth != *all => return Some(truth),
                        Some(_) => {}
                        None => known = false,
                    }
                }
                if known {
                    return Some(*all);
                }
                self.texts.get(whole).copied()
            }
            Cond::Cells { name, cells } => {
                let possible = self.possible(book, *name);
                if possible & !cells == 0 {
                    Some(true)
                } else if possible & cells == 0 {
                    Some(false)
                } else {
                    None
                }
            }
            Cond::Opaque(number) => self
                .texts
                .get(number)
                .copied()
                .or_else(|| self.evaluate(book, *number)),
        }
    }

    /// An opaque condition whose every name is known to be one text.
    fn evaluate(&self, book: &Book<'_>, number: usize) -> Option<bool> {
        let opaque = &book.opaque[number];
        let source = opaque.source.as_ref()?;
        let mut scope = Scope::default();
        for name in &opaque.names {
            let info = &book.names[*name];
            scope.insert(&info.path, info.domain.value(self.possible(book, *name))?);
        }
        template::evaluate(source, &scope).ok()
    }

    /// Takes a condition to have come out so.
    pub fn learn(&mut self, book: &Book<'_>, cond: &Cond, truth: bool) {
        match cond {
            Cond::Constant(_) => {}
            Cond::Not(inner) => self.learn(book, inner, !truth),
            Cond::Join { all, parts, whole } => {
                if truth == *all {
                    for part in parts {
                        self.learn(book, part, truth);
                    }
                    return;
                }
                let open: Vec<&Cond> = parts
                    .iter()
                    .filter(|part| self.truth(book, part).is_none())
                    .collect();
                if let [only] = open.as_slice() {
                    self.learn(book, only, truth);
                } else {
                    self.texts.insert(*whole, truth);
                }
            }
            Cond::Cells { name, cells } => {
                let possible = self.possible(book, *name);
                let left = if truth {
                    possible & cells
                } else {
                    possible & !cells
                };
                self.facts.insert(*name, left);
            }
            Cond::Opaque(number) => {
                self.texts.insert(*number, truth);
            }
        }
    }

    /// A name gets a value: what was known of it before is over.
    pub fn define(&mut self, book: &Book<'_>, name: NameId, cells: Option<u64>) {
        self.made.insert(name);
        match cells {
            Some(cells) => self.facts.insert(name, cells),
            None => self.facts.remove(&name),
        };
        self.texts
            .retain(|number, _| !book.opaque[*number].names.contains(&name));
    }

    /// Forgets what nothing ahead looks at, so that ways which differ only in
    /// that become one.
    pub fn forget(&mut self, book: &Book<'_>, live: &Live) {
        self.made.keep(&live.used);
        self.facts.retain(|name, _| live.asked.has(*name));
        self.texts.retain(|number, _| live.opaque.has(*number));
        // A whole of parts needs what is known of the parts only if it is asked itself,
        // and then its names are asked too.
        let mut phases = live.then.clone();
        for (name, info) in book.names.iter().enumerate() {
            if let Origin::Fate(step) = info.origin
                && live.used.has(name)
            {
                phases.insert(book.steps[step].phase);
            }
        }
        self.seen.keep(&phases);
        self.entered.keep(&phases);
        self.gated |= !live.destructive;
    }
}
