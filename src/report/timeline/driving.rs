//! Who drove when: the words of taking a run up, handing it over and taking it over.

use chrono::{DateTime, Utc};

use super::Mark;
use crate::engine::{
    Entry, Event, State,
    event::{Departure, Manner, Resumed, Who},
    state::Drive,
};

pub(super) fn words(state: &State, entry: &Entry) -> Option<(Mark, String, bool)> {
    let by = &entry.by;
    Some(match &entry.event {
        Event::RunResumed(resumed) => {
            let Resumed {
                host,
                found,
                headless,
                before,
                ..
            } = &**resumed;
            let drive = state.driving.beginning(by, entry.at);
            let took_over = drive.is_some_and(|(_, drive)| drive.took_over);
            if took_over && found.is_empty() {
                // That it was taken over has just been told.
                return None;
            }
            let found = if found.is_empty() {
                String::new()
            } else {
                format!(": {}", found.join("; "))
            };
            let was_headless =
                drive.is_some_and(|(last, _)| last.is_some_and(|last| last.headless));
            let screen = match (was_headless, headless) {
                (false, true) => " without a screen",
                (true, false) => " on a screen",
                _ => "",
            };
            let before = before
                .filter(|before| !took_over && before.how != Manner::Left)
                .map_or_else(String::new, |before| {
                    format!("; before, {}", departed("the console", before, entry.at))
                });
            // What was found comes first: a line of the screen may not have room for all.
            let text = format!("Taken up again{screen}{found} ({by} on {host}{before})");
            (Mark::Milestone, text, false)
        }
        Event::HandedOver { to, note } => {
            let to = to.as_deref().unwrap_or("whoever takes it");
            let note = if note.is_empty() {
                String::new()
            } else {
                format!(": {note}")
            };
            let text = format!("{by} handed over to {to}{note}");
            (Mark::Milestone, text, false)
        }
        Event::HandOverAsked { .. } => (Mark::Note, format!("{by} asks to take over"), false),
        Event::TakenOver {
            from,
            how,
            who,
            read,
        } => {
            let went = how.map_or_else(
                || format!("{by} took over from {from}"),
                |how| {
                    let whose = match how.how {
                        Manner::Vanished => format!("{from}’s console"),
                        _ => from.clone(),
                    };
                    format!("{}; {by} took over", departed(&whose, how, entry.at))
                },
            );
            let read = if *read { "" } else { ", unread" };
            let text = format!("{went}{read} ({})", identity(by, who));
            (Mark::Milestone, text, false)
        }
        _ => return None,
    })
}

/// How somebody let go, and when.
pub fn departed(who: &str, departure: Departure, now: DateTime<Utc>) -> String {
    let at = moment(departure.at, now);
    match departure.how {
        Manner::HandedOver => format!("{who} handed over at {at}"),
        Manner::Left => format!("{who} left at {at}"),
        Manner::Disconnected => format!("{who} lost the connection at {at}"),
        Manner::Vanished => format!("{who} vanished at {at}"),
    }
}

/// A time of day, with its date if that is another one.
fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if at.date_naive() == now.date_naive() {
        at.format("%H:%M:%S").to_string()
    } else {
        at.format("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// What the system says of somebody.
fn identity(by: &str, who: &Who) -> String {
    let mut text = if who.login == by || who.login.is_empty() {
        format!("on {}", who.host)
    } else {
        format!("the account {} on {}", who.login, who.host)
    };
    if let Some(tty) = &who.tty {
        text = format!("{text}, {tty}");
    }
    if let Some(origin) = &who.origin {
        text = format!("{text}, from {origin}");
    }
    text
}

/// Every driver with their times, the first first; nothing of a run that one person
/// drove alone.
pub fn who_drove(state: &State) -> Vec<String> {
    let driving = &state.driving;
    let first = driving.drives.first().map(|drive| &drive.by);
    let several = driving.drives.iter().any(|drive| Some(&drive.by) != first);
    if !several && driving.offer.is_none() {
        return Vec::new();
    }
    driving
        .drives
        .iter()
        .map(|drive| one(state, drive))
        .collect()
}

fn one(state: &State, drive: &Drive) -> String {
    let screen = if drive.headless {
        ", without a screen"
    } else {
        ""
    };
    let since = drive.since.format("%H:%M:%S");
    let who = &drive.by;
    let until = match (drive.until, &state.closed) {
        (Some(until), _) => {
            let how = match until.how {
                Manner::HandedOver => "handed over",
                Manner::Left => "left",
                Manner::Disconnected => "lost the connection",
                Manner::Vanished => "the console vanished",
            };
            let to = drive.handed_to.as_ref();
            let to = to.map_or_else(String::new, |to| format!(" to {to}"));
            format!("to {} ({how}{to})", until.at.format("%H:%M:%S"))
        }
        (None, Some(closed)) => format!("to {}, the end", closed.at.format("%H:%M:%S")),
        (None, None) => "on".to_owned(),
    };
    format!("{who} on {}, from {since} {until}{screen}", drive.host)
}
