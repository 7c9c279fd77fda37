//! What stands on a terminal, as far as that is known, in little room.

use ratatui::buffer::{Cell, CellDiffOption, CellWidth as _};

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
    /// One of several characters, or one that is drawn for the sake of another.
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

    pub(super) fn of(cell: &Cell) -> Self {
        let mut letters = cell.symbol().chars();
        let letter = match (letters.next(), letters.next()) {
            (Some(letter), None) if letter.is_ascii() => Letter::One(letter),
            (first, second) => match (cell.cell_width(), first, second) {
                (1, Some(letter), None) => Letter::One(letter),
                (1, ..) => Letter::Several,
                _ => Letter::Wide,
            },
        };
        let letter = match (letter, cell.diff_option) {
            (Letter::One(_), CellDiffOption::AlwaysUpdate) => Letter::Several,
            (letter, _) => letter,
        };
        Self {
            letter,
            hue: Hue::of(cell),
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

/// A cell that is to be written: where, what, and as which text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'a> {
    pub x: u16,
    pub y: u16,
    pub spot: Spot,
    pub text: Text<'a>,
}

/// What is sent for a cell.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text<'a> {
    Letter(char),
    Symbol(&'a str),
}

/// All cells of a terminal.
#[derive(Debug, Default)]
pub(super) struct Grid {
    spots: Vec<Spot>,
    width: usize,
}

impl Grid {
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.spots.len().checked_div(self.width).unwrap_or(0)
    }

    /// Nothing stands there any more, of whatever size it is.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Holds what another one holds.
    pub(super) fn become_like(&mut self, other: &Self) {
        self.spots.clone_from(&other.spots);
        self.width = other.width;
    }

    /// Becomes so large at least; what was not known is blank.
    pub(super) fn reach(&mut self, width: usize, height: usize) {
        if width > self.width {
            let mut spots = vec![Spot::BLANK; width * self.height().max(height)];
            if self.width > 0 {
                let rows = self.spots.chunks(self.width);
                for (row, wider) in rows.zip(spots.chunks_mut(width)) {
                    wider[..row.len()].copy_from_slice(row);
                }
            }
            (self.spots, self.width) = (spots, width);
        } else if height > self.height() {
            self.spots.resize(self.width * height, Spot::BLANK);
        }
    }

    pub(super) fn row(&self, y: usize) -> &[Spot] {
        &self.spots[y * self.width..(y + 1) * self.width]
    }

    pub(super) fn set(&mut self, mark: &Mark<'_>) {
        let at = usize::from(mark.y) * self.width + usize::from(mark.x);
        let row_ends = (usize::from(mark.y) + 1) * self.width;
        let covers = self.spots[at].letter == Letter::Wide || mark.spot.letter == Letter::Wide;
        self.spots[at] = mark.spot;
        if covers && at + 1 < row_ends {
            self.spots[at + 1].letter = Letter::Covered;
        }
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
