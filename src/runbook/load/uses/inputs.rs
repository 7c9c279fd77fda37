//! What a used runbook's inputs are given.

use std::collections::BTreeMap;

use super::{Uses, With, error};
use crate::runbook::{
    Binding, Code, Input, Text,
    diagnostic::{Diagnostic, Span},
};
use crate::template::{self, Scope, Type, Types, similar};

/// What stands for the inputs of a used runbook.
#[derive(Default)]
pub struct Given {
    /// In the order of the used file, under their new names.
    pub bindings: Vec<Binding>,
    /// The used runbook's secrets, each with the one that stands for it here.
    pub secrets: BTreeMap<String, Input>,
}

/// Compares `with` with what the used runbook asks for.
pub fn given(
    uses: &Uses,
    inputs: &[Input],
    outer: &[Input],
    findings: &mut Vec<Diagnostic>,
) -> Given {
    unknown(uses, inputs, findings);
    let mut given = Given::default();
    for input in inputs {
        let with = uses.with.iter().find(|with| with.name == input.name);
        match (with, &input.default) {
            (Some(with), _) if input.is_secret() => match secret(with, outer) {
                Some(secret) => {
                    given.secrets.insert(input.name.clone(), secret.clone());
                }
                None => findings.push(error(
                    with.text.at,
                    format!(
                        "`{}` is a secret there: only a secret can be given",
                        input.name
                    ),
                    format!(
                        "give it an input with `secret: true`, alone: \"{{{{ {} }}}}\"",
                        input.name
                    ),
                )),
            },
            (Some(with), _) => {
                let binding = binding(uses, input, with.text.clone());
                if let Err(message) = static_value(&binding) {
                    findings.push(error(
                        with.text.at,
                        format!("this does not fit the input of `{}`: {message}", uses.name),
                        format!("`rbconsole show {}` says what it takes", uses.name),
                    ));
                }
                given.bindings.push(binding);
            }
            (None, Some(default)) => {
                let text = Text {
                    source: template::literal(&default.to_string()),
                    at: uses.at,
                };
                given.bindings.push(binding(uses, input, text));
            }
            (None, None) => findings.push(error(
                uses.name_at,
                format!("`{}` needs its input `{}`", uses.name, input.name),
                format!("with: {{ {}: … }}", input.name),
            )),
        }
    }
    given
}

fn unknown(uses: &Uses, inputs: &[Input], findings: &mut Vec<Diagnostic>) {
    for with in &uses.with {
        if inputs.iter().any(|input| input.name == with.name) {
            continue;
        }
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        let hint = match similar::closest(&with.name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "it has no inputs".to_owned(),
            None => format!("it has: {}", names.join(", ")),
        };
        let message = format!("`{}` has no input `{}`", uses.name, with.name);
        findings.push(error(with.at, message, hint));
    }
}

/// The secret that a text consists of.
fn secret<'a>(with: &With, outer: &'a [Input]) -> Option<&'a Input> {
    let mut types = Types::default();
    for input in outer {
        types.insert(&input.name, input.kind);
    }
    let name = template::secret_reference(&with.text.source, &types)?;
    outer.iter().find(|input| input.name == name)
}

fn binding(uses: &Uses, input: &Input, value: Text) -> Binding {
    Binding {
        name: format!("{}{}", uses.prefix(), input.name),
        kind: input.kind,
        value,
        input: input.clone(),
    }
}

/// Checks a value that is known already, as one that an operator gives is checked.
fn static_value(binding: &Binding) -> Result<(), String> {
    if !template::is_plain(&binding.value.source) {
        return Ok(());
    }
    // What cannot be rendered is said where the template is checked.
    match template::render_text(&binding.value.source, &Scope::new()) {
        Ok(text) => binding.read(&text).map(drop),
        Err(_) => Ok(()),
    }
}

/// What only shows with the types of all names: a value of another type, or one that
/// is made by the runbook that it is given to.
pub fn check(uses: &Uses, bindings: &[Binding], types: &Types, findings: &mut Vec<Diagnostic>) {
    let prefix = uses.prefix();
    for with in &uses.with {
        for name in template::names_in_text(&with.text.source) {
            from_inside(&name.path, &prefix, uses, with.text.at, findings);
        }
        let name = format!("{prefix}{}", with.name);
        let binding = bindings.iter().find(|binding| binding.name == name);
        if let Some(binding) = binding
            && binding.kind != Type::String
            && let Some(found) = template::type_of_sole(&with.text.source, types)
            && found != binding.kind
        {
            let (input, kind) = (&with.name, binding.kind);
            let message = format!("the input `{input}` is a {kind}, and this is a {found}");
            findings
                .push(error(with.text.at, message, format!("give it a {kind}")).code(Code::Types));
        }
    }
    if let Some(when) = &uses.when {
        for name in template::names_in_expression(&when.source) {
            from_inside(&name.path, &prefix, uses, when.at, findings);
        }
    }
}

fn from_inside(path: &str, prefix: &str, uses: &Uses, at: Span, findings: &mut Vec<Diagnostic>) {
    let name = path
        .strip_prefix("answers.")
        .or_else(|| path.strip_prefix("steps."))
        .unwrap_or(path);
    if name.starts_with(prefix) {
        let id = &uses.id;
        findings.push(error(
            at,
            format!("`{path}` is made by `{id}` itself, which runs only after this"),
            "use what is known before the step",
        ));
    }
}
