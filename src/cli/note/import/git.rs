//! `git log`: as it prints by itself with `--date=iso-strict`, or a commit on a line
//! with `--format='%H%x09%cI%x09%an%x09%s'`.

use super::{Found, Wrong, moment};

/// Whether a file begins so.
pub(super) fn begins(first: &str) -> bool {
    first
        .strip_prefix("commit ")
        .is_some_and(|rest| rest.split_whitespace().next().is_some_and(is_hash))
        || first
            .split_once('\t')
            .is_some_and(|(hash, _)| is_hash(hash))
}

fn is_hash(word: &str) -> bool {
    (7..=64).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn read(text: &str) -> Result<Vec<Found>, Wrong> {
    let first = text.lines().find(|line| !line.trim().is_empty());
    if first.is_some_and(|first| first.starts_with("commit ")) {
        long(text)
    } else {
        short(text)
    }
}

fn short(text: &str) -> Result<Vec<Found>, Wrong> {
    let lines = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty());
    lines
        .map(|(text, line)| {
            let parts: Vec<&str> = text.splitn(4, '\t').collect();
            let [hash, at, author, subject] = parts[..] else {
                return Err(Wrong::new(
                    line,
                    "a commit, its time, its author and its subject are wanted, with tabs between: \
                     git log --format='%H%x09%cI%x09%an%x09%s'",
                ));
            };
            if !is_hash(hash) {
                return Err(Wrong::new(line, "it does not begin with a commit's hash"));
            }
            Ok(found(line, hash, moment(at, line)?, author, subject))
        })
        .collect()
}

/// A commit that is being read.
struct Commit<'a> {
    line: usize,
    hash: &'a str,
    author: &'a str,
    at: Option<chrono::DateTime<chrono::Utc>>,
    subject: Option<&'a str>,
}

impl Commit<'_> {
    fn done(self) -> Result<Found, Wrong> {
        let at = self.at.ok_or_else(|| {
            Wrong::new(
                self.line,
                "this commit has no date: git log --date=iso-strict",
            )
        })?;
        let subject = self.subject.unwrap_or_default();
        Ok(found(self.line, self.hash, at, self.author, subject))
    }
}

fn long(text: &str) -> Result<Vec<Found>, Wrong> {
    let mut all = Vec::new();
    let mut open: Option<Commit<'_>> = None;
    for (text, line) in text.lines().zip(1..) {
        if let Some(rest) = text.strip_prefix("commit ") {
            if let Some(commit) = open.take() {
                all.push(commit.done()?);
            }
            let hash = rest.split_whitespace().next().unwrap_or_default();
            if !is_hash(hash) {
                return Err(Wrong::new(
                    line,
                    "a commit's hash is wanted behind `commit`",
                ));
            }
            open = Some(Commit {
                line,
                hash,
                author: "",
                at: None,
                subject: None,
            });
            continue;
        }
        let Some(commit) = &mut open else {
            if text.trim().is_empty() {
                continue;
            }
            return Err(Wrong::new(line, "it does not begin with a commit"));
        };
        if let Some(subject) = text.strip_prefix("    ") {
            commit.subject = commit
                .subject
                .or(Some(subject.trim()).filter(|it| !it.is_empty()));
        } else if let Some(author) = text.strip_prefix("Author:") {
            commit.author = author.split('<').next().unwrap_or_default().trim();
        } else if let Some(at) = text
            .strip_prefix("Date:")
            .or_else(|| text.strip_prefix("CommitDate:"))
        {
            commit.at = Some(moment(at, line)?);
        }
    }
    all.extend(open.map(Commit::done).transpose()?);
    Ok(all)
}

fn found(
    line: usize,
    hash: &str,
    at: chrono::DateTime<chrono::Utc>,
    author: &str,
    subject: &str,
) -> Found {
    let short = hash.get(..10).unwrap_or(hash);
    Found {
        line,
        at,
        id: hash.to_owned(),
        text: format!("commit {short} by {}: {subject}", author.trim()),
    }
}
