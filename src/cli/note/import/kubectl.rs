//! `kubectl get events -o json`: a list of `v1` or `events.k8s.io/v1` events.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{Found, Wrong, moment};

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

pub(super) fn read(text: &str) -> Result<Vec<Found>, Wrong> {
    let list: List<'_> = serde_json::from_str(text).map_err(|error| Wrong::json(&error))?;
    list.items
        .into_iter()
        .map(|item| event(item.get(), line_of(text, item.get())))
        .collect()
}

/// The line on which a part of a text begins.
pub(super) fn line_of(text: &str, part: &str) -> usize {
    let offset = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let before = text.get(..offset).unwrap_or_default();
    before.bytes().filter(|byte| *byte == b'\n').count() + 1
}

fn event(json: &str, line: usize) -> Result<Found, Wrong> {
    let event: Value = serde_json::from_str(json).map_err(|_| Wrong::new(line, "not an event"))?;
    let word = |path: &str| {
        let found = event.pointer(path).and_then(Value::as_str);
        found.filter(|word| !word.is_empty())
    };
    let kind = word("/kind").unwrap_or("Event");
    if kind != "Event" {
        return Err(Wrong::new(
            line,
            format!("a {kind} is no event: kubectl get events -o json"),
        ));
    }
    // One that was seen several times is told when it was seen last.
    let at = [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/deprecatedLastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        "/metadata/creationTimestamp",
    ];
    let at = at.iter().find_map(|path| word(path));
    let at = at.ok_or_else(|| Wrong::new(line, "this event has no time"))?;
    let id = word("/metadata/uid").ok_or_else(|| Wrong::new(line, "this event has no uid"))?;
    let of = |name: &str| {
        word(&format!("/involvedObject/{name}")).or_else(|| word(&format!("/regarding/{name}")))
    };
    let object = match (of("kind"), of("name")) {
        (Some(kind), Some(name)) => format!(" {}/{name}", kind.to_lowercase()),
        _ => String::new(),
    };
    let times = ["/series/count", "/count", "/deprecatedCount"]
        .iter()
        .find_map(|path| event.pointer(path).and_then(Value::as_u64))
        .filter(|count| *count > 1)
        .map_or_else(String::new, |count| format!(" (×{count})"));
    Ok(Found {
        line,
        at: moment(at, line)?,
        id: id.to_owned(),
        text: format!(
            "{} {}{object}: {}{times}",
            word("/type").unwrap_or("Normal"),
            word("/reason").unwrap_or("event"),
            word("/message")
                .or_else(|| word("/note"))
                .unwrap_or_default()
                .trim()
        ),
    })
}
