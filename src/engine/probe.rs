//! The author's probe: a read-only script that advises whether a command of
//! unknown outcome took effect. It never concludes anything.

use super::{
    effect::{Query, Question},
    event::{Advice, AttemptId, Probed},
    observed::Ended,
    state::{State, Status},
    step,
};
use crate::runbook::Kind;

/// How long a probe may take, in milliseconds.
const TIMEOUT_MS: u64 = 60_000;

/// The longest answer that an event carries; the rest is cut.
const TEXT_BYTES: usize = 64 << 10;

/// The probe of an attempt of unknown outcome that was not answered yet.
pub fn query(state: &State, attempt: AttemptId) -> Option<Query> {
    let launch = &state.attempts.get(&attempt)?.launch;
    let (_, step) = state.runbook.step(&launch.step)?;
    let Kind::Run(run) = &step.kind else {
        return None;
    };
    let asked = matches!(
        state.status(&step.id),
        Status::Unknown { attempt: of, probe: None, .. } if *of == attempt
    );
    let source = run.probe.as_ref()?;
    if !asked || state.is_rehearsal() {
        return None;
    }
    let filled = step::script(state, step, run, source)
        .and_then(|script| Ok((script, step::environment(state, &run.env, &source.source)?)));
    // What cannot be filled in runs as a command that says so: an answer that is
    // never had would be asked for again and again.
    let (argv, (env, secrets)) = match filled {
        Ok((script, variables)) => (run.shell.argv(&script), variables),
        Err(_) => (
            crate::runbook::Shell::Bash.argv(UNFILLED),
            step::Variables::default(),
        ),
    };
    Some(Query {
        of: Question::Probe { attempt },
        argv,
        env,
        secrets,
        timeout_ms: TIMEOUT_MS,
    })
}

/// Runs in place of a probe that lacks a value.
const UNFILLED: &str = "echo 'The probe cannot be filled in: a value is missing.'; exit 2";

/// What an answer advises.
pub fn advice(mut text: String, ended: Ended) -> Probed {
    let advice = match ended {
        Ended::Exit { code: 0 } => Advice::TookEffect,
        Ended::Exit { code: 1 } => Advice::NoEffect,
        _ => Advice::DontKnow,
    };
    cut(&mut text);
    Probed {
        advice,
        text,
        ended,
    }
}

/// Cuts a text to what an event carries.
pub fn cut(text: &mut String) {
    text.truncate(text.floor_char_boundary(TEXT_BYTES));
}
