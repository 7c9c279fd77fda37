//! What other programs print, and what nobody should.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-21T13:00:00Z".parse().unwrap()
}

#[track_caller]
fn good(text: &str, kind: Origin) -> Vec<(String, String, String)> {
    assert_eq!(detected(text), Some(kind), "it is known for what it is");
    let all = entries(text, kind, now()).unwrap();
    all.into_iter()
        .map(|one| {
            assert_eq!(one.source.from, kind.word());
            let at = one.happened_at.format("%H:%M:%S").to_string();
            (at, one.source.id, one.text)
        })
        .collect()
}

fn are(all: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    all.iter()
        .map(|(at, id, text)| ((*at).to_owned(), (*id).to_owned(), (*text).to_owned()))
        .collect()
}

#[track_caller]
fn wrong(text: &str, kind: Origin, line: usize, why: &str) {
    let wrong = entries(text, kind, now()).unwrap_err();
    assert_eq!(wrong.line, line, "{wrong:?}");
    assert!(wrong.why.contains(why), "{wrong:?}");
}

const HASH: &str = "0123456789abcdef0123456789abcdef01234567";
const OTHER: &str = "89abcdef0123456789abcdef0123456789abcdef";

#[test]
fn a_git_log_in_both_forms() {
    let expected = are(&[
        ("11:00:00", OTHER, "commit 89abcdef01 by Bo B.: Older one"),
        (
            "11:58:30",
            HASH,
            "commit 0123456789 by Ana: Raise the limit, again",
        ),
    ]);
    let short = format!(
        "{HASH}\t2026-11-21T12:58:30+01:00\tAna\tRaise the limit, again\n{OTHER}\t2026-11-21T11:00:00Z\tBo B.\tOlder one\n"
    );
    assert_eq!(good(&short, Origin::Git), expected);
    let long = format!(
        "commit {HASH} (HEAD -> main, origin/main)\nMerge: 1234567 89abcde\nAuthor: Ana <ana@example.org>\nDate:   2026-11-21T12:58:30+01:00\n\n    Raise the limit, again\n\n    commit messages may say: Date: never\n\ncommit {OTHER}\nAuthor: Bo B. <bo@example.org>\nDate:   Sat Nov 21 12:00:00 2026 +0100\n\n    Older one\n"
    );
    assert_eq!(good(&long, Origin::Git), expected);
    wrong(
        &format!("commit {HASH}\n\n    x\n"),
        Origin::Git,
        1,
        "no date",
    );
    wrong(
        &format!("{HASH}\tyesterday\tAna\tx"),
        Origin::Git,
        1,
        "not a time",
    );
    wrong(
        &format!("{HASH}\t2026-11-21T11:00:00Z\tAna\tx\nrest"),
        Origin::Git,
        2,
        "tabs",
    );
    wrong("commit zzz\n", Origin::Git, 1, "hash");
}

#[test]
fn events_of_a_cluster_of_both_versions() {
    let text = r#"{
  "apiVersion": "v1", "kind": "List",
  "items": [
    { "apiVersion": "v1", "kind": "Event", "metadata": { "name": "shop.1", "namespace": "shop", "uid": "u-1", "creationTimestamp": "2026-11-21T12:00:00Z" },
      "involvedObject": { "kind": "Pod", "name": "shop-7f" }, "reason": "BackOff", "message": "Back-off restarting failed container\n", "type": "Warning",
      "firstTimestamp": "2026-11-21T12:00:00Z", "lastTimestamp": "2026-11-21T12:10:00Z", "count": 12, "eventTime": null },
    { "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": { "uid": "u-2" }, "regarding": { "kind": "Deployment", "name": "shop" },
      "eventTime": "2026-11-21T12:05:00.123456Z", "note": "Scaled up", "reason": "ScalingReplicaSet", "type": "Normal" }
  ]
}"#;
    assert_eq!(
        good(text, Origin::Kubectl),
        are(&[
            (
                "12:05:00",
                "u-2",
                "Normal ScalingReplicaSet deployment/shop: Scaled up"
            ),
            (
                "12:10:00",
                "u-1",
                "Warning BackOff pod/shop-7f: Back-off restarting failed container (×12)"
            ),
        ])
    );
    wrong(
        "{ \"items\": [\n{ \"kind\": \"Pod\" } ] }",
        Origin::Kubectl,
        2,
        "a Pod is no event",
    );
    wrong("{ \"items\": [\n\n{} ] }", Origin::Kubectl, 3, "no time");
    wrong("{ \"items\": [", Origin::Kubectl, 1, "JSON");
    assert_eq!(good("{ \"items\": [] }", Origin::Kubectl), []);
}

