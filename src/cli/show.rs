//! `show`: a runbook as a person reads it.

use std::fmt::{self, Write};

use super::{Exit, Failure, common};
use crate::runbook::{Kind, Runbook, Step, human};
use crate::template::Type;

/// Prints a runbook in Markdown.
pub fn show(name: &str) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let (_, runbook) = common::runbook(&settings, name)?;
    let mut text = String::new();
    write_runbook(&mut text, &runbook).map_err(Failure::fault)?;
    let safe: String = text
        .chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    common::print(&safe)?;
    Ok(Exit::Good)
}

fn write_runbook(out: &mut String, runbook: &Runbook) -> fmt::Result {
    writeln!(out, "# {}\n", runbook.title)?;
    if !runbook.description.is_empty() {
        writeln!(out, "{}\n", runbook.description.trim_end())?;
    }
    if !runbook.when_to_use.is_empty() {
        writeln!(out, "When to use:\n")?;
        for sign in &runbook.when_to_use {
            writeln!(out, "- {sign}")?;
        }
        writeln!(out)?;
    }
    if !runbook.inputs.is_empty() {
        writeln!(out, "Inputs:\n")?;
        for input in &runbook.inputs {
            let default = match (&input.default, input.kind) {
                (_, Type::Secret) => format!("secret, from {}", input.secret_variable()),
                (Some(value), _) if value.to_string().is_empty() => "optional".to_owned(),
                (Some(value), _) => format!("default {value}"),
                (None, _) => "required".to_owned(),
            };
            writeln!(out, "- {} ({default}): {}", input.name, input.description)?;
        }
        writeln!(out)?;
    }
    for (number, phase) in runbook.phases.iter().enumerate() {
        let budget = phase
            .budget
            .map_or_else(String::new, |budget| format!(" ({})", human(budget)));
        writeln!(out, "## {}. {}{budget}\n", number + 1, phase.title)?;
        if let Some(when) = &phase.when {
            writeln!(out, "Only if {}\n", when.source)?;
        }
        for step in &phase.steps {
            write_step(out, step)?;
        }
    }
    Ok(())
}

fn write_step(out: &mut String, step: &Step) -> fmt::Result {
    writeln!(out, "### {}\n", step.title.source)?;
    if !step.why.source.is_empty() {
        writeln!(out, "{}\n", step.why.source.trim_end())?;
    }
    if let Some(when) = &step.when {
        writeln!(out, "Only if {}\n", when.source)?;
    }
    match &step.kind {
        Kind::Run(run) => writeln!(
            out,
            "```sh\n{}\n```\n\n{}, at most {}\n",
            run.script().source.trim_end(),
            step.effect.word(),
            human(run.timeout)
        ),
        Kind::Gate(gate) => {
            for criterion in &gate.criteria {
                writeln!(
                    out,
                    "- {}: {} {} (limit {})",
                    criterion.name, criterion.value.source, criterion.unit, criterion.limit.source
                )?;
            }
            for answer in &gate.answers {
                let then = answer.then.as_ref().map_or_else(String::new, |then| {
                    if then.is_empty() {
                        " → the run ends".to_owned()
                    } else {
                        format!(" → {}", then.join(", "))
                    }
                });
                writeln!(
                    out,
                    "- [ ] {}{then}. {}",
                    answer.label.source, answer.consequence.source
                )?;
            }
            writeln!(out)
        }
        Kind::Manual(manual) => {
            if !manual.instructions.source.is_empty() {
                writeln!(out, "{}\n", manual.instructions.source.trim_end())?;
            }
            for item in &manual.checklist {
                writeln!(out, "- [ ] {}", item.source)?;
            }
            writeln!(out)
        }
        Kind::Wait(wait) => {
            let until = wait.until.as_ref().map_or_else(String::new, |until| {
                format!(" at most, until {}", until.source)
            });
            writeln!(out, "Wait {}{until}\n", human(wait.duration))
        }
    }
}
