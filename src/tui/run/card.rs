//! The step card: why, the exact command, what counts as success, and how it went.

use ratatui::{style::Style, text::Line};
use unicode_width::UnicodeWidthStr;

use super::View;
use crate::engine::{
    Next, State, Status,
    event::{Conclusion, Facts, Measured, Outcome},
    next,
    observed::Ended,
    state::{Attempt, AttemptStatus},
    step::{self, fill_or_source},
};
use crate::report::metrics;
use crate::runbook::{Effect, Kind, Run, Step, duration::clock, human};
use crate::tui::{
    theme::Theme,
    words::{clip, prose, span, wrap, wrap_code},
};

/// The title of the pane and what stands at its right.
pub fn title(view: &View<'_>, step: Option<&Step>) -> (String, String) {
    let state = view.state;
    let Some(step) = step else {
        return match &state.closed {
            Some(closed) => (format!("Closed: {}", closed.outcome.word()), String::new()),
            None => ("Nothing is left to do".to_owned(), String::new()),
        };
    };
    let place = state.runbook.step(&step.id).map(|(phase, _)| {
        let phase_number = state
            .phases
            .iter()
            .map(|known| &known.id)
            .chain(&state.upcoming)
            .position(|id| *id == phase.id);
        let step_number = phase.steps.iter().position(|other| other.id == step.id);
        match (phase_number, step_number) {
            (Some(p), Some(s)) => format!("{}.{}  ", p + 1, s + 1),
            _ => String::new(),
        }
    });
    let title = fill_or_source(&step.title, &state.scope());
    let title = format!("{}{title}", place.unwrap_or_default());
    (title, corner(view, step))
}

fn corner(view: &View<'_>, step: &Step) -> String {
    let state = view.state;
    let mut parts = Vec::new();
    match &step.kind {
        Kind::Run(_) => parts.push(step.effect.word().to_owned()),
        Kind::Gate(_) => parts.push("gate".to_owned()),
        Kind::Manual(_) => parts.push("by hand".to_owned()),
        Kind::Wait(_) => parts.push("wait".to_owned()),
    }
    if let Some((_, attempt)) = state.attempts_of(&step.id).last() {
        if attempt.launch.number > 1 {
            parts.push(format!("attempt {}", attempt.launch.number));
        }
        if let Some(time) = step::elapsed(state, &step.id, view.now) {
            parts.push(clock(time));
        }
    }
    parts.join(" · ")
}

/// The card's lines.
pub fn lines(
    view: &View<'_>,
    step: Option<&Step>,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let state = view.state;
    let Some(step) = step else {
        return over(view, width, theme);
    };
    let scope = state.scope();
    let mut lines = Vec::new();
    labelled(
        &mut lines,
        "why",
        &wrap(&fill_or_source(&step.why, &scope), width.saturating_sub(6)),
        theme.text,
        theme,
    );
    match &step.kind {
        Kind::Run(run) => run_lines(&mut lines, view, step, run, width, theme),
        Kind::Gate(_) if !lines.is_empty() => {
            lines.push(Line::default());
            gate_lines(&mut lines, state, step, width, theme);
        }
        Kind::Gate(_) => gate_lines(&mut lines, state, step, width, theme),
        Kind::Manual(_) => manual_lines(&mut lines, view, step, width, theme),
        Kind::Wait(_) => wait_lines(&mut lines, view, step, theme),
    }
    if let Status::Pending = state.status(&step.id) {
        lines.push(Line::from(span(
            "It is not this step's turn yet.",
            theme.dim,
        )));
    }
    if let Status::NotTaken { because } = state.status(&step.id) {
        lines.push(Line::from(span(
            clip(&format!("Not taken: {because} is false."), width),
            theme.warn,
        )));
    }
    lines
}

/// Lines behind a short word.
fn labelled(
    lines: &mut Vec<Line<'static>>,
    label: &str,
    texts: &[String],
    style: Style,
    theme: &Theme,
) {
    for (number, text) in texts.iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        lines.push(Line::from(vec![
            span(format!("{label:<6}"), theme.dim),
            span(text.clone(), style),
        ]));
    }
}

