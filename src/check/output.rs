//! Findings for machines: JSON, SARIF, and GitHub's workflow commands.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Checked;
use crate::runbook::{Code, Diagnostic, Severity};

/// A file and what was found in it.
#[derive(Debug)]
pub struct Report<'a> {
    /// As messages show it: a path, or `built-in:name`.
    pub file: &'a str,
    /// What was found.
    pub checked: &'a Checked,
}

/// One object a finding, in an array.
pub fn json(reports: &[Report<'_>]) -> String {
    let findings: Vec<Value> = each(reports)
        .map(|(file, finding)| {
            json!({
                "file": file,
                "code": finding.code.number(),
                "severity": finding.severity.word(),
                "line": finding.at.line,
                "column": finding.at.column,
                "length": finding.at.length,
                "message": finding.message,
                "hint": finding.hint,
            })
        })
        .collect();
    pretty(&Value::Array(findings))
}

/// SARIF 2.1.0, as code scanning reads it.
pub fn sarif(reports: &[Report<'_>]) -> String {
    let codes: Vec<Code> = Code::all().collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| {
            json!({
                "id": code.number(),
                "shortDescription": { "text": code.title() },
                "help": { "text": format!("rbconsole explain {}", code.number()) },
            })
        })
        .collect();
    let results: Vec<Value> = each(reports)
        .map(|(file, finding)| {
            let level = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Notice => "note",
            };
            let mut place = json!({ "artifactLocation": { "uri": uri(file) } });
            // A finding about the whole file has no region.
            if finding.at.line > 0 {
                place["region"] = json!({
                    "startLine": finding.at.line,
                    "startColumn": finding.at.column.max(1),
                });
            }
            json!({
                "ruleId": finding.code.number(),
                "ruleIndex": codes.iter().position(|code| *code == finding.code),
                "level": level,
                "message": { "text": sentence(finding) },
                "locations": [{ "physicalLocation": place }],
            })
        })
        .collect();
    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rbconsole",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

/// A workflow command a finding: GitHub shows it at its line.
pub fn github(reports: &[Report<'_>]) -> String {
    let lines: Vec<String> = each(reports)
        .map(|(file, finding)| {
            let place = if finding.at.line > 0 {
                let column = finding.at.column.max(1);
                format!(",line={},col={column}", finding.at.line)
            } else {
                String::new()
            };
            let title = format!("{} {}", finding.code.number(), finding.code.title());
            format!(
                "::{} file={}{place},title={}::{}\n",
                finding.severity.word(),
                property(file),
                property(&title),
                data(&sentence(finding))
            )
        })
        .collect();
    lines.concat()
}

fn each<'a>(reports: &'a [Report<'a>]) -> impl Iterator<Item = (&'a str, &'a Diagnostic)> {
    reports.iter().flat_map(|report| {
        let findings = report.checked.findings.iter();
        findings.map(|finding| (report.file, finding))
    })
}

fn sentence(finding: &Diagnostic) -> String {
    match &finding.hint {
        Some(hint) => {
            let mut letters = hint.chars();
            let first: String = letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .collect();
            format!("{}. {first}{}", finding.message, letters.as_str())
        }
        None => finding.message.clone(),
    }
}

fn pretty(value: &Value) -> String {
    // A tree of strings and numbers always becomes text.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    format!("{text}\n")
}

/// The text of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A path as the reference of a URI.
fn uri(file: &str) -> String {
    let mut uri = String::new();
    for byte in file.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::diagnostic::Span;

    fn hostile() -> Checked {
        let at = Span {
            line: 3,
            column: 2,
            offset: 9,
            length: 1,
        };
        Checked {
            runbook: None,
            findings: vec![
                Diagnostic::error(at, "100 %\n::error::forged, a: b").code(Code::NotMade),
                Diagnostic::warning(Span::default(), "everywhere").code(Code::Bound),
            ],
        }
    }

    #[test]
    fn github_commands_cannot_be_forged() {
        let checked = hostile();
        let text = github(&[Report {
            file: "a,b:c\n.yaml",
            checked: &checked,
        }]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(
            lines[0].starts_with("::error file=a%2Cb%3Ac%0A.yaml,line=3,col=2,title=RB100 "),
            "{text}"
        );
        assert!(
            lines[0].ends_with("::100 %25%0A::error::forged, a: b"),
            "{text}"
        );
        assert!(lines[1].starts_with("::warning file=a%2Cb%3Ac%0A.yaml,title=RB107 "));
    }

    #[test]
    fn sarif_names_its_rules() {
        let checked = hostile();
        let text = sarif(&[Report {
            file: "dir/a b.yaml",
            checked: &checked,
        }]);
        let sarif: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(sarif["version"], "2.1.0");
        let run = &sarif["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        }
        let place = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "dir/a%20b.yaml");
        assert_eq!(place["region"]["startLine"], 3);
        let whole = &run["results"][1]["locations"][0]["physicalLocation"];
        assert!(whole.get("region").is_none());
    }

    #[test]
    fn json_is_an_array() {
        let checked = hostile();
        let text = json(&[Report {
            file: "a",
            checked: &checked,
        }]);
        let all: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert_eq!((all.len(), &all[0]["code"]), (2, &Value::from("RB100")));
    }
}
