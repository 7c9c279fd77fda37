//! Who may import whom: reads every file under `src` and compares what it names with the house's table.
//!
//! The table is the one of the architecture page. Where it names a part of a room (`engine::event`), a re-export of
//! that part (`engine::Entry`) counts as the part.

#[path = "layers/names.rs"]
mod names;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use names::Named;

/// Every room and what it may import. The file `src/main.rs` is the room `main`, `src/lib.rs` the room `lib`.
const TABLE: &[(&str, &[&str])] = &[
    ("template", &[]),
    ("run_dir", &[]),
    // A kill point is a word of the code that passes it.
    ("crash", &[]),
    ("settings", &[]),
    ("output", &["run_dir"]),
    ("runbook", &["template"]),
    ("engine", &["runbook", "template"]),
    // The digest of a log is a word of an event, kept where it is defined.
    (
        "journal",
        &[
            "engine::event",
            "engine::observed::OutputDigest",
            "run_dir",
            "crash",
        ],
    ),
    (
        "executor",
        &[
            "engine::effect",
            "engine::observed",
            // How attempts are numbered and how a value is found are words of a `Launch`, kept where they are defined.
            "engine::event::AttemptId",
            "runbook::Pick",
            "run_dir",
            "output",
            "crash",
        ],
    ),
    // The reader of a log is asked for it by its run's directory.
    (
        "report",
        // A drill is compared with how earlier ones went.
        &[
            "engine", "runbook", "template", "output", "run_dir", "history",
        ],
    ),
    ("check", &["runbook", "template", "engine"]),
    (
        "scenario",
        &[
            "runbook",
            "template",
            "engine",
            "report",
            // A report is asked for with its run's directory, here one that is nowhere.
            "run_dir",
            // What a command would print is looked at by the code that looks at what it does print.
            "executor::capture",
        ],
    ),
    ("history", &["journal", "engine", "run_dir"]),
    // What was trusted is kept in a private file, opened as those of a run are.
    // The list of characters that hide is everybody's.
    (
        "trust",
        &["runbook", "settings", "run_dir", "output::invisible"],
    ),
    (
        "session",
        &[
            "template", "run_dir", "settings", "output", "runbook", "engine", "journal",
            "executor", "report", "history", "trust", "crash",
        ],
    ),
    (
        "tui",
        &[
            "session",
            "engine",
            "runbook",
            "report",
            "settings",
            "history",
            "output",
            "trust",
            // A slip in the name of a key is guessed at as one in a runbook is.
            "template::similar",
        ],
    ),
    (
        "headless",
        &[
            "session",
            "engine",
            "runbook",
            "report",
            "settings",
            "output::invisible",
        ],
    ),
    // The same session in lines: what may be done, what is asked and what follows are the
    // screen's, which draws none of it here.
    (
        "plain",
        &[
            "tui", "session", "engine", "runbook", "report", "settings", "history", "output",
            "trust", "run_dir",
        ],
    ),
    (
        "cli",
        &[
            "template", "run_dir", "settings", "output", "runbook", "engine", "journal",
            "executor", "report", "check", "scenario", "history", "trust", "session", "tui",
            "headless", "plain",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Crates that only some modules may name.
const OWNED: &[(&str, &[&str])] = &[
    ("tera", &["template"]),
    ("serde_saphyr", &["runbook::yaml", "settings", "tui"]),
];

/// The dependencies that compute and nothing else: no I/O, no clock, no chance. The engine may name these alone.
const PURE: &[&str] = &[
    "chrono",
    "serde",
    "serde_json",
    "regex",
    "thiserror",
    "proptest",
    "insta",
];

/// What the engine may not name of crates that it may.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::io",
    "std::process",
    "std::net",
    "std::env",
    "std::os",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "chrono::Local",
    "chrono::Utc::now",
];

/// What has to be known about the whole house to judge one file.
struct House {
    /// `engine::Entry` to `engine::event::Entry`.
    reexports: BTreeMap<String, String>,
    /// The crates that Cargo.toml names.
    dependencies: BTreeSet<String>,
}

impl House {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut reexports = BTreeMap::new();
        for (room, _) in TABLE {
            let file = root.join(format!("src/{room}.rs"));
            if let Ok(source) = fs::read_to_string(file) {
                for (name, path) in names::reexports(&source) {
                    reexports.insert(format!("{room}::{name}"), format!("{room}::{path}"));
                }
            }
        }
        let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        Self {
            reexports,
            dependencies: dependencies(&manifest),
        }
    }

    /// What is wrong with the file of a module (`engine::gate`), one sentence a violation.
    fn violations(&self, module: &str, source: &str) -> Vec<String> {
        let room = module.split("::").next().unwrap_or_default();
        let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == room) else {
            return vec![format!("`{room}` is no room of the table")];
        };
        let mut found: Vec<String> = names::named(module, source)
            .iter()
            .flat_map(|named| {
                [
                    self.forbidden_room(room, allowed, named),
                    forbidden_crate(module, named),
                    self.impure(room, named),
                ]
            })
            .flatten()
            .collect();
        found.sort();
        found.dedup();
        found
    }

    fn forbidden_room(&self, room: &str, allowed: &[&str], named: &Named) -> Option<String> {
        let path = named.path.strip_prefix("crate::")?;
        let other = path.split("::").next()?;
        if named.test_only || other == room {
            return None;
        }
        if !TABLE.iter().any(|(name, _)| *name == other) {
            return Some(format!("names `{path}`: `{other}` is no room of the table"));
        }
        let meant = self.meant(path);
        let fits = allowed
            .iter()
            .any(|part| inside(path, part) || inside(&meant, part));
        (!fits).then(|| format!("`{room}` must not import `{path}`"))
    }

    /// The path behind a re-export.
    fn meant(&self, path: &str) -> String {
        let mut parts = path.splitn(3, "::");
        let head: Vec<&str> = parts.by_ref().take(2).collect();
        let head = head.join("::");
        let meant = self.reexports.get(&head).unwrap_or(&head).clone();
        parts
            .next()
            .map_or(meant.clone(), |rest| format!("{meant}::{rest}"))
    }

    fn impure(&self, room: &str, named: &Named) -> Option<String> {
        if room != "engine" {
            return None;
        }
        let path = named.path.as_str();
        let first = path.split("::").next()?;
        let foreign = self.dependencies.contains(first) && !PURE.contains(&first);
        // A glob over something impure, or over what holds it, imports it.
        let glob = path
            .strip_suffix("::*")
            .is_some_and(|outer| IMPURE.iter().any(|part| inside(part, outer)));
        let banned = IMPURE.iter().any(|part| inside(path, part)) || (glob && first == "std");
        let clock = ["Utc", "Local", "SystemTime", "Instant"]
            .iter()
            .any(|clock| path.ends_with(&format!("{clock}::now")));
        (foreign || banned || clock)
            .then(|| format!("the engine must not name `{path}`: it does I/O, keeps time or draws"))
    }
}

