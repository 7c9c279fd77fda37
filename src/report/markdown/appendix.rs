//! What ran, and the last that it printed: at the end, for who needs it.

use std::fmt::{self, Write};

use super::{Source, how};
use crate::engine::{
    AttemptId, Event,
    effect::Part,
    event::Outcome,
    observed::Ended,
    state::{Attempt, AttemptStatus},
};
use crate::output::{Position, Reader, window};
use crate::report::{
    escape::{fence, inline},
    timeline::{is_look, part_title},
};
use crate::run_dir::RunDir;
use crate::runbook::human;

/// How many of a command's last lines are shown.
const LAST_LINES: u16 = 10;

/// Every command with its script; of a poll the looks that settled it.
pub(super) fn write(out: &mut String, source: &Source<'_>) -> fmt::Result {
    let title = source.heading(2, "Appendix: commands run");
    writeln!(out, "{title}")?;
    if source.state.attempts.is_empty() {
        return writeln!(out, "None.\n");
    }
    let mut looks = 0;
    for attempt in source.state.attempts.values() {
        if !is_look(source.state, &attempt.launch) {
            command(out, source, attempt, None)?;
            continue;
        }
        if attempt.launch.first() == attempt.launch.attempt {
            looks += 1;
        }
        if settles(source, attempt) {
            let count = Some(looks).filter(|count| *count > 1);
            command(out, source, attempt, count)?;
        }
        if is_last_of_round(source, attempt) && settles(source, attempt) {
            looks = 0;
        }
    }
    Ok(())
}

/// Whether the look that an attempt belongs to was the last of its poll.
fn settles(source: &Source<'_>, attempt: &Attempt) -> bool {
    let launch = &attempt.launch;
    let settled = source.entries.iter().any(|entry| {
        matches!(&entry.event, Event::RoundFinished { round, .. } if *round == launch.first())
    });
    let last = source.state.attempts_of(&launch.step).last();
    settled || last.is_some_and(|(_, last)| last.launch.first() == launch.first())
}

fn is_last_of_round(source: &Source<'_>, attempt: &Attempt) -> bool {
    let launch = &attempt.launch;
    let mut round = source
        .state
        .attempts_of(&launch.step)
        .filter(|(_, other)| other.launch.first() == launch.first());
    round.all(|(id, _)| id <= launch.attempt)
}

fn edited_from<'a>(source: &'a Source<'_>, wanted: AttemptId) -> Option<&'a str> {
    source.entries.iter().find_map(|entry| match &entry.event {
        Event::AttemptStarting {
            launch,
            edited_from: Some(before),
            ..
        } if launch.attempt == wanted => Some(before.as_str()),
        _ => None,
    })
}

fn command(
    out: &mut String,
    source: &Source<'_>,
    attempt: &Attempt,
    looks: Option<usize>,
) -> fmt::Result {
    let launch = &attempt.launch;
    let title = part_title(source.state, launch);
    let number = if launch.number > 1 {
        format!(", attempt {}", launch.number)
    } else {
        String::new()
    };
    let fallback = attempt
        .fallback
        .as_ref()
        .map_or_else(String::new, |fallback| format!(", fallback ‘{fallback}’"));
    let heading = inline(&format!("{title}{fallback}{number}"));
    writeln!(out, "{}", source.heading(3, &heading))?;
    if let Some(looks) = looks {
        writeln!(out, "The last of {looks} looks.\n")?;
    }
    let how_it_went = match &attempt.status {
        AttemptStatus::Starting { .. } | AttemptStatus::Running { .. } => {
            "still running".to_owned()
        }
        AttemptStatus::Voided => "never started".to_owned(),
        AttemptStatus::Finished { report, outcome } => {
            let took = human(std::time::Duration::from_millis(report.milliseconds));
            let judged = match outcome {
                Outcome::Succeeded => "succeeded".to_owned(),
                Outcome::Failed { reason } => format!("**failed**: {}", inline(reason)),
                Outcome::Unknown { reason } => format!("**outcome unknown**: {}", inline(reason)),
            };
            let ended = match (launch.part, &report.ended) {
                (Part::Watch, Ended::Stopped) => "ended with what it watched".to_owned(),
                (_, ended) => how(ended),
            };
            format!("{ended} · {took} · {judged}")
        }
    };
    writeln!(
        out,
        "`{}` · {} · {how_it_went}\n",
        attempt.starting_at.format("%H:%M:%S"),
        launch.effect.word()
    )?;
    writeln!(out, "{}", fence(launch.command(), "sh"))?;
    if let Some(before) = edited_from(source, launch.attempt) {
        writeln!(
            out,
            "The operator changed it. As the author wrote it:\n\n{}",
            fence(before, "sh")
        )?;
    }
    let (lines, total) = last_lines(source.dir, &launch.directory());
    if lines.is_empty() {
        return writeln!(out, "No output.\n");
    }
    writeln!(
        out,
        "Last lines of {total} bytes of output:\n\n{}",
        fence(&lines, "text")
    )
}

fn last_lines(dir: &RunDir, attempt: &str) -> (String, u64) {
    let window = Reader::open(dir.attempt(attempt).path())
        .and_then(|mut reader| window::window(&mut reader, Position::Follow, LAST_LINES));
    match window {
        Ok(window) => {
            let lines: Vec<String> = window.lines.iter().map(|line| line.text.text()).collect();
            (lines.join("\n"), window.total_bytes)
        }
        Err(_) => (String::new(), 0),
    }
}
