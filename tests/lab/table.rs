//! The table of `tests/lab/README.md` leaves no shipped runbook and no story out.

use std::{collections::BTreeSet, fs, path::Path};

fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|item| {
            let name = item.expect("readable").file_name();
            name.to_string_lossy().into_owned()
        })
        .filter(|name| !name.contains(".test."))
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect()
}

/// The rows: runbook, story, what is proven, how or why not.
fn rows() -> Vec<Vec<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/README.md");
    let text = fs::read_to_string(page).expect("the page is there");
    text.lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"))
        .map(|line| {
            let cells = line.split(" | ");
            cells.map(|cell| cell.replace('`', "")).collect()
        })
        .collect()
}

#[test]
fn every_shipped_runbook_and_every_story_has_a_row() {
    let rows = rows();
    for row in &rows {
        assert_eq!(row.len(), 4, "{row:?}");
        let said = ["proven", "scenario only", "unproven"];
        assert!(said.contains(&row[2].as_str()), "{row:?}");
        assert_eq!(row[2] == "proven", row[1] != "none", "{row:?}");
    }
    let told: BTreeSet<String> = rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(told, names("runbooks", ".yaml"));
    let stories: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| row[1].split(", ").map(str::to_owned))
        .filter(|story| story != "none")
        .collect();
    assert_eq!(stories, names("tests/lab/stories", ".rs"));
}
