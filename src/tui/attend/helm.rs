//! Handing over and taking over without leaving the screen.

use std::io;

use crossterm::event::Event;
use futures_util::Stream;

use super::{Attending, Source, Stage, told::Told};
use crate::engine::event::Manner;
use crate::tui::{
    helm::{self, Helm},
    keymap::{Action, context::STEP},
    overlay::Overlay,
    theme::Theme,
};

impl Attending {
    /// Opens what there is to hand over or to take over.
    pub(super) fn approach(&mut self, helm: &Helm<'_>) {
        match helm::approach(&self.source, &helm.seat, &self.keys) {
            Ok(overlay) => self.screen.overlays.push(overlay),
            Err(why) => self.screen.complain(why),
        }
    }

    /// Asks the driver to hand over.
    pub(super) fn ask(&mut self, helm: &Helm<'_>) {
        let Source::Watch(watch) = &self.source else {
            return;
        };
        match watch.ask(&helm.seat, self.source.now()) {
            Ok(()) => {
                let key = self.keys.hint(STEP, Action::HandOver);
                self.screen.say(format!(
                    "Asked. If no answer comes, {key} says what else can be done"
                ));
            }
            Err(error) => self
                .screen
                .complain(format!("It cannot be asked for: {error}")),
        }
    }

    /// The lock stands otherwise than before, perhaps: what was opened for a driver who
    /// is gone gives way to the brief.
    pub(super) fn look_again(&mut self, helm: &Helm<'_>) {
        let Source::Watch(watch) = &self.source else {
            return;
        };
        let free = watch.driver().is_none();
        let overlays = &mut self.screen.overlays;
        let stale = |layer: &Overlay| match layer {
            Overlay::Driven(_) => free,
            Overlay::TakeOver(_) => !free,
            _ => false,
        };
        if overlays.last().is_some_and(stale) {
            overlays.pop();
            self.approach(helm);
        }
    }

    /// Watches the run that it has handed over.
    pub(super) async fn go_on_watching(&mut self) {
        if let Err(error) = helm::let_go(&mut self.source).await {
            self.screen
                .complain(format!("It is handed over but cannot be watched: {error}"));
            return;
        }
        self.begin_again();
        self.screen
            .say("Handed over: nothing was stopped, and you watch now");
    }

    /// Takes the run over that was watched.
    ///
    /// # Errors
    /// When the terminal fails.
    pub(super) async fn take_over<S: Stage>(
        &mut self,
        stage: &mut S,
        events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
        theme: &Theme,
        helm: &Helm<'_>,
    ) -> io::Result<()> {
        let Source::Watch(watch) = &self.source else {
            return Ok(());
        };
        let path = watch.dir().path().to_owned();
        let mut resumed = match helm.take(path, true) {
            Ok(resumed) => resumed,
            Err(error) => {
                // Somebody else was faster, say.
                self.screen.complain(error.to_string());
                return Ok(());
            }
        };
        if helm::settle_in(stage, events, &mut resumed, theme, &helm.keys).await? {
            self.source = Source::Drive(Box::new(resumed.session));
            self.begin_again();
        } else {
            resumed.session.say_farewell(Manner::Left);
            self.screen.say("You left it again: nobody drives");
        }
        Ok(())
    }

    /// The run is the same, and who looks at it too, but not what can be done.
    fn begin_again(&mut self) {
        self.screen.overlays.clear();
        self.screen.typing = None;
        // A command's terminal has the size that its driver's pane has.
        self.screen.told_size = None;
        self.told = Told::whole(self.source.state(), self.source.entries());
        self.screen.settle(self.source.state());
    }
}
