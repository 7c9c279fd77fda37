//! One attempt's output: written once by its supervisor, read by everybody else.
//!
//! The bytes of both streams stand in `output.log` in the order in which they arrived; `output.idx`
//! says when they arrived and from which stream. Nothing here interprets the bytes before they are
//! drawn: the log is what the command printed (after masking), so its digest means something.
//!
//! A log may be longer than the disk should hold: its beginning and its end are kept then, in several
//! files, and what was dropped between them is a gap that every reader knows.
//!
//! - [`mask`] takes secrets out of the bytes before they are written
//! - [`log`] appends them, with their times and their digest
//! - [`reader`] reads a log that may still be growing
//! - [`window`] is the part of it that stands on the screen
//! - [`text`] turns a line's bytes into something that is safe to draw
//! - [`search`] finds and counts words in it
//!
//! Whatever the size of the log or of a line in it, memory stays bounded and a jump costs the same.

pub mod invisible;
pub mod log;
pub mod mask;
pub mod reader;
pub mod search;
pub mod text;
pub mod window;

mod index;

pub use log::{Digest, Log};
pub use mask::Masker;
pub use reader::Reader;
pub use text::{Color, Span, Style, StyledLine};
pub use window::{Line, Position, Window};

/// The file with the raw bytes of both streams, in order of arrival.
pub const LOG_NAME: &str = "output.log";
/// The file that says which bytes came when, and from which stream.
pub const INDEX_NAME: &str = "output.idx";

/// A number of bytes for people.
pub fn size(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut scale = 1_u64;
    while count / scale >= 1000 && unit + 1 < UNITS.len() {
        scale *= 1000;
        unit += 1;
    }
    if unit == 0 {
        return format!("{count} B");
    }
    let tenths = count / (scale / 10);
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// Where bytes came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output, or the terminal of a command that has one.
    Out,
    /// Standard error.
    Err,
}
