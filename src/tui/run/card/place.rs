//! Where a step comes from and where it acts: a used runbook, the proof of the
//! place, the cleanup of a run that ends.

use ratatui::text::Line;

use super::{super::View, labelled};
use crate::engine::State;
use crate::runbook::{Phase, Step};
use crate::tui::{
    run::plan,
    theme::Theme,
    words::{clip, wrap},
};

/// How much of a guard's command is shown.
const GUARD_LENGTH: usize = 120;

/// Lines that stand before everything else.
pub fn place(
    lines: &mut Vec<Line<'static>>,
    view: &View<'_>,
    step: &Step,
    width: usize,
    theme: &Theme,
) {
    let state = view.state;
    let inner = width.saturating_sub(6);
    let Some((phase, _)) = state.runbook.step(&step.id) else {
        return;
    };
    if let Some(proven) = proof(state, step) {
        labelled(lines, "place", &wrap(&proven, inner), theme.good, theme);
    }
    if let Some(names) = used_by(state, phase) {
        let text = clip(&format!("the used runbook {names}"), inner);
        labelled(lines, "of", &[text], theme.accent, theme);
    }
    if let Some(closing) = &state.closing
        && state.is_cleanup(phase)
    {
        let text = format!(
            "Cleanup: after it the run closes as {}.",
            closing.outcome.word()
        );
        labelled(lines, "end", &wrap(&text, inner), theme.warn, theme);
    }
}

/// The proof of the place, on the first step of the run.
fn proof(state: &State, step: &Step) -> Option<String> {
    let checked = state.run.guard.as_ref()?;
    let first = plan::order(state)
        .into_iter()
        .flat_map(|phase| &phase.steps)
        .find(|step| !super::was_passed(state, step))?;
    if first.id != step.id {
        return None;
    }
    let command: Vec<&str> = checked.command.split_whitespace().collect();
    Some(format!(
        "Proven at the beginning: {}, by ‘{}’",
        state.run.environment.as_deref().unwrap_or("this place"),
        clip(&command.join(" "), GUARD_LENGTH)
    ))
}

/// The runbooks that a phase comes from, the outermost first.
fn used_by(state: &State, phase: &Phase) -> Option<String> {
    if phase.scope.is_empty() {
        return None;
    }
    let mut used: Vec<_> = state
        .runbook
        .used
        .iter()
        .filter(|used| phase.scope.starts_with(&used.prefix))
        .collect();
    used.sort_by_key(|used| used.prefix.len());
    let names: Vec<String> = used
        .into_iter()
        .map(|used| format!("‘{}’", used.name))
        .collect();
    (!names.is_empty()).then(|| names.join(" › "))
}
