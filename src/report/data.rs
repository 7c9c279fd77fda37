//! What a report says, as data: every format is written from this, and so can a
//! template of one's own be. The JSON report is this, with a published schema.

mod commands;
mod compared;
mod decisions;
mod doubts;
mod happening;
mod lessons;
mod signals;
mod spent;
mod summary;
mod telling;
mod times;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Source, items,
    metrics::{self, Cleaned, PhaseResult},
    said,
    timeline::without_marks,
};
use crate::engine::{State, observed::Ended, untaken};
use crate::runbook::human;

pub use commands::Command;
pub use compared::Comparison;
pub use decisions::Decision;
pub use doubts::Doubt;
pub use happening::Happening;
pub use lessons::Lessons;
pub use signals::Signal;
pub use summary::Run;
pub use times::{TimeMark, Times};

/// The version of this format. Fields may be added; none changes its meaning.
pub const FORMAT: u32 = 1;

/// The report of a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this format.
    pub format: u32,
    /// The run at a glance.
    pub run: Run,
    /// The hash of the journal's last line: what this report was made from.
    pub head: String,
    /// The run in a few sentences.
    pub summary: Vec<String>,
    /// Whom it hurt, and for how long: as given, as noted, and as the signals show.
    pub impact: Vec<String>,
    /// Why it happened, as was noted.
    pub cause: Vec<String>,
    /// What happened, in the order in which it happened.
    pub timeline: Vec<Happening>,
    /// What went well and what did not.
    pub lessons: Lessons,
    /// What is left to do.
    pub actions: Vec<Action>,
    /// The times that matter.
    pub times: Times,
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// Commands of which nobody knew whether they took effect.
    pub doubts: Vec<Doubt>,
    /// Each phase against its budget.
    pub phases: Vec<Phase>,
    /// For a drill: how it compares with those before it.
    pub comparison: Option<Comparison>,
    /// Each check of the verifying phases.
    pub verification: Vec<Check>,
    /// What was measured.
    pub signals: Vec<Signal>,
    /// The file of the signals' samples, once the run is closed.
    pub samples: Option<Digest>,
    /// What was offered at the end; none, if the runbook has no cleanup.
    pub cleanup: Option<Vec<Cleanup>>,
    /// Where the operator left the author's path.
    pub deviations: Vec<Deviation>,
    /// What ran.
    pub commands: Vec<Command>,
}

/// A moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Moment {
    /// In RFC 3339, UTC.
    pub rfc3339: String,
    /// `2026-06-26`.
    pub date: String,
    /// `14:14:05`.
    pub clock: String,
    /// Seconds since 1970.
    pub unix: i64,
}

impl From<DateTime<Utc>> for Moment {
    fn from(at: DateTime<Utc>) -> Self {
        Self {
            rfc3339: at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            date: at.format("%Y-%m-%d").to_string(),
            clock: at.format("%H:%M:%S").to_string(),
            unix: at.timestamp(),
        }
    }
}

/// A length of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Length {
    /// In milliseconds.
    pub ms: u64,
    /// `6m41s`.
    pub words: String,
}

impl From<std::time::Duration> for Length {
    fn from(time: std::time::Duration) -> Self {
        Self {
            ms: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            words: human(time),
        }
    }
}

impl Length {
    fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        (to - from).to_std().unwrap_or_default().into()
    }
}

/// Something that is left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Action {
    /// What and why.
    pub text: String,
    /// Who is to do it, if that was said.
    pub owner: Option<String>,
    /// Until which day, if that was said: `2026-06-26`.
    pub due: Option<String>,
}

/// A phase's time against its budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Phase {
    /// Its title.
    pub title: String,
    /// What it should have taken.
    pub budget: Option<Length>,
    /// How long it took, or has been open.
    pub actual: Option<Length>,
    /// By how much it is over its budget.
    pub over: Option<Length>,
    /// `done`, `open`, `not_taken` or `off_route`.
    pub state: &'static str,
    /// The condition that was false.
    pub because: Option<String>,
    /// The same in words.
    pub words: Option<String>,
    /// When it began.
    pub began: Option<Moment>,
    /// When it ended, or was left.
    pub ended: Option<Moment>,
}

/// A check of a verifying phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Check {
    /// Its title.
    pub title: String,
    /// How it ended.
    pub status: String,
    /// When.
    pub at: Option<Moment>,
}

/// A step of the cleanup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cleanup {
    /// Its title.
    pub title: String,
    /// `not_offered`, `not_needed`, `open`, `done`, `rehearsed`, `skipped` or `failed`.
    pub state: &'static str,
    /// The condition that was false, or why it was skipped.
    pub because: Option<String>,
    /// The condition that was false, in words.
    pub words: Option<String>,
    /// When.
    pub at: Option<Moment>,
}

