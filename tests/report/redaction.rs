//! Whatever event carries an address: what leaves the machine redacted has none.

use std::{collections::BTreeSet, fs, path::Path};

use rbconsole::{
    engine::Entry,
    report::{Report, Source, brief, html, issue, json, markdown, redact},
    run_dir::RunDir,
    session::resume,
};
use serde_json::{Value, json};

/// A run in which nearly everything happened, as an earlier version left it.
const RUN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/crash/old_runs/0.1.0/2026-11-21-0942-everything-84jk"
);
const EVENTS: &str = include_str!("../../src/engine/event.rs");

const ORIGIN: &str = "anas-laptop.lan";
const ADDRESSES: [&str; 4] = ["ana@example.org", "10.20.30.40", "fe80::77", ORIGIN];

/// Fields that hold no words: times, ids, digests, and the tags of what is one of a few.
const NO_WORDS: [&str; 40] = [
    "at",
    "due",
    "since",
    "until",
    "happened_at",
    "holding",
    "answer",
    "gate",
    "step",
    "phase",
    "is",
    "blake3",
    "effect",
    "part",
    "script",
    "regex",
    "route",
    "again",
    "left",
    "around",
    "unfinished",
    "done",
    "boot_id",
    "digest",
    "id",
    "kind",
    "runbook",
    "used",
    "version",
    "signal",
    "advice",
    "outcome",
    "hash",
    "prev",
    "overrides",
    "beside",
    "exceeded",
    "picks",
    "source",
    "origin",
];

/// What that run lacks, as it stands in a journal.
fn more() -> Vec<Value> {
    let at = "2026-11-21T09:42:18.5Z";
    let before = json!({ "at": at, "how": "vanished" });
    let who = json!({ "host": "h", "login": "bo", "tty": "pts/1", "origin": ORIGIN });
    let facts = json!({ "criteria": [], "suggestion": null });
    let output = json!({ "bytes": 0, "blake3": "" });
    vec![
        json!({ "hand_over_asked": { "host": "h" } }),
        json!({ "handed_over": { "to": "bo", "note": "n" } }),
        json!({ "taken_over": { "from": "ana", "how": before, "who": who, "read": true } }),
        json!({ "auto_advance": { "on": true } }),
        json!({ "phase_not_taken": { "phase": "work", "because": "x" } }),
        json!({ "attempt_voided": { "attempt": 1 } }),
        json!({ "silence_noticed": { "attempt": 1, "since": at } }),
        json!({ "clock_stepped": { "by_ms": 5000 } }),
        json!({ "off_script_declared": { "attempt": 1, "took_effect": true, "reason": "r" } }),
        json!({ "gate_measured": { "gate": "go_on", "facts": facts } }),
        json!({ "gate_reopened": { "gate": "go_on", "reason": "r", "route": [], "left": [],
            "around": [], "again": ["go_on"], "done": [] } }),
        json!({ "wait_ran_out": { "step": "rest", "waited_ms": 5 } }),
        json!({ "note_added": { "text": "to do", "todo": { "owner": "bo" } } }),
        json!({ "note_added": { "text": "impact: all" } }),
        json!({ "note_added": { "text": "it came", "happened_at": at,
            "source": { "from": "csv", "id": "1" } } }),
        json!({ "note_amended": { "note": 1, "text": "changed" } }),
        json!({ "closing": { "outcome": "failed", "note": "n", "unfinished": [] } }),
        json!({ "run_closed": { "outcome": "failed", "note": "n", "unfinished": [],
            "signals": output } }),
    ]
}

fn with_addresses(value: &mut Value) {
    match value {
        Value::String(text) => {
            for address in ADDRESSES {
                *text = format!("{text} {address}");
            }
        }
        Value::Array(items) => {
            for item in items {
                with_addresses(item);
            }
        }
        Value::Object(fields) => {
            let is_voucher = fields.contains_key("channel");
            let is_start = fields.contains_key("runbook");
            for (name, field) in fields {
                let own = NO_WORDS.contains(&name.as_str())
                    || name == "how" && field.is_string()
                    || name == "by" && is_voucher
                    || name == "from" && is_start;
                if !own {
                    with_addresses(field);
                }
            }
        }
        _ => {}
    }
}

