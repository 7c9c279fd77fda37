//! What came of a scenario, compared with what was expected.

mod route;

use super::model::{Expect, Outcome, Scenario};
use super::play::{End, Played};
use crate::engine::{
    Event, Status,
    event::{self, Conclusion},
    state::PhaseStatus,
};
use crate::report::{Source, markdown::markdown};
use crate::run_dir::RunDir;
use crate::runbook::{Diagnostic, diagnostic::Span};
use crate::template::Value;

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What, where in the file of scenarios, and how to go on.
    pub finding: Diagnostic,
    /// More of it, line by line, already aligned.
    pub detail: Vec<String>,
}

impl Failure {
    fn new(at: Span, message: impl Into<String>) -> Self {
        Self {
            finding: Diagnostic::error(at, message),
            detail: Vec::new(),
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.finding = self.finding.hint(hint);
        self
    }

    fn detail(mut self, lines: Vec<String>) -> Self {
        self.detail = lines;
        self
    }
}

/// Everything that is not as expected.
pub fn judge(scenario: &Scenario, played: &Played) -> Vec<Failure> {
    let expect = &scenario.expect;
    if let End::Broken { at, why, hint } = &played.end {
        let mut failure = Failure::new(*at, why.clone()).detail(route::so_far(played));
        failure.finding.hint.clone_from(hint);
        return vec![failure];
    }
    let mut failures = Vec::new();
    failures.extend(outcome(scenario, played));
    if let Some((at, route)) = &expect.route {
        failures.extend(route::compare(*at, route, played));
    }
    steps(expect, played, &mut failures);
    refusals(expect, played, &mut failures);
    values(expect, played, &mut failures);
    scripts(expect, played, &mut failures);
    report_lines(expect, played, &mut failures);
    for (at, what) in &played.unused {
        failures.push(
            Failure::new(*at, format!("{what} in this scenario"))
                .hint("remove it, or put what several scenarios share under `defaults`"),
        );
    }
    failures
}

/// How the run ended, and for whom it waits.
fn outcome(scenario: &Scenario, played: &Played) -> Option<Failure> {
    let expect = &scenario.expect;
    let got = match &played.state.closed {
        Some(closed) => Outcome::Closed(closed.outcome),
        None => Outcome::Open,
    };
    if let Some((at, step)) = &expect.waits_for {
        return match &played.end {
            End::Waits { step: waits, .. } if waits == step => None,
            End::Waits {
                step: waits, why, ..
            } => Some(
                Failure::new(
                    *at,
                    format!("expected the run to wait for `{step}`, it waits for `{waits}`"),
                )
                .hint(why.clone()),
            ),
            _ => Some(with_reason(
                Failure::new(
                    *at,
                    format!(
                        "expected the run to wait for `{step}`, it closed as {}",
                        got.word()
                    ),
                ),
                played,
            )),
        };
    }
    let (at, wanted) = expect.outcome?;
    if got == wanted {
        return None;
    }
    if let End::Waits { why, hint, .. } = &played.end {
        return Some(
            Failure::new(scenario.at, why.clone())
                .hint(hint.clone())
                .detail(route::so_far(played)),
        );
    }
    let message = format!("expected the outcome {}, got {}", wanted.word(), got.word());
    Some(with_reason(Failure::new(at, message), played))
}

/// With the last thing that went wrong, which often is the reason.
fn with_reason(failure: Failure, played: &Played) -> Failure {
    match last_trouble(played) {
        Some(trouble) => failure.hint(format!("the last thing that went wrong: {trouble}")),
        None => failure,
    }
}

fn last_trouble(played: &Played) -> Option<String> {
    played
        .entries
        .iter()
        .rev()
        .find_map(|entry| match &entry.event {
            Event::AttemptFinished {
                attempt, outcome, ..
            } => {
                let step = &played.state.attempts.get(attempt)?.launch.step;
                match outcome {
                    event::Outcome::Succeeded => None,
                    event::Outcome::Failed { reason } => {
                        Some(format!("`{step}` failed ({reason})"))
                    }
                    event::Outcome::Unknown { reason } => {
                        Some(format!("`{step}` ended unknown ({reason})"))
                    }
                }
            }
            Event::WaitRanOut { step, .. } => Some(format!("the wait `{step}` ran out")),
            Event::RunClosed { note, .. } if !note.is_empty() => Some(note.clone()),
            _ => None,
        })
}

/// What became of the steps.
fn steps(expect: &Expect, played: &Played, failures: &mut Vec<Failure>) {
    for (at, name) in &expect.not_taken {
        if is_taken(played, name) {
            failures.push(Failure::new(*at, format!("`{name}` was taken")));
        }
    }
    for (at, step) in &expect.ran {
        if played.state.attempts_of(step).next().is_none() {
            let message = format!("`{step}` did not run");
            failures.push(Failure::new(*at, message).hint(why_not(played, step)));
        }
    }
    let failed = failed(played);
    if let Some((at, wanted)) = &expect.failed {
        failures.extend(same_set(*at, "failed steps", wanted, &failed));
    }
    let skipped: Vec<String> = played
        .state
        .steps
        .iter()
        .filter(|(_, status)| {
            matches!(
                status,
                Status::Concluded {
                    conclusion: Conclusion::Skipped { .. },
                    ..
                }
            )
        })
        .map(|(step, _)| step.clone())
        .collect();
    if let Some((at, wanted)) = &expect.skipped {
        failures.extend(same_set(*at, "skipped steps", wanted, &skipped));
    }
}

/// Whether a phase was entered, or a step had its turn.
fn is_taken(played: &Played, name: &str) -> bool {
    let state = &played.state;
    let phase = state
        .phases
        .iter()
        .any(|phase| phase.id == name && !matches!(phase.status, PhaseStatus::NotTaken { .. }));
    phase
        || !matches!(
            state.status(name),
            Status::Pending | Status::NotTaken { .. }
        )
}

/// Why a step did not run.
fn why_not(played: &Played, step: &str) -> String {
    let state = &played.state;
    match state.status(step) {
        Status::NotTaken { because } => format!("it is not taken: {because} is false"),
        Status::Pending => match state.runbook.step(step) {
            Some((phase, _)) => match route::why_not(played, &phase.id) {
                Some(why) => why,
                None => "its turn did not come".to_owned(),
            },
            None => "its turn did not come".to_owned(),
        },
        Status::Concluded {
            conclusion: Conclusion::Skipped { reason },
            ..
        } => format!("the operator left it out ({reason})"),
        _ => "its turn came, and it did not begin".to_owned(),
    }
}

/// The steps that failed at least once, each once, in the order of time.
fn failed(played: &Played) -> Vec<String> {
    let mut failed: Vec<String> = Vec::new();
    for entry in &played.entries {
        let step = match &entry.event {
            Event::AttemptFinished {
                attempt,
                outcome: event::Outcome::Failed { .. },
                ..
            } => played
                .state
                .attempts
                .get(attempt)
                .map(|a| a.launch.step.clone()),
            Event::WaitRanOut { step, .. } => Some(step.clone()),
            _ => None,
        };
        failed.extend(step.filter(|step| !failed.contains(step)));
    }
    failed
}

fn same_set(at: Span, what: &str, wanted: &[String], got: &[String]) -> Option<Failure> {
    let list = |names: &[String]| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    let same = wanted.iter().all(|name| got.contains(name))
        && got.iter().all(|name| wanted.contains(name));
    (!same).then(|| {
        Failure::new(at, format!("the {what} are not as expected")).detail(vec![
            format!("expected  {}", list(wanted)),
            format!("got       {}", list(got)),
        ])
    })
}

/// What was asked for in vain.
fn refusals(expect: &Expect, played: &Played, failures: &mut Vec<Failure>) {
    for (refused, answer) in expect.refused.iter().zip(&played.refusals) {
        let at = refused.at;
        failures.extend(match (answer, &refused.says) {
            (None, _) => Some(
                Failure::new(
                    at,
                    format!(
                        "this was never asked for: `{}` never had its turn",
                        refused.when
                    ),
                )
                .hint(why_not(played, &refused.when)),
            ),
            (Some(Ok(())), _) => Some(Failure::new(at, "this was allowed, not refused")),
            (Some(Err(refusal)), Some(says)) if !refusal.to_string().contains(says) => Some(
                Failure::new(at, "this was refused in other words").detail(vec![
                    format!("expected  …{says}…"),
                    format!("got       {refusal}"),
                ]),
            ),
            (Some(Err(_)), _) => None,
        });
    }
}

/// Outputs and suggestions.
fn values(expect: &Expect, played: &Played, failures: &mut Vec<Failure>) {
    for (at, name, wanted) in &expect.outputs {
        let got = played.state.values.get(name);
        if !got.is_some_and(|got| same(wanted, got)) {
            failures.push(
                Failure::new(*at, format!("`{name}` is not as expected")).detail(vec![
                    format!("expected  {wanted}"),
                    format!(
                        "got       {}",
                        got.map_or("nothing".to_owned(), ToString::to_string)
                    ),
                ]),
            );
        }
    }
    for (at, gate, wanted) in &expect.suggested {
        let word = |answer: &Option<String>| answer.clone().unwrap_or_else(|| "nothing".to_owned());
        let Some(got) = played.suggested.get(gate) else {
            failures.push(
                Failure::new(*at, format!("`{gate}` was never asked")).hint(why_not(played, gate)),
            );
            continue;
        };
        if got != wanted {
            failures.push(
                Failure::new(*at, format!("the facts do not speak for that at `{gate}`")).detail(
                    vec![
                        format!("expected  {}", word(wanted)),
                        format!("got       {}", word(got)),
                    ],
                ),
            );
        }
    }
}

fn scripts(expect: &Expect, played: &Played, failures: &mut Vec<Failure>) {
    for (at, command, part) in &expect.scripts {
        let ran: Vec<&str> = played
            .scripts
            .iter()
            .filter(|(name, _)| name == command)
            .map(|(_, script)| script.as_str())
            .collect();
        let Some(last) = ran.last() else {
            let step = command.split('/').next().unwrap_or(command);
            let message = format!("`{command}` did not run");
            failures.push(Failure::new(*at, message).hint(why_not(played, step)));
            continue;
        };
        if ran.iter().any(|script| script.contains(part.trim_end())) {
            continue;
        }
        let message = format!("what `{command}` runs does not contain this");
        failures.push(Failure::new(*at, message).detail(excerpt(last, part)));
    }
}

/// A script, or of a long one the line that is nearest to what was expected.
fn excerpt(script: &str, part: &str) -> Vec<String> {
    const SHORT: usize = 8;
    let lines: Vec<&str> = script.lines().collect();
    if lines.len() <= SHORT {
        let shown = lines.iter().map(|line| format!("  {line}"));
        return std::iter::once("what ran:".to_owned())
            .chain(shown)
            .collect();
    }
    let nearest = nearest(script, part).unwrap_or(lines[0]);
    vec![
        format!("expected  …{}…", part.trim_end()),
        format!("nearest   {nearest}"),
    ]
}

fn report_lines(expect: &Expect, played: &Played, failures: &mut Vec<Failure>) {
    let (Some(last), false) = (played.entries.last(), expect.report.is_empty()) else {
        return;
    };
    // Nothing was printed into any log: the report says so where outputs stand.
    let report = markdown(&Source {
        state: &played.state,
        entries: &played.entries,
        samples: &[],
        earlier: &[],
        // Any line may be expected, also one that a reader can do without.
        full: true,
        head: String::new(),
        dir: &RunDir::nowhere(),
        now: last.at,
    });
    for (at, part) in &expect.report {
        let said = |line: &str| line.contains(part.trim()) || plain(line).contains(part.trim());
        if report.lines().any(said) {
            continue;
        }
        let nearest = nearest(&report, part);
        let failure = Failure::new(*at, "no line of the report contains this");
        failures.push(match nearest {
            Some(line) => failure.hint(format!("the nearest line: {line}")),
            None => failure,
        });
    }
}

/// A line of Markdown as it is read: without the marks that keep characters plain.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && chars.peek().is_some_and(char::is_ascii_punctuation);
        if let Some(next) = escapes.then(|| chars.next()).flatten() {
            text.push(next);
        } else {
            text.push(c);
        }
    }
    text
}

/// Whether two values are the same, as an author sees it: 8 is 8.0.
fn same(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => wanted == got,
    }
}

/// The line that shares the most words with a text.
fn nearest<'r>(report: &'r str, part: &str) -> Option<&'r str> {
    let words: Vec<&str> = part
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 2)
        .collect();
    report
        .lines()
        .map(|line| {
            (
                words.iter().filter(|word| line.contains(**word)).count(),
                line,
            )
        })
        .filter(|(shared, _)| *shared > 0)
        .max_by_key(|(shared, line)| (*shared, usize::MAX - line.len()))
        .map(|(_, line)| line.trim())
}
