//! Lines that are marked, to be copied.

use std::io;

use crate::output::{Reader, text, window};

/// More than this is not put on a clipboard: many terminals take no more.
pub const MOST: u64 = 64 << 10;

/// From the line where marking began to the one that it has come to, by their offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Where it began.
    pub anchor: u64,
    /// Where the cursor is.
    pub cursor: u64,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The text, without control characters.
    pub text: String,
    /// So many lines.
    pub lines: usize,
    /// More was marked than is copied.
    pub is_cut: bool,
}

impl Range {
    /// Whether the row at an offset is marked.
    pub fn holds(&self, offset: u64) -> bool {
        (self.anchor.min(self.cursor)..=self.anchor.max(self.cursor)).contains(&offset)
    }

    /// The marked text.
    pub(super) fn copy(&self, reader: &mut Reader) -> io::Result<Copied> {
        let from = self.anchor.min(self.cursor);
        let last = self.anchor.max(self.cursor);
        let end = window::end_of(reader, last)?;
        let mut bytes = reader.read(from..end.min(from + MOST))?;
        let is_cut = end - from > bytes.len() as u64;
        if is_cut && let Some(feed) = memchr::memrchr(b'\n', &bytes) {
            // Whole lines, unless there is but one.
            bytes.truncate(feed + 1);
        }
        let text = text::plain(bytes.strip_suffix(b"\n").unwrap_or(&bytes));
        Ok(Copied {
            lines: text.split('\n').count(),
            text,
            is_cut,
        })
    }
}
