//! What stands beside the text of a note: where it was taken from, and who has
//! something to do.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Where a note was taken from, when nobody typed it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Imported {
    /// What kind of record: `git`, `kubectl`, `alerts` or `csv`.
    pub from: String,
    /// By what the same thing is known when it comes again.
    pub id: String,
}

/// Something that somebody has to do after the run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Todo {
    /// Who; nobody yet, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Until which day; without a date, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
}
