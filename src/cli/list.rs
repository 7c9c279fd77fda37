//! `list`.

use std::fmt::Write;

use super::{Exit, Failure, common};
use crate::runbook::library;
use crate::trust::{self, Mark};

/// Lists runbooks.
pub fn list(json: bool) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let entries = library::list(&settings.runbooks);
    let marks = trust::marks(&entries, &settings);
    let listed = entries.iter().zip(&marks);
    let mut text = String::new();
    if json {
        let rows: Vec<serde_json::Value> = listed
            .map(|(entry, mark)| {
                serde_json::json!({
                    "name": entry.name,
                    "title": entry.quick_title(),
                    "source": entry.shown(),
                    "trusted": *mark == Mark::Trusted,
                })
            })
            .collect();
        text = serde_json::to_string_pretty(&rows).map_err(Failure::fault)?;
        text.push('\n');
    } else {
        for (entry, mark) in listed {
            let mark = mark
                .words()
                .map_or_else(String::new, |words| format!("  ({words})"));
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{:<24} {:<44} {}{mark}",
                entry.name,
                entry.quick_title(),
                entry.shown()
            );
        }
    }
    common::print(&text)?;
    Ok(Exit::Good)
}
