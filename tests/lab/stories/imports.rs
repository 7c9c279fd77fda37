//! What other tools know of an incident, as they themselves print it, stands in its report: once, with where it comes
//! from.

use serde_json::Value;

use crate::{
    kube::{cluster, deploy, ready, service},
    stage::{Play, Stage},
    traffic::Traffic,
};

/// Takes a file in and gives what was said about it: how many entries were new, and how many known.
fn import(stage: &Stage, file: &str, kind: &str) -> (usize, usize) {
    let path = stage.sh(&format!("realpath {file}"));
    let output = stage.console(&["note", "last", "--import", &path]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{wrong}");
    let (new, known) = said
        .trim()
        .strip_prefix("imported: ")
        .and_then(|said| said.split_once(&format!(" new from {kind}, ")))
        .unwrap_or_else(|| panic!("{said}"));
    let known = known.split(' ').next().expect("a number");
    (
        new.parse().expect("a number"),
        known.parse().expect("a number"),
    )
}

/// The entries of the report's timeline that come from this kind of source: time and text.
fn told(stage: &Stage, kind: &str) -> Vec<(String, String)> {
    let output = stage.console(&["report", "last", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let lines = report["timeline"].as_array().expect("a timeline").iter();
    let end = format!(" (from {kind})");
    lines
        .filter_map(|line| {
            let text = line["text"].as_str()?.strip_suffix(&end)?;
            Some((line["at"]["rfc3339"].as_str()?.to_owned(), text.to_owned()))
        })
        .collect()
}

fn json(stage: &Stage, file: &str) -> Value {
    serde_json::from_str(&stage.sh(&format!("cat {file}"))).expect("JSON")
}

const EVENTS: &str = "kubectl get events -o json >events.json";

#[test]
fn what_kubectl_prints_stands_in_the_report_once() {
    let Some(stage) = cluster("service/shop") else {
        return;
    };
    deploy(&stage, "shop", "part: web", "1.0");
    ready(&stage, "shop");
    service(&stage, "shop", "part: web");
    stage.sh("kubectl set image deployment/shop web=registry.example/shop:2.0-bad");
    stage.sh("for _ in $(seq 100); do kubectl rollout history deployment/shop | grep -q '^2 ' && exit; sleep .1; done; exit 1");
    let play = Play::default()
        .inputs(&[
            ("context", "lab"),
            ("deployment", "shop"),
            ("observed_error_rate", "7.2"),
        ])
        .answer("is_it_the_deployment", "this_rollout")
        .answer("roll_back", "roll_back")
        .answer("migrations_ran", "none");
    stage.play("kubernetes-rollout", &play).ended("resolved");

    stage.sh(EVENTS);
    let events = json(&stage, "events.json");
    let events = events["items"].as_array().expect("a list");
    assert!(
        events.len() >= 3,
        "two releases and a rollback: {events:#?}"
    );
    assert_eq!(import(&stage, "events.json", "kubectl"), (events.len(), 0));
    assert_eq!(import(&stage, "events.json", "kubectl"), (0, events.len()));
    let entries = told(&stage, "kubectl");
    assert_eq!(entries.len(), events.len(), "{entries:#?}");
    for event in events {
        let word = |path: &str| event.pointer(path).and_then(Value::as_str).expect("text");
        let text = format!(
            "{} {} deployment/{}: {}",
            word("/type"),
            word("/reason"),
            word("/involvedObject/name"),
            word("/message")
        );
        let at = word("/lastTimestamp").replace('Z', ".000Z");
        assert!(
            entries.contains(&(at.clone(), text.clone())),
            "{at} {text}: {entries:#?}"
        );
    }
    // What has happened since is new, and only that.
    stage.sh("kubectl set image deployment/shop web=registry.example/shop:3.0");
    stage.sh(&format!(
        "for _ in $(seq 100); do [ $(kubectl get events -o name | wc -l) -gt {} ] && exit; sleep .1; done; exit 1",
        events.len()
    ));
    stage.sh(EVENTS);
    let (new, known) = import(&stage, "events.json", "kubectl");
    assert_eq!(known, events.len());
    assert!(new >= 1);
    assert_eq!(told(&stage, "kubectl").len(), known + new);
    stage.over();
}

/// One that fires with the canary's errors, and one that waits for an hour before it would.
const RULES: &str = r#"
groups:
  - name: shop
    rules:
      - alert: CanaryFails
        expr: sum by (version) (rate(http_requests_total{version="v2",code="500"}[10s])) > 0
        labels: { severity: page }
        annotations: { summary: "Requests to {{ $labels.version }} fail" }
      - alert: NotYet
        expr: vector(1)
        for: 1h
"#;

#[test]
fn what_prometheus_answers_stands_in_the_report_once() {
    let rules = [("PROMETHEUS_RULES", RULES)];
    let Some(stage) = Stage::set(&["haproxy", "prometheus"], &rules) else {
        return;
    };
    let users = Traffic::to(stage.fact("FRONT"));
    stage.sh("for _ in $(seq 300); do curl -fsS $PROMETHEUS/api/v1/alerts | grep -q '\"firing\"' && exit; sleep .1; done; exit 1");
    let play = Play::default().inputs(&[
        ("app", "shop"),
        ("stats_socket", "$HAPROXY/admin.sock"),
        ("backend", "app"),
        ("canary", "canary"),
        ("sample_seconds", "2"),
        ("config_file", "$HAPROXY/haproxy.cfg"),
        ("config_without_canary", "$HAPROXY/without-canary.cfg"),
        ("pid_file", "$HAPROXY/haproxy.pid"),
    ]);
    stage.sh("curl -fsS $PROMETHEUS/api/v1/alerts >alerts.json");
    stage.play("haproxy-canary", &play);
    drop(users);

    let alerts = json(&stage, "alerts.json");
    let alerts = alerts["data"]["alerts"].as_array().expect("a list");
    assert_eq!(alerts.len(), 2, "{alerts:#?}");
    assert_eq!(import(&stage, "alerts.json", "alerts"), (2, 0));
    assert_eq!(import(&stage, "alerts.json", "alerts"), (0, 2));
    // Asked again, its values are others and its alerts the same.
    stage.sh("curl -fsS $PROMETHEUS/api/v1/alerts >later.json");
    assert_eq!(import(&stage, "later.json", "alerts").0, 0);
    let entries = told(&stage, "alerts");
    let texts: Vec<&str> = entries.iter().map(|(_, text)| text.as_str()).collect();
    assert!(
        texts
            .contains(&"alert CanaryFails firing: Requests to v2 fail (severity=page, version=v2)")
            && texts.contains(&"alert NotYet pending"),
        "{entries:#?}"
    );
    for alert in alerts {
        let since = alert["activeAt"].as_str().expect("a time");
        let to_the_second = &since[..19];
        let known = entries.iter().any(|(at, _)| at.starts_with(to_the_second));
        assert!(known, "{since}: {entries:#?}");
    }
    stage.over();
}
