//! Names, templates and routes: what can only be checked with the whole file read.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    fields::{Named, meant},
    place,
    templates::Checker,
};
use crate::runbook::{
    CLEANUP, Code, Expression, Gate, Kind, Manual, Run, Runbook, Shell, Step,
    diagnostic::{Diagnostic, Span},
};
use crate::template::{self, Type, Types};

/// What every run is called by.
const RUN_NAMES: [&str; 5] = [
    "run.id",
    "run.kind",
    "run.title",
    "run.started_at",
    "run.environment",
];

pub fn check(
    runbook: &mut Runbook,
    source: &str,
    places: &BTreeMap<Named, Span>,
    findings: &mut Vec<Diagnostic>,
) {
    let mut checker = Checker {
        lines: &place::line_starts(source),
        source,
        places,
        phases: runbook
            .phases
            .iter()
            .map(|phase| phase.id.clone())
            .collect(),
        findings,
        types: Types::default(),
    };
    checker.ids(runbook);
    checker.collect_types(runbook);
    checker.header(runbook);
    for phase in runbook.all_phases() {
        checker.condition(phase.when.as_ref());
        for step in &phase.steps {
            checker.step(runbook, &phase.id, step);
        }
    }
    runbook.types = checker.types;
}

/// Checks a condition that is no part of the flat runbook, with the names of all of it.
pub fn check_condition(
    runbook: &Runbook,
    source: &str,
    condition: &Expression,
    findings: &mut Vec<Diagnostic>,
) {
    let lines = place::line_starts(source);
    let mut checker = Checker {
        source,
        lines: &lines,
        places: &BTreeMap::new(),
        findings,
        phases: BTreeSet::new(),
        types: runbook.types.clone(),
    };
    checker.condition(Some(condition));
}

