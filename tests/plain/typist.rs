//! Someone at a terminal that can only print: hears what comes, in its order, and types lines.

use super::{
    pty::Terminal,
    sandbox::{Sandbox, eventually},
};

/// A console in lines, and how much of it was heard.
pub struct Typist {
    pub terminal: Terminal,
    heard: usize,
}

impl Typist {
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::start_with(sandbox, arguments, &[])
    }

    pub fn start_with(sandbox: &Sandbox, arguments: &[&str], env: &[(&str, &str)]) -> Self {
        let mut env = env.to_vec();
        env.push(("TERM", "dumb"));
        Self {
            terminal: Terminal::start_with(sandbox, arguments, &env),
            heard: 0,
        }
    }

    /// Everything that stood there.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.terminal.raw()).into_owned()
    }

    /// Waits for words that come after all that was heard before. Where a line breaks is of no matter.
    pub fn hears(&mut self, words: &str) {
        let mut heard = self.heard;
        eventually(&format!("“{words}” is heard"), || {
            let text = self.text();
            let rest = text.get(self.heard..).unwrap_or_default();
            match find(rest, words) {
                Some(end) => {
                    heard = self.heard + end;
                    Ok(())
                }
                None => Err(rest.to_owned()),
            }
        });
        self.heard = heard;
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        self.terminal.press(line);
        self.terminal.press("Enter");
    }

    /// Nothing was ever sent but text: no sequence, no box, no sign without a word.
    pub fn only_prints(&self) {
        let text = self.text();
        let wrong = text.chars().find(|c| {
            let typed = *c == '\u{fffd}';
            (c.is_control() && !matches!(c, '\r' | '\n'))
                || (!typed && matches!(c, '\u{2190}'..='\u{2bff}'))
        });
        assert_eq!(wrong, None, "{text:?}");
    }
}

/// Where words end in a text whose lines are broken anywhere between words.
pub fn find(text: &str, words: &str) -> Option<usize> {
    if let Some(at) = text.find(words) {
        return Some(at + words.len());
    }
    let wanted: Vec<&str> = words.split_whitespace().collect();
    let first = wanted.first()?;
    text.match_indices(first).find_map(|(at, _)| {
        let mut end = at;
        for word in &wanted {
            let rest = &text[end..];
            let skipped = rest.len() - rest.trim_start().len();
            end += skipped;
            if !text[end..].starts_with(word) {
                return None;
            }
            end += word.len();
        }
        Some(end)
    })
}
