//! Reading a runbook for walking.

use std::collections::HashMap;

use super::{
    super::{
        bits::Bits,
        domain::Domain,
        uses::{self, Use},
    },
    AnswerInfo, Book, Cond, Live, NameId, NameInfo, Opaque, Origin, PhaseInfo, StepInfo, When,
};
use crate::runbook::{Effect, Expression, Kind, Phase, Role, Runbook, Step};
use crate::template::{self, Condition, Test, Type, Value};

/// Everything of a runbook by number.
pub fn book(runbook: &Runbook) -> Book<'_> {
    Builder::default().build(runbook)
}

#[derive(Default)]
struct Builder {
    names: Vec<NameInfo>,
    by_path: HashMap<String, NameId>,
    opaque: Vec<Opaque>,
    by_text: HashMap<String, usize>,
    /// Step ids to numbers.
    steps: HashMap<String, usize>,
}

/// What was read before numbers are given.
struct Raw<'a> {
    expression: &'a Expression,
    condition: Condition,
    names: Vec<Use<'a>>,
}

fn raw(expression: &Expression) -> Option<Raw<'_>> {
    Some(Raw {
        expression,
        condition: template::condition(&expression.source)?,
        names: uses::of_expression(expression),
    })
}

impl Builder {
    fn build<'a>(mut self, runbook: &'a Runbook) -> Book<'a> {
        let phases: Vec<&Phase> = runbook.all_phases().collect();
        let all: Vec<(usize, &Step)> = phases
            .iter()
            .enumerate()
            .flat_map(|(number, phase)| phase.steps.iter().map(move |step| (number, step)))
            .collect();
        self.collect(runbook, &all);
        let phase_whens: Vec<Option<Raw<'_>>> = phases
            .iter()
            .map(|phase| phase.when.as_ref().and_then(raw))
            .collect();
        let step_whens: Vec<Option<Raw<'_>>> = all
            .iter()
            .map(|(_, step)| step.when.as_ref().and_then(raw))
            .collect();
        // Every literal must be known before the first condition becomes cells.
        for raw in phase_whens.iter().chain(&step_whens).flatten() {
            let mut tests = Vec::new();
            raw.condition.tests(&mut tests);
            for test in tests {
                if let Test::Compare { name, value, .. } = test
                    && let Some(id) = self.by_path.get(name)
                {
                    self.names[*id].domain.note(value);
                }
            }
        }
        let ids: HashMap<&str, usize> = phases
            .iter()
            .enumerate()
            .map(|(number, phase)| (phase.id.as_str(), number))
            .collect();
        let mut steps: Vec<StepInfo<'a>> = Vec::new();
        for (&(phase, step), when) in all.iter().zip(step_whens) {
            let info = self.step(runbook, (phase, phases[phase]), step, when, &ids);
            steps.push(info);
        }
        let mut infos = Vec::new();
        let mut first = 0;
        for (phase, when) in phases.iter().zip(phase_whens) {
            let when = when.map(|raw| self.when(raw));
            let range = first..first + phase.steps.len();
            first = range.end;
            // From behind: each step knows what is looked at from it on.
            let mut live = Live::default();
            for number in range.clone().rev() {
                live.add(&steps[number].live);
                steps[number].live = live.clone();
            }
            self.look(&mut live, when.as_ref());
            infos.push(PhaseInfo {
                phase,
                when,
                steps: range,
                live,
            });
        }
        Book {
            begins_with: runbook.phases.len(),
            phases: infos,
            steps,
            names: self.names,
            opaque: self.opaque,
        }
    }

    /// Every name that something may use.
    fn collect(&mut self, runbook: &Runbook, all: &[(usize, &Step)]) {
        let text = |text: &str| Value::String(text.to_owned());
        for input in &runbook.inputs {
            self.add(
                &input.name,
                Origin::Start,
                of_type(input.kind, &input.options),
            );
        }
        for name in ["id", "title", "started_at"] {
            self.add(&format!("run.{name}"), Origin::Start, open());
        }
        let kinds = ["incident", "drill", "rehearsal"].map(text).to_vec();
        self.add("run.kind", Origin::Start, closed(kinds));
        let places = runbook.environments.iter().map(|place| text(&place.name));
        let places = std::iter::once(text("")).chain(places).collect();
        self.add("run.environment", Origin::Start, closed(places));
        for (number, (_, step)) in all.iter().enumerate() {
            self.steps.insert(step.id.clone(), number);
            for (name, kind) in step.makes() {
                let options = step
                    .records(name)
                    .map_or(&[][..], |input| input.options.as_slice());
                self.add(name, Origin::Step(number), of_type(kind, options));
            }
            let id = &step.id;
            self.add(&format!("steps.{id}.outcome"), Origin::Fate(number), open());
            match &step.kind {
                Kind::Gate(gate) => {
                    let answers = gate.answers.iter().map(|answer| text(&answer.name));
                    let answers = answers.chain([text("not_taken")]).collect();
                    self.add(
                        &format!("answers.{id}"),
                        Origin::Fate(number),
                        closed(answers),
                    );
                }
                Kind::Run(_) => {
                    for name in ["exit", "seconds"] {
                        let path = format!("steps.{id}.{name}");
                        self.add(&path, Origin::Step(number), of_type(Type::Number, &[]));
                    }
                }
                _ => {}
            }
        }
        // A binding may stand for others that come after it.
        for binding in &runbook.bindings {
            self.add(
                &binding.name,
                Origin::Bound(Vec::new()),
                of_type(binding.kind, &[]),
            );
        }
        for binding in &runbook.bindings {
            let used = uses::of_text(&binding.value)
                .iter()
                .filter_map(|used| self.by_path.get(&used.path).copied())
                .collect();
            if let Some(id) = self.by_path.get(&binding.name) {
                self.names[*id].origin = Origin::Bound(used);
            }
        }
        // A binding of a binding stands for what that one stands for. They do not
        // go round in circles: a used runbook's names come from outside of it.
        for _ in 0..runbook.bindings.len().min(16) {
            for id in 0..self.names.len() {
                let Origin::Bound(used) = self.names[id].origin.clone() else {
                    continue;
                };
                let flat = used
                    .iter()
                    .flat_map(|name| match &self.names[*name].origin {
                        Origin::Bound(inner) => inner.clone(),
                        _ => vec![*name],
                    });
                let mut flat: Vec<NameId> = flat.collect();
                flat.sort_unstable();
                flat.dedup();
                self.names[id].origin = Origin::Bound(flat);
            }
        }
    }

    fn add(&mut self, path: &str, origin: Origin, domain: Domain) {
        if !self.by_path.contains_key(path) {
            self.by_path.insert(path.to_owned(), self.names.len());
            self.names.push(NameInfo {
                path: path.to_owned(),
                origin,
                domain,
            });
        }
    }

    fn numbered<'a>(&self, used: Vec<Use<'a>>) -> Vec<(NameId, Use<'a>)> {
        used.into_iter()
            .filter_map(|used| self.by_path.get(&used.path).map(|id| (*id, used)))
            .collect()
    }

    fn step<'a>(
        &mut self,
        runbook: &'a Runbook,
        (number, phase): (usize, &Phase),
        step: &'a Step,
        when: Option<Raw<'a>>,
        phases: &HashMap<&str, usize>,
    ) -> StepInfo<'a> {
        let known = |path: &str| self.by_path.get(path).copied();
        let id = &step.id;
        let answer = known(&format!("answers.{id}"));
        let answers = match &step.kind {
            Kind::Gate(gate) => gate
                .answers
                .iter()
                .map(|choice| AnswerInfo {
                    cells: answer
                        .and_then(|name| {
                            let value = Value::String(choice.name.clone());
                            self.names[name].domain.cell_of(&value)
                        })
                        .unwrap_or(u64::MAX),
                    then: choice.then.as_ref().map(|then| {
                        let numbers = then.iter().filter_map(|id| phases.get(id.as_str()));
                        numbers.copied().collect()
                    }),
                    ends: runbook.ends(id, choice),
                })
                .collect(),
            _ => Vec::new(),
        };
        let outside = if answers.is_empty() || phase.scope.is_empty() {
            Bits::default()
        } else {
            let all: Vec<String> = phases.keys().map(|&phase| phase.to_owned()).collect();
            let kept = runbook.route(id, &[], &all);
            kept.iter()
                .filter_map(|phase| phases.get(phase.as_str()).copied())
                .collect()
        };
        let verifies = phase.role == Some(Role::Verify)
            || matches!(&step.kind, Kind::Run(run) if run.poll.is_some()
                || step.effect == Effect::Read
                    && (run.expect.that.is_some()
                        || run.expect.stdout.is_some()
                        || run.expect.exit != [0]
                        || !run.outputs.is_empty()));
        let mut info = StepInfo {
            step,
            phase: number,
            when: None,
            before: self.numbered(uses::before(runbook, step)),
            after: self.numbered(uses::after(step)),
            makes: step
                .makes()
                .iter()
                .filter_map(|(name, _)| known(name))
                .collect(),
            outcome: known(&format!("steps.{id}.outcome")),
            report: ["exit", "seconds"]
                .iter()
                .filter_map(|name| known(&format!("steps.{id}.{name}")))
                .collect(),
            answer,
            answers,
            outside,
            verifies,
            live: Live::default(),
        };
        info.when = when.map(|raw| self.when(raw));
        let mut live = Live {
            destructive: info.can_destroy(),
            ..Live::default()
        };
        for (name, _) in info.before.iter().chain(&info.after) {
            self.use_of(*name, &mut live);
        }
        for then in info
            .answers
            .iter()
            .filter_map(|answer| answer.then.as_ref())
        {
            for phase in then {
                live.then.insert(*phase);
            }
        }
        self.look(&mut live, info.when.as_ref());
        info.live = live;
        info
    }

    fn when<'a>(&mut self, raw: Raw<'a>) -> When<'a> {
        When {
            cond: self.cond(&raw.condition),
            names: self.numbered(raw.names),
            expression: raw.expression,
        }
    }

    fn cond(&mut self, condition: &Condition) -> Cond {
        match condition {
            Condition::Constant(truth) => Cond::Constant(*truth),
            Condition::Not(inner) => Cond::Not(Box::new(self.cond(inner))),
            Condition::All(parts) | Condition::Any(parts) => {
                let mut tests = Vec::new();
                condition.tests(&mut tests);
                let names = tests
                    .iter()
                    .flat_map(|test| match test {
                        Test::Compare { name, .. } => std::slice::from_ref(name),
                        Test::Opaque { names, .. } => names.as_slice(),
                    })
                    .filter_map(|name| self.by_path.get(name).copied())
                    .collect();
                let whole = self.opaque(format!("{condition:?}"), None, names);
                Cond::Join {
                    all: matches!(condition, Condition::All(_)),
                    parts: parts.iter().map(|part| self.cond(part)).collect(),
                    whole,
                }
            }
            Condition::Test(Test::Compare {
                name,
                relation,
                value,
            }) => {
                let id = self.by_path.get(name).copied();
                let cells = id.and_then(|id| self.names[id].domain.holds(*relation, value));
                match (id, cells) {
                    (Some(name), Some(cells)) => Cond::Cells { name, cells },
                    _ => Cond::Opaque(self.opaque(
                        format!("{condition:?}"),
                        None,
                        id.into_iter().collect(),
                    )),
                }
            }
            Condition::Test(Test::Opaque { source, names }) => {
                let names = names
                    .iter()
                    .filter_map(|name| self.by_path.get(name).copied())
                    .collect();
                Cond::Opaque(self.opaque(source.clone(), Some(source.clone()), names))
            }
        }
    }

    fn use_of(&self, name: NameId, live: &mut Live) {
        live.used.insert(name);
        if let Origin::Bound(used) = &self.names[name].origin {
            for name in used {
                live.used.insert(*name);
            }
        }
    }

    fn look(&self, live: &mut Live, when: Option<&When<'_>>) {
        let Some(when) = when else { return };
        for (name, _) in &when.names {
            live.asked.insert(*name);
            self.use_of(*name, live);
        }
        let mut wholes = Vec::new();
        gather(&when.cond, &mut wholes);
        for number in wholes {
            live.opaque.insert(number);
        }
    }

    fn opaque(&mut self, key: String, source: Option<String>, names: Vec<NameId>) -> usize {
        if let Some(number) = self.by_text.get(&key) {
            return *number;
        }
        self.by_text.insert(key, self.opaque.len());
        self.opaque.push(Opaque { source, names });
        self.opaque.len() - 1
    }
}

fn gather(cond: &Cond, found: &mut Vec<usize>) {
    match cond {
        Cond::Constant(_) | Cond::Cells { .. } => {}
        Cond::Not(inner) => gather(inner, found),
        Cond::Join { parts, whole, .. } => {
            found.push(*whole);
            for part in parts {
                gather(part, found);
            }
        }
        Cond::Opaque(number) => found.push(*number),
    }
}

fn open() -> Domain {
    Domain::Literals {
        values: Vec::new(),
        options: None,
    }
}

fn closed(mut values: Vec<Value>) -> Domain {
    values.dedup();
    if values.len() > 60 {
        return open();
    }
    Domain::Literals {
        options: Some(values.len()),
        values,
    }
}

fn of_type(kind: Type, options: &[Value]) -> Domain {
    match kind {
        Type::Number => Domain::Points {
            points: Vec::new(),
            options: options
                .iter()
                .filter_map(|option| match option {
                    Value::Number(number) => number.as_f64(),
                    _ => None,
                })
                .collect(),
        },
        Type::Boolean => closed(vec![Value::Boolean(false), Value::Boolean(true)]),
        Type::String | Type::Secret if options.is_empty() => open(),
        Type::String | Type::Secret => closed(options.to_vec()),
    }
}
