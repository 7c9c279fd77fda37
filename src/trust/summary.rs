//! What a runbook would execute, in a few lines: enough to see whether it is the
//! one that it is taken for. The text itself says the rest.

use std::collections::BTreeSet;

use regex::Regex;

use super::difference::plain;
use crate::runbook::{Effect, Kind, Runbook, Step, Text};

/// More names than these nobody reads.
const MOST: usize = 12;

/// The lines.
pub fn of(runbook: &Runbook) -> Vec<String> {
    let mut lines = vec![commands(runbook)];
    lines.extend(unasked(runbook));
    let destructive: Vec<String> = runbook
        .steps()
        .filter(|step| step.effect == Effect::Destructive)
        .map(|step| match &step.target {
            Some(target) => format!("‘{}’ on {}", named(step), target.source),
            None => format!("‘{}’", named(step)),
        })
        .collect();
    lines.extend(list("destructive", destructive));
    let terminals = steps_that(runbook, |run| run.tty);
    lines.extend(list("in a terminal", terminals));
    lines.extend(list("hosts that it names", hosts(runbook)));
    lines.extend(list(
        "programs that it needs",
        runbook.requires.tools.clone(),
    ));
    let secrets = runbook.inputs.iter().filter(|input| input.is_secret());
    lines.extend(list(
        "secrets that it asks for",
        secrets.map(|input| input.name.clone()).collect(),
    ));
    lines
}

fn named(step: &Step) -> &str {
    if step.title.source.is_empty() {
        &step.id
    } else {
        &step.title.source
    }
}

fn list(what: &str, mut names: Vec<String>) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    Some(plain(&format!("{what}: {}", names.join(", "))))
}

fn steps_that(runbook: &Runbook, is: impl Fn(&crate::runbook::Run) -> bool) -> Vec<String> {
    runbook
        .steps()
        .filter(|step| matches!(&step.kind, Kind::Run(run) if is(run)))
        .map(|step| format!("‘{}’", named(step)))
        .collect()
}

/// How many commands, by what they may do.
fn commands(runbook: &Runbook) -> String {
    let mut counts = [0_usize; 3];
    let mut all = 0;
    for step in runbook.steps() {
        let Kind::Run(run) = &step.kind else { continue };
        let scripts = run.scripts.len() + run.watch.len();
        counts[step.effect as usize] += scripts;
        for fallback in &run.fallbacks {
            counts[fallback.effect as usize] += 1;
        }
        all += scripts + run.fallbacks.len();
    }
    let parts: Vec<String> = [Effect::Read, Effect::Write, Effect::Destructive]
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(effect, count)| format!("{count} {}", effect.word()))
        .collect();
    let phases = runbook.all_phases().count();
    let what = format!(
        "{} in {}",
        several(all, "command"),
        several(phases, "phase")
    );
    if parts.is_empty() {
        what
    } else {
        format!("{what}: {}", parts.join(", "))
    }
}

