//! What an attempt came to, and what was decided about a step.

use serde::{Deserialize, Serialize};

use super::AttemptId;

/// What an attempt came to, judged by the step's expectations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// As expected.
    Succeeded,
    /// Not as expected.
    Failed {
        /// In the operator's words.
        reason: String,
    },
    /// Nobody knows: what it started may go on elsewhere.
    Unknown {
        /// In the operator's words.
        reason: String,
    },
}

/// What was decided about a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Conclusion {
    /// It did what it should.
    Succeeded,
    /// It failed and the run goes on: the author's rule.
    FailureAccepted,
    /// The operator left it out.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Its outcome was unknown; the operator says that it took effect.
    TookEffect {
        /// How that is known.
        reason: String,
    },
    /// The operator says that it is done, by other means than its own script.
    DoneOffScript {
        /// How that is known.
        reason: String,
        /// The off-script command that did it, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<AttemptId>,
    },
    /// It was walked through in a rehearsal and not done.
    Rehearsed,
}
