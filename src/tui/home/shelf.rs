//! The runbooks on the shelf: found again whenever one is saved, added or removed.

use std::{path::PathBuf, time::Duration};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::runbook::library::{self, Entry, changes};

/// How often the folders are looked at. Looking works on every file system, network ones too, where being told of
/// changes does not.
const LOOK: Duration = Duration::from_millis(500);

/// Who looks after the shelf.
pub struct Shelf(UnboundedReceiver<Vec<Entry>>);

impl Shelf {
    /// Looks from now on, on a thread of its own: a slow disk holds up no key. It ends when nobody listens any more.
    pub fn watch(folders: Vec<PathBuf>) -> Self {
        let (tell, told) = unbounded_channel();
        std::thread::spawn(move || {
            // The first look always tells: something may have been saved since the list was made.
            let mut seen = None;
            while !tell.is_closed() {
                let now = Some(changes::look(&folders));
                if now != seen {
                    seen = now;
                    if tell.send(library::list(&folders)).is_err() {
                        return;
                    }
                }
                std::thread::sleep(LOOK);
            }
        });
        Self(told)
    }

    /// Waits until something changed. Safe to cancel.
    pub async fn changed(&mut self) -> Vec<Entry> {
        match self.0.recv().await {
            Some(entries) => entries,
            // Nobody looks any more: nothing will change.
            None => std::future::pending().await,
        }
    }
}