/// What runs without anybody starting it.
fn unasked(runbook: &Runbook) -> Option<String> {
    let run = |count: fn(&crate::runbook::Run) -> usize| -> usize {
        runbook
            .steps()
            .map(|step| match &step.kind {
                Kind::Run(run) => count(run),
                _ => 0,
            })
            .sum()
    };
    let evidence = runbook
        .steps()
        .filter(|step| matches!(&step.kind, Kind::Gate(gate) if gate.evidence.is_some()))
        .count();
    let guards = runbook
        .environments
        .iter()
        .filter(|place| place.guard.is_some());
    let choices = runbook
        .inputs
        .iter()
        .filter(|input| input.options_from.is_some());
    let parts: Vec<String> = [
        (guards.count(), "guard"),
        (choices.count(), "list of choices"),
        (runbook.signals.len(), "signal"),
        (evidence, "evidence"),
        (run(|run| usize::from(run.probe.is_some())), "probe"),
        (run(|run| usize::from(run.rehearse.is_some())), "rehearsal"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| match what {
        "evidence" if count == 1 => "1 command for evidence".to_owned(),
        "evidence" => format!("{count} commands for evidence"),
        "list of choices" if count > 1 => format!("{count} lists of choices"),
        _ => several(count, what),
    })
    .collect();
    (!parts.is_empty()).then(|| format!("beside them: {}", parts.join(", ")))
}

fn several(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Every script of it.
fn scripts(runbook: &Runbook) -> Vec<&Text> {
    let mut all: Vec<&Text> = Vec::new();
    let asked = runbook
        .inputs
        .iter()
        .filter_map(|input| input.options_from.as_ref());
    all.extend(asked.map(|options| &options.script));
    all.extend(
        runbook
            .environments
            .iter()
            .filter_map(|place| place.guard.as_ref()),
    );
    all.extend(runbook.signals.iter().map(|signal| &signal.script));
    for step in runbook.steps() {
        match &step.kind {
            Kind::Run(run) => {
                let scripts = run.scripts.iter().chain(&run.watch);
                all.extend(scripts.map(|script| &script.text));
                all.extend(run.fallbacks.iter().map(|fallback| &fallback.script));
                all.extend(run.probe.iter().chain(&run.rehearse));
            }
            Kind::Gate(gate) => all.extend(&gate.evidence),
            _ => {}
        }
    }
    all
}

/// The machines that stand in addresses and behind `ssh` and `scp`.
fn hosts(runbook: &Runbook) -> Vec<String> {
    let patterns = [
        r"[a-z][a-z0-9+.-]*://(?:[^/@\s'\x22]*@)?([A-Za-z0-9][A-Za-z0-9.-]*)",
        r"\b(?:ssh|scp|rsync|sftp)\s+(?:-\S+\s+)*(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)",
        r"\b[A-Za-z0-9._-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)",
    ];
    let patterns = patterns.map(Regex::new);
    let mut found = BTreeSet::new();
    for script in scripts(runbook) {
        for pattern in patterns.iter().flatten() {
            for host in pattern.captures_iter(&script.source) {
                found.insert(host[1].to_owned());
            }
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNBOOK: &str = r"
version: 1
title: Wipe the cache
requires: { tools: [curl] }
inputs:
  token: { description: Token, secret: true }
  node: { description: Which, options_from: { run: 'curl -s http://inventory.example/nodes' } }
environments:
  lab: { drill: true, guard: 'hostname | grep -q lab' }
signals:
  errors: { run: 'curl -s https://ana:pw@metrics.example:9090/x', every: 10s }
phases:
  - id: work
    title: Work
    steps:
      - { id: look, title: Look, effect: read, run: 'ssh -p 22 ops@db1.example uptime' }
      - { id: wipe, title: Wipe it, effect: destructive, target: '{{ node }}', run: 'echo wiped {{ node }}' }
      - id: go_on
        title: Go on?
        gate: { evidence: { run: 'curl http://evidence.example/' }, answers: { yes_go: { label: Go }, no_go: { label: Stop } } }
";

    #[test]
    fn what_runs_is_counted_and_named() {
        let loaded = crate::runbook::load(RUNBOOK);
        let findings = loaded.render("x", RUNBOOK, false);
        let runbook = loaded.runbook.unwrap_or_else(|| panic!("{findings}"));
        assert_eq!(
            of(&runbook),
            [
                "2 commands in 1 phase: 1 read, 1 destructive",
                "beside them: 1 guard, 1 list of choices, 1 signal, 1 command for evidence",
                "destructive: ‘Wipe it’ on {{ node }}",
                "hosts that it names: db1.example, evidence.example, inventory.example, metrics.example",
                "programs that it needs: curl",
                "secrets that it asks for: token",
            ]
        );
    }

    #[test]
    fn many_names_are_cut_and_what_a_terminal_would_interpret_is_not_shown() {
        let names = (0..20)
            .map(|number| format!("h{number}\u{1b}[2J"))
            .collect();
        let line = list("hosts", names).unwrap();
        assert!(
            line.ends_with("and 8 more") && !line.contains('\u{1b}'),
            "{line}"
        );
        assert_eq!(list("hosts", Vec::new()), None);
    }
}
