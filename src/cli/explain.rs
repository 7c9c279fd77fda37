//! `explain`: what a code means.

use super::{Exit, Failure, common};
use crate::check::explain;
use crate::runbook::Code;

/// Prints the page of a code; without one, all codes.
pub fn explain(code: Option<&str>) -> Result<Exit, Failure> {
    let text = match code {
        None => explain::list(),
        Some(given) => {
            let code = Code::of(given).ok_or_else(|| {
                Failure::usage(format!(
                    "there is no code `{given}`; `rbconsole explain` lists them"
                ))
            })?;
            explain::page(code).to_owned()
        }
    };
    common::print(&text)?;
    Ok(Exit::Good)
}
