//! Tables: as wide as their words, or as the screen, with cells that wrap.

use pulldown_cmark::Alignment;
use ratatui::text::{Line, Span};

use super::{
    BOLD,
    flow::{Piece, flow, length, widest_word},
    is_right,
};
use crate::tui::{theme::Theme, words::span};

/// What stands between two columns.
const BETWEEN: &str = " │ ";

/// A table that is being read.
pub(super) struct Table {
    alignments: Vec<Alignment>,
    rows: Vec<Vec<Vec<Piece>>>,
}

impl Table {
    pub fn new(alignments: Vec<Alignment>) -> Self {
        Self {
            alignments,
            rows: Vec::new(),
        }
    }

    pub fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    pub fn cell(&mut self, cell: Vec<Piece>) {
        if let Some(row) = self.rows.last_mut() {
            row.push(cell);
        }
    }

    /// The lines, no wider than the room where that can be.
    pub fn lines(mut self, room: usize, theme: &Theme) -> Vec<Vec<Span<'static>>> {
        for cell in self.rows.first_mut().into_iter().flatten() {
            for piece in cell {
                piece.style = piece.style.patch(BOLD);
            }
        }
        let widths = self.widths(room);
        let mut lines = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            lines.extend(self.row(row, &widths, theme));
            if number == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
                lines.push(vec![span(rule.join("─┼─"), theme.border)]);
            }
        }
        lines
    }

    /// Each column as wide as its widest cell; where that is too much, the widest give way
    /// first, as far as their longest words.
    fn widths(&self, room: usize) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let of = |measure: fn(&[Piece]) -> usize| -> Vec<usize> {
            let cells = |at: usize| self.rows.iter().filter_map(move |row| row.get(at));
            (0..columns)
                .map(|at| {
                    cells(at)
                        .map(|cell| measure(cell))
                        .max()
                        .unwrap_or(0)
                        .max(1)
                })
                .collect()
        };
        let mut widths = of(length);
        // A cell may be of any length.
        for width in &mut widths {
            *width = (*width).min(room.max(1));
        }
        let words = of(widest_word);
        let room = room
            .saturating_sub(BETWEEN.chars().count() * columns.saturating_sub(1))
            .max(columns);
        for least in [words, vec![1; columns]] {
            let mut wanted: usize = widths.iter().sum();
            while wanted > room {
                let spare = |at: &usize| widths[*at].saturating_sub(least[*at]);
                let Some(widest) = (0..columns)
                    .filter(|at| spare(at) > 0)
                    .max_by_key(|at| widths[*at])
                else {
                    break;
                };
                widths[widest] -= 1;
                wanted -= 1;
            }
        }
        widths
    }

    fn row(&self, row: &[Vec<Piece>], widths: &[usize], theme: &Theme) -> Vec<Vec<Span<'static>>> {
        let nothing = Vec::new();
        let cells: Vec<Vec<Vec<Span<'static>>>> = widths
            .iter()
            .enumerate()
            .map(|(at, width)| flow(row.get(at).unwrap_or(&nothing), *width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        (0..height)
            .map(|at| {
                let mut line = Vec::new();
                for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
                    if column > 0 {
                        line.push(span(BETWEEN, theme.border));
                    }
                    let text = cell.get(at).cloned().unwrap_or_default();
                    let used = Line::from(text.clone()).width();
                    let blank = Span::raw(" ".repeat(width.saturating_sub(used)));
                    let alignment = self.alignments.get(column).copied();
                    if alignment.is_some_and(is_right) {
                        line.push(blank);
                        line.extend(text);
                    } else {
                        line.extend(text);
                        line.push(blank);
                    }
                }
                line
            })
            .collect()
    }
}