/// Where the operator left the author's path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deviation {
    /// When.
    pub at: Moment,
    /// In words.
    pub text: String,
}

/// A file that the report vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Digest {
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 in hexadecimal.
    pub blake3: String,
}

impl Report {
    /// Gathers it.
    pub fn of(source: &Source<'_>) -> Self {
        let actions = items::action_items(source.state).into_iter();
        let deviations = items::deviations(source.state, source.entries).into_iter();
        let (phases, signals) = (phases(source), signals::signals(source));
        let (decisions, times) = (decisions::decisions(source), times::times(source));
        let comparison = compared::comparison(source);
        Self {
            format: FORMAT,
            run: summary::run(source),
            head: source.head.clone(),
            summary: telling::summary(source, &decisions, &times.marks, comparison.as_ref()),
            impact: lessons::impact(source, &signals),
            cause: said::of(source.state, said::Part::Cause),
            timeline: happening::happenings(source),
            lessons: lessons::lessons(source, &phases, &signals),
            actions: actions
                .map(|item| Action {
                    text: item.text,
                    owner: item.owner,
                    due: item.due.map(|due| due.to_string()),
                })
                .collect(),
            times,
            decisions,
            doubts: doubts::doubts(source),
            phases,
            comparison,
            verification: verification(source),
            signals,
            samples: signals::samples(source),
            cleanup: cleanup(source),
            deviations: deviations
                .map(|(at, text)| Deviation {
                    at: at.into(),
                    text,
                })
                .collect(),
            commands: commands::commands(source),
        }
    }
}

fn phases(source: &Source<'_>) -> Vec<Phase> {
    let of = |phase: metrics::PhaseTime| {
        let budget = phase.budget;
        let over = |time: std::time::Duration| {
            let over = budget.and_then(|budget| time.checked_sub(budget));
            over.filter(|over| !over.is_zero()).map(Length::from)
        };
        let (state, actual, over, because) = match phase.status {
            PhaseResult::Took(time) => ("done", Some(time), over(time), None),
            PhaseResult::Open(time) => ("open", Some(time), None, None),
            PhaseResult::NotTaken(because) => ("not_taken", None, None, Some(because)),
            PhaseResult::OffRoute => ("off_route", None, None, None),
        };
        Phase {
            title: phase.title,
            budget: budget.map(Length::from),
            actual: actual.map(Length::from),
            over,
            state,
            words: because
                .as_deref()
                .map(|because| why_not(source.state, because)),
            because,
            began: phase.began.map(Moment::from),
            ended: phase.ended.map(Moment::from),
        }
    };
    metrics::phases(source.state, source.now)
        .into_iter()
        .map(of)
        .collect()
}

fn why_not(state: &State, because: &str) -> String {
    without_marks(&untaken::why_not_then(state, because))
}

fn verification(source: &Source<'_>) -> Vec<Check> {
    metrics::verification(source.state)
        .into_iter()
        .map(|(title, status, at)| Check {
            title,
            status,
            at: at.map(Moment::from),
        })
        .collect()
}

fn cleanup(source: &Source<'_>) -> Option<Vec<Cleanup>> {
    let steps = metrics::cleanup(source.state)?.into_iter();
    let of = |(title, cleaned, at): metrics::CleanedStep| {
        let (state, because) = match cleaned {
            Cleaned::NotOffered => ("not_offered", None),
            Cleaned::NotNeeded(because) => ("not_needed", Some(because)),
            Cleaned::Open => ("open", None),
            Cleaned::Done => ("done", None),
            Cleaned::Rehearsed => ("rehearsed", None),
            Cleaned::Skipped(reason) => ("skipped", Some(reason)),
            Cleaned::Failed => ("failed", None),
        };
        let words = because.as_deref().filter(|_| state == "not_needed");
        Cleanup {
            title,
            state,
            words: words.map(|because| why_not(source.state, because)),
            because,
            at: at.map(Moment::from),
        }
    };
    Some(steps.map(of).collect())
}

/// How a command ended, for people.
fn how(ended: &Ended) -> String {
    match ended {
        Ended::Exit { code } => format!("exit {code}"),
        Ended::Signal { signal } => format!("signal {signal}"),
        Ended::Deadline => "stopped at its deadline".to_owned(),
        Ended::Stopped => "stopped by the operator".to_owned(),
        Ended::Lost => "its end was not recorded".to_owned(),
        Ended::NotStarted { reason } => format!("not started: {reason}"),
    }
}
