//! The README's list of keys is the keymap's: `RBCONSOLE_WRITE_README=1 cargo test --test keys` writes it anew.

use std::{fs, path::Path};

use rbconsole::tui::keymap::{Context, TABLE};

const BEGIN: &str = "<!-- keys: written from src/tui/keymap/table.rs by `RBCONSOLE_WRITE_README=1 cargo test --test keys` -->\n";
const END: &str = "<!-- end of keys -->\n";

/// The table as the README has it.
fn told() -> String {
    let mut lines = vec![String::new()];
    for context in Context::ALL {
        let (title, name) = (context.title(), context.name());
        lines.push(format!("| {title} (`{name}`) | | |\n|---|---|---|"));
        for row in TABLE.iter().filter(|row| row.context == *context) {
            let keys: Vec<String> = row.keys.iter().map(|key| code(key)).collect();
            let (keys, name) = (keys.join(" "), row.action.name());
            lines.push(format!("| {keys} | {} | `{name}` |", row.words));
        }
        lines.push(String::new());
    }
    lines.join("\n") + "\n"
}

/// A key in a cell of a Markdown table.
fn code(key: &str) -> String {
    format!("`{}`", key.replace('|', "\\|"))
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the README is no private file of a run"
)]
fn the_readme_lists_the_keys_as_they_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("there is a README");
    let (before, rest) = readme.split_once(BEGIN).expect("the list begins");
    let (list, after) = rest.split_once(END).expect("the list ends");
    let told = told();
    if std::env::var_os("RBCONSOLE_WRITE_README").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{told}{END}{after}")).expect("it can be written");
        return;
    }
    assert!(
        list == told,
        "the README's keys are old: RBCONSOLE_WRITE_README=1 cargo test --test keys\n{told}"
    );
}
