//! Whatever a file holds: no panic, and every finding lies inside it.

use proptest::prelude::*;

use super::load;
use crate::runbook::library::BUILT_IN;

fn assert_sound(text: &str) {
    let loaded = load(text);
    assert_eq!(loaded.runbook.is_some(), loaded.errors() == 0);
    for finding in &loaded.findings {
        let at = finding.at;
        assert!(
            at.offset + at.length <= text.len(),
            "{finding:?} of {}",
            text.len()
        );
        assert!(text.is_char_boundary(at.offset), "{finding:?}");
        assert!(text.is_char_boundary(at.offset + at.length), "{finding:?}");
        if at.line == 0 {
            continue;
        }
        // Line and column name the same place as the bytes do. A lone CR ends a line in YAML
        // and the parser counts byte order marks as it likes; we promise nothing for those.
        let before = &text[..at.offset];
        if before.contains(['\r', '\u{feff}']) {
            continue;
        }
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        assert_eq!(at.line, before.matches('\n').count() + 1, "{finding:?}");
        assert_eq!(
            at.column,
            text[start..at.offset].chars().count() + 1,
            "{finding:?}"
        );
    }
    let _ = loaded.render("book.yaml", text, true);
}

/// What authors get wrong, and what makes parsers stumble.
const TOKENS: &[&str] = &[
    "",
    " ",
    "\t",
    "\n",
    "\r\n",
    "'",
    "\"",
    "{{",
    "}}",
    "{%",
    "%}",
    "{{ naem }}",
    ":",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "|",
    ">",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "#",
    "~",
    "yes",
    "0",
    "-1",
    "1e400",
    ".nan",
    "then: [post]",
    "run: x",
    "gate: {}",
    "id: steps",
    "ä",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "\u{1b}",
    "`",
    "$(",
    "\\",
    "%",
    "@",
    "?",
];

fn mutated(text: &str, how: u8, at: usize, other: usize, token: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (at, other) = (at % lines.len(), other % lines.len());
    match how % 5 {
        0 => {
            lines.remove(at);
        }
        1 => lines.insert(other, lines[at]),
        2 => lines[at] = lines[other],
        3 => lines[at] = token,
        _ => {
            // A token in the middle of a line, in place of a word.
            let line = lines[at];
            let words: Vec<&str> = line.split(' ').collect();
            let place = other % words.len();
            let words: Vec<&str> = words
                .iter()
                .enumerate()
                .map(|(number, word)| if number == place { token } else { word })
                .collect();
            let line = words.join(" ");
            return lines[..at].concat() + &line + &lines[at + 1..].concat();
        }
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_runbooks_are_judged_soundly(
        book in 0..BUILT_IN.len(),
        changes in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>(), prop::sample::select(TOKENS)), 1..4),
    ) {
        let mut text = BUILT_IN[book].text.to_owned();
        for (how, at, other, token) in changes {
            text = mutated(&text, how, at, other, token);
        }
        assert_sound(&text);
    }

    #[test]
    fn random_bytes_are_judged_soundly(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        assert_sound(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_tokens_are_judged_soundly(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..30)) {
        assert_sound(&tokens.concat());
        assert_sound(&super::with_step(&format!("id: a\n{}", tokens.concat())));
    }
}
