//! The report as a page, as data and as an issue: nothing hostile comes through.

use rbconsole::report::{html, issue, json, redact};
use serde_json::Value;

use super::{HOSTILE, golden::drill_story, whole_story};

fn page(report: &Value) -> String {
    html::write(report).unwrap()
}

fn hostile() -> Value {
    serde_json::to_value(whole_story().report()).unwrap()
}

#[test]
fn nothing_that_was_printed_becomes_markup() {
    let page = page(&hostile());
    assert!(page.contains("PWNED"), "the words are there");
    for markup in ["<script", "<img", "javascript:x\"", "</details><", "\u{1b}"] {
        assert!(!page.contains(markup), "{markup}");
    }
    // It needs nothing from elsewhere, and says so to the browser.
    assert!(page.contains("Content-Security-Policy"));
    for address in ["src=", "href=", "url(", "@import"] {
        assert!(!page.contains(address), "{address}");
    }
}

#[test]
fn the_data_is_what_the_schema_says() {
    let report = hostile();
    let schema: Value = serde_json::from_str(&json::schema().unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let mut wrong = report;
    wrong["run"]["took"] = "long".into();
    assert!(!validator.is_valid(&wrong), "the schema says something");
}

#[test]
fn an_issue_has_every_open_item_and_what_is_left_out_stays_out() {
    let mut report = hostile();
    report["actions"][0]["text"] = format!("Ask ana@example.org about 10.0.0.1 {HOSTILE}").into();
    let redacted = redact::redact(&mut report, &[], &[]);
    assert_eq!((redacted.emails, redacted.addresses), (1, 1));
    let issue = issue::write(&report).unwrap();
    let items = report["actions"].as_array().unwrap().len();
    assert_eq!(issue.matches("\n- [ ] ").count(), items, "{issue}");
    assert!(
        issue.contains("Ask \\[e-mail\\] about \\[IP address\\]"),
        "{issue}"
    );
    assert!(!issue.contains("example.org"));
}

/// What can be copied by itself says that it was a drill: each heading, each entry, each
/// fold, each table by its first cell, the page's name and its last line.
#[test]
fn a_drill_is_marked_in_every_part_of_its_page() {
    let page = page(&drill_story().report());
    let mut looked_at = 0;
    for (begin, end) in [
        ("<title>", "</title>"),
        ("<h1", "</h1>"),
        ("<h2", "</h2>"),
        ("<h3", "</h3>"),
        ("<li", "</li>"),
        ("<summary", "</summary>"),
        ("<thead>", "</th>"),
        ("<footer", "</footer>"),
    ] {
        let parts: Vec<&str> = page.split(begin).skip(1).collect();
        assert!(!parts.is_empty(), "there is no {begin}");
        for part in parts {
            let (part, _) = part.split_once(end).unwrap();
            assert!(part.contains("DRILL: "), "{begin}{part}{end}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 25, "{looked_at}");
    assert!(page.contains("<p class=\"stamp\">DRILL: nothing here happened in production</p>"));
}
