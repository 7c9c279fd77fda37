//! The order in which changed cells are written and how the cursor comes to them: over a
//! slow link most of what a small change costs is the way there.

use std::{borrow::Cow, io::Write as _};

use ratatui::buffer::{Buffer, CellWidth as _};
use unicode_width::UnicodeWidthChar;

use super::{
    grid::{Grid, Letter, Mark, Spot},
    hue::Hue,
};

/// Over a gap of so many letters it is shorter to write them again.
const GAP: usize = 4;
/// Of so many cells the way between them is the least.
const MANY: usize = 4_000;
/// Of a stroke so short the way to it costs more than it does itself.
const SHORT: usize = 8;
/// So far aside may the stroke stand that is written next in the row below.
const ASIDE: u16 = 4;

/// Appends what brings these cells of a frame to a terminal on which otherwise stands what
/// `shown` says, `shown` having them already. The marks come row by row, from the left.
pub(super) fn write(marks: &[Mark], frame: &Buffer, shown: &Grid, old: bool, out: &mut Vec<u8>) {
    let marks = if marks.len() <= MANY {
        Cow::Owned(with_gaps(marks, shown))
    } else {
        Cow::Borrowed(marks)
    };
    let mut strokes = strokes(&marks, shown);
    let mut pen = Cursor {
        at: None,
        is_sure: false,
        hue: Hue::PLAIN,
        shown,
        frame,
        old,
        out,
    };
    for first in 0..strokes.len() {
        let mut next = Some(first);
        while let Some(at) = next {
            if std::mem::replace(&mut strokes[at].is_done, true) {
                break;
            }
            for mark in &marks[strokes[at].from..strokes[at].to] {
                pen.write(*mark);
            }
            next = below(&strokes, at, &marks);
        }
    }
    pen.turn(Hue::PLAIN);
}

/// Cells that stand side by side.
struct Stroke {
    from: usize,
    to: usize,
    /// All of it takes as many columns as it has letters, everywhere.
    is_sure: bool,
    is_done: bool,
}

/// The marks, and those letters between them that are sooner written again than skipped.
fn with_gaps(marks: &[Mark], shown: &Grid) -> Vec<Mark> {
    let mut all: Vec<Mark> = Vec::with_capacity(marks.len() + marks.len() / 4);
    // Since the cursor was told where to go.
    let mut is_sure = true;
    for mark in marks {
        let spot = shown.at(*mark);
        if let Some(last) = all.last().copied()
            && is_sure
            && last.y == mark.y
            && last.x + 1 < mark.x
            && usize::from(mark.x - last.x - 1) <= GAP
            && let hue = spot.hue_after(shown.at(last).hue)
            && shown.at(last).hue_after(hue) == hue
        {
            let gap = usize::from(last.x) + 1..usize::from(mark.x);
            let same = |between: &Spot| match between.letter {
                Letter::One(letter) => letter.is_ascii() && between.hue_after(hue) == hue,
                _ => false,
            };
            if shown.row(mark.y.into())[gap].iter().all(same) {
                all.extend((last.x + 1..mark.x).map(|x| Mark { x, y: mark.y }));
            }
        }
        let goes_on = all
            .last()
            .is_some_and(|last| last.y == mark.y && last.x + 1 == mark.x);
        is_sure = spot.is_sure() && (is_sure || !goes_on);
        all.push(*mark);
    }
    all
}

fn strokes(marks: &[Mark], shown: &Grid) -> Vec<Stroke> {
    let mut strokes: Vec<Stroke> = Vec::new();
    for (at, mark) in marks.iter().enumerate() {
        let is_sure = shown.at(*mark).is_sure();
        let before = at.checked_sub(1).map(|before| marks[before]);
        let goes_on = before.is_some_and(|before| {
            // What a row holds that may be wide is written from left to right: what it
            // covers comes after it.
            before.y == mark.y
                && (before.x + 1 == mark.x || !is_sure || !shown.at(before).is_sure())
        });
        match strokes.last_mut() {
            Some(last) if goes_on => {
                last.to = at + 1;
                last.is_sure &= is_sure;
            }
            _ => strokes.push(Stroke {
                from: at,
                to: at + 1,
                is_sure,
                is_done: false,
            }),
        }
    }
    strokes
}

