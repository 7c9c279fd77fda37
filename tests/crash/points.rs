//! The kill points themselves: each is where the list says, and none is in the program that people run.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rbconsole::crash::POINTS;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = item.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every name in the sources stands once in the list, and the other way round.
#[test]
fn the_list_of_points_is_what_the_sources_pass() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut passed = BTreeSet::new();
    for file in files.iter().filter(|file| !file.ends_with("src/crash.rs")) {
        let text = fs::read_to_string(file).expect("a source");
        for call in ["crash::point(\"", "crash::half(\""] {
            for rest in text.split(call).skip(1) {
                let name = rest.split('"').next().unwrap_or_default();
                assert!(passed.insert(name.to_owned()), "{name} is passed twice");
            }
        }
    }
    let listed: BTreeSet<String> = POINTS.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(
        listed.len(),
        POINTS.len(),
        "a name stands twice in the list"
    );
    assert_eq!(passed, listed);
}

/// The module without its feature, compiled by itself: nothing of a point is left.
#[test]
fn without_the_feature_a_point_is_nothing() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/crash.rs");
    let object = scratch.path().join("crash.o");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args([
            "--edition=2024",
            "--crate-type=lib",
            "--emit=obj",
            "-Copt-level=0",
            "-Awarnings",
        ])
        .arg("-o")
        .arg(&object)
        .arg(&source)
        .output()
        .expect("there is a compiler where tests are built");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let bytes = fs::read(&object).expect("what was compiled");
    for words in ["RBCONSOLE_CRASH", "SIGKILL", "kill_process"] {
        assert!(!contains(&bytes, words.as_bytes()), "{words} is in it");
    }
}

/// Only the tests turn the feature on: not the default, not a dependency that a build has.
#[test]
fn only_the_tests_turn_the_feature_on() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let text = fs::read_to_string(manifest).expect("the manifest");
    let mut section = "";
    let mut named = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        }
        if line.contains("crash-points") {
            named.push(section);
        }
        assert!(
            section != "features" || !line.starts_with("default"),
            "{line}"
        );
    }
    assert_eq!(named, ["features", "dev-dependencies"]);
}

/// A program that was built to be given to people, if one is named: it has no kill point.
#[test]
fn the_released_program_has_no_point() {
    let Some(program) = std::env::var_os("RBCONSOLE_RELEASED") else {
        // The tests have a program of their own; building the other one takes minutes.
        println!(
            "SKIPPED the_released_program_has_no_point: set RBCONSOLE_RELEASED to a program that `cargo build --release` made"
        );
        return;
    };
    let bytes = fs::read(&program).expect("the released program");
    assert!(
        contains(&bytes, b"RBCONSOLE_STATE_DIR"),
        "that is no rbconsole"
    );
    for words in ["RBCONSOLE_CRASH"].iter().chain(POINTS) {
        assert!(!contains(&bytes, words.as_bytes()), "{words} is in it");
    }
    let ours = fs::read(env!("CARGO_BIN_EXE_rbconsole")).expect("the tests' program");
    assert!(
        contains(&ours, b"RBCONSOLE_CRASH"),
        "the search finds nothing"
    );
}

fn contains(bytes: &[u8], words: &[u8]) -> bool {
    memchr::memmem::find(bytes, words).is_some()
}
