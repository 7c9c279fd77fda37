//! Who drove the run, from when to when, and how they let go of it.

use chrono::{DateTime, Utc};

use crate::engine::event::{Departure, Entry, Event, Manner, Resumed, Started};

/// Who drove the run, and who would like to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Driving {
    /// Every driver so far, the first first.
    pub drives: Vec<Drive>,
    /// It was handed over and nobody has taken it yet.
    pub offer: Option<Offer>,
    /// Who asks the driver to hand over, oldest first.
    pub asked: Vec<Asked>,
}

/// One operator at one console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    /// Who.
    pub by: String,
    /// The machine of the console.
    pub host: String,
    /// The console has no screen.
    pub headless: bool,
    /// Since when.
    pub since: DateTime<Utc>,
    /// How it ended, once that is known.
    pub until: Option<Departure>,
    /// To whom it was handed over, where that was said.
    pub handed_to: Option<String>,
    /// It was taken over from somebody else.
    pub took_over: bool,
}

/// A hand-over that nobody has taken yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Who handed over.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// To whom; to anybody, if absent.
    pub to: Option<String>,
    /// What they said.
    pub note: String,
}

/// Somebody who asks the driver to hand over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Driving {
    /// A run that has just begun.
    pub(super) fn begun(started: &Started, by: &str, at: DateTime<Utc>) -> Self {
        let first = Drive {
            by: by.to_owned(),
            host: started.host.clone(),
            // Without a screen it runs on by itself from the beginning, with one never.
            headless: started.auto,
            since: at,
            until: None,
            handed_to: None,
            took_over: false,
        };
        Self {
            drives: vec![first],
            ..Self::default()
        }
    }

    /// The last driver, who drives now if anybody does.
    pub fn last(&self) -> Option<&Drive> {
        self.drives.last()
    }

    /// The driver who began at this moment, and the one before.
    pub fn beginning(&self, by: &str, at: DateTime<Utc>) -> Option<(Option<&Drive>, &Drive)> {
        let place = self
            .drives
            .iter()
            .position(|drive| drive.since == at && drive.by == by)?;
        let before = place.checked_sub(1).and_then(|at| self.drives.get(at));
        Some((before, self.drives.get(place)?))
    }

    pub(in crate::engine) fn apply(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.event {
            Event::RunResumed(resumed) => {
                let Resumed {
                    host,
                    headless,
                    before,
                    ..
                } = &**resumed;
                self.forget();
                if let Some(last) = self.drives.last_mut() {
                    let same = *last.by == *entry.by && last.host == *host && last.until.is_none();
                    if same && (before.is_none() || last.since == at) {
                        // The beginning of a take-over, or another word of the same console.
                        last.headless = *headless;
                        return;
                    }
                    last.until = last.until.or(*before);
                }
                self.push(entry, host, *headless, false);
            }
            Event::TakenOver { how, who, .. } => {
                self.forget();
                if let Some(last) = self.drives.last_mut() {
                    last.until = last.until.or(*how);
                }
                self.push(entry, &who.host, false, true);
            }
            Event::HandedOver { to, note } => {
                self.asked.clear();
                self.offer = Some(Offer {
                    by: entry.by.to_string(),
                    at,
                    to: to.clone(),
                    note: note.clone(),
                });
                if let Some(last) = self.drives.last_mut() {
                    last.handed_to.clone_from(to);
                    last.until = Some(Departure {
                        at,
                        how: Manner::HandedOver,
                    });
                }
            }
            Event::HandOverAsked { .. } => self.asked.push(Asked {
                by: entry.by.to_string(),
                at,
            }),
            _ => {}
        }
    }

    fn forget(&mut self) {
        self.offer = None;
        self.asked.clear();
    }

    fn push(&mut self, entry: &Entry, host: &str, headless: bool, took_over: bool) {
        self.drives.push(Drive {
            by: entry.by.to_string(),
            host: host.to_owned(),
            headless,
            since: entry.at,
            until: None,
            handed_to: None,
            took_over,
        });
    }
}
