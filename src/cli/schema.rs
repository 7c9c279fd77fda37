//! `schema`.

use super::{Exit, Failure, args, common};
use crate::report::json;
use crate::runbook::schema;

/// Prints the JSON Schema of runbooks, of their scenarios, or of a report's data.
pub fn schema(given: &args::Schema) -> Result<Exit, Failure> {
    common::print(&if given.scenarios {
        schema::scenarios_text()
    } else if given.report {
        json::schema().map_err(Failure::fault)?
    } else {
        schema::text()
    })?;
    Ok(Exit::Good)
}
