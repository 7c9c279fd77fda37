//! `trust`: which runbooks may execute.

use std::{
    fmt::Write as _,
    io::{BufRead, IsTerminal, Write as _},
    path::Path,
};

use super::{Exit, Failure, args, common};
use crate::session::system_clock;
use crate::settings::{self, Settings};
use crate::trust::{self, Question, Standing, Store, Trusted, difference::plain, tell::Tone};

/// Trusts, lists or forgets.
pub fn trust(given: &args::Trust) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    if given.list {
        return list(&settings);
    }
    if !given.forget.is_empty() {
        return forget(&settings, &given.forget);
    }
    for name in &given.runbooks {
        let found = common::found(&settings, name)?;
        match found.standing {
            Standing::Trusted(_) => common::print(&format!(
                "{} is trusted already\n",
                plain(&found.entry.shown())
            ))?,
            Standing::Asked(question) => {
                common::print(&told(&question))?;
                if !given.yes && !agrees()? {
                    return Err(Failure::refused(format!(
                        "{} is not trusted: nothing was changed",
                        plain(&found.entry.shown())
                    )));
                }
                grant(&question)?;
                for file in &question.files {
                    common::print(&format!("trusted: {}\n", plain(&file.path)))?;
                }
            }
        }
    }
    Ok(Exit::Good)
}

/// Keeps that it is trusted.
pub fn grant(question: &Question) -> Result<Trusted, Failure> {
    question
        .grant(&settings::operator(), system_clock())
        .map_err(Failure::refused)
}

fn told(question: &Question) -> String {
    let mut text = String::new();
    for (tone, line) in question.lines() {
        let mark = if tone == Tone::Doubt { "! " } else { "  " };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", format!("{mark}{line}").trim_end());
    }
    text
}

/// Asks at the terminal; without one nobody can agree.
fn agrees() -> Result<bool, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::refused(
            "nobody can be asked without a terminal: look at the runbook, then give --yes",
        ));
    }
    eprint!("Trust it, so that it may execute? [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    stdin
        .lock()
        .read_line(&mut answer)
        .map_err(Failure::fault)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn list(settings: &Settings) -> Result<Exit, Failure> {
    let known = Store::in_state(&settings.state)
        .read()
        .map_err(Failure::refused)?;
    let mut text = String::new();
    for record in &known {
        let now = match std::fs::read(&record.path) {
            Ok(bytes) if bytes == record.text.as_bytes() => "",
            Ok(_) => "  (changed since)",
            Err(_) => "  (cannot be read now)",
        };
        let _ = writeln!(
            text,
            "{}  {}  {}  {}{now}",
            record.digest,
            record.at.format("%Y-%m-%dT%H:%M:%SZ"),
            plain(&record.by),
            plain(&record.path)
        );
    }
    if known.is_empty() {
        eprintln!("nothing but what is built in or stands in your config directory");
    }
    common::print(&text)?;
    Ok(Exit::Good)
}

fn forget(settings: &Settings, paths: &[String]) -> Result<Exit, Failure> {
    let store = Store::in_state(&settings.state);
    for path in paths {
        // As it is listed, where the file is gone.
        let known = store
            .forget(&trust::key(Path::new(path)))
            .and_then(|known| Ok(known || store.forget(path)?))
            .map_err(Failure::refused)?;
        if !known {
            return Err(Failure::usage(format!(
                "{} was never trusted: `rbconsole trust --list` shows what was",
                plain(path)
            )));
        }
        common::print(&format!("forgotten: {}\n", plain(path)))?;
    }
    Ok(Exit::Good)
}
