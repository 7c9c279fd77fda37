//! The part of a log that stands on the screen, and moving it.
//!
//! A place in the log is a byte offset, never a line number: nobody has to count the lines of ten
//! gigabytes, and going to the first byte costs the same as going to the last. What a row shows is
//! decided in the neighbourhood of its bytes alone, see `segment`.

mod segment;

use std::io;

use memchr::memrchr;
use segment::{Extent, View};

use super::text::{Reading, Span, Style, StyledLine};
use super::{Reader, Stream, size};

/// How far above the screen a line that begins there is read for its colours, in bytes.
const LOOK_BACK: u64 = 32 << 10;

/// Which part of the log the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Position {
    /// The end, also as it grows.
    #[default]
    Follow,
    /// From the row that holds this byte offset.
    Top(u64),
}

/// One row: a line of the log, or one piece of a very long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where its bytes begin in the log.
    pub offset: u64,
    /// Whether it goes on with the line of the row above, which was too long for one row.
    pub continues: bool,
    /// From which stream its first byte came; `None` if the index does not say.
    pub stream: Option<Stream>,
    /// What to draw, of any width.
    pub text: StyledLine,
    /// How many bytes were dropped here: the text says so, and is not the log's.
    pub dropped: Option<u64>,
}

/// Rows that follow each other in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// At most as many as were asked for; fewer only if the whole log has fewer.
    pub lines: Vec<Line>,
    /// Offset of the first row's first byte.
    pub top: u64,
    /// Offset after the last row's last byte.
    pub end: u64,
    /// Length of the log when the window was read.
    pub total_bytes: u64,
    /// Whether the last row is the log's last.
    pub at_end: bool,
}

/// Reads `rows` rows at `position`; a position so near the end that rows would stay empty shows the
/// end instead.
pub fn window(reader: &mut Reader, position: Position, rows: u16) -> io::Result<Window> {
    let mut view = View::new(reader)?;
    let top = top_of(&mut view, position, rows)?;
    rows_from(&mut view, top, rows)
}

fn rows_from(view: &mut View, top: u64, rows: u16) -> io::Result<Window> {
    let mut reading = None;
    let (mut lines, mut end) = (Vec::with_capacity(rows.into()), top);
    for _ in 0..rows {
        let offset = end;
        end = view.end_of(offset)?;
        if end == offset {
            break;
        }
        lines.push(read_line(view, &mut reading, offset, end)?);
    }
    let total_bytes = view.len();
    Ok(Window {
        lines,
        top,
        end,
        total_bytes,
        at_end: end >= total_bytes,
    })
}

fn read_line(
    view: &mut View,
    reading: &mut Option<Reading>,
    offset: u64,
    end: u64,
) -> io::Result<Line> {
    if let Extent::Gone(gone) = view.extent(offset) {
        *reading = None;
        return Ok(Line {
            offset,
            continues: false,
            stream: None,
            text: note(&format!("… {} dropped here …", size(end - gone.start))),
            dropped: Some(end - gone.start),
        });
    }
    let continues = view.continues(offset)?;
    let reading = match reading {
        Some(reading) if continues => reading,
        _ => reading.insert(begin(view, offset, continues)?),
    };
    let bytes = view.read(offset, end)?;
    let text = reading.piece(bytes.strip_suffix(b"\n").unwrap_or(bytes));
    Ok(Line {
        offset,
        continues,
        stream: view.stream_at(offset),
        text,
        dropped: None,
    })
}

/// A row that is not the command's.
fn note(words: &str) -> StyledLine {
    let style = Style {
        dim: true,
        italic: true,
        ..Style::default()
    };
    StyledLine {
        spans: vec![Span {
            style,
            text: words.to_owned(),
        }],
    }
}

