//! Whatever a file holds, `check` comes to an end and says what it is.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::runbook::library::BUILT_IN;

/// What happens to a line.
#[derive(Debug, Clone)]
enum Change {
    Drop(usize),
    Twice(usize),
    Swap(usize, usize),
    /// A line of one place, cut at a column, goes on as another.
    Join(usize, usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let line = || 0usize..700;
    prop_oneof![
        line().prop_map(Change::Drop),
        line().prop_map(Change::Twice),
        (line(), line()).prop_map(|(a, b)| Change::Swap(a, b)),
        (line(), line(), 0usize..60).prop_map(|(a, b, at)| Change::Join(a, b, at)),
    ]
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for change in changes {
        let within = |at: usize| at % lines.len();
        match *change {
            Change::Drop(at) => {
                let at = within(at);
                lines.remove(at);
            }
            Change::Twice(at) => {
                let line = lines[within(at)].clone();
                lines.insert(within(at), line);
            }
            Change::Swap(a, b) => {
                let (a, b) = (within(a), within(b));
                lines.swap(a, b);
            }
            Change::Join(a, b, at) => {
                let before: String = lines[within(a)].chars().take(at).collect();
                let line = format!("{before}{}", lines[within(b)]);
                let at = within(a);
                lines[at] = line;
            }
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn a_changed_runbook_is_checked_to_its_end(
        book in 0..=BUILT_IN.len(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let template = include_str!("../cli/new/template.yaml");
        let text = BUILT_IN.get(book).map_or(template, |one| one.text);
        let text = changed(text, &changes);
        let begun = Instant::now();
        let checked = check(&text);
        // Most of it is the shells'; a walk without end would take for ever.
        prop_assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        let lines = text.lines().count();
        for finding in &checked.findings {
            prop_assert!(finding.at.line <= lines + 1, "{finding:?}");
            prop_assert!(text.is_char_boundary(finding.at.offset.min(text.len())), "{finding:?}");
            let shown = finding.render("changed", &text, false);
            prop_assert!(shown.contains(finding.code.number()));
        }
        if let Some(runbook) = &checked.runbook {
            let limits = routes::Limits { routes: 50, states: 2000 };
            let walked = routes::walk(runbook, limits);
            prop_assert!(walked.routes.len() <= 50);
            picture::tree(runbook, limits);
            picture::mermaid(runbook, limits);
        } else {
            prop_assert!(checked.count(Severity::Error) > 0);
        }
    }
}
