//! What the operator reads before a runbook is trusted, line by line: the same words
//! in the terminal and on the screen.

use super::{Doubted, Question, difference::plain};

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What it is about.
    Title,
    /// As it is.
    Plain,
    /// To be looked at twice.
    Doubt,
    /// Of the difference, or of the file: shown as it stands.
    Code,
    /// New in the file.
    Added,
    /// No longer in the file.
    Removed,
    /// Where in the file.
    Place,
}

/// A line.
pub type Line = (Tone, String);

impl Question {
    /// Whose files it is about, and what they would execute or what has changed.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some(trouble) = &self.trouble {
            lines.push((Tone::Doubt, plain(&trouble.to_string())));
            lines.push((Tone::Plain, String::new()));
        }
        lines.push((Tone::Title, self.title.clone()));
        for line in &self.summary {
            lines.push((Tone::Plain, format!("  {line}")));
        }
        for file in &self.files {
            lines.push((Tone::Plain, String::new()));
            lines.extend(file.lines());
        }
        lines
    }

    /// The texts themselves, of the files that have not been trusted before.
    pub fn texts(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for file in self.files.iter().filter(|file| file.before.is_none()) {
            lines.push((Tone::Plain, String::new()));
            lines.push((Tone::Place, format!("── {} ──", plain(&file.path))));
            let text = file.text.lines().map(|line| line.replace('\t', "    "));
            lines.extend(text.map(|line| (Tone::Code, plain(&line))));
        }
        lines
    }
}

impl Doubted {
    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            (Tone::Title, plain(&self.path)),
            (Tone::Plain, format!("  sha256 {}", self.digest)),
        ];
        let tone = if self.owner.doubtful {
            Tone::Doubt
        } else {
            Tone::Plain
        };
        lines.push((tone, format!("  {}", plain(&self.owner.words))));
        let Some(before) = &self.before else {
            lines.push((Tone::Plain, format!("  not trusted yet: {}", self.why)));
            return lines;
        };
        let (added, removed) = super::difference::counts(&before.difference);
        lines.push((
            Tone::Doubt,
            format!(
                "  changed since {} trusted it on {} (lines: {added} added, {removed} removed)",
                before.by,
                before.at.format("%Y-%m-%d %H:%M UTC")
            ),
        ));
        lines.extend(before.difference.lines().map(|line| {
            let tone = match line.as_bytes().first() {
                Some(b'+') => Tone::Added,
                Some(b'-') => Tone::Removed,
                Some(b'@') => Tone::Place,
                _ => Tone::Code,
            };
            (tone, line.to_owned())
        }));
        lines
    }
}
