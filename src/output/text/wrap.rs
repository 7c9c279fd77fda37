//! A line on as many rows as it needs, broken between characters.

use super::{StyledLine, characters};

impl StyledLine {
    /// How many rows of a width it takes; at least one.
    pub fn rows(&self, width: usize) -> usize {
        self.wrapped(width).len()
    }

    /// Its rows of a width; there is always one.
    pub fn wrapped(&self, width: usize) -> Vec<StyledLine> {
        let width = width.max(2);
        let mut rows = vec![StyledLine::default()];
        let mut used = 0;
        for span in &self.spans {
            let mut from = 0;
            for (at, wide) in characters(&span.text) {
                if used + wide > width {
                    put(&mut rows, span.style, &span.text[from..at]);
                    rows.push(StyledLine::default());
                    (from, used) = (at, 0);
                }
                used += wide;
            }
            put(&mut rows, span.style, &span.text[from..]);
        }
        rows
    }
}

fn put(rows: &mut [StyledLine], style: super::Style, text: &str) {
    if let Some(row) = rows.last_mut()
        && !text.is_empty()
    {
        row.push(style, text);
    }
}
