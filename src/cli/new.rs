//! `new`: a runbook to start from, with its scenarios and the schema that editors complete by.

use std::{
    borrow::Cow,
    io::Write,
    path::{Path, PathBuf},
};

use super::{Exit, Failure, args, common};
use crate::runbook::{
    library::{self, Entry, Origin},
    schema,
};

const TEMPLATE: &str = include_str!("new/template.yaml");
const SCENARIOS: &str = include_str!("new/template.test.yaml");

/// Writes a runbook, and beside it what belongs to it.
pub fn new(given: &args::New) -> Result<Exit, Failure> {
    let name = checked(&given.name)?;
    let path = place(given.output.as_deref(), name);
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let (runbook, scenarios) = texts(given.from.as_deref(), name)?;
    let beside = folder.join(format!("{}.test.yaml", stem(&path)));
    // All that could be in the way is looked for before anything is written.
    for path in [&path, &beside] {
        if path.symlink_metadata().is_ok() && (*path != beside || scenarios.is_some()) {
            return Err(Failure::usage(format!(
                "{} is there already: choose another name",
                path.display()
            )));
        }
    }
    if !folder.as_os_str().is_empty() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::usage(format!("{}: {error}", folder.display())))?;
    }
    let mut told = vec![format!("wrote {}", path.display())];
    write(&path, &runbook)?;
    if let Some(scenarios) = &scenarios {
        write(&beside, scenarios)?;
        told.push(format!("wrote {}", beside.display()));
    }
    let mut schemas = vec![(schema::FILE, schema::text())];
    if scenarios.is_some() {
        schemas.push((schema::SCENARIOS_FILE, schema::scenarios_text()));
    }
    for (file, text) in schemas {
        let path = folder.join(file);
        if path.symlink_metadata().is_err() {
            write(&path, &text)?;
            told.push(format!("wrote {}", path.display()));
        }
    }
    told.push(next(&path, scenarios.is_some()));
    common::print(&(told.join("\n") + "\n"))?;
    Ok(Exit::Good)
}

fn next(path: &Path, scenarios: bool) -> String {
    let path = quoted(path);
    let test = if scenarios {
        format!("\n  rbconsole test {path}            play its scenarios; no command runs")
    } else {
        String::new()
    };
    format!(
        "\nNext:\n  rbconsole check {path}           what is wrong with it, while you write{test}\n  \
         rbconsole run --rehearse {path}  walk through it; nothing is changed"
    )
}

/// The path as it can be pasted into a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A name that is a file's everywhere, and can be given to every subcommand.
fn checked(name: &str) -> Result<&str, Failure> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let ends = [".yaml", ".yml", ".test"]
        .iter()
        .any(|ending| name.to_ascii_lowercase().ends_with(ending));
    if !name.chars().all(fits) || !begins || name.len() > 100 {
        return Err(Failure::usage(format!(
            "`{}` cannot be the name of a runbook: letters, digits, `-`, `_` and `.`, beginning with a letter or a \
             digit; --output says where it goes",
            name.escape_debug()
        )));
    }
    if ends || name.contains(".test.") {
        return Err(Failure::usage(format!(
            "`{name}`: give the name without an ending; it becomes NAME.yaml"
        )));
    }
    Ok(name)
}

fn place(output: Option<&Path>, name: &str) -> PathBuf {
    let file = format!("{name}.yaml");
    match output {
        Some(folder) if folder.is_dir() => folder.join(file),
        Some(path) => path.to_owned(),
        None if Path::new("runbooks").is_dir() => Path::new("runbooks").join(file),
        None => PathBuf::from(file),
    }
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// The runbook and its scenarios, if it comes with some.
fn texts(from: Option<&str>, name: &str) -> Result<(String, Option<String>), Failure> {
    let title = title(name);
    let Some(from) = from else {
        return Ok((
            hinted(&titled(TEMPLATE, &title), schema::FILE),
            Some(hinted(SCENARIOS, schema::SCENARIOS_FILE)),
        ));
    };
    let settings = common::settings()?;
    let entry = library::find(from, &settings.runbooks).map_err(Failure::usage)?;
    let scenarios = scenarios_of(&entry);
    let text = hinted(&titled(&entry.text, &title), schema::FILE);
    Ok((text, scenarios))
}

/// The scenarios beside a runbook's file.
fn scenarios_of(entry: &Entry) -> Option<String> {
    let Origin::File(path) = &entry.origin else {
        return None;
    };
    let beside = path.with_file_name(format!("{}.test.yaml", stem(path)));
    let text = library::read_file(&beside).ok()?.text;
    // Without that line they are those of the runbook beside them.
    let lines = text.split_inclusive('\n');
    let lines: String = lines.filter(|line| !line.starts_with("runbook:")).collect();
    Some(hinted(&lines, schema::SCENARIOS_FILE))
}

/// `orders-api` is called `Roll back orders api` until its author knows better. Letters, digits and blanks alone, and a
/// word before them: no YAML value but a text.
fn title(name: &str) -> String {
    format!("Roll back {}", name.replace(['-', '_', '.'], " ").trim())
}

/// The text under another title; everything else stays as it is, comments too.
fn titled(text: &str, title: &str) -> String {
    let mut done = false;
    let lines = text.split_inclusive('\n').map(|line| {
        if done || !line.starts_with("title:") {
            return Cow::Borrowed(line);
        }
        done = true;
        Cow::Owned(format!("title: {title}\n"))
    });
    lines.collect()
}

/// The text with the line by which an editor finds the schema.
fn hinted(text: &str, file: &str) -> String {
    let text: String = text
        .split_inclusive('\n')
        .filter(|line| !line.starts_with(schema::HINT))
        .collect();
    format!("{}{file}\n{text}", schema::HINT)
}

/// Writes a file that was not there; whoever works on the repository may read it.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests;
