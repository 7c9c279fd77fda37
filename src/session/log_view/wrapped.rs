//! Moving through lines that are wrapped: the screen may begin in the middle of one.

use std::io;

use crate::output::{Position, Reader, Window, window};

/// The first row of the screen: a line and how many of its rows are above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Top {
    pub position: Position,
    pub inner: usize,
}

const FOLLOW: Top = Top {
    position: Position::Follow,
    inner: 0,
};

/// The size of a screen for wrapped lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub rows: u16,
    pub width: usize,
}

fn heights(window: &Window, width: usize) -> usize {
    let lines = window.lines.iter();
    lines.map(|line| line.text.rows(width)).sum()
}

/// What belongs on the screen, and how many rows of its first line are above. A place so near the
/// end that rows would stay empty shows the end.
pub(super) fn window(reader: &mut Reader, top: Top, size: Size) -> io::Result<(Window, Top)> {
    let rows = usize::from(size.rows);
    if let Position::Top(offset) = top.position {
        let window = window::lines_from(reader, offset, size.rows)?;
        let fills = heights(&window, size.width).saturating_sub(top.inner) >= rows;
        if fills || !window.at_end {
            return Ok((window, top));
        }
    }
    let window = window::window(reader, Position::Follow, size.rows)?;
    let inner = heights(&window, size.width).saturating_sub(rows);
    Ok((
        window,
        Top {
            position: top.position,
            inner,
        },
    ))
}

/// Moves by rows; negative is up.
pub(super) fn scroll(reader: &mut Reader, top: Top, by: i64, size: Size) -> io::Result<Top> {
    let (offset, mut inner) = match top.position {
        Position::Top(offset) => (offset, top.inner),
        Position::Follow if by >= 0 => return Ok(top),
        Position::Follow => {
            let (window, shown) = window(reader, FOLLOW, size)?;
            (window.top, shown.inner)
        }
    };
    let mut offset = offset;
    let height = |reader: &mut Reader, offset: u64| -> io::Result<usize> {
        let window = window::lines_from(reader, offset, 1)?;
        Ok(heights(&window, size.width).max(1))
    };
    // The rows above may be those of several lines.
    let mut here = height(reader, offset)?;
    while inner >= here {
        let next = window::step(reader, offset, 1)?;
        if next == offset {
            break;
        }
        inner -= here;
        offset = next;
        here = height(reader, offset)?;
    }
    for _ in 0..by.unsigned_abs() {
        if by < 0 && inner > 0 {
            inner -= 1;
        } else if by < 0 {
            let before = window::step(reader, offset, -1)?;
            if before == offset {
                break;
            }
            offset = before;
            inner = height(reader, offset)? - 1;
        } else if inner + 1 < here {
            inner += 1;
        } else {
            let next = window::step(reader, offset, 1)?;
            if next == offset {
                return Ok(FOLLOW);
            }
            (offset, inner) = (next, 0);
            here = height(reader, offset)?;
        }
    }
    let below = window::lines_from(reader, offset, size.rows)?;
    let rows = usize::from(size.rows);
    let left = heights(&below, size.width).saturating_sub(inner);
    if by > 0 && below.at_end && left <= rows {
        return Ok(FOLLOW);
    }
    Ok(Top {
        position: Position::Top(offset),
        inner,
    })
}
