//! Handing the run over, asking for it, and taking it up or over.

use super::Draft;
use crate::engine::{
    command::{Command, Resume},
    event::{Departure, Event, Manner, Resumed},
    refusal::Refusal,
};

/// Whether a request may be made of a run that was handed over: nobody drives it, so
/// nothing may begin until somebody has taken it.
pub(super) fn waits_for_nobody(command: &Command) -> bool {
    matches!(
        command,
        Command::Resume(_)
            | Command::Observed(_)
            | Command::Note { .. }
            | Command::Todo { .. }
            | Command::Import(_)
            | Command::Amend { .. }
            | Command::Approve { .. }
            | Command::AskHandOver { .. }
    )
}

impl Draft<'_> {
    /// Somebody takes the run up, or over.
    pub(super) fn resume(&mut self, resume: Resume) {
        let Resume {
            host,
            boot_id,
            found,
            guard,
            headless,
            before,
            taking,
        } = resume;
        let before = self.handed_over().or(before);
        if let Some(taking) = taking {
            let last = self.state.driving.last();
            let from = last.map_or_else(String::new, |last| last.by.clone());
            self.push(Event::TakenOver {
                from,
                how: before,
                who: taking.who.into(),
                read: taking.read,
            });
            // Nobody who has just come shall find that it runs on by itself.
            if self.state.auto {
                self.push(Event::AutoAdvance { on: false });
            }
        }
        self.push(Event::RunResumed(Box::new(Resumed {
            host,
            boot_id,
            found,
            guard,
            headless,
            before,
        })));
    }

    fn handed_over(&self) -> Option<Departure> {
        let at = self.state.driving.offer.as_ref()?.at;
        let how = Manner::HandedOver;
        Some(Departure { at, how })
    }

    /// The driver lets go for somebody else.
    pub(super) fn hand_over(&mut self, to: Option<&str>, note: &str) {
        if self.state.auto {
            self.push(Event::AutoAdvance { on: false });
        }
        let to = to.map(str::trim).filter(|to| !to.is_empty());
        self.push(Event::HandedOver {
            to: to.map(str::to_owned),
            note: note.trim().to_owned(),
        });
    }

    /// Somebody asks the driver to hand over; asking twice is asking once.
    pub(super) fn ask_hand_over(&mut self, host: String) -> Result<(), Refusal> {
        let driving = &self.state.driving;
        if driving.offer.is_some() {
            return Err(Refusal::HandedOver);
        }
        if driving.asked.iter().all(|asked| asked.by != self.by) {
            self.push(Event::HandOverAsked { host });
        }
        Ok(())
    }
}
