//! What a step that takes its time is said to wait for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AttemptId, moment};

/// When a poll looks again, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// Which step.
    pub step: String,
    /// The last attempt.
    pub attempt: AttemptId,
    /// When its first attempt began.
    #[serde(deserialize_with = "moment::read")]
    pub since: DateTime<Utc>,
    /// When its time is over.
    #[serde(deserialize_with = "moment::read")]
    pub until: DateTime<Utc>,
    /// Since when it has been succeeding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holding: Option<DateTime<Utc>>,
    /// Why the last attempt did not settle it.
    pub last: String,
    /// When it looks again.
    #[serde(deserialize_with = "moment::read")]
    pub due: DateTime<Utc>,
}

/// What a person is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The step.
    pub step: String,
    /// Markdown, values filled in.
    pub instructions: String,
    /// Values filled in.
    pub checklist: Vec<String>,
    /// To paste elsewhere, values filled in.
    pub copy: Option<String>,
}
