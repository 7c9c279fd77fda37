//! Lines of text, one a row, and what stands behind them: most of every frame. The library's paragraph wraps, aligns and
//! scrolls as well, and asks of each letter what is asked of scripts that join them; beside
//! busy commands that is a third of the time from a key to its frame.

use ratatui::{
    buffer::{Buffer, Cell, CellWidth},
    layout::Rect,
    style::Style,
    text::Line,
    widgets::{Clear, Widget},
};

/// Lines that are cut at the area's edge, from its left one on.
pub struct Rows<'a>(pub Vec<Line<'a>>);

impl Widget for Rows<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let width = usize::from(area.width);
        for (y, line) in (area.top()..area.bottom()).zip(&self.0) {
            let from = buffer.index_of(area.left(), y);
            put(line, &mut buffer.content[from..from + width]);
        }
    }
}

/// Gives each cell of an area a style, row by row: the library looks up where each cell
/// stands, and a frame begins with all of them.
pub fn fill(buffer: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    for y in area.top()..area.bottom() {
        let from = buffer.index_of(area.left(), y);
        for cell in &mut buffer.content[from..from + usize::from(area.width)] {
            cell.set_style(style);
        }
    }
}

/// Takes away what stands in an area, and what covers a part of it from the left: of a
/// letter of two columns a terminal cannot show one.
pub fn clear(buffer: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buffer.area);
    Clear.render(area, buffer);
    fill(buffer, area, style);
    for y in area.top()..area.bottom() {
        // Joined letters may take as many columns as whoever wrote them likes.
        for x in buffer.area.left()..area.left() {
            let cell = &mut buffer[(x, y)];
            if cell.symbol().len() > 1 && cell.cell_width() > area.left() - x {
                cell.set_symbol(" ");
            }
        }
    }
}

/// Puts a line into a row.
fn put(line: &Line<'_>, row: &mut [Cell]) {
    let mut at = 0;
    for span in &line.spans {
        if is_plain(&span.content) {
            let style = line.style.patch(span.style);
            for (byte, cell) in span.content.bytes().zip(&mut row[at..]) {
                set(cell, byte, style);
                at += 1;
            }
            continue;
        }
        for letter in span.styled_graphemes(line.style) {
            let width = usize::from(letter.symbol.cell_width());
            // One that would not fit into a whole row is passed over.
            if width > row.len() {
                continue;
            }
            if at + width > row.len() {
                return;
            }
            if width > 0 {
                row[at].set_symbol(letter.symbol).set_style(letter.style);
            }
            at += width;
        }
    }
}

/// Whether each byte is a letter as wide as one cell.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn set(cell: &mut Cell, byte: u8, style: Style) {
    cell.set_char(char::from(byte)).set_style(style);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::{
        style::{Color, Modifier, Stylize},
        text::Span,
        widgets::Paragraph,
    };

    use super::*;

    fn spans() -> impl Strategy<Value = Vec<(String, u8)>> {
        // Letters, wide ones, joined ones, none at all, and what must not be passed on.
        let piece = prop_oneof![
            "[ -~]{0,12}",
            "[a-zäöü…│─·✔世界é\u{301}\u{200d}👩🚀\u{1b}\n\t]{0,6}",
        ];
        prop::collection::vec((piece, any::<u8>()), 0..5)
    }

    fn line(spans: &[(String, u8)]) -> Line<'_> {
        let spans = spans.iter().map(|(text, look)| {
            let span = Span::raw(text.as_str());
            match look % 4 {
                0 => span,
                1 => span.fg(Color::Indexed(*look)),
                2 => span.bg(Color::Red).add_modifier(Modifier::BOLD),
                _ => span.remove_modifier(Modifier::BOLD),
            }
        });
        Line::from(spans.collect::<Vec<_>>()).italic()
    }

    #[test]
    fn what_is_cleared_is_covered_by_nothing() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 3));
        for (y, text) in (0..).zip(["abcdefghijkl", "x漢字漢字漢z", "कᄀᄀᄀᄀabc"]) {
            buffer.set_string(0, y, text, Style::new());
        }
        clear(&mut buffer, Rect::new(4, 0, 4, 3), Style::new());
        let stands = |y| {
            let mut text = String::new();
            let mut x = 0;
            while x < 12 {
                let cell = &buffer[(x, y)];
                text.push_str(cell.symbol());
                x += cell.cell_width().max(1);
            }
            text
        };
        assert_eq!(stands(0), "abcd    ijkl");
        assert_eq!(stands(1), "x漢      漢z");
        assert_eq!(stands(2), "क        abc");
    }

    proptest! {
        /// The library's paragraph, where nothing is wrapped, says what a row is.
        #[test]
        fn rows_are_the_lines_of_a_paragraph(
            lines in prop::collection::vec(spans(), 0..6),
            (x, y, width, height) in (0_u16..30, 0_u16..6, 0_u16..30, 0_u16..8),
        ) {
            let mut before = Buffer::empty(Rect::new(0, 0, 24, 5));
            before.set_style(before.area, Style::new().bg(Color::Blue));
            let mut wanted = before.clone();
            let area = Rect { x, y, width, height };
            let lines: Vec<Line<'_>> = lines.iter().map(|spans| line(spans)).collect();
            let behind = Style::new().fg(Color::Green).bg(Color::Black);
            wanted.set_style(area, behind);
            Paragraph::new(lines.clone()).render(area, &mut wanted);
            fill(&mut before, area, behind);
            Rows(lines).render(area, &mut before);
            prop_assert_eq!(before, wanted);
        }
    }
}
