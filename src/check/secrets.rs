//! Secrets that stand in the file for everyone to read. They are never shown whole.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::file::File;
use crate::runbook::{Code, Diagnostic, Runbook, diagnostic::Span};
use crate::template::Value;

/// What follows `-p` is a password even if it is a word, unlike what other shapes find.
const MYSQL: &str = "a password of MySQL";

/// What secrets look like: what it is, and where in the match it stands.
const SHAPES: &[(&str, &str)] = &[
    ("an AWS access key", r"\b((?:AKIA|ASIA)[0-9A-Z]{16})\b"),
    (
        "a GitHub token",
        r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})\b",
    ),
    (
        "a GitLab token",
        r"\b(gl(?:pat|rt|dt|ptt|cbt)-[A-Za-z0-9_-]{20,})",
    ),
    ("a Slack token", r"\b(xox[abeoprs]-[A-Za-z0-9-]{10,})"),
    (
        "a Slack webhook",
        r"hooks\.slack\.com/services/(T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,})",
    ),
    ("a Google API key", r"\b(AIza[0-9A-Za-z_-]{35})"),
    ("a Stripe key", r"\b([rs]k_live_[0-9A-Za-z]{16,})"),
    ("a private key", r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)"),
    (
        "a JSON web token",
        r"\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})",
    ),
    (
        "a password in an address",
        r"[a-z][a-z0-9+.-]*://[^/\s:@'\x22]+:([^/\s@'\x22]{3,})@",
    ),
    (
        "a password",
        r"(?i)(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key|access_?key|auth)[a-z_]*[\x22']?\s*(?:=|:\s)\s*[\x22']?([^\s\x22'`,;)}\]]{6,})",
    ),
    (
        "a password",
        r"(?i)--pass(?:word)?[= ][\x22']?([^\s\x22']{6,})",
    ),
    // MySQL's `-p` takes its password without a blank, so it is not `-p 3306:3306` of another program.
    (
        MYSQL,
        r"(?m)(?:^|[^\w.-])mysql(?:dump|admin)?[ \t](?:[^\n|;&#]*?[ \t])?-p[\x22']?([^\s\x22'`,;)}\]|&]{6,})",
    ),
    (
        "a bearer token",
        r"(?i)\bauthorization:\s*(?:bearer|basic)\s+([A-Za-z0-9+/=._-]{16,})",
    ),
];

static PATTERNS: LazyLock<Vec<(&str, Option<Regex>)>> = LazyLock::new(|| {
    SHAPES
        .iter()
        .map(|(what, shape)| (*what, Regex::new(shape).ok()))
        .collect()
});

/// Long runs of letters and digits.
static RUNS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_-]{32,}={0,2}").ok());

/// Everything in a file that looks like a secret.
pub fn findings(source: &str) -> Vec<Diagnostic> {
    let mut found: Vec<(Range<usize>, &str)> = Vec::new();
    for (what, pattern) in PATTERNS.iter() {
        let Some(pattern) = pattern else { continue };
        for captures in pattern.captures_iter(source) {
            let Some(secret) = captures.get(1) else {
                continue;
            };
            // A shape that says what it is needs no second look.
            let is_one = match *what {
                MYSQL => is_written_out(secret.as_str()) && !is_word_for_it(secret.as_str()),
                what if what.contains("password") => is_literal(secret.as_str()),
                _ => true,
            };
            if is_one {
                found.push((secret.range(), what));
            }
        }
    }
    for run in RUNS.iter().flat_map(|runs| runs.find_iter(source)) {
        if is_random(run.as_str()) && !is_digest(source, run.start()) {
            found.push((run.range(), "a random key"));
        }
    }
    found.sort_by_key(|(range, _)| (range.start, range.end));
    let mut end = 0;
    found.retain(|(range, _)| {
        let new = range.start >= end;
        end = end.max(range.end);
        new
    });
    found
        .into_iter()
        .map(|(range, what)| {
            let shown = hidden(&source[range.clone()]);
            finding(place(source, &range), what, &shown)
        })
        .collect()
}

fn finding(at: Span, what: &str, shown: &str) -> Diagnostic {
    Diagnostic::error(
        at,
        format!("this looks like {what} ({shown}) that stands in the file"),
    )
    .code(Code::SecretInSight)
    .hint("make it an input with `secret: true` and `env: VARIABLE`, and change the secret: everyone who saw this file knows it")
}

/// Inputs that are called like a secret and have one as their default.
pub fn of_inputs(file: &File<'_>, runbook: &Runbook) -> Vec<Diagnostic> {
    const WORDS: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "api_key",
        "apikey",
        "access_key",
        "private_key",
        "credential",
    ];
    // Where a secret is, and how it is called, is none.
    const ABOUT: &[&str] = &["_file", "_path", "_name", "_env", "_url", "_dir", "_id"];
    let inputs = runbook.inputs.iter().filter(|input| {
        let name = input.name.to_lowercase();
        WORDS.iter().any(|word| name.contains(word))
            && !ABOUT.iter().any(|ending| name.ends_with(ending))
    });
    inputs
        .filter_map(|input| {
            let Some(Value::String(text)) = &input.default else {
                return None;
            };
            let secret = text.len() >= 6 && !input.is_secret() && is_literal(text);
            let at = file.input(&input.name)?;
            secret.then(|| finding(at, "a secret as a default", &hidden(text)))
        })
        .collect()
}

/// Its beginning, and how long it is.
fn hidden(secret: &str) -> String {
    let length = secret.chars().count();
    let shown: String = secret
        .chars()
        .take(if length > 12 { 4 } else { 1 })
        .collect();
    format!("{shown}…, {length} characters")
}

