//! What was measured during the run.

use std::fmt::{self, Write};

use super::Source;
use crate::engine::Event;
use crate::report::{
    escape::{code, inline},
    signals::{self, Worst},
};
use crate::runbook::human;

/// A row for each signal.
pub(super) fn write(out: &mut String, source: &Source<'_>) -> fmt::Result {
    if source.state.runbook.signals.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", source.heading(2, "Signals"))?;
    if source.state.is_rehearsal() {
        return writeln!(out, "A rehearsal measures nothing.\n");
    }
    writeln!(
        out,
        "| Signal | Healthy | First | Worst | Last | Unhealthy | Not measured |\n|---|---|---|---|---|---|---|"
    )?;
    for signal in signals::measured(source.state, source.entries, source.samples, source.now) {
        let value = |value: Option<f64>| {
            let value = value.map(|value| format!("{value} {}", signal.unit));
            value.map_or("–".to_owned(), |value| inline(&value))
        };
        let worst = match signal.worst {
            Worst::Nothing => "–".to_owned(),
            Worst::Value(worst) => value(Some(worst)),
            Worst::Range(low, high) => format!("{low} to {}", value(Some(high))),
        };
        let gaps = match signal.gaps {
            0 => "–".to_owned(),
            1 => format!("{} in 1 gap", human(signal.unmeasured)),
            n => format!("{} in {n} gaps", human(signal.unmeasured)),
        };
        let unhealthy = if signal.unhealthy.is_zero() {
            "–".to_owned()
        } else {
            format!("**{}**", human(signal.unhealthy))
        };
        writeln!(
            out,
            "| {} | {} | {} | {worst} | {} | {unhealthy} | {gaps} |",
            inline(&signal.name),
            signal.healthy.as_deref().map_or("–".to_owned(), code),
            value(signal.first),
            value(signal.last),
        )?;
    }
    writeln!(out)?;
    let digest = source
        .entries
        .iter()
        .rev()
        .find_map(|entry| match &entry.event {
            Event::RunClosed { signals, .. } => signals.as_ref(),
            _ => None,
        });
    if let Some(digest) = digest {
        writeln!(
            out,
            "Every sample stands in `signals.jsonl` ({} bytes, BLAKE3 {}).\n",
            digest.bytes,
            code(&digest.blake3)
        )?;
    }
    Ok(())
}
