//! Files that are no runbooks, or that mean harm.

use std::{fmt::Write, time::Instant};

use super::{super::decode, assert_one, load, said};
use crate::runbook::Code;

#[test]
fn files_that_hold_no_runbook() {
    for (text, expected) in [
        ("", "1:1: expected the fields of a runbook, found nothing"),
        (
            "null",
            "1:1: expected the fields of a runbook, found nothing",
        ),
        (
            "- a\n",
            "1:1: expected the fields of a runbook, found a list",
        ),
        ("hello", "1:1: expected the fields of a runbook, found text"),
    ] {
        let loaded = load(text);
        assert_eq!(said(&loaded), [expected]);
        let shown = loaded.render("book.yaml", text, false);
        assert!(shown.contains("book.yaml:1:1"), "{shown}");
    }
}

#[test]
fn yaml_that_does_not_parse_is_shown_where_it_breaks() {
    for (text, place, told) in [
        ("title: T\ntags: [a, b\n", (2, 7), "unclosed bracket"),
        ("title: a: b\n", (1, 9), "mapping values are not allowed"),
        (
            "title: T\nsteps:\n\t- x\n",
            (3, 2),
            "a tab indents this line",
        ),
        ("title: T\n---\ntitle: U\n", (3, 1), "one YAML document"),
        (
            "title: T\n? [a]\n: b\n",
            (2, 3),
            "name of a field must be text",
        ),
        ("title: T\n~: b\n", (2, 1), "name of a field must be text"),
        ("version: .inf\n", (1, 10), "no number"),
        ("ä: \u{1b}[31mx\n", (1, 4), "unexpected character"),
    ] {
        let loaded = load(text);
        let [finding] = &loaded.findings[..] else {
            panic!("{text:?}: {:?}", loaded.findings)
        };
        assert!(finding.message.contains(told), "{text:?}: {finding}");
        assert_eq!(
            (finding.at.line, finding.at.column),
            place,
            "{text:?}: {finding}"
        );
        assert!(finding.hint.is_some());
        let shown = loaded.render("book.yaml", text, false);
        assert!(shown.contains('^') && !shown.contains('\u{1b}'), "{shown}");
        let start = text
            .split_inclusive('\n')
            .take(place.0 - 1)
            .map(str::len)
            .sum::<usize>();
        let column = text[start..finding.at.offset].chars().count() + 1;
        assert_eq!(column, place.1, "{text:?}: the underlined place");
    }
}

#[test]
fn bytes_that_are_not_text() {
    let error = decode(b"a: b\n\xc3\xa4 \xff").unwrap_err();
    assert_eq!((error.at.line, error.at.column, error.at.offset), (2, 3, 8));
    assert_eq!(error.message, "this byte is not UTF-8");
    assert_eq!(decode(b"\xef\xbb\xbfa: b").unwrap(), "a: b");
    assert_eq!(decode(b"").unwrap(), "");
}

#[test]
fn giants_bombs_and_wells_are_refused_fast() {
    let mut levels = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..20 {
        let refs = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(levels, "a{level}: &a{level} [{refs}]").unwrap();
    }
    let giant = format!("title: {}\n", "x".repeat(17 << 20));
    let deep = format!("title: {}", "[".repeat(100_000));
    let deep_block: String = (0..5_000).fold(String::new(), |mut text, depth| {
        writeln!(text, "{}a:", " ".repeat(depth)).unwrap();
        text
    });
    let wide = format!("tags: [{}]\n", "x,".repeat(600_000));
    for (text, told) in [
        (&giant, "the file is 17 MB; a runbook is at most 16 MB"),
        (&levels, "the aliases of this file stand for too much"),
        (&deep, "too deep in each other"),
        (&deep_block, "too deep in each other"),
        (&wide, "holds more than a runbook can"),
    ] {
        let start = Instant::now();
        let loaded = load(text);
        println!(
            "{} bytes: {:?}: {}",
            text.len(),
            start.elapsed(),
            loaded.findings[0]
        );
        assert!(loaded.runbook.is_none());
        assert_eq!(loaded.findings.len(), 1, "{told}");
        assert!(
            loaded.findings[0].message.contains(told),
            "{}",
            loaded.findings[0]
        );
        assert_eq!(loaded.findings[0].code, Code::Budget, "{told}");
        assert!(!loaded.render("book.yaml", text, false).is_empty());
        assert!(
            start.elapsed().as_secs() < 20,
            "{told}: {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn ten_thousand_steps_load_in_no_time() {
    let mut text = "version: 1\ntitle: T\nphases:\n- id: p\n  title: P\n  steps:\n".to_owned();
    for number in 0..10_000 {
        writeln!(
            text,
            "  - id: s{number}\n    title: Step {number}\n    run: |\n      echo {{{{ run.id }}}}\n    \
             outputs: {{ o{number}: {{ line: 1 }} }}"
        )
        .unwrap();
    }
    let start = Instant::now();
    let loaded = load(&text);
    let took = start.elapsed();
    println!("10,000 steps: {took:?}");
    assert_eq!(said(&loaded), [""; 0]);
    let steps = loaded.runbook.map(|runbook| runbook.steps().count());
    assert_eq!(steps, Some(10_000));
    assert!(took.as_secs() < 20, "{took:?}");
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let text = "version: 1\ntitle: T\n\"\\e]0;x\\a\\u202e\\nerror: fake\": 1\nphases: [ { id: p, title: P, steps: [ { id: s, run: \"\\e]2J{{ naem }}\" } ] } ]\n";
    let loaded = load(text);
    assert_eq!(loaded.findings.len(), 2, "{:?}", loaded.findings);
    let steers = |c: char| c == '\u{1b}' || c == '\u{7}' || c == '\u{202e}';
    for shown in [
        loaded.render("bo\u{1b}[0mok\u{202e}.yaml", text, false),
        said(&loaded).join(""),
    ] {
        assert!(!shown.contains(steers), "{shown:?}");
        assert!(
            !shown.lines().any(|line| line.starts_with("error: fake")),
            "{shown}"
        );
    }
    let raw = "version: 1\ntitle: \u{202e}T\nphasse: \u{9b}x\n";
    let shown = load(raw).render("book.yaml", raw, false);
    assert!(
        !shown.contains(steers) && !shown.contains('\u{9b}'),
        "{shown:?}"
    );
    let long = format!(
        "version: 1\ntitle: T\n{}: 1\nphases: [ {{ id: p, title: P, steps: [ {{ id: s, run: x }} ] }} ]\n",
        "x".repeat(900)
    );
    assert!(load(&long).findings[0].to_string().chars().count() < 2000);
}

#[test]
fn a_merged_and_an_aliased_number_keep_their_text() {
    let text = "version: 1\ntitle: T\nenv: { <<: { A: 007 }, B: &b 1.10, C: *b }\nphases: [ { id: p, title: P, steps: [ { id: s, run: x } ] } ]\n";
    let runbook = load(text).runbook.expect("a runbook");
    let mut values: Vec<(&str, &str)> = runbook
        .env
        .iter()
        .map(|(name, text)| (name.as_str(), text.source.as_str()))
        .collect();
    values.sort_unstable();
    assert_eq!(values, [("A", "007"), ("B", "1.10"), ("C", "1.10")]);
    assert_one(
        "version: 1\ntitle: T\nphases: &p [ { id: p, title: P, steps: [ { id: s, run: x, timeout: 5 } ] } ]\n",
        "3:68: `5` has no unit: write `5s` for seconds",
    );
}
