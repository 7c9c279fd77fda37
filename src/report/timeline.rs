//! What happened, one line an event, in plain words. The screen's timeline pane,
//! headless output and the report all say it with these lines.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::engine::{
    AttemptId, Entry, Event, State,
    effect::{Launch, Part},
    event::{Health, Outcome},
    observed::Ended,
    off_script,
    state::AttemptStatus,
    step::fill_or_source,
};
use crate::report::{metrics, said};
use crate::runbook::{Effect, Kind, Role};
use crate::template::Value;

mod beside;
mod driving;
mod latest;
mod looks;
mod marks;
mod signals;
mod words;

pub use driving::{departed, who_drove};
pub use latest::latest;
use looks::Looks;
pub(in crate::report) use looks::is_look;
pub use marks::without_marks;
pub use words::voucher;

/// What is recorded so much later than it happened was found afterwards.
const UNSEEN: TimeDelta = TimeDelta::seconds(5);

/// What kind of line it is; the screen shows a glyph for it, never colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The run or a phase began or ended.
    Milestone,
    /// Something began.
    Begin,
    /// Something went well.
    Good,
    /// Something went wrong.
    Bad,
    /// Nobody knows.
    Unknown,
    /// A decision.
    Decision,
    /// A person said or did something.
    Note,
    /// Passed over.
    Skipped,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// When it was written down, if that was later.
    pub recorded_at: Option<DateTime<Utc>>,
    /// Who.
    pub by: Arc<str>,
    /// What kind.
    pub mark: Mark,
    /// In words; may contain anything that a command or a person wrote.
    pub text: String,
    /// Whether a reader who wants the story alone can do without it.
    pub detail: bool,
    /// It is this note of the run, from 1.
    pub note: Option<u32>,
}

/// Tells a run as it goes: it is shown every entry in its order. A poll is told by
/// what changes and by what it came to, since one look is like the other.
#[derive(Debug, Clone, Default)]
pub struct Teller {
    polls: BTreeMap<String, Looks>,
    /// How many notes it was shown.
    notes: u32,
    /// Signals that are not healthy.
    unhealthy: BTreeSet<String>,
    /// The end has been announced.
    closing: bool,
}

impl Teller {
    /// The line of the next entry, if it has one.
    pub fn line(&mut self, state: &State, entry: &Entry) -> Option<Line> {
        if matches!(entry.event, Event::NoteAdded { .. }) {
            self.notes += 1;
            return noted(state, self.notes);
        }
        let told = match self.look(state, entry) {
            looks::Told::So(told) => told,
            looks::Told::AsEver(looked) => {
                let told = words::words(state, entry);
                told.map(|(mark, text, detail)| match looked {
                    Some(looked) => (mark, format!("{text} · {looked}"), false),
                    None => (mark, text, detail),
                })
            }
        };
        let (mark, mut text, mut detail) = told?;
        match &entry.event {
            // That it is as it should be is news after it was not.
            Event::SignalChanged {
                signal,
                health: Health::Unhealthy,
                ..
            } => {
                self.unhealthy.insert(signal.clone());
            }
            Event::SignalChanged {
                signal,
                health: Health::Healthy,
                ..
            } => detail &= !self.unhealthy.remove(signal),
            Event::Closing { .. } => self.closing = true,
            // What was said of it stands with the announcement.
            Event::RunClosed { outcome, .. } if self.closing => {
                text = format!("Run closed as {}", outcome.word());
            }
            _ => {}
        }
        Some(Line {
            at: entry.at,
            recorded_at: None,
            by: entry.by.clone(),
            mark,
            text,
            detail,
            note: None,
        })
    }
}

/// The line of a note as it stands now.
fn noted(state: &State, number: u32) -> Option<Line> {
    let note = state.note(number)?;
    let (mark, text, detail) = beside::note(note)?;
    Some(Line {
        at: note.moment(),
        recorded_at: note.happened_at.map(|_| note.at),
        by: note.by.clone(),
        mark,
        text,
        detail,
        note: Some(number),
    })
}

/// All lines in the order in which things happened, and who tells what comes next.
pub fn timeline(state: &State, entries: &[Entry]) -> (Vec<Line>, Teller) {
    let mut teller = Teller::default();
    let mut lines = Vec::with_capacity(entries.len());
    lines.extend(entries.iter().filter_map(|entry| teller.line(state, entry)));
    // Stable: what happened at the same time stays in the order of the journal.
    lines.sort_by_key(|line| line.at);
    (lines, teller)
}

