//! Whole reports as they are read: one of each kind of run and of ending.

#[path = "golden/endings.rs"]
mod endings;
#[path = "golden/kinds.rs"]
mod kinds;
#[path = "golden/left.rs"]
mod left;
#[path = "golden/reopened.rs"]
mod reopened;
#[path = "golden/steps.rs"]
mod steps;
#[path = "golden/words.rs"]
mod words;

use pulldown_cmark::{Event as Piece, Options, Parser, Tag, TagEnd};
use rbconsole::{
    engine::{event::RunKind, observed::Ended},
    report::timeline,
};

use super::story::Story;
pub use endings::resolved_story;
pub use kinds::drill_story;
pub use left::crashed_story;

/// Compares a report with the one that was looked at, and what any of them must be.
pub fn golden(name: &str, story: &Story) -> String {
    let text = sound(story);
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        snapshot_path => "golden",
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
    text
}

/// The report, after an independent parser has found nothing in it that is not ours.
pub fn sound(story: &Story) -> String {
    let text = story.text();
    let mark = match story.state().run.kind {
        RunKind::Incident => "",
        RunKind::Drill => "DRILL: ",
        RunKind::Rehearsal => "REHEARSAL: ",
    };
    // What can be copied by itself says what kind of run it is: each heading, each
    // entry of a list, each table by its first cell.
    let (mut marked, mut cells, mut columns) = (true, 0, 0);
    for piece in Parser::new_ext(&text, Options::all()) {
        match piece {
            Piece::Start(Tag::Heading { .. } | Tag::Item | Tag::TableHead) => marked = false,
            // The time of an entry, and its box, stand before it.
            Piece::Text(words) if !marked && !words.trim().is_empty() => {
                let words = words.trim_start();
                assert!(
                    words.starts_with(mark),
                    "{words} is not marked {mark}\n{text}"
                );
                marked = true;
            }
            Piece::Html(html) | Piece::InlineHtml(html) => panic!("HTML: {html}"),
            Piece::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                panic!("a link: {dest_url}")
            }
            Piece::Start(Tag::Table(alignments)) => columns = alignments.len(),
            Piece::Start(Tag::TableRow) => cells = 0,
            Piece::Start(Tag::TableCell) => cells += 1,
            Piece::End(TagEnd::TableRow) => assert_eq!(cells, columns, "{text}"),
            _ => {}
        }
    }
    assert!(
        text.contains(&format!("    title {mark}")),
        "the chart: {text}"
    );
    let head = format!("journal head `{}`", "f".repeat(64));
    assert!(text.trim_end().ends_with(&head), "{text}");
    assert!(!text.contains('\u{1b}'), "a terminal's sequence");
    ends_as_it_does(story);
    text
}

/// However little of a timeline's end is told, it is what the whole ends with.
fn ends_as_it_does(story: &Story) {
    let (state, entries) = (story.state(), story.entries());
    let whole = timeline::timeline(state, entries).0;
    assert_eq!(timeline::latest(state, entries, entries.len()), whole);
    for (from, first) in entries.iter().enumerate() {
        let end = timeline::latest(state, entries, entries.len() - from);
        assert!(whole.ends_with(&end), "{whole:#?}\n{end:#?}");
        let later = whole.iter().filter(|line| line.at > first.at);
        assert!(end.len() >= later.count(), "{whole:#?}\n{end:#?}");
    }
}

pub fn code(code: i32) -> Ended {
    Ended::Exit { code }
}

pub const WRITES: &str = r#"
version: 1
title: Roll back
phases:
  - id: undo
    title: Undo
    steps:
      - { id: pause, title: Pause the rollout, run: "kubectl rollout pause" }
      - id: back
        title: Put it back
        run: "ln -s old current"
        probe: "readlink current"
      - { id: after, title: Tell them, run: "true" }
cleanup:
  - { id: resume, title: Resume the rollout, run: "kubectl rollout resume", when: 'steps.pause.outcome == "succeeded"' }
  - { id: tidy, title: Remove the old link, run: "rm old", when: 'steps.back.outcome == "succeeded"' }
  - { id: lock, title: Give the lock back, run: "rm lock" }
"#;

/// Each stands after the one before it.
pub fn in_order(text: &str, wanted: &[&str]) {
    let mut from = 0;
    for wanted in wanted {
        let found = text[from..].find(wanted);
        let found = found.unwrap_or_else(|| panic!("no {wanted} after byte {from}:\n{text}"));
        from += found + wanted.len();
    }
}