/// The short stroke beneath a short one: a column of digits is written downwards.
fn below(strokes: &[Stroke], at: usize, marks: &[Mark]) -> Option<usize> {
    let short = |stroke: &Stroke| stroke.is_sure && stroke.to - stroke.from <= SHORT;
    let stroke = &strokes[at];
    if !short(stroke) {
        return None;
    }
    let (x, y) = (marks[stroke.from].x, marks[stroke.from].y.checked_add(1)?);
    let row = strokes[at..].partition_point(|other| marks[other.from].y < y) + at;
    strokes[row..]
        .iter()
        .take_while(|other| marks[other.from].y == y)
        .position(|other| {
            !other.is_done && short(other) && marks[other.from].x.abs_diff(x) <= ASIDE
        })
        .map(|found| row + found)
}

/// Whether every terminal gives it two columns. In those of which some keep a part of the
/// columns to themselves, what stood there would stay.
fn is_surely_wide(symbol: &str) -> bool {
    let mut letters = symbol.chars();
    let first = letters.next().and_then(UnicodeWidthChar::width);
    first == Some(2) && letters.next().is_none()
}

/// Where a terminal writes next and how.
struct Cursor<'a> {
    at: Option<(u16, u16)>,
    /// Nothing was written since it was told where to go that may be wide.
    is_sure: bool,
    hue: Hue,
    shown: &'a Grid,
    frame: &'a Buffer,
    old: bool,
    out: &'a mut Vec<u8>,
}

impl Cursor<'_> {
    fn write(&mut self, mark: Mark) {
        let spot = self.shown.at(mark);
        self.go(mark.x, mark.y);
        self.turn(spot.hue_after(self.hue));
        if let Letter::One(letter) = spot.letter {
            let mut bytes = [0; 4];
            let text = letter.encode_utf8(&mut bytes);
            self.out.extend_from_slice(text.as_bytes());
        } else {
            let cell = &self.frame[(mark.x, mark.y)];
            if spot.letter == Letter::Wide && !is_surely_wide(cell.symbol()) {
                self.out.extend((0..cell.cell_width()).map(|_| b' '));
                self.at = None;
                self.go(mark.x, mark.y);
            }
            self.out.extend_from_slice(cell.symbol().as_bytes());
        }
        self.is_sure &= spot.is_sure();
        let is_one = matches!(spot.letter, Letter::One(_));
        // Behind the last column terminals wait for what comes.
        let is_inside = usize::from(mark.x) + 1 < self.shown.width();
        self.at = (is_one && is_inside).then_some((mark.x + 1, mark.y));
    }

    fn turn(&mut self, hue: Hue) {
        self.hue.turn_into(hue, self.old, self.out);
        self.hue = hue;
    }

    fn go(&mut self, x: u16, y: u16) {
        if self.at == Some((x, y)) {
            return;
        }
        let begin = self.out.len();
        // Writing to memory does not fail.
        let _ = match x {
            0 => write!(self.out, "\x1b[{}H", y + 1),
            _ => write!(self.out, "\x1b[{};{}H", y + 1, x + 1),
        };
        if let (Some(at), true) = (self.at, self.is_sure) {
            let middle = self.out.len();
            step(at, (x, y), self.out);
            let (there, stepped) = (middle - begin, self.out.len() - middle);
            if stepped < there && y >= at.1 {
                self.out.drain(begin..middle);
                self.at = Some((x, y));
                return;
            }
            self.out.truncate(middle);
        }
        self.at = Some((x, y));
        self.is_sure = true;
    }
}

/// The way from one place to another that is below it or in its row.
fn step(from: (u16, u16), to: (u16, u16), out: &mut Vec<u8>) {
    let way = |out: &mut Vec<u8>, by: u16, letter: char| {
        let _ = match by {
            0 => Ok(()),
            1 => write!(out, "\x1b[{letter}"),
            _ => write!(out, "\x1b[{by}{letter}"),
        };
    };
    way(out, to.1.saturating_sub(from.1), 'B');
    if to.0 > from.0 {
        way(out, to.0 - from.0, 'C');
    } else if from.0 - to.0 <= 3 {
        out.extend(std::iter::repeat_n(b'\x08', usize::from(from.0 - to.0)));
    } else {
        way(out, from.0 - to.0, 'D');
    }
}
