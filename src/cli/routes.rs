//! `routes`: every route through a runbook.

use super::{Exit, Failure, args, common};
use crate::check::{picture, routes::Limits};

/// Prints every route.
pub fn routes(given: &args::Routes) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let (_, runbook) = common::runbook(&settings, &given.runbook)?;
    let limits = Limits::default();
    common::print(&match given.format {
        args::RoutesFormat::Tree => picture::tree(&runbook, limits),
        args::RoutesFormat::Mermaid => picture::mermaid(&runbook, limits),
        args::RoutesFormat::Json => picture::json(&runbook, limits),
    })?;
    Ok(Exit::Good)
}
