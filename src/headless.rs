//! The same session without a screen: CI, pipes, automatic rollback.
//!
//! It prints one line an event and never asks: what needs a person ends it with
//! the run left open.

mod decide;
mod follow;
mod printer;
mod signals;

use std::{collections::BTreeMap, io::Write};

use crate::engine::{Command, event::RunOutcome};
use crate::session::{News, Session};

use decide::{Step, decide};
use printer::Printer;
use signals::Signals;

pub use follow::{Followed, follow};
pub use printer::text;

/// How the operator wants it done.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    /// Answers by gate, with their reasons. They beat the gate's own rule.
    pub answers: BTreeMap<String, (String, Option<String>)>,
    /// Which fallback a step is given when it fails, by step; the first is 1.
    pub failures: BTreeMap<String, usize>,
    /// Manual steps that are done, with what they record, as typed.
    pub done: BTreeMap<String, BTreeMap<String, String>>,
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
    /// This signal asked it to let go; the run stays open, and what runs goes on.
    Detached(&'static str),
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
    let ended = driven(session, orders, out).await;
    // A supervisor that waits to hear that its end is recorded is told before all ends.
    tokio::task::yield_now().await;
    ended
}

async fn driven(
    session: &mut Session,
    orders: &Orders,
    out: &mut dyn Write,
) -> std::io::Result<Ended> {
    let mut signals = Signals::listen()?;
    let mut printer = Printer::new(out, orders.json);
    // What earlier consoles recorded was told when it happened.
    let (before, new) = session.entries().split_at(session.inherited().len());
    for entry in before {
        printer.pass_over(session.state(), entry);
    }
    for entry in new {
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
        let news = tokio::select! {
            biased;
            name = signals.next() => return Ok(Ended::Detached(name)),
            news = session.changed() => news,
        };
        match news {
            News::Entries(entries) => {
                for entry in &entries {
                    printer.entry(session.state(), entry)?;
                }
            }
            // What others leave ends nothing here.
            News::Declined(refusal) => eprintln!("rbconsole: {refusal}"),
            News::Refused(refusal) => return Ok(Ended::PersonNeeded(refusal.to_string())),
            News::JournalFailed(error) => {
                return Ok(Ended::PersonNeeded(format!(
                    "the journal cannot be written ({error}); what runs goes on. Make room, or move \
                     the run to another disk: `rbconsole resume {} --state-dir DIR`",
                    session.state().run.id
                )));
            }
            News::JournalWorks | News::Trouble(None) => {}
            News::Trouble(Some(words)) => eprintln!("rbconsole: {words}"),
            News::Unproven(why) => return Ok(Ended::Refused(why)),
        }
    }
}