fn forbidden_crate(module: &str, named: &Named) -> Option<String> {
    let first = named.path.split("::").next()?;
    let (_, owners) = OWNED.iter().find(|(name, _)| *name == first)?;
    let owned = owners.iter().any(|owner| inside(module, owner));
    (!owned).then(|| {
        format!(
            "`{module}` must not name `{first}`: only {} may",
            owners.join(", ")
        )
    })
}

/// Whether a path is another one or lies in it.
fn inside(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The crates that a manifest names, as code calls them.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut here = false;
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            here = section.contains("dependencies");
        } else if here && let Some((name, _)) = line.split_once('=') {
            let name = name.trim().split('.').next().unwrap_or_default();
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                found.insert(name.replace('-', "_"));
            }
        }
    }
    found
}

/// Every Rust file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// `engine/gate.rs` is the module `engine::gate`.
fn module(file: &Path) -> String {
    let parts: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    parts.join("::")
}

#[test]
fn every_import_is_in_the_table() {
    let house = House::read();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    all.sort();
    assert!(all.len() > 50, "found only {} files", all.len());
    let mut wrong = Vec::new();
    for file in all {
        let name = file.strip_prefix(&src).unwrap();
        let source = fs::read_to_string(&file).unwrap();
        for violation in house.violations(&module(name), &source) {
            wrong.push(format!("src/{}: {violation}", name.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_house_is_read_as_it_is() {
    let house = House::read();
    for name in ["tokio", "tui_textarea", "serde_saphyr", "proptest"] {
        assert!(house.dependencies.contains(name), "{name}");
    }
    assert_eq!(house.meant("engine::Entry"), "engine::event::Entry");
    assert_eq!(house.meant("engine::decide"), "engine::rules::decide");
    assert_eq!(module(Path::new("engine/gate.rs")), "engine::gate");
}

#[test]
fn what_the_table_allows_passes() {
    for (module, source) in [
        ("journal", "use crate::engine::{Entry, event::Event};"),
        ("journal::lock", "use super::super::run_dir::RunDir;"),
        (
            "executor",
            "fn f(l: crate::engine::Launch, p: crate::runbook::Pick) {}",
        ),
        (
            "engine",
            "use chrono::{DateTime, Utc}; use std::time::Duration; use crate::template;",
        ),
        (
            "engine::gate",
            "use super::{state::State, gate}; fn f() { super::x::now() }",
        ),
        ("template::evaluate", "use tera::Tera;"),
        ("tui::theme", "fn f() { serde_saphyr::from_str(\"\") }"),
        ("cli::run", "use crate::{tui, headless, session};"),
        ("main", "fn main() { rbconsole::cli::main() }"),
        // The words alone prove nothing.
        (
            "journal",
            "//! See [`crate::tui`].\nfn f() { println!(\"crate::tui::draw\") }",
        ),
        // Tests may reach everywhere.
        (
            "journal",
            "#[cfg(test)] mod tests { use crate::tui::draw; fn f() { crate::session::x() } }",
        ),
        ("journal", "#[cfg(test)] use crate::tui::draw;"),
        ("journal::tests", "use crate::tui::draw;"),
        ("journal::tests::torn", "use crate::tui::draw;"),
    ] {
        let found = House::read().violations(module, source);
        assert!(found.is_empty(), "{module}: {source}: {found:?}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, a line a violation")]
fn planted_violations_are_found() {
    for (module, source, told) in [
        ("attic", "", "no room of the table"),
        ("engine", "use crate::attic::Chest;", "`attic` is no room"),
        ("engine", "use crate::tui;", "must not import `tui`"),
        (
            "engine",
            "use crate::{template::Value, tui::{self, draw}};",
            "must not import `tui::draw`",
        ),
        ("engine", "use crate::*;", "names `*`"),
        (
            "engine::gate",
            "use super::super::session::Session;",
            "must not import `session::Session`",
        ),
        (
            "engine",
            "mod inner { use super::super::tui::draw; }",
            "must not import `tui::draw`",
        ),
        (
            "journal",
            "fn f() { crate::executor::launch(1); }",
            "must not import `executor::launch`",
        ),
        (
            "journal",
            "fn f(x: &crate::executor::Launcher) {}",
            "must not import `executor::Launcher`",
        ),
        (
            "journal",
            "impl crate::executor::Run for X {}",
            "must not import `executor::Run`",
        ),
        (
            "journal",
            "fn f() { matches!(x, Y(crate::tui::Pane { .. })) }",
            "must not import `tui::Pane`",
        ),
        (
            "journal",
            "fn f() { go! { use crate::{tui::Pane}; } }",
            "must not import `tui::Pane`",
        ),
        (
            "journal",
            "#[serde(with = \"crate::tui::serde\")] struct X;",
            "must not import `tui::serde`",
        ),
        (
            "journal",
            "#[derive(crate::tui::Draw)] struct X;",
            "must not import `tui::Draw`",
        ),
        (
            "journal",
            "use crate as root; fn f() { root::tui::draw() }",
            "must not import `tui::draw`",
        ),
        (
            "journal",
            "#[cfg(not(test))] use crate::tui::draw;",
            "must not import `tui::draw`",
        ),
        // A part of a room is not the room.
        (
            "journal",
            "use crate::engine::decide;",
            "must not import `engine::decide`",
        ),
        (
            "journal",
            "use crate::engine; fn f() { engine::decide() }",
            "must not import `engine`",
        ),
        (
            "executor",
            "use crate::runbook::Runbook;",
            "must not import `runbook::Runbook`",
        ),
        (
            "session",
            "use crate::check::routes;",
            "must not import `check::routes`",
        ),
        (
            "tui",
            "use crate::journal::Journal;",
            "must not import `journal::Journal`",
        ),
        (
            "main",
            "fn main() { rbconsole::session::run() }",
            "must not import `session::run`",
        ),
        ("settings", "use tera::Tera;", "must not name `tera`"),
        (
            "runbook::load",
            "fn f() { serde_saphyr::from_str(x) }",
            "must not name `serde_saphyr`",
        ),
        ("journal", "extern crate tera;", "must not name `tera`"),
        // The engine is pure, its tests too.
        ("engine", "use std::fs;", "must not name `std::fs`"),
        (
            "engine",
            "use std::{collections::BTreeMap, fs::File};",
            "must not name `std::fs::File`",
        ),
        (
            "engine",
            "fn f() { std::process::exit(1) }",
            "must not name `std::process::exit`",
        ),
        (
            "engine",
            "use std::time::*;",
            "must not name `std::time::*`",
        ),
        (
            "engine",
            "use std::time; fn f() { time::Instant::now() }",
            "`std::time::Instant::now`",
        ),
        (
            "engine",
            "use std::time::Instant as Clock;",
            "must not name `std::time::Instant`",
        ),
        (
            "engine::state",
            "#[tokio::main] async fn f() {}",
            "must not name `tokio::main`",
        ),
        (
            "engine",
            "fn f() { vec![chrono::Utc::now()] }",
            "must not name `chrono::Utc::now`",
        ),
        (
            "engine",
            "use chrono::Utc; fn f() { Utc::now() }",
            "must not name `chrono::Utc::now`",
        ),
        (
            "engine",
            "use super::*; fn f() { Utc::now() }",
            "must not name `Utc::now`",
        ),
        (
            "engine",
            "use chrono::Local;",
            "must not name `chrono::Local`",
        ),
        (
            "engine",
            "use ratatui::Frame;",
            "must not name `ratatui::Frame`",
        ),
        ("engine", "use rustix::fs;", "must not name `rustix::fs`"),
        (
            "engine",
            "#[cfg(test)] mod tests { use std::fs; }",
            "must not name `std::fs`",
        ),
        (
            "engine::tests",
            "fn f() { tempfile::tempdir(); }",
            "must not name `tempfile::tempdir`",
        ),
    ] {
        let found = House::read().violations(module, source);
        assert!(
            found.iter().any(|violation| violation.contains(told)),
            "{module}: {source}: expected {told:?}, found {found:?}"
        );
    }
}