/// The lines for who reads it afterwards: decisions, what changed, what failed, and
/// what was said; of a poll what it came to. What begins is told where nothing tells
/// that it ended.
pub fn story(state: &State, entries: &[Entry]) -> Vec<Line> {
    let mut teller = Teller::default();
    let mut lines: Vec<Line> = Vec::new();
    for entry in entries {
        // The teller is shown every entry.
        let Some(mut line) = teller.line(state, entry) else {
            continue;
        };
        if let Event::AttemptFinished { attempt, .. } = &entry.event
            && let Some(at) = ended_unseen(state, *attempt, entry.at)
        {
            line.recorded_at = Some(std::mem::replace(&mut line.at, at));
        }
        let told = match &entry.event {
            // What a note said before is for the full record.
            Event::PollScheduled { .. } | Event::NoteAmended { .. } => false,
            Event::AttemptStarting { launch, .. } => !line.detail || goes_on(state, launch.attempt),
            // What was found out stands with the decisions that rest on it.
            Event::AttemptFinished {
                attempt,
                outcome: Outcome::Succeeded,
                ..
            } => !line.detail && !only_read(state, *attempt),
            // It stands in the part of the report that it is for.
            Event::NoteAdded { .. } => !is_for_a_part(state, line.note),
            _ => !line.detail,
        };
        if told {
            lines.push(line);
        }
    }
    // A poll that never came to its end is told too.
    lines.extend(teller.open_polls(state));
    lines.sort_by_key(|line| line.at);
    lines
}

/// Whether a command changed nothing and checked nothing: it read what others go by.
fn only_read(state: &State, attempt: AttemptId) -> bool {
    let Some(known) = state.attempts.get(&attempt) else {
        return false;
    };
    let launch = &known.launch;
    // That something works after all is news.
    let first = launch.number <= 1 && known.fallback.is_none() && !known.edited;
    let reads = launch.part == Part::Main && launch.effect == Effect::Read;
    if !first || !reads || is_look(state, launch) {
        return false;
    }
    let Some((phase, step)) = state.runbook.step(&launch.step) else {
        return false;
    };
    let checks = step.makes().is_empty() || step.expectation().is_some();
    phase.role != Some(Role::Verify) || !checks
}

fn is_for_a_part(state: &State, note: Option<u32>) -> bool {
    let note = note.and_then(|number| state.note(number));
    note.is_some_and(|note| note.todo.is_some() || said::by(note).is_some())
}

/// When a command ended that was found at its end later.
fn ended_unseen(state: &State, attempt: AttemptId, found: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let known = state.attempts.get(&attempt)?;
    let lost = matches!(&known.status, AttemptStatus::Finished { report, .. } if report.ended == Ended::Lost);
    let at = metrics::ended_at(known).filter(|_| !lost)?;
    (found - at > UNSEEN).then_some(at)
}

fn goes_on(state: &State, attempt: AttemptId) -> bool {
    let known = state.attempts.get(&attempt);
    known.is_some_and(|known| {
        matches!(
            known.status,
            AttemptStatus::Starting { .. } | AttemptStatus::Running { .. }
        )
    })
}

/// Whether a step was passed over because the run began at a later one: all of that
/// is decided together with the beginning.
pub fn is_passed_over(state: &State, at: DateTime<Utc>) -> bool {
    state.run.from.is_some() && at == state.started_at
}

/// The title of a step, values filled in.
pub fn step_title(state: &State, id: &str) -> String {
    state.runbook.step(id).map_or_else(
        || id.to_owned(),
        |(_, step)| {
            let source = &step.title.source;
            // As most are: without the mark of a value or of a look.
            if !source.contains(['{', '<', '*', '`']) {
                return source.clone();
            }
            without_marks(&fill_or_source(&step.title, state.scope_for(source)))
        },
    )
}

/// What an answer of a gate says, values filled in.
pub fn answer_label(state: &State, gate: &str, answer: &str) -> String {
    let known = state
        .runbook
        .step(gate)
        .and_then(|(_, step)| match &step.kind {
            Kind::Gate(gate) => gate.answer(answer),
            _ => None,
        });
    known.map_or_else(
        || answer.to_owned(),
        |known| fill_or_source(&known.label, state.scope_for(&known.label.source)),
    )
}

/// The title of a step, with the name of the script where it has several.
pub fn part_title(state: &State, launch: &Launch) -> String {
    let title = step_title(state, &launch.step);
    match (launch.part, launch.script.as_str()) {
        (Part::Main, "") => title,
        (Part::Main, name) => format!("[{name}] {title}"),
        (Part::Watch, name) => format!("[watch {name}] {title}"),
        (Part::OffScript, _) => format!("Off-script: {}", off_script::title(launch)),
    }
}

fn of_attempt(state: &State, attempt: AttemptId) -> String {
    state.attempts.get(&attempt).map_or_else(
        || format!("attempt {attempt}"),
        |known| part_title(state, &known.launch),
    )
}

/// A line with the values that came of it.
fn with_values(text: String, values: &BTreeMap<String, Value>) -> String {
    values.iter().fold(text, |text, (name, value)| {
        format!("{text} · {name} = {}", short(&value.to_string(), 60))
    })
}

/// The beginning of a text, with an ellipsis where it was cut.
pub fn short(text: &str, length: usize) -> String {
    let first = text.lines().next().unwrap_or_default();
    if first.chars().count() <= length && first.len() == text.len() {
        return text.to_owned();
    }
    let mut cut: String = first.chars().take(length.saturating_sub(1)).collect();
    cut.push('…');
    cut
}
