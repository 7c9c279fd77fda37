//! What an operator has to know about a command at this moment.

use ratatui::text::Line;

use super::{super::labelled, manners};
use crate::engine::{
    Status,
    event::{Advice, Outcome},
    observed::Ended,
    state::AttemptStatus,
};
use crate::runbook::{Effect, Run, Step, human};
use crate::tui::{
    keymap::{Action, context::STEP},
    overlay::ask::target_of,
    run::View,
    theme::Theme,
    words::{clip, wrap},
};

/// How many lines of what a probe printed are shown.
const PROBE_LINES: usize = 3;

/// What has to be known now.
pub fn notes(
    lines: &mut Vec<Line<'static>>,
    view: &View<'_>,
    step: &Step,
    run: &Run,
    width: usize,
    theme: &Theme,
) {
    let state = view.state;
    let inner = width.saturating_sub(6);
    let mut note = |text: &str, style| labelled(lines, "note", &wrap(text, inner), style, theme);
    let status = state.status(&step.id);
    if step.effect == Effect::Destructive && !state.is_rehearsal() {
        let target = target_of(state, &step.id);
        note(
            &format!("This cannot be undone. It acts on {target}."),
            theme.bad,
        );
    }
    match status {
        Status::Ready { doubt: Some(doubt) } => note(
            &format!("Its condition could not be evaluated: {doubt}"),
            theme.unknown,
        ),
        Status::RetryDue { due, .. } => {
            let left = (*due - view.now).to_std().unwrap_or_default();
            note(
                &format!("failed; tried again in {}", human(left)),
                theme.warn,
            );
        }
        Status::Active { .. } | Status::PollDue { .. } => {
            if let Some(polling) = state.polls.get(&step.id) {
                note(&manners::polling(view, run, polling, status), theme.warn);
            }
        }
        Status::Unknown { probe, .. } => {
            match probe {
                Some(probed) => {
                    let style = match probed.advice {
                        Advice::DontKnow => theme.unknown,
                        Advice::TookEffect | Advice::NoEffect => theme.accent,
                    };
                    note(&format!("its probe says: {}", probed.advice.word()), style);
                    let said: Vec<String> = probed
                        .text
                        .lines()
                        .filter(|line| !line.trim().is_empty())
                        .take(PROBE_LINES)
                        .map(|line| clip(line, inner))
                        .collect();
                    labelled(lines, "", &said, theme.code, theme);
                }
                None if run.probe.is_some() => {
                    note("its probe is being asked whether it took effect", theme.dim);
                }
                None => {}
            }
            if !run.fallbacks.is_empty() {
                let titles: Vec<String> = run
                    .fallbacks
                    .iter()
                    .map(|fallback| format!("‘{}’", fallback.title))
                    .collect();
                let text = format!("if it took no effect, also offered: {}", titles.join(", "));
                labelled(lines, "note", &wrap(&text, inner), theme.dim, theme);
            }
        }
        _ => {}
    }
    for (_, attempt) in state.attempts_of(&step.id) {
        let AttemptStatus::Finished { report, outcome } = &attempt.status else {
            continue;
        };
        // Where it is not a normal end, the reason names them.
        if (*outcome == Outcome::Succeeded || matches!(report.ended, Ended::Exit { .. }))
            && let Some(left) = report.survivors_in_words()
        {
            labelled(lines, "note", &wrap(&left, inner), theme.warn, theme);
        }
        if let Some(kill) = report.kill_left_alive() {
            let text = format!("If these are still the same processes, this ends them: {kill}");
            labelled(lines, "note", &wrap(&text, inner), theme.dim, theme);
        }
    }
    let silent = state
        .attempts_of(&step.id)
        .filter(|(_, attempt)| attempt.status.is_live())
        .filter_map(|(_, attempt)| attempt.silent)
        .min();
    if let Some(since) = silent {
        let time = (view.now - since).to_std().unwrap_or_default();
        let text = format!(
            "Silent for {}: nothing is stopped for that; {} stops it.",
            human(time),
            view.keys.hint(STEP, Action::Stop)
        );
        labelled(lines, "note", &wrap(&text, inner), theme.warn, theme);
    }
}
