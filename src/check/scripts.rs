//! Every script of a runbook, and what its shell says of it.

mod mend;
pub mod parse;
pub mod placeholder;
mod shells;

use super::file::File;
use crate::runbook::{Code, Diagnostic, Kind, Runbook, Shell, Step, Text, diagnostic::Span};

/// A script of the runbook.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// As the author wrote it.
    pub text: &'a Text,
    /// What interprets it.
    pub shell: &'a Shell,
    /// The used runbook that it belongs to.
    pub scope: &'a str,
}

/// Every script of a runbook, in the order of the file.
pub fn of(runbook: &Runbook) -> Vec<Found<'_>> {
    const BASH: &Shell = &Shell::Bash;
    let mut all: Vec<Found<'_>> = Vec::new();
    let mut add = |text, shell, scope| all.push(Found { text, shell, scope });
    for input in &runbook.inputs {
        if let Some(options) = &input.options_from {
            add(&options.script, BASH, "");
        }
    }
    for guard in runbook
        .environments
        .iter()
        .filter_map(|place| place.guard.as_ref())
    {
        add(guard, BASH, "");
    }
    for signal in &runbook.signals {
        add(&signal.script, BASH, "");
    }
    for phase in runbook.all_phases() {
        for step in &phase.steps {
            for (text, shell) in of_step(step) {
                add(text, shell, &phase.scope);
            }
        }
    }
    all
}

/// The scripts of one step.
pub fn of_step(step: &Step) -> Vec<(&Text, &Shell)> {
    const BASH: &Shell = &Shell::Bash;
    match &step.kind {
        Kind::Run(run) => {
            let scripts = run.scripts.iter().chain(&run.watch);
            let scripts = scripts.map(|script| &script.text);
            let fallbacks = run.fallbacks.iter().map(|fallback| &fallback.script);
            scripts
                .chain(fallbacks)
                .chain(&run.rehearse)
                .map(|text| (text, &run.shell))
                .chain(run.probe.iter().map(|text| (text, BASH)))
                .collect()
        }
        Kind::Gate(gate) => gate.evidence.iter().map(|text| (text, BASH)).collect(),
        _ => Vec::new(),
    }
}

/// What a script is handed to its shell for.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// Which script.
    pub of: Found<'a>,
    /// As it would run, with words in place of values.
    pub scripts: Vec<parse::Script>,
}

/// The scripts of a runbook as they would run.
pub fn jobs<'a>(runbook: &'a Runbook, found: &[Found<'a>]) -> Vec<Job<'a>> {
    found
        .iter()
        .filter_map(|script| {
            let language = parse::Language::of(script.shell)?;
            let scripts = placeholder::fill(runbook, &script.text.source, language)
                .into_iter()
                .map(|text| parse::Script { text, language })
                .collect();
            Some(Job {
                of: *script,
                scripts,
            })
        })
        .collect()
}

/// What the shells said of one script.
pub fn finding(file: &File<'_>, job: &Job<'_>, said: &parse::Said) -> Option<Diagnostic> {
    let script = job.of;
    match said {
        parse::Said::Fine => None,
        parse::Said::NoShell(name) => {
            let at = script.text.at;
            let message = format!("`{name}` is not installed here: this script was not parsed");
            Some(
                Diagnostic::warning(at, message)
                    .notice()
                    .code(Code::NoShell)
                    .hint(format!("install {name}, or check where it is")),
            )
        }
        parse::Said::NotAsked => {
            let message = "this script was not parsed: too many others had to be parsed one by one";
            Some(
                Diagnostic::warning(script.text.at, message)
                    .code(Code::NoShell)
                    .hint("mend the scripts that cannot be parsed, or check fewer files at once"),
            )
        }
        parse::Said::Wrong {
            line,
            message,
            hint,
        } => {
            let at = place(file, script, *line);
            let hint = hint.as_deref();
            Some(
                Diagnostic::error(at, format!("the shell cannot parse this script: {message}"))
                    .code(Code::ShellSyntax)
                    .hint(hint.unwrap_or("as it would run, with a word in place of each value")),
            )
        }
    }
}

fn place(file: &File<'_>, script: Found<'_>, line: usize) -> Span {
    let source = &script.text.source;
    // An end that comes too early is reported behind the last line.
    let last = source.lines().count().max(1);
    file.line(script.scope, script.text.at, source, line.clamp(1, last))
}

/// What scripts do with values that is not safe.
pub fn hazards(file: &File<'_>, runbook: &Runbook, found: &[Found<'_>]) -> Vec<Diagnostic> {
    found
        .iter()
        .filter_map(|script| match parse::Language::of(script.shell)? {
            parse::Language::Bash => Some((script, true)),
            parse::Language::Sh => Some((script, false)),
            parse::Language::Python => None,
        })
        .flat_map(|(script, bash)| {
            super::hazards::of(runbook, &script.text.source, bash)
                .into_iter()
                .map(move |hazard| {
                    let at = file.within(
                        script.scope,
                        script.text.at,
                        &script.text.source,
                        hazard.bytes,
                    );
                    Diagnostic::error(at, hazard.message)
                        .code(hazard.code)
                        .hint(hazard.hint)
                })
                .collect::<Vec<_>>()
        })
        .collect()
}
