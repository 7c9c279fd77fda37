//! The signals that a screen listens to, so that the terminal is given back.

use std::io;

use crossterm::event::Event;
use futures_util::{Stream, StreamExt};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::stage::Stage;

/// The signals that end or suspend the screen.
pub struct Signals {
    /// Asked to end.
    pub term: Signal,
    /// The terminal is gone.
    pub hup: Signal,
    /// Asked to stop for a while.
    pub stop: Signal,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            stop: stop()?,
        })
    }

    /// Goes on after another screen, which has stopped and come back by itself: what
    /// stopped that one is no reason to stop once more.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn go_on(&mut self) -> io::Result<()> {
        self.stop = stop()?;
        Ok(())
    }

    /// The next event of the terminal; none when the screen is to end. Asked to stop for
    /// a while it does so, and then the window is one that has another size, perhaps.
    /// Safe to cancel.
    ///
    /// # Errors
    /// When the terminal fails.
    pub async fn or_event<S: Stage>(
        &mut self,
        stage: &mut S,
        events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    ) -> io::Result<Option<Event>> {
        tokio::select! {
            biased;
            event = events.next() => event.transpose(),
            _ = self.term.recv() => Ok(None),
            _ = self.hup.recv() => Ok(None),
            _ = self.stop.recv() => {
                stage.suspend()?;
                let area = stage.area()?;
                Ok(Some(Event::Resize(area.width, area.height)))
            }
        }
    }
}

fn stop() -> io::Result<Signal> {
    signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))
}
