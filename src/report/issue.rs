//! What is left to do, for a tracker.

use serde::Serialize;

use super::markdown::KIND;
use crate::template::document;

const TEMPLATE: &str = include_str!("templates/issue.md");

/// The text of an issue: each open action item, and which run it comes from.
///
/// # Errors
/// Never for a whole report.
pub fn write(report: &impl Serialize) -> Result<String, String> {
    document::render(TEMPLATE, report, KIND)
}
