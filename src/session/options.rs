//! The values that an input can be chosen from, asked of the place itself.

use std::{collections::BTreeSet, sync::atomic::AtomicBool, time::Duration};

use super::{begin::Beginning, guard::ended};
use crate::engine::{observed::Ended, step};
use crate::executor::{ask_once, variables};
use crate::runbook::{Input, OptionsFrom, Shell};
use crate::template;

/// How long it may take: the operator waits in front of an empty field.
const TIMEOUT: Duration = Duration::from_secs(15);
/// More values than these nobody chooses from.
const MOST: usize = 500;

/// The values that `options_from` of an input prints, given the inputs so far.
/// Takes its time: not for the thread that draws.
///
/// # Errors
/// A sentence for the operator. A value can still be typed.
pub fn options(
    beginning: &Beginning,
    input: &Input,
    cancel: &AtomicBool,
) -> Result<Vec<String>, String> {
    let Some(from) = &input.options_from else {
        return Ok(Vec::new());
    };
    beginning.is_trusted().map_err(|error| error.to_string())?;
    let (values, secrets) = beginning.known_so_far();
    if let Some(missing) = template::names_in_text(&from.script.source)
        .into_iter()
        .find(|name| {
            !values.contains_key(&name.path)
                && beginning.runbook.inputs.iter().any(|i| i.name == name.path)
        })
    {
        return Err(format!("give {} first, then come back", missing.path));
    }
    let state = beginning
        .state_before(values)
        .ok_or_else(|| "the choices cannot be asked for before the run".to_owned())?;
    let script = template::render_script(&from.script.source, template::Shell::Bash, state.scope())
        .map_err(|fault| format!("the choices cannot be asked for: {fault}"))?;
    let (env, named) = step::environment(&state, &[], &from.script.source)
        .map_err(|refusal| format!("the choices cannot be asked for: {refusal}"))?;
    let answer = ask_once(
        &Shell::Bash.argv(&script),
        &variables(&env, &named, &secrets),
        &secrets,
        TIMEOUT,
        cancel,
    );
    if answer.ended != (Ended::Exit { code: 0 }) {
        let said = answer.text.lines().next_back().unwrap_or_default();
        let said = if said.is_empty() {
            "it printed nothing"
        } else {
            said
        };
        return Err(format!(
            "the command that lists the choices {}: {said}",
            ended(&answer.ended)
        ));
    }
    let found = choices(from, input, &answer.stdout);
    if found.is_empty() {
        return Err("there is nothing to choose from: type a value".to_owned());
    }
    Ok(found)
}

/// The values in what was printed, each once, in order; what the input would
/// refuse is no choice.
fn choices(from: &OptionsFrom, input: &Input, printed: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    printed
        .lines()
        .filter_map(|line| match &from.regex {
            None => Some(line.trim()),
            Some(pattern) => {
                let found = pattern.0.captures(line)?;
                found.get(1).or(found.get(0)).map(|part| part.as_str())
            }
        })
        .filter(|value| !value.is_empty() && input.read(value).is_ok())
        .filter(|value| seen.insert((*value).to_owned()))
        .take(MOST)
        .map(str::to_owned)
        .collect()
}