fn run_lines(
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
            AttemptStatus::Starting => Line::from(span("● starting", theme.dim)),
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

fn gate_lines(
    lines: &mut Vec<Line<'static>>,
    state: &State,
    step: &Step,
    width: usize,
    theme: &Theme,
) {
    match state.status(&step.id) {
        Status::Deciding(deciding) => criteria(lines, &deciding.facts, width, theme),
        Status::Answered {
            label,
            by,
            reason,
            at,
            overrides,
            ..
        } => {
            let time = at.with_timezone(&chrono::Local).format("%H:%M:%S");
            lines.push(Line::from(span(
                clip(&format!("◆ {label}: {by} at {time}"), width),
                theme.good,
            )));
            if let Some(suggested) = overrides {
                let text = format!("against the suggestion `{suggested}`");
                labelled(lines, "", &[text], theme.warn, theme);
            }
            if let Some(reason) = reason {
                let reason = wrap(&format!("Reason: {reason}"), width.saturating_sub(6));
                labelled(lines, "", &reason, theme.text, theme);
            }
        }
        _ => {}
    }
}

fn criteria(lines: &mut Vec<Line<'static>>, facts: &Facts, width: usize, theme: &Theme) {
    if facts.criteria.is_empty() {
        return;
    }
    let value_of = |line: &Measured| {
        line.value.as_ref().map_or("unknown".to_owned(), |value| {
            format!("{value} {}", line.unit).trim().to_owned()
        })
    };
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let value_width = widest(&mut facts.criteria.iter().map(|line| value_of(line).width())).min(16);
    let name_width = widest(&mut facts.criteria.iter().map(|line| line.name.width()))
        .min(width.saturating_sub(value_width + 36));
    let word_width = widest(
        &mut facts
            .criteria
            .iter()
            .map(|line| verdict(line, theme).1.width()),
    );
    for line in &facts.criteria {
        let value = value_of(line);
        let (glyph, word, style) = verdict(line, theme);
        lines.push(Line::from(vec![
            span(format!("{glyph} "), style),
            span(
                format!("{:<name_width$}  ", clip(&line.name, name_width)),
                theme.text,
            ),
            span(
                format!("{:<value_width$}  ", clip(&value, value_width)),
                style,
            ),
            span(format!("{word:<word_width$}  "), style),
            span(
                clip(
                    &line.limit,
                    width.saturating_sub(name_width + value_width + word_width + 8),
                ),
                theme.dim,
            ),
        ]));
    }
}

/// Whether a limit is exceeded: a glyph, a word, a colour.
fn verdict(line: &Measured, theme: &Theme) -> (&'static str, &'static str, Style) {
    match line.exceeded {
        Some(true) => ("✘", "exceeded", theme.bad),
        Some(false) => ("✔", "within", theme.good),
        None => ("?", "cannot be told", theme.unknown),
    }
}

fn manual_lines(
    lines: &mut Vec<Line<'static>>,
    view: &View<'_>,
    step: &Step,
    width: usize,
    theme: &Theme,
) {
    let Kind::Manual(definition) = &step.kind else {
        return;
    };
    let (instructions, copy) = if let Status::Manual(manual) = view.state.status(&step.id) {
        (manual.instructions.clone(), manual.copy.clone())
    } else {
        let scope = view.state.scope();
        let copy = definition
            .copy
            .as_ref()
            .map(|text| fill_or_source(text, &scope));
        (fill_or_source(&definition.instructions, &scope), copy)
    };
    for line in prose(&instructions, width) {
        lines.push(Line::from(span(line, theme.text)));
    }
    if let Some(copy) = copy {
        lines.push(Line::default());
        lines.push(Line::from(span(
            "To paste elsewhere (y copies it):",
            theme.dim,
        )));
        for line in wrap(&copy, width.saturating_sub(2)) {
            lines.push(Line::from(vec![
                span("  ", theme.text),
                span(line, theme.code),
            ]));
        }
    }
    conclusion(lines, view.state, step, width, theme);
}

fn wait_lines(lines: &mut Vec<Line<'static>>, view: &View<'_>, step: &Step, theme: &Theme) {
    let Kind::Wait(wait) = &step.kind else { return };
    if let Status::Waiting { until, .. } = view.state.status(&step.id) {
        let left = (*until - view.now).to_std().unwrap_or_default();
        lines.push(Line::from(vec![
            span("◷ ", theme.accent),
            span(clock(left), theme.strong),
            span(format!(" of {} left", human(wait.duration)), theme.dim),
        ]));
    } else {
        lines.push(Line::from(span(
            format!("waits {}", human(wait.duration)),
            theme.dim,
        )));
    }
    if let Some(until) = &wait.until {
        lines.push(Line::from(span(
            format!("until {}", until.source),
            theme.dim,
        )));
    }
}

fn conclusion(
    lines: &mut Vec<Line<'static>>,
    state: &State,
    step: &Step,
    width: usize,
    theme: &Theme,
) {
    let Status::Concluded { conclusion, .. } = state.status(&step.id) else {
        return;
    };
    let (text, style) = match conclusion {
        Conclusion::Succeeded => ("✔ done".to_owned(), theme.good),
        Conclusion::FailureAccepted => ("✘ failed, and the run went on".to_owned(), theme.warn),
        Conclusion::Skipped { reason } => (format!("– skipped: {reason}"), theme.warn),
        Conclusion::TookEffect { reason } => (format!("✔ declared done: {reason}"), theme.warn),
    };
    lines.push(Line::from(span(clip(&text, width), style)));
}

/// The run is over, or only has to be closed.
fn over(view: &View<'_>, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let state = view.state;
    let mut lines = Vec::new();
    if let Some(closed) = &state.closed {
        lines.push(Line::from(span(
            format!("The run closed as {}.", closed.outcome.word()),
            theme.strong,
        )));
        for line in wrap(&closed.note, width) {
            lines.push(Line::from(span(line, theme.text)));
        }
        if let Some(report) = view.report {
            lines.push(Line::default());
            lines.push(Line::from(span("The report is written:", theme.dim)));
            for line in wrap(&report.to_string_lossy(), width) {
                lines.push(Line::from(span(line, theme.code)));
            }
        }
    } else {
        let outcome = match next(state) {
            Next::Close(outcome) => outcome.word(),
            _ => "aborted",
        };
        let text = format!(
            "Every step on the route is settled. Enter closes the run, probably as {outcome}."
        );
        for line in wrap(&text, width) {
            lines.push(Line::from(span(line, theme.strong)));
        }
    }
    let items = metrics::action_items(state);
    if !items.is_empty() {
        lines.push(Line::default());
        lines.push(Line::from(span("Open action items", theme.dim)));
        for item in items {
            for (number, line) in wrap(&item, width.saturating_sub(4)).into_iter().enumerate() {
                let bullet = if number == 0 { "  ☐ " } else { "    " };
                lines.push(Line::from(vec![
                    span(bullet, theme.warn),
                    span(line, theme.text),
                ]));
            }
        }
    }
    lines
}
