//! How results are told: to people, to machines, and what was not walked over.

use super::{SHARED, read};
use crate::scenario::{
    coverage::{Coverage, Share},
    junit::junit,
    tell,
};

fn two() -> String {
    format!(
        "{SHARED}  - {{ name: 'Good & <fine>', answers: {{ go: {{ answer: leave, reason: It passed }} }}, expect: {{ outcome: stood_down }} }}\n  - {{ name: 'Bad \"one\"', answers: {{ go: back }}, expect: {{ outcome: failed }} }}\n"
    )
}

#[test]
fn success_is_quiet_and_failure_is_shown() {
    let suite = read(&two()).expect("it is read");
    let verdicts = suite.run("");
    let told = tell::failures(&suite, &verdicts, false);
    assert!(told.starts_with("✘ t: Bad \"one\"\n"), "{told}");
    assert!(!told.contains("Good"), "{told}");
    let all: Vec<_> = verdicts.iter().collect();
    assert_eq!(tell::summary(&all), "1 passed, 1 failed\n");
    assert_eq!(suite.run("Good").len(), 1);
    assert!(suite.run("nothing").is_empty());
}

#[test]
fn the_document_for_machines_is_well_formed() {
    let suite = read(&two()).expect("it is read");
    let verdicts = suite.run("");
    let xml = junit(&[(&suite, &verdicts)]);
    assert!(
        xml.contains("<testsuites name=\"rbconsole test\" tests=\"2\" failures=\"1\">"),
        "{xml}"
    );
    assert!(
        xml.contains("name=\"Good &amp; &lt;fine&gt;\" file=\"t.test.yaml\" line=\"11\"/>"),
        "{xml}"
    );
    assert!(
        xml.contains("<failure message=\"expected the outcome failed, got resolved\">"),
        "{xml}"
    );
    // Every element that is opened is closed, in order.
    let mut open = Vec::new();
    for tag in xml.split('<').skip(2) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{xml}");
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap_or_default());
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn what_nobody_walks_over_is_named() {
    let suite = read(&two()).expect("it is read");
    let verdicts = suite.run("");
    let coverage = Coverage::of(&suite.book, &verdicts, Share::default());
    assert!(!coverage.is_whole());
    assert_eq!(coverage.answers.all, 3);
    assert_eq!(coverage.answers.missed, ["go: destroy"]);
    assert_eq!(coverage.steps.missed, ["drop"]);
    let table = tell::coverage("t", &coverage);
    assert!(table.contains("missed: drop"), "{table}");
}
