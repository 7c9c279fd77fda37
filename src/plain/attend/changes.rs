//! What happens to the run, told as it happens.

use super::{Attending, Change, Console, Mode, Source, Told, words};
use crate::engine::{AttemptId, Entry, Event};
use crate::report::timeline;
use crate::tui::{helm::Helm, overlay::Overlay};

impl Attending {
    /// Something changed.
    pub(super) fn change(&mut self, console: &mut Console, change: Change, helm: &Helm<'_>) {
        match change {
            Change::Entries(entries) => {
                // What a command printed comes before how it ended.
                self.look(console);
                let drives = matches!(self.source, Source::Drive(_));
                for entry in &entries {
                    self.handed_over |= drives && matches!(entry.event, Event::HandedOver { .. });
                    if let Some(line) = self.teller.line(self.source.state(), entry) {
                        console.say(&words::event(&line));
                        let at = self.lines.partition_point(|known| known.at <= line.at);
                        self.lines.insert(at, line);
                    }
                    if drives {
                        self.tell_beside(console, entry);
                    }
                }
                self.write_report(console);
            }
            Change::All => {
                (self.lines, self.teller) =
                    timeline::timeline(self.source.state(), self.source.entries());
                self.told = Told::default();
            }
            Change::Refused(refusal) => {
                self.screen.refused(&refusal, self.source.state());
                self.told = Told::default();
            }
            Change::Unproven(words) => {
                self.screen.unproven(&words);
                self.told = Told::default();
            }
            Change::Unreadable(words) => console.say(&words),
            Change::Aside => {
                if let Some(top) = self.screen.overlays.last()
                    && self.is_stale(top)
                {
                    self.screen.overlays.pop();
                    // What takes its place was not told yet.
                    self.presented = 0;
                    self.approach(console, helm);
                }
            }
            Change::Nothing => self.tell_trouble(console),
        }
    }

    /// What can be done about an off-script command that begins; once it is over, what
    /// comes next is told again.
    fn tell_beside(&mut self, console: &mut Console, entry: &Entry) {
        let state = self.source.state();
        let of = |attempt: &AttemptId| {
            let known = state.attempts.get(attempt);
            known.filter(|known| known.is_off_script())
        };
        match &entry.event {
            Event::AttemptStarting { launch, .. } if of(&launch.attempt).is_some() => {
                console.say(&format!(
                    "Command {} runs; i and Enter type into it, x stops it.",
                    launch.attempt
                ));
            }
            Event::AttemptFinished { attempt, .. } => {
                let Some(known) = of(attempt) else {
                    return;
                };
                if known.is_in_doubt().is_some() {
                    console.say("Nobody knows whether it took effect; D and Enter say so.");
                }
                self.told.forget_choices();
            }
            _ => {}
        }
    }

    /// What was opened for a driver who is gone, or for nobody where somebody is now.
    fn is_stale(&self, layer: &Overlay) -> bool {
        let Source::Watch(watch) = &self.source else {
            return false;
        };
        let free = watch.driver().is_none();
        match layer {
            Overlay::Driven(_) => free,
            Overlay::TakeOver(_) => !free,
            _ => false,
        }
    }

    /// What stands in the way of recording, or of keeping output, when that changes.
    fn tell_trouble(&mut self, console: &mut Console) {
        let stalled = self.source.stalled().map(str::to_owned);
        if let Some(error) = stalled.as_ref().filter(|_| !self.stalled) {
            console.say(&format!(
                "Nothing new starts, what runs goes on: the journal cannot be written ({error}). \
                 Make room, or leave and `rbconsole resume --state-dir DIR`."
            ));
        } else if stalled.is_none() && self.stalled {
            console.say("The journal can be written again.");
        }
        self.stalled = stalled.is_some();
        let trouble = self.source.standing().trouble.map(str::to_owned);
        if trouble != self.trouble {
            console.say(trouble.as_deref().unwrap_or("What was wrong is over."));
            self.trouble = trouble;
        }
    }

    /// What the commands printed since the last look. While something is being answered it
    /// waits in the log.
    pub(super) fn look(&mut self, console: &mut Console) {
        if !self.screen.overlays.is_empty() || !matches!(self.mode, Mode::Orders | Mode::Typing(_))
        {
            return;
        }
        let told = self.tails.look(&self.source);
        if !told.is_empty() {
            console.show(told.iter().map(String::as_str));
        }
    }

    /// The report stands as soon as the run is closed.
    fn write_report(&mut self, console: &mut Console) {
        let Source::Drive(session) = &self.source else {
            return;
        };
        if session.state().closed.is_none() {
            return;
        }
        match session.write_report() {
            Ok(path) => self.report = Some(path),
            Err(error) => console.say(&format!("The report cannot be written: {error}")),
        }
    }
}
