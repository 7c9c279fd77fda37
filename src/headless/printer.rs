//! Lines for a terminal, a log file or a program.

use std::io::Write;

use crate::engine::{Entry, State};
use crate::report::timeline::{Line, Mark, Teller};

/// Prints entries as they come, until nobody reads them any more.
pub(super) struct Printer<'a> {
    out: &'a mut dyn Write,
    json: bool,
    teller: Teller,
    dead: bool,
}

impl Printer<'_> {
    pub fn new(out: &mut dyn Write, json: bool) -> Printer<'_> {
        Printer {
            out,
            json,
            teller: Teller::default(),
            dead: false,
        }
    }

    /// Whether the reader has gone away.
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    /// Takes an entry in that is not printed: what follows is told with it in mind.
    pub fn pass_over(&mut self, state: &State, entry: &Entry) {
        let _ = self.teller.line(state, entry);
    }

    pub fn entry(&mut self, state: &State, entry: &Entry) -> std::io::Result<()> {
        if self.dead {
            return Ok(());
        }
        let line = if self.json {
            serde_json::to_string(entry)?
        } else {
            match self.teller.line(state, entry) {
                Some(line) => text(&line),
                None => return Ok(()),
            }
        };
        match writeln!(self.out, "{line}").and_then(|()| self.out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                self.dead = true;
                Ok(())
            }
            other => other,
        }
    }
}

/// A line of the timeline for a terminal or a log file.
pub fn text(line: &Line) -> String {
    let glyph = match line.mark {
        Mark::Milestone => "■",
        Mark::Begin => "▸",
        Mark::Good => "✔",
        Mark::Bad => "✘",
        Mark::Unknown => "?",
        Mark::Decision => "◆",
        Mark::Note => "✎",
        Mark::Skipped => "–",
    };
    let safe: String = line
        .text
        .chars()
        .map(|c| match c {
            c if c.is_control() => ' ',
            c if crate::output::invisible::deceives(c) => '\u{fffd}',
            c => c,
        })
        .collect();
    format!("{}Z {glyph} {safe}", line.at.format("%H:%M:%S"))
}
