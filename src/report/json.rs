//! The report as data.

use serde::Serialize;

use super::Report;

/// The report, written for programs and readable for people.
///
/// # Errors
/// Never for what [`Report::of`] gathers: it holds no number that JSON lacks.
pub fn json(report: &impl Serialize) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    Ok(text)
}

/// The JSON Schema of it.
///
/// # Errors
/// Never.
pub fn schema() -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Report))?;
    text.push('\n');
    Ok(text)
}
