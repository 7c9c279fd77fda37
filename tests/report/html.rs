//! The report as a page: by what a reader of HTML sees of it, and by a real browser
//! where there is one.

use std::{fs, process::Command};

use rbconsole::report::{html, issue, json, redact};
use serde_json::Value;

use super::{HOSTILE, whole_story};

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
    let redacted = redact::redact(&mut report, &[]);
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

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a browser is a program, and looks at a file"
)]
fn a_browser_shows_it_without_a_complaint() {
    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok())
    else {
        println!("SKIPPED report browser: there is no chromium here");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    fs::write(&file, page(&hostile())).unwrap();
    let shown = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
        ])
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom"])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success(), "{said}");
    let complaints: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    let seen = String::from_utf8_lossy(&shown.stdout);
    assert!(seen.contains("Open action items</h2>"));
    assert!(
        !seen.contains("<script"),
        "the browser sees no script either"
    );
}
