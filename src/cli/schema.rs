//! `schema`.

use super::{Exit, Failure, args, common};
use crate::runbook::schema;

/// Prints the JSON Schema of runbooks, or of their scenarios.
pub fn schema(given: &args::Schema) -> Result<Exit, Failure> {
    common::print(&if given.scenarios {
        schema::scenarios_text()
    } else {
        schema::text()
    })?;
    Ok(Exit::Good)
}
