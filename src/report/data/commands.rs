//! What ran, and the last that it printed.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Length, Moment, how};
use crate::engine::{
    AttemptId, Event,
    effect::Part,
    event::Outcome,
    observed::Ended,
    state::{Attempt, AttemptStatus},
};
use crate::output::{Position, Reader, window};
use crate::report::{
    Source,
    timeline::{is_look, part_title},
};
use crate::run_dir::RunDir;

/// How many of a command's last lines are told.
const LAST_LINES: u16 = 10;

/// A command that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Command {
    /// Its step's title, with what sets it apart from others of that step.
    pub title: String,
    /// It was the last of so many looks of a poll.
    pub looks: Option<usize>,
    /// When it began.
    pub at: Moment,
    /// `read`, `write` or `destructive`.
    pub effect: &'static str,
    /// How it ended, or that it still runs.
    pub how: String,
    /// How long it ran.
    pub took: Option<Length>,
    /// `succeeded`, `failed` or `unknown`; none: it has not ended.
    pub outcome: Option<&'static str>,
    /// Why, where it did not succeed.
    pub reason: Option<String>,
    /// What ran, values filled in.
    pub script: String,
    /// The author's script, if the operator changed it.
    pub edited_from: Option<String>,
    /// How many bytes it printed.
    pub output_bytes: u64,
    /// The last lines of that.
    pub last_lines: String,
    /// They are all of it.
    pub whole: bool,
}

/// Every command; of a poll the looks that settled it.
pub(super) fn commands(source: &Source<'_>) -> Vec<Command> {
    let known = Known::of(source);
    let mut commands = Vec::new();
    let mut looks = 0;
    for attempt in source.state.attempts.values() {
        let launch = &attempt.launch;
        if !is_look(source.state, launch) {
            commands.push(command(source, &known, attempt, None));
            continue;
        }
        if launch.first() == launch.attempt {
            looks += 1;
        }
        if known.settles(attempt) {
            let count = Some(looks).filter(|count| *count > 1);
            commands.push(command(source, &known, attempt, count));
            if known.last_of_round.get(&launch.first()) == Some(&launch.attempt) {
                looks = 0;
            }
        }
    }
    commands
}

/// What is asked of the events again and again.
struct Known<'a> {
    settled_rounds: BTreeSet<AttemptId>,
    /// The round that each step ended with.
    last_round: BTreeMap<&'a str, AttemptId>,
    last_of_round: BTreeMap<AttemptId, AttemptId>,
    edited_from: BTreeMap<AttemptId, &'a str>,
}

impl<'a> Known<'a> {
    fn of(source: &'a Source<'_>) -> Self {
        let mut known = Self {
            settled_rounds: BTreeSet::new(),
            last_round: BTreeMap::new(),
            last_of_round: BTreeMap::new(),
            edited_from: BTreeMap::new(),
        };
        for entry in source.entries {
            match &entry.event {
                Event::RoundFinished { round, .. } => {
                    known.settled_rounds.insert(*round);
                }
                Event::AttemptStarting {
                    launch,
                    edited_from: Some(before),
                    ..
                } => {
                    known.edited_from.insert(launch.attempt, before);
                }
                _ => {}
            }
        }
        for (id, attempt) in &source.state.attempts {
            let launch = &attempt.launch;
            known.last_round.insert(&launch.step, launch.first());
            known.last_of_round.insert(launch.first(), *id);
        }
        known
    }

    /// Whether the look that an attempt belongs to was the last of its poll.
    fn settles(&self, attempt: &Attempt) -> bool {
        let first = attempt.launch.first();
        self.settled_rounds.contains(&first)
            || self.last_round.get(attempt.launch.step.as_str()) == Some(&first)
    }
}

fn command(
    source: &Source<'_>,
    known: &Known<'_>,
    attempt: &Attempt,
    looks: Option<usize>,
) -> Command {
    let launch = &attempt.launch;
    let mut title = part_title(source.state, launch);
    if let Some(fallback) = &attempt.fallback {
        title = format!("{title}, fallback ‘{fallback}’");
    }
    if launch.number > 1 && launch.part != Part::OffScript {
        title = format!("{title}, attempt {}", launch.number);
    }
    let (how, took, outcome, reason) = match &attempt.status {
        AttemptStatus::Starting { .. } | AttemptStatus::Running { .. } => {
            ("still running".to_owned(), None, None, None)
        }
        AttemptStatus::Voided => ("never started".to_owned(), None, None, None),
        AttemptStatus::Finished { report, outcome } => {
            let took = std::time::Duration::from_millis(report.milliseconds);
            let (outcome, reason) = match outcome {
                Outcome::Succeeded => ("succeeded", None),
                Outcome::Failed { reason } => ("failed", Some(reason.clone())),
                Outcome::Unknown { reason } => ("unknown", Some(reason.clone())),
            };
            let ended = match (launch.part, &report.ended) {
                (Part::Watch, Ended::Stopped) => "ended with what it watched".to_owned(),
                (_, ended) => how(ended),
            };
            (ended, Some(took.into()), Some(outcome), reason)
        }
    };
    let (last_lines, output_bytes, whole) = last_lines(source.dir, &launch.directory());
    Command {
        title,
        looks,
        at: attempt.starting_at.into(),
        effect: launch.effect.word(),
        how,
        took,
        outcome,
        reason,
        script: launch.command().to_owned(),
        edited_from: known
            .edited_from
            .get(&launch.attempt)
            .map(|before| (*before).to_owned()),
        output_bytes,
        last_lines,
        whole,
    }
}

/// The last lines, how many bytes there are in all, and whether that is all of them.
fn last_lines(dir: &RunDir, attempt: &str) -> (String, u64, bool) {
    let window = Reader::open(dir.attempt(attempt).path())
        .and_then(|mut reader| window::window(&mut reader, Position::Follow, LAST_LINES));
    match window {
        Ok(window) => {
            let lines: Vec<String> = window.lines.iter().map(|line| line.text.text()).collect();
            (lines.join("\n"), window.total_bytes, window.top == 0)
        }
        Err(_) => (String::new(), 0, true),
    }
}
