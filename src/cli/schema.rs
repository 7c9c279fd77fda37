//! `schema`.

use super::{Exit, Failure, common};
use crate::runbook::schema;

/// Prints the JSON Schema of runbooks.
pub fn schema() -> Result<Exit, Failure> {
    common::print(&schema::text())?;
    Ok(Exit::Good)
}
