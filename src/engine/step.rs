//! One command step: filling it in, and judging how it went.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{
    effect::{Launch, Part, SecretRef},
    event::{AttemptId, Outcome},
    launching::prints,
    observed::{Captured, Ended, Report},
    refusal::Refusal,
    state::{Attempt, AttemptStatus, State},
};
use crate::runbook::{Effect, Output, Pick, Run, Shell, Step, Text, human};
use crate::template::{self, Scope, Type, Value};

/// What a template becomes, or its source when a value is missing: for texts
/// that are only read by people.
pub fn fill_or_source(text: &Text, scope: &Scope) -> String {
    template::render_text(&text.source, scope).unwrap_or_else(|_| text.source.clone())
}

/// The target of a step, values filled in.
///
/// # Errors
/// When a value is missing.
pub fn target(state: &State, step: &Step) -> Result<Option<String>, Refusal> {
    let Some(target) = &step.target else {
        return Ok(None);
    };
    template::render_text(&target.source, state.scope_for(&target.source))
        .map(Some)
        .map_err(|fault| Refusal::Template {
            what: format!("the target of ‘{}’", step.id),
            fault,
        })
}

/// The script of a step, or of one of its fallbacks, as it would run now.
///
/// # Errors
/// When a value is missing.
pub fn script(state: &State, step: &Step, run: &Run, source: &Text) -> Result<String, Refusal> {
    let scope = state.scope_for(&source.source);
    let rendered = match run.shell {
        Shell::Bash => template::render_script(&source.source, template::Shell::Bash, scope),
        Shell::Sh => template::render_script(&source.source, template::Shell::Sh, scope),
        // Loading made sure that nothing is filled in here.
        Shell::Python3 | Shell::Argv(_) => Ok(source.source.clone()),
    };
    rendered.map_err(|fault| Refusal::Template {
        what: format!("the script of ‘{}’", step.id),
        fault,
    })
}

/// A duration in whole milliseconds.
pub fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Variables with their values, and variables that secrets fill in.
pub type Variables = (Vec<(String, String)>, Vec<SecretRef>);

/// The variables that every command finds, without those that cannot be filled in
/// yet: for a command that the runbook does not know.
pub fn variables(state: &State) -> Variables {
    let place = state
        .run
        .environment
        .as_deref()
        .and_then(|name| state.runbook.environment(name));
    let mut plain: BTreeMap<String, String> = BTreeMap::new();
    let mut secrets: BTreeMap<String, String> = BTreeMap::new();
    let all = place.map(|place| place.env.as_slice()).unwrap_or_default();
    for (name, text) in state.runbook.env.iter().chain(all) {
        if let Some(input) = template::secret_reference(&text.source, &state.runbook.types) {
            plain.remove(name);
            secrets.insert(name.clone(), input);
        } else if let Ok(value) = template::render_text(&text.source, state.scope_for(&text.source))
        {
            secrets.remove(name);
            plain.insert(name.clone(), value);
        }
    }
    let secrets = secrets
        .into_iter()
        .map(|(variable, input)| SecretRef { variable, input })
        .collect();
    (plain.into_iter().collect(), secrets)
}

/// The variables of a command: the runbook's, the environment's, its own.
///
/// # Errors
/// When a value is missing.
pub fn environment(
    state: &State,
    own: &[(String, Text)],
    script: &str,
) -> Result<Variables, Refusal> {
    let mut plain: BTreeMap<String, String> = BTreeMap::new();
    let mut secrets: BTreeMap<String, String> = BTreeMap::new();
    let place = state
        .run
        .environment
        .as_deref()
        .and_then(|name| state.runbook.environment(name));
    let all = state
        .runbook
        .env
        .iter()
        .chain(place.map(|place| place.env.as_slice()).unwrap_or_default())
        .chain(own);
    for (name, text) in all {
        if let Some(input) = template::secret_reference(&text.source, &state.runbook.types) {
            plain.remove(name);
            secrets.insert(name.clone(), input);
            continue;
        }
        let value = template::render_text(&text.source, state.scope_for(&text.source)).map_err(
            |fault| Refusal::Template {
                what: format!("the variable {name}"),
                fault,
            },
        )?;
        secrets.remove(name);
        plain.insert(name.clone(), value);
    }
    for used in template::names_in_text(script) {
        let secret = state
            .runbook
            .inputs
            .iter()
            .find(|input| input.name == used.path && input.kind == Type::Secret);
        if let Some(input) = secret {
            secrets.insert(input.secret_variable(), input.name.clone());
        }
    }
    let secrets = secrets
        .into_iter()
        .map(|(variable, input)| SecretRef { variable, input })
        .collect();
    Ok((plain.into_iter().collect(), secrets))
}

/// Types the outputs and judges an attempt that ended.
pub fn judge(
    state: &State,
    launch: &Launch,
    run: &Run,
    report: &Report,
    is_fallback: bool,
) -> (BTreeMap<String, Value>, Outcome) {
    let nothing = BTreeMap::new();
    let code = match exit(launch, report) {
        Ok(code) => code,
        Err(outcome) => return (nothing, outcome),
    };
    if !run.expect.exit.contains(&code) {
        return (nothing, failed(format!("exit {code}")));
    }
    if report.captured.stdout_matches == Some(false) {
        let pattern = launch.capture.expect_stdout.as_deref().unwrap_or_default();
        return (
            nothing,
            failed(format!(
                "exit {code}, but its output does not match {pattern}"
            )),
        );
    }
    let mut outputs = BTreeMap::new();
    let printed = run
        .outputs
        .iter()
        .filter(|output| prints(output, &launch.script));
    for output in printed {
        match typed(output, &report.captured) {
            Ok(value) => {
                outputs.insert(output.name.clone(), value);
            }
            // A fallback reaches the same end by another way and may print something else.
            Err(_) if is_fallback => {}
            Err(reason) => return (nothing, failed(reason)),
        }
    }
    // Of several scripts the last one to end leaves all that this may ask about.
    if run.expect.that.is_none() || !launch.script.is_empty() {
        return (outputs, Outcome::Succeeded);
    }
    let mut scope = state.scope().clone();
    for (name, value) in &outputs {
        scope.insert(name, value.clone());
    }
    let outcome = expected(&scope, run);
    (outputs, outcome)
}

