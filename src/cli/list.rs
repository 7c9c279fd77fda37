//! `list`.

use std::fmt::Write;

use super::{Exit, Failure, common};
use crate::runbook::library;

/// Lists runbooks.
pub fn list(json: bool) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let entries = library::list(&settings.runbooks);
    let mut text = String::new();
    if json {
        let rows: Vec<serde_json::Value> = entries
            .iter()
            .map(|entry| {
                serde_json::json!({
                    "name": entry.name,
                    "title": entry.quick_title(),
                    "source": entry.shown(),
                })
            })
            .collect();
        text = serde_json::to_string_pretty(&rows).map_err(Failure::fault)?;
        text.push('\n');
    } else {
        for entry in &entries {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{:<24} {:<44} {}",
                entry.name,
                entry.quick_title(),
                entry.shown()
            );
        }
    }
    common::print(&text)?;
    Ok(Exit::Good)
}
