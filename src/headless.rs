//! The same session without a screen: CI, pipes, automatic rollback.
//!
//! It prints one line an event and never asks: what needs a person ends it with
//! the run left open.

use std::{collections::BTreeMap, io::Write};

use crate::engine::{
    Command, Entry, Next, State, command::Run, event::RunOutcome, gate, next,
    rules::headless_answer,
};
use crate::report::timeline::{self, step_title};
use crate::runbook::{Effect, Kind};
use crate::session::{News, Session};

/// How the operator wants it done.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    /// Answers by gate, with their reasons. They beat the gate's own rule.
    pub answers: BTreeMap<String, (String, Option<String>)>,
    /// Names of targets that may be destroyed.
    pub confirmations: Vec<String>,
    /// One JSON object an event instead of a line of text.
    pub json: bool,
}

/// How a headless session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The run is closed.
    Closed(RunOutcome),
    /// A person is needed; the run stays open.
    PersonNeeded(String),
    /// Nothing may be launched here; the run stays open.
    Refused(String),
}

/// Drives a session until it is closed or needs a person.
///
/// # Errors
/// When the output cannot be written; a closed pipe is no error but ends the
/// printing.
pub async fn drive(
    session: &mut Session,
    orders: &Orders,
    out: &mut dyn Write,
) -> std::io::Result<Ended> {
    let mut printer = Printer {
        out,
        json: orders.json,
        dead: false,
    };
    for entry in session.entries() {
        printer.entry(session.state(), entry)?;
    }
    session.submit(Command::Auto(true));
    loop {
        // Also before anything happens: auto-advance may have been on already.
        if session.is_idle() {
            match decide(session.state(), orders) {
                Step::Wait => {}
                Step::Ask(command) => session.submit(command),
                Step::Stop(why) => return Ok(Ended::PersonNeeded(why)),
                Step::Over(outcome) => return Ok(Ended::Closed(outcome)),
            }
        }
        match session.changed().await {
            News::Entries(entries) => {
                for entry in &entries {
                    printer.entry(session.state(), entry)?;
                }
            }
            News::Refused(refusal) => return Ok(Ended::PersonNeeded(refusal.to_string())),
            News::JournalFailed(error) => {
                return Ok(Ended::PersonNeeded(format!(
                    "the journal cannot be written ({error}); what runs goes on"
                )));
            }
            News::JournalWorks => {}
            News::Unproven(why) => return Ok(Ended::Refused(why)),
        }
    }
}

/// What a headless session does next.
#[derive(Debug, PartialEq)]
enum Step {
    Wait,
    Ask(Command),
    Stop(String),
    Over(RunOutcome),
}

/// Decides in place of a person, or says why that cannot be.
fn decide(state: &State, orders: &Orders) -> Step {
    let title = |id: &str| step_title(state, id);
    match next(state) {
        Next::Closed => state
            .closed
            .as_ref()
            .map_or(Step::Wait, |closed| Step::Over(closed.outcome)),
        Next::Close(outcome) => Step::Ask(Command::Close {
            outcome,
            note: String::new(),
        }),
        Next::Busy(..) | Next::Retry(..) | Next::Poll(..) | Next::Wait(..) => Step::Wait,
        // Auto-advance starts a step once. What stands open again was edited, never
        // begun, or declared without effect: a person starts it.
        Next::Run(step, _) if state.attempts_of(&step.id).next().is_some() => Step::Stop(format!(
            "‘{}’ was tried before and stands open again",
            title(&step.id)
        )),
        Next::Run(step, _) if step.effect == Effect::Destructive && !state.is_rehearsal() => {
            confirm(state, orders, step)
        }
        // Auto-advance has started it unless something about it is doubtful.
        Next::Run(step, run) => {
            if let crate::engine::Status::Ready { doubt: Some(doubt) } = state.status(&step.id) {
                return Step::Stop(format!("‘{}’: {doubt}", title(&step.id)));
            }
            // Nobody is there to agree that a read step runs in a rehearsal.
            let passes =
                state.is_rehearsal() && step.effect == Effect::Read && run.rehearse.is_none();
            Step::Ask(Command::Run(Run {
                values: passes.then(BTreeMap::new),
                ..Run::step(&step.id)
            }))
        }
        Next::Failed(step, reason) => Step::Stop(format!("‘{}’ failed: {reason}", title(&step.id))),
        Next::Unknown(step, reason) => Step::Stop(format!(
            "nobody knows whether ‘{}’ took effect: {reason}",
            title(&step.id)
        )),
        Next::Decide(step, ..) => {
            if gate::awaits_evidence(state, &step.id) {
                return Step::Wait;
            }
            if let Some((answer, reason)) = orders.answers.get(&step.id) {
                return Step::Ask(Command::Answer {
                    gate: step.id.clone(),
                    answer: answer.clone(),
                    reason: reason.clone(),
                    without_approval: false,
                });
            }
            match headless_answer(state, &step.id) {
                Ok(answer) => Step::Ask(Command::Answer {
                    gate: step.id.clone(),
                    answer,
                    reason: None,
                    without_approval: false,
                }),
                Err(why) => Step::Stop(format!(
                    "‘{}’ waits for an answer: {why} (give one with --answer {}=…)",
                    title(&step.id),
                    step.id
                )),
            }
        }
        Next::Manual(step, manual, _) if manual.headless_skip => Step::Ask(Command::Skip {
            step: step.id.clone(),
            reason: "nobody was there (headless)".to_owned(),
            values: BTreeMap::new(),
        }),
        Next::Manual(step, ..) => Step::Stop(format!("‘{}’ is done by a person", title(&step.id))),
    }
}

fn confirm(state: &State, orders: &Orders, step: &crate::runbook::Step) -> Step {
    debug_assert!(matches!(step.kind, Kind::Run(_)));
    match crate::engine::step::target(state, step) {
        Ok(Some(target)) if orders.confirmations.contains(&target) => {
            Step::Ask(Command::Run(Run {
                confirmation: Some(target),
                ..Run::step(&step.id)
            }))
        }
        Ok(target) => {
            let target = target.unwrap_or_default();
            Step::Stop(format!(
                "‘{}’ cannot be undone: allow it with --confirm {target}",
                step_title(state, &step.id)
            ))
        }
        Err(refusal) => Step::Stop(refusal.to_string()),
    }
}

struct Printer<'a> {
    out: &'a mut dyn Write,
    json: bool,
    dead: bool,
}

impl Printer<'_> {
    fn entry(&mut self, state: &State, entry: &Entry) -> std::io::Result<()> {
        if self.dead {
            return Ok(());
        }
        let line = if self.json {
            serde_json::to_string(entry)?
        } else {
            match timeline::line(state, entry) {
                Some(line) => text(&line),
                None => return Ok(()),
            }
        };
        match writeln!(self.out, "{line}").and_then(|()| self.out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                self.dead = true;
                Ok(())
            }
            other => other,
        }
    }
}

/// A line of the timeline for a terminal or a log file.
pub fn text(line: &timeline::Line) -> String {
    use timeline::Mark;
    let glyph = match line.mark {
        Mark::Milestone => "■",
        Mark::Begin => "▸",
        Mark::Good => "✔",
        Mark::Bad => "✘",
        Mark::Unknown => "?",
        Mark::Decision => "◆",
        Mark::Note => "✎",
        Mark::Skipped => "–",
    };
    let safe: String = line
        .text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("{}Z {glyph} {safe}", line.at.format("%H:%M:%S"))
}
