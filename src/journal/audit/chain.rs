//! What is wrong with a journal's lines, each looked at by itself and in its place.
//!
//! Taking a run up stops at the first line that does not fit. An audit looks on: a
//! line that was moved is not one that was changed, and who has to find out what
//! happened wants to know which.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Promise};
use crate::journal::record::{Hash, Link, Record};

/// The most lines that are named for one promise.
const MOST: usize = 10;

/// A line that is what it says of itself.
struct Intact {
    /// From 1.
    line: usize,
    link: Link,
}

/// What is wrong with the whole lines of a journal, in the order of the lines.
pub fn broken(bytes: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut intact: Vec<Intact> = Vec::new();
    let mut seen: BTreeMap<Hash, usize> = BTreeMap::new();
    let mut changed = 0_u64;
    for (line, text) in whole_lines(bytes) {
        match Record::link(text) {
            Err(what) => {
                changed += 1;
                found.push((line, Promise::Integrity, what));
            }
            Ok(link) => match seen.insert(link.hash, line) {
                Some(first) => {
                    let what = format!("it repeats line {first}");
                    found.push((line, Promise::Completeness, what));
                }
                None => intact.push(Intact { line, link }),
            },
        }
    }
    found.extend(missing(&intact, changed));
    found.extend(misplaced(&intact));
    found.extend(unlinked(&intact));
    found.sort_by_key(|(line, ..)| *line);
    shortened(found)
}

fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let whole = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
    let lines = bytes[..whole].split_inclusive(|&byte| byte == b'\n');
    (1..).zip(lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line)))
}

type Flaw = (usize, Promise, String);

/// Numbers that no line has. As many as there are changed lines may be theirs.
fn missing(intact: &[Intact], changed: u64) -> Vec<Flaw> {
    let mut numbers = BTreeSet::new();
    let mut flaws = Vec::new();
    for Intact { line, link } in intact {
        if !numbers.insert(link.seq) {
            let what = format!("there is another line with the number {}", link.seq);
            flaws.push((*line, Promise::Completeness, what));
        }
    }
    let last = numbers.last().copied().unwrap_or(0);
    // A forger may number lines as he likes.
    let count = last.saturating_sub(numbers.len() as u64);
    if count <= changed {
        return flaws;
    }
    let mut before = 0_u64;
    for number in numbers {
        if number > before.saturating_add(1)
            && let Some(after) = intact.iter().find(|it| it.link.seq == number)
        {
            let what = match (before + 1, number - 1) {
                (first, last) if first == last => format!("number {first} is missing before it"),
                (first, last) => format!("the numbers {first} to {last} are missing before it"),
            };
            flaws.push((after.line, Promise::Completeness, what));
        }
        before = number;
    }
    flaws
}

/// Lines that stand where another one belongs.
fn misplaced(intact: &[Intact]) -> Vec<Flaw> {
    let mut sorted: Vec<u64> = intact.iter().map(|it| it.link.seq).collect();
    sorted.sort_unstable();
    intact
        .iter()
        .zip(sorted)
        .filter(|(it, belongs)| it.link.seq != *belongs)
        .map(|(it, belongs)| {
            let what = format!(
                "its number is {}, and {belongs} belongs in its place",
                it.link.seq
            );
            (it.line, Promise::Order, what)
        })
        .collect()
}

/// Lines that follow their neighbour by number and not by its hash.
fn unlinked(intact: &[Intact]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut before: Option<&Intact> = None;
    for it in intact {
        let follows = match before {
            Some(before) if it.link.seq == before.link.seq.saturating_add(1) => {
                it.link.prev == before.link.hash
            }
            None if it.link.seq == 1 => it.link.prev == Hash::default(),
            _ => true,
        };
        if !follows {
            let what =
                "it does not follow the line before it: one of the two was made anew".to_owned();
            flaws.push((it.line, Promise::Integrity, what));
        }
        before = Some(it);
    }
    flaws
}

/// Not a line for each of thousands.
fn shortened(flaws: Vec<Flaw>) -> Vec<Finding> {
    let mut told: BTreeMap<Promise, usize> = BTreeMap::new();
    let mut findings = Vec::new();
    for (line, promise, what) in flaws {
        let count = told.entry(promise).or_default();
        *count += 1;
        if *count <= MOST {
            findings.push(Finding::new(
                promise,
                format!("journal line {line}: {what}"),
            ));
        }
    }
    for (promise, count) in told {
        if count > MOST {
            let more = format!("journal: {} more lines like these", count - MOST);
            findings.push(Finding::new(promise, more));
        }
    }
    findings
}
