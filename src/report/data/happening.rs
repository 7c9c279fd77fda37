//! A line of the timeline as documents have it.

use schemars::JsonSchema;
use serde::Serialize;

use super::Moment;
use crate::report::{
    Source,
    timeline::{self, Mark},
};

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Happening {
    /// When it happened.
    pub at: Moment,
    /// When it was written down, if that was later.
    pub recorded_at: Option<Moment>,
    /// Who.
    pub by: String,
    /// `milestone`, `begin`, `good`, `bad`, `unknown`, `decision`, `note` or `skipped`.
    pub mark: &'static str,
    /// The sign for it.
    pub glyph: &'static str,
    /// In words.
    pub text: String,
    /// Who wants the story alone can do without it.
    pub detail: bool,
    /// It is the first of its day.
    pub new_day: bool,
}

impl From<timeline::Line> for Happening {
    fn from(line: timeline::Line) -> Self {
        let (mark, glyph) = match line.mark {
            Mark::Milestone => ("milestone", ""),
            Mark::Begin => ("begin", "▸"),
            Mark::Good => ("good", "✔"),
            Mark::Bad => ("bad", "✘"),
            Mark::Unknown => ("unknown", "?"),
            Mark::Decision => ("decision", "◆"),
            Mark::Note => ("note", "✎"),
            Mark::Skipped => ("skipped", "–"),
        };
        Self {
            at: line.at.into(),
            recorded_at: line.recorded_at.map(Moment::from),
            by: line.by.to_string(),
            mark,
            glyph,
            text: line.text,
            detail: line.detail,
            new_day: false,
        }
    }
}

/// The story, or every event.
pub(super) fn happenings(source: &Source<'_>) -> Vec<Happening> {
    let lines = if source.full {
        timeline::timeline(source.state, source.entries).0
    } else {
        timeline::story(source.state, source.entries)
    };
    let mut all: Vec<Happening> = lines.into_iter().map(Happening::from).collect();
    let mut day = String::new();
    for line in &mut all {
        line.new_day = line.at.date != day;
        day.clone_from(&line.at.date);
    }
    all
}
