//! A used runbook under its names in the runbook around it.

use std::collections::BTreeMap;

use crate::runbook::{
    Answer, Binding, Criterion, Duty, Expect, Expression, Gate, Input, Item, Kind, Manual, Phase,
    Run, Runbook, Script, Shell, Signal, Step, Suggestion, Text, Used, Wait, diagnostic::Span,
};
use crate::template::{self, Fault};

/// Variables with their templates.
type Env = [(String, Text)];

/// Gives everything its new name. `at` is where the step stands that uses it: places
/// of another file would point at the wrong lines of this one.
pub struct Renamer<'a> {
    pub prefix: &'a str,
    pub at: Span,
    /// What the used runbook's secrets are called here.
    pub secrets: &'a BTreeMap<String, Input>,
    /// The first source that cannot be renamed. Loading has read all of them before.
    pub fault: Option<Fault>,
}

impl Renamer<'_> {
    /// The variables of the used runbook's own commands: those that it sets, and its
    /// secrets under the variables that its scripts know them by.
    pub fn env(&mut self, runbook: &Runbook) -> Vec<(String, Text)> {
        let mut env = runbook.env.clone();
        self.variables(&mut env);
        for input in runbook.inputs.iter().filter(|input| input.is_secret()) {
            let Some(here) = self.secrets.get(&input.name) else {
                continue;
            };
            let variable = input.secret_variable();
            let differs = variable != here.secret_variable();
            if differs && !env.iter().any(|(name, _)| *name == variable) {
                let text = Text {
                    source: format!("{{{{ {} }}}}", here.name),
                    at: self.at,
                };
                env.push((variable, text));
            }
        }
        env
    }

    pub fn phase(&mut self, phase: &mut Phase, env: &Env) {
        self.id(&mut phase.id);
        self.id(&mut phase.scope);
        self.maybe_expression(&mut phase.when);
        self.maybe_expression(&mut phase.own_when);
        for around in &mut phase.around {
            self.id(&mut around.of);
            self.expression(&mut around.when);
        }
        for step in &mut phase.steps {
            self.step(step, env);
        }
    }

    pub fn step(&mut self, step: &mut Step, env: &Env) {
        let Step {
            id,
            title,
            why,
            when,
            target,
            links,
            effect: _,
            duty,
            kind,
            at,
        } = step;
        self.id(id);
        *at = self.at;
        self.text(title);
        self.text(why);
        self.maybe_expression(when);
        self.maybe_text(target);
        self.variables(links);
        self.duty(duty);
        match kind {
            Kind::Run(run) => self.run(run, env),
            Kind::Gate(gate) => self.gate(gate),
            Kind::Manual(manual) => self.manual(manual),
            Kind::Wait(Wait { duration: _, until }) => self.maybe_expression(until),
        }
    }

    fn run(&mut self, run: &mut Run, inherited: &Env) {
        let Run {
            scripts,
            shell,
            cwd,
            env,
            tty: _,
            timeout: _,
            kill_grace: _,
            silence: _,
            retry: _,
            poll: _,
            expect:
                Expect {
                    exit: _,
                    stdout: _,
                    that,
                },
            outputs,
            watch,
            on_failure: _,
            fallbacks,
            probe,
            rehearse,
        } = run;
        let scripts = scripts.iter_mut().chain(watch);
        let scripts = scripts.map(|Script { name: _, text }| text);
        let others = fallbacks.iter_mut().map(|fallback| &mut fallback.script);
        for script in scripts.chain(others).chain(probe).chain(rehearse) {
            match shell {
                Shell::Bash | Shell::Sh => self.text(script),
                // Nothing is filled in there, so nothing in it is a name.
                Shell::Python3 | Shell::Argv(_) => script.at = self.at,
            }
        }
        self.maybe_text(cwd);
        self.variables(env);
        inherit(env, inherited);
        self.maybe_expression(that);
        for output in outputs {
            self.id(&mut output.name);
        }
    }

    fn gate(&mut self, gate: &mut Gate) {
        let Gate {
            evidence,
            criteria,
            suggest,
            answers,
            headless: _,
            headless_given: _,
        } = gate;
        self.maybe_text(evidence);
        for criterion in criteria {
            let Criterion {
                name: _,
                value,
                unit: _,
                limit,
            } = criterion;
            self.expression(value);
            self.expression(limit);
        }
        for suggestion in suggest {
            let Suggestion {
                when,
                answer: _,
                because,
            } = suggestion;
            self.expression(when);
            self.text(because);
        }
        for answer in answers {
            let Answer {
                name: _,
                label,
                then,
                consequence,
                reason_required: _,
                approvals: _,
            } = answer;
            self.text(label);
            self.text(consequence);
            for phase in then.iter_mut().flatten() {
                self.id(phase);
            }
        }
    }

    fn duty(&mut self, duty: &mut Duty) {
        let Duty { owner, due: _ } = duty;
        self.maybe_text(owner);
    }

    fn manual(&mut self, manual: &mut Manual) {
        let Manual {
            instructions,
            checklist,
            record,
            copy,
            headless_skip: _,
        } = manual;
        self.text(instructions);
        for Item { text, duty } in checklist {
            self.text(text);
            self.duty(duty);
        }
        for input in record {
            self.id(&mut input.name);
            if let Some(from) = &mut input.options_from {
                self.text(&mut from.script);
            }
        }
        self.maybe_text(copy);
    }

    pub fn signal(&mut self, signal: &mut Signal) {
        let Signal {
            name,
            script,
            regex: _,
            every: _,
            unit: _,
            healthy,
            at,
        } = signal;
        self.id(name);
        self.text(script);
        self.maybe_expression(healthy);
        *at = self.at;
    }

    /// What an inner runbook's inputs were given, in the words of the outer one.
    pub fn binding(&mut self, binding: &mut Binding) {
        self.id(&mut binding.name);
        self.text(&mut binding.value);
    }

    /// What an inner runbook sets, with what this one sets around it.
    pub fn used(&mut self, used: &mut Used, inherited: &Env) {
        self.id(&mut used.prefix);
        self.variables(&mut used.env);
        inherit(&mut used.env, inherited);
    }

    fn id(&self, id: &mut String) {
        id.insert_str(0, self.prefix);
    }

    fn variables(&mut self, variables: &mut Env) {
        for (_, text) in variables {
            self.text(text);
        }
    }

    fn maybe_text(&mut self, text: &mut Option<Text>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn text(&mut self, text: &mut Text) {
        let renamed = template::rename_text(&text.source, &|path| self.name(path));
        text.at = self.at;
        match renamed {
            Ok(source) => text.source = source,
            Err(fault) => self.fault = self.fault.take().or(Some(fault)),
        }
    }

    fn maybe_expression(&mut self, expression: &mut Option<Expression>) {
        if let Some(expression) = expression {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &mut Expression) {
        let renamed = template::rename_expression(&expression.source, &|path| self.name(path));
        expression.at = self.at;
        match renamed {
            Ok(source) => expression.source = source,
            Err(fault) => self.fault = self.fault.take().or(Some(fault)),
        }
    }

    /// What a name of the used runbook is called in the one around it.
    fn name(&self, path: &str) -> Option<String> {
        match path.split_once('.') {
            Some((group @ ("answers" | "steps"), rest)) => {
                Some(format!("{group}.{}{rest}", self.prefix))
            }
            // `run.…` is the same everywhere.
            Some(_) => None,
            None => Some(match self.secrets.get(path) {
                Some(here) => here.name.clone(),
                None => format!("{}{path}", self.prefix),
            }),
        }
    }
}

/// Puts variables before a command's own, which win.
fn inherit(own: &mut Vec<(String, Text)>, inherited: &Env) {
    let mut all: Vec<(String, Text)> = inherited
        .iter()
        .filter(|(name, _)| !own.iter().any(|(known, _)| known == name))
        .cloned()
        .collect();
    all.append(own);
    *own = all;
}
