//! What events say of a gate, a probe, a signal and a guard.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Bound;
use crate::engine::observed::Ended;
use crate::template::Value;

/// A line of a gate's table as it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The criterion's name.
    pub name: String,
    /// What was measured; `None` when it could not be.
    pub value: Option<Value>,
    /// Of the value.
    pub unit: String,
    /// The limit, as the author wrote it.
    pub limit: String,
    /// The same with its value as it was then, where the author wrote one comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// Whether the limit is exceeded; `None` when it could not be told.
    pub exceeded: Option<bool>,
}

impl Measured {
    /// The value with its unit; none: it could not be measured.
    pub fn value_words(&self) -> Option<String> {
        let value = self.value.as_ref()?;
        Some(format!("{value} {}", self.unit).trim().to_owned())
    }

    /// The limit as people say it; none: it is only known as the author wrote it.
    pub fn limit_words(&self) -> Option<String> {
        self.bound.as_ref().map(|bound| bound.words(&self.unit))
    }
}

/// An answer that the facts speak for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggested {
    /// The answer.
    pub answer: String,
    /// Why.
    pub because: String,
}

/// The table and the suggestion of an open gate.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The table.
    pub criteria: Vec<Measured>,
    /// The marked answer.
    pub suggestion: Option<Suggested>,
}

/// Somebody's word about an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// When it was given.
    pub at: DateTime<Utc>,
    /// The answer's id.
    pub answer: String,
    /// Whose word it is.
    pub by_whom: String,
    /// How that is known.
    pub how: Voucher,
    /// Whether they agree.
    pub agrees: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How it is known who approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Voucher {
    /// By their account on the driver's machine.
    Account {
        /// Its name.
        user: String,
        /// Its groups.
        groups: Vec<String>,
    },
    /// By the driver, who says so.
    Attested {
        /// Where they said it: the phone, a chat.
        channel: String,
        /// Which of those who may approve they are, if their name does not say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stands_for: Option<String>,
    },
}

/// What a probe says about a command of unknown outcome. It advises; the operator
/// concludes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// Its advice.
    pub advice: Advice,
    /// What it printed, at most 64 KiB.
    pub text: String,
    /// How it ended.
    pub ended: Ended,
}

/// A probe's advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Exit 0: it took effect.
    TookEffect,
    /// Exit 1: it did not.
    NoEffect,
    /// Anything else.
    DontKnow,
}

impl Advice {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Advice::TookEffect => "it took effect",
            Advice::NoEffect => "it took no effect",
            Advice::DontKnow => "it cannot tell",
        }
    }
}

/// How a signal stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Health {
    /// As it should be, or nothing is said about that.
    Healthy,
    /// Not as it should be.
    Unhealthy,
    /// It could not be measured or judged.
    Gap {
        /// Why.
        reason: String,
    },
}

/// A check that was made before the run, and what it showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The script as it ran.
    pub command: String,
    /// What it printed, at most 64 KiB.
    pub text: String,
    /// How it ended.
    pub ended: Ended,
}

/// How a driver let go of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// When; of a console that vanished, when it last gave a sign.
    pub at: DateTime<Utc>,
    /// How.
    pub how: Manner,
}

/// In what manner a driver let go of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// To somebody else, with a brief.
    HandedOver,
    /// They left; the run stayed open.
    Left,
    /// Their terminal or connection was gone.
    Disconnected,
    /// Their console ended without a word.
    Vanished,
}

/// Who sits at a console: what the system says, beside the name that they go by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Who {
    /// The machine.
    pub host: String,
    /// The name of their account.
    pub login: String,
    /// Their terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
    /// Where they come from, if over the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}
