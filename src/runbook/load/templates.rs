//! Checking single templates and expressions, with their faults placed in the file.

use std::collections::{BTreeMap, BTreeSet};

use super::{fields::Named, place};
use crate::runbook::{
    Code, Expression, Shell, Text,
    diagnostic::{Diagnostic, MOST_FINDINGS, Span},
};
use crate::template::{self, About, Fault, Type, Types};

/// Collects what is found in the whole file.
pub struct Checker<'a> {
    /// The file's text.
    pub source: &'a str,
    /// Where its lines begin.
    pub lines: &'a [usize],
    /// Where names stand that the model holds without their place.
    pub places: &'a BTreeMap<Named, Span>,
    /// The ids of the phases.
    pub phases: BTreeSet<String>,
    /// What was found so far.
    pub findings: &'a mut Vec<Diagnostic>,
    /// Every name of the runbook.
    pub types: Types,
}

impl Checker<'_> {
    pub fn error(&mut self, code: Code, at: Span, message: String, hint: String) {
        if !self.is_full() {
            self.findings
                .push(Diagnostic::error(at, message).code(code).hint(hint));
        }
    }

    /// Whether so much is wrong that nothing more is told.
    pub fn is_full(&self) -> bool {
        self.findings.len() >= MOST_FINDINGS
    }

    /// Where a name stands that the model holds without its place.
    pub fn place_of(&self, named: &Named, otherwise: Span) -> Span {
        self.places.get(named).copied().unwrap_or(otherwise)
    }

    pub fn env(&mut self, variables: &[(String, Text)]) {
        for (_, text) in variables {
            // A secret may stand alone as a variable's whole value: it is passed by reference.
            if template::secret_reference(&text.source, &self.types).is_none() {
                self.text(text);
            }
        }
    }

    pub fn text(&mut self, text: &Text) {
        if self.is_full() {
            return;
        }
        if let Err(faults) = template::check_text(&text.source, &self.types) {
            self.faults(text.at, &text.source, &faults);
        }
    }

    pub fn script(&mut self, script: &Text, shell: &Shell) {
        if self.is_full() {
            return;
        }
        if let Err(faults) = check_script(&script.source, shell, &self.types) {
            self.faults(script.at, &script.source, &faults);
        }
    }

    /// A bash script that sees only some of the names; `why` says which.
    pub fn script_that_sees(&mut self, seen: &Types, script: &Text, why: &str) {
        if self.is_full() {
            return;
        }
        if let Err(faults) = check_script(&script.source, &Shell::Bash, seen) {
            let faults = self.explained(&script.source, faults, why);
            self.faults(script.at, &script.source, &faults);
        }
    }

    pub fn condition(&mut self, expression: Option<&Expression>) {
        let Some(expression) = expression.filter(|_| !self.is_full()) else {
            return;
        };
        if let Err(faults) =
            template::check_expression(&expression.source, &self.types, Type::Boolean)
        {
            self.faults(expression.at, &expression.source, &faults);
        }
    }

    /// A condition that sees only some of the names; `why` says which.
    pub fn condition_that_sees(&mut self, seen: &Types, expression: &Expression, why: &str) {
        if self.is_full() {
            return;
        }
        let checked = template::check_expression(&expression.source, seen, Type::Boolean);
        if let Err(faults) = checked {
            let faults = self.explained(&expression.source, faults, why);
            self.faults(expression.at, &expression.source, &faults);
        }
    }

    /// A name that exists, and only not here, is not called undefined.
    fn explained(&self, text: &str, mut faults: Vec<Fault>, why: &str) -> Vec<Fault> {
        for fault in &mut faults {
            let name = &text[range(text, fault)];
            if fault.about == About::Name && self.types.node(name).is_some() {
                fault.message = format!("`{name}` is not known here");
                fault.hint = Some(why.to_owned());
            }
        }
        faults
    }

    pub fn faults(&mut self, at: Span, text: &str, faults: &[Fault]) {
        for fault in faults {
            let at = place::within(self.source, self.lines, at, text, range(text, fault));
            let mut finding = Diagnostic::error(at, fault.message.clone()).code(code(fault.about));
            finding.hint.clone_from(&fault.hint);
            self.findings.push(finding);
        }
    }
}

fn check_script(script: &str, shell: &Shell, types: &Types) -> Result<(), Vec<Fault>> {
    match shell {
        Shell::Bash => template::check_script(script, template::Shell::Bash, types),
        Shell::Sh => template::check_script(script, template::Shell::Sh, types),
        Shell::Python3 | Shell::Argv(_) => template::check_plain(script),
    }
}

/// The bytes of a template that a fault is about.
fn range(text: &str, fault: &Fault) -> std::ops::Range<usize> {
    let line = text.split_inclusive('\n').take(fault.line - 1);
    let start: usize = line.map(str::len).sum();
    let byte = |chars: usize| {
        text[start..]
            .char_indices()
            .nth(chars)
            .map_or(text.len(), |(at, _)| start + at)
    };
    byte(fault.column - 1)..byte(fault.column - 1 + fault.length)
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
