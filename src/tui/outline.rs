//! The outline of a pane.
//!
//! The library's block also gives every cell inside of it a style, be it none, one look-up a
//! cell; panes cover the whole screen.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::Line,
    widgets::{Block, BorderType, Borders, Widget},
};

/// A rounded outline with what stands in its upper edge.
pub struct Outline<'a> {
    style: Style,
    title: Line<'a>,
    corner: Line<'a>,
}

impl<'a> Outline<'a> {
    /// With a title at the left.
    pub fn new(style: Style, title: impl Into<Line<'a>>) -> Self {
        Self {
            style,
            title: title.into(),
            corner: Line::default(),
        }
    }

    /// With what stands at the right.
    #[must_use]
    pub fn corner(mut self, corner: impl Into<Line<'a>>) -> Self {
        self.corner = corner.into();
        self
    }

    fn block(self, borders: Borders) -> Block<'a> {
        let block = Block::new()
            .borders(borders)
            .border_type(BorderType::Rounded)
            .border_style(self.style)
            .title(self.title);
        if self.corner.spans.is_empty() {
            block
        } else {
            block.title_top(self.corner.right_aligned())
        }
    }
}

impl Widget for Outline<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.width < 2 || area.height < 2 {
            self.block(Borders::ALL).render(area, buffer);
            return;
        }
        let (style, last) = (self.style, usize::from(area.width) - 1);
        let upper = Rect { height: 1, ..area };
        self.block(Borders::ALL - Borders::BOTTOM)
            .render(upper, buffer);
        for y in area.top() + 1..area.bottom() {
            let from = buffer.index_of(area.left(), y);
            let row = &mut buffer.content[from..=from + last];
            let is_lowest = y + 1 == area.bottom();
            let (left, right) = if is_lowest {
                ("╰", "╯")
            } else {
                ("│", "│")
            };
            row[0].set_symbol(left).set_style(style);
            row[last].set_symbol(right).set_style(style);
            if is_lowest {
                for cell in &mut row[1..last] {
                    cell.set_symbol("─").set_style(style);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::{Color, Stylize};

    use super::*;

    proptest! {
        /// The library's block says what an outline is.
        #[test]
        fn it_is_that_of_a_block(
            title in "[ -~ä世]{0,20}",
            corner in prop::option::of("[ -~ä世]{0,12}"),
            (x, y, width, height) in (0_u16..30, 0_u16..6, 0_u16..30, 0_u16..8),
        ) {
            let mut drawn = Buffer::empty(Rect::new(0, 0, 24, 5));
            drawn.set_style(drawn.area, Style::new().bg(Color::Blue));
            let mut wanted = drawn.clone();
            let area = Rect { x, y, width, height };
            let style = Style::new().fg(Color::Green).bold();
            let mut block = Block::bordered()
                .border_type(BorderType::Rounded)
                .border_style(style)
                .title(title.as_str().red());
            let mut outline = Outline::new(style, title.as_str().red());
            if let Some(corner) = &corner {
                block = block.title_top(Line::from(corner.as_str().dim()).right_aligned());
                outline = outline.corner(corner.as_str().dim());
            }
            block.render(area, &mut wanted);
            outline.render(area, &mut drawn);
            prop_assert_eq!(drawn, wanted);
        }
    }
}
