//! Events become a timeline, and the timeline becomes documents.
//!
//! A report is gathered once, as [`data`]; each format is written from that, and so
//! is a team's own template.

pub mod brief;
pub mod compare;
pub mod data;
pub mod escape;
pub mod html;
pub mod issue;
pub mod items;
pub mod json;
pub mod markdown;
pub mod metrics;
pub mod redact;
pub mod said;
pub mod signals;
pub mod timeline;

use chrono::{DateTime, Utc};

use crate::engine::{Entry, State};
use crate::run_dir::RunDir;
use compare::EarlierRun;
use signals::Sample;

pub use brief::{Brief, brief};
pub use data::Report;
pub use timeline::{Line, Mark, Teller, timeline};

/// What a report is made of.
pub struct Source<'a> {
    /// The run as it stands.
    pub state: &'a State,
    /// Everything that happened.
    pub entries: &'a [Entry],
    /// What was measured of its signals, oldest first.
    pub samples: &'a [Sample],
    /// The hash of the journal's last line.
    pub head: String,
    /// Where the commands' logs stand.
    pub dir: &'a RunDir,
    /// Earlier runs of the same runbook, for a drill to be compared with.
    pub earlier: &'a [EarlierRun],
    /// When the report is made: only an open run's durations depend on it.
    pub now: DateTime<Utc>,
    /// Every event, and not only what the story needs.
    pub full: bool,
}
