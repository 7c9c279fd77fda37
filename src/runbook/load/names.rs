//! Names, templates and routes: what can only be checked with the whole file read.

use std::collections::BTreeMap;

use super::{fields::Named, place};
use crate::runbook::{
    Code, Expression, Gate, Kind, Manual, Run, Runbook, Shell, Step, Text,
    diagnostic::{Diagnostic, Span},
};
use crate::template::{self, About, Fault, Type, Types, similar};

pub fn check(
    runbook: &mut Runbook,
    source: &str,
    places: &BTreeMap<Named, Span>,
    findings: &mut Vec<Diagnostic>,
) {
    let lines = place::line_starts(source);
    let mut checker = Checker {
        source,
        lines: &lines,
        places,
        findings,
        types: Types::default(),
    };
    checker.ids(runbook);
    checker.collect_types(runbook);
    checker.header(runbook);
    for phase in &runbook.phases {
        checker.condition(phase.when.as_ref());
        for step in &phase.steps {
            checker.step(runbook, step);
        }
    }
    runbook.types = checker.types;
}

struct Checker<'a> {
    source: &'a str,
    lines: &'a [usize],
    places: &'a BTreeMap<Named, Span>,
    findings: &'a mut Vec<Diagnostic>,
    types: Types,
}

impl Checker<'_> {
    fn error(&mut self, code: Code, at: Span, message: String, hint: String) {
        self.findings
            .push(Diagnostic::error(at, message).code(code).hint(hint));
    }

    /// Where a name stands that the model holds without its place.
    fn place_of(&self, named: &Named, otherwise: Span) -> Span {
        self.places.get(named).copied().unwrap_or(otherwise)
    }

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
        let mut phases: Vec<&str> = Vec::new();
        for (number, phase) in runbook.phases.iter().enumerate() {
            if !phase.id.is_empty() && phases.contains(&phase.id.as_str()) {
                let at = self.place_of(&Named::Phase(number), Span::default());
                self.error(
                    Code::Twice,
                    at,
                    format!("two phases have the id `{}`", phase.id),
                    "ids are unique in the file".to_owned(),
                );
            }
            phases.push(&phase.id);
        }
    }

    /// Inputs and outputs share one namespace; a name is made once.
    fn collect_types(&mut self, runbook: &Runbook) {
        let mut made: BTreeMap<String, String> = BTreeMap::new();
        for input in &runbook.inputs {
            made.insert(input.name.clone(), "an input".to_owned());
            self.types.insert(&input.name, input.kind);
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
        for name in ["id", "kind", "title", "started_at", "environment"] {
            self.types.insert(&format!("run.{name}"), Type::String);
        }
    }

    fn header(&mut self, runbook: &Runbook) {
        for (_, text) in &runbook.links {
            self.text(text);
        }
        self.env(&runbook.env);
        for environment in &runbook.environments {
            self.env(&environment.env);
        }
    }

    fn step(&mut self, runbook: &Runbook, step: &Step) {
        self.text(&step.title);
        self.text(&step.why);
        self.condition(step.when.as_ref());
        if let Some(target) = &step.target {
            self.text(target);
        }
        for (_, text) in &step.links {
            self.text(text);
        }
        match &step.kind {
            Kind::Run(run) => self.run(run),
            Kind::Gate(gate) => self.gate(runbook, step, gate),
            Kind::Manual(manual) => self.manual(manual),
            Kind::Wait(wait) => self.condition(wait.until.as_ref()),
        }
    }

    fn run(&mut self, run: &Run) {
        for script in run.scripts.iter().chain(&run.watch) {
            self.script(&script.text, &run.shell);
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

    fn gate(&mut self, runbook: &Runbook, step: &Step, gate: &Gate) {
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
            self.route(runbook, step, &answer.name, then, answer.label.at);
        }
    }

    fn route(&mut self, runbook: &Runbook, gate: &Step, answer: &str, then: &[String], at: Span) {
        let current = runbook.step(&gate.id).map(|(phase, _)| phase.id.as_str());
        for (number, id) in then.iter().enumerate() {
            let answer_at = at.offset;
            let place = Named::Then {
                answer: answer_at,
                number,
            };
            let at = self.place_of(&place, at);
            if runbook.phase(id).is_none() {
                let names = runbook.phases.iter().map(|phase| phase.id.as_str());
                let hint = similar::closest(id, names.clone()).map_or_else(
                    || format!("the phases are: {}", names.collect::<Vec<_>>().join(", ")),
                    |name| format!("did you mean `{name}`?"),
                );
                self.error(
                    Code::UnknownPhase,
                    at,
                    format!("the answer `{answer}` leads to `{id}`, which is no phase"),
                    hint,
                );
            } else if then[..number].contains(id) || current == Some(id.as_str()) {
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
            self.text(item);
        }
        if let Some(copy) = &manual.copy {
            self.text(copy);
        }
    }

    fn env(&mut self, variables: &[(String, Text)]) {
        for (_, text) in variables {
            // A secret may stand alone as a variable's whole value: it is passed by reference.
            if template::secret_reference(&text.source, &self.types).is_none() {
                self.text(text);
            }
        }
    }

    fn text(&mut self, text: &Text) {
        if let Err(faults) = template::check_text(&text.source, &self.types) {
            self.faults(text.at, &text.source, &faults);
        }
    }

    fn script(&mut self, script: &Text, shell: &Shell) {
        let checked = match shell {
            Shell::Bash => {
                template::check_script(&script.source, template::Shell::Bash, &self.types)
            }
            Shell::Sh => template::check_script(&script.source, template::Shell::Sh, &self.types),
            Shell::Python3 | Shell::Argv(_) => template::check_plain(&script.source),
        };
        if let Err(faults) = checked {
            self.faults(script.at, &script.source, &faults);
        }
    }

    fn condition(&mut self, expression: Option<&Expression>) {
        let Some(expression) = expression else { return };
        if let Err(faults) =
            template::check_expression(&expression.source, &self.types, Type::Boolean)
        {
            self.faults(expression.at, &expression.source, &faults);
        }
    }

    fn faults(&mut self, at: Span, text: &str, faults: &[Fault]) {
        for fault in faults {
            let mut finding = Diagnostic::error(self.place(at, text, fault), fault.message.clone())
                .code(code(fault.about));
            finding.hint.clone_from(&fault.hint);
            self.findings.push(finding);
        }
    }

    /// Where a template's fault stands in the file.
    fn place(&self, at: Span, text: &str, fault: &Fault) -> Span {
        let line = text.split_inclusive('\n').take(fault.line - 1);
        let start: usize = line.map(str::len).sum();
        let byte = |chars: usize| {
            text[start..]
                .char_indices()
                .nth(chars)
                .map_or(text.len(), |(at, _)| start + at)
        };
        let wanted = byte(fault.column - 1)..byte(fault.column - 1 + fault.length);
        place::within(self.source, self.lines, at, text, wanted)
    }
}

/// The kind of finding that a template's fault is.
fn code(about: About) -> Code {
    match about {
        About::Syntax => Code::Template,
        About::Name => Code::UnknownName,
        About::Types => Code::Types,
        About::Quoting => Code::Quoting,
        About::Plain => Code::PlainShell,
        About::Secret => Code::SecretPlace,
    }
}
