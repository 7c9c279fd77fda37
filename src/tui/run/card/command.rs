//! The card of a command: what runs, what it needs, how it went.

use ratatui::text::Line;

use super::{super::View, labelled};
use crate::engine::{
    State, Status,
    event::Outcome,
    observed::Ended,
    state::{Attempt, AttemptStatus},
    step,
};
use crate::runbook::{Effect, Run, Step, human};
use crate::tui::{
    theme::Theme,
    words::{clip, span, wrap, wrap_code},
};

/// What runs, and what counts as success.
pub fn run_lines(
    lines: &mut Vec<Line<'static>>,
    view: &View<'_>,
    step: &Step,
    run: &Run,
    width: usize,
    theme: &Theme,
) {
    let state = view.state;
    let last = state
        .attempts_of(&step.id)
        .last()
        .map(|(_, attempt)| attempt);
    let inner = width.saturating_sub(6);
    let script = match last {
        Some(attempt) => Ok(attempt.launch.command().to_owned()),
        None => step::script(state, step, run, run.script()),
    };
    match script {
        Ok(script) => labelled(lines, "run", &wrap_code(&script, inner), theme.code, theme),
        // Values are missing until the steps before have run.
        Err(_) => labelled(
            lines,
            "run",
            &wrap_code(&run.script().source, inner),
            theme.dim,
            theme,
        ),
    }
    if let Some(fallback) = last.and_then(|attempt| attempt.fallback.as_ref()) {
        labelled(
            lines,
            "",
            &[clip(&format!("the author's fallback: {fallback}"), inner)],
            theme.warn,
            theme,
        );
    }
    if last.is_some_and(|attempt| attempt.edited) {
        labelled(
            lines,
            "",
            &["changed by the operator".to_owned()],
            theme.warn,
            theme,
        );
    }
    let mut expectations = vec![format!(
        "exit {}",
        run.expect
            .exit
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" or ")
    )];
    if let Some(pattern) = &run.expect.stdout {
        expectations.push(format!("output matches {}", pattern.source()));
    }
    if let Some(that) = &run.expect.that {
        expectations.push(that.source.clone());
    }
    expectations.push(format!("within {}", human(run.timeout)));
    labelled(
        lines,
        "needs",
        &[clip(&expectations.join(", "), inner)],
        theme.dim,
        theme,
    );
    if step.effect == Effect::Destructive {
        let target = step::target(state, step).ok().flatten().unwrap_or_default();
        let text = format!("This cannot be undone. It acts on {target}.");
        labelled(lines, "note", &wrap(&text, inner), theme.bad, theme);
    }
    match state.status(&step.id) {
        Status::Ready { doubt: Some(doubt) } => {
            let text = format!("Its condition could not be evaluated: {doubt}");
            labelled(lines, "note", &wrap(&text, inner), theme.unknown, theme);
        }
        Status::RetryDue { due, .. } => {
            let left = (*due - view.now).to_std().unwrap_or_default();
            let text = format!("failed; tried again in {}", human(left));
            labelled(lines, "note", &[text], theme.warn, theme);
        }
        _ => {}
    }
}

/// How the last attempt went, for the line under the output.
pub fn result(
    state: &State,
    step: &Step,
    attempt: &Attempt,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let AttemptStatus::Finished { report, outcome } = &attempt.status else {
        return match &attempt.status {
            AttemptStatus::Starting { .. } => Line::from(span("● starting", theme.dim)),
            AttemptStatus::Running {
                stopping: Some(_), ..
            } => Line::from(span("● stopping: TERM was sent", theme.warn)),
            AttemptStatus::Running { pid, .. } => {
                Line::from(span(format!("● running (process {pid})"), theme.accent))
            }
            _ => Line::from(span("never started", theme.dim)),
        };
    };
    let how = match &report.ended {
        Ended::Exit { code } => format!("exit {code}"),
        Ended::Signal { signal } => format!("signal {signal}"),
        Ended::Deadline => "stopped at its deadline".to_owned(),
        Ended::Stopped => "stopped".to_owned(),
        Ended::Lost => "its end was not recorded".to_owned(),
        Ended::NotStarted { .. } => "not started".to_owned(),
    };
    let values: Vec<String> = step
        .makes()
        .into_iter()
        .filter_map(|(name, _)| {
            state
                .values
                .get(name)
                .map(|value| format!("{name} = {value}"))
        })
        .collect();
    let took = human(std::time::Duration::from_millis(report.milliseconds));
    let text = |reason: &str| clip(&format!("{reason} · {took}"), width.saturating_sub(2));
    match outcome {
        Outcome::Succeeded => {
            let mut text = format!("{how} · {took}");
            if !values.is_empty() {
                text = format!("{text} · {}", values.join(" · "));
            }
            Line::from(span(
                format!("✔ {}", clip(&text, width.saturating_sub(2))),
                theme.good,
            ))
        }
        Outcome::Failed { reason } => {
            Line::from(span(format!("✘ failed: {}", text(reason)), theme.bad))
        }
        Outcome::Unknown { reason } => Line::from(span(
            format!("? outcome unknown: {}", text(reason)),
            theme.unknown,
        )),
    }
}
