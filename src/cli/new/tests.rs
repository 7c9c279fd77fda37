//! What is written at the beginning is whole.

use super::*;
use crate::runbook::load;

#[test]
fn the_beginning_has_no_errors_and_shows_the_habits() {
    let (text, scenarios) = texts(None, "orders-api").expect("it needs nothing");
    let loaded = load(&text);
    assert!(
        loaded.findings.is_empty(),
        "{}",
        loaded.render("template.yaml", &text, false)
    );
    let book = loaded.runbook.expect("it loads");
    assert_eq!(book.title, "Roll back orders api");
    assert!(scenarios.is_some());
    assert!(text.starts_with("# yaml-language-server: $schema=runbook.schema.json\nversion: 1\n"));
    for habit in [
        "poll:", "hold:", "probe:", "target:", "suggest:", "cleanup:", "guard:",
    ] {
        assert!(text.contains(habit), "{habit}");
    }
}

#[test]
fn a_copy_keeps_its_comments_and_gets_one_hint() {
    for found in library::BUILT_IN {
        let (text, _) = texts(Some(found.name), "shop").expect("it is in the library");
        let copy = library::Entry {
            text: text.clone(),
            ..found.entry()
        };
        assert!(library::load(&copy, &[]).runbook.is_some());
        let lines = |text: &str| {
            text.lines()
                .filter(|line| !line.starts_with("title:"))
                .count()
        };
        assert_eq!(lines(&text), lines(found.text) + 1);
        let again = hinted(&text, schema::FILE);
        assert_eq!(again, text, "copied once more, there is still one hint");
    }
    assert!(texts(Some("no-such-runbook"), "shop").is_err());
}

#[test]
fn a_title_is_replaced_once_and_at_the_top_alone() {
    let text = "version: 1\ntitle: Old # kept\nphases:\n  - title: old\ntitle: twice\n";
    assert_eq!(
        titled(text, "New"),
        "version: 1\ntitle: New\nphases:\n  - title: old\ntitle: twice\n"
    );
    for name in ["1.10", "null", "v1-2_3", "a."] {
        let text = titled(TEMPLATE, &title(name));
        assert!(load(&text).runbook.is_some(), "{name}");
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in [
        "",
        ".",
        "..",
        "a/b",
        "/tmp/x",
        "-o",
        "a b",
        "a\n",
        "a\u{1b}[2J",
        "é",
        "x.yaml",
        "x.test",
        "x.test.y",
        ".hidden",
    ] {
        assert!(checked(name).is_err(), "{name:?}");
    }
    for name in ["orders", "orders-api", "Orders_2", "v1.2"] {
        assert!(checked(name).is_ok(), "{name}");
    }
}

#[test]
fn a_path_can_be_pasted() {
    assert_eq!(quoted(Path::new("runbooks/a-b.yaml")), "runbooks/a-b.yaml");
    assert_eq!(
        quoted(Path::new("my runbooks/it's.yaml")),
        "'my runbooks/it'\\''s.yaml'"
    );
}

#[test]
fn scenarios_come_along_and_are_those_of_the_copy() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("mine.yaml");
    write(&file, TEMPLATE).expect("it can be written");
    let beside = folder.path().join("mine.test.yaml");
    write(&beside, "version: 1\nrunbook: ./mine.yaml\nscenarios: []\n").expect("it can be written");
    let (_, scenarios) = texts(file.to_str(), "yours").expect("it is there");
    let expected =
        "# yaml-language-server: $schema=scenarios.schema.json\nversion: 1\nscenarios: []\n";
    assert_eq!(scenarios.as_deref(), Some(expected));
    let error = write(&file, "x").expect_err("a file is never written over");
    assert!(error.message.contains("cannot write"), "{}", error.message);
    assert_eq!(
        std::fs::read_to_string(&file).expect("it is there"),
        TEMPLATE
    );
}
