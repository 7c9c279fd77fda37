//! What stands on a terminal, as far as that is known, in little room.

use std::collections::HashMap;

use ratatui::{
    buffer::{Buffer, Cell, CellDiffOption, CellWidth as _},
    layout::Rect,
};
use unicode_width::UnicodeWidthChar;

use super::hue::Hue;

/// What stands in one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub letter: Letter,
    pub hue: Hue,
}

/// What is written in one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letter {
    /// One that takes one column.
    One(char),
    /// One of several characters, or a blank of which more is seen: the cursor is on it.
    Several,
    /// One that covers the cell behind it.
    Wide,
    /// What such a one covers or covered: nobody knows what a terminal shows there.
    Covered,
}

impl Spot {
    pub(super) const BLANK: Self = Self {
        letter: Letter::One(' '),
        hue: Hue::PLAIN,
    };

    fn of(cell: &Cell) -> Self {
        let letter = match cell.symbol().as_bytes() {
            [b' '] if cell.diff_option == CellDiffOption::AlwaysUpdate => Letter::Several,
            [letter @ b' '..=b'~'] => Letter::One(char::from(*letter)),
            _ => Letter::of(cell),
        };
        let hue = Hue::of(cell);
        let spot = Self { letter, hue };
        if letter == Letter::One(' ') {
            spot.without_letter()
        } else {
            spot
        }
    }

    /// The same place with nothing written in it.
    fn without_letter(self) -> Self {
        Self {
            letter: Letter::One(' '),
            hue: self.hue.of_blank(),
        }
    }

    /// How a terminal that writes like this writes it.
    pub(super) fn hue_after(self, hue: Hue) -> Hue {
        match self.letter {
            Letter::One(' ') => hue.with_blank(self.hue),
            _ => self.hue,
        }
    }

    /// Whether every terminal agrees that it takes one column.
    pub(super) fn is_sure(self) -> bool {
        matches!(
            self.letter,
            Letter::One(' '..='~' | '\u{2500}'..='\u{259F}')
        )
    }
}

/// What makes a letter a picture, as wide as one.
const PICTURED: char = '\u{fe0f}';

/// How many columns a terminal may give to a letter: one that does not know an emoji of
/// several shows them all, over what stands behind them.
fn widest(symbol: &str) -> usize {
    let (mut columns, mut last) = (0, 0);
    for letter in symbol.chars() {
        last = match letter {
            PICTURED => 2 - last.min(2),
            _ => letter.width().unwrap_or(0),
        };
        columns += last;
    }
    columns
}

impl Letter {
    fn of(cell: &Cell) -> Self {
        let mut letters = cell.symbol().chars();
        match (cell.cell_width(), letters.next(), letters.next()) {
            (1, Some(letter), None) => Letter::One(letter),
            (1, ..) => Letter::Several,
            _ => Letter::Wide,
        }
    }
}

/// A cell that is to be written. What, the grid says, or the frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub x: u16,
    pub y: u16,
}

/// What stands in the cells whose letter does not say it, by their place in the grid.
pub(super) type Texts = HashMap<usize, Box<str>>;

/// All cells of a terminal.
#[derive(Debug, Default)]
pub(super) struct Grid {
    spots: Vec<Spot>,
    width: usize,
}

impl Grid {
    /// One on which nothing stands.
    pub(super) fn blank(area: Rect) -> Self {
        let width = usize::from(area.width);
        Self {
            spots: vec![Spot::BLANK; width * usize::from(area.height)],
            width,
        }
    }

    /// Whether it is as large as that.
    pub(super) fn is_of(&self, area: Rect) -> bool {
        (self.width, self.height()) == (area.width.into(), area.height.into())
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.spots.len().checked_div(self.width).unwrap_or(0)
    }

    /// Holds what another one holds.
    pub(super) fn become_like(&mut self, other: &Self) {
        self.spots.clone_from(&other.spots);
        self.width = other.width;
    }

    /// Holds in these cells what another one of its size holds, and in those that they
    /// cover.
    pub(super) fn take_over(&mut self, marks: &[Mark], other: &Self) {
        for mark in marks {
            let at = usize::from(mark.y) * self.width + usize::from(mark.x);
            self.spots[at] = other.spots[at];
            let behind = self.spots[at + 1..].iter_mut().zip(&other.spots[at + 1..]);
            for (spot, other) in behind.take_while(|(_, other)| other.letter == Letter::Covered) {
                *spot = *other;
            }
        }
    }

    pub(super) fn row(&self, y: usize) -> &[Spot] {
        &self.spots[y * self.width..(y + 1) * self.width]
    }

    /// What is to be written there.
    pub(super) fn at(&self, mark: Mark) -> Spot {
        self.row(mark.y.into())[usize::from(mark.x)]
    }

    /// Takes in a frame of its size. Where that is not what stood here, row by row from the
    /// left.
    pub(super) fn take_in(&mut self, frame: &Buffer, texts: &mut Texts) -> Vec<Mark> {
        let mut marks = Vec::new();
        let width = self.width.max(1);
        let rows = frame.content.chunks_exact(width);
        let shown = self.spots.chunks_exact_mut(width);
        for ((y, cells), row) in (0_u16..).zip(rows).zip(shown) {
            // What a wide letter covers is not looked at.
            let mut next = 0;
            for (x, cell) in (0_u16..).zip(cells) {
                let at = usize::from(x);
                if at < next {
                    continue;
                }
                let mut spot = Spot::of(cell);
                next = at + 1;
                let mut covered = next;
                if matches!(spot.letter, Letter::Several | Letter::Wide) {
                    next = at + usize::from(cell.cell_width().max(1));
                    covered = next.max(at + widest(cell.symbol()));
                    if covered > width {
                        // A terminal may begin another row with a part of it.
                        (spot, next) = (spot.without_letter(), at + 1);
                    }
                }
                if let Letter::One(_) = spot.letter {
                    if row[at] != spot {
                        row[at] = spot;
                        marks.push(Mark { x, y });
                    }
                    continue;
                }
                let key = usize::from(y) * width + at;
                let stood = texts.get(&key).map(|text| &**text);
                if row[at] == spot && stood == Some(cell.symbol()) {
                    continue;
                }
                texts.insert(key, cell.symbol().into());
                row[at] = spot;
                for spot in &mut row[at + 1..covered] {
                    spot.letter = Letter::Covered;
                }
                marks.push(Mark { x, y });
            }
        }
        marks
    }

    /// The rows move up; what comes from below is blank.
    pub(super) fn scroll(&mut self, rows: std::ops::Range<usize>, by: usize) {
        let band = &mut self.spots[rows.start * self.width..rows.end * self.width];
        let by = (by * self.width).min(band.len());
        let left = band.len() - by;
        band.copy_within(by.., 0);
        band[left..].fill(Spot::BLANK);
    }

    /// Whether everything in these rows takes one column.
    pub(super) fn is_plain(&self, rows: std::ops::Range<usize>) -> bool {
        self.spots[rows.start * self.width..rows.end * self.width]
            .iter()
            .all(|spot| matches!(spot.letter, Letter::One(_)))
    }
}