/// Colours and sequences may have begun in pieces of the line that stand above the screen.
fn begin(view: &mut View, offset: u64, continues: bool) -> io::Result<Reading> {
    let mut reading = Reading::default();
    if continues {
        let before = view.read(offset.saturating_sub(LOOK_BACK), offset)?;
        reading.pass(&before[memrchr(b'\n', before).map_or(0, |at| at + 1)..]);
    }
    Ok(reading)
}

/// Reads `rows` rows from the one that begins at `offset`, also where that leaves the screen's end
/// empty.
pub fn lines_from(reader: &mut Reader, offset: u64, rows: u16) -> io::Result<Window> {
    let mut view = View::new(reader)?;
    let top = view.start_of(offset)?;
    rows_from(&mut view, top, rows)
}

/// Where the row begins that is so many rows below (or above) the one at `offset`, as far as there
/// are any.
pub fn step(reader: &mut Reader, offset: u64, by: i64) -> io::Result<u64> {
    let mut view = View::new(reader)?;
    let mut at = view.start_of(offset)?;
    if by < 0 {
        let count = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
        return up(&mut view, at, count);
    }
    for _ in 0..by {
        let next = view.end_of(at)?;
        if next == at || next >= view.len() {
            break;
        }
        at = next;
    }
    Ok(at)
}

/// Where the row ends that begins at `offset`.
pub fn end_of(reader: &mut Reader, offset: u64) -> io::Result<u64> {
    View::new(reader)?.end_of(offset)
}

/// The position `count` rows further up, for a screen of `rows` rows. At the first byte it stays.
pub fn scroll_up(
    reader: &mut Reader,
    position: Position,
    rows: u16,
    count: usize,
) -> io::Result<Position> {
    let mut view = View::new(reader)?;
    let top = top_of(&mut view, position, rows)?;
    let new = up(&mut view, top, count)?;
    // A log that fits on the screen has nowhere to go, and should keep following.
    Ok(if new == top {
        position
    } else {
        Position::Top(new)
    })
}

/// The position `count` rows further down, for a screen of `rows` rows. Whoever reaches the end
/// follows it again.
pub fn scroll_down(
    reader: &mut Reader,
    position: Position,
    rows: u16,
    count: usize,
) -> io::Result<Position> {
    let Position::Top(_) = position else {
        return Ok(position);
    };
    let mut view = View::new(reader)?;
    let last = last_top(&mut view, rows)?;
    let mut top = top_of(&mut view, position, rows)?;
    for _ in 0..count {
        if top >= last {
            return Ok(Position::Follow);
        }
        let next = view.end_of(top)?;
        if next == top {
            // The log was cut off since the view was made.
            return Ok(Position::Follow);
        }
        top = next;
    }
    Ok(if top >= last && count > 0 {
        Position::Follow
    } else {
        Position::Top(top)
    })
}

/// The position that shows the log's first byte.
pub fn to_start() -> Position {
    Position::Top(0)
}

/// The position whose first row holds the byte at `offset`, or the last byte if it is beyond it.
pub fn to_offset(reader: &mut Reader, offset: u64) -> io::Result<Position> {
    Ok(Position::Top(View::new(reader)?.start_of(offset)?))
}

/// Where the screen's first row begins: as asked, but no lower than fills the screen.
fn top_of(view: &mut View, position: Position, rows: u16) -> io::Result<u64> {
    let last = last_top(view, rows)?;
    match position {
        Position::Follow => Ok(last),
        Position::Top(offset) if offset >= last => Ok(last),
        Position::Top(offset) => view.start_of(offset),
    }
}

/// Where the first of the log's last `rows` rows begins.
fn last_top(view: &mut View, rows: u16) -> io::Result<u64> {
    let end = view.len();
    up(view, end, rows.into())
}

fn up(view: &mut View, from: u64, count: usize) -> io::Result<u64> {
    let mut top = from;
    for _ in 0..count {
        if top == 0 {
            break;
        }
        top = view.start_of(top - 1)?;
    }
    Ok(top)
}

#[cfg(test)]
mod tests;
