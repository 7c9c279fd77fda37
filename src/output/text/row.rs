//! One row of cells, as a terminal keeps it: text can be overwritten and erased.

use super::hidden::as_one_emoji;
use super::{Style, StyledLine, columns};

/// Where a combining character stands that has nothing to combine with.
const DOTTED_CIRCLE: char = '\u{25CC}';
/// After it the next character is a part of the one before it.
pub(super) const JOINER: char = '\u{200D}';
const TAB: usize = 8;

#[derive(Debug, Clone)]
enum Cell {
    /// A character with the combining characters on it, one or two columns wide.
    Char {
        base: char,
        marks: String,
        style: Style,
    },
    /// The right half of the wide character before it.
    RightHalf,
}

const BLANK: Cell = Cell::Char {
    base: ' ',
    marks: String::new(),
    style: Style {
        foreground: super::Color::Default,
        background: super::Color::Default,
        bold: false,
        dim: false,
        italic: false,
        underline: false,
        reversed: false,
    },
};

/// A row and the cursor in it. It is as long as the line that fills it, which its callers bound.
#[derive(Debug, Default)]
pub(super) struct Row {
    cells: Vec<Cell>,
    cursor: usize,
}

impl Row {
    /// The character left of the cursor with all that stands on it or was joined to it.
    pub(super) fn previous(&self) -> Option<String> {
        match &self.cells[self.base_index()?] {
            Cell::Char { base, marks, .. } => Some(format!("{base}{marks}")),
            Cell::RightHalf => None,
        }
    }

    /// Makes one of the character left of the cursor and this one, two columns wide.
    pub(super) fn join(&mut self, c: char) {
        let Some(index) = self.base_index() else {
            return;
        };
        if let Cell::Char { base, marks, .. } = &mut self.cells[index] {
            marks.push(c);
            if c != JOINER
                && let Some(whole) = as_one_emoji(format!("{base}{marks}"))
            {
                marks.replace_range(.., &whole[base.len_utf8()..]);
            }
        }
        let end = index + 2;
        if self.cells.len() < end {
            self.cells.resize(end, BLANK);
        }
        self.part_at(end);
        self.cells[index + 1] = Cell::RightHalf;
        self.cursor = end;
    }

    fn base_index(&self) -> Option<usize> {
        let left = self
            .cursor
            .checked_sub(1)
            .filter(|left| *left < self.cells.len())?;
        Some(if matches!(self.cells[left], Cell::RightHalf) {
            left.saturating_sub(1)
        } else {
            left
        })
    }

    /// Writes a character at the cursor, over what is there.
    pub(super) fn put(&mut self, c: char, style: Style) {
        let width = columns(c);
        if width == 0 {
            return self.combine(c, style);
        }
        let end = self.cursor + width;
        if self.cells.len() < end {
            self.cells.resize(end, BLANK);
        }
        self.part_at(self.cursor);
        self.part_at(end);
        self.cells[self.cursor] = Cell::Char {
            base: c,
            marks: String::new(),
            style,
        };
        self.cells[self.cursor + 1..end].fill(Cell::RightHalf);
        self.cursor = end;
    }

    fn combine(&mut self, c: char, style: Style) {
        if self.base_index().is_none() {
            self.put(DOTTED_CIRCLE, style);
        }
        if let Some(index) = self.base_index()
            && let Cell::Char { marks, .. } = &mut self.cells[index]
        {
            marks.push(c);
        }
    }

    /// If a wide character lies across the edge before `column`, blanks take its place.
    fn part_at(&mut self, column: usize) {
        if column > 0 && matches!(self.cells.get(column), Some(Cell::RightHalf)) {
            self.cells[column - 1] = BLANK;
            self.cells[column] = BLANK;
        }
    }

    pub(super) fn carriage_return(&mut self) {
        self.cursor = 0;
    }

    pub(super) fn backspace(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    pub(super) fn tab(&mut self) {
        self.cursor = (self.cursor / TAB + 1) * TAB;
        if self.cells.len() < self.cursor {
            self.cells.resize(self.cursor, BLANK);
        }
    }

    /// Erases from the cursor to the end.
    pub(super) fn erase_right(&mut self) {
        self.part_at(self.cursor);
        self.cells.truncate(self.cursor);
    }

    /// Erases from the beginning to the cursor, the cell under it included.
    pub(super) fn erase_left(&mut self) {
        let end = (self.cursor + 1).min(self.cells.len());
        self.part_at(end);
        self.cells[..end].fill(BLANK);
    }

    pub(super) fn erase_all(&mut self) {
        self.cells.clear();
    }

    pub(super) fn into_line(self) -> StyledLine {
        let mut line = StyledLine::default();
        let mut buffer = [0; 4];
        for cell in self.cells {
            if let Cell::Char { base, marks, style } = cell {
                line.push(style, base.encode_utf8(&mut buffer));
                line.push(style, &marks);
            }
        }
        line
    }
}