#[test]
fn alerts_as_prometheus_documents_them() {
    let text = r#"{
    "data": {
        "alerts": [
            {
                "activeAt": "2026-11-21T12:30:00.051939149Z",
                "annotations": { "summary": "Too many errors" },
                "labels": { "alertname": "HighErrorRate", "severity": "page", "job": "shop" },
                "state": "firing",
                "value": "1e+00"
            }
        ]
    },
    "status": "success"
}"#;
    assert_eq!(
        good(text, Origin::Alerts),
        are(&[(
            "12:30:00",
            "2026-11-21T12:30:00.051939149Z HighErrorRate job=shop, severity=page",
            "alert HighErrorRate firing: Too many errors (job=shop, severity=page)"
        )])
    );
    wrong(
        r#"{ "status": "error", "error": "gone" }"#,
        Origin::Alerts,
        1,
        "gone",
    );
    wrong(r#"{ "status": "success" }"#, Origin::Alerts, 1, "no alerts");
    wrong(
        "{ \"data\": { \"alerts\": [\n{ \"labels\": 7 }] } }",
        Origin::Alerts,
        2,
        "not an alert",
    );
}

#[test]
fn times_and_texts() {
    let text = "time,text\r\n2026-11-21T12:00:00Z,first, with a comma\r\n\n\"2026-11-21 14:15:00 +0200\", \"a \"\"quoted\"\" text\nof two lines\",ignored\n2026-11-21T12:20:00Z,last";
    assert_eq!(
        good(text, Origin::Csv),
        are(&[
            (
                "12:00:00",
                "2026-11-21T12:00:00+00:00 first, with a comma",
                "first, with a comma"
            ),
            (
                "12:15:00",
                "2026-11-21T12:15:00+00:00 a \"quoted\" text\nof two lines",
                "a \"quoted\" text of two lines"
            ),
            ("12:20:00", "2026-11-21T12:20:00+00:00 last", "last"),
        ])
    );
    let after = format!("{text}\n2026-11-21 12:00,x");
    wrong(&after, Origin::Csv, 7, "not a time with its offset");
    wrong(
        "2026-11-21T12:00:00Z",
        Origin::Csv,
        1,
        "a time, a comma and a text",
    );
    wrong("2026-11-21T12:00:00Z,\"x", Origin::Csv, 1, "never closed");
}

#[test]
fn what_is_too_much_too_long_or_yet_to_come_is_said_or_cut() {
    use std::fmt::Write;
    let mut many = String::new();
    for number in 0..=ENTRIES {
        let at = now() - TimeDelta::seconds(1 + i64::try_from(number).unwrap());
        writeln!(many, "{},entry {number}", at.to_rfc3339()).unwrap();
    }
    wrong(&many, Origin::Csv, ENTRIES + 1, "more than 2000 entries");
    wrong("2026-11-21T13:00:01Z,x", Origin::Csv, 1, "in the future");
    let long = format!("2026-11-21T12:00:00Z,\u{1b}[31m{}", "ä".repeat(1000));
    let all = entries(&long, Origin::Csv, now()).unwrap();
    assert_eq!(all[0].text.chars().count(), LENGTH);
    assert!(all[0].source.id.len() <= IDENTITY);
    assert!(!all[0].text.contains('\u{1b}'));
    let empty = entries("2026-11-21T12:00:00Z,", Origin::Csv, now()).unwrap();
    assert_eq!(empty[0].text, "(no text)");
}

#[test]
fn what_is_not_clear_is_not_guessed() {
    for text in ["", "hello", "{}", "[1]", "a,b\nc,d", "14:15,x", "\u{feff}{"] {
        assert_eq!(detected(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "[a-f0-9,\"\n\t{}:\\[\\] cZ-]{0,80}|.{0,60}") {
        let _ = detected(&text);
        for kind in [Origin::Git, Origin::Kubectl, Origin::Alerts, Origin::Csv] {
            let _ = entries(&text, kind, now());
            let _ = entries(&format!("commit {HASH}\n{text}"), kind, now());
            let _ = entries(&format!("{{\"items\":[{text}]}}"), kind, now());
        }
    }
}
