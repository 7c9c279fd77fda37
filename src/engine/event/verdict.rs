//! What an attempt came to, and what was decided about a step.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::MapAccess};

use super::AttemptId;
use crate::engine::tagged::{self, Fields, Tagged};

/// What an attempt came to, judged by the step's expectations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", remote = "Self")]
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

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        tagged::read(from)
    }
}

impl Tagged for Outcome {
    const TAG: &'static str = "is";

    fn known<'de, A: MapAccess<'de>>(
        name: &str,
        fields: &mut Fields<A>,
    ) -> Result<Option<Self>, A::Error> {
        Ok(Some(match name {
            "succeeded" => fields.none().map(|()| Self::Succeeded)?,
            "failed" => Self::Failed {
                reason: fields.only("reason")?,
            },
            _ => return Ok(None),
        }))
    }

    fn any<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::deserialize(from)
    }
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
