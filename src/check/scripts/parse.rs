//! Asking a shell whether it can parse a script. Only `-n`: nothing is executed.
//!
//! A process for each script would cost a thousand runbooks half a minute, so
//! scripts that surely close all they open are parsed many at a time, each in
//! brackets. Where such a batch fails its halves are asked about, and so on; a
//! single script that fails is asked about alone, for the line and the words of
//! the error.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{mend, shells::run};
use crate::runbook::Shell;
use crate::template;

/// How many scripts are parsed together.
const BATCH: usize = 200;
/// How many scripts are asked about alone.
const MOST_ALONE: usize = 20_000;
/// For how many errors the line that lacks something is looked for: an author
/// mends a few at a time.
const MOST_MENDED: usize = 25;

/// A language whose shell can parse without executing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// GNU bash.
    Bash,
    /// A POSIX `sh`.
    Sh,
    /// Python 3.
    Python,
}

impl Language {
    /// The language of a shell; `None` for one that we do not know.
    pub fn of(shell: &Shell) -> Option<Self> {
        match shell {
            Shell::Bash => Some(Self::Bash),
            Shell::Sh => Some(Self::Sh),
            Shell::Python3 => Some(Self::Python),
            Shell::Argv(argv) => {
                let program = argv.first()?.rsplit('/').next()?;
                if argv.last().is_none_or(|last| !last.ends_with('c')) {
                    return None;
                }
                match program {
                    "bash" => Some(Self::Bash),
                    "sh" | "dash" => Some(Self::Sh),
                    "python3" => Some(Self::Python),
                    _ => None,
                }
            }
        }
    }

    /// The program that knows it.
    pub fn program(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Sh => "sh",
            Self::Python => "python3",
        }
    }
}

/// A script as it would run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Script {
    /// Its text.
    pub text: String,
    /// Its language.
    pub language: Language,
}

/// What a shell says of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It can be parsed.
    Fine,
    /// It cannot.
    Wrong {
        /// The line, from 1.
        line: usize,
        /// In the shell's words.
        message: String,
        /// What would mend it.
        hint: Option<String>,
    },
    /// There is no such shell here.
    NoShell(&'static str),
    /// Too many had to be asked about alone.
    NotAsked,
}

/// What the shells say of many scripts, each different one asked about once.
pub fn parse<'a>(scripts: impl Iterator<Item = &'a Script>) -> HashMap<&'a Script, Said> {
    parse_at_most(scripts, MOST_ALONE)
}

fn parse_at_most<'a>(
    scripts: impl Iterator<Item = &'a Script>,
    most: usize,
) -> HashMap<&'a Script, Said> {
    let mut said: HashMap<&Script, Said> = HashMap::new();
    let mut together: HashMap<Language, Vec<&Script>> = HashMap::new();
    let mut alone: Vec<&Script> = Vec::new();
    let mut order: HashMap<&Script, usize> = HashMap::new();
    for script in scripts {
        if said.insert(script, Said::Fine).is_none() {
            order.insert(script, order.len());
            match shell_of(script.language) {
                Some(shell) if template::is_whole(&script.text, shell) => {
                    together.entry(script.language).or_default().push(script);
                }
                _ => alone.push(script),
            }
        }
    }
    let batches: Vec<&[&Script]> = together
        .values()
        .flat_map(|scripts| scripts.chunks(BATCH))
        .collect();
    let failed = Mutex::new(Vec::new());
    side_by_side(&batches, |batch| {
        let wrong = wrong_among(batch);
        if let Ok(mut failed) = failed.lock() {
            failed.extend(wrong);
        }
    });
    alone.extend(failed.into_inner().unwrap_or_default());
    // Always the same ones, whichever thread was first.
    alone.sort_by_key(|script| order[script]);
    for script in alone.split_off(most.min(alone.len())) {
        said.insert(script, Said::NotAsked);
    }
    let mut answers = each(&alone, |script| ask(script));
    let wrong = answers
        .iter_mut()
        .filter(|(_, said)| matches!(said, Said::Wrong { .. }));
    let first: Vec<(&Script, Said)> = wrong
        .take(MOST_MENDED)
        .map(|(script, said)| (*script, std::mem::replace(said, Said::Fine)))
        .collect();
    said.extend(answers);
    let mended = each(&first, |(script, said)| mend::better(script, said.clone()));
    said.extend(mended.into_iter().map(|((script, _), said)| (script, said)));
    said
}