impl Checker<'_> {
    fn ids(&mut self, runbook: &Runbook) {
        let mut steps: BTreeMap<&str, Span> = BTreeMap::new();
        for step in runbook.steps().filter(|step| !step.id.is_empty()) {
            if let Some(first) = steps.insert(&step.id, step.at) {
                self.error(
                    Code::Twice,
                    step.at,
                    format!("the id `{}` is used twice", step.id),
                    format!(
                        "the first one stands at line {}; ids are unique in the file",
                        first.line
                    ),
                );
            }
        }
        let mut phases: BTreeSet<&str> = BTreeSet::new();
        for (number, phase) in runbook.phases.iter().enumerate() {
            if !phase.id.is_empty() && !phases.insert(&phase.id) {
                let at = self.place_of(&Named::Phase(number), Span::default());
                self.error(
                    Code::Twice,
                    at,
                    format!("two phases have the id `{}`", phase.id),
                    "ids are unique in the file".to_owned(),
                );
            }
        }
    }

    /// Inputs and outputs share one namespace; a name is made once.
    fn collect_types(&mut self, runbook: &Runbook) {
        let mut made: BTreeMap<String, String> = BTreeMap::new();
        for input in &runbook.inputs {
            made.insert(input.name.clone(), "an input".to_owned());
            self.types.insert(&input.name, input.kind);
        }
        for binding in &runbook.bindings {
            made.insert(
                binding.name.clone(),
                "an input of a used runbook".to_owned(),
            );
            self.types.insert(&binding.name, binding.kind);
        }
        for step in runbook.steps() {
            for (name, kind) in step.makes() {
                if let Some(first) =
                    made.insert(name.to_owned(), format!("an output of `{}`", step.id))
                {
                    let place = Named::Made {
                        step: step.at.offset,
                        name: name.to_owned(),
                    };
                    self.error(
                        Code::Twice,
                        self.place_of(&place, step.at),
                        format!("`{name}` is made twice: it is already {first}"),
                        format!(
                            "a name can be made once: call this one `{name}_{}`",
                            step.id
                        ),
                    );
                }
                self.types.insert(name, kind);
            }
            if step.id.is_empty() {
                continue;
            }
            self.types
                .insert(&format!("steps.{}.outcome", step.id), Type::String);
            if matches!(step.kind, Kind::Run(_)) {
                self.types
                    .insert(&format!("steps.{}.exit", step.id), Type::Number);
                self.types
                    .insert(&format!("steps.{}.seconds", step.id), Type::Number);
            }
            if matches!(step.kind, Kind::Gate(_)) {
                self.types
                    .insert(&format!("answers.{}", step.id), Type::String);
            }
        }
        for name in RUN_NAMES {
            self.types.insert(name, Type::String);
        }
    }

    fn header(&mut self, runbook: &Runbook) {
        for (_, text) in &runbook.links {
            self.text(text);
        }
        for binding in &runbook.bindings {
            self.text(&binding.value);
        }
        self.env(&runbook.env);
        for environment in &runbook.environments {
            self.env(&environment.env);
        }
        self.beside_the_steps(runbook);
    }

    /// What runs while no step has made anything: each sees a part of the names.
    fn beside_the_steps(&mut self, runbook: &Runbook) {
        let mut seen = Types::default();
        for input in &runbook.inputs {
            if let Some(from) = &input.options_from {
                let why = "the choice of an input sees the inputs that stand before it";
                self.script_that_sees(&seen, &from.script, why);
            }
            seen.insert(&input.name, input.kind);
        }
        for name in RUN_NAMES {
            seen.insert(name, Type::String);
        }
        for environment in &runbook.environments {
            if let Some(guard) = &environment.guard {
                self.script_that_sees(&seen, guard, "a guard sees the inputs and `run.*`");
            }
        }
        // A used runbook's signals see its inputs; the sample is a gap while one is
        // made of what is not known yet.
        for binding in &runbook.bindings {
            seen.insert(&binding.name, binding.kind);
        }
        for signal in &runbook.signals {
            let why = "a signal's script sees the inputs and `run.*`";
            self.script_that_sees(&seen, &signal.script, why);
            let Some(healthy) = &signal.healthy else {
                continue;
            };
            let hidden = seen.remove(&signal.name);
            seen.insert(&signal.name, Type::Number);
            self.condition_that_sees(
                &seen,
                healthy,
                "`healthy` sees the inputs, `run.*` and its own signal's number",
            );
            seen.restore(&signal.name, hidden);
        }
    }

    fn step(&mut self, runbook: &Runbook, phase: &str, step: &Step) {
        self.text(&step.title);
        self.text(&step.why);
        self.condition(step.when.as_ref());
        if let Some(target) = &step.target {
            self.text(target);
        }
        for (_, text) in &step.links {
            self.text(text);
        }
        if let Some(owner) = &step.duty.owner {
            self.text(owner);
        }
        match &step.kind {
            Kind::Run(run) => self.run(run),
            Kind::Gate(gate) => self.gate(runbook, phase, gate),
            Kind::Manual(manual) => self.manual(manual),
            Kind::Wait(wait) => self.condition(wait.until.as_ref()),
        }
    }

    fn run(&mut self, run: &Run) {
        for script in run.scripts.iter().chain(&run.watch) {
            self.script(&script.text, &run.shell);
        }
        for script in run.probe.iter().chain(&run.rehearse) {
            self.script(script, &run.shell);
        }
        for fallback in &run.fallbacks {
            self.script(&fallback.script, &run.shell);
        }
        if let Some(cwd) = &run.cwd {
            self.text(cwd);
        }
        self.env(&run.env);
        self.condition(run.expect.that.as_ref());
    }

    fn gate(&mut self, runbook: &Runbook, phase: &str, gate: &Gate) {
        if let Some(evidence) = &gate.evidence {
            self.script(evidence, &Shell::Bash);
        }
        for criterion in &gate.criteria {
            let found = template::type_of_expression(&criterion.value.source, &self.types);
            if let Err(faults) = found {
                self.faults(criterion.value.at, &criterion.value.source, &faults);
            }
            self.condition(Some(&criterion.limit));
        }
        for suggestion in &gate.suggest {
            self.condition(Some(&suggestion.when));
            self.text(&suggestion.because);
        }
        for answer in &gate.answers {
            self.text(&answer.label);
            self.text(&answer.consequence);
            let Some(then) = &answer.then else { continue };
            self.route(runbook, phase, &answer.name, then, answer.label.at);
        }
    }

    fn route(&mut self, runbook: &Runbook, phase: &str, answer: &str, then: &[String], at: Span) {
        let mut listed = BTreeSet::from([phase]);
        for (number, id) in then.iter().enumerate() {
            if self.is_full() {
                break;
            }
            let answer_at = at.offset;
            let place = Named::Then {
                answer: answer_at,
                number,
            };
            let at = self.place_of(&place, at);
            if !self.phases.contains(id.as_str()) {
                let hint = if runbook.cleanup.is_some() && id == CLEANUP {
                    "leave it out: the cleanup is offered at the end of every route".to_owned()
                } else {
                    let names = runbook.phases.iter().map(|phase| phase.id.as_str());
                    meant(id, names, "the phases are: ")
                };
                self.error(
                    Code::UnknownPhase,
                    at,
                    format!("the answer `{answer}` leads to `{id}`, which is no phase"),
                    hint,
                );
            } else if !listed.insert(id) {
                self.error(
                    Code::PhaseTwice,
                    at,
                    format!("the answer `{answer}` would run the phase `{id}` twice"),
                    "name each phase that follows once, without the gate's own".to_owned(),
                );
            }
        }
    }

    fn manual(&mut self, manual: &Manual) {
        self.text(&manual.instructions);
        for item in &manual.checklist {
            self.text(&item.text);
            if let Some(owner) = &item.duty.owner {
                self.text(owner);
            }
        }
        if let Some(copy) = &manual.copy {
            self.text(copy);
        }
    }
}
