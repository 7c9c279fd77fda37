//! Events are written as ever: old journals are read by the same words that new ones have.

use std::collections::BTreeSet;

use super::fixture::name;
use crate::engine::Event;

/// Every kind of event, with all of its fields and with as few as it may have. Made for
/// the code of 0.1.0; lines may be added, and none changed.
const LINES: &str = include_str!("events.jsonl");

#[test]
fn every_event_is_written_as_ever() {
    let mut seen = BTreeSet::new();
    for line in LINES.lines() {
        let event: Event = serde_json::from_str(line).expect(line);
        assert_eq!(serde_json::to_string(&event).unwrap(), line);
        seen.insert(name(&event));
    }
    assert_eq!(seen.len(), 40, "every kind of event: {seen:?}");
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    let more = |value: &mut serde_json::Value| {
        if let Some(fields) = value.as_object_mut() {
            fields.insert("zz_new".to_owned(), serde_json::json!([1, { "a": null }]));
        }
    };
    for line in LINES.lines() {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        let kind = value.as_object_mut().unwrap().values_mut().next().unwrap();
        for field in [
            "report",
            "outcome",
            "conclusion",
            "health",
            "probed",
            "ended",
        ] {
            kind.get_mut(field).into_iter().for_each(more);
        }
        let report = kind.get_mut("report").into_iter();
        report.for_each(|report| report.get_mut("ended").into_iter().for_each(more));
        more(kind);
        let event: Event = serde_json::from_value(value).expect(line);
        assert_eq!(serde_json::to_string(&event).unwrap(), line);
    }
}
