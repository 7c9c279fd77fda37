//! The line under the output: how the step goes, when it looks again, and that a
//! command has been silent.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::{RunScreen, View, card, panes};
use crate::engine::{
    AttemptId, Status,
    effect::Part,
    event::Outcome,
    state::{Attempt, AttemptStatus, Polling},
    step,
};
use crate::runbook::{Kind, Poll, Step, human};
use crate::tui::{
    theme::Theme,
    words::{bar, clip, span},
};

/// The line under the output of a step.
pub fn line(
    screen: &RunScreen,
    view: &View<'_>,
    step: &Step,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let round = screen.round(view.state);
    let mains: Vec<&Attempt> = round
        .iter()
        .filter(|(_, attempt)| attempt.launch.part == Part::Main)
        .map(|(_, attempt)| *attempt)
        .collect();
    let Some(first) = mains.first() else {
        // At a gate there is only what was run off the script there.
        return match round.last() {
            Some((_, attempt)) => card::result(view.state, step, attempt, width, theme),
            None => Line::default(),
        };
    };
    let mut line = match (next_look(view, step, first), mains.len()) {
        (Some(text), _) => Line::from(span(clip(&text, width), theme.accent)),
        (None, 1) if first.status == AttemptStatus::Voided => Line::default(),
        (None, 1) => card::result(view.state, step, first, width, theme),
        (None, _) => together(view, step, &mains, width, theme),
    };
    let mut more = Vec::new();
    let mut against = None;
    if first.status.is_live() {
        more.extend(polled(view, step, first));
        against = usual(view, step);
    }
    let warnings = round
        .iter()
        .filter_map(|(id, attempt)| silence(screen, view.now, *id, attempt, round.len() > 1));
    append(&mut line, more, theme.dim, width);
    if let Some(against) = against {
        let style = if against.late { theme.warn } else { theme.dim };
        if line.width() + BAR + against.words.width() + 5 <= width {
            let done = if against.late {
                theme.warn
            } else {
                theme.focus
            };
            line.push_span(Span::raw("  "));
            line.spans.extend(bar(
                against.elapsed,
                against.median,
                BAR,
                done,
                theme.border,
            ));
            line.push_span(span(format!("  {}", against.words), style));
        } else {
            append(&mut line, vec![against.words], style, width);
        }
    }
    append(&mut line, warnings.collect(), theme.warn, width);
    line
}

/// Adds what there is room for.
fn append(
    line: &mut Line<'static>,
    texts: Vec<String>,
    style: ratatui::style::Style,
    width: usize,
) {
    for text in texts {
        let room = width.saturating_sub(line.width() + 3);
        if room >= 8 {
            line.push_span(Span::raw(" · "));
            line.push_span(span(clip(&text, room), style));
        }
    }
}

/// A command that runs, against what its step usually takes.
struct Against {
    elapsed: Duration,
    median: Duration,
    words: String,
    /// It has taken much longer.
    late: bool,
}

/// The line that fills until it has taken as long as usual.
const BAR: usize = 10;

fn usual(view: &View<'_>, step: &Step) -> Option<Against> {
    let typical = view.earlier.step(&step.id)?;
    let elapsed = step::elapsed(view.state, &step.id, view.now)?;
    let late = typical.is_exceeded_by(elapsed);
    Some(Against {
        elapsed,
        median: typical.median,
        words: against(elapsed, typical.median, late),
        late,
    })
}

/// How long it has run against the median of earlier runs; of how many, the card says.
fn against(elapsed: Duration, median: Duration, late: bool) -> String {
    let usual = human(median);
    match elapsed.checked_sub(median) {
        Some(over) if late => format!("late: {} over the usual {usual}", seconds(over)),
        Some(over) if over >= Duration::from_secs(1) => {
            format!("{} over the usual {usual}", seconds(over))
        }
        _ => format!("{} of the usual {usual}", seconds(elapsed)),
    }
}

/// Between two looks of a poll: when it looks again, for how long it has held, and
/// what it found last.
fn next_look(view: &View<'_>, step: &Step, attempt: &Attempt) -> Option<String> {
    let Status::PollDue { due, .. } = view.state.status(&step.id) else {
        return None;
    };
    let left = (*due - view.now).to_std().unwrap_or_default();
    let mut parts = vec![
        format!("● attempt {}", attempt.launch.number),
        format!("next look in {}", seconds(left)),
    ];
    let polling = view.state.polls.get(&step.id);
    let held = polling.and_then(|polling| held(polling, poll_of(step)?, view.now));
    match (held, polling) {
        (Some(held), _) => parts.push(held),
        (None, Some(polling)) => parts.push(format!("not yet: {}", polling.last)),
        (None, None) => {}
    }
    Some(parts.join(" · "))
}

