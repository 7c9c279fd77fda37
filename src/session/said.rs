//! What people write down, as they write it: a note may begin with a time, and with
//! `todo`, who has to do it and until when.

use chrono::{DateTime, Datelike, Days, Local, NaiveDate, Utc, Weekday};

use super::backdate;
use crate::engine::{Command, event::Todo, state::Note};

/// Something that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What.
    pub text: String,
    /// When it happened, if earlier.
    pub happened_at: Option<DateTime<Utc>>,
    /// Somebody has to do it after the run.
    pub todo: Option<Todo>,
}

impl Said {
    /// Reads what somebody typed: `14:15 todo @ana by friday alert on it`.
    pub fn read(typed: &str, now: DateTime<Utc>) -> Self {
        let (happened_at, text) = backdate::split(typed, now);
        Self::of(text, happened_at, now)
    }

    /// Reads what somebody typed about something whose time is known.
    pub fn of(text: &str, happened_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        let (todo, text) = match todo(text, now.with_timezone(&Local).date_naive()) {
            Some((todo, rest)) => (Some(todo), rest),
            None => (None, text.trim()),
        };
        Self {
            text: text.to_owned(),
            happened_at,
            todo,
        }
    }

    /// Writes it down.
    pub fn add(self) -> Command {
        let Said {
            text,
            happened_at,
            todo,
        } = self;
        match todo {
            Some(todo) => Command::Todo {
                text,
                happened_at,
                todo,
            },
            None => Command::Note { text, happened_at },
        }
    }

    /// Lets a note say this instead.
    pub fn amend(self, note: u32) -> Command {
        Command::Amend {
            note,
            text: Some(self.text),
            happened_at: self.happened_at,
            todo: self.todo,
        }
    }
}

/// A note as somebody would type it, to be changed.
pub fn typed(note: &Note) -> String {
    let at = note.happened_at.map_or_else(String::new, |at| {
        format!("{} ", at.format("%Y-%m-%dT%H:%M:%SZ"))
    });
    let todo = note.todo.as_ref().map_or_else(String::new, |todo| {
        let owner = todo.owner.as_ref().map(|owner| format!("@{owner} "));
        let due = todo.due.map(|due| format!("by {due} "));
        format!(
            "todo {}{}",
            owner.unwrap_or_default(),
            due.unwrap_or_default()
        )
    });
    format!("{at}{todo}{}", note.text)
}

/// What is to be done, by whom and until when, and the text behind that.
fn todo(text: &str, today: NaiveDate) -> Option<(Todo, &str)> {
    let (first, mut rest) = word(text)?;
    if !first.trim_end_matches(':').eq_ignore_ascii_case("todo") {
        return None;
    }
    let mut todo = Todo::default();
    while let Some((next, behind)) = word(rest) {
        let owner = next.strip_prefix('@').filter(|owner| !owner.is_empty());
        if let (Some(owner), None) = (owner, &todo.owner) {
            todo.owner = Some(owner.trim_end_matches([',', ':']).to_owned());
            rest = behind;
            continue;
        }
        let due = word(behind).filter(|_| next.eq_ignore_ascii_case("by") && todo.due.is_none());
        let due = due.and_then(|(day, behind)| Some((date(day, today)?, behind)));
        let Some((due, behind)) = due else { break };
        todo.due = Some(due);
        rest = behind;
    }
    let rest = rest.trim();
    (!rest.is_empty()).then_some((todo, rest))
}

fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A day as people say it: `friday`, `tomorrow`, `3d`, `2w`, `2026-12-01`.
fn date(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let text = text.trim_end_matches([',', ':']).to_lowercase();
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let ahead = match text.as_str() {
        "today" => 0,
        "tomorrow" => 1,
        _ => {
            if let Ok(day) = text.parse::<Weekday>() {
                // The coming one, never this very day.
                match day.days_since(today.weekday()) {
                    0 => 7,
                    days => days,
                }
            } else {
                let (number, factor) = match text.strip_suffix('d') {
                    Some(days) => (days, 1),
                    None => (text.strip_suffix('w')?, 7),
                };
                number.parse::<u32>().ok()?.checked_mul(factor)?
            }
        }
    };
    today.checked_add_days(Days::new(u64::from(ahead)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saturday() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
    }

    fn read(text: &str) -> (Option<String>, Option<String>, String) {
        let (todo, rest) = todo(text, saturday()).unwrap();
        (
            todo.owner,
            todo.due.map(|due| due.to_string()),
            rest.to_owned(),
        )
    }

    fn are(owner: &str, due: &str, text: &str) -> (Option<String>, Option<String>, String) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (some(owner), some(due), text.to_owned())
    }

    #[test]
    fn who_and_until_when_are_said_as_people_say_them() {
        for (text, expected) in [
            ("todo alert on it", are("", "", "alert on it")),
            ("TODO: @ana alert on it", are("ana", "", "alert on it")),
            (
                "todo @ana by friday alert",
                are("ana", "2026-11-27", "alert"),
            ),
            (
                "todo by sat, @ana: alert",
                are("ana", "2026-11-28", "alert"),
            ),
            ("todo by tomorrow x", are("", "2026-11-22", "x")),
            ("todo by 3d x", are("", "2026-11-24", "x")),
            ("todo by 2w x", are("", "2026-12-05", "x")),
            ("todo by 2026-12-01 x", are("", "2026-12-01", "x")),
            // What is no day is what is to be done.
            ("todo by hand @ana x", are("", "", "by hand @ana x")),
            ("todo @ana @bob x", are("ana", "", "@bob x")),
            ("todo by 99999999999w x", are("", "", "by 99999999999w x")),
            ("todo by 4294967295d x", are("", "", "by 4294967295d x")),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        for text in ["todo", "todo @ana", "today @ana x", "", "todos x"] {
            assert_eq!(todo(text, saturday()), None, "{text}");
        }
    }

    #[test]
    fn a_note_can_be_typed_again() {
        let now: DateTime<Utc> = "2026-11-21T14:30:00Z".parse().unwrap();
        let said = Said::read("-10m todo @ana by 2026-12-01 alert on it", now);
        assert_eq!(said.text, "alert on it");
        let note = Note {
            at: now,
            by: "bob".into(),
            text: said.text.as_str().into(),
            happened_at: said.happened_at,
            todo: said.todo.clone().map(Box::new),
            source: None,
            earlier: Vec::new(),
            struck: None,
        };
        assert_eq!(
            typed(&note),
            "2026-11-21T14:20:00Z todo @ana by 2026-12-01 alert on it"
        );
        assert_eq!(Said::read(&typed(&note), now), said);
    }
}
