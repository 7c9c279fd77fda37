//! How a gate was answered, and that it is asked again.

use serde::{Deserialize, Serialize};

use super::Approval;

/// What the operator decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The gate's id.
    pub gate: String,
    /// The answer's id.
    pub answer: String,
    /// The answer in words.
    pub label: String,
    /// Why.
    pub reason: Option<String>,
    /// The answer that the facts spoke for, if the operator chose another.
    pub overrides: Option<String>,
    /// The phases that follow now.
    pub route: Vec<String>,
    /// The answer ends the run here.
    pub ends: bool,
    /// Who agreed or refused to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// It was given without the approvals that it needs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unapproved: bool,
}

/// What follows when an answered gate is asked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// The gate's id.
    pub gate: String,
    /// Why.
    pub reason: String,
    /// The phases that follow now, until it is answered.
    pub route: Vec<String>,
    /// The phases that were come to under the old answer and may be come to again.
    pub left: Vec<String>,
    /// Conditions around phases that are decided about anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub around: Vec<String>,
    /// The steps that are to be reached again, the gate and those after it among them.
    pub again: Vec<String>,
    /// The steps that were done under the old answer and stay done.
    pub done: Vec<String>,
}