/// Does something for each item side by side; the answers stand in its order.
fn each<T: Sync + Clone + Send, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<(T, R)> {
    let numbered: Vec<(usize, T)> = items.iter().cloned().enumerate().collect();
    let answers = Mutex::new(Vec::new());
    side_by_side(&numbered, |(number, item)| {
        let answer = act(item);
        if let Ok(mut answers) = answers.lock() {
            answers.push((*number, item.clone(), answer));
        }
    });
    let mut answers = answers.into_inner().unwrap_or_default();
    answers.sort_by_key(|(number, ..)| *number);
    answers
        .into_iter()
        .map(|(_, item, answer)| (item, answer))
        .collect()
}

fn shell_of(language: Language) -> Option<template::Shell> {
    match language {
        Language::Bash => Some(template::Shell::Bash),
        Language::Sh => Some(template::Shell::Sh),
        Language::Python => None,
    }
}

/// Does something for each item, on as many threads as there are processors.
pub fn side_by_side<T: Sync>(items: &[T], act: impl Fn(&T) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            act(item);
        }
    };
    if items.len() < 2 || threads < 2 {
        work();
        return;
    }
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(work);
        }
    });
}

/// Those that cannot be parsed, or cannot be parsed together.
fn wrong_among<'a>(scripts: &[&'a Script]) -> Vec<&'a Script> {
    match scripts {
        [] => Vec::new(),
        [one] => vec![one],
        _ if all_fine(scripts) => Vec::new(),
        _ => {
            let (before, after) = scripts.split_at(scripts.len() / 2);
            let mut wrong = wrong_among(before);
            wrong.extend(wrong_among(after));
            wrong
        }
    }
}

/// Whether all of them can be parsed, each in brackets of its own.
///
/// A script might close the bracket around it and open it again, or close what
/// the one before it left open; by itself it is wrong all the same. For that it
/// needs the words of the bracket: so those that have them stand a second time in
/// another bracket. What fits the one breaks the other.
fn all_fine(scripts: &[&Script]) -> bool {
    let may_close: Vec<&Script> = scripts
        .iter()
        .filter(|script| script.text.replace("\\\n", "").contains("do"))
        .copied()
        .collect();
    fine_between(scripts, "while :; do\n:\n", "\ndone\n")
        && fine_between(&may_close, "(\n:\n", "\n)\n")
}

fn fine_between(scripts: &[&Script], open: &str, close: &str) -> bool {
    let Some(first) = scripts.first() else {
        return true;
    };
    let mut text = String::new();
    for script in scripts {
        text.push_str(open);
        text.push_str(&script.text);
        text.push_str(close);
    }
    run(first.language, &text, false).is_ok_and(|(fine, errors)| fine && errors.is_empty())
}

fn ask(script: &Script) -> Said {
    let extended = script.text.contains("extglob");
    match run(script.language, &script.text, extended) {
        Err(_) => Said::NoShell(script.language.program()),
        Ok((true, _)) => Said::Fine,
        Ok((false, errors)) => read(&errors),
    }
}

/// The first error: `bash: line 3: …`, `sh: 3: …`, `File "script", line 3`.
pub fn read(errors: &str) -> Said {
    let number = |text: &str| -> Option<usize> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    if let Some((_, rest)) = errors.rsplit_once("File \"script\", line ") {
        let line = number(rest).unwrap_or(1);
        let message = errors.lines().last().unwrap_or_default();
        return Said::Wrong {
            line,
            message: message.trim().to_owned(),
            hint: None,
        };
    }
    let first = errors.lines().next().unwrap_or_default();
    let mut parts = first.splitn(3, ": ");
    let _program = parts.next();
    let line = parts
        .next()
        .map(|part| part.strip_prefix("line ").unwrap_or(part))
        .and_then(number);
    match (line, parts.next()) {
        (Some(line), Some(message)) => Said::Wrong {
            line,
            message: message.trim().to_owned(),
            hint: None,
        },
        _ => Said::Wrong {
            line: 1,
            message: first.trim().to_owned(),
            hint: None,
        },
    }
}

#[cfg(test)]
mod tests;
