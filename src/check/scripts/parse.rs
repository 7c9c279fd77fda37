//! Asking a shell whether it can parse a script. Only `-n`: nothing is executed.
//!
//! A process for each script would cost a thousand runbooks half a minute, so
//! scripts that surely close all they open are parsed many at a time, each as
//! the body of a function. Only where such a batch fails is each of its scripts
//! asked about alone, for the line and the words of the error.

use std::{
    collections::HashMap,
    io::Write,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::runbook::Shell;
use crate::template;

/// How many scripts are parsed together.
const BATCH: usize = 200;
/// How many errors are looked into one by one: an author mends a few at a time.
const MOST_ALONE: usize = 20_000;

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

    fn program(self) -> &'static str {
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
    },
    /// There is no such shell here.
    NoShell(&'static str),
}

/// What the shells say of many scripts, each different one asked about once.
pub fn parse<'a>(scripts: impl Iterator<Item = &'a Script>) -> HashMap<&'a Script, Said> {
    let mut said: HashMap<&Script, Said> = HashMap::new();
    let mut together: HashMap<Language, Vec<&Script>> = HashMap::new();
    let mut alone: Vec<&Script> = Vec::new();
    for script in scripts {
        if said.insert(script, Said::Fine).is_none() {
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
        if !all_fine(batch)
            && let Ok(mut failed) = failed.lock()
        {
            failed.extend_from_slice(batch);
        }
    });
    alone.extend(failed.into_inner().unwrap_or_default());
    alone.truncate(MOST_ALONE);
    let answers = Mutex::new(Vec::new());
    side_by_side(&alone, |script| {
        let answer = ask(script);
        if let Ok(mut answers) = answers.lock() {
            answers.push((*script, answer));
        }
    });
    said.extend(answers.into_inner().unwrap_or_default());
    said
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

/// Whether all of them can be parsed. What is left open in one cannot be closed
/// by the next: it would have to close both brackets around it.
fn all_fine(scripts: &[&Script]) -> bool {
    let Some(first) = scripts.first() else {
        return true;
    };
    let mut text = String::new();
    for script in scripts {
        text.push_str("f() { (\n:\n");
        text.push_str(&script.text);
        text.push_str("\n) }\n");
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

/// Hands a text to a shell that parses it and does nothing more.
#[expect(
    clippy::disallowed_methods,
    reason = "the executor runs commands of a run; this parses, and executes nothing"
)]
fn run(language: Language, text: &str, extended: bool) -> std::io::Result<(bool, String)> {
    let mut command = Command::new(language.program());
    match language {
        Language::Bash if extended => command.args(["-O", "extglob", "-n"]),
        Language::Bash | Language::Sh => command.arg("-n"),
        Language::Python => command.args([
            "-I",
            "-S",
            "-c",
            "import sys; compile(sys.stdin.buffer.read(), 'script', 'exec', dont_inherit=True)",
        ]),
    };
    // No start-up file, no exported function, messages in English.
    command.env_clear().env("LC_ALL", "C.UTF-8");
    for name in ["PATH", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    // A shell that has seen enough closes its end; what it said counts. It says
    // little before it has read all, so that neither side waits for the other.
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(text.as_bytes());
    }
    let output = child.wait_with_output()?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output.status.success(), errors))
}

/// The first error: `bash: line 3: …`, `sh: 3: …`, `File "script", line 3`.
fn read(errors: &str) -> Said {
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
        },
        _ => Said::Wrong {
            line: 1,
            message: first.trim().to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(language: Language, texts: &[&str]) -> Vec<Said> {
        let scripts: Vec<Script> = texts
            .iter()
            .map(|text| Script {
                text: (*text).to_owned(),
                language,
            })
            .collect();
        let said = parse(scripts.iter());
        scripts.iter().map(|script| said[script].clone()).collect()
    }

    fn line(said: &Said) -> usize {
        match said {
            Said::Wrong { line, .. } => *line,
            _ => 0,
        }
    }

    #[test]
    fn one_wrong_script_among_many() {
        let texts = [
            "echo a",
            "if true; then\n  echo\n",
            "cat <<'E'\n}\n) }\nE\n",
            "echo \"open\n",
            "}",
            "echo 'also open",
            "x=$(echo (a))",
            "shopt -s extglob\ncase a in @(a|b)) echo;; esac",
        ];
        let said = said(Language::Bash, &texts);
        let wrong: Vec<bool> = said.iter().map(|said| *said != Said::Fine).collect();
        assert_eq!(
            wrong,
            [false, true, false, true, true, true, true, false],
            "{said:?}"
        );
        assert_eq!(line(&said[6]), 1);
    }

    #[test]
    fn each_language_says_the_line() {
        let bad = said(Language::Sh, &["echo\necho\n(\n"]);
        assert!(line(&bad[0]) >= 3, "{bad:?}");
        let bad = said(Language::Bash, &["echo\nfi\n"]);
        assert_eq!(line(&bad[0]), 2, "{bad:?}");
        let bad = said(Language::Python, &["import os\nx = (\n", "print('x')\n"]);
        // Where Python is not installed, that is what is said.
        assert!(matches!(
            bad[0],
            Said::Wrong { line: 2.., .. } | Said::NoShell(_)
        ));
        assert!(matches!(bad[1], Said::Fine | Said::NoShell(_)));
    }

    #[test]
    fn nothing_is_executed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        let texts = [
            format!("rm {path}"),
            format!(") }}; rm {path}; f() {{ ("),
            format!("$(rm {path}"),
            format!("set +n\nrm {path}\n"),
            format!("trap 'rm {path}' EXIT; '"),
        ];
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        said(Language::Bash, &texts);
        said(Language::Sh, &texts);
        assert!(file.path().exists());
    }
}
