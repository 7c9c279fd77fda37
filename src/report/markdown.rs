//! The report in Markdown, in the order in which a postmortem needs it: what it came
//! to and what is left to do, then how it went, and at the end what ran.

mod appendix;
mod compared;
mod course;
mod decisions;
mod doubts;
mod measured;
mod summary;

use std::fmt::{self, Write};

use chrono::{DateTime, Utc};

use super::{
    compare::EarlierRun,
    escape::{code, inline},
    signals::Sample,
};
use crate::engine::{Entry, State, event::RunKind, observed::Ended};
use crate::run_dir::RunDir;

/// What a report is made of.
pub struct Source<'a> {
    /// The run as it stands.
    pub state: &'a State,
    /// Everything that happened.
    pub entries: &'a [Entry],
    /// What was measured of its signals, oldest first.
    pub samples: &'a [Sample],
    /// The hash of the journal's last line.
    pub head: String,
    /// Where the commands' logs stand.
    pub dir: &'a RunDir,
    /// Earlier runs of the same runbook, for a drill to be compared with.
    pub earlier: &'a [EarlierRun],
    /// When the report is made: only an open run's durations depend on it.
    pub now: DateTime<Utc>,
}

impl Source<'_> {
    /// A heading. Each says what kind of run it was: it may be copied alone.
    fn heading(&self, level: usize, text: &str) -> String {
        let mark = match self.state.run.kind {
            RunKind::Incident => "",
            RunKind::Drill => "DRILL: ",
            RunKind::Rehearsal => "REHEARSAL: ",
        };
        format!("{} {mark}{text}\n", "#".repeat(level))
    }
}

/// The whole report.
pub fn markdown(source: &Source<'_>) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut text, source);
    text
}

fn write_all(out: &mut String, source: &Source<'_>) -> fmt::Result {
    let run = &source.state.run;
    writeln!(out, "{}", source.heading(1, &inline(&run.title)))?;
    match run.kind {
        RunKind::Incident => {}
        RunKind::Drill => writeln!(
            out,
            "**This was a drill. Nothing here happened in production.**\n"
        )?,
        RunKind::Rehearsal => writeln!(
            out,
            "**This was a rehearsal: it was walked through, and nothing was changed.**\n"
        )?,
    }
    summary::write(out, source)?;
    summary::actions(out, source)?;
    course::timeline(out, source)?;
    decisions::write(out, source)?;
    doubts::write(out, source)?;
    course::phases(out, source)?;
    compared::write(out, source)?;
    course::verification(out, source)?;
    measured::write(out, source)?;
    course::cleanup(out, source)?;
    course::deviations(out, source)?;
    for title in ["Root cause", "Lessons learned"] {
        writeln!(out, "{}\n", source.heading(2, title))?;
    }
    appendix::write(out, source)?;
    writeln!(
        out,
        "---\n\nrbconsole {} · run {} · journal head {}",
        inline(&run.version),
        code(&run.id),
        code(&source.head)
    )
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn how(ended: &Ended) -> String {
    match ended {
        Ended::Exit { code } => format!("exit {code}"),
        Ended::Signal { signal } => format!("signal {signal}"),
        Ended::Deadline => "stopped at its deadline".to_owned(),
        Ended::Stopped => "stopped by the operator".to_owned(),
        Ended::Lost => "its end was not recorded".to_owned(),
        Ended::NotStarted { reason } => format!("not started: {}", inline(reason)),
    }
}
