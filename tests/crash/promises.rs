//! The page about what is promised: every test that it names exists, and every test of the laboratory is named there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    fs::read_to_string(root().join("tests/crash/README.md")).expect("the page")
}

/// The names that a table's last column gives: `file::test`.
fn named(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| name.contains("::") && !name.contains(' '))
        .map(str::to_owned)
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).expect("a folder").flatten() {
        let path = item.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every test in these folders, as `file::test`; those of the matrix are made by a macro from their names.
fn tests(folders: &[&str]) -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in folders {
        sources(&root().join(folder), &mut files);
    }
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let pieces = ["#[test]", "#[tokio::test]"].map(|mark| text.split(mark).skip(1));
        for piece in pieces.into_iter().flatten() {
            let Some((_, rest)) = piece.split_once("fn ") else {
                continue;
            };
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if !name.is_empty() {
                found.insert(format!("{stem}::{name}"));
            }
        }
        if let Some((_, kinds)) = text.split_once("\nkinds! {") {
            let kinds = kinds.split('}').next().unwrap_or_default();
            found.extend(
                kinds
                    .split_whitespace()
                    .map(|kind| format!("{stem}::{kind}")),
            );
        }
    }
    found
}

#[test]
fn every_test_on_the_page_exists() {
    let (named, tests) = (named(&page()), tests(&["src", "tests"]));
    assert!(named.len() > 20, "{named:?}");
    let unknown: Vec<_> = named
        .iter()
        .filter(|name| !name.ends_with("::*") && !tests.contains(*name))
        .collect();
    assert!(
        unknown.is_empty(),
        "on the page and nowhere else: {unknown:?}"
    );
    // A whole file of them.
    for file in named.iter().filter_map(|name| name.strip_suffix("*")) {
        assert!(tests.iter().any(|test| test.starts_with(file)), "{file}");
    }
}

#[test]
fn every_test_of_the_laboratory_is_on_the_page() {
    let named = named(&page());
    let room = |test: &str| test.split("::").next().unwrap_or_default().to_owned();
    let missing: Vec<String> = tests(&["tests/crash"])
        .into_iter()
        // The operator is no test; the last ones are about the page.
        .filter(|test| !["operator", "promises"].contains(&room(test).as_str()))
        .filter(|test| !named.contains(test) && !named.contains(&format!("{}::*", room(test))))
        .collect();
    assert!(
        missing.is_empty(),
        "tested and not on the page: {missing:?}"
    );
}

/// A promise without a test is none.
#[test]
fn every_row_names_a_test() {
    let page = page();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 15, "{}", rows.len());
    for row in rows {
        let heads = ["| Promise", "| Fault", "| To run"];
        let is_head = heads.iter().any(|head| row.starts_with(head));
        assert!(is_head || row.contains("::"), "{row}");
    }
}
