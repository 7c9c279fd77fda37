//! Rows that moved up: a terminal can move them itself, as wide as it is.

use std::{io::Write as _, ops::Range};

use super::grid::{Grid, Mark};

/// Fewer rows are not worth it.
const LEAST: usize = 4;
/// So many rows are looked at closely to find how far they moved.
const SAMPLES: usize = 3;

/// Rows that move up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shift {
    pub rows: Range<usize>,
    pub by: usize,
}

/// A row with changes, and from where to where they go.
struct Changed {
    row: usize,
    from: usize,
    to: usize,
}

/// Finds which rows moved up, if some did: `before` stands on the terminal, `after` with
/// these marks is wanted.
pub(super) fn find(before: &Grid, after: &Grid, marks: &[Mark]) -> Option<Shift> {
    let changed = changed(marks);
    if changed.len() < LEAST {
        return None;
    }
    let is_as = |changed: &Changed, below: usize| {
        let from = changed.row + below;
        from < before.height()
            && after.row(changed.row)[changed.from..changed.to]
                == before.row(from)[changed.from..changed.to]
    };
    // Each of the rows in the middle says how far it moved; most of them are right.
    let middle = changed.len() / 2;
    let samples = &changed[middle - 1..(middle - 1 + SAMPLES).min(changed.len())];
    let ways = samples.iter().filter_map(|sample| {
        let mut far = 1..before.height() - sample.row;
        far.find(|below| is_as(sample, *below))
    });
    let (best, by) = ways
        .map(|by| (longest(&changed, |changed| is_as(changed, by)), by))
        .max_by_key(|(rows, _)| rows.len())?;
    if best.len() < LEAST {
        return None;
    }
    let rows = changed[best.start].row..changed[best.end - 1].row + 1 + by;
    let is_plain = before.is_plain(rows.clone()) && after.is_plain(rows.clone());
    is_plain.then_some(Shift { rows, by })
}

/// The longest stretch of rows, one below the other, of which this is true.
fn longest(changed: &[Changed], is_as: impl Fn(&Changed) -> bool) -> Range<usize> {
    let mut best = 0..0;
    let mut from = 0;
    while from < changed.len() {
        let mut to = from;
        while to < changed.len()
            && is_as(&changed[to])
            && (to == from || changed[to].row == changed[to - 1].row + 1)
        {
            to += 1;
        }
        if to - from > best.len() {
            best = from..to;
        }
        from = to.max(from + 1);
    }
    best
}

fn changed(marks: &[Mark]) -> Vec<Changed> {
    let mut all: Vec<Changed> = Vec::new();
    for mark in marks {
        let (row, x) = (usize::from(mark.y), usize::from(mark.x));
        match all.last_mut() {
            Some(last) if last.row == row => last.to = x + 1,
            _ => all.push(Changed {
                row,
                from: x,
                to: x + 1,
            }),
        }
    }
    all
}

impl Shift {
    /// Appends what moves the rows. What comes from below is blank, as a terminal writes
    /// after it was reset.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let Range { start, end } = self.rows;
        // A line feed in the last row of a region moves it, in every terminal there is.
        let _ = write!(out, "\x1b[{};{end}r\x1b[{end}H", start + 1);
        out.extend(std::iter::repeat_n(b'\n', self.by));
        out.extend_from_slice(b"\x1b[r");
    }

    /// What remains to be written once the rows have moved.
    pub(super) fn rest(&self, moved: &Grid, after: &Grid, marks: &[Mark]) -> Vec<Mark> {
        let row_of = |mark: &Mark| usize::from(mark.y);
        let first = marks.partition_point(|mark| row_of(mark) < self.rows.start);
        let last = marks.partition_point(|mark| row_of(mark) < self.rows.end);
        let mut all = marks[..first].to_vec();
        for y in self.rows.clone() {
            let spots = moved.row(y).iter().zip(after.row(y)).enumerate();
            all.extend(spots.filter_map(|(x, (has, wanted))| {
                (has != wanted).then_some(Mark {
                    x: u16::try_from(x).ok()?,
                    y: u16::try_from(y).ok()?,
                })
            }));
        }
        all.extend_from_slice(&marks[last..]);
        all
    }
}