/// Every event that there is, by its name in the journal.
fn kinds() -> BTreeSet<String> {
    let (_, all) = EVENTS.split_once("pub enum Event {").unwrap();
    let (all, _) = all.split_once("\n}").unwrap();
    let names = all.lines().filter_map(|line| {
        let name = line.strip_prefix("    ")?;
        let name = name.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        let name = name.split(['(', ' ']).next()?;
        name.starts_with(|c: char| c.is_ascii_uppercase())
            .then_some(name)
    });
    let snake = |name: &str| {
        let mut snake = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        snake
    };
    names.map(snake).collect()
}

fn copied(to: &Path) -> RunDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for item in fs::read_dir(from).unwrap() {
            let item = item.unwrap();
            let target = to.join(item.file_name());
            if item.file_type().unwrap().is_dir() {
                copy(&item.path(), &target);
            } else {
                fs::copy(item.path(), target).unwrap();
            }
        }
    }
    let run = to.join(Path::new(RUN).file_name().unwrap());
    copy(Path::new(RUN), &run);
    RunDir::open(&run).unwrap()
}

#[test]
fn no_address_of_any_event_comes_through() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = copied(scratch.path());
    let journal = fs::read_to_string(Path::new(RUN).join("journal.jsonl")).unwrap();
    let recorded = journal.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        json!({ "at": line["at"], "by": line["by"], "event": line["event"] })
    });
    let mut events: Vec<Value> = recorded.collect();
    let closed = events.pop().unwrap();
    let more = more().into_iter();
    events.extend(more.map(|event| json!({ "at": closed["at"], "by": "ana", "event": event })));
    let tag = |entry: &Value| match &entry["event"] {
        Value::String(tag) => tag.clone(),
        event => event.as_object().unwrap().keys().next().unwrap().clone(),
    };
    let known: BTreeSet<String> = events.iter().map(tag).collect();
    assert_eq!(known, kinds(), "each event is looked at");
    for entry in &mut events {
        with_addresses(&mut entry["by"]);
        with_addresses(&mut entry["event"]);
    }
    let entries: Vec<Entry> = events
        .into_iter()
        .map(|entry| {
            let shown = entry.to_string();
            serde_json::from_value(entry).unwrap_or_else(|error| panic!("{error}: {shown}"))
        })
        .collect();
    let state = resume::state(&dir, entries.iter()).unwrap();
    let origins = redact::origins(&entries);
    assert_eq!(origins.len(), 1, "{origins:?}");
    for full in [false, true] {
        let source = Source {
            state: &state,
            entries: &entries,
            samples: &[],
            head: "f".repeat(64),
            dir: &dir,
            earlier: &[],
            now: entries[0].at,
            full,
        };
        let mut report = serde_json::to_value(Report::of(&source)).unwrap();
        let before = json::json(&report).unwrap();
        let brief = brief::brief(&state, &entries, source.now);
        let told = redact::redact(&mut report, &[], &origins);
        assert!(told.emails > 50 && told.addresses > 100, "{told:?}");
        let masks = redact::Masks::new(&[], &origins);
        let mut counted = redact::Redacted::default();
        let brief = brief.map(|text| masks.masked(text, &mut counted));
        for (form, text) in [
            ("json", json::json(&report).unwrap()),
            ("markdown", markdown::write(&report).unwrap()),
            ("html", html::write(&report).unwrap()),
            ("issue", issue::write(&report).unwrap()),
            ("brief", brief::markdown(brief)),
        ] {
            // Markdown sets signs before some of its own.
            let text = text.replace('\\', "");
            for address in ADDRESSES {
                assert!(before.contains(address), "{address} was there");
                let found = text.find(address).map(|at| {
                    let from = text.floor_char_boundary(at.saturating_sub(200));
                    &text[from..at]
                });
                assert_eq!(found, None, "{address} in {form}, full: {full}");
            }
        }
    }
}
