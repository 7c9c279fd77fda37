//! What a mutant does to a run, and what `check` says of it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rbconsole::{
    check::{Checked, check},
    engine::State,
    runbook::{Runbook, Severity},
    scenario::{File, Suite},
};

use super::operators::Mutant;
use super::source::{has_word, indent};

/// Why a mutant is a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// The runbook cannot be loaded.
    Load,
    /// Its shell would not start the script.
    Shell,
    /// A scenario goes another way, or its file fits no more.
    Trace,
    /// By what it is: scenarios run no command.
    Definition,
    /// It changes nothing that can be seen.
    No,
}

/// What came of one mutant.
pub struct Judged {
    /// Whether it counts.
    pub counts: Counts,
    /// Whether there is an error or a warning.
    pub found: bool,
    /// Whether one is at the right line.
    pub right: bool,
    /// The findings, for the list of survivors.
    pub said: Vec<String>,
}

/// Does something for each item on all processors, in order.
pub fn each<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let work = || {
        let mut done = Vec::new();
        while let Some((number, item)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            items.get(number).map(|item| (number, item))
        } {
            done.push((number, act(item)));
        }
        done
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .flat_map(|one| one.join().expect("no worker panics"))
            .collect()
    });
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, done)| done).collect()
}

/// Plays the scenarios of a runbook: the trace of each, or `None` if they do not fit it.
pub fn traces(name: &str, scenarios: &str, book: Runbook) -> Option<Vec<String>> {
    let parsed = File::parse(scenarios).expect("the scenarios are YAML");
    let suite = Suite::read(name, "scenarios", scenarios, parsed, Arc::new(book)).ok()?;
    let verdicts = suite.run("");
    Some(
        verdicts
            .iter()
            .map(|verdict| format!("{:?} {}", verdict.failures, trace(&verdict.state)))
            .collect(),
    )
}

/// What a run did: phases, answers, values, and each step's end; times, texts and digests left out.
fn trace(state: &State) -> String {
    let phases: Vec<&str> = state.phases.iter().map(|phase| phase.id.as_str()).collect();
    let steps: Vec<String> = state
        .steps
        .iter()
        .map(|(id, status)| {
            let status = format!("{status:?}");
            let word = status
                .split([' ', '(', '{'])
                .next()
                .unwrap_or_default()
                .to_owned();
            format!("{id}:{word}")
        })
        .collect();
    let closed = state.closed.as_ref().map(|closed| closed.outcome);
    format!(
        "{phases:?} {:?} {:?} {steps:?} {closed:?}",
        state.answers, state.values
    )
}

/// Whether a shell refuses a script of the runbook, values being words: asked apart from `check`.
pub fn shell_refuses(book: &Runbook) -> bool {
    use rbconsole::runbook::Kind;
    book.all_phases()
        .flat_map(|phase| &phase.steps)
        .flat_map(|step| match &step.kind {
            Kind::Run(run) => run
                .scripts
                .iter()
                .map(|script| &script.text.source)
                .collect::<Vec<_>>(),
            Kind::Gate(gate) => gate.evidence.iter().map(|text| &text.source).collect(),
            _ => Vec::new(),
        })
        .any(|script| {
            let mut plain = String::new();
            let mut rest = script.as_str();
            while let Some((before, after)) = rest.split_once("{{") {
                plain.push_str(before);
                plain.push('x');
                rest = after.split_once("}}").map_or("", |(_, rest)| rest);
            }
            plain.push_str(rest);
            let said = std::process::Command::new("bash")
                .args(["-n", "-c", &plain])
                .output();
            !said.expect("bash is here").status.success()
        })
}

/// What `check` says of each mutant, each checked by itself.
pub fn checked(mutants: &[(usize, Mutant)]) -> Vec<Checked> {
    each(mutants, |(_, mutant)| check(&mutant.text))
}

/// Judges a mutant that is known to count, or not.
pub fn judge(mutant: &Mutant, counts: Counts, checked: &Checked) -> Judged {
    let lines: Vec<&str> = mutant.text.lines().collect();
    let owners = owners(&lines, mutant.line);
    let said: Vec<_> = checked
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Notice)
        .collect();
    let right = said.iter().any(|finding| {
        let line = finding.at.line.saturating_sub(1);
        let text = lines.get(line).copied().unwrap_or_default();
        line.abs_diff(mutant.line) <= 1
            || mutant.names.iter().any(|name| has_word(text, name))
            || owners.contains(&line)
                && mutant
                    .names
                    .iter()
                    .any(|name| has_word(&finding.message, name))
    });
    Judged {
        counts,
        found: !said.is_empty(),
        right,
        said: said
            .iter()
            .map(|finding| {
                format!(
                    "{}:{} {}",
                    finding.code.number(),
                    finding.at.line,
                    finding.message
                )
            })
            .collect(),
    }
}

/// The lines that a line belongs to: of what it stands in, the first ones.
fn owners(lines: &[&str], line: usize) -> Vec<usize> {
    let mut owners = Vec::new();
    let mut depth = lines.get(line).map_or(0, |line| indent(line)).max(1) + 1;
    for number in (0..line.min(lines.len())).rev() {
        let here = indent(lines[number]);
        if !lines[number].trim().is_empty() && here < depth {
            depth = here;
            owners.push(number);
        }
        if owners.len() == 3 {
            break;
        }
    }
    owners
}
