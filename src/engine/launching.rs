//! Making the launches of a step: one command, or several side by side.

use chrono::{DateTime, Utc};

use super::{
    effect::{Capture, Launch, Part},
    refusal::Refusal,
    round,
    state::{State, Status},
    step::{self, milliseconds},
};
use crate::runbook::{Effect, Fallback, Output, Run, Script, Step, Text};
use crate::template;

/// The least that is left to an attempt of a poll whose time is nearly over.
const LEAST_MS: u64 = 1000;

/// How an attempt differs from the step as the author wrote it.
#[derive(Default)]
pub struct Variant<'a> {
    /// The operator's script.
    pub script: Option<String>,
    /// One of the author's fallbacks.
    pub fallback: Option<&'a Fallback>,
    /// What the author runs in its place in a rehearsal.
    pub rehearse: Option<&'a Text>,
}

impl Variant<'_> {
    /// What the attempt may do to the world.
    pub fn effect(&self, step: &Step) -> Effect {
        match (self.rehearse, self.fallback) {
            (Some(_), _) => Effect::Read,
            (None, Some(fallback)) => fallback.effect,
            (None, None) => step.effect,
        }
    }

    /// The one script that runs in place of the step's own.
    fn instead(&self) -> Option<&Text> {
        self.rehearse
            .or_else(|| self.fallback.map(|fallback| &fallback.script))
    }
}

/// Everything that is needed to run a step once more: what does its work first,
/// then its companions. Never empty.
///
/// # Errors
/// When a value is missing.
pub fn launches(
    state: &State,
    step: &Step,
    run: &Run,
    variant: &Variant<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Launch>, Refusal> {
    let maker = Maker {
        state,
        step,
        run,
        variant,
        first: state
            .attempts
            .keys()
            .next_back()
            .map_or(1, |last| last.saturating_add(1)),
        number: state
            .attempts_of(&step.id)
            .map(|(_, attempt)| attempt.launch.number)
            .max()
            .unwrap_or(0)
            .saturating_add(1),
        timeout_ms: timeout(state, step, run, now),
    };
    if let Some(source) = variant.instead() {
        let launch = maker.launch(0, "", source, Part::Main, 0)?;
        return Ok(vec![launch]);
    }
    // A rehearsal runs nothing that nobody looks at.
    let watch: &[Script] = if state.is_rehearsal() {
        &[]
    } else {
        &run.watch
    };
    let mains = round::remaining(state, step, run);
    let together = run.is_parallel() || run.poll.is_some() || !watch.is_empty();
    let of_round = if together { maker.first } else { 0 };
    mains
        .into_iter()
        .map(|script| (script, Part::Main))
        .chain(watch.iter().map(|script| (script, Part::Watch)))
        .zip(0..)
        .map(|((script, part), place)| {
            maker.launch(place, &script.name, &script.text, part, of_round)
        })
        .collect()
}

/// How long an attempt may take: of a read step's poll not longer than what is
/// left to it. A write is not cut short, since nobody would know its end.
fn timeout(state: &State, step: &Step, run: &Run, now: DateTime<Utc>) -> u64 {
    let own = milliseconds(run.timeout);
    let Some(poll) = run.poll.filter(|_| step.effect == Effect::Read) else {
        return own;
    };
    let going = matches!(state.status(&step.id), Status::PollDue { .. });
    let until = match state.polls.get(&step.id).filter(|_| going) {
        Some(polling) => polling.until,
        None => round::later(now, poll.timeout),
    };
    let left = u64::try_from((until - now).num_milliseconds()).unwrap_or(0);
    own.min(left.max(LEAST_MS))
}

struct Maker<'a> {
    state: &'a State,
    step: &'a Step,
    run: &'a Run,
    variant: &'a Variant<'a>,
    first: u32,
    number: u32,
    timeout_ms: u64,
}

impl Maker<'_> {
    fn launch(
        &self,
        place: u32,
        name: &str,
        source: &Text,
        part: Part,
        round: u32,
    ) -> Result<Launch, Refusal> {
        let Maker {
            state, step, run, ..
        } = *self;
        let script = match &self.variant.script {
            Some(script) if part == Part::Main => script.clone(),
            _ => step::script(state, step, run, source)?,
        };
        let (env, secrets) = step::environment(state, &run.env, &source.source)?;
        let cwd = run
            .cwd
            .as_ref()
            .map(|text| {
                let scope = state.scope_for(&text.source);
                template::render_text(&text.source, scope).map_err(|fault| Refusal::Template {
                    what: format!("the folder of ‘{}’", step.id),
                    fault,
                })
            })
            .transpose()?;
        Ok(Launch {
            attempt: self.first.saturating_add(place),
            step: step.id.clone(),
            script: name.to_owned(),
            part,
            round,
            tty: run.tty && part == Part::Main,
            silence_ms: run.silence.filter(|_| part == Part::Main).map(milliseconds),
            number: self.number,
            argv: run.shell.argv(&script),
            env,
            secrets,
            cwd,
            timeout_ms: self.timeout_ms,
            kill_grace_ms: milliseconds(run.kill_grace),
            effect: match part {
                Part::Main => self.variant.effect(step),
                // It only looks on.
                Part::Watch | Part::OffScript => Effect::Read,
            },
            capture: match part {
                Part::Main => capture(run, name),
                Part::Watch | Part::OffScript => Capture::default(),
            },
        })
    }
}

fn capture(run: &Run, script: &str) -> Capture {
    Capture {
        picks: run
            .outputs
            .iter()
            .filter(|output| prints(output, script))
            .map(|output| (output.name.clone(), output.pick.clone()))
            .collect(),
        expect_stdout: run
            .expect
            .stdout
            .as_ref()
            .map(|pattern| pattern.source().to_owned()),
    }
}

/// Whether a script prints an output. One that runs alone prints them all.
pub fn prints(output: &Output, script: &str) -> bool {
    script.is_empty() || output.from.as_deref() == Some(script)
}
