//! A run that somebody else drives, told as it goes.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{Printer, Signals};
use crate::engine::event::RunOutcome;
use crate::session::Watch;

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// How following a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// The run is closed.
    Closed(RunOutcome),
    /// Nobody wants to see more of it.
    Left,
}

/// Prints every entry, and each new one, until the run is closed or a signal or a
/// closed pipe ends it. It only reads.
///
/// # Errors
/// When the journal cannot be read or the lines cannot be written.
pub async fn follow(watch: &mut Watch, json: bool, out: &mut dyn Write) -> io::Result<Followed> {
    let mut signals = Signals::listen()?;
    let mut printer = Printer::new(out, json);
    let mut told = 0;
    loop {
        for entry in watch.entries.iter().skip(told) {
            printer.entry(&watch.state, entry)?;
        }
        told = watch.entries.len();
        if let Some(closed) = &watch.state.closed {
            return Ok(Followed::Closed(closed.outcome));
        }
        if printer.is_dead() {
            return Ok(Followed::Left);
        }
        tokio::select! {
            biased;
            _ = signals.next() => return Ok(Followed::Left),
            () = tokio::time::sleep(LOOK) => {}
        }
        watch.refresh().map_err(io::Error::other)?;
    }
}
