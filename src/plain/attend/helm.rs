//! Handing over and taking over without leaving the terminal.

use super::{Attending, Console, Mode, Source, Told, begin};
use crate::engine::event::Manner;
use crate::report::timeline;
use crate::tui::helm::{self, Helm};

impl Attending {
    /// Opens what there is to hand over or to take over.
    pub(super) fn approach(&mut self, console: &mut Console, helm: &Helm<'_>) {
        match helm::approach(&self.source, &helm.seat, &self.keys) {
            Ok(overlay) => {
                self.screen.overlays.push(overlay);
                self.presented = 0;
            }
            Err(why) => console.say(&why),
        }
    }

    pub(super) async fn go_on_watching(&mut self, console: &mut Console) {
        if let Err(error) = helm::let_go(&mut self.source).await {
            console.say(&format!("It is handed over but cannot be watched: {error}"));
            return;
        }
        self.begin_again();
        console.say("Handed over: nothing was stopped, and you watch now.");
    }

    pub(super) async fn take_over(&mut self, console: &mut Console, helm: &Helm<'_>) {
        let Source::Watch(watch) = &self.source else {
            return;
        };
        let path = watch.dir().path().to_owned();
        match helm.take(path, true) {
            // Somebody else was faster, say.
            Err(error) => console.say(&error.to_string()),
            Ok(mut resumed) => {
                if begin::settle_in(console, &mut resumed).await {
                    self.source = Source::Drive(Box::new(resumed.session));
                    self.begin_again();
                } else {
                    resumed.session.say_farewell(Manner::Left);
                    console.say("You left it again: nobody drives.");
                }
            }
        }
    }

    /// The run is the same, but not what can be done.
    fn begin_again(&mut self) {
        self.screen.overlays.clear();
        self.mode = Mode::Orders;
        (self.lines, self.teller) = timeline::timeline(self.source.state(), self.source.entries());
        self.told = Told::default();
    }
}