/// While a poll looks: which attempt it is, and for how long it has held.
fn polled(view: &View<'_>, step: &Step, attempt: &Attempt) -> Vec<String> {
    let Some(poll) = poll_of(step) else {
        return Vec::new();
    };
    let mut parts = vec![format!("attempt {}", attempt.launch.number)];
    let polling = view.state.polls.get(&step.id);
    parts.extend(polling.and_then(|polling| held(polling, poll, view.now)));
    parts
}

fn poll_of(step: &Step) -> Option<Poll> {
    match &step.kind {
        Kind::Run(run) => run.poll,
        _ => None,
    }
}

fn held(polling: &Polling, poll: Poll, now: DateTime<Utc>) -> Option<String> {
    let hold = poll.hold?;
    let since = (now - polling.holding?).to_std().unwrap_or_default();
    Some(format!(
        "holding {} of {}",
        seconds(since.min(hold)),
        human(hold)
    ))
}

/// Whole seconds: a clock that counts them is easier to read than one that jumps.
fn seconds(time: Duration) -> String {
    human(Duration::from_secs(time.as_secs()))
}

/// How several commands went together.
fn together(
    view: &View<'_>,
    step: &Step,
    mains: &[&Attempt],
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let count = |wanted: fn(&AttemptStatus) -> bool| {
        mains.iter().filter(|main| wanted(&main.status)).count()
    };
    let running = count(AttemptStatus::is_live);
    let good = count(|status| outcome(status) == Some(&Outcome::Succeeded));
    let unknown = count(|status| matches!(outcome(status), Some(Outcome::Unknown { .. })));
    let all = mains.len();
    let bad = all - running - good - unknown;
    let glyph_and_style = if running > 0 {
        ("●", if bad > 0 { theme.bad } else { theme.accent })
    } else if unknown > 0 {
        ("?", theme.unknown)
    } else if bad > 0 {
        ("✘", theme.bad)
    } else {
        ("✔", theme.good)
    };
    let parts = [
        (running, format!("{running} of {all} running")),
        (good, format!("{good} of {all} succeeded")),
        (bad, format!("{bad} failed")),
        (unknown, format!("{unknown} of unknown outcome")),
    ];
    let mut parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, text)| text)
        .collect();
    if running == 0 {
        let values = step.makes().into_iter();
        parts.extend(values.filter_map(|(name, _)| {
            let value = view.state.values.get(name)?;
            Some(format!("{name} = {value}"))
        }));
        // All of them succeeded, and what they came to together did not.
        if let Status::Failed { reason, .. } = view.state.status(&step.id) {
            parts = vec![format!("failed: {reason}")];
        }
    }
    let failed = matches!(view.state.status(&step.id), Status::Failed { .. });
    let (glyph, style) = if failed && running == 0 && unknown == 0 {
        ("✘", theme.bad)
    } else {
        glyph_and_style
    };
    let text = format!("{glyph} {}", parts.join(" · "));
    Line::from(span(clip(&text, width), style))
}

fn outcome(status: &AttemptStatus) -> Option<&Outcome> {
    match status {
        AttemptStatus::Finished { outcome, .. } => Some(outcome),
        _ => None,
    }
}

/// That a command prints nothing, if its author finds that worth a warning and it
/// still does not.
fn silence(
    screen: &RunScreen,
    now: DateTime<Utc>,
    id: AttemptId,
    attempt: &Attempt,
    named: bool,
) -> Option<String> {
    let noticed = attempt.silent?;
    let AttemptStatus::Running { .. } = attempt.status else {
        return None;
    };
    // Of a log that nobody reads at present nobody knows.
    let log = screen.logs.get(&id).filter(|log| log.window().is_some())?;
    let printed = log.printed_at().and_then(DateTime::from_timestamp_millis);
    let since = printed.map_or(noticed, |printed| printed.max(noticed));
    let quiet = (now - since).to_std().unwrap_or_default();
    if u64::try_from(quiet.as_millis()).unwrap_or(u64::MAX) < attempt.launch.silence_ms? {
        return None;
    }
    let who = if named {
        format!("{} ", panes::name(attempt))
    } else {
        String::new()
    };
    Some(format!("{who}silent for {}", seconds(quiet)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_told_against_the_usual_one() {
        let told = |elapsed, late| {
            against(
                Duration::from_millis(elapsed),
                Duration::from_secs(12),
                late,
            )
        };
        assert_eq!(told(3_400, false), "3s of the usual 12s");
        assert_eq!(told(12_300, false), "12s of the usual 12s");
        assert_eq!(told(14_000, false), "2s over the usual 12s");
        assert_eq!(told(50_000, true), "late: 38s over the usual 12s");
    }
}