/// Whether what the author expects to be true afterwards is.
pub fn expected(scope: &Scope, run: &Run) -> Outcome {
    let Some(that) = &run.expect.that else {
        return Outcome::Succeeded;
    };
    match template::evaluate(&that.source, scope) {
        Ok(true) => Outcome::Succeeded,
        Ok(false) => failed(format!("expected {}", that.source)),
        Err(fault) => failed(format!("expected {}: {}", that.source, fault.message)),
    }
}

/// The exit of an attempt, or what is to be thought of one that had none.
fn exit(launch: &Launch, report: &Report) -> Result<i32, Outcome> {
    let reason = match &report.ended {
        Ended::Exit { code } => return Ok(*code),
        Ended::NotStarted { reason } => return Err(failed(reason.clone())),
        Ended::Deadline => format!(
            "it was stopped when its time was over ({})",
            human(std::time::Duration::from_millis(launch.timeout_ms))
        ),
        Ended::Signal { signal } => format!("it was ended by signal {signal}"),
        Ended::Stopped => "the operator stopped it".to_owned(),
        Ended::Lost => "its supervisor vanished, so its end was not recorded".to_owned(),
    };
    let reason = match report.survivors_in_words() {
        Some(left) => format!("{reason}; {left}"),
        None => reason,
    };
    // What a write started elsewhere may go on without it.
    Err(if launch.effect == Effect::Read {
        failed(reason)
    } else {
        Outcome::Unknown { reason }
    })
}

/// How a command of the operator's own ended: nobody has said what to expect of it
/// but that it exits with 0.
pub fn judge_off_script(launch: &Launch, report: &Report) -> Outcome {
    match exit(launch, report) {
        Ok(0) => Outcome::Succeeded,
        Ok(code) => failed(format!("exit {code}")),
        Err(outcome) => outcome,
    }
}

/// How a companion ended. It decides nothing; being stopped is its normal end.
pub fn judge_watch(report: &Report) -> Outcome {
    match &report.ended {
        Ended::Exit { code: 0 } | Ended::Stopped => Outcome::Succeeded,
        Ended::Exit { code } => failed(format!("exit {code}")),
        Ended::NotStarted { reason } => failed(reason.clone()),
        Ended::Deadline => failed("its time was over".to_owned()),
        Ended::Signal { signal } => failed(format!("it was ended by signal {signal}")),
        Ended::Lost => failed("its supervisor vanished".to_owned()),
    }
}

fn failed(reason: String) -> Outcome {
    Outcome::Failed { reason }
}

fn typed(output: &Output, captured: &Captured) -> Result<Value, String> {
    let found = captured.values.get(&output.name).and_then(Option::as_ref);
    // A default stands for what was not written, never for what could not be read.
    if let (Pick::Variable(_), Some(why)) = (&output.pick, &captured.unread) {
        return Err(format!("the output {}: {why}", output.name));
    }
    match (found, &output.default) {
        (Some(text), _) => Value::parse(text.trim_end_matches('\n'), output.kind)
            .map_err(|reason| format!("the output {}: {reason}", output.name)),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) if captured.truncated => Err(format!(
            "its output does not contain {} in the first MiB",
            output.name
        )),
        (None, None) => Err(format!("its output does not contain {}", output.name)),
    }
}

/// How long a step took the last time, or takes: of commands side by side the longest.
pub fn elapsed(state: &State, step: &str, now: DateTime<Utc>) -> Option<Duration> {
    let (_, last) = state.mains_of(step).last()?;
    state
        .mains_of_round(step, last.launch.first())
        .filter_map(|(_, attempt)| time_of(attempt, now))
        .max()
}

/// The same of every step that has one, with a single look at the attempts: a run may
/// have thousands.
pub fn all_elapsed(state: &State, now: DateTime<Utc>) -> HashMap<&str, Duration> {
    let mut rounds: HashMap<&str, (AttemptId, Option<Duration>)> = HashMap::new();
    for attempt in state.attempts.values() {
        if attempt.launch.part != Part::Main {
            continue;
        }
        let first = attempt.launch.first();
        let round = rounds.entry(&attempt.launch.step).or_insert((first, None));
        if round.0 != first {
            *round = (first, None);
        }
        round.1 = round.1.max(time_of(attempt, now));
    }
    let known = |(step, (_, time)): (_, (_, Option<Duration>))| Some((step, time?));
    rounds.into_iter().filter_map(known).collect()
}

fn time_of(attempt: &Attempt, now: DateTime<Utc>) -> Option<Duration> {
    match &attempt.status {
        AttemptStatus::Running { since, .. } => (now - *since).to_std().ok(),
        AttemptStatus::Finished { report, .. } => Some(Duration::from_millis(report.milliseconds)),
        _ => None,
    }
}