/// Whether a text is a password itself and not where one comes from.
fn is_literal(text: &str) -> bool {
    is_written_out(text)
        && text
            .chars()
            .any(|c| !c.is_alphabetic() && !matches!(c, '_' | '-' | '.' | ':'))
}

/// `mysql -pPASSWORD` in an explanation.
fn is_word_for_it(text: &str) -> bool {
    ["password", "passwd"].contains(&text.to_lowercase().as_str())
}

/// Whether a text with letters is neither a variable, a template, a path nor a
/// placeholder.
fn is_written_out(text: &str) -> bool {
    let placeholder = [
        "xxx",
        "example",
        "changeme",
        "placeholder",
        "redacted",
        "your",
        "...",
    ];
    let lower = text.to_lowercase();
    !text.contains(['$', '{', '<', '(', '*', '…', '|', '['])
        && !text.starts_with(['/', '~', '-', '.', '@', '%', '!', '?', '\\'])
        && !placeholder.iter().any(|word| lower.contains(word))
        && text.chars().any(|c| c.is_ascii_alphabetic())
}

/// Upper case, lower case and digits without any order.
fn is_random(text: &str) -> bool {
    let count = |test: fn(char) -> bool| text.chars().filter(|c| test(*c)).count();
    let (upper, lower, digits) = (
        count(|c| c.is_ascii_uppercase()),
        count(|c| c.is_ascii_lowercase()),
        count(|c| c.is_ascii_digit()),
    );
    // Paths and names are words with signs between them.
    let longest_word = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(str::len)
        .max()
        .unwrap_or(0);
    upper >= 4 && lower >= 4 && digits >= 3 && longest_word >= 16 && entropy(text) > 4.3
}

/// Bits for each character.
#[expect(clippy::cast_precision_loss, reason = "texts are short")]
fn entropy(text: &str) -> f64 {
    let mut counts = [0usize; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let all = text.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| *count as f64 / all)
        .map(|share| -share * share.log2())
        .sum()
}

/// A digest is public: `sha256:…`, `sha512-…`.
fn is_digest(source: &str, at: usize) -> bool {
    let line = source[..at].rfind('\n').map_or(0, |n| n + 1);
    let before = &source[line..at];
    let run = &source[at..];
    run.starts_with("sha") || before.ends_with(':') && before.contains("sha")
}

fn place(source: &str, range: &Range<usize>) -> Span {
    let before = &source[..range.start];
    let line_start = before.rfind('\n').map_or(0, |n| n + 1);
    Span {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        offset: range.start,
        length: range.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::library::BUILT_IN;

    // Put together here, so that no scanner takes this file's examples for real ones.
    fn shapes() -> Vec<String> {
        vec![
            ["run: aws --key AKIA", "IOSFODNN7ABCDEFG"].concat(),
            ["token ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat(),
            ["glpat-", "abcDEF123456ghiJKL78"].concat(),
            ["xoxb-", "123456789012-abcdefghij"].concat(),
            ["-----BEGIN RSA ", "PRIVATE KEY-----"].concat(),
            [
                "eyJhbGciOiJIUzI1NiJ9.",
                "eyJzdWIiOiIxMjM0NTY3.SflKxwRJSMeKKF2QT4",
            ]
            .concat(),
            "run: psql postgres://app:s3cr3tpw@db/main".to_owned(),
            "env: { PASSWORD: \"hunter2x9\" }".to_owned(),
            "run: mysql --password=hunter22 -u root".to_owned(),
            "run: mysql -psecret123 -u root".to_owned(),
            "run: /usr/bin/mysqldump -h db1 -u root -p'secretword' app".to_owned(),
            "run: mysqladmin -u root -phunterx2 status".to_owned(),
            "run: PGPASSWORD=hunter22 psql".to_owned(),
            "run: deploy -k 9aXk2LmQ7vRt5ZpW8cYb3NdF6hJs1GuE".to_owned(),
        ]
    }

    #[test]
    fn known_shapes_are_found_and_never_shown() {
        for text in shapes() {
            let found = findings(&format!("title: x\n{text}\n"));
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(found[0].at.line, 2);
            let secret = &format!("title: x\n{text}\n")[found[0].at.offset..][..found[0].at.length];
            let shown = format!("{} {:?}", found[0].message, found[0].hint);
            assert!(!shown.contains(&secret[..secret.len().min(8)]), "{shown}");
        }
    }

    #[test]
    fn what_names_a_secret_is_none() {
        for text in [
            "inputs: { api_token: { secret: true, env: PAYMENTS_TOKEN } }",
            "run: curl -H \"Authorization: Bearer $TOKEN\" -u app:\"$PASSWORD\"",
            "run: psql postgres://app:{{ password }}@db/main",
            "run: psql \"postgres://app:$PASSWORD@db/main\"",
            "run: mysql -p\"$MYSQL_ROOT\" -p${OTHER_ONE} -p{{ password }}",
            "run: mysql -p -u root",
            "run: mysql -pabc",
            "run: mysql -pPASSWORD",
            "run: docker run --name mysql -p3306:3306 -p127.0.0.1:3306:3306",
            "run: kubectl patch sts mysql -p'{\"spec\":{\"replicas\":1}}'",
            "run: mysql -e 'select 1' | program -pproduction1",
            "run: kubectl logs my-mysql -pproduction1",
            "password: changeme123",
            "instructions: Reset the password: ask the engineer on duty",
            "image: app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "run: kubectl -n kube-system get deployment/very-long-name-of-a-deployment-2",
            "token: /run/secrets/token1",
            "link: https://grafana.example/d/AbCdEf123/payments-overview-dashboard",
        ] {
            assert_eq!(findings(text), [], "{text}");
        }
        for runbook in BUILT_IN {
            assert_eq!(findings(runbook.text), [], "{}", runbook.name);
        }
    }
}
