//! Two texts of a runbook, line by line: what an operator reads before anything
//! goes on.

use std::time::Duration;

use similar::TextDiff;

/// How long looking for the smallest difference may take; after that a larger one
/// does.
const PATIENCE: Duration = Duration::from_millis(500);
/// More lines than these nobody reads in a terminal.
const MOST_LINES: usize = 2000;

/// From one text to the other, unified, with nothing in it that a terminal would
/// interpret.
pub fn unified(before: &str, now: &str, before_name: &str, now_name: &str) -> String {
    let diff = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(before, now);
    let text = diff
        .unified_diff()
        .context_radius(3)
        .header(&plain(before_name), &plain(now_name))
        .to_string();
    let mut lines: Vec<String> = text.lines().take(MOST_LINES).map(plain).collect();
    if text.lines().nth(MOST_LINES).is_some() {
        lines.push(format!("… cut after {MOST_LINES} lines"));
    }
    lines.join("\n")
}

/// How many lines a difference adds, and how many it removes.
pub fn counts(difference: &str) -> (usize, usize) {
    let count = |sign: char| {
        difference
            .lines()
            .skip(2)
            .filter(|line| line.starts_with(sign))
            .count()
    };
    (count('+'), count('-'))
}

/// One line without anything that a terminal would interpret, or that would make it
/// read as another one.
pub fn plain(line: &str) -> String {
    line.chars()
        .map(|c| match c {
            c if c.is_control() => ' ',
            c if crate::output::invisible::deceives(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_counted_and_shown_without_control_sequences() {
        let found = unified("a\nb\nc\n", "a\n\u{1b}[2Jx\u{202e}\nc\nd\n", "old", "new");
        assert_eq!(counts(&found), (2, 1), "{found}");
        assert!(found.starts_with("--- old\n+++ new\n"), "{found}");
        assert!(found.contains("-b\n+ [2Jx\u{fffd}\n c\n+d"), "{found}");
        assert_eq!(unified("a\n", "a\n", "old", "new"), "");
    }

    #[test]
    fn a_long_difference_is_cut_and_says_so() {
        let long = "x\n".repeat(5000);
        let found = unified("", &long, "old", "new");
        assert_eq!(found.lines().count(), MOST_LINES + 1);
        assert!(found.ends_with("… cut after 2000 lines"));
    }
}
