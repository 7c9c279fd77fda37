//! How a run stands, on one screen: for whoever takes it over. The hand-over on the
//! screen and `report --brief` both say this.

mod parts;

use std::fmt::Write;

use chrono::{DateTime, Utc};
use unicode_width::UnicodeWidthStr;

use super::escape::inline;
use crate::engine::{Entry, State};

/// A brief fits on a screen of so many lines …
pub const ROWS: usize = 24;
/// … of so many columns.
pub const COLUMNS: usize = 80;
/// Of a list that has no room at least so much stays.
const LEAST: usize = 1;

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// What it is and where.
    pub heading: String,
    /// What there is to say, the most pressing first.
    pub parts: Vec<Part>,
}

/// Some lines under one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The word.
    pub name: &'static str,
    /// The lines; may contain anything that a command or a person wrote.
    pub lines: Vec<String>,
    /// How many more there would be.
    pub more: usize,
    /// It has to be looked at.
    pub pressing: bool,
    /// Which lines give way: the oldest, or the last.
    oldest_first: bool,
}

/// The brief of a run.
pub fn brief(state: &State, entries: &[Entry], now: DateTime<Utc>) -> Brief {
    let kind = state.run.kind.badge();
    let place = state
        .run
        .environment
        .as_ref()
        .map_or_else(String::new, |place| format!(" on {place}"));
    Brief {
        heading: format!("{kind}: {}{place}", state.run.title),
        parts: [
            parts::said(state, entries),
            parts::now(state, now),
            parts::running(state, now),
            parts::risks(state),
            parts::decided(state, entries),
            parts::to_come(state),
            parts::notes(state),
            parts::drove(state),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

impl Part {
    fn of(name: &'static str, lines: Vec<String>) -> Option<Self> {
        (!lines.is_empty()).then_some(Self {
            name,
            lines,
            more: 0,
            pressing: false,
            oldest_first: true,
        })
    }

    fn pressing(self) -> Self {
        Self {
            pressing: true,
            oldest_first: false,
            ..self
        }
    }

    /// The lines, and how many are left out.
    pub fn told(&self) -> impl Iterator<Item = String> {
        let more = match (self.more, self.oldest_first) {
            (0, _) => None,
            (more, true) => Some(format!("… and {more} before")),
            (more, false) => Some(format!("… and {more} more")),
        };
        self.lines.iter().cloned().chain(more)
    }

    fn cut(&mut self) {
        if self.oldest_first {
            self.lines.remove(0);
        } else {
            self.lines.pop();
        }
        self.more += 1;
    }
}

impl Brief {
    /// The same with each of its texts changed.
    #[must_use]
    pub fn map(mut self, mut change: impl FnMut(&str) -> String) -> Self {
        self.heading = change(&self.heading);
        for line in self.parts.iter_mut().flat_map(|part| &mut part.lines) {
            *line = change(line);
        }
        self
    }

    /// As much of it as has room: the longest lists give way, what is pressing last.
    #[must_use]
    pub fn fitted(mut self, rows: usize, count: impl Fn(&Self) -> usize) -> Self {
        while count(&self) > rows {
            let longest = self
                .parts
                .iter_mut()
                .filter(|part| part.lines.len() > LEAST)
                .max_by_key(|part| (!part.pressing || part.lines.len() > 6, part.lines.len()));
            match longest {
                Some(part) => part.cut(),
                None => return self,
            }
        }
        self
    }
}

/// The brief as Markdown, on one screen wherever that is possible.
pub fn markdown(brief: Brief) -> String {
    let fitted = brief.fitted(ROWS, |brief| {
        text(brief)
            .lines()
            .map(|line| line.width().max(1).div_ceil(COLUMNS))
            .sum()
    });
    text(&fitted)
}

fn text(brief: &Brief) -> String {
    let mut out = format!("# {}\n\n", inline(&brief.heading));
    for part in &brief.parts {
        let lines: Vec<String> = part.told().map(|line| inline(&line)).collect();
        // Writing to a string cannot fail.
        let _ = match lines.as_slice() {
            [line] => writeln!(out, "- **{}:** {line}", part.name),
            lines => writeln!(out, "- **{}:**\n  - {}", part.name, lines.join("\n  - ")),
        };
    }
    out
}

#[cfg(test)]
mod tests;
