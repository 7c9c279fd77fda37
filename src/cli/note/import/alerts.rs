//! What Prometheus answers at `/api/v1/alerts`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Found, Wrong, kubectl::line_of, moment};

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(default)]
    status: String,
    #[serde(default)]
    error: String,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    alerts: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Alert {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(default)]
    state: String,
    #[serde(rename = "activeAt")]
    active_at: Option<String>,
}

pub(super) fn read(text: &str) -> Result<Vec<Found>, Wrong> {
    let answer: Answer<'_> = serde_json::from_str(text).map_err(|error| Wrong::json(&error))?;
    if answer.status == "error" {
        return Err(Wrong::new(
            1,
            format!("Prometheus answered with an error: {}", answer.error),
        ));
    }
    let data = answer.data.ok_or_else(|| {
        Wrong::new(
            1,
            "there are no alerts in it: curl …/api/v1/alerts of Prometheus",
        )
    })?;
    data.alerts
        .into_iter()
        .map(|alert| one(alert.get(), line_of(text, alert.get())))
        .collect()
}

fn one(json: &str, line: usize) -> Result<Found, Wrong> {
    let alert: Alert = serde_json::from_str(json)
        .map_err(|error| Wrong::new(line + error.line() - 1, format!("not an alert: {error}")))?;
    let at = alert.active_at.as_deref();
    let at = at.ok_or_else(|| Wrong::new(line, "this alert does not say since when"))?;
    let name = alert
        .labels
        .get("alertname")
        .map_or("alert", String::as_str);
    let others = alert
        .labels
        .iter()
        .filter(|(label, _)| *label != "alertname");
    let labels: Vec<String> = others
        .map(|(label, value)| format!("{label}={value}"))
        .collect();
    let says = ["summary", "description", "message"]
        .iter()
        .find_map(|name| alert.annotations.get(*name))
        .map_or_else(String::new, |says| format!(": {says}"));
    let labels = labels.join(", ");
    let shown = if labels.is_empty() {
        String::new()
    } else {
        format!(" ({labels})")
    };
    Ok(Found {
        line,
        at: moment(at, line)?,
        // The same alert that fires anew is another one.
        id: format!("{at} {name} {labels}"),
        text: format!("alert {name} {}{says}{shown}", alert.state),
    })
}
