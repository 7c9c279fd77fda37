//! The scripts of a step as they run: its work, its companions, and what a
//! rehearsal runs in their place.

use ratatui::{style::Style, text::Line};
use unicode_width::UnicodeWidthStr;

use super::super::labelled;
use crate::engine::{
    State,
    effect::Part,
    state::Attempt,
    step::{self, fill_or_source},
};
use crate::runbook::{Run, Step, Text};
use crate::tui::{
    run::rehearsal,
    theme::Theme,
    words::{clip, span, wrap, wrap_code},
};

/// The widest name that stands before a script.
const NAME: usize = 12;

/// What runs.
pub fn script_lines(
    lines: &mut Vec<Line<'static>>,
    state: &State,
    step: &Step,
    run: &Run,
    width: usize,
    theme: &Theme,
) {
    let inner = width.saturating_sub(6);
    let last = state.mains_of(&step.id).last().map(|(_, attempt)| attempt);
    if let Some(fallback) = last.filter(|attempt| attempt.fallback.is_some()) {
        code(
            lines,
            "run",
            "",
            &Ok(fallback.launch.command().to_owned()),
            width,
            theme,
        );
        let title = fallback.fallback.as_deref().unwrap_or_default();
        let text = clip(&format!("the author's fallback: {title}"), inner);
        labelled(lines, "", &[text], theme.warn, theme);
        return;
    }
    if state.is_rehearsal() && !rehearsal::runs(step, run) {
        let text = "Nothing of this is executed in a rehearsal.";
        labelled(lines, "note", &wrap(text, inner), theme.accent, theme);
        for script in &run.scripts {
            let shown = Err(filled(state, step, run, &script.text));
            code(lines, "run", &script.name, &shown, width, theme);
        }
        return;
    }
    if let Some(instead) = run.rehearse.as_ref().filter(|_| state.is_rehearsal()) {
        let shown = step::script(state, step, run, instead).map_err(|_| instead.source.clone());
        code(lines, "run", "", &shown, width, theme);
        let text = "The author wrote this for rehearsals; the step itself is not executed.";
        labelled(lines, "", &wrap(text, inner), theme.accent, theme);
        return;
    }
    // What runs beside each other is read in its panes.
    let several = run.scripts.len() + run.watch.len() > 1;
    let labels = std::iter::once("run").chain(std::iter::repeat(""));
    for (label, script) in labels.zip(&run.scripts) {
        let launched = launched(state, step, Part::Main, &script.name);
        let shown = match launched {
            Some(attempt) => Ok(attempt.launch.command().to_owned()),
            // Values may be missing until the steps before have run.
            None => {
                step::script(state, step, run, &script.text).map_err(|_| script.text.source.clone())
            }
        };
        let shown = if several && launched.is_some() {
            shown.map(|text| first_line(&text, &script.name, width))
        } else {
            shown
        };
        code(lines, label, &script.name, &shown, width, theme);
        if launched.is_some_and(|attempt| attempt.edited) {
            let text = "changed by the operator".to_owned();
            labelled(lines, "", &[text], theme.warn, theme);
        }
    }
    // A rehearsal runs nothing that nobody looks at.
    if state.is_rehearsal() {
        return;
    }
    let labels = std::iter::once("watch").chain(std::iter::repeat(""));
    for (label, script) in labels.zip(&run.watch) {
        let shown = match launched(state, step, Part::Watch, &script.name) {
            Some(attempt) => Ok(first_line(attempt.launch.command(), &script.name, width)),
            None => {
                step::script(state, step, run, &script.text).map_err(|_| script.text.source.clone())
            }
        };
        code(lines, label, &script.name, &shown, width, theme);
    }
}

/// A script on the one line that there is behind its name, and how much more of it there is.
fn first_line(script: &str, name: &str, width: usize) -> String {
    let mut lines = script.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let more = match lines.count() {
        0 => String::new(),
        1 => " … 1 more line".to_owned(),
        more => format!(" … {more} more lines"),
    };
    let taken = 6 + clip(name, NAME).width() + 2 + more.width() + 1;
    format!("{}{more}", clip(first, width.saturating_sub(taken).max(8)))
}

/// A script for reading only.
fn filled(state: &State, step: &Step, run: &Run, text: &Text) -> String {
    step::script(state, step, run, text)
        .unwrap_or_else(|_| fill_or_source(text, state.scope_for(&text.source)))
}

fn launched<'a>(state: &'a State, step: &'a Step, part: Part, name: &str) -> Option<&'a Attempt> {
    state
        .attempts_of(&step.id)
        .filter(|(_, attempt)| attempt.launch.part == part && attempt.launch.script == name)
        .last()
        .map(|(_, attempt)| attempt)
}

/// A script behind its name; dim where it will not run as it stands here.
fn code(
    lines: &mut Vec<Line<'static>>,
    label: &str,
    name: &str,
    script: &Result<String, String>,
    width: usize,
    theme: &Theme,
) {
    let (text, style): (&str, Style) = match script {
        Ok(text) => (text, theme.code),
        Err(text) => (text, theme.dim),
    };
    let name = clip(name, NAME);
    let indent = if name.is_empty() { 0 } else { name.width() + 2 };
    let inner = width.saturating_sub(6 + indent);
    for (number, line) in wrap_code(text, inner).into_iter().enumerate() {
        let (label, name) = if number == 0 {
            (label, name.as_str())
        } else {
            ("", "")
        };
        let gap = " ".repeat(indent.saturating_sub(name.width()));
        lines.push(Line::from(vec![
            span(format!("{label:<6}"), theme.dim),
            span(name.to_owned(), theme.accent),
            span(gap, theme.text),
            span(line, style),
        ]));
    }
}
