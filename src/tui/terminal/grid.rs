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
        let hue = match letter {
            Letter::One(' ') => Hue::of(cell).of_blank(),
            _ => Hue::of(cell),
        };
        Self { letter, hue }
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

/// A cell that is to be written. What, the grid says; frames have thousands of these.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub x: u16,
    pub y: u16,
    /// Which of the frame's symbols, from 1; 0: the letter that the grid has there.
    pub symbol: u32,
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

    /// Nobody knows what stands there.
    pub(super) fn forget(&mut self) {
        for spot in &mut self.spots {
            spot.letter = Letter::Covered;
        }
    }

    /// Holds what another one holds.
    pub(super) fn become_like(&mut self, other: &Self) {
        self.spots.clone_from(&other.spots);
        self.width = other.width;
    }

    /// Holds in these cells what another one of its size holds, and in those behind them,
    /// which they may cover.
    pub(super) fn take_over(&mut self, marks: &[Mark], other: &Self) {
        for mark in marks {
            let at = usize::from(mark.y) * self.width + usize::from(mark.x);
            let end = (at + 2).min(self.spots.len());
            self.spots[at..end].copy_from_slice(&other.spots[at..end]);
        }
    }

    /// Becomes so large at least; what was not known is blank.
    fn reach(&mut self, width: usize, height: usize) {
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

    /// What is to be written there.
    pub(super) fn at(&self, mark: Mark) -> Spot {
        self.row(mark.y.into())[usize::from(mark.x)]
    }

    /// Takes in what is written in a cell; cells come from left to right.
    pub(super) fn set(&mut self, x: u16, y: u16, spot: Spot) {
        let (x, y) = (usize::from(x), usize::from(y));
        if x >= self.width || y >= self.height() {
            self.reach(x + 1, y + 1);
        }
        let at = y * self.width + x;
        let covers = self.spots[at].letter == Letter::Wide || spot.letter == Letter::Wide;
        self.spots[at] = spot;
        if covers && x + 1 < self.width {
            self.spots[at + 1].letter = Letter::Covered;
        }
    }

    /// Whether just that stands in a cell, as far as a spot says all of it.
    pub(super) fn has(&self, x: u16, y: u16, spot: Spot) -> bool {
        let (x, y) = (usize::from(x), usize::from(y));
        matches!(spot.letter, Letter::One(_))
            && x < self.width
            && self.spots.get(y * self.width + x) == Some(&spot)
    }

    /// Whether another one is as large.
    pub(super) fn is_as_large_as(&self, other: &Self) -> bool {
        self.width == other.width && self.spots.len() == other.spots.len()
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
