//! Words for the ear: signs become words or go, and nothing that a terminal would
//! interpret is left.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::timeline::{Line, Mark};
use crate::tui::words::safe;

/// The most of one line of output that is told.
const LONGEST: usize = 2000;

/// One line of our own words. The signs that the screen puts beside words are left out,
/// and those that stand for words become them.
pub fn speak(text: &str) -> String {
    let mut spoken = String::with_capacity(text.len());
    for c in safe(text).chars() {
        match c {
            '✔' | '✘' | '◆' | '■' | '▸' | '▶' | '●' | '○' | '◷' | '✎' | '⚠' | '◂' | '☐' | '☑'
            | '▏' | '↩' | '│' | '─' | '╭' | '╮' | '╰' | '╯' | '\u{fe0f}' => {}
            '·' => {
                // It stands between two things.
                spoken.truncate(spoken.trim_end().len());
                if !spoken.is_empty() {
                    spoken.push(',');
                }
            }
            '→' => {
                let told = spoken.trim_end().len();
                spoken.truncate(told);
                spoken.push_str(if told == 0 { "then" } else { ", then" });
            }
            '›' => spoken.push_str("in it"),
            '…' => spoken.push_str("..."),
            '‘' | '’' => spoken.push('\''),
            '“' | '”' => spoken.push('"'),
            '–' | '—' | '−' => spoken.push('-'),
            c => spoken.push(c),
        }
    }
    // What stood around a sign that is gone.
    let indent = text.len() - text.trim_start_matches(' ').len();
    let words: Vec<&str> = spoken.split_whitespace().collect();
    format!("{}{}", " ".repeat(indent.min(8)), words.join(" "))
}

/// A line that a command or a person wrote, as it stands, with nothing in it that a
/// terminal would interpret.
pub fn raw(text: &str) -> String {
    let text = safe(&text.replace('\t', "    "));
    let all = text.chars().count();
    if all <= LONGEST {
        return text;
    }
    let kept: String = text.chars().take(LONGEST).collect();
    format!(
        "{kept} ... {} characters more, in the log",
        thousands(u64::try_from(all - LONGEST).unwrap_or(0))
    )
}

/// A line of the timeline: when, what kind in a word, and what.
pub fn event(line: &Line) -> String {
    let word = match line.mark {
        Mark::Milestone | Mark::Skipped => "",
        Mark::Begin => "begins: ",
        Mark::Good => "ok: ",
        Mark::Bad => "trouble: ",
        Mark::Unknown => "unknown: ",
        Mark::Decision => "decided: ",
        Mark::Note => "note: ",
    };
    let text = speak(&line.text);
    format!("{} UTC {word}{}", line.at.format("%H:%M:%S"), text.trim())
}

/// A number with its thousands apart.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut apart = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

/// A text on as many lines as it needs, broken between words; what is longer than a line
/// alone is broken where it must be. Lines after the first keep the indentation.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let indent = text.len() - text.trim_start_matches(' ').len();
    let indent = " ".repeat(indent.min(width / 2));
    let mut lines = Vec::new();
    let mut line = indent.clone();
    let mut used = indent.len();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(used > indent.len());
        if gap == 1 && used + gap + word.width() > width {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            used = indent.len();
        } else if gap == 1 {
            line.push(' ');
            used += 1;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width && used > indent.len() {
                lines.push(std::mem::replace(&mut line, indent.clone()));
                used = indent.len();
            }
            line.push(c);
            used += wide;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_become_words_or_go() {
        assert_eq!(speak("✔ exit 0 · 3ms · a = 1"), "exit 0, 3ms, a = 1");
        assert_eq!(speak("Stop → Verify"), "Stop, then Verify");
        assert_eq!(speak("→ Post-actions"), "then Post-actions");
        assert_eq!(speak("‘a’ – b…"), "'a' - b...");
        assert_eq!(speak("  ☐ item"), "  item");
        assert_eq!(speak("a\u{1b}[31mb"), "a\u{fffd}[31mb");
    }

    #[test]
    fn what_others_wrote_stays_but_for_what_a_terminal_interprets() {
        assert_eq!(raw("a\t✔ \u{1b}]0;x\u{7}"), "a    ✔ \u{fffd}]0;x\u{fffd}");
        let long = raw(&"x".repeat(14_400));
        assert!(long.ends_with(" ... 12,400 characters more, in the log"));
    }

    #[test]
    fn lines_break_between_words_and_lose_nothing() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("  1. a b", 6), ["  1. a", "  b"]);
        assert_eq!(wrap("", 9), [""]);
    }
}
