//! One attempt's output: written once by its supervisor, read by everybody else.
//!
//! The bytes of both streams stand in `output.log` in the order in which they arrived; `output.idx`
//! says when they arrived and from which stream. Nothing here interprets the bytes before they are
//! drawn: the log is what the command printed (after masking), so its digest means something.
//!
//! - [`mask`] takes secrets out of the bytes before they are written
//! - [`log`] appends them, with their times and their digest
//! - [`reader`] reads a log that may still be growing
//! - [`window`] is the part of it that stands on the screen
//! - [`text`] turns a line's bytes into something that is safe to draw
//! - [`search`] finds and counts words in it
//!
//! Whatever the size of the log or of a line in it, memory stays bounded and a jump costs the same.

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

/// Where bytes came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output, or the terminal of a command that has one.
    Out,
    /// Standard error.
    Err,
}
